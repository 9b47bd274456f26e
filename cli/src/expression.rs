//! Evaluating an expression as `nix-instantiate --eval` does.

use std::path::{Path, PathBuf};

use conex_evaluator::{
    Attr, Attrs, Buffer, Error, ErrorKind, Evaluator, Heap, Lints, Settings, Value,
};

use crate::io::Machine;
use crate::ui::Ui;

/// What to evaluate and how to print it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expression {
    pub(crate) source: Source,
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
    /// How deep calls may be nested, if not as deep as usual.
    pub(crate) max_call_depth: Option<usize>,
    /// What is frowned upon while parsing.
    pub(crate) lints: Lints,
    /// Only show what the program parses to.
    pub(crate) parse: bool,
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

impl Default for Source {
    fn default() -> Self {
        Self::File("default.nix".into())
    }
}

/// What an evaluation printed, and the error that ended it, if one did.
pub(crate) struct Printed {
    pub(crate) out: Vec<u8>,
    pub(crate) error: Option<String>,
}

/// Evaluates an expression on a thread of its own with room for recursion.
pub(crate) fn run(ui: Ui, expression: &Expression, directory: &Path) -> Printed {
    // Freed with the process.
    let heap: &'static Heap = Box::leak(Box::new(Heap::new()));
    let io: &'static Machine = Box::leak(Box::new(Machine::new(ui)));
    let mut settings = Settings {
        pipe_operators: expression.pipe_operators,
        abort_on_warn: expression.abort_on_warn,
        show_trace: expression.show_trace,
        lints: expression.lints,
        ..Settings::default()
    };
    settings.features.enable(&expression.features);
    if let Some(depth) = expression.max_call_depth {
        settings.max_call_depth = depth;
    }
    let includes = expression.includes.iter().cloned();
    let from_environment = std::env::var("NIX_PATH").unwrap_or_default();
    let entries = includes.chain(split_search_path(&from_environment));
    settings.search_path = entries.map(|entry| search_entry(&entry, directory)).collect();
    let mut evaluator = Evaluator::new(heap, io, settings);
    let mut out = Vec::new();
    let result = heap.collecting(|| print(&mut evaluator, expression, directory, &mut out));
    let error = result.err().map(|error| evaluator.report(&error, expression.show_trace));
    std::mem::forget(evaluator);
    Printed { out, error }
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

/// `name=path` or `path`; relative paths start here.
fn search_entry(entry: &str, directory: &Path) -> (String, String) {
    let (name, path) = entry.split_once('=').unwrap_or(("", entry));
    let path = directory.join(path);
    (name.to_owned(), conex_evaluator::canonical(&path.to_string_lossy()))
}

/// The canonical path of a file.
fn absolute(file: &Path, directory: &Path) -> PathBuf {
    conex_evaluator::canonical(&directory.join(file).to_string_lossy()).into()
}

fn print<'h>(
    evaluator: &mut Evaluator<'h>,
    expression: &Expression,
    directory: &Path,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    if expression.parse {
        let program = match &expression.source {
            Source::File(file) => evaluator.show_file(&absolute(file, directory))?,
            Source::Text(text) => evaluator.show_text("«string»", text, directory)?,
            Source::Input(text) => evaluator.show_text("«stdin»", text, directory)?,
        };
        out.extend_from_slice(program.as_bytes());
        out.push(b'\n');
        return Ok(());
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
    let root = match &expression.source {
        Source::File(file) => evaluator.eval_file(&absolute(file, directory))?,
        Source::Text(text) => evaluator.eval_text("«string»", text, directory)?,
        Source::Input(text) => evaluator.eval_text("«stdin»", text, directory)?,
    };
    let whole = [String::new()];
    let attributes = match expression.attributes.as_slice() {
        [] => &whole[..],
        attributes => attributes,
    };
    for path in attributes {
        let value = evaluator.follow_path(root, path, arguments)?;
        print_value(evaluator, expression, value, arguments, out)?;
    }
    Ok(())
}

fn print_value<'h>(
    evaluator: &mut Evaluator<'h>,
    expression: &Expression,
    value: Value<'h>,
    arguments: Attrs<'h>,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let value = match (arguments.is_empty(), expression.output) {
        (true, output) if output != Output::Derivations => value,
        _ => evaluator.auto_call(value, arguments)?,
    };
    match expression.output {
        Output::Derivations => return print_derivations(evaluator, value, arguments, out, true),
        Output::Raw => {
            let text = evaluator.force_str(value)?;
            out.extend_from_slice(text.bytes());
            return Ok(());
        }
        Output::Json => out.extend(evaluator.to_json(value)?),
        Output::Xml { locations } => {
            let value = evaluator.force(value)?;
            out.extend(evaluator.to_xml(value, expression.strict, locations)?);
            return Ok(());
        }
        Output::Nix => {
            if expression.strict {
                evaluator.force_deep(value)?;
            }
            let value = evaluator.force(value)?;
            out.extend(evaluator.print(value).into_bytes());
        }
    }
    out.push(b'\n');
    Ok(())
}

/// The `.drv` path of a derivation, or of all derivations of a set.
fn print_derivations<'h>(
    evaluator: &mut Evaluator<'h>,
    value: Value<'h>,
    arguments: Attrs<'h>,
    out: &mut Vec<u8>,
    top: bool,
) -> Result<(), Error> {
    let value = evaluator.auto_call(value, arguments)?;
    let elements: Buffer<'h, Value<'h>> = match value.view() {
        conex_evaluator::View::Attrs(set) if evaluator.is_derivation(set)? => {
            let drv_path = evaluator.names().drv_path;
            let output = evaluator.symbol("outputName");
            if let Some(attr) = evaluator.attr(set, drv_path)? {
                out.extend_from_slice(evaluator.force_str(attr.value)?.bytes());
            }
            if let Some(attr) = evaluator.attr(set, output)? {
                let name = evaluator.force_str(attr.value)?.bytes();
                if name != b"out" {
                    out.push(b'!');
                    out.extend_from_slice(name);
                }
            }
            out.push(b'\n');
            return Ok(());
        }
        conex_evaluator::View::Attrs(set) => {
            let recurse = evaluator.symbol("recurseForDerivations");
            let deeper = match evaluator.attr(set, recurse)? {
                Some(attr) => evaluator.force_bool(attr.value)?,
                None => false,
            };
            if !top && !deeper {
                return Ok(());
            }
            let all = evaluator.all_attrs(set)?;
            let sorted = evaluator.by_name(all);
            Buffer::collect(evaluator.heap(), sorted.iter().map(|attr| attr.value))
        }
        conex_evaluator::View::List(list) => Buffer::of(evaluator.heap(), list.as_slice()),
        _ if top => {
            let message =
                "expression does not evaluate to a derivation (or a set or list of those)";
            return Err(Error::new(ErrorKind::Type, message));
        }
        _ => return Ok(()),
    };
    for element in elements {
        print_derivations(evaluator, element, arguments, out, false)?;
    }
    Ok(())
}
