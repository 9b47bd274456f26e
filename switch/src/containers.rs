//! What a switch does to the containers of a host, and why.

use std::collections::{BTreeMap, BTreeSet};

use crate::follow::{Followed, follow};
use crate::{Comparison, Decision, Difference, Skipped, Unit, UnitError, Wants, decide};

/// The unit that a container without one of its own is an instance of.
pub const TEMPLATE: &str = "container@.service";

/// The variable of a conf that says which system the container boots.
const SYSTEM_PATH: &str = "SYSTEM_PATH";

/// What of a system concerns containers.
#[derive(Debug, Clone, Default)]
pub struct System {
    /// The units of containers, by their names, and [`TEMPLATE`]. A masked one is
    /// not among them.
    pub units: BTreeMap<String, Result<Unit, UnitError>>,
    /// The names of those that are masked.
    pub masked: BTreeSet<String>,
    /// The template with the drop-ins of one instance, by the name of its unit: what
    /// counts for one with drop-ins and without a unit of its own.
    pub instances: BTreeMap<String, Result<Unit, UnitError>>,
    /// The confs of containers (`/etc/nixos-containers/NAME.conf`), by their names.
    pub confs: BTreeMap<String, Conf>,
    /// What starts what.
    pub wants: Wants,
}

/// The variables of a conf.
pub type Conf = BTreeMap<String, String>;

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
    /// Why it is left as it is, if it is.
    pub skipped: Option<Skipped>,
    /// The unit that it needs and that is stopped or restarted: that is why this one
    /// is, too.
    pub follows: Option<String>,
    /// Nothing but its system changed: activating that inside would do.
    pub could_reload: bool,
    /// Its unit can not be read, in the running system or in the new one: the switch
    /// will end there.
    pub unreadable: Option<UnitError>,
}

/// The variables of a conf: `NAME=value` lines, as systemd's `EnvironmentFile=` has them,
/// with the quotes taken off. `nixos-container` writes none, the NixOS module does.
pub fn conf(text: &str) -> Conf {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with(['#', ';']));
    let variables = lines.filter_map(|line| line.split_once('='));
    variables.map(|(key, value)| (key.trim().to_owned(), unquoted(value.trim()))).collect()
}

fn unquoted(value: &str) -> String {
    let inner =
        ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
    inner.unwrap_or(value).to_owned()
}

/// What a switch from one system to another does to each container that either has,
/// or that runs, given the names of the units that are active.
pub fn preview(old: &System, new: &System, active: &BTreeSet<&str>) -> Vec<Preview> {
    let running = active.iter().filter_map(|unit| name_of(unit));
    let names: BTreeSet<&str> = old.names().chain(new.names()).chain(running).collect();
    let case = |name| Case { old, new, name, active };
    let mut previews: Vec<Preview> = names.into_iter().map(|name| case(name).preview()).collect();
    let followed = follow(old, new, active, &previews);
    for preview in &mut previews {
        followed_by(preview, new, &followed);
        preview.could_reload = could_reload(preview);
    }
    previews
}

/// What happens to a container because of others.
fn followed_by(preview: &mut Preview, new: &System, followed: &Followed) {
    let unit = unit_of(&preview.name);
    let is_started = followed.started.contains(&unit) && new.units.contains_key(&unit);
    if let Some(cause) = followed.stopped.get(&unit) {
        let starts = matches!(preview.effect, Effect::Reload | Effect::Restart);
        let starts = starts || is_started;
        preview.effect = if starts { Effect::StopAndStart } else { Effect::Stop };
        preview.follows = Some(cause.clone());
    } else if let Some(cause) = followed.restarted.get(&unit) {
        preview.effect = Effect::Restart;
        preview.follows = Some(cause.clone());
    } else if is_started && !preview.is_running {
        preview.effect = Effect::Start;
    }
}

impl System {
    /// The unit of this name.
    fn own(&self, unit: &str) -> Result<Option<&Unit>, &UnitError> {
        self.units.get(unit).map(Result::as_ref).transpose()
    }

    /// The template, as it is for the instance of this name.
    fn instance(&self, unit: &str) -> Result<Option<&Unit>, &UnitError> {
        let template = || self.units.get(TEMPLATE);
        self.instances.get(unit).or_else(template).map(Result::as_ref).transpose()
    }

    /// Whether it has a file for the unit, be it to mask it.
    fn has_file(&self, unit: &str) -> bool {
        self.units.contains_key(unit) || self.masked.contains(unit)
    }

    /// Each has a conf, and one that NixOS declares a unit of its own.
    fn names(&self) -> impl Iterator<Item = &str> {
        let units = self.units.keys().filter_map(|unit| name_of(unit));
        self.confs.keys().map(String::as_str).chain(units)
    }
}

/// The name of the unit of a container.
pub(crate) fn unit_of(name: &str) -> String {
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
            skipped: None,
            follows: None,
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

    /// The unit in both systems. An instance is its template when neither has a file
    /// of its own for it; what is masked in the running system was read as empty.
    fn units(&self) -> Result<(Option<&Unit>, Option<&Unit>), &UnitError> {
        static EMPTY: Unit = Unit::empty();
        let unit = self.unit();
        let has_own = self.old.has_file(&unit) || self.new.has_file(&unit);
        if !has_own {
            let is_instance = self.is_running() || self.has_conf();
            return match is_instance {
                true => Ok((self.old.instance(&unit)?, self.new.instance(&unit)?)),
                false => Ok((None, None)),
            };
        }
        let masked = self.old.masked.contains(&unit) && self.is_running();
        let old = self.old.own(&unit)?.or(masked.then_some(&EMPTY));
        Ok((old, self.new.own(&unit)?))
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
