//! From a configuration to what it wants.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::{Scope, ScopedJoinHandle};

use conex_evaluator::{Evaluator, Heap, StoreObject};
use conex_model::{Desired, Diagnostic, Severity};
use conex_options::{Configured, Hosts, LockedNixpkgs, OptionDoc};
use conex_store::Nix;

use crate::command_error::{CommandError, Kind, Result};
use crate::commands::Context;
use crate::flake;
use crate::input::Source;
use crate::io::Machine;
use crate::render::diagnostics;
use crate::systems::{self, Count, Extent};
use crate::ui::Ui;

/// The stack of an evaluation: Nix code recurses where other languages loop.
/// Only what is used of it is ever backed by memory.
const STACK: usize = 256 << 20;

/// The texts that were read, by name, for showing pieces of them.
pub(crate) type Sources = BTreeMap<Arc<str>, Arc<str>>;

/// An evaluated configuration.
#[derive(Debug)]
pub(crate) struct Configuration {
    pub(crate) desired: Desired,
    /// How many containers it has, on all the hosts that were looked at.
    pub(crate) containers: usize,
    /// Sorted by place.
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) sources: Sources,
    /// The options that every container has, when they were asked for.
    pub(crate) option_names: Vec<String>,
    /// Which host of a flake it is, and the nixpkgs that the flake locks.
    pub(crate) flake_host: Option<(String, LockedNixpkgs)>,
    /// The derivations that were evaluated, and what they are made from.
    pub(crate) objects: Vec<(String, StoreObject)>,
    /// What a switch to the system of the host goes by, if that was asked for and there is a
    /// nixpkgs.
    pub(crate) switch: Option<std::result::Result<String, Diagnostic>>,
    /// How many systems were asked for and evaluated.
    pub(crate) count: Count,
}

/// What is asked of an evaluation besides the configuration.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Request<'a> {
    /// The names of all options that a container has.
    pub(crate) option_names: bool,
    /// What is wrong on this machine: it is the host of the configuration.
    pub(crate) machine: bool,
    /// All hosts of a flake of which none is named, not the one that is
    /// meant: for who does not look at what they want.
    pub(crate) all_hosts: bool,
    /// What a nixpkgs makes known of containers, if one is at hand.
    pub(crate) systems: Option<&'a Extent>,
}

/// Evaluates a configuration on a thread with a stack of its own.
pub(crate) fn evaluate(ui: Ui, source: &Source, request: Request<'_>) -> Result<Configuration> {
    let mut configuration = on_thread(|| evaluate_here(ui, source, request))?;
    // What is wrong already is told first; it would only be told again.
    let errors = configuration.diagnostics.iter().any(|d| d.severity == Severity::Error);
    if let Some(extent) = request.systems.filter(|_| !errors) {
        systems::complete(ui, &mut configuration, source, extent)?;
    }
    Ok(configuration)
}

/// The options that conex declares.
pub(crate) fn declared_options(ui: Ui) -> Result<Vec<OptionDoc>> {
    on_thread(|| {
        let (heap, io) = (Heap::new(), Machine::new(ui, Nix::default()));
        let mut evaluator = Evaluator::new(&heap, &io, conex_options::settings());
        Ok(conex_options::declared_options(&mut evaluator))
    })
}

fn on_thread<T: Send>(evaluation: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    std::thread::scope(|scope| joined(spawn(scope, evaluation)?))?
}

fn spawn<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    evaluation: impl FnOnce() -> T + Send + 'scope,
) -> Result<ScopedJoinHandle<'scope, T>> {
    let thread = std::thread::Builder::new().name("evaluation".to_owned()).stack_size(STACK);
    thread
        .spawn_scoped(scope, evaluation)
        .map_err(|error| CommandError::file("could not start a thread for the evaluation", &error))
}

fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> Result<T> {
    let failed = "the evaluation ended unexpectedly; this is a bug in conex";
    thread.join().map_err(|_| CommandError::new(Kind::Internal, failed))
}

fn evaluate_here(ui: Ui, source: &Source, request: Request<'_>) -> Result<Configuration> {
    let io = Machine::new(ui, Nix::default()).with_inputs(&source.inputs);
    let io = io.with(source.unsaved.clone());
    // Freeing a heap of a thousand systems takes longer than leaving it to
    // the end of the process, which is near.
    let heap: &'static Heap = Box::leak(Box::new(Heap::new()));
    let io: &'static Machine = Box::leak(Box::new(io));
    let search = source.search.for_options();
    let mut evaluator = conex_options::evaluator_for(
        heap,
        io,
        &source.configured,
        search,
        conex_evaluator::Texts::default(),
        |_| {},
    );
    let mut hosts = Hosts::evaluate(&mut evaluator, &source.configured, |flake| {
        let Configured::Flake { host, .. } = &source.configured else { return Ok(Vec::new()) };
        match (request.all_hosts, host) {
            (true, None) => Ok(flake.hosts().map(str::to_owned).collect()),
            _ => flake::host(flake, host.as_deref()).map(|host| vec![host]),
        }
    })?;
    let machine = request.machine.then(flake::machine);
    let diagnostics = hosts.take_findings(&evaluator, search.nixpkgs, machine.as_deref());
    let Hosts { hosts, nixpkgs } = hosts;
    let flake_host = hosts.first().map(|(name, _)| (name.clone(), nixpkgs));
    let containers = hosts.iter().map(|(_, host)| host.desired.containers.len()).sum();
    let desired = hosts.into_iter().next_back().map(|(_, host)| host.desired).unwrap_or_default();
    let option_names = if request.option_names { option_names(&mut evaluator) } else { Vec::new() };
    let modules = evaluator.sources().modules();
    let sources: Sources = modules.iter().map(|m| (m.name.clone(), m.text.clone())).collect();
    let sources = complete(sources, &diagnostics);
    std::mem::forget(evaluator);
    Ok(Configuration {
        desired,
        containers,
        diagnostics,
        sources,
        option_names,
        flake_host,
        objects: Vec::new(),
        switch: None,
        count: Count::default(),
    })
}

/// The options that are there and not only remembered.
fn option_names(evaluator: &mut Evaluator<'_>) -> Vec<String> {
    let declared = conex_options::declared_options(evaluator).into_iter();
    declared
        .filter(|option| option.removed.is_none() && option.alias_of.is_none())
        .filter_map(|option| {
            let name = option.name.strip_prefix("containers.<name>.")?;
            (!name.contains('.')).then(|| name.to_owned())
        })
        .collect()
}

/// Adds the files that findings point into and that were not evaluated: what
/// is not UTF-8, for one.
pub(crate) fn complete(mut sources: Sources, diagnostics: &[Diagnostic]) -> Sources {
    for diagnostic in diagnostics {
        let related = diagnostic.related.iter().map(|related| &related.place);
        for place in diagnostic.place.iter().chain(related) {
            if !sources.contains_key(&place.file)
                && let Ok(bytes) = std::fs::read(&*place.file)
            {
                sources.insert(place.file.clone(), readable(&bytes).into());
            }
        }
    }
    sources
}

/// The text with a `?` for each byte that is not part of a character, so that
/// offsets stay right.
fn readable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    text
}

/// Evaluates a configuration and reports what is wrong with it. Fails when
/// something is.
pub(crate) fn desired(context: &Context, source: &Source) -> Result<Desired> {
    desired_within(context, source, &Extent::default())
}

/// The same, with the systems of some containers only.
pub(crate) fn desired_within(
    context: &Context,
    source: &Source,
    extent: &Extent,
) -> Result<Desired> {
    checked(context, source, Request { systems: Some(extent), ..Request::default() })
        .map(|configuration| configuration.desired)
}

/// Evaluates a configuration, systems and all, and reports nothing.
pub(crate) fn with_systems(context: &Context, source: &Source) -> Result<Configuration> {
    let extent = Extent::default();
    noted(context, source, Request { systems: Some(&extent), ..Request::default() })
}

/// Evaluates a configuration; what it made up is where plans look for it.
fn noted(context: &Context, source: &Source, request: Request<'_>) -> Result<Configuration> {
    let mut configuration = evaluate(context.ui, source, request)?;
    for (path, object) in std::mem::take(&mut configuration.objects) {
        context.store.note(&path, object);
    }
    Ok(configuration)
}

/// The same, with what else is asked for.
pub(crate) fn checked(
    context: &Context,
    source: &Source,
    request: Request<'_>,
) -> Result<Configuration> {
    let configuration = noted(context, source, request)?;
    let diagnostics = &configuration.diagnostics;
    diagnostics::report(context, diagnostics, &configuration.sources);
    if diagnostics.iter().any(|d| d.severity == Severity::Error) {
        let error = CommandError::new(Kind::Configuration, diagnostics::tally(diagnostics));
        return Err(source.inputs.hints(error));
    }
    Ok(configuration)
}
