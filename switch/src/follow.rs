//! What happens to containers because of what happens to others: a unit stops with those
//! that it needs, and starting one starts what it wants.

use std::collections::{BTreeMap, BTreeSet};

use crate::containers::unit_of;
use crate::{Effect, Preview, System, Unit};

/// The keys of `[Unit]` that name units without which this one does not stay.
const NEEDS: [&str; 4] = ["BindsTo", "PartOf", "Requires", "Requisite"];

/// Units by the consequences for them.
pub(crate) struct Followed {
    /// Stopped before the activation, each with the unit that it needs.
    pub(crate) stopped: BTreeMap<String, String>,
    /// Restarted after it, likewise.
    pub(crate) restarted: BTreeMap<String, String>,
    /// Started, with a target or with what wants them.
    pub(crate) started: BTreeSet<String>,
}

/// What follows from what is decided about each container by itself.
pub(crate) fn follow(
    old: &System,
    new: &System,
    active: &BTreeSet<&str>,
    previews: &[Preview],
) -> Followed {
    let with = |effects: &[Effect]| -> BTreeSet<String> {
        let those = previews.iter().filter(|preview| effects.contains(&preview.effect));
        those.map(|preview| unit_of(&preview.name)).collect()
    };
    // What is stopped is so while the old units count; a restart comes after the reload.
    let stopping = with(&[Effect::Stop, Effect::StopAndStart]);
    let stopped = dependents(old, active, &stopping);
    let alive = |unit: &str| !stopping.contains(unit) && !stopped.contains_key(unit);
    let alive: BTreeSet<&str> = active.iter().copied().filter(|unit| alive(unit)).collect();
    let restarting = with(&[Effect::Restart]);
    let restarted = dependents(new, &alive, &restarting);

    let mut wants = new.wants.clone();
    for (name, unit) in &new.units {
        if let Ok(unit) = unit {
            wants.unit(name, unit);
        }
    }
    let starting = with(&[Effect::StopAndStart, Effect::Restart]);
    let reloading = with(&[Effect::Reload]);
    let reloading = reloading.iter().filter(|unit| stopped.contains_key(*unit));
    let mut starts = wants.targets(active);
    starts.extend(starting.iter().chain(reloading).chain(restarted.keys()).map(String::as_str));
    let started = wants.started_by(starts, &alive).into_iter().map(str::to_owned).collect();
    Followed { stopped, restarted, started }
}

/// The active containers that need one of these units, or one that does, and the unit
/// that each needs.
fn dependents(
    system: &System,
    active: &BTreeSet<&str>,
    gone: &BTreeSet<String>,
) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut open: Vec<String> = gone.iter().cloned().collect();
    while let Some(needed) = open.pop() {
        for (name, unit) in &system.units {
            let Ok(unit) = unit else { continue };
            let is_new = !gone.contains(name) && !found.contains_key(name);
            if is_new && active.contains(name.as_str()) && needs(system, name, unit, &needed) {
                found.insert(name.clone(), needed.clone());
                open.push(name.clone());
            }
        }
    }
    found
}

fn needs(system: &System, name: &str, unit: &Unit, other: &str) -> bool {
    let says = |key: &&str| unit.words("Unit", key).any(|word| word == other);
    NEEDS.iter().any(says) || system.wants.requires(name, other)
}
