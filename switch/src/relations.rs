//! What systemd makes of the relations between units: which one does not stay without which,
//! and which one starts which.

use std::collections::{BTreeMap, BTreeSet};

use crate::System;
use crate::system::template;

/// The keys of `[Unit]` that name units without which this one does not stay.
const NEEDS: [&str; 5] = ["BindsTo", "PartOf", "Requires", "Requisite", "StopPropagatedFrom"];
/// The keys of `[Unit]` that name units without which this one is not started.
const REQUIRES: [&str; 3] = ["BindsTo", "Requires", "Requisite"];
/// The keys of `[Unit]` by which starting one unit starts another.
const STARTS: [&str; 4] = ["BindsTo", "Requires", "Upholds", "Wants"];

/// The units that one does not stay without.
fn needs(system: &System, name: &str) -> BTreeSet<String> {
    let mut needed: BTreeSet<String> =
        system.wants.required(name).map(|unit| system.canonical(unit).to_owned()).collect();
    needed.extend(words(system, name, &NEEDS));
    needed.extend(slice(system, name));
    let mounts = system.loaded(name).into_iter();
    let mounts = mounts.flat_map(|unit| unit.words("Unit", "RequiresMountsFor"));
    let paths: Vec<String> = mounts.map(|path| expanded(path, name)).collect();
    for path in paths.iter().map(String::as_str).chain(mount_point(system, name)) {
        needed.extend(mounts_of(system, path));
    }
    needed.remove(name);
    needed
}

/// The units that starting one starts as well.
fn starts(system: &System, name: &str) -> BTreeSet<String> {
    let links = system.wants.started(name).map(|unit| system.canonical(unit).to_owned());
    links.chain(words(system, name, &STARTS)).collect()
}

/// The units that the keys of one name.
fn words(system: &System, name: &str, keys: &[&str]) -> Vec<String> {
    let Some(unit) = system.loaded(name) else { return Vec::new() };
    let words = keys.iter().flat_map(|key| unit.words("Unit", key));
    words.map(|word| system.canonical(&expanded(word, name)).to_owned()).collect()
}

/// A word with its specifiers, as far as they stand for parts of the name of the unit.
fn expanded(word: &str, name: &str) -> String {
    if !word.contains('%') {
        return word.to_owned();
    }
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let (prefix, instance) = stem.split_once('@').unwrap_or((stem, ""));
    let parts = [("%i", instance), ("%I", instance), ("%n", name), ("%N", stem), ("%p", prefix)];
    parts.iter().fold(word.to_owned(), |word, (specifier, part)| word.replace(specifier, part))
}

/// The slice that a unit is in needs to be there.
fn slice(system: &System, name: &str) -> Option<String> {
    if let Some(stem) = name.strip_suffix(".slice") {
        let (parent, _) = stem.trim_start_matches('-').rsplit_once('-')?;
        return Some(format!("{parent}.slice"));
    }
    let unit = system.loaded(name)?;
    let mut sections = ["Service", "Socket", "Mount"].iter();
    let slice = sections.find_map(|section| unit.words(section, "Slice").last())?;
    Some(expanded(slice, name))
}

/// The file systems that a path is on, as mount units.
fn mounts_of<'a>(system: &'a System, path: &'a str) -> impl Iterator<Item = String> + 'a {
    let path = path.trim_end_matches('/');
    let ends = path.char_indices().filter(|(at, c)| *at > 0 && *c == '/').map(|(at, _)| at);
    let above = ends.chain([path.len()]).map(|end| &path[..end]);
    above.filter(|path| !path.is_empty()).filter_map(|path| {
        let unit = mount_unit(path);
        let is_mounted = system.mounts.as_ref().is_some_and(|all| all.contains_key(path));
        (is_mounted || system.units.contains_key(&unit)).then_some(unit)
    })
}

/// Where a file system is mounted that `fstab` has and no unit file.
fn mount_point<'a>(system: &'a System, name: &str) -> Option<&'a str> {
    let mut points = system.mounts.iter().flat_map(BTreeMap::keys);
    let is_mount = name.ends_with(".mount");
    points.find(|point| is_mount && mount_unit(point) == name).map(String::as_str)
}

/// The mount unit of a path, escaped as systemd does.
pub(crate) fn mount_unit(path: &str) -> String {
    let steps: Vec<&str> = path.split('/').filter(|step| !step.is_empty()).collect();
    if steps.is_empty() {
        return "-.mount".to_owned();
    }
    let mut unit = String::new();
    for byte in steps.join("/").bytes() {
        match byte {
            b'/' => unit.push('-'),
            b'.' if !unit.is_empty() => unit.push('.'),
            b':' | b'_' => unit.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => unit.push(char::from(byte)),
            byte => unit.push_str(&format!("\\x{byte:02x}")),
        }
    }
    unit + ".mount"
}

/// The active units that do not stay without these, or without one that does not, each with
/// the unit that it needs.
pub(crate) fn dependents(
    system: &System,
    active: &BTreeSet<&str>,
    gone: &BTreeSet<String>,
) -> BTreeMap<String, String> {
    let mut by_need: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for name in active {
        for needed in needs(system, name) {
            by_need.entry(needed).or_default().push(name);
        }
        for other in words(system, name, &["PropagatesStopTo"]) {
            if let Some(other) = active.get(other.as_str()) {
                by_need.entry((*name).to_owned()).or_default().push(other);
            }
        }
    }
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut open: Vec<String> = gone.iter().cloned().collect();
    while let Some(needed) = open.pop() {
        for name in by_need.get(&needed).into_iter().flatten() {
            if !gone.contains(*name) && !found.contains_key(*name) {
                found.insert((*name).to_owned(), needed.clone());
                open.push((*name).to_owned());
            }
        }
    }
    found
}

/// All that is started when these units are, and is not active yet. What is active has
/// nothing to do, and passes nothing on; what requires a unit that is gone does not start.
pub(crate) fn started(
    system: &System,
    open: Vec<String>,
    active: &BTreeSet<&str>,
    is_gone: &dyn Fn(&str) -> bool,
) -> BTreeSet<String> {
    let starts_at_all = |name: &String| lacking(system, name, active, is_gone).is_none();
    let mut open: Vec<String> = open.into_iter().filter(starts_at_all).collect();
    let mut started: BTreeSet<String> =
        open.iter().filter(|name| !active.contains(name.as_str())).cloned().collect();
    while let Some(name) = open.pop() {
        for other in starts(system, &name) {
            let is_new = !active.contains(other.as_str()) && !started.contains(&other);
            if is_new && starts_at_all(&other) {
                started.insert(other.clone());
                open.push(other);
            }
        }
    }
    started
}

/// The unit that is gone and without which another one can not be started. (systemd 252 starts
/// it all the same where a target only wants it; 257 does not.)
pub(crate) fn lacking(
    system: &System,
    name: &str,
    active: &BTreeSet<&str>,
    is_gone: &dyn Fn(&str) -> bool,
) -> Option<String> {
    let (mut open, mut seen) = (vec![name.to_owned()], BTreeSet::from([name.to_owned()]));
    while let Some(name) = open.pop() {
        let links = system.wants.required(&name).map(|unit| system.canonical(unit).to_owned());
        for needed in links.chain(words(system, &name, &REQUIRES)) {
            if active.contains(needed.as_str()) {
                continue;
            }
            if is_gone(&needed) {
                return Some(needed);
            }
            if seen.insert(needed.clone()) {
                open.push(needed);
            }
        }
    }
    None
}

/// The kinds of units that exist by their files alone.
const OF_FILES: [&str; 5] = [".path", ".service", ".socket", ".target", ".timer"];

/// Whether a system has no such unit.
pub(crate) fn is_gone(system: &System, name: &str) -> bool {
    let is_of_file = OF_FILES.iter().any(|kind| name.ends_with(kind));
    is_of_file && system.partial.is_none() && system.loaded(name).is_none()
}

/// The units that some need, directly or through others, without those that no file of the
/// system is for.
pub(crate) fn needed<'a>(
    system: &System,
    names: impl Iterator<Item = &'a str>,
) -> BTreeSet<String> {
    let mut open: Vec<String> = names.map(str::to_owned).collect();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    while let Some(name) = open.pop() {
        for other in needs(system, &name) {
            let file = if system.has_file(&other) { Some(other.clone()) } else { template(&other) };
            let is_here = file.is_some_and(|file| system.has_file(&file));
            if is_here && seen.insert(other.clone()) {
                open.push(other);
            }
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_are_escaped() {
        // As systemd-escape --path --suffix=mount says.
        for (path, unit) in [
            ("/", "-.mount"),
            ("/srv/b/x-y", "srv-b-x\\x2dy.mount"),
            ("/srv//c/", "srv-c.mount"),
            ("/.a/.b", "\\x2ea-.b.mount"),
            ("/a b/ü:_", "a\\x20b-\\xc3\\xbc:_.mount"),
        ] {
            assert_eq!(super::mount_unit(path), unit);
        }
    }
}
