//! What follows from what a switch does: units stop with those that they need, and starting
//! one starts what it wants.

use std::collections::{BTreeMap, BTreeSet};

use crate::System;
use crate::actions::Actions;
use crate::relations::{dependents, is_gone, lacking, started};

/// Units by the consequences for them.
pub(crate) struct Followed {
    /// Stopped before the activation, each with the unit that it needs.
    pub(crate) stopped: BTreeMap<String, String>,
    /// Restarted after it, likewise.
    pub(crate) restarted: BTreeMap<String, String>,
    /// Those of the stopped that can not be started again, each with the unit that is gone.
    pub(crate) lacking: BTreeMap<String, String>,
    /// Started, with a target or with what wants them.
    pub(crate) started: BTreeSet<String>,
}

impl Followed {
    /// The unit that a switch itself stops or restarts, where another one goes with it.
    pub(crate) fn root<'a>(&'a self, unit: &'a str) -> &'a str {
        let of = |unit: &str| self.stopped.get(unit).or_else(|| self.restarted.get(unit));
        let mut root = unit;
        // Each was found before those that it is the cause of, so there is no circle.
        while let Some(needed) = of(root) {
            root = needed;
        }
        root
    }
}

/// What follows from the actions of a switch for the units that are active.
pub(crate) fn follow(
    old: &System,
    new: &System,
    active: &BTreeSet<&str>,
    actions: &Actions,
) -> Followed {
    // What is stopped is so while the old units count; a restart comes after the reload.
    let stopped = dependents(old, active, &actions.stop);
    let alive = |unit: &str| !actions.stop.contains(unit) && !stopped.contains_key(unit);
    let alive: BTreeSet<&str> = active.iter().copied().filter(|unit| alive(unit)).collect();
    let restarting: BTreeSet<String> =
        actions.restart.iter().filter(|unit| alive.contains(unit.as_str())).cloned().collect();
    let restarted = dependents(new, &alive, &restarting);
    // What was to be reloaded and runs no more is started instead.
    let dead = actions.reload.iter().filter(|unit| !alive.contains(unit.as_str()));
    let starting = actions.start.iter().chain(&actions.restart).chain(dead);
    let starting = starting.chain(restarted.keys()).cloned().collect();
    let is_gone = |unit: &str| is_gone(new, unit);
    let started = started(new, starting, &alive, &is_gone);
    let cut = actions.stop.iter().chain(stopped.keys());
    let lacking =
        cut.filter_map(|unit| Some((unit.clone(), lacking(new, unit, &alive, &is_gone)?)));
    Followed { lacking: lacking.collect(), started, stopped, restarted }
}
