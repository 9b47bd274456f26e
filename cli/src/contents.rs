//! What is in the systems of containers, read from the store of this machine
//! and from the derivations that were evaluated.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use conex_evaluator::DerivationFile;
use conex_planner::system::{Contents, Systems};

use crate::store::Store;

/// Where a system has its units.
const UNITS: &str = "etc/systemd/system";
/// What makes the file of one unit is called so, with the unit's name.
const UNIT: &str = "unit-";
/// What collects the units of a system.
const ALL_UNITS: &str = "system-units";
/// No unit is longer.
const LONGEST: u64 = 1 << 20;
const KINDS: [&str; 9] =
    ["automount", "mount", "path", "service", "slice", "socket", "swap", "target", "timer"];

/// The systems that are in a store, or that it knows the derivations of.
#[derive(Debug)]
pub(crate) struct InStore<'a> {
    store: &'a Store,
}

impl<'a> InStore<'a> {
    pub(crate) fn new(store: &'a Store) -> Self {
        Self { store }
    }
}

impl Systems for InStore<'_> {
    fn built(&mut self, path: &str) -> Option<Contents> {
        let mut contents = Contents::default();
        let mut seen = HashSet::new();
        let mut open = vec![path.to_owned()];
        while let Some(path) = open.pop() {
            if seen.insert(path.clone()) {
                contents.names.extend(name(&path).map(Arc::from));
                open.extend(self.store.path_info(&path)?.references);
            }
        }
        self.units(path, &mut contents);
        Some(contents)
    }

    fn derivation(&mut self, derivation: &str) -> Option<Contents> {
        let mut contents = Contents::default();
        let mut seen = HashSet::new();
        let mut open = vec![derivation.to_owned()];
        while let Some(path) = open.pop() {
            if !seen.insert(path.clone()) {
                continue;
            }
            let file = conex_evaluator::read_derivation(&self.store.read(&path)?)?;
            if let Some(name) = name(&path).and_then(|name| name.strip_suffix(".drv")) {
                note(&mut contents, name, &file);
            }
            open.extend(file.inputs);
        }
        Some(contents)
    }

    fn deriver(&mut self, path: &str) -> Option<String> {
        self.store.path_info(path)?.deriver
    }
}

impl InStore<'_> {
    /// The units of a built system.
    fn units(&self, system: &str, contents: &mut Contents) {
        let directory = Path::new(system).join(UNITS);
        let mut dropped: BTreeMap<String, String> = BTreeMap::new();
        for name in self.list(&directory) {
            let path = directory.join(&name);
            let Some((unit, kind)) = name.rsplit_once('.') else { continue };
            match kind {
                "wants" | "requires" | "upholds" => {
                    contents.wanted.extend(self.list(&path).into_iter().map(Arc::from));
                }
                "d" => {
                    let files = self.list(&path).into_iter();
                    let texts = files.filter_map(|file| self.text(&path.join(file)));
                    dropped.insert(unit.to_owned(), texts.collect());
                }
                _ if KINDS.contains(&kind) => {
                    // What is masked is a link to nothing.
                    let text = self.text(&path).unwrap_or_default();
                    contents.units.insert(name.as_str().into(), text.into());
                }
                _ => {}
            }
        }
        for (unit, more) in dropped {
            let text = contents.units.entry(unit.into()).or_default();
            *text = format!("{text}\n{more}").into();
        }
    }

    /// The names in a directory of the store, sorted.
    fn list(&self, directory: &Path) -> BTreeSet<String> {
        let entries = self.store.followed(directory).and_then(|path| fs::read_dir(path).ok());
        let entries = entries.into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }

    fn text(&self, file: &Path) -> Option<String> {
        let path = self.store.followed(file)?;
        let metadata = fs::metadata(&path).ok()?;
        if !metadata.is_file() || metadata.len() > LONGEST {
            return None;
        }
        Some(String::from_utf8_lossy(&fs::read(path).ok()?).into_owned())
    }
}

/// Takes note of a derivation that a system is built from. What is only
/// downloaded is the source of a package and none itself.
fn note(contents: &mut Contents, name: &str, file: &DerivationFile) {
    let variable =
        |name: &str| file.environment.get(name).map(|text| String::from_utf8_lossy(text));
    if variable("outputHash").is_some_and(|hash| !hash.is_empty()) {
        return;
    }
    contents.names.insert(name.into());
    if let Some((unit, text)) = name.strip_prefix(UNIT).zip(variable("text")) {
        let script = variable("buildCommand").unwrap_or_default();
        contents.units.insert(unescaped(unit, &script).into(), text.into());
    }
    if name == ALL_UNITS
        && let Some(script) = variable("buildCommand")
    {
        contents.wanted.extend(linked(&script).map(Arc::from));
    }
}

/// The name of a unit. That of a derivation has a `-` for each character that
/// store paths can not have; the script that writes the unit has the real one.
fn unescaped<'a>(unit: &'a str, script: &'a str) -> &'a str {
    let escaped = |name: &str| name.replace(['@', '\\', ':'], "-");
    let ends = |c: char| c.is_whitespace() || matches!(c, '/' | '\'' | '"' | '=' | ';');
    script.split(ends).find(|word| escaped(word) == unit).unwrap_or(unit)
}

/// The units that a script links to from the directories of what wants them:
/// `ln -sfn '../NAME' …`.
fn linked(script: &str) -> impl Iterator<Item = &str> {
    script.split("'../").skip(1).filter_map(|rest| rest.split('\'').next())
}

/// The name of a store object, behind its hash.
fn name(path: &str) -> Option<&str> {
    path.rsplit('/').next()?.split_once('-').map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_have_their_names_from_the_scripts_that_write_them() {
        let script = "mkdir -p $out\necho -n \"$text\" > $out/'sshd@.service'\n";
        assert_eq!(unescaped("sshd-.service", script), "sshd@.service");
        assert_eq!(unescaped("nginx.service", script), "nginx.service");
    }

    #[test]
    fn what_wants_a_unit_links_to_it() {
        let script =
            "mkdir -p $out/'a.target.wants'\nln -sfn '../b.service' $out/'a.target.wants'/\n";
        assert_eq!(linked(script).collect::<Vec<_>>(), ["b.service"]);
    }
}
