//! The outline of a text.

use conex_parser::Span;
use conex_parser::structure::{EntryKind, Structure};

use super::View;

/// A definition in the outline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// Its names, with dots between them.
    pub name: String,
    /// Whether it is an attribute or a variable.
    pub kind: EntryKind,
    /// Whether it is a container.
    pub is_container: bool,
    /// All of it.
    pub span: Span,
    /// Its names.
    pub names: Span,
    /// The definitions in its value.
    pub below: Vec<Symbol>,
}

/// The definitions of a text as they lie in each other.
pub fn symbols(view: &View<'_>) -> Vec<Symbol> {
    let structure = &view.structure;
    let mut open: Vec<Symbol> = Vec::new();
    let mut outermost = Vec::new();
    let close = |open: &mut Vec<Symbol>, outermost: &mut Vec<Symbol>| {
        if let Some(done) = open.pop() {
            open.last_mut().map_or(outermost, |around| &mut around.below).push(done);
        }
    };
    for index in 0..structure.entries.len() {
        let Some(symbol) = symbol(view, structure, index) else { continue };
        while open.last().is_some_and(|around| symbol.span.start >= around.span.end) {
            close(&mut open, &mut outermost);
        }
        open.push(symbol);
    }
    while !open.is_empty() {
        close(&mut open, &mut outermost);
    }
    outermost
}

fn symbol(view: &View<'_>, structure: &Structure, index: usize) -> Option<Symbol> {
    let entry = structure.entries.get(index)?;
    let (first, last) = (entry.names.first()?, entry.names.last()?);
    // What is inherited is no definition of its own.
    if entry.kind == EntryKind::Inherited {
        return None;
    }
    let names = Span::new(first.span.start, last.span.end);
    let path = super::options::normal(&structure.path(index));
    let is_container = path.len() == 2 && super::hover::shown(&path[..1]) == "containers";
    let name = view.slice(names).to_owned();
    let (kind, span, below) = (entry.kind, entry.span, Vec::new());
    Some(Symbol { name, kind, is_container, span, names, below })
}

/// The containers that are defined in a text, with where their names stand.
pub fn containers(view: &View<'_>) -> Vec<(String, Span)> {
    let structure = &view.structure;
    let mut found: Vec<(String, Span)> = Vec::new();
    for (index, entry) in structure.entries.iter().enumerate() {
        for count in 1..=entry.names.len() {
            let path = super::options::normal(&structure.path_to(index, count));
            let is_in_set = path.len() == 2 && super::hover::shown(&path[..1]) == "containers";
            let name = &entry.names[count - 1];
            if let (true, Some(text)) = (is_in_set, &name.text)
                && !found.iter().any(|(known, _)| known == text)
            {
                found.push((text.clone(), name.span));
            }
        }
    }
    found
}
