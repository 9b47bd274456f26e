//! What differs between two units, and what NixOS makes of it.

use std::collections::BTreeSet;

use crate::Unit;

/// Keys of `[Unit]` that change nothing for a unit that runs.
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

/// What a difference asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Comparison {
    /// Nothing, or nothing that counts.
    Equal,
    /// The unit is reloaded.
    Reload,
    /// The unit is changed: whether it is stopped, restarted or left alone is
    /// for the new unit to say.
    Restart,
}

/// A key that is not the same in both units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// `Unit`, `Service`.
    pub section: String,
    /// `X-Restart-Triggers`; empty for a section without keys.
    pub key: String,
    /// Its values before.
    pub before: Vec<String>,
    /// Its values after.
    pub after: Vec<String>,
    /// What it asks for, by itself.
    pub asks: Comparison,
}

/// Compares a unit with the one that takes its place. What counts is the most
/// that a difference asks for.
pub fn compare(current: &Unit, new: &Unit) -> (Comparison, Vec<Difference>) {
    let sections: BTreeSet<&String> = current.sections.keys().chain(new.sections.keys()).collect();
    let mut differences = Vec::new();
    for section in sections {
        section_differences(current, new, section, &mut differences);
    }
    let most = differences.iter().map(|difference| difference.asks).max();
    (most.unwrap_or(Comparison::Equal), differences)
}

fn section_differences(current: &Unit, new: &Unit, section: &str, found: &mut Vec<Difference>) {
    let (old, new) = (current.sections.get(section), new.sections.get(section));
    let keys: BTreeSet<&String> = old.into_iter().chain(new).flat_map(|keys| keys.keys()).collect();
    // A section that comes or goes without a key counts too, except `[Unit]`.
    if keys.is_empty() && old.is_some() != new.is_some() && section != "Unit" {
        found.push(Difference {
            section: section.to_owned(),
            key: String::new(),
            before: Vec::new(),
            after: Vec::new(),
            asks: Comparison::Restart,
        });
    }
    for key in keys {
        let (before, after) = (old.and_then(|keys| keys.get(key)), new.and_then(|k| k.get(key)));
        if before != after {
            found.push(Difference {
                section: section.to_owned(),
                key: key.clone(),
                before: before.cloned().unwrap_or_default(),
                after: after.cloned().unwrap_or_default(),
                asks: asks(section, key, before.is_some(), after.is_some()),
            });
        }
    }
}

/// What a change of a key asks for.
fn asks(section: &str, key: &str, was: bool, is: bool) -> Comparison {
    match (section, key) {
        ("Unit", "X-Reload-Triggers") if is => Comparison::Reload,
        ("Unit", "X-Reload-Triggers") => Comparison::Equal,
        ("Unit", key) if IGNORED.contains(&key) => Comparison::Equal,
        // There is nothing any more to reload with.
        ("Service", "ExecReload") if !is => Comparison::Equal,
        ("Service", "ExecReload") => Comparison::Reload,
        ("Mount", "Options") if was && is => Comparison::Reload,
        _ => Comparison::Restart,
    }
}
