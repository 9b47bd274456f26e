//! What a switch does by itself to the units of a host, before systemd makes more of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::relations::mount_unit;
use crate::system::{Mount, pair};
use crate::{Decision, Difference, System, Unit, decide};

/// The lists of a switch.
#[derive(Debug, Default)]
pub(crate) struct Actions {
    /// Stopped before the activation.
    pub(crate) stop: BTreeSet<String>,
    /// Restarted after it.
    pub(crate) restart: BTreeSet<String>,
    /// Reloaded after it, or started, if they do not run any more.
    pub(crate) reload: BTreeSet<String>,
    /// Started at last.
    pub(crate) start: BTreeSet<String>,
    /// Those of the stopped that the new system does not have.
    pub(crate) removed: BTreeSet<String>,
    /// Why, as far as that is a difference of units.
    pub(crate) why: BTreeMap<String, Vec<Difference>>,
    /// The sockets that services are left to.
    pub(crate) sockets: BTreeMap<String, String>,
}

/// What a switch from one system to another does to the units that are active.
pub(crate) fn actions(old: &System, new: &System, active: &BTreeSet<&str>) -> Actions {
    let mut actions = Actions::default();
    for name in active.iter().copied() {
        // Where a unit can not be read the switch ends; that is told of containers.
        let Ok((Some(before), after)) = pair(old, new, name) else { continue };
        let (decision, differences) = decide(name, before, after);
        match decision {
            Decision::Keep | Decision::Skip(_) => {}
            Decision::Reload => drop(actions.reload.insert(name.to_owned())),
            Decision::Restart => drop(actions.restart.insert(name.to_owned())),
            Decision::Stop => {
                actions.stop.insert(name.to_owned());
                actions.removed.insert(name.to_owned());
            }
            Decision::StopAndStart => {
                actions.stop.insert(name.to_owned());
                match after.and_then(|after| socket(new, name, after, active, &mut actions)) {
                    Some(socket) => drop(actions.sockets.insert(name.to_owned(), socket)),
                    None => drop(actions.start.insert(name.to_owned())),
                }
            }
        }
        actions.why.insert(name.to_owned(), differences);
    }
    if let (Some(old), Some(new)) = (&old.mounts, &new.mounts) {
        mounts(old, new, active, &mut actions);
    }
    actions.start.extend(targets(new, active));
    actions
}

/// The active targets, which a switch starts again: what they newly want is started so.
fn targets(new: &System, active: &BTreeSet<&str>) -> Vec<String> {
    let sleeps = ["suspend.target", "hibernate.target", "hybrid-sleep.target"];
    let refuses = |name: &str| {
        let unit = new.loaded(name);
        let flag = |key| unit.is_some_and(|unit| unit.flag("Unit", key, false));
        flag("RefuseManualStart") || flag("X-OnlyManualStart")
    };
    let targets = active.iter().filter(|name| name.ends_with(".target"));
    let targets = targets.filter(|name| !sleeps.contains(name) && !refuses(name));
    targets.map(|name| (*name).to_owned()).collect()
}

/// The socket that starts a service again, which is stopped and started itself.
fn socket(
    new: &System,
    name: &str,
    unit: &Unit,
    active: &BTreeSet<&str>,
    actions: &mut Actions,
) -> Option<String> {
    let stem = name.strip_suffix(".service")?;
    let mut sockets: Vec<String> = unit.words("Service", "Sockets").map(str::to_owned).collect();
    if sockets.is_empty() {
        let base = if new.has_file(name) { stem } else { stem.split('@').next().unwrap_or(stem) };
        sockets.push(format!("{base}.socket"));
    }
    let mut starts = None;
    for socket in sockets {
        let is_there = new.has_file(&socket);
        if active.contains(socket.as_str()) {
            actions.stop.insert(socket.clone());
            if is_there {
                actions.start.insert(socket.clone());
            }
        }
        if is_there {
            starts = Some(socket);
        }
    }
    starts.filter(|_| !unit.flag("Service", "X-NotSocketActivated", false))
}

/// What becomes of the file systems of `fstab`.
fn mounts(
    old: &BTreeMap<String, Mount>,
    new: &BTreeMap<String, Mount>,
    active: &BTreeSet<&str>,
    actions: &mut Actions,
) {
    for (point, before) in old {
        let unit = mount_unit(point);
        let Some(after) = new.get(point) else {
            let is_automount = before.options.contains("x-systemd.automount");
            let automount = format!("{}auto{}", &unit[..unit.len() - 5], &unit[unit.len() - 5..]);
            // It takes the mount with it.
            let units = is_automount.then_some(automount).into_iter().chain([unit]);
            for unit in units.filter(|unit| active.contains(unit.as_str())) {
                actions.stop.insert(unit.clone());
                actions.removed.insert(unit);
            }
            continue;
        };
        let is_same = before.device == after.device && before.kind == after.kind;
        let is_fixed = matches!(point.as_str(), "/" | "/nix");
        if !is_same && !is_fixed {
            actions.restart.insert(unit);
        } else if before.options != after.options {
            actions.reload.insert(unit);
        }
    }
}
