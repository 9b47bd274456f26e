//! Units, by what `switch-to-configuration` does with them when a system is
//! activated.
//!
//! Which of the units run in the container is not known: each effect is that
//! on a running one. The rules are those of nixpkgs'
//! `switch-to-configuration-ng` (`compare_units`, `handle_modified_unit`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use conex_model::{UnitChange, UnitEffect, UnitFate};

use super::Contents;

/// Settings in `[Unit]` that say nothing of a running unit.
const IGNORED: [&str; 12] = [
    "AllowIsolate",
    "CollectMode",
    "Description",
    "Documentation",
    "IgnoreOnIsolate",
    "OnFailure",
    "OnFailureJobMode",
    "OnSuccess",
    "RefuseManualStart",
    "RefuseManualStop",
    "SourcePath",
    "StopWhenUnneeded",
];

/// Units that no activation touches.
const UNTOUCHED: [&str; 4] =
    ["basic.target", "graphical.target", "multi-user.target", "sysinit.target"];
/// Mounts that everything lies on.
const RELOADED_ONLY: [&str; 2] = ["-.mount", "nix.mount"];

/// The units that differ.
pub(super) fn compare(before: &Contents, after: &Contents) -> Vec<UnitChange> {
    let names: BTreeSet<&Arc<str>> = before.units.keys().chain(after.units.keys()).collect();
    let changes = names.into_iter().filter_map(|name| {
        let (fate, effect) = match (before.units.get(name), after.units.get(name)) {
            (Some(old), Some(new)) if old == new => return None,
            (Some(old), Some(new)) => (UnitFate::Changed, changed(name, old, new)),
            (Some(old), None) => (UnitFate::Removed, removed(&Unit::read(old))),
            (None, _) => (UnitFate::Added, added(name, after)),
        };
        Some(UnitChange { name: name.clone(), fate, effect })
    });
    changes.collect()
}

/// A new unit starts if something that is running pulls it in.
fn added(name: &str, after: &Contents) -> UnitEffect {
    if after.wanted.contains(name) { UnitEffect::Start } else { UnitEffect::Nothing }
}

fn removed(old: &Unit<'_>) -> UnitEffect {
    if old.is("Unit", "X-StopOnRemoval", false) { UnitEffect::Nothing } else { UnitEffect::Stop }
}

fn changed(name: &str, old: &str, new: &str) -> UnitEffect {
    let (old, new) = (Unit::read(old), Unit::read(new));
    let difference = difference(&old, &new);
    if difference == UnitEffect::Nothing || UNTOUCHED.contains(&name) {
        return UnitEffect::Nothing;
    }
    let kind = name.rsplit('.').next().unwrap_or_default();
    match kind {
        // A socket is restarted with its service.
        "path" | "slice" | "socket" => UnitEffect::Nothing,
        // What is new in it is started.
        "target" => UnitEffect::Start,
        "mount" if RELOADED_ONLY.contains(&name) => UnitEffect::Reload,
        _ if difference == UnitEffect::Reload => UnitEffect::Reload,
        "mount" => UnitEffect::Restart,
        _ => modified(&new),
    }
}

/// What becomes of a running service that is another now.
fn modified(new: &Unit<'_>) -> UnitEffect {
    if new.is("Service", "X-ReloadIfChanged", true) {
        UnitEffect::Reload
    } else if new.is("Service", "X-RestartIfChanged", false)
        || new.is("Unit", "RefuseManualStop", true)
        || new.is("Unit", "X-OnlyManualStart", true)
    {
        UnitEffect::Nothing
    } else {
        UnitEffect::Restart
    }
}

/// How much of a difference there is between two files: none, one that a
/// reload reaches, one that takes a restart.
fn difference(old: &Unit<'_>, new: &Unit<'_>) -> UnitEffect {
    let keys: BTreeSet<&Key<'_>> = old.0.keys().chain(new.0.keys()).collect();
    let mut all = UnitEffect::Nothing;
    for key in keys {
        let (before, after) = (old.0.get(key), new.0.get(key));
        if before == after {
            continue;
        }
        match key {
            ("Install", _) => {}
            ("Unit", setting) if IGNORED.contains(setting) => {}
            ("Service", "ExecReload") if after.is_none() => {}
            ("Unit", "X-Reload-Triggers") | ("Service", "ExecReload") | ("Mount", "Options") => {
                all = UnitEffect::Reload;
            }
            _ => return UnitEffect::Restart,
        }
    }
    all
}

/// A section and a setting in it.
type Key<'a> = (&'a str, &'a str);

/// The settings of a unit, with their values in order.
struct Unit<'a>(BTreeMap<Key<'a>, Vec<&'a str>>);

impl<'a> Unit<'a> {
    fn read(text: &'a str) -> Self {
        let mut settings: BTreeMap<Key<'a>, Vec<&'a str>> = BTreeMap::new();
        let (mut section, mut open) = ("", None);
        for line in text.lines() {
            if let Some(key) = open.take() {
                // The setting of the line before goes on.
                settings.entry(key).or_default().push(line);
                open = line.ends_with('\\').then_some(key);
                continue;
            }
            let line = line.trim();
            let header = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            if let Some(name) = header {
                section = name;
            } else if !line.starts_with(['#', ';'])
                && let Some((setting, value)) = line.split_once('=')
            {
                let key = (section, setting.trim_end());
                settings.entry(key).or_default().push(value.trim_start());
                open = line.ends_with('\\').then_some(key);
            }
        }
        Self(settings)
    }

    /// Whether a setting is on, or off, and not just left out.
    fn is(&self, section: &str, setting: &str, on: bool) -> bool {
        let words: &[&str] =
            if on { &["1", "yes", "true", "on"] } else { &["0", "no", "false", "off"] };
        let value = self.0.get(&(section, setting)).and_then(|values| values.last());
        value.is_some_and(|value| words.iter().any(|word| value.eq_ignore_ascii_case(word)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(units: &[(&str, &str)], wanted: &[&str]) -> Contents {
        Contents {
            units: units.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect(),
            wanted: wanted.iter().map(|name| (*name).into()).collect(),
            ..Contents::default()
        }
    }

    #[track_caller]
    fn check(name: &str, old: &str, new: &str, expected: UnitEffect) {
        let changes = compare(&contents(&[(name, old)], &[]), &contents(&[(name, new)], &[]));
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].effect, expected, "{name}: {old:?} {new:?}");
    }

    #[test]
    fn what_says_nothing_of_a_running_unit_is_left_alone() {
        check("a.service", "[Unit]\nDescription=a", "[Unit]\nDescription=b", UnitEffect::Nothing);
        check("a.service", "[Install]\nWantedBy=a", "[Install]\nWantedBy=b", UnitEffect::Nothing);
        check("a.service", "[Service]\nExecReload=a", "[Service]", UnitEffect::Nothing);
        check("a.slice", "[Slice]\nCPUWeight=1", "[Slice]\nCPUWeight=2", UnitEffect::Nothing);
        check(
            "a.socket",
            "[Socket]\nListenStream=1",
            "[Socket]\nListenStream=2",
            UnitEffect::Nothing,
        );
        check("multi-user.target", "[Unit]\nWants=a", "[Unit]\nWants=b", UnitEffect::Nothing);
    }

    #[test]
    fn triggers_and_options_are_reloaded() {
        check("a.service", "[Unit]", "[Unit]\nX-Reload-Triggers=a", UnitEffect::Reload);
        check(
            "a.service",
            "[Service]\nExecReload=a",
            "[Service]\nExecReload=b",
            UnitEffect::Reload,
        );
        check("a.mount", "[Mount]\nOptions=a", "[Mount]\nOptions=b", UnitEffect::Reload);
        check("nix.mount", "[Mount]\nWhat=a", "[Mount]\nWhat=b", UnitEffect::Reload);
        let reloaded = "[Service]\nX-ReloadIfChanged=true\nExecStart=";
        check("a.service", &format!("{reloaded}a"), &format!("{reloaded}b"), UnitEffect::Reload);
    }

    #[test]
    fn everything_else_is_restarted_unless_it_says_otherwise() {
        check("a.service", "[Service]\nExecStart=a", "[Service]\nExecStart=b", UnitEffect::Restart);
        check("a.service", "[Unit]", "[Unit]\nX-Restart-Triggers=a", UnitEffect::Restart);
        check(
            "a.service",
            "[Service]\nExecStart=a \\\n b",
            "[Service]\nExecStart=a \\\n c",
            UnitEffect::Restart,
        );
        check("a.timer", "[Timer]\nOnCalendar=a", "[Timer]\nOnCalendar=b", UnitEffect::Restart);
        for kept in
            ["[Service]\nX-RestartIfChanged=false\n", "[Unit]\nRefuseManualStop=yes\n[Service]\n"]
        {
            let (old, new) = (format!("{kept}ExecStart=a"), format!("{kept}ExecStart=b"));
            check("a.service", &old, &new, UnitEffect::Nothing);
        }
    }

    #[test]
    fn units_come_and_go() {
        let before =
            contents(&[("gone.service", ""), ("kept.service", "[Unit]\nX-StopOnRemoval=no")], &[]);
        let after = contents(&[("idle.service", ""), ("new.service", "")], &["new.service"]);
        let told: Vec<_> = compare(&before, &after)
            .iter()
            .map(|change| {
                format!("{} {} {}", change.name, change.fate.as_str(), change.effect.as_str())
            })
            .collect();
        assert_eq!(
            told,
            [
                "gone.service removed stop",
                "idle.service added none",
                "kept.service removed none",
                "new.service added start",
            ]
        );
    }
}
