//! Which units a switch starts that did not run.
//!
//! A switch starts every active target again, so that what it newly wants is started;
//! a dry activation does not tell of these.

use std::collections::{BTreeMap, BTreeSet};

use crate::Unit;

/// The keys of `[Unit]` by which starting one unit starts another.
const STARTS: [&str; 5] = ["BindsTo", "Requires", "Requisite", "Upholds", "Wants"];

/// What starts what in a system.
#[derive(Debug, Clone, Default)]
pub struct Wants {
    by: BTreeMap<String, BTreeSet<String>>,
    /// What a link in `NAME.requires` says.
    required: BTreeMap<String, BTreeSet<String>>,
    refusing: BTreeSet<String>,
}

impl Wants {
    /// Adds a unit with what its text says.
    pub fn unit(&mut self, name: &str, unit: &Unit) {
        for key in STARTS.into_iter().filter(|key| *key != "Requisite") {
            for wanted in unit.words("Unit", key) {
                self.link(name, wanted);
            }
        }
        let refuses = unit.flag("Unit", "RefuseManualStart", false)
            || unit.flag("Unit", "X-OnlyManualStart", false);
        if refuses {
            self.refusing.insert(name.to_owned());
        }
    }

    /// Adds what a link in `NAME.wants` says.
    pub fn link(&mut self, name: &str, wanted: &str) {
        self.by.entry(name.to_owned()).or_default().insert(wanted.to_owned());
    }

    /// Adds what a link in `NAME.requires` says: it starts the other one, and needs it.
    pub fn require(&mut self, name: &str, needed: &str) {
        self.link(name, needed);
        self.required.entry(name.to_owned()).or_default().insert(needed.to_owned());
    }

    /// Whether a link says that one unit needs another one.
    pub(crate) fn requires(&self, name: &str, needed: &str) -> bool {
        self.required.get(name).is_some_and(|all| all.contains(needed))
    }

    /// The active targets, which a switch starts again.
    pub(crate) fn targets<'a>(&self, active: &BTreeSet<&'a str>) -> Vec<&'a str> {
        active.iter().copied().filter(|name| self.is_started_again(name)).collect()
    }

    /// All that is started when the active targets are started again, and is not
    /// active yet.
    pub fn started<'a>(&'a self, active: &BTreeSet<&'a str>) -> BTreeSet<&'a str> {
        self.started_by(self.targets(active), active)
    }

    /// All that is started when these units are, and is not active yet.
    pub(crate) fn started_by<'a>(
        &'a self,
        mut open: Vec<&'a str>,
        active: &BTreeSet<&str>,
    ) -> BTreeSet<&'a str> {
        let mut started = BTreeSet::new();
        while let Some(name) = open.pop() {
            for wanted in self.by.get(name).into_iter().flatten() {
                if !active.contains(wanted.as_str()) && started.insert(wanted.as_str()) {
                    open.push(wanted);
                }
            }
        }
        started
    }

    fn is_started_again(&self, name: &str) -> bool {
        let sleeps = matches!(name, "suspend.target" | "hibernate.target" | "hybrid-sleep.target");
        name.ends_with(".target") && !sleeps && !self.refusing.contains(name)
    }
}
