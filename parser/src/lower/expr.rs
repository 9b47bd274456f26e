//! Expressions.

use super::{Lowerer, append};
use crate::ir::{self, BinaryOp, Expr, ExprId, Range, UnaryOp};
use crate::syntax::ast::{Name, Node, NodeId, Operator, Part};
use crate::{Span, Symbol};

/// Runs `f` with enough stack for one more level of recursion.
pub(super) fn grow<R>(f: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(128 << 10, 4 << 20, f)
}

impl Lowerer<'_> {
    pub(super) fn expr(&mut self, id: NodeId) -> ExprId {
        let span = self.ast.span(id);
        let expr = match self.ast.node(id) {
            Node::Error => Expr::Error,
            Node::Int(value) => Expr::Int(value),
            Node::Float(value) => Expr::Float(value),
            Node::Str { text, .. } => Expr::Str(text),
            Node::Path(text) => Expr::Path(text),
            Node::CurrentPosition => Expr::CurrentPosition,
            Node::Variable(name) => return self.variable(name, span),
            node => {
                let lowered = grow(|| self.nested(node, span));
                self.place(lowered, id);
                return lowered;
            }
        };
        self.emit(expr, span)
    }

    /// Notes where Nix says that an expression is, if not at its begin.
    fn place(&mut self, expr: ExprId, node: NodeId) {
        if let Some(Operator { left, at, right }) = self.ast.operator(node) {
            self.ir.operators.push(ir::Operator { expr, left, at, right });
        }
    }

    /// An expression made of expressions.
    fn nested(&mut self, node: Node, span: Span) -> ExprId {
        let expr = match node {
            Node::Interpolate(parts) => Expr::Interpolate(self.parts(parts)),
            Node::InterpolatePath(parts) => Expr::InterpolatePath(self.parts(parts)),
            Node::SearchPath(text) => return self.search_path(text, span),
            Node::Select { base, path, default } => {
                let base = self.expr(base);
                let default = default.map(|default| self.expr(default));
                match self.path(path) {
                    path if path.is_empty() => Expr::Error,
                    path => Expr::Select { base, path, default },
                }
            }
            Node::HasAttr { base, path } => {
                let base = self.expr(base);
                match self.path(path) {
                    path if path.is_empty() => Expr::Error,
                    path => Expr::HasAttr { base, path },
                }
            }
            Node::Call(call) => self.call(call),
            Node::Lambda(lambda) => return self.lambda(lambda, None, span),
            Node::Let(set, body) => return self.let_in(set, body, span),
            Node::Set(set) => return self.attr_set(set, span),
            Node::List(items) => {
                let mut lazies = Vec::with_capacity(items.len());
                lazies.extend(items.indices().map(|i| self.lazy(self.ast.items[i], None)));
                Expr::List(append(&mut self.ir.lazies, lazies))
            }
            Node::With(scope, body) => self.with(scope, body, span),
            Node::Assert(condition, body) => {
                Expr::Assert { condition: self.expr(condition), body: self.expr(body) }
            }
            Node::If(condition, consequence, alternative) => Expr::If {
                condition: self.expr(condition),
                consequence: self.expr(consequence),
                alternative: self.expr(alternative),
            },
            Node::Unary(op, operand) => self.unary(op, operand, span),
            Node::Binary(op, left, right) => self.binary(op, left, right, span),
            _ => Expr::Error,
        };
        self.emit(expr, span)
    }

    pub(super) fn variable(&mut self, name: Symbol, span: Span) -> ExprId {
        let expr = if let Some(home) = self.scopes.find(name) {
            Expr::Variable(self.scopes.access(home))
        } else if self.is_global(name) {
            Expr::Builtin(name)
        } else if self.scopes.withs.is_empty() {
            self.undefined(name, span);
            Expr::Error
        } else {
            Expr::With { name, scopes: self.namespaces() }
        };
        self.emit(expr, span)
    }

    /// The namespaces of all `with` around, innermost first.
    fn namespaces(&mut self) -> Range {
        let count = self.scopes.withs.len();
        if let Some((known, range)) = self.scopes.frame().namespaces
            && known == count
        {
            return range;
        }
        let withs: Vec<_> = self.scopes.withs.iter().rev().copied().collect();
        append(&mut self.ir.scope_places, withs.iter().map(|(_, start)| *start));
        let variables = withs.into_iter().map(|(home, _)| self.scopes.access(home));
        let range = append(&mut self.ir.scopes, variables);
        self.scopes.frame().namespaces = Some((count, range));
        range
    }

    fn with(&mut self, scope: NodeId, body: NodeId, span: Span) -> Expr {
        let scope = self.lazy(scope, None);
        let slot = self.scopes.slots(1);
        let home = super::scope::Home { depth: self.scopes.depth(), slot };
        self.scopes.withs.push((home, span.start));
        let before = self.scopes.frame().namespaces.take();
        let body = self.expr(body);
        self.scopes.frame().namespaces = before;
        self.scopes.withs.pop();
        Expr::WithIn { slot, scope, body }
    }

    fn call(&mut self, call: u32) -> Expr {
        let call = &mut self.ast.calls[call as usize];
        let (function, arguments) = (call.function, std::mem::take(&mut call.arguments));
        let function = self.expr(function);
        let mut lazies = Vec::with_capacity(arguments.len());
        lazies.extend(arguments.into_iter().map(|argument| self.lazy(argument, None)));
        Expr::Call { function, arguments: append(&mut self.ir.lazies, lazies) }
    }

    /// `<path>` is `__findFile __nixPath "path"`.
    fn search_path(&mut self, text: ir::TextId, span: Span) -> ExprId {
        let (find_file, nix_path) =
            (self.symbols.intern("__findFile"), self.symbols.intern("__nixPath"));
        let function = self.variable(find_file, span);
        let path = self.lazy_variable(nix_path, span);
        let text = self.emit(Expr::Str(text), span);
        let arguments = append(&mut self.ir.lazies, [path, ir::Lazy::Value(text)]);
        self.emit(Expr::Call { function, arguments }, span)
    }

    fn unary(&mut self, op: UnaryOp, operand: NodeId, span: Span) -> Expr {
        if op == UnaryOp::Negate
            && let Some(function) = self.shadowed(self.operators.subtract, span)
        {
            let zero = ir::Lazy::Value(self.emit(Expr::Int(0), span));
            let operand = self.lazy(operand, None);
            let arguments = append(&mut self.ir.lazies, [zero, operand]);
            return Expr::Call { function, arguments };
        }
        Expr::Unary(op, self.expr(operand))
    }

    fn binary(&mut self, op: BinaryOp, left: NodeId, right: NodeId, span: Span) -> Expr {
        let name = match op {
            BinaryOp::Subtract => self.operators.subtract,
            BinaryOp::Multiply => self.operators.multiply,
            BinaryOp::Divide => self.operators.divide,
            BinaryOp::Less
            | BinaryOp::LessOrEqual
            | BinaryOp::Greater
            | BinaryOp::GreaterOrEqual => self.operators.less,
            _ => None,
        };
        // Nix asks whether the right one is less than the left one.
        let swapped = matches!(op, BinaryOp::Greater | BinaryOp::LessOrEqual);
        let Some(function) = self.shadowed(name, span) else {
            if swapped {
                let right = self.expr(right);
                return Expr::Binary(op, self.expr(left), right);
            }
            return Expr::Binary(op, self.expr(left), self.expr(right));
        };
        let (first, second) = if swapped { (right, left) } else { (left, right) };
        let arguments = [self.lazy(first, None), self.lazy(second, None)];
        let call = Expr::Call { function, arguments: append(&mut self.ir.lazies, arguments) };
        match op {
            BinaryOp::LessOrEqual | BinaryOp::GreaterOrEqual => {
                Expr::Unary(UnaryOp::Not, self.emit(call, span))
            }
            _ => call,
        }
    }

    /// The function that an operator calls, if it is not the global one.
    fn shadowed(&mut self, name: Option<Symbol>, span: Span) -> Option<ExprId> {
        let home = self.scopes.find(name?)?;
        let function = Expr::Variable(self.scopes.access(home));
        Some(self.emit(function, span))
    }

    fn path(&mut self, path: Range) -> Range {
        let mut steps = Vec::with_capacity(path.len());
        for i in path.indices() {
            let step = self.ast.steps[i];
            let position = step.span.start;
            match step.name {
                Name::Known(name) => steps.push(ir::Step::Name { name, position }),
                Name::Computed(name) => {
                    steps.push(ir::Step::Dynamic { name: self.expr(name), position });
                }
                Name::Missing => {}
            }
        }
        append(&mut self.ir.steps, steps)
    }

    fn parts(&mut self, parts: Range) -> Range {
        let mut lowered = Vec::with_capacity(parts.len());
        for i in parts.indices() {
            lowered.push(match self.ast.parts[i] {
                Part::Text(text) => ir::Part::Text(text),
                Part::Expr(expr, at) => ir::Part::Expr(self.expr(expr), at),
            });
        }
        append(&mut self.ir.parts, lowered)
    }
}
