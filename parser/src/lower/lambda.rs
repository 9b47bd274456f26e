//! Functions.

use super::{Lowerer, append};
use crate::ir::{Expr, ExprId, Formal, Lambda, LambdaId, Pattern};
use crate::syntax::ast::{Node, NodeId, Pattern as SourcePattern};
use crate::{Span, Suspend, Symbol};

/// A run of functions that are joined to one.
struct Joined {
    arguments: Vec<Option<Symbol>>,
    /// Where each function begins.
    starts: Vec<u32>,
    pattern: Option<SourcePattern>,
    body: NodeId,
}

impl Lowerer<'_> {
    /// A function that is bound to `name`.
    pub(super) fn lambda(&mut self, first: u32, name: Option<Symbol>, span: Span) -> ExprId {
        super::expr::grow(|| self.joined_lambda(first, name, span))
    }

    fn joined_lambda(&mut self, first: u32, name: Option<Symbol>, span: Span) -> ExprId {
        let Joined { arguments, starts, pattern, body } = self.join(first, span);
        let arity = arguments.len() as u32;
        let argument = arguments[0].filter(|_| arity > 1 || pattern.is_none());
        let bound = arguments[arguments.len() - 1];
        let unit = self.enter();
        let mark = self.scopes.mark();
        self.scopes.slots(arguments.len());
        for (argument, slot) in arguments.into_iter().zip(0..) {
            if let Some(argument) = argument {
                self.scopes.declare(argument, slot);
            }
        }
        let pattern = pattern.map(|pattern| self.pattern(pattern, bound));
        // What a pattern is followed by has the same name, but is not joined.
        let body = match self.ast.node(body) {
            Node::Lambda(inner) => self.lambda(inner, name, self.ast.span(body)),
            _ => self.expr(body),
        };
        self.scopes.forget(mark);
        self.leave(unit, body);
        let starts = append(&mut self.ir.lambda_starts, starts);
        self.ir.lambdas.push(Lambda { unit, arity, pattern, name, argument, starts });
        self.emit(Expr::Lambda(LambdaId(self.ir.lambdas.len() as u32 - 1)), span)
    }

    fn join(&mut self, first: u32, span: Span) -> Joined {
        let mut arguments = Vec::with_capacity(1);
        let mut starts = vec![span.start];
        let mut next = first;
        loop {
            let lambda = &mut self.ast.lambdas[next as usize];
            arguments.push(lambda.argument);
            let (pattern, body) = (lambda.pattern.take(), lambda.body);
            match self.ast.node(body) {
                Node::Lambda(inner) if pattern.is_none() => {
                    starts.push(self.ast.span(body).start);
                    next = inner;
                }
                _ => return Joined { arguments, starts, pattern, body },
            }
        }
    }

    fn pattern(&mut self, pattern: SourcePattern, bound: Option<Symbol>) -> Pattern {
        let SourcePattern { formals, ellipsis } = pattern;
        let first = self.scopes.slots(formals.len());
        for (formal, slot) in formals.iter().zip(first..) {
            self.scopes.declare(formal.name, slot);
        }
        self.scopes.frame().group = first..first + formals.len() as u32;
        let mut lowered = Vec::with_capacity(formals.len());
        for (formal, slot) in formals.into_iter().zip(first..) {
            if self.suspend == Suspend::AsNix {
                self.scopes.frame().group.start = slot;
            }
            let default = formal.default.map(|default| self.lazy(default, None));
            lowered.push(Formal { name: formal.name, span: formal.span, slot, default });
        }
        self.scopes.frame().group = 0..0;
        let formals = append(&mut self.ir.formals, lowered);
        Pattern { formals, ellipsis, bound }
    }
}
