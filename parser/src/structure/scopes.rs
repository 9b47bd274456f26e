//! Which variable a name is.

use std::collections::HashMap;

use super::{Variable, VariableKind};
use crate::Span;

/// The scopes around a place, the innermost last.
#[derive(Default)]
pub(super) struct Scopes {
    open: Vec<HashMap<String, usize>>,
}

impl Scopes {
    /// Opens a scope.
    pub(super) fn push(&mut self) {
        self.open.push(HashMap::new());
    }

    /// Closes it.
    pub(super) fn pop(&mut self) {
        self.open.pop();
    }

    /// Defines a variable in the innermost scope.
    pub(super) fn define(
        &mut self,
        variables: &mut Vec<Variable>,
        name: &str,
        kind: VariableKind,
        places: (Span, Option<Span>, Span),
    ) {
        let Some(innermost) = self.open.last_mut() else { return };
        // Of `a.b = 1; a.c = 2;` the first is where it is defined.
        if innermost.contains_key(name) {
            return;
        }
        innermost.insert(name.to_owned(), variables.len());
        let (span, value, scope) = places;
        variables.push(Variable { name: name.to_owned(), kind, span, value, scope });
    }

    /// Takes the innermost scope away for a while.
    pub(super) fn take(&mut self) -> Option<HashMap<String, usize>> {
        self.open.pop()
    }

    /// Puts it back.
    pub(super) fn put_back(&mut self, innermost: HashMap<String, usize>) {
        self.open.push(innermost);
    }

    /// The variable of a name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.open.iter().rev().find_map(|scope| scope.get(name).copied())
    }
}
