//! What a switch does to the containers of a host, and why.

use std::collections::{BTreeMap, BTreeSet};

use crate::actions::{Actions, actions};
use crate::follow::{Followed, follow};
use crate::script::differences;
use crate::system::{Pair, pair};
use crate::{Comparison, Conf, Decision, Difference, Skipped, System, Unit, UnitError, decide};

/// The variable of a conf that says which system the container boots.
const SYSTEM_PATH: &str = "SYSTEM_PATH";

/// What a switch does to a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It goes on as it is, and that is what the new system says.
    Keep,
    /// It does not run, and what it will be started with changes.
    Later,
    /// It is new, does not run and is not started.
    New,
    /// It does not run, and the new system does not have it.
    Gone,
    /// It goes on as it is, though the new system says otherwise.
    Stale,
    /// It is started.
    Start,
    /// It is reloaded: its new system is activated inside.
    Reload,
    /// It is restarted, after the activation.
    Restart,
    /// It is stopped before the activation and started after it.
    StopAndStart,
    /// It is stopped: the new system does not have it.
    Stop,
}

/// A container that a switch is or could be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Its name.
    pub name: String,
    /// Whether it runs now.
    pub is_running: bool,
    /// What happens to it.
    pub effect: Effect,
    /// What of its unit differs.
    pub unit: Vec<Difference>,
    /// What of its conf differs: each variable with its values before and after.
    pub conf: BTreeMap<String, (Option<String>, Option<String>)>,
    /// What of the script that starts it differs, if its unit has another one: flags of
    /// systemd-nspawn, `systemd` itself, and how the container begins.
    pub script: BTreeMap<String, (Option<String>, Option<String>)>,
    /// Why it is left as it is, if it is.
    pub skipped: Option<Skipped>,
    /// The unit that it needs and that is stopped or restarted: that is why this one
    /// is, too.
    pub follows: Option<Follows>,
    /// It is stopped and can not be started again: it requires this unit, which the new system
    /// does not have.
    pub lacks: Option<String>,
    /// The socket that starts it when somebody connects.
    pub socket: Option<String>,
    /// Nothing but its system changed: activating that inside would do.
    pub could_reload: bool,
    /// Its unit can not be read, in the running system or in the new one: the switch
    /// will end there.
    pub unreadable: Option<UnitError>,
}

/// A unit that takes a container with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follows {
    /// The unit that the container needs.
    pub unit: String,
    /// The one that the switch itself stops or restarts, which that one needs or is.
    pub root: String,
    /// What of that differs.
    pub because: Vec<Difference>,
    /// It is gone in the new system.
    pub is_removed: bool,
}

/// What a switch from one system to another does to each container that either has,
/// or that runs, given the names of the units that are active.
pub fn preview(old: &System, new: &System, active: &BTreeSet<&str>) -> Vec<Preview> {
    let running = active.iter().filter_map(|unit| name_of(unit));
    let names: BTreeSet<&str> = old.names().chain(new.names()).chain(running).collect();
    let case = |name| Case { old, new, name, active };
    let mut previews: Vec<Preview> = names.into_iter().map(|name| case(name).preview()).collect();
    let actions = actions(old, new, active);
    let followed = follow(old, new, active, &actions);
    for preview in &mut previews {
        followed_by(preview, new, &actions, &followed);
        preview.could_reload = could_reload(preview);
        preview.script = script(preview, old, new);
    }
    previews
}

/// What of the script that starts a container differs.
fn script(
    preview: &Preview,
    old: &System,
    new: &System,
) -> BTreeMap<String, (Option<String>, Option<String>)> {
    let unit = unit_of(&preview.name);
    let is_another = preview.unit.iter().any(|difference| difference.key == "ExecStart");
    match (old.scripts.get(&unit), new.scripts.get(&unit)) {
        (Some(old), Some(new)) if is_another => differences(old, new),
        _ => BTreeMap::new(),
    }
}

/// What happens to a container because of others.
fn followed_by(preview: &mut Preview, new: &System, actions: &Actions, followed: &Followed) {
    let unit = unit_of(&preview.name);
    let is_started = followed.started.contains(&unit) && new.loaded(&unit).is_some();
    let cause = |needed: &String| {
        let root = followed.root(needed).to_owned();
        Some(Follows {
            unit: needed.clone(),
            because: actions.why.get(&root).cloned().unwrap_or_default(),
            is_removed: actions.removed.contains(&root),
            root,
        })
    };
    if let Some(needed) = followed.stopped.get(&unit) {
        preview.effect = if is_started { Effect::StopAndStart } else { Effect::Stop };
        preview.follows = cause(needed);
    } else if let Some(needed) = followed.restarted.get(&unit) {
        preview.effect = Effect::Restart;
        preview.follows = cause(needed);
    } else if preview.effect == Effect::StopAndStart && followed.lacking.contains_key(&unit) {
        preview.effect = Effect::Stop;
    } else if let (Some(socket), false) = (actions.sockets.get(&unit), is_started) {
        preview.effect = Effect::Stop;
        preview.socket = Some(socket.clone());
    } else if is_started && !preview.is_running {
        preview.effect = Effect::Start;
    }
    if preview.effect == Effect::Stop && new.loaded(&unit).is_some() {
        preview.lacks = followed.lacking.get(&unit).cloned();
    }
}

impl System {
    /// The names of its containers: each has a conf, and one that NixOS declares a unit of
    /// its own.
    fn names(&self) -> impl Iterator<Item = &str> {
        let units = self.units.keys().filter_map(|unit| name_of(unit));
        self.confs.keys().map(String::as_str).chain(units)
    }
}

/// The name of the unit of a container.
fn unit_of(name: &str) -> String {
    format!("container@{name}.service")
}

/// The name of the container whose unit has this name.
fn name_of(unit: &str) -> Option<&str> {
    let name = unit.strip_prefix("container@")?.strip_suffix(".service")?;
    (!name.is_empty()).then_some(name)
}

/// A container of two systems.
struct Case<'a> {
    old: &'a System,
    new: &'a System,
    name: &'a str,
    active: &'a BTreeSet<&'a str>,
}

impl Case<'_> {
    fn preview(&self) -> Preview {
        let mut preview = Preview {
            name: self.name.to_owned(),
            is_running: self.is_running(),
            effect: Effect::Keep,
            unit: Vec::new(),
            conf: self.conf(),
            script: BTreeMap::new(),
            skipped: None,
            follows: None,
            lacks: None,
            socket: None,
            could_reload: false,
            unreadable: None,
        };
        let (old, new) = match self.units() {
            Ok(units) => units,
            Err(error) => {
                preview.unreadable = Some(error.clone());
                return preview;
            }
        };
        match (preview.is_running, old) {
            (true, Some(old)) => self.running(&mut preview, old, new),
            (true, None) => self.started_elsewhere(&mut preview, new),
            (false, old) => self.stopped(&mut preview, old, new),
        }
        preview
    }

    fn unit(&self) -> String {
        unit_of(self.name)
    }

    /// The unit in both systems. Without a file it takes a conf or that it runs to be an
    /// instance.
    fn units(&self) -> Pair<'_> {
        let unit = self.unit();
        if self.is_running() {
            return pair(self.old, self.new, &unit);
        }
        match self.old.has_file(&unit) || self.new.has_file(&unit) {
            true => Ok((self.old.own(&unit)?, self.new.own(&unit)?)),
            false if self.has_conf() => Ok((self.old.instance(&unit)?, self.new.instance(&unit)?)),
            false => Ok((None, None)),
        }
    }

    fn has_conf(&self) -> bool {
        [self.old, self.new].iter().any(|system| system.confs.contains_key(self.name))
    }

    fn is_running(&self) -> bool {
        self.active.contains(self.unit().as_str())
    }

    fn conf(&self) -> BTreeMap<String, (Option<String>, Option<String>)> {
        let (old, new) = (self.old.confs.get(self.name), self.new.confs.get(self.name));
        let names: BTreeSet<&String> =
            old.into_iter().chain(new).flat_map(BTreeMap::keys).collect();
        let value =
            |conf: Option<&Conf>, name: &String| conf.and_then(|conf| conf.get(name)).cloned();
        let both = names.into_iter().map(|name| (name, value(old, name), value(new, name)));
        let differing = both.filter(|(_, before, after)| before != after);
        differing.map(|(name, before, after)| (name.clone(), (before, after))).collect()
    }

    fn running(&self, preview: &mut Preview, old: &Unit, new: Option<&Unit>) {
        let (decision, differences) = decide(&self.unit(), old, new);
        preview.unit = differences;
        preview.effect = match decision {
            Decision::Keep if preview.conf.is_empty() => Effect::Keep,
            Decision::Keep => Effect::Stale,
            Decision::Reload => Effect::Reload,
            Decision::Restart => Effect::Restart,
            Decision::StopAndStart => Effect::StopAndStart,
            Decision::Stop => Effect::Stop,
            Decision::Skip(why) => {
                preview.skipped = Some(why);
                Effect::Stale
            }
        };
    }

    /// The old system has no unit of this name, so no switch looks at it: it was started
    /// from the template that its own unit now hides, or by somebody else.
    fn started_elsewhere(&self, preview: &mut Preview, new: Option<&Unit>) {
        let template = self.old.instance(&self.unit()).ok().flatten();
        preview.unit = match (template, new) {
            (Some(template), Some(new)) => crate::compare(template, new).1,
            _ => Vec::new(),
        };
        let is_same = preview.conf.is_empty() && preview.unit.is_empty();
        if new.is_some() && !(template.is_some() && is_same) {
            preview.effect = Effect::Stale;
        }
    }

    fn stopped(&self, preview: &mut Preview, old: Option<&Unit>, new: Option<&Unit>) {
        if let (Some(old), Some(new)) = (old, new) {
            preview.unit = crate::compare(old, new).1;
        }
        preview.effect = match (old, new) {
            (None, Some(_)) => Effect::New,
            (Some(_), None) => Effect::Gone,
            _ if preview.conf.is_empty() && preview.unit.is_empty() => Effect::Keep,
            _ => Effect::Later,
        };
    }
}

/// Whether nothing but the system differs, which the unit's trigger follows.
fn could_reload(preview: &Preview) -> bool {
    let stops = matches!(preview.effect, Effect::Restart | Effect::StopAndStart | Effect::Stale);
    let triggers = |difference: &Difference| {
        difference.asks < Comparison::Restart || difference.key == "X-Restart-Triggers"
    };
    let system = preview.conf.get(SYSTEM_PATH);
    stops
        && preview.follows.is_none()
        && preview.conf.len() == 1
        && system.is_some_and(|(before, after)| before.is_some() && after.is_some())
        && preview.unit.iter().all(triggers)
}
