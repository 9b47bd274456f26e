//! Abstract syntax → IR: resolves names, divides the code into units and
//! decides what is suspended.
//!
//! The recursion over the tree grows the stack as it needs
//! ([`stacker`]), for a tree may be as deep as its text is long.

mod bindings;
mod expr;
mod lambda;
mod lazy;
mod scope;

use rustc_hash::FxHashMap;

use crate::ir::{Definition, Expr, ExprId, Ir, Lazy, Range, Unit, UnitId};
use crate::nearest::nearest;
use crate::syntax::ast::{Ast, NodeId, Place};
use crate::{ErrorKind, Options, Span, Suspend, Symbol, Symbols, SyntaxError};
use scope::Scopes;

/// So many undefined variables get a name that may have been meant.
const MAX_MEANT: usize = 100;

/// Lowers the tree at `root`. A variable that nothing can bind is an error.
pub(crate) fn lower(
    ast: Ast,
    root: NodeId,
    symbols: &mut Symbols,
    options: &Options<'_>,
) -> (Ir, Vec<SyntaxError>) {
    let operators = Operators::new(symbols);
    let mut lowerer = Lowerer {
        ast,
        symbols,
        globals: options.globals,
        known_globals: FxHashMap::default(),
        operators,
        ir: Ir::default(),
        scopes: Scopes::default(),
        errors: Vec::new(),
        suspend: options.suspend,
    };
    lowerer.source(root, options.scope);
    lowerer.finish()
}

/// The names that the arithmetic operators call.
struct Operators {
    subtract: Option<Symbol>,
    multiply: Option<Symbol>,
    divide: Option<Symbol>,
    less: Option<Symbol>,
}

impl Operators {
    fn new(symbols: &Symbols) -> Self {
        Self {
            subtract: symbols.get("__sub"),
            multiply: symbols.get("__mul"),
            divide: symbols.get("__div"),
            less: symbols.get("__lessThan"),
        }
    }
}

struct Lowerer<'a> {
    ast: Ast,
    symbols: &'a mut Symbols,
    globals: &'a [&'a str],
    /// Whether a name is global, for names that were asked for.
    known_globals: FxHashMap<Symbol, bool>,
    operators: Operators,
    ir: Ir,
    scopes: Scopes,
    errors: Vec<SyntaxError>,
    /// What is suspended.
    suspend: Suspend,
}

impl Lowerer<'_> {
    fn source(&mut self, root: NodeId, scope: &[&str]) {
        let unit = self.enter();
        let first = self.scopes.slots(scope.len());
        for (name, slot) in scope.iter().zip(first..) {
            let name = self.symbols.intern(name);
            self.scopes.declare(name, slot);
        }
        let body = self.expr(root);
        self.leave(unit, body);
    }

    fn finish(mut self) -> (Ir, Vec<SyntaxError>) {
        for place in std::mem::take(&mut self.ast.repeated) {
            self.define(place, None);
        }
        self.ir.texts = self.ast.texts;
        self.ir.definitions.sort_by_key(|definition| definition.name.start);
        self.ir.shrink();
        (self.ir, self.errors)
    }

    fn enter(&mut self) -> UnitId {
        let nothing = Unit { body: ExprId(0), frame_size: 0, captures: Range::default() };
        self.ir.units.push(nothing);
        self.scopes.enter();
        UnitId(self.ir.units.len() as u32 - 1)
    }

    fn leave(&mut self, unit: UnitId, body: ExprId) {
        let frame = self.scopes.leave();
        let captures = append(&mut self.ir.captures, frame.captures);
        self.ir.units[unit.0 as usize] = Unit { body, frame_size: frame.size, captures };
    }

    fn emit(&mut self, expr: Expr, span: Span) -> ExprId {
        self.ir.exprs.push(expr);
        self.ir.spans.push(span);
        ExprId(self.ir.exprs.len() as u32 - 1)
    }

    /// Notes where something is defined.
    fn define(&mut self, place: Place, value: Option<Lazy>) {
        let expr = match value {
            Some(Lazy::Value(expr)) => Some(expr),
            Some(Lazy::Thunk(unit)) => Some(self.ir.units[unit.0 as usize].body),
            Some(Lazy::Variable(_)) | None => None,
        };
        let Place { name, path, value, kind } = place;
        self.ir.definitions.push(Definition { name, path, value, expr, kind });
    }

    fn is_global(&mut self, name: Symbol) -> bool {
        *self.known_globals.entry(name).or_insert_with(|| {
            let text = self.symbols.text(name);
            self.globals.binary_search(&text).is_ok()
        })
    }

    fn undefined(&mut self, name: Symbol, span: Span) {
        let text = self.symbols.text(name);
        let message = format!("undefined variable '{text}'");
        let mut error = SyntaxError::new(ErrorKind::UndefinedVariable, message, span);
        // Looking for names takes time, and the first ones tell enough.
        if self.errors.len() < MAX_MEANT {
            let bound = self.scopes.names().map(|name| self.symbols.text(name));
            let globals = self.globals.iter().copied().filter(|name| !name.starts_with("__"));
            error.meant = nearest(text, bound.chain(globals)).map(str::to_owned);
        }
        self.errors.push(error);
    }
}

/// Appends to a table and tells where.
fn append<T>(table: &mut Vec<T>, items: impl IntoIterator<Item = T>) -> Range {
    let start = table.len() as u32;
    table.extend(items);
    Range { start, end: table.len() as u32 }
}
