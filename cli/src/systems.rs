//! What a nixpkgs makes known of containers: their systems, and the options
//! that depend on `pkgs`.
//!
//! A few evaluations share the containers, each with a heap of its own that is
//! collected on the way.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use conex_evaluator::{Evaluator, Heap, Settings, StoreObject};
use conex_model::{Container, ContainerName, Desired, Diagnostic, Located, Plan, Value, ValueKind};
use conex_options::{Configuration as Host, Known, Nixpkgs, Systems, Wanted};
use conex_store::Nix;

use crate::command_error::{CommandError, Kind, Result};
use crate::evaluate::{self, Configuration};
use crate::input::{Configured, Source};
use crate::io::Machine;
use crate::ui::Ui;

/// As many evaluations at a time unless told otherwise: each loads the modules of the host.
const WORKERS: NonZeroUsize = NonZeroUsize::new(2).expect("two is not zero");

/// Which systems are evaluated, and how.
#[derive(Debug, Clone, Default)]
pub(crate) struct Extent {
    /// Those of these containers; of all if there is no such set.
    pub(crate) only: Option<BTreeSet<ContainerName>>,
    /// In at most so many evaluations at a time.
    pub(crate) parallelism: Option<NonZeroUsize>,
}

impl Extent {
    fn has(&self, name: &ContainerName) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(name))
    }

    /// Whether it has all containers that a plan changes something of.
    pub(crate) fn suffices_for(&self, plan: &Plan) -> bool {
        plan.changes
            .iter()
            .filter_map(|change| change.address.container())
            .all(|name| self.has(name))
    }
}

/// What says which system it is; of these only the path follows.
const OF_THE_SYSTEM: [&str; 5] = ["config", "flake", "nixpkgs", "path", "specialArgs"];

/// Completes a configuration by what the nixpkgs at hand makes known. Whatever
/// can not be evaluated becomes a finding.
pub(crate) fn complete(
    ui: Ui,
    configuration: &mut Configuration,
    source: &Source,
    extent: &Extent,
) -> Result<()> {
    let flake_host = configuration.flake_host.take();
    let Some((path, host)) = at_hand(source, flake_host.as_ref()) else { return Ok(()) };
    let wanted = wanted(&configuration.desired, extent);
    if wanted.is_empty() {
        return Ok(());
    }
    let options = option_names(&wanted);
    let nixpkgs = Nixpkgs { path, configuration: host, options: &options };
    let mut parts: Vec<Vec<Wanted<'_>>> =
        vec![Vec::new(); extent.parallelism.unwrap_or(WORKERS).get().min(wanted.len())];
    let workers = parts.len();
    for (index, container) in wanted.into_iter().enumerate() {
        parts[index % workers].push(container);
    }
    let done = evaluate::on_threads(&parts, |part| evaluated(ui, source, nixpkgs, part))?;
    let mut messages = Vec::new();
    let mut systems = Systems::default();
    for part in done {
        // What concerns the host is said by each of the evaluations.
        for message in part.said {
            if !messages.contains(&message) {
                ui.note(&message);
                messages.push(message);
            }
        }
        configuration.objects.extend(part.objects);
        systems.known.extend(part.systems.known);
        systems.diagnostics.extend(part.systems.diagnostics);
    }
    for known in systems.known {
        settle(&mut configuration.desired, known);
    }
    configuration.diagnostics.extend(systems.diagnostics);
    conex_options::sort(&mut configuration.diagnostics);
    let texts = std::mem::take(&mut configuration.sources);
    configuration.sources = evaluate::complete(texts, &configuration.diagnostics);
    Ok(())
}

/// Which host of a flake a configuration is, and the nixpkgs that the flake locks.
type FlakeHost = (String, Option<PathBuf>);

/// The nixpkgs at hand, and where the host is.
fn at_hand<'a>(
    source: &'a Source,
    flake_host: Option<&'a FlakeHost>,
) -> Option<(&'a Path, Host<'a>)> {
    let (path, host) = match (&source.configured, flake_host) {
        (Configured::Module(file), _) => (source.search.nixpkgs.as_deref(), Host::Module(file)),
        (Configured::Flake { file, .. }, Some((host, locked))) => {
            (source.search.of_flake(locked.as_deref()), Host::Flake { file, host })
        }
        _ => return None,
    };
    path.map(|path| (path, host))
}

/// What a switch to the system of a configuration goes by, as JSON: see
/// [`conex_options::switch_to`].
pub(crate) fn switched(ui: Ui, configuration: &Configuration, source: &Source) -> Result<String> {
    let Some((path, host)) = at_hand(source, configuration.flake_host.as_ref()) else {
        let message = "the units of a configuration are known with a nixpkgs only";
        return Err(CommandError::user(message).hint(
            "give one with --nixpkgs PATH, or build the system: nixos-rebuild build && conex \
             preview ./result",
        ));
    };
    let nixpkgs = Nixpkgs { path, configuration: host, options: &configuration.option_names };
    let mut done = evaluate::on_threads(&[nixpkgs], |nixpkgs| {
        let (mut evaluator, _) = evaluator(ui, source, nixpkgs.path);
        let text = conex_options::switch_to(&mut evaluator, *nixpkgs);
        std::mem::forget(evaluator);
        text
    })?;
    let failed = |finding: Box<Diagnostic>| {
        let place = finding.place.map(|place| format!("{}:{}: ", place.file, place.start.line));
        let message = format!("{}{}", place.unwrap_or_default(), finding.summary);
        CommandError::new(Kind::Configuration, message)
    };
    match done.pop() {
        Some(text) => text.map_err(failed),
        None => Err(CommandError::user("nothing was evaluated".to_owned())),
    }
}

/// The containers of which a nixpkgs makes more known.
fn wanted<'a>(desired: &'a Desired, extent: &Extent) -> Vec<Wanted<'a>> {
    let containers = desired.containers.values().filter(|container| extent.has(&container.name));
    let containers = containers.map(|container| {
        let options = container.options.iter().filter(|(name, located)| {
            !OF_THE_SYSTEM.contains(&&***name) && located.value.first_unknown().is_some()
        });
        let options: Vec<Arc<str>> = options.map(|(name, _)| name.clone()).collect();
        Wanted { container, system: is_built(container), options }
    });
    containers.filter(|wanted| wanted.system || !wanted.options.is_empty()).collect()
}

/// Whether the system of a container follows from its `config`.
fn is_built(container: &Container) -> bool {
    let is_set = |name| container.value(name).is_some_and(|value| value.kind() != ValueKind::Null);
    let follows = match container.value("path") {
        None => true,
        Some(path) => matches!(path, Value::Unknown(_)),
    };
    is_set("config") && !is_set("flake") && follows
}

fn option_names(wanted: &[Wanted<'_>]) -> Vec<String> {
    let names = wanted.iter().flat_map(|wanted| wanted.container.options.keys());
    let names: std::collections::BTreeSet<&str> = names.map(|name| &**name).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// What one evaluation came to.
struct Part {
    /// The messages of the program.
    said: Vec<String>,
    /// What it made up.
    objects: Vec<(String, StoreObject)>,
    systems: Systems,
}

fn evaluated(ui: Ui, source: &Source, nixpkgs: Nixpkgs<'_>, wanted: &[Wanted<'_>]) -> Part {
    let (mut evaluator, io) = evaluator(ui, source, nixpkgs.path);
    let systems = conex_options::systems(&mut evaluator, nixpkgs, wanted);
    std::mem::forget(evaluator);
    Part { said: io.said(), objects: io.store.take(), systems }
}

/// An evaluator with a nixpkgs, left to the end of the process, as all evaluations are.
fn evaluator(ui: Ui, source: &Source, nixpkgs: &Path) -> (Evaluator<'static>, &'static Machine) {
    let settings = Settings {
        search_path: source.search.with(nixpkgs),
        ..conex_options::settings_with_nixpkgs()
    };
    let heap: &'static Heap = Box::leak(Box::new(Heap::new()));
    let io = Machine::listening(ui, Nix::default()).with(source.unsaved.clone());
    let io: &'static Machine = Box::leak(Box::new(io));
    (Evaluator::new(heap, io, settings), io)
}

fn settle(desired: &mut Desired, known: Known) {
    let Some(container) = known.name.and_then(|name| desired.containers.get_mut(&name)) else {
        return;
    };
    if let Some(system) = known.system {
        let path = container.options.entry("path".into());
        path.or_insert_with(|| Located::nowhere(Value::Null)).value = Value::Str(system.path);
        container.derivation = Some(system.derivation);
    }
    for (name, value) in known.options {
        if let Some(option) = container.options.get_mut(&name) {
            conex_options::fill(&mut option.value, &value);
        }
    }
}
