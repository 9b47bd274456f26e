//! Units, by what `switch-to-configuration` does with them when a system is
//! activated.
//!
//! Which of the units run in the container is not known: each effect is that
//! on a running one. The rules are in `switch`.

use std::collections::BTreeSet;
use std::sync::Arc;

use conex_model::{UnitChange, UnitEffect, UnitFate};
use conex_switch::{Decision, Skipped, Unit, UnitError, decide};

use super::Contents;

/// The units that differ.
pub(super) fn compare(before: &Contents, after: &Contents) -> Vec<UnitChange> {
    let names: BTreeSet<&Arc<str>> = before.units.keys().chain(after.units.keys()).collect();
    let changes = names.into_iter().filter_map(|name| {
        let (fate, effect) = match (before.units.get(name), after.units.get(name)) {
            (Some(old), Some(new)) if old == new => return None,
            (Some(old), Some(_)) if old.is_empty() => (UnitFate::Changed, added(name, after)),
            // What can not be read is taken to differ in what counts.
            (Some(old), Some(new)) => {
                (UnitFate::Changed, effect(name, old, Some(new)).unwrap_or(UnitEffect::Restart))
            }
            (Some(old), None) => {
                (UnitFate::Removed, effect(name, old, None).unwrap_or(UnitEffect::Stop))
            }
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

fn effect(name: &str, old: &str, new: Option<&str>) -> Result<UnitEffect, UnitError> {
    let read = |text| Unit::parse([text]);
    let new = new.filter(|text| !text.is_empty());
    let is_kept_target = new.is_some() && name.ends_with(".target");
    let (decision, _) = decide(name, &read(old)?, new.map(read).transpose()?.as_ref());
    Ok(match decision {
        Decision::Keep | Decision::Skip(Skipped::Kind) => UnitEffect::Nothing,
        // What is new in it is started.
        _ if is_kept_target => UnitEffect::Start,
        Decision::Skip(_) => UnitEffect::Nothing,
        Decision::Reload => UnitEffect::Reload,
        Decision::Restart | Decision::StopAndStart => UnitEffect::Restart,
        Decision::Stop => UnitEffect::Stop,
    })
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
    fn what_is_masked_is_stopped() {
        check("a.service", "[Service]\nExecStart=a", "", UnitEffect::Stop);
        check("a.service", "[Unit]\nX-StopOnRemoval=no", "", UnitEffect::Nothing);
        check("a.service", "", "[Service]\nExecStart=a", UnitEffect::Nothing);
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
