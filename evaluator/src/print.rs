//! Values as people read them, in messages.

use crate::evaluator::Evaluator;
use crate::memory::{Attrs, Value, View};

/// How many members of a list or set a message shows.
const MAX_MEMBERS: usize = 10;
/// How deep a message looks.
const MAX_DEPTH: usize = 3;

impl<'h> Evaluator<'h> {
    /// The kind of a value with its article, as Nix names it.
    pub fn describe_kind(&self, value: Value<'h>) -> String {
        match value.resolved().view() {
            View::Null => "null".into(),
            View::Bool(_) => "a Boolean".into(),
            View::Int(_) => "an integer".into(),
            View::Float(_) => "a float".into(),
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
            View::Thunk(_) => "a thunk".into(),
        }
    }

    /// The kind of a value and what it is.
    pub fn describe(&self, value: Value<'h>) -> String {
        let kind = self.describe_kind(value);
        match value.resolved().view() {
            View::Null => kind,
            View::Closure(_) | View::Builtin(_) | View::Partial(_) | View::Thunk(_) => kind,
            _ => format!("{kind}: {}", self.show(value)),
        }
    }

    /// A value in Nix syntax, as far as it is evaluated.
    pub fn show(&self, value: Value<'h>) -> String {
        let mut out = String::new();
        self.show_into(&mut out, value, MAX_DEPTH);
        out
    }

    fn show_into(&self, out: &mut String, value: Value<'h>, depth: usize) {
        match value.resolved().view() {
            View::Null => out.push_str("null"),
            View::Bool(bool) => out.push_str(if bool { "true" } else { "false" }),
            View::Int(int) => out.push_str(&int.to_string()),
            View::Float(float) => out.push_str(&show_float(float)),
            View::Str(text) => show_string(out, &text.to_string_lossy()),
            View::Path(path) => out.push_str(&String::from_utf8_lossy(path)),
            View::List(list) if depth == 0 && !list.is_empty() => out.push_str("[ ... ]"),
            View::List(list) => {
                out.push_str("[ ");
                for element in list.as_slice().iter().take(MAX_MEMBERS) {
                    self.show_into(out, *element, depth - 1);
                    out.push(' ');
                }
                elide(out, list.len());
                out.push(']');
            }
            View::Attrs(set) => self.show_set(out, set, depth),
            View::Closure(_) => out.push_str("«lambda»"),
            View::Builtin(_) | View::Partial(_) => out.push_str("«primop»"),
            View::Thunk(_) => out.push_str("«thunk»"),
        }
    }

    fn show_set(&self, out: &mut String, set: Attrs<'h>, depth: usize) {
        if depth == 0 && !set.is_empty() {
            out.push_str("{ ... }");
            return;
        }
        out.push_str("{ ");
        for attr in self.by_name(set.as_slice(self.heap)).iter().take(MAX_MEMBERS) {
            show_name(out, self.name(attr.name));
            out.push_str(" = ");
            self.show_into(out, attr.value, depth - 1);
            out.push_str("; ");
        }
        elide(out, set.len());
        out.push('}');
    }
}

fn elide(out: &mut String, len: usize) {
    if len > MAX_MEMBERS {
        out.push_str(&format!("«{} more» ", len - MAX_MEMBERS));
    }
}

/// A float as C++ streams print it: six significant digits.
pub(crate) fn show_float(float: f64) -> String {
    if float.is_nan() {
        return if float.is_sign_negative() { "-nan" } else { "nan" }.into();
    }
    if float.is_infinite() {
        return if float < 0.0 { "-inf" } else { "inf" }.into();
    }
    if float == 0.0 {
        return if float.is_sign_negative() { "-0" } else { "0" }.into();
    }
    let scientific = format!("{float:.5e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |digits: &str| match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => digits.to_owned(),
    };
    if (-4..6).contains(&exponent) {
        trim(&format!("{float:.*}", (5 - exponent) as usize))
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{}e{sign}{:02}", trim(mantissa), exponent.abs())
    }
}

/// A string literal.
pub(crate) fn show_string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' if rest.peek() == Some(&'{') => out.push_str("\\$"),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// An attribute name, quoted where it must be.
pub(crate) fn show_name(out: &mut String, name: &str) {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '\'' | '-'))
        && !KEYWORDS.contains(&name);
    if plain {
        out.push_str(name);
    } else {
        show_string(out, name);
    }
}

/// Names that can not stand unquoted.
const KEYWORDS: [&str; 9] = ["if", "then", "else", "assert", "with", "let", "in", "rec", "inherit"];

impl<'h> Evaluator<'h> {
    /// A value as `nix-instantiate --eval` prints it: what is not evaluated
    /// is `<CODE>`, a set or list that came before is `«repeated»`.
    pub fn print(&self, value: Value<'h>) -> String {
        let mut printer = Printer { evaluator: self, seen: rustc_hash::FxHashSet::default() };
        let mut out = String::new();
        printer.print(&mut out, value);
        out
    }
}

struct Printer<'e, 'h> {
    evaluator: &'e Evaluator<'h>,
    seen: rustc_hash::FxHashSet<usize>,
}

impl<'h> Printer<'_, 'h> {
    fn print(&mut self, out: &mut String, value: Value<'h>) {
        let value = value.resolved();
        match value.view() {
            View::List(list) => {
                if !list.is_empty() && !self.seen.insert(value.address()) {
                    return out.push_str("«repeated»");
                }
                out.push_str("[ ");
                for element in list.as_slice() {
                    crate::eval::with_stack(|| self.print(out, *element));
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
                    crate::eval::with_stack(|| self.print(out, attr.value));
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
            View::Thunk(_) => out.push_str("<CODE>"),
            _ => self.evaluator.show_into(out, value, 0),
        }
    }
}
