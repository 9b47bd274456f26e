//! From a configuration to what it wants.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use conex_evaluator::{Evaluator, Heap, Limits, Settings};
use conex_model::{Desired, Diagnostic, Severity};
use conex_options::{Evaluated, OptionDoc};
use conex_store::Nix;

use crate::command_error::{CommandError, Kind, Result};
use crate::commands::Context;
use crate::io::Machine;
use crate::render::diagnostics;
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
    /// Sorted by place.
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) sources: Sources,
    /// The options that every container has, when they were asked for.
    pub(crate) option_names: Vec<String>,
}

/// What is asked of an evaluation besides the configuration.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Request {
    /// The names of all options that a container has.
    pub(crate) option_names: bool,
    /// What is wrong on this machine: it is the host of the configuration.
    pub(crate) machine: bool,
}

/// Evaluates a configuration on a thread with a stack of its own.
pub(crate) fn evaluate(ui: Ui, file: &Path, request: Request) -> Result<Configuration> {
    on_thread(|| evaluate_here(ui, file, request))
}

/// The options that conex declares.
pub(crate) fn declared_options(ui: Ui) -> Result<Vec<OptionDoc>> {
    on_thread(|| {
        let (heap, io) = (Heap::new(), Machine::new(ui, Nix::default()));
        let mut evaluator = Evaluator::new(&heap, &io, Settings::default());
        conex_options::declared_options(&mut evaluator)
    })
}

fn on_thread<T: Send>(evaluation: impl FnOnce() -> T + Send) -> Result<T> {
    let failed = |what: &str| CommandError::new(Kind::Internal, what);
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .name("evaluation".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, evaluation)
            .map_err(|error| {
                CommandError::file("could not start a thread for the evaluation", &error)
            })?
            .join()
            .map_err(|_| failed("the evaluation ended unexpectedly; this is a bug in conex"))
    })
}

fn evaluate_here(ui: Ui, file: &Path, request: Request) -> Configuration {
    let io = Machine::new(ui, Nix::default());
    // Freeing a heap of a thousand systems takes longer than leaving it to
    // the end of the process, which is near.
    let heap: &'static Heap = Box::leak(Box::new(Heap::new()));
    let io: &'static Machine = Box::leak(Box::new(io));
    let mut evaluator =
        Evaluator::new(heap, io, Settings { limits: Limits::CHECK, ..Settings::default() });
    let Evaluated { desired, mut diagnostics } = conex_options::evaluate(&mut evaluator, file);
    if request.machine {
        diagnostics.extend(conex_options::check_on_machine(&evaluator, &desired));
    }
    let option_names = if request.option_names { option_names(&mut evaluator) } else { Vec::new() };
    let modules = evaluator.sources().modules();
    let sources: Sources = modules.iter().map(|m| (m.name.clone(), m.text.clone())).collect();
    sort(&mut diagnostics);
    let sources = complete(sources, &diagnostics);
    std::mem::forget(evaluator);
    Configuration { desired, diagnostics, sources, option_names }
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

/// By file, then offset; what is found twice is said once.
pub(crate) fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| {
        let key = |d: &Diagnostic| (d.place.clone(), d.severity == Severity::Warning);
        key(a)
            .cmp(&key(b))
            .then_with(|| (a.code.text(), &a.summary).cmp(&(b.code.text(), &b.summary)))
    });
    diagnostics.dedup();
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
pub(crate) fn desired(context: &Context, file: &Path) -> Result<Desired> {
    checked(context, file, Request::default()).map(|configuration| configuration.desired)
}

/// The same, with what else is asked for.
pub(crate) fn checked(context: &Context, file: &Path, request: Request) -> Result<Configuration> {
    let configuration = evaluate(context.ui, file, request)?;
    let diagnostics = &configuration.diagnostics;
    diagnostics::report(context, diagnostics, &configuration.sources);
    if diagnostics.iter().any(|d| d.severity == Severity::Error) {
        return Err(CommandError::new(Kind::Configuration, diagnostics::tally(diagnostics)));
    }
    Ok(configuration)
}
