//! Values as people read them, in messages.

use std::fmt::Write as _;

use conex_parser::{Symbol, show_float, show_name, show_string};
use rustc_hash::FxHashSet;

use crate::eval::with_stack;
use crate::evaluator::Evaluator;
use crate::legible::legible;
use crate::memory::{Attrs, Closure, List, ThunkState, Value, View};

/// How much of a value is shown.
#[derive(Clone, Copy)]
struct Limits {
    /// How deep.
    depth: usize,
    /// How many attributes, of all sets together; `type` and `_type` come
    /// first if it is not all of them.
    attributes: usize,
    /// How many elements, of all lists together.
    elements: usize,
    /// How many bytes of each string.
    bytes: usize,
}

/// What a message shows of a value (`errorPrintOptions`).
const IN_MESSAGES: Limits = Limits { depth: 10, attributes: 10, elements: 10, bytes: 1024 };
/// Everything.
const UNLIMITED: Limits =
    Limits { depth: usize::MAX, attributes: usize::MAX, elements: usize::MAX, bytes: usize::MAX };

impl<'h> Evaluator<'h> {
    /// The kind of a value with its article, as Nix names it.
    pub fn describe_kind(&self, value: Value<'h>) -> String {
        match value.resolved().view() {
            View::Null => "null".into(),
            View::Bool(_) => "a Boolean".into(),
            View::Int(_) => "an integer".into(),
            View::Float(_) => "a float".into(),
            View::Str(text) if text.context().is_some() => "a string with context".into(),
            View::Str(_) => "a string".into(),
            View::Path(_) => "a path".into(),
            View::List(_) => "a list".into(),
            View::Attrs(_) => "a set".into(),
            View::Closure(_) => "a function".into(),
            View::Builtin(id) => {
                format!("the built-in function '{}'", self.builtins[id.0 as usize].name)
            }
            View::Partial(partial) => match partial.function.view() {
                View::Builtin(id) => format!(
                    "the partially applied built-in function '{}'",
                    self.builtins[id.0 as usize].name
                ),
                _ => "a function".into(),
            },
            View::Thunk(thunk) => match thunk.state() {
                ThunkState::Running => "a black hole".into(),
                ThunkState::Apply(..) | ThunkState::ApplyTwo(..) => "a function application".into(),
                _ => "a thunk".into(),
            },
        }
    }

    /// A name as messages show it: quoted if it must be.
    pub(crate) fn show_symbol(&self, name: Symbol) -> String {
        let mut out = String::new();
        show_name(&mut out, self.name(name));
        out
    }

    /// The kind of a value and what it is.
    pub fn describe(&self, value: Value<'h>) -> String {
        format!("{}: {}", self.describe_kind(value), self.show(value))
    }

    /// A value in Nix syntax for a message, as far as it is evaluated.
    pub fn show(&self, value: Value<'h>) -> String {
        self.show_limited(value, IN_MESSAGES)
    }

    /// All of a value in Nix syntax, as far as it is evaluated.
    pub(crate) fn show_all(&self, value: Value<'h>) -> String {
        self.show_limited(value, UNLIMITED)
    }

    fn show_limited(&self, value: Value<'h>, limits: Limits) -> String {
        let mut shower = Shower {
            evaluator: self,
            limits,
            attributes: 0,
            elements: 0,
            seen: FxHashSet::default(),
            out: String::new(),
        };
        shower.show(value, 0);
        shower.out
    }

    /// A value that has no parts, as Nix writes it.
    fn show_simple(&self, out: &mut String, value: Value<'h>, bytes: usize) {
        match value.view() {
            View::Null => out.push_str("null"),
            View::Bool(bool) => out.push_str(if bool { "true" } else { "false" }),
            View::Int(int) => out.push_str(&int.to_string()),
            View::Float(float) => out.push_str(&show_float(float)),
            View::Path(path) => {
                let path = String::from_utf8_lossy(path);
                // The files that come with Nix are nowhere on the disk.
                match path.strip_prefix("/__corepkgs__/") {
                    Some(name) => out.push_str(&format!("<nix/{name}>")),
                    None => out.push_str(&path),
                }
            }
            View::Str(text) => {
                let text = text.bytes();
                let shown = text.get(..bytes).unwrap_or(text);
                show_string(out, &legible(shown.to_vec()));
                if shown.len() < text.len() {
                    out.push(' ');
                    elide(out, text.len() - shown.len(), "byte", "bytes");
                }
            }
            _ => {}
        }
    }
}

/// Writes `«3 items elided»`.
fn elide(out: &mut String, count: usize, one: &str, many: &str) {
    let _ = write!(out, "«{count} {} elided»", if count == 1 { one } else { many });
}

/// Values in messages and traces (`Printer`).
struct Shower<'e, 'h> {
    evaluator: &'e Evaluator<'h>,
    limits: Limits,
    /// How many attributes were shown.
    attributes: usize,
    /// How many elements were shown.
    elements: usize,
    seen: FxHashSet<usize>,
    out: String,
}

impl<'h> Shower<'_, 'h> {
    fn show(&mut self, cell: Value<'h>, depth: usize) {
        let value = cell.resolved();
        match value.view() {
            View::List(list) => with_stack(|| self.list(cell, list, depth)),
            View::Attrs(set) => with_stack(|| self.set(value, set, depth)),
            View::Closure(closure) => self.lambda(closure, 0),
            View::Builtin(id) => {
                let name = self.evaluator.builtins[id.0 as usize].name;
                let _ = write!(self.out, "«primop {name}»");
            }
            View::Partial(partial) => match partial.function.view() {
                View::Closure(closure) => self.lambda(closure, partial.arguments.len() as u32),
                View::Builtin(id) => {
                    let name = self.evaluator.builtins[id.0 as usize].name;
                    let _ = write!(self.out, "«partially applied primop {name}»");
                }
                _ => self.out.push_str("«primop»"),
            },
            View::Thunk(thunk) => self.out.push_str(match thunk.state() {
                ThunkState::Running => "«potential infinite recursion»",
                _ => "«thunk»",
            }),
            _ => self.evaluator.show_simple(&mut self.out, value, self.limits.bytes),
        }
    }

    /// A function that has got `given` of its arguments.
    fn lambda(&mut self, closure: Closure<'h>, given: u32) {
        let e = self.evaluator;
        let code = closure.code();
        self.out.push_str("«lambda");
        if let Some(name) = code.name {
            self.out.push(' ');
            show_name(&mut self.out, e.name(name));
        }
        let position = e.show_position(e.lambda_position(code, given));
        let _ = write!(self.out, " @ {position}»");
    }

    /// Nix tells lists apart by the place that holds them, so the one that
    /// all is in is none of those in it.
    fn list(&mut self, cell: Value<'h>, list: List<'h>, depth: usize) {
        if depth > 0 && !list.is_empty() && !self.seen.insert(cell.address()) {
            return self.out.push_str("«repeated»");
        }
        if depth >= self.limits.depth {
            return self.out.push_str("[ ... ]");
        }
        self.out.push('[');
        for (index, element) in list.as_slice().iter().enumerate() {
            self.out.push(' ');
            if self.elements >= self.limits.elements {
                elide(&mut self.out, list.len() - index, "item", "items");
                break;
            }
            self.show(*element, depth + 1);
            self.elements += 1;
        }
        self.out.push_str(" ]");
    }

    fn set(&mut self, value: Value<'h>, set: Attrs<'h>, depth: usize) {
        if !self.seen.insert(value.address()) {
            return self.out.push_str("«repeated»");
        }
        if depth >= self.limits.depth {
            return self.out.push_str("{ ... }");
        }
        let e = self.evaluator;
        let mut sorted = e.by_name(set.as_slice(e.heap));
        if self.limits.attributes < usize::MAX {
            sorted.sort_by_key(|attr| !matches!(e.name(attr.name), "type" | "_type"));
        }
        self.out.push('{');
        for (index, attr) in sorted.iter().enumerate() {
            self.out.push(' ');
            if self.attributes >= self.limits.attributes {
                elide(&mut self.out, sorted.len() - index, "attribute", "attributes");
                break;
            }
            show_name(&mut self.out, e.name(attr.name));
            self.out.push_str(" = ");
            self.show(attr.value, depth + 1);
            self.out.push(';');
            self.attributes += 1;
        }
        self.out.push_str(" }");
    }
}

impl<'h> Evaluator<'h> {
    /// A value as `nix-instantiate --eval` prints it: what is not evaluated
    /// is `<CODE>`, a set or list that came before is `«repeated»`.
    pub fn print(&self, value: Value<'h>) -> String {
        let mut printer = Printer { evaluator: self, seen: FxHashSet::default() };
        let mut out = String::new();
        printer.print(&mut out, value, true);
        out
    }
}

struct Printer<'e, 'h> {
    evaluator: &'e Evaluator<'h>,
    seen: FxHashSet<usize>,
}

impl<'h> Printer<'_, 'h> {
    fn print(&mut self, out: &mut String, cell: Value<'h>, top: bool) {
        let value = cell.resolved();
        match value.view() {
            View::List(list) => {
                if !top && !list.is_empty() && !self.seen.insert(cell.address()) {
                    return out.push_str("«repeated»");
                }
                out.push_str("[ ");
                for element in list.as_slice() {
                    with_stack(|| self.print(out, *element, false));
                    out.push(' ');
                }
                out.push(']');
            }
            View::Attrs(set) => {
                if !set.is_empty() && !self.seen.insert(value.address()) {
                    return out.push_str("«repeated»");
                }
                out.push_str("{ ");
                let e = self.evaluator;
                for attr in e.by_name(set.as_slice(e.heap)) {
                    show_name(out, e.name(attr.name));
                    out.push_str(" = ");
                    with_stack(|| self.print(out, attr.value, false));
                    out.push_str("; ");
                }
                out.push('}');
            }
            View::Closure(_) => out.push_str("<LAMBDA>"),
            View::Builtin(_) => out.push_str("<PRIMOP>"),
            View::Partial(partial) => match partial.function.view() {
                View::Builtin(_) => out.push_str("<PRIMOP-APP>"),
                _ => out.push_str("<LAMBDA>"),
            },
            View::Thunk(thunk) => out.push_str(match thunk.state() {
                ThunkState::Running => "«potential infinite recursion»",
                _ => "<CODE>",
            }),
            _ => self.evaluator.show_simple(out, value, usize::MAX),
        }
    }
}
