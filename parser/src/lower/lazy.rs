//! Expressions that are not evaluated yet.

use super::Lowerer;
use crate::ir::{Expr, ExprId, Lazy, Step, Variable};
use crate::syntax::ast::{Node, NodeId, Set, Value};
use crate::{Span, Suspend, Symbol};

/// How many members a list or set may have that is built at once.
const MEMBERS: usize = 8;

/// How deep such lists and sets may be nested.
const DEPTH: u32 = 3;

impl Lowerer<'_> {
    /// An expression in a lazy position. `name` is what a function there is
    /// called in traces.
    pub(super) fn lazy(&mut self, id: NodeId, name: Option<Symbol>) -> Lazy {
        match self.ast.node(id) {
            Node::Lambda(lambda) if self.suspend != Suspend::Little => {
                let span = self.ast.span(id);
                self.suspended(|lowerer| lowerer.lambda(lambda, name, span))
            }
            Node::Variable(name)
                if self.suspend == Suspend::Everything && self.is_constant(name) =>
            {
                self.thunk(id)
            }
            // Where a variable stands is the very value of it: functions are compared by that.
            Node::Variable(name) => self.lazy_variable(name, self.ast.span(id)),
            _ if self.suspend == Suspend::Everything => self.thunk(id),
            Node::Lambda(lambda) => Lazy::Value(self.lambda(lambda, name, self.ast.span(id))),
            _ if self.suspend == Suspend::AsNix && !self.is_immediate_in_nix(id) => self.thunk(id),
            _ if self.is_immediate(id, DEPTH) => Lazy::Value(self.expr(id)),
            _ => self.thunk(id),
        }
    }

    /// Suspends an expression, whatever it is.
    pub(super) fn thunk(&mut self, id: NodeId) -> Lazy {
        self.suspended(|lowerer| lowerer.expr(id))
    }

    fn suspended(&mut self, body: impl FnOnce(&mut Self) -> ExprId) -> Lazy {
        let unit = self.enter();
        let body = body(self);
        self.leave(unit, body);
        Lazy::Thunk(unit)
    }

    /// Whether a name means plain data wherever nothing else is bound to it.
    fn is_constant(&mut self, name: Symbol) -> bool {
        let is_constant = matches!(self.symbols.text(name), "true" | "false" | "null");
        is_constant && self.scopes.find(name).is_none() && self.is_global(name)
    }

    /// A variable in a lazy position.
    pub(super) fn lazy_variable(&mut self, name: Symbol, span: Span) -> Lazy {
        match self.scopes.find(name) {
            Some(home) if !self.scopes.in_group(home) => Lazy::Variable(self.scopes.access(home)),
            None if self.is_global(name) => Lazy::Value(self.emit(Expr::Builtin(name), span)),
            _ => self.suspended_variable(name, span),
        }
    }

    /// A variable, suspended even where its value is there already.
    pub(super) fn suspended_variable(&mut self, name: Symbol, span: Span) -> Lazy {
        self.suspended(|lowerer| lowerer.variable(name, span))
    }

    /// `source.name` for `inherit (source) name`, where `source` is in a slot
    /// of the current frame.
    pub(super) fn inherited_from(&mut self, slot: u32, name: Symbol, span: Span) -> Lazy {
        let home = super::scope::Home { depth: self.scopes.depth(), slot };
        self.suspended(|lowerer| {
            let source: Variable = lowerer.scopes.access(home);
            let base = lowerer.emit(Expr::Variable(source), span);
            let step = Step::Name { name, position: span.start };
            let path = super::append(&mut lowerer.ir.steps, [step]);
            lowerer.emit(Expr::Select { base, path, default: None }, span)
        })
    }

    /// Whether Nix has a value for an expression at once (`maybeThunk`).
    fn is_immediate_in_nix(&self, id: NodeId) -> bool {
        match self.ast.node(id) {
            Node::Int(_) | Node::Float(_) | Node::Path(_) => true,
            Node::Str { joined, .. } => !joined,
            Node::List(items) => items.is_empty(),
            _ => false,
        }
    }

    /// Whether an expression can be built at once, with nothing in it that
    /// can fail, takes long, or is not there yet.
    fn is_immediate(&mut self, id: NodeId, depth: u32) -> bool {
        match self.ast.node(id) {
            Node::Int(_) | Node::Float(_) | Node::Str { .. } | Node::Lambda(_) => true,
            // The home directory may not be known.
            Node::Path(text) => !self.ast.texts[text.0 as usize].starts_with('~'),
            Node::Variable(name) => self.is_immediate_variable(name),
            Node::List(items) => {
                (items.is_empty() || depth > 0 && items.len() <= MEMBERS)
                    && items.indices().all(|i| self.is_immediate(self.ast.items[i], depth - 1))
            }
            Node::Set(set) => {
                let Set { recursive, defs, dynamic, sources, .. } = &self.ast.sets[set as usize];
                if !dynamic.is_empty() || !sources.is_empty() {
                    return false;
                }
                let members = defs.len();
                members == 0
                    || !recursive
                        && depth > 0
                        && members <= MEMBERS
                        && (0..members).all(|i| self.is_immediate_member(set, i, depth))
            }
            _ => false,
        }
    }

    fn is_immediate_member(&mut self, set: u32, member: usize, depth: u32) -> bool {
        let def = self.ast.sets[set as usize].defs[member];
        match def.value {
            Value::Plain(id) => self.is_immediate(id, depth - 1),
            Value::Inherited => self.is_immediate_variable(def.name),
            Value::InheritedFrom(_) => false,
        }
    }

    fn is_immediate_variable(&mut self, name: Symbol) -> bool {
        match self.scopes.find(name) {
            Some(home) => !self.scopes.in_group(home),
            None => self.is_global(name),
        }
    }
}
