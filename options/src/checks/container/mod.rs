//! What is wrong with containers although each of their options is fine:
//! what NixOS, systemd or the kernel will refuse or ignore, and what two
//! containers can not both have.
//!
//! These rules see merged options and their places only, never an
//! evaluation; what is unknown is never wrong. Each rule names what it rests
//! on: `ip` is iproute2, `nspawn` is systemd-nspawn, both as of Debian 12,
//! where the refusals were tried.

mod address;
mod devices;
mod interfaces;
mod machine;
mod mounts;
mod network;
mod ports;
mod spaces;
mod start;
mod timespan;
mod users;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use conex_model::{
    Code, Container, Desired, Diagnostic, Edit, Fix, Located, Place, Related, Severity, Value,
    ValueKind, quote_name,
};

pub(crate) use machine::check as check_on_machine;

use crate::suggest;

/// Options by name.
type Options = BTreeMap<Arc<str>, Located>;

/// A finding, with what only the source text can settle.
pub(crate) struct Found {
    pub(crate) diagnostic: Diagnostic,
    /// The place is that of a definition whose name is at fault.
    pub(crate) at_name: bool,
    /// It is one only where this stands.
    pub(crate) only_as: Option<&'static str>,
    /// Its fix replaces this literal; where something else is written there
    /// is no fix.
    pub(crate) written: Option<String>,
}

/// Checks all containers.
pub(crate) fn check(desired: &Desired) -> Vec<Found> {
    let mut findings = Findings::default();
    let subjects: Vec<_> = desired.containers.values().map(Subject::new).collect();
    for subject in &subjects {
        network::check(subject, &mut findings);
        ports::check(subject, &mut findings);
        interfaces::check(subject, &mut findings);
        mounts::check(subject, &mut findings);
        devices::check(subject, &mut findings);
        users::check(subject, &mut findings);
        start::check(subject, &mut findings);
        spaces::check_flags(subject, &mut findings);
    }
    address::check_duplicates(&subjects, &mut findings);
    ports::check_duplicates(&subjects, &mut findings);
    interfaces::check_duplicates(&subjects, &mut findings);
    interfaces::check_hardware_addresses(&subjects, &mut findings);
    start::check_dependencies(&subjects, &desired.undecided, &mut findings);
    mounts::check_roots(&subjects, &mut findings);
    findings.all
}

/// A container under examination.
pub(super) struct Subject<'a> {
    container: &'a Container,
    address: Rc<str>,
}

/// A virtual Ethernet pair: the container's own one or an extra one.
#[derive(Clone)]
pub(super) struct Pair<'a> {
    options: &'a Options,
    address: Rc<str>,
    /// The name of an extra pair.
    extra: Option<(&'a str, &'a Located)>,
}

impl<'a> Subject<'a> {
    fn new(container: &'a Container) -> Self {
        let address = format!("containers.{}", quote_name(container.name.as_str()));
        Self { container, address: address.into() }
    }

    fn name(&self) -> &'a str {
        self.container.name.as_str()
    }

    /// The address of an option.
    fn path(&self, option: &str) -> String {
        format!("{}.{option}", self.address)
    }

    fn get(&self, option: &str) -> Option<&'a Located> {
        self.container.option(option)
    }

    /// A Boolean, if it is known.
    fn flag(&self, option: &str) -> Option<bool> {
        match self.container.value(option) {
            Some(Value::Bool(bool)) => Some(*bool),
            _ => None,
        }
    }

    /// The elements of a list option, with their addresses.
    fn list(&self, option: &str) -> Vec<(String, &'a Located)> {
        elements(self.container.value(option), || self.path(option))
    }

    /// The attributes of an option.
    fn set(&self, option: &str) -> Option<&'a Options> {
        attrs(self.container.value(option)?)
    }

    /// An option that is set to something: not null, not empty.
    fn something(&self, option: &str) -> Option<&'a Located> {
        self.get(option).filter(|located| is_something(&located.value))
    }

    /// The same, and it is known: what is not may come to be null.
    fn certain(&self, option: &str) -> Option<&'a Located> {
        self.something(option).filter(|located| located.value.kind() != ValueKind::Unknown)
    }

    /// All its pairs, the own one first.
    fn pairs(&self) -> Vec<Pair<'a>> {
        let own =
            Pair { options: &self.container.options, address: self.address.clone(), extra: None };
        let extra = self.set("extraVeths").into_iter().flatten().filter_map(|(name, located)| {
            Some(Pair {
                options: attrs(&located.value)?,
                address: format!("{}.{}", self.path("extraVeths"), quote_name(name)).into(),
                extra: Some((&**name, located)),
            })
        });
        std::iter::once(own).chain(extra).collect()
    }
}

impl<'a> Pair<'a> {
    fn path(&self, option: &str) -> String {
        format!("{}.{option}", self.address)
    }

    fn get(&self, option: &str) -> Option<&'a Located> {
        self.options.get(option)
    }

    fn text(&self, option: &str) -> Option<(&'a Located, &'a str)> {
        let located = self.get(option)?;
        Some((located, located.value.as_str()?))
    }

    fn something(&self, option: &str) -> Option<&'a Located> {
        self.get(option).filter(|located| is_something(&located.value))
    }

    /// Whether its host end may be on a bridge.
    fn bridged(&self) -> bool {
        self.something("hostBridge").is_some()
    }
}

/// Whether a value says anything; what is unknown may.
fn is_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::List(elements) => !elements.is_empty(),
        Value::Attrs(attrs) => !attrs.is_empty(),
        _ => true,
    }
}

fn attrs(value: &Value) -> Option<&Options> {
    match value {
        Value::Attrs(attrs) => Some(attrs),
        _ => None,
    }
}

fn elements(value: Option<&Value>, address: impl FnOnce() -> String) -> Vec<(String, &Located)> {
    let list = value.and_then(Value::as_list).unwrap_or_default();
    if list.is_empty() {
        return Vec::new();
    }
    let address = address();
    list.iter()
        .enumerate()
        .map(|(index, element)| (format!("{address}.{index}"), element))
        .collect()
}

/// What was found so far.
#[derive(Default)]
pub(super) struct Findings {
    all: Vec<Found>,
}

impl Findings {
    /// Something is wrong with a value.
    fn at(&mut self, code: Code, address: String, at: &Located, summary: String) -> &mut Found {
        let mut diagnostic = Diagnostic::new(code, summary).at(at.places.first().cloned());
        diagnostic.address = Some(address);
        self.all.push(Found { diagnostic, at_name: false, only_as: None, written: None });
        let last = self.all.len() - 1;
        &mut self.all[last]
    }

    /// Definitions do not go together: one finding, at the last of them in
    /// the order of files and offsets.
    fn between(
        &mut self,
        code: Code,
        mut parts: Vec<(String, &Located)>,
        summary: String,
        relation: &str,
    ) -> &mut Found {
        parts.sort_by(|a, b| a.1.places.first().cmp(&b.1.places.first()));
        let nothing = Located::nowhere(Value::Null);
        let (address, at) = parts.pop().unwrap_or((String::new(), &nothing));
        let found = self.at(code, address, at, summary);
        for (_, other) in parts {
            found.related(other, relation);
        }
        found
    }
}

impl Found {
    /// Something is wrong with what a name is given to.
    pub(crate) fn at_name_of(code: Code, address: String, at: &Located, summary: String) -> Self {
        let mut diagnostic = Diagnostic::new(code, summary).at(at.places.first().cloned());
        diagnostic.address = Some(address);
        Self { diagnostic, at_name: true, only_as: None, written: None }
    }

    fn help(&mut self, text: impl Into<String>) -> &mut Self {
        self.diagnostic.help = Some(text.into());
        self
    }

    fn detail(&mut self, text: impl Into<String>) -> &mut Self {
        self.diagnostic.detail = text.into();
        self
    }

    fn warning(&mut self) -> &mut Self {
        self.diagnostic.severity = Severity::Warning;
        self
    }

    fn error(&mut self) -> &mut Self {
        self.diagnostic.severity = Severity::Error;
        self
    }

    /// It is a mistake only if this is what is written.
    fn only_as(&mut self, text: &'static str) -> &mut Self {
        self.only_as = Some(text);
        self
    }

    /// The name of the definition is at fault, not its value.
    fn at_name(&mut self) -> &mut Self {
        self.at_name = true;
        self
    }

    fn related(&mut self, other: &Located, message: &str) -> &mut Self {
        let place = other.places.first();
        if let Some(place) = place.filter(|place| Some(*place) != self.diagnostic.place.as_ref()) {
            self.diagnostic
                .related
                .push(Related { message: message.to_owned(), place: place.clone() });
        }
        self
    }

    /// Proposes another value in place of the literal that stands there.
    fn instead(&mut self, title: String, old: String, new: String) -> &mut Self {
        if let Some(place) = self.diagnostic.place.clone() {
            self.diagnostic.fix = Some(Fix { title, edits: vec![Edit { place, text: new }] });
            self.written = Some(old);
        }
        self
    }

    /// Proposes another text.
    fn instead_of_text(&mut self, old: &str, new: &str) -> &mut Self {
        let title = format!("write {}", literal(new));
        self.instead(title, literal(old), literal(new))
    }

    /// Proposes the nearest of some words, if one is near.
    fn did_you_mean<'w>(&mut self, word: &str, words: impl Iterator<Item = &'w str>) -> &mut Self {
        if let Some(near) = suggest::nearest(word, words) {
            self.help(format!("Did you mean `{near}'?"));
            self.instead_of_text(word, near);
        }
        self
    }
}

/// A text as a Nix string.
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' | '$' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The places of a value, for what is found between containers.
fn place_of(located: &Located) -> Option<&Place> {
    located.places.first()
}

/// Groups of things that should be single. Each finding is made at a thing
/// that is not the first of its group; things that stand at one place (made
/// by one expression for many containers) are one.
fn repeated<'a, K: Ord, T>(
    things: impl Iterator<Item = (K, T)>,
    place: impl Fn(&T) -> Option<&'a Place>,
) -> Vec<Repeated<K, T>> {
    let mut groups: BTreeMap<K, Vec<T>> = BTreeMap::new();
    for (key, thing) in things {
        groups.entry(key).or_default().push(thing);
    }
    let mut all = Vec::new();
    for (key, mut group) in groups {
        if group.len() < 2 {
            continue;
        }
        group.sort_by(|a, b| place(a).cmp(&place(b)));
        all.push(Repeated { key, group });
    }
    all
}

/// Things that have one key.
struct Repeated<K, T> {
    key: K,
    /// In the order of their places, two at least.
    group: Vec<T>,
}

impl<K, T> Repeated<K, T> {
    /// The first, and the others that stand at places of their own. When all
    /// stand at one place, the second stands for them.
    fn first_and_others<'a>(
        &self,
        place: impl Fn(&T) -> Option<&'a Place>,
    ) -> Option<(&T, Vec<&T>)> {
        let (first, rest) = self.group.split_first()?;
        let mut others: Vec<&T> = Vec::new();
        let mut last = place(first);
        for thing in rest {
            let at = place(thing);
            if at != last || at.is_none() {
                others.push(thing);
                last = at;
            }
        }
        if others.is_empty() {
            others.extend(rest.first());
        }
        Some((first, others))
    }
}
