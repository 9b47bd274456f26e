//! Where Nix says that an expression is, when that is not its begin.

use super::ast::{Node, NodeId, Operator};
use super::builder::{Builder, Value};
use crate::Span;

impl Builder<'_> {
    /// The places in `left operator right`.
    pub(super) fn operator(&self) -> Operator {
        let [left, at, right] = [0, 1, 2].map(|i| self.span(i).start);
        Operator { left, at, right }
    }

    /// A call that is told to be where its pipe is.
    pub(super) fn pipe(&mut self, function: NodeId, argument: NodeId, span: Span) -> Value {
        let at = self.span(1).start;
        let called = matches!(self.ast.node(function), Node::Call(_));
        let value = self.apply(function, argument, span);
        if let (false, Value::Node(node)) = (called, &value) {
            self.ast.operators.push((*node, Operator { left: at, at, right: at }));
        }
        value
    }

    /// Notes that Nix says an expression is somewhere else than at its begin.
    pub(super) fn placed_at(&mut self, node: NodeId, at: u32) {
        let operators = &mut self.ast.operators;
        let place = operators.partition_point(|(other, _)| other.0 < node.0);
        operators.insert(place, (node, Operator { left: at, at, right: at }));
    }

    /// Widens the span of a string by its quotes; Nix says that it is where
    /// its first piece is.
    pub(super) fn quoted(&mut self, node: NodeId, span: Span) {
        let inner = std::mem::replace(&mut self.ast.spans[node.0 as usize], span);
        if let Node::Interpolate(_) = self.ast.node(node) {
            self.placed_at(node, inner.start);
        }
    }
}
