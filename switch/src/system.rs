//! What of a NixOS system a switch goes by: its units, what starts what, its file systems,
//! and the confs of its containers.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Script, Unit, UnitError, Wants};

/// The unit that a container without one of its own is an instance of.
pub const TEMPLATE: &str = "container@.service";

/// What of a system concerns containers.
#[derive(Debug, Clone, Default)]
pub struct System {
    /// The units, by their names, and templates. A masked one is not among them.
    pub units: BTreeMap<String, Result<Unit, UnitError>>,
    /// The names of those that are masked.
    pub masked: BTreeSet<String>,
    /// Templates with the drop-ins of one instance, by the name of its unit: what
    /// counts for one with drop-ins and without a unit of its own.
    pub instances: BTreeMap<String, Result<Unit, UnitError>>,
    /// Other names of units.
    pub aliases: BTreeMap<String, String>,
    /// Those that systemd has brought along, as opposed to those that are configured.
    pub upstream: BTreeSet<String>,
    /// Of a system that is not built not all units are here: these are configured besides,
    /// and taken to be as they were, as is what systemd brings along.
    pub partial: Option<BTreeSet<String>>,
    /// What the scripts say that start containers, by the names of their units, as far as
    /// they can be read.
    pub scripts: BTreeMap<String, Script>,
    /// The confs of containers (`/etc/nixos-containers/NAME.conf`), by their names.
    pub confs: BTreeMap<String, Conf>,
    /// What the links say of what starts what.
    pub wants: Wants,
    /// The file systems of `/etc/fstab`, by their mount points; not known if the system is
    /// not built.
    pub mounts: Option<BTreeMap<String, Mount>>,
}

/// The variables of a conf.
pub type Conf = BTreeMap<String, String>;

/// A file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Where it is.
    pub device: String,
    /// `ext4`, `none`.
    pub kind: String,
    /// `rw,noatime`.
    pub options: String,
}

/// A unit in two systems, or why it can not be read.
pub(crate) type Pair<'a> = Result<(Option<&'a Unit>, Option<&'a Unit>), &'a UnitError>;

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

/// The file systems of an `fstab`, as switch-to-configuration reads them.
pub fn mounts(fstab: &str) -> BTreeMap<String, Mount> {
    let mut mounts = BTreeMap::new();
    for line in fstab.lines().filter(|line| !line.contains('#')) {
        let mut words = line.split_whitespace().map(str::to_owned);
        if let (Some(device), Some(at), Some(kind)) = (words.next(), words.next(), words.next())
            && kind != "swap"
        {
            let options = words.next().unwrap_or_default();
            mounts.insert(at, Mount { device, kind, options });
        }
    }
    mounts
}

/// `container@web.service` is an instance of `container@.service`; to a switch, one with a
/// dot in its name is none.
pub(crate) fn template(name: &str) -> Option<String> {
    let (stem, suffix) = name.rsplit_once('.')?;
    let (base, instance) = stem.rsplit_once('@')?;
    (!instance.contains('.')).then(|| format!("{base}@.{suffix}"))
}

impl System {
    /// The unit of this name, not as an instance.
    pub(crate) fn own(&self, unit: &str) -> Result<Option<&Unit>, &UnitError> {
        self.units.get(unit).map(Result::as_ref).transpose()
    }

    /// The template, as it is for the instance of this name.
    pub(crate) fn instance(&self, unit: &str) -> Result<Option<&Unit>, &UnitError> {
        let of_template = || self.units.get(&template(unit)?);
        self.instances.get(unit).or_else(of_template).map(Result::as_ref).transpose()
    }

    /// The unit as systemd loads it; one that can not be read says nothing.
    pub(crate) fn loaded(&self, unit: &str) -> Option<&Unit> {
        match self.own(unit) {
            Ok(Some(own)) => Some(own),
            Ok(None) if !self.masked.contains(unit) => self.instance(unit).ok().flatten(),
            _ => None,
        }
    }

    /// Whether it has a file for the unit, be it to mask it.
    pub(crate) fn has_file(&self, unit: &str) -> bool {
        self.units.contains_key(unit) || self.masked.contains(unit)
    }

    /// The unit that a name leads to.
    pub(crate) fn canonical<'a>(&'a self, unit: &'a str) -> &'a str {
        self.aliases.get(unit).map_or(unit, String::as_str)
    }
}

/// A unit in both systems, as a switch looks at it. An instance is its template when
/// neither has a file of its own for it, and is gone when it had drop-ins and has none
/// any more; what is masked in the running system was read as empty.
pub(crate) fn pair<'a>(old: &'a System, new: &'a System, unit: &str) -> Pair<'a> {
    static EMPTY: Unit = Unit::empty();
    if !old.has_file(unit) && !new.has_file(unit) {
        let lost = old.instances.contains_key(unit) && !new.instances.contains_key(unit);
        let after = if lost { None } else { new.instance(unit)? };
        let before = old.instance(unit)?;
        return Ok((before, if is_as_it_was(old, new, unit) { before } else { after }));
    }
    let before = old.own(unit)?.or(old.masked.contains(unit).then_some(&EMPTY));
    let after = if is_as_it_was(old, new, unit) { before } else { new.own(unit)? };
    Ok((before, after))
}

/// Whether nothing is known of a unit in the new system but that it is there.
fn is_as_it_was(old: &System, new: &System, unit: &str) -> bool {
    let file = if old.has_file(unit) { Some(unit.to_owned()) } else { template(unit) };
    let (Some(others), Some(file)) = (&new.partial, file) else { return false };
    !new.has_file(&file) && (old.upstream.contains(&file) || others.contains(&file))
}
