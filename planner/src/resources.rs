//! The resources that a container's options come to.

use std::sync::Arc;

use conex_model::{
    Action, Attribute, Attributes, Kind, Observed, ObservedContainer, SystemSource, Text,
    UnitDirectory, Unknown,
};

use crate::spec::{Evaluated, Spec, System};
use crate::text::{self, Leaf};
use crate::{conf, layout, unit};

/// The directories of a new root, with their modes: what systemd-nspawn and a
/// NixOS system expect before their first start.
pub(crate) const ROOT_DIRECTORIES: [(&str, u32); 6] = [
    ("usr/bin", 0o755),
    ("etc", 0o755),
    ("var/lib", 0o755),
    ("var/lib/private", 0o700),
    ("root", 0o700),
    ("tmp", 0o1777),
];

/// The empty files of a new root.
pub(crate) const ROOT_FILES: [&str; 2] = ["etc/os-release", "etc/machine-id"];

/// A resource that should be there.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) kind: Kind,
    pub(crate) attributes: Attributes,
}

/// The resources of one container, in order of their kinds.
#[derive(Debug)]
pub(crate) struct Resources<'a> {
    pub(crate) spec: Spec<'a>,
    pub(crate) host: &'a Observed,
    pub(crate) list: Vec<Resource>,
    /// What a start runs with.
    pub(crate) started: Attributes,
    /// The path of the system, if it is known before the build.
    pub(crate) system: Attribute,
    conf: Text,
    unit: Text,
}

/// Computes the resources; what an earlier apply built is taken from
/// `observed` where its sources are the same.
pub(crate) fn of<'a>(
    spec: Spec<'a>,
    observed: Option<&ObservedContainer>,
    host: &'a Observed,
) -> Resources<'a> {
    let units = &host.unit_directory;
    let system = system(&spec, observed);
    let path = system.get("path").cloned().unwrap_or(Attribute::Built);
    let conf_text = conf::render(&spec);
    let unit_text = unit::render(&spec);
    let conf = conf_attributes(&spec, &path, &conf_text);
    let unit = unit_attributes(&spec, &unit_text, units);
    let started = Attributes::of_start(&conf, &unit);
    let name = spec.name();
    let mut list = vec![Resource { kind: Kind::System, attributes: system }];
    if has_profile(&spec) {
        for (kind, link) in
            [(Kind::Profile, layout::profile(name)), (Kind::Gcroot, layout::gcroot(name))]
        {
            let attributes =
                Attributes::new().with("link", Attribute::str(link)).with("path", path.clone());
            list.push(Resource { kind, attributes });
        }
    }
    if let Some(root) = &spec.root {
        let attributes = Attributes::new().with("root", root.attribute());
        list.push(Resource { kind: Kind::Root, attributes });
    }
    if let Some(attributes) = network(&spec) {
        list.push(Resource { kind: Kind::Network, attributes });
    }
    list.push(Resource { kind: Kind::Conf, attributes: conf });
    list.push(Resource { kind: Kind::Unit, attributes: unit });
    if spec.auto_start == Some(true) {
        let attributes = Attributes::new()
            .with("link", Attribute::str(layout::autostart(units, name)))
            .with("target", Attribute::str(layout::unit_file(units, name)));
        list.push(Resource { kind: Kind::Autostart, attributes });
    }
    Resources { spec, host, list, started, system: path, conf: conf_text, unit: unit_text }
}

/// A system that is named by a profile is kept alive, and changed, by whoever
/// made that profile.
fn has_profile(spec: &Spec<'_>) -> bool {
    !matches!(&spec.system, System::Path(path) if path.starts_with(layout::PROFILES))
}

fn system(spec: &Spec<'_>, observed: Option<&ObservedContainer>) -> Attributes {
    let system = system_of_options(spec, observed);
    match spec.imperative {
        Some(how) => system.with("imperative", Attribute::str(how.as_str())),
        None => system,
    }
}

fn system_of_options(spec: &Spec<'_>, observed: Option<&ObservedContainer>) -> Attributes {
    let (name, source, path) = match &spec.system {
        System::Path(path) => return Attributes::new().with("path", Attribute::Str(path.clone())),
        System::Config(unknown, evaluated) => {
            let path = evaluated.as_ref().map(|system| Attribute::Str(system.path.clone()));
            ("config", sources(unknown, path.is_some(), observed), path)
        }
        System::Flake(flake, path) => {
            ("flake", flake.attribute(), path.clone().map(Attribute::Str))
        }
        System::UnknownPath(unknown) => ("source", Attribute::Unknown(unknown.clone()), None),
    };
    let built = || {
        let found = observed?.found(Kind::System)?;
        (found.get(name) == Some(&source)).then(|| found.get("path").cloned())?
    };
    let path = path.or_else(built).unwrap_or(Attribute::Built);
    Attributes::new().with(name, source).with("path", path)
}

/// What stands for the sources of a system: the unknown value of `config`, or
/// their digest where it was evaluated. The same sources are no change,
/// whichever of them was recorded.
fn sources(
    config: &Arc<Unknown>,
    evaluated: bool,
    observed: Option<&ObservedContainer>,
) -> Attribute {
    let digest = Attribute::str(text::identity(config));
    let unknown = Attribute::Unknown(config.clone());
    let found = observed.and_then(|observed| observed.found(Kind::System)?.get("config"));
    match found {
        Some(found) if *found == digest || *found == unknown => found.clone(),
        _ if evaluated => digest,
        _ => unknown,
    }
}

/// Takes over options that are not empty.
fn take(attributes: &mut Attributes, spec: &Spec<'_>, options: &[&'static str]) {
    for option in options {
        match spec.attribute(option) {
            Attribute::List(list) if list.is_empty() => {}
            Attribute::Map(map) if map.is_empty() => {}
            value => attributes.set(*option, value),
        }
    }
}

const ADDRESSES: [&str; 6] = [
    "hostBridge",
    "hostAddress",
    "hostAddress6",
    "localAddress",
    "localAddress6",
    "localMacAddress",
];

/// `None` for a container that shares the network of the host.
fn network(spec: &Spec<'_>) -> Option<Attributes> {
    let mut attributes = Attributes::new();
    take(&mut attributes, spec, &["extraVeths", "interfaces", "macvlans", "networkNamespace"]);
    let private = spec.private_network || spec.vague.contains_key("privateNetwork");
    if attributes.is_empty() && !private {
        return None;
    }
    take(&mut attributes, spec, &["privateNetwork"]);
    if spec.private_network {
        take(&mut attributes, spec, &ADDRESSES);
        take(&mut attributes, spec, &["forwardPorts"]);
    }
    attributes.set("interface", interface(spec));
    Some(attributes)
}

fn interface(spec: &Spec<'_>) -> Attribute {
    spec.interface().map_or(Attribute::Null, Attribute::str)
}

fn conf_attributes(spec: &Spec<'_>, path: &Attribute, text: &Text) -> Attributes {
    let mut attributes = Attributes::new()
        .with("file", Attribute::str(layout::conf(spec.name())))
        .with("contents", text::digest(text));
    if let System::Flake(flake, _) = &spec.system {
        attributes.set("flake", flake.attribute());
    }
    attributes.set("path", path.clone());
    take(
        &mut attributes,
        spec,
        &[
            "autoStart",
            "bindMounts",
            "extraFlags",
            "interfaces",
            "macvlans",
            "networkNamespace",
            "privateNetwork",
            "privateUsers",
        ],
    );
    if spec.private_network {
        take(&mut attributes, spec, &ADDRESSES);
        take(&mut attributes, spec, &["forwardPorts"]);
    }
    attributes
}

fn unit_attributes(spec: &Spec<'_>, text: &Text, units: &UnitDirectory) -> Attributes {
    let mut attributes = Attributes::new()
        .with("file", Attribute::str(layout::unit_file(units, spec.name())))
        .with("contents", text::digest(text))
        .with("interface", interface(spec));
    take(
        &mut attributes,
        spec,
        &[
            "additionalCapabilities",
            "allowedDevices",
            "bindMounts",
            "dependsOn",
            "enableTun",
            "ephemeral",
            "extraFlags",
            "extraVeths",
            "interfaces",
            "limits",
            "macvlans",
            "networkNamespace",
            "privateNetwork",
            "privateUsers",
            "restartIfChanged",
            "timeoutStartSec",
            "tmpfs",
        ],
    );
    if spec.private_network {
        take(&mut attributes, spec, &["forwardPorts"]);
    }
    if let Some(root) = &spec.root {
        attributes.set("root", root.attribute());
    }
    attributes
}

impl Resources<'_> {
    /// What tells the container from others, whatever its name.
    pub(crate) fn likeness(&self) -> Option<crate::rename::Likeness> {
        let of = |kind| self.list.iter().find(|resource| resource.kind == kind);
        let root = self.spec.root.as_ref()?.as_str()?;
        let root = if root == layout::root(self.spec.name()) { "" } else { root };
        crate::rename::likeness(&of(Kind::System)?.attributes, &of(Kind::Conf)?.attributes, root)
    }

    /// What makes a resource what it should be.
    pub(crate) fn actions(&self, kind: Kind) -> Vec<Action> {
        let name = self.spec.name();
        match kind {
            Kind::System => vec![self.build()],
            Kind::Profile => vec![
                directory(layout::profile_directory(name)),
                Action::SetProfile {
                    profile: layout::profile(name).into(),
                    system: text::with_system(&Text::system(), &self.system),
                },
            ],
            Kind::Gcroot => vec![
                directory(layout::gcroot_directory(name)),
                Action::WriteLink {
                    path: layout::gcroot(name).into(),
                    target: text::with_system(&Text::system(), &self.system),
                },
            ],
            Kind::Root => self.root(),
            Kind::Conf => vec![Action::WriteFile {
                path: layout::conf(name).into(),
                contents: text::with_system(&self.conf, &self.system),
                mode: 0o644,
            }],
            Kind::Unit => vec![Action::WriteFile {
                path: layout::unit_file(&self.host.unit_directory, name).into(),
                contents: self.unit.clone(),
                mode: 0o644,
            }],
            Kind::Autostart => vec![Action::WriteLink {
                path: layout::autostart(&self.host.unit_directory, name).into(),
                target: Text::literal(layout::unit_file(&self.host.unit_directory, name)),
            }],
            Kind::Network | Kind::Service => Vec::new(),
        }
    }

    fn build(&self) -> Action {
        let source = match &self.spec.system {
            System::Path(path) => SystemSource::Path(Text::literal(path.clone())),
            System::Config(_, Some(Evaluated { path, derivation: Some(derivation) })) => {
                SystemSource::Derivation { derivation: derivation.clone(), path: path.clone() }
            }
            System::Config(_, Some(Evaluated { path, derivation: None }))
            | System::Flake(_, Some(path)) => SystemSource::Path(Text::literal(path.clone())),
            System::Config(unknown, None) => SystemSource::Config(unknown.clone()),
            System::Flake(flake, None) => SystemSource::Flake(flake.text()),
            System::UnknownPath(unknown) => SystemSource::Path(Text::unknown(unknown.clone())),
        };
        Action::BuildSystem { container: self.spec.name().into(), source }
    }

    /// A new root is empty, so that nothing in it can lead elsewhere.
    fn root(&self) -> Vec<Action> {
        // Where it is to be is not known: nothing can be made.
        let Some(Leaf::Text(root)) = &self.spec.root else { return Vec::new() };
        let mut actions = vec![directory(root.clone())];
        for (path, mode) in ROOT_DIRECTORIES {
            actions.push(Action::CreateDirectory { path: format!("{root}/{path}").into(), mode });
        }
        for path in ROOT_FILES {
            actions.push(Action::CreateEmptyFile { path: format!("{root}/{path}").into() });
        }
        actions
    }
}

fn directory(path: impl Into<Arc<str>>) -> Action {
    Action::CreateDirectory { path: path.into(), mode: 0o755 }
}
