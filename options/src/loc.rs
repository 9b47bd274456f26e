//! Option paths.
//!
//! A path is a chain of steps on the heap of the evaluation: making a longer
//! one costs a few bytes, and it becomes text only when something is wrong.

use conex_evaluator::{Evaluator, Heap, Symbol, Value};

/// The path of an option; `None` is the root.
pub(crate) type Loc<'h> = Option<&'h LocNode<'h>>;

/// The last step of a path and what comes before it.
#[derive(Clone, Copy)]
pub(crate) struct LocNode<'h> {
    pub(crate) parent: Loc<'h>,
    pub(crate) step: Step,
    /// The `evalModules` that the option belongs to; `None` for the host's.
    world: Option<&'h World<'h>>,
}

/// A `lib.evalModules` of its own: what is wrong in it is raised, as in
/// nixpkgs, and nothing can be defined that is not declared.
#[derive(Clone, Copy)]
pub(crate) struct World<'h> {
    /// The `lib` that its modules get.
    pub(crate) lib: Value<'h>,
}

/// A step of a path.
#[derive(Clone, Copy)]
pub(crate) enum Step {
    /// The root of an `evalModules` of its own.
    Root,
    /// An attribute.
    Name(Symbol),
    /// An element of a list: its index, from 0, and the number of the
    /// definition and the place in that it is from, from 1.
    Element { index: u32, definition: u32, entry: u32 },
    /// What a function returns.
    Body,
}

/// `parent.step`
pub(crate) fn join<'h>(heap: &'h Heap, parent: Loc<'h>, step: Step) -> Loc<'h> {
    let world = parent.and_then(|node| node.world);
    Some(heap.alloc(LocNode { parent, step, world }))
}

/// The root of an `evalModules`.
pub(crate) fn root<'h>(heap: &'h Heap, lib: Value<'h>) -> Loc<'h> {
    let world = Some(heap.alloc(World { lib }));
    Some(heap.alloc(LocNode { parent: None, step: Step::Root, world }))
}

/// The `evalModules` that an option belongs to, unless it is the host's.
pub(crate) fn world<'h>(loc: Loc<'h>) -> Option<&'h World<'h>> {
    loc.and_then(|node| node.world)
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
    let strict = world(loc).is_some();
    for step in steps.into_iter().rev() {
        if !out.is_empty() {
            out.push('.');
        }
        match step {
            Step::Root => {}
            Step::Name(name) => out.push_str(&quoted(evaluator.name(name))),
            Step::Element { definition, entry, .. } if strict => {
                out.push_str(&quoted(&element(definition, entry)));
            }
            Step::Element { index, .. } => out.push_str(&index.to_string()),
            Step::Body => out.push_str("<function body>"),
        }
    }
    out
}

/// What nixpkgs calls an element of a list.
pub(crate) fn element(definition: u32, entry: u32) -> String {
    format!("[definition {definition}-entry {entry}]")
}

/// The names of a path, as nixpkgs has them.
pub(crate) fn names(evaluator: &Evaluator<'_>, loc: Loc<'_>) -> Vec<String> {
    let mut steps = Vec::new();
    let mut next = loc;
    while let Some(node) = next {
        next = node.parent;
        steps.push(match node.step {
            Step::Root => continue,
            Step::Name(name) => evaluator.name(name).to_owned(),
            Step::Element { definition, entry, .. } => element(definition, entry),
            Step::Body => "<function body>".to_owned(),
        });
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
