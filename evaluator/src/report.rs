//! Failures as Nix reports them: what was going on, outermost first, each
//! with its place and the lines around it, and the message last
//! (`showErrorInfo`).

use std::fmt::Write as _;

use conex_parser::{Warning, WarningKind};
use rustc_hash::FxHashSet;

use crate::builtins::DERIVATION_NAME;
use crate::error::{Error, Place, TraceFrame, When};
use crate::evaluator::Evaluator;
use crate::legible::shown;
use crate::memory::{ThunkState, Value, View};
use crate::source::{ExprPos, Module};

/// After so many lines of a trace the rest is only shown in full.
const FEW: usize = 3;
/// So many repeated frames are shown rather than counted.
const FEW_REPEATED: usize = 5;
/// How many names that may be meant are shown, and how wrong they may be.
const SUGGESTIONS: (usize, usize) = (5, 2);

impl<'h> Evaluator<'h> {
    /// The report of a failure, with all of the trace or the begin of it.
    pub fn report(&self, error: &Error, show_trace: bool) -> String {
        let data = error.data();
        let mut body = String::new();
        if data.trace.iter().any(|frame| self.is_shown(frame, show_trace)) {
            body = Trace::new(self).write(&data.trace, show_trace);
            body.push_str("\nerror: ");
        }
        let _ = writeln!(body, "{}", data.message);
        self.write_place(&mut body, "", data.place);
        if let Some(meant) = suggestion(&data.suggestions) {
            let _ = writeln!(body, "Did you mean {meant}?");
        }
        indent("error: ", &shown(&body))
    }

    /// A warning of the parser.
    pub(crate) fn report_warning(&self, module: &Module, warning: &Warning) -> String {
        let place = module.position(warning.span.start);
        let text = &warning.text;
        match warning.kind {
            WarningKind::Lint => {
                let mut body = format!("{text}\n");
                self.write_place(&mut body, "", Place::Position(place));
                indent("warning: ", &body).trim_end().to_owned()
            }
            WarningKind::Or => format!(
                "warning: at {}: This expression uses `or` as an identifier in a way that will change in a future Nix release.\n\
                 Wrap this entire expression in parentheses to preserve its current meaning:\n    ({text})\n\
                 Give feedback at https://github.com/NixOS/nix/pull/11121",
                self.show_position(place)
            ),
        }
    }

    fn is_shown(&self, frame: &TraceFrame, show_trace: bool) -> bool {
        !frame.message.is_empty()
            && !self.is_internal(frame)
            && match frame.when {
                When::Few | When::Always => true,
                When::Placed => self.place(frame.place).is_some(),
                When::Full => show_trace,
                When::Own => false,
                When::FullPlaced => show_trace && self.place(frame.place).is_some(),
            }
    }

    /// Nix does not speak of the attributes that `derivation` makes.
    fn is_internal(&self, frame: &TraceFrame) -> bool {
        frame.message.starts_with("while evaluating the attribute ")
            && self.place(frame.place).is_some_and(|(m, _)| *m.name == *DERIVATION_NAME)
    }

    /// The text and the offset of a place.
    pub fn place(&self, place: Place) -> Option<(&'h Module, u32)> {
        let sources = self.sources();
        match place {
            Place::None | Place::Pending => None,
            Place::Expr(at) => {
                let (module, id) = sources.expr(at).filter(|_| at != ExprPos::NONE)?;
                Some((module, module.ir.place(id)?))
            }
            Place::Position(position) => visible(sources.position(position)?),
            Place::Attribute(position) => {
                visible(sources.position(self.definition_position(position))?)
            }
            Place::Left(at) | Place::Right(at) => {
                let (module, id) = sources.expr(at)?;
                let operator = module.ir.operator(id)?;
                let left = matches!(place, Place::Left(_));
                Some((module, if left { operator.left } else { operator.right }))
            }
        }
    }

    /// Where Nix says that a value is (`Value::determinePos`).
    pub(crate) fn place_of(&self, value: Value<'h>) -> Place {
        match value.view() {
            View::Closure(closure) => Place::Position(self.lambda_position(closure.code(), 0)),
            View::Partial(partial) => match partial.function.view() {
                View::Closure(closure) => {
                    let given = partial.arguments.len() as u32;
                    Place::Position(self.lambda_position(closure.code(), given))
                }
                _ => Place::None,
            },
            View::Thunk(thunk) => match thunk.state() {
                ThunkState::Apply(function, _) | ThunkState::ApplyTwo(function, _) => {
                    self.place_of(function)
                }
                ThunkState::Done(value) => self.place_of(value),
                _ => Place::None,
            },
            _ => Place::None,
        }
    }

    /// A place and the lines around it, if it is known.
    fn write_place(&self, out: &mut String, indent: &str, place: Place) -> bool {
        let Some((module, offset)) = self.place(place) else { return false };
        let at = module.line_column(offset);
        let _ = write!(out, "{indent}at {}:{}:{}:", module.name, at.line, at.column);
        if module.text.is_empty() {
            out.push('\n');
            return true;
        }
        let text = shown(&module.text);
        let lines = Lines::around(&text, at.line as usize);
        if let Some((number, line)) = lines.before {
            let _ = write!(out, "\n {number:5}| {line}");
        }
        if let Some(line) = lines.line {
            let caret = " ".repeat(at.column as usize);
            let _ = write!(out, "\n {:5}| {line}\n      |{caret}^", at.line);
        }
        if let Some((number, line)) = lines.after {
            let _ = write!(out, "\n {number:5}| {line}");
        }
        out.push('\n');
        true
    }
}

/// Position 0 belongs to no text.
fn visible((module, offset): (&Module, u32)) -> Option<(&Module, u32)> {
    (offset as usize <= module.text.len()).then_some((module, offset))
}

/// A line of a text and its neighbours.
struct Lines<'a> {
    before: Option<(usize, &'a str)>,
    line: Option<&'a str>,
    after: Option<(usize, &'a str)>,
}

impl<'a> Lines<'a> {
    fn around(text: &'a str, number: usize) -> Self {
        let mut lines = lines(text).skip(number.saturating_sub(2));
        let before = if number > 1 { lines.next().map(|line| (number - 1, line)) } else { None };
        let line = lines.next();
        Self { before, line, after: lines.next().map(|line| (number + 1, line)) }
    }
}

/// Lines that end with `\n`, `\r\n` or `\r`.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = text.find(['\r', '\n']);
        rest = end.map(|end| {
            let after = &text[end..];
            after.strip_prefix("\r\n").unwrap_or(&after[1..])
        });
        Some(&text[..end.unwrap_or(text.len())])
    })
}

/// The lines of a message, below each other behind its first word.
pub(crate) fn indent(first: &str, body: &str) -> String {
    let rest = " ".repeat(first.len());
    let mut out = String::with_capacity(body.len() * 2);
    for (i, line) in body.trim_end().split('\n').enumerate() {
        let whole = format!("{}{line}", if i == 0 { first } else { &rest });
        out.push_str(whole.trim_end());
        out.push('\n');
    }
    out
}

/// The part of a report that tells what was going on.
struct Trace<'e, 'h> {
    evaluator: &'e Evaluator<'h>,
    out: String,
    /// How many lines there are, frames with a place counting twice.
    count: usize,
    seen: FxHashSet<(String, Option<(usize, u32)>)>,
}

impl<'e, 'h> Trace<'e, 'h> {
    fn new(evaluator: &'e Evaluator<'h>) -> Self {
        Self { evaluator, out: String::new(), count: 0, seen: FxHashSet::default() }
    }

    fn write(mut self, frames: &[TraceFrame], show_trace: bool) -> String {
        let mut truncated = false;
        let mut repeated: Vec<&TraceFrame> = Vec::new();
        for frame in frames.iter().rev() {
            if !self.evaluator.is_shown(frame, show_trace) {
                continue;
            }
            truncated |= !show_trace && self.count > FEW;
            if truncated && frame.when != When::Always {
                continue;
            }
            if !self.seen.insert(self.key(frame)) {
                repeated.push(frame);
                continue;
            }
            self.repeated(&mut repeated);
            self.count += 1;
            self.frame(frame);
        }
        self.repeated(&mut repeated);
        if truncated {
            self.out.push_str(
                "\n(stack trace truncated; use '--show-trace' to show the full, detailed trace)\n",
            );
        }
        self.out
    }

    /// What makes two frames the same.
    fn key(&self, frame: &TraceFrame) -> (String, Option<(usize, u32)>) {
        let place = self.evaluator.place(frame.place);
        let place = place.map(|(module, offset)| (std::ptr::from_ref(module).addr(), offset));
        (frame.message.to_string(), place)
    }

    fn repeated(&mut self, frames: &mut Vec<&TraceFrame>) {
        if frames.len() > FEW_REPEATED {
            let _ = writeln!(self.out, "\n({} duplicate frames omitted)", frames.len());
        } else {
            for frame in frames.iter() {
                self.frame(frame);
            }
        }
        frames.clear();
    }

    fn frame(&mut self, frame: &TraceFrame) {
        let _ = writeln!(self.out, "\n… {}", frame.message);
        self.count += usize::from(self.evaluator.write_place(&mut self.out, "  ", frame.place));
    }
}

/// The names among `names` that are nearest to `name`.
pub(crate) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let (many, far) = SUGGESTIONS;
    let mut near: Vec<(usize, &str)> = names
        .filter(|other| other.len().abs_diff(name.len()) <= far)
        .map(|other| (distance(name.as_bytes(), other.as_bytes()), other))
        .filter(|(distance, _)| *distance <= far)
        .collect();
    near.sort_unstable();
    near.truncate(many);
    near.into_iter().map(|(_, name)| name.to_owned()).collect()
}

/// How many letters must change to make one of the other (Levenshtein).
fn distance(first: &[u8], second: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=second.len()).collect();
    for (i, a) in first.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in second.iter().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[second.len()]
}

fn suggestion(names: &[String]) -> Option<String> {
    match names {
        [] => None,
        [only] => Some(only.clone()),
        [first @ .., last] => Some(format!("one of {} or {last}", first.join(", "))),
    }
}
