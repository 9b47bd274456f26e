//! Option paths.
//!
//! A path is a chain of steps on the heap of the evaluation: making a longer
//! one costs a few bytes, and it becomes text only when something is wrong.

use conex_evaluator::{Evaluator, Heap, Symbol};

/// The path of an option; `None` is the root.
pub(crate) type Loc<'h> = Option<&'h LocNode<'h>>;

/// The last step of a path and what comes before it.
#[derive(Clone, Copy)]
pub(crate) struct LocNode<'h> {
    pub(crate) parent: Loc<'h>,
    pub(crate) step: Step,
}

/// A step of a path.
#[derive(Clone, Copy)]
pub(crate) enum Step {
    /// An attribute.
    Name(Symbol),
    /// An element of a list, from 0.
    Index(u32),
    /// What a function returns.
    Body,
}

/// `parent.step`
pub(crate) fn join<'h>(heap: &'h Heap, parent: Loc<'h>, step: Step) -> Loc<'h> {
    Some(heap.alloc(LocNode { parent, step }))
}

/// `parent.name`
pub(crate) fn join_name<'h>(heap: &'h Heap, parent: Loc<'h>, name: Symbol) -> Loc<'h> {
    join(heap, parent, Step::Name(name))
}

/// The path as people write it.
pub(crate) fn show(evaluator: &Evaluator<'_>, loc: Loc<'_>) -> String {
    let mut steps = Vec::new();
    let mut next = loc;
    while let Some(node) = next {
        steps.push(node.step);
        next = node.parent;
    }
    let mut out = String::new();
    for step in steps.into_iter().rev() {
        if !out.is_empty() {
            out.push('.');
        }
        match step {
            Step::Name(name) => out.push_str(&quoted(evaluator.name(name))),
            Step::Index(index) => out.push_str(&index.to_string()),
            Step::Body => out.push_str("<function body>"),
        }
    }
    out
}

/// The names of a path; list elements as their number.
pub(crate) fn names(evaluator: &Evaluator<'_>, loc: Loc<'_>) -> Vec<String> {
    let mut steps = Vec::new();
    let mut next = loc;
    while let Some(node) = next {
        steps.push(match node.step {
            Step::Name(name) => evaluator.name(name).to_owned(),
            Step::Index(index) => index.to_string(),
            Step::Body => "<function body>".to_owned(),
        });
        next = node.parent;
    }
    steps.reverse();
    steps
}

/// A name, in quotes where Nix needs them.
pub(crate) fn quoted(name: &str) -> String {
    const KEYWORDS: [&str; 9] =
        ["if", "then", "else", "assert", "with", "let", "in", "rec", "inherit"];
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '\'' | '-'))
        && !KEYWORDS.contains(&name);
    if plain {
        return name.to_owned();
    }
    let mut out = String::with_capacity(name.len() + 2);
    out.push('"');
    for c in name.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
    out.replace("${", "\\${")
}
