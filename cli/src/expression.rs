//! Evaluating an expression as `nix-instantiate --eval` does.

use std::path::{Path, PathBuf};

use conex_evaluator::{
    Access, Attr, Attrs, Buffer, Error, ErrorKind, Evaluator, Heap, Io, Lints, Restricted,
    Settings, Value, View,
};
use conex_store::{Nix, StoreError};

use crate::derivations::{self, Found};
use crate::io::Machine;
use crate::store::{Store, told};
use crate::ui::{Ui, logged};

/// What to evaluate and how to print it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expression {
    /// One after the other, in one evaluation: what they import is shared.
    pub(crate) sources: Vec<Source>,
    /// `-A`: which attributes; the whole value when there is none.
    pub(crate) attributes: Vec<String>,
    /// `--arg`: names and expressions.
    pub(crate) arguments: Vec<(String, Argument)>,
    /// `-I`, which come before `NIX_PATH`.
    pub(crate) includes: Vec<String>,
    pub(crate) output: Output,
    /// Evaluate everything in the value.
    pub(crate) strict: bool,
    /// Whether `|>` is allowed.
    pub(crate) pipe_operators: bool,
    /// Whether a warning ends the evaluation.
    pub(crate) abort_on_warn: bool,
    /// Experimental features, by name.
    pub(crate) features: String,
    /// Whether errors come with all of their trace.
    pub(crate) show_trace: bool,
    /// Whether what is not evaluated must come out as it does of Nix.
    pub(crate) as_nix: bool,
    /// How deep calls may be nested, if not as deep as usual.
    pub(crate) max_call_depth: Option<usize>,
    /// What is frowned upon while parsing.
    pub(crate) lints: Lints,
    /// Whether `traceVerbose` says anything.
    pub(crate) trace_verbose: bool,
    /// What of the world can be seen.
    pub(crate) access: Access,
    /// The setting `nix-path`, which takes the place of `NIX_PATH`.
    pub(crate) search_path: Option<Vec<String>>,
    /// `builtins.currentSystem`, if not that of this machine.
    pub(crate) system: Option<String>,
    /// Only show what the program parses to.
    pub(crate) parse: bool,
    /// How the installed Nix is called.
    pub(crate) nix: Nix,
    /// Refuse to build what has to be built to be read.
    pub(crate) no_import_from_derivation: bool,
    /// Only compute: nothing is built or written.
    pub(crate) readonly: bool,
    /// Write the derivations that are printed into the store.
    pub(crate) write: bool,
    /// Link to them here, and keep them from being collected as garbage.
    pub(crate) root: Option<PathBuf>,
}

/// Where an expression is.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// In a file, or in the `default.nix` of a directory.
    File(PathBuf),
    /// On the command line.
    Text(String),
    /// Read from standard input.
    Input(String),
}

/// The value of an argument of the program.
#[derive(Debug, Clone)]
pub(crate) enum Argument {
    /// A Nix expression.
    Expression(String),
    /// A string.
    String(String),
}

/// How a value is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Output {
    /// As Nix.
    #[default]
    Nix,
    /// As JSON.
    Json,
    /// As XML, with or without locations.
    Xml { locations: bool },
    /// A string as it is.
    Raw,
    /// The paths of derivations.
    Derivations,
}

/// What an evaluation printed, and the error that ended it, if one did.
pub(crate) struct Printed {
    pub(crate) out: Vec<u8>,
    pub(crate) error: Option<String>,
    /// Whether it may show what was not evaluated.
    shows_suspended: bool,
}

/// Evaluates an expression and prints it.
///
/// What conex evaluates at once, because that costs less than to suspend it,
/// is seen in two places: in what is printed of a value that is not evaluated
/// to the end, and in messages that show values. Only then, and only where
/// the output must be that of Nix, it is evaluated again, suspending what Nix
/// suspends.
pub(crate) fn run(ui: Ui, expression: &Expression, directory: &Path) -> Printed {
    // JSON of what is not evaluated is an error.
    let exact = expression.as_nix && expression.output == Output::Json && !expression.strict;
    let printed = evaluate(Machine::new(ui, expression.nix.clone()), expression, directory, exact);
    if exact || !(expression.as_nix && printed.shows_suspended) {
        return printed;
    }
    let exact = evaluate(Machine::silent(ui, expression.nix.clone()), expression, directory, true);
    // Should it differ in more than that, the first time counts.
    if exact.error.is_some() == printed.error.is_some() { exact } else { printed }
}

fn evaluate(machine: Machine, expression: &Expression, directory: &Path, suspend: bool) -> Printed {
    // Freed with the process.
    let heap: &'static Heap = Box::leak(Box::new(Heap::new()));
    let io: &'static Machine = Box::leak(Box::new(machine));
    let mut settings = Settings {
        pipe_operators: expression.pipe_operators,
        abort_on_warn: expression.abort_on_warn,
        keep_derivations: !expression.readonly,
        show_trace: expression.show_trace,
        suspend,
        any_bytes: true,
        lints: expression.lints,
        trace_verbose: expression.trace_verbose,
        access: expression.access,
        directory: directory.to_owned(),
        import_from_derivation: !expression.no_import_from_derivation,
        ..Settings::default()
    };
    settings.features.enable(&expression.features);
    if let Some(depth) = expression.max_call_depth {
        settings.max_call_depth = depth;
    }
    if let Some(system) = &expression.system {
        settings.system.clone_from(system);
    }
    if expression.access != Access::Pure {
        settings.search_path = search_path(expression);
    }
    let world = world(io, expression.access, &settings);
    let mut evaluator = Evaluator::new(heap, world, settings);
    let mut out = Vec::new();
    let mut derivations = Vec::new();
    let result = heap
        .collecting(|| print(&mut evaluator, expression, directory, &mut out, &mut derivations));
    let shows_suspended = match &result {
        Ok(partial) => *partial,
        Err(error) => matches!(
            error.kind(),
            ErrorKind::Type | ErrorKind::Assert | ErrorKind::InfiniteRecursion
        ),
    };
    let mut error = result.err().map(|error| {
        let report = logged(&evaluator.report(&error, expression.show_trace));
        let usage = error.kind() == ErrorKind::Usage;
        report + if usage { "Try 'nix-instantiate --help' for more information.\n" } else { "" }
    });
    if error.is_none() {
        let instantiated = instantiate(&io.store, expression, directory, &derivations, &mut out);
        error = instantiated.err().map(|error| format!("error: {}\n", instantiation_error(&error)));
    }
    std::mem::forget(evaluator);
    Printed { out, error, shows_suspended }
}

fn instantiation_error(error: &StoreError) -> String {
    match error {
        StoreError::NotInstalled { .. } => format!(
            "writing derivations into the store takes an installed Nix ({}); --readonly-mode only computes their paths",
            told(error)
        ),
        _ => told(error),
    }
}

/// Prints derivations, having written them if that is asked for.
fn instantiate(
    store: &Store,
    expression: &Expression,
    directory: &Path,
    derivations: &[Found],
    out: &mut Vec<u8>,
) -> Result<(), StoreError> {
    if expression.write {
        let paths: Vec<String> = derivations.iter().map(|d| d.derivation.clone()).collect();
        store.write(&paths)?;
    }
    for (index, found) in derivations.iter().enumerate() {
        let mut path = found.derivation.clone();
        if let Some(root) = &expression.root {
            let mut link = directory.join(root).into_os_string();
            if index > 0 {
                link.push(format!("-{}", index + 1));
            }
            store.add_root(Path::new(&link), &path)?;
            path = link.to_string_lossy().into_owned();
        }
        out.extend_from_slice(path.as_bytes());
        if found.output != "out" {
            out.push(b'!');
            out.extend_from_slice(found.output.as_bytes());
        }
        out.push(b'\n');
    }
    Ok(())
}

/// The entries of `NIX_PATH`. A colon before `//` is part of a URL.
fn split_search_path(text: &str) -> Vec<String> {
    let mut entries = vec![String::new()];
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c == ':' && rest.peek() != Some(&'/') {
            entries.push(String::new());
        } else if c == ':' {
            // Two slashes make a URL, one begins the next entry.
            let mut ahead = rest.clone();
            ahead.next();
            match ahead.peek() {
                Some('/') => entries.last_mut().into_iter().for_each(|e| e.push(c)),
                _ => entries.push(String::new()),
            }
        } else if let Some(entry) = entries.last_mut() {
            entry.push(c);
        }
    }
    entries.retain(|entry| !entry.is_empty());
    entries
}

/// The entries of the search path: the flags, then the setting or `NIX_PATH`.
pub(crate) fn search_path(expression: &Expression) -> Vec<(String, String)> {
    let from_environment = || split_search_path(&std::env::var("NIX_PATH").unwrap_or_default());
    let others = expression.search_path.clone().unwrap_or_else(from_environment);
    expression.includes.iter().cloned().chain(others).map(|text| entry(&text)).collect()
}

/// `name=path` or `path`.
pub(crate) fn entry(text: &str) -> (String, String) {
    let (name, path) = text.split_once('=').unwrap_or(("", text));
    (name.to_owned(), path.to_owned())
}

/// What the evaluation sees of this machine.
fn world(machine: &'static Machine, access: Access, settings: &Settings) -> &'static dyn Io {
    if access == Access::All {
        return machine;
    }
    let paths = settings.search_path.iter().map(|(_, path)| {
        let path = settings.directory.join(path);
        PathBuf::from(conex_evaluator::canonical(&path.to_string_lossy()))
    });
    Box::leak(Box::new(Restricted::new(machine, paths.collect(), access)))
}

/// The canonical path of a file.
fn absolute(file: &Path, directory: &Path) -> PathBuf {
    conex_evaluator::canonical(&directory.join(file).to_string_lossy()).into()
}

/// Prints what all sources come to; tells whether some of it was not
/// evaluated to the end.
fn print<'h>(
    evaluator: &mut Evaluator<'h>,
    expression: &Expression,
    directory: &Path,
    out: &mut Vec<u8>,
    derivations: &mut Vec<Found>,
) -> Result<bool, Error> {
    if expression.parse {
        for source in &expression.sources {
            let program = match source {
                Source::File(file) => evaluator.show_file(&absolute(file, directory))?,
                Source::Text(text) => evaluator.show_text("«string»", text, directory)?,
                Source::Input(text) => evaluator.show_text("«stdin»", text, directory)?,
            };
            out.extend_from_slice(&conex_evaluator::original(&program));
            out.push(b'\n');
        }
        return Ok(false);
    }
    let mut arguments = Buffer::new(evaluator.heap());
    for (name, argument) in &expression.arguments {
        let value = match argument {
            Argument::Expression(text) => evaluator.eval_text("«string»", text, directory)?,
            Argument::String(text) => evaluator.str(text),
        };
        arguments.push(Attr { name: evaluator.symbol(name), position: 0, value });
    }
    let arguments = Attrs::from_unsorted(evaluator.heap(), &mut arguments);
    let mut partial = false;
    for source in &expression.sources {
        let root = match source {
            Source::File(file) => evaluator.eval_file(&absolute(file, directory))?,
            Source::Text(text) => evaluator.eval_text("«string»", text, directory)?,
            Source::Input(text) => evaluator.eval_text("«stdin»", text, directory)?,
        };
        partial |= print_attributes(evaluator, expression, (root, arguments), out, derivations)?;
    }
    Ok(partial && expression.output != Output::Derivations)
}

/// Prints the attributes that are asked for of one source, called with the
/// arguments.
fn print_attributes<'h>(
    evaluator: &mut Evaluator<'h>,
    expression: &Expression,
    (root, arguments): (Value<'h>, Attrs<'h>),
    out: &mut Vec<u8>,
    derivations: &mut Vec<Found>,
) -> Result<bool, Error> {
    let whole = [String::new()];
    let attributes = match expression.attributes.as_slice() {
        [] => &whole[..],
        attributes => attributes,
    };
    let mut partial = false;
    for path in attributes {
        let value = evaluator.follow_path(root, path, arguments)?;
        partial |= !expression.strict && matches!(value.view(), View::Attrs(_) | View::List(_));
        if expression.output == Output::Derivations {
            derivations.extend(derivations::find(evaluator, value, arguments)?);
        } else {
            print_value(evaluator, expression, value, arguments, out)?;
        }
    }
    Ok(partial)
}

fn print_value<'h>(
    evaluator: &mut Evaluator<'h>,
    expression: &Expression,
    value: Value<'h>,
    arguments: Attrs<'h>,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let value = if arguments.is_empty() { value } else { evaluator.auto_call(value, arguments)? };
    match expression.output {
        Output::Derivations => return Ok(()),
        Output::Raw => {
            out.extend(evaluator.to_raw(value)?);
            return Ok(());
        }
        Output::Json => {
            out.extend(evaluator.to_json(value, expression.strict || !expression.as_nix)?);
        }
        Output::Xml { locations } => {
            let value = evaluator.force(value)?;
            let (text, result) = evaluator.to_xml(value, expression.strict, locations);
            out.extend(text);
            return result;
        }
        Output::Nix => {
            if expression.strict {
                evaluator.force_deep(value)?;
            }
            let value = evaluator.force(value)?;
            out.extend_from_slice(&conex_evaluator::original(&evaluator.print(value)));
        }
    }
    out.push(b'\n');
    Ok(())
}
