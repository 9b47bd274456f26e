//! IR → code. Called when a unit first runs.

use std::borrow::Cow;
use std::cell::Cell;
use std::path::Path;

use conex_parser::ir::{self, Expr, ExprId, Ir, Lazy, UnitId, Variable};

use crate::builtins::Globals;
use crate::code::*;
use crate::legible::original;
use crate::memory::{Attrs, Heap, List, Value};
use crate::path;
use crate::source::{ExprPos, Module};

/// The code of a unit that is about to run.
pub(crate) fn unit_body<'h>(
    heap: &'h Heap,
    globals: &Globals<'h>,
    unit: &UnitCode<'h>,
) -> &'h Code<'h> {
    if let Some(code) = unit.body.get() {
        return code;
    }
    let module = unit.module;
    if let Some(ran) = &module.ran {
        ran.runs(unit.unit);
    }
    let depth = Cell::new(0);
    let compiler = Compiler { heap, globals, module, ir: &module.ir, depth };
    let body = module.ir.units[unit.unit.0 as usize].body;
    // Constants in the code live as long as that.
    let code = heap.permanently(|| compiler.alloc(compiler.expr(body)));
    unit.body.set(Some(code));
    code
}

/// A unit that has not run yet.
pub(crate) fn unit<'h>(heap: &'h Heap, module: &'h Module, id: UnitId) -> UnitCode<'h> {
    let unit = &module.ir.units[id.0 as usize];
    UnitCode {
        module,
        unit: id,
        frame_size: unit.frame_size,
        captures: heap.slice(&module.ir.captures[unit.captures.indices()]),
        body: Cell::new(None),
    }
}

struct Compiler<'c, 'h> {
    heap: &'h Heap,
    globals: &'c Globals<'h>,
    module: &'h Module,
    ir: &'h Ir,
    /// How many expressions the current one is inside of.
    depth: Cell<u32>,
}

/// So many levels of expressions run without asking for native stack; there
/// is room for that many below the red zone.
const LEVELS: u32 = 64;

impl<'h> Compiler<'_, 'h> {
    fn at(&self, id: ExprId) -> ExprPos {
        self.module.expr_pos(id)
    }

    fn alloc<T>(&self, value: T) -> &'h T {
        self.heap.alloc(value)
    }

    fn collect<T: Copy>(&self, items: impl Iterator<Item = T>) -> &'h [T] {
        self.heap.slice(&items.collect::<Vec<_>>())
    }

    fn text(&self, id: ir::TextId) -> &'h str {
        &self.ir.texts[id.0 as usize]
    }

    fn variable(&self, variable: Variable, at: ExprPos) -> Code<'h> {
        match variable {
            Variable::Local(slot) => Code::Local(slot, at),
            Variable::Captured(index) => Code::Captured(index, at),
        }
    }

    fn expr(&self, id: ExprId) -> Code<'h> {
        let depth = self.depth.get();
        self.depth.set(depth + 1);
        let code = if depth % LEVELS == LEVELS - 1 {
            Code::Deep(self.alloc(crate::eval::with_stack(|| self.expr_here(id))))
        } else {
            self.expr_here(id)
        };
        self.depth.set(depth);
        code
    }

    fn expr_here(&self, id: ExprId) -> Code<'h> {
        let at = self.at(id);
        match self.ir.exprs[id.0 as usize] {
            Expr::Error => Code::Error(at),
            Expr::Int(i) => Code::Const(Value::int(self.heap, i)),
            Expr::Float(f) => Code::Const(Value::float(self.heap, f)),
            Expr::Str(text) => {
                Code::Const(Value::str(self.heap, original(self.text(text)).as_ref()))
            }
            Expr::Path(text) => Code::Const(self.path(self.text(text))),
            Expr::Interpolate(parts) => Code::Interpolate(self.interpolate(parts)),
            Expr::InterpolatePath(parts) => Code::InterpolatePath(self.interpolate_path(parts)),
            Expr::Variable(variable) => self.variable(variable, at),
            Expr::Builtin(name) => match self.globals.get(name) {
                Some(value) => Code::Const(value),
                None => Code::Error(at),
            },
            Expr::With { name, scopes } => {
                let scopes = self.heap.slice(&self.ir.scopes[scopes.indices()]);
                Code::With(self.alloc(WithCode { name, scopes, at }))
            }
            Expr::Select { base, path, default } => {
                let default = default.map(|id| self.expr(id));
                Code::Select(self.select(base, path, default, at))
            }
            Expr::HasAttr { base, path } => Code::HasAttr(self.select(base, path, None, at)),
            Expr::Call { function, arguments } => {
                let arguments = self.lazies(arguments);
                let function = self.expr(function);
                Code::Call(self.alloc(CallCode { function, arguments, at }))
            }
            Expr::Lambda(id) => Code::Lambda(self.lambda(id, at)),
            Expr::Let { bindings, body } => {
                let bindings = self.bindings(bindings);
                Code::Let(self.alloc(LetCode { bindings, body: self.expr(body) }))
            }
            Expr::AttrSet(id) => self.attr_set(id),
            Expr::List(elements) => match self.lazies(elements) {
                [] => Code::Const(List::new(self.heap, &[]).into()),
                elements => Code::List(elements),
            },
            Expr::WithIn { slot, scope, body } => {
                let (scope, body) = (self.lazy(scope), self.expr(body));
                Code::WithIn(self.alloc(WithInCode { slot, scope, body }))
            }
            Expr::Assert { condition, body } => {
                let condition_at = self.at(condition);
                let (condition, body) = (self.expr(condition), self.expr(body));
                Code::Assert(self.alloc(AssertCode { condition, body, at, condition_at }))
            }
            Expr::If { condition, consequence, alternative } => Code::If(self.alloc(IfCode {
                at: self.at(condition),
                whole_at: at,
                condition: self.expr(condition),
                consequence: self.expr(consequence),
                alternative: self.expr(alternative),
            })),
            Expr::Unary(op, operand) => {
                let code = self.alloc(OperandCode { operand: self.expr(operand), at });
                match op {
                    ir::UnaryOp::Not => Code::Not(code),
                    ir::UnaryOp::Negate => Code::Negate(code),
                }
            }
            Expr::Binary(op, left, right) => {
                let (left_at, right_at) = (self.at(left), self.at(right));
                let (left, right) = (self.expr(left), self.expr(right));
                Code::Binary(self.alloc(BinaryCode { op, left, right, at, left_at, right_at }))
            }
            Expr::CurrentPosition => Code::CurrentPosition(at),
        }
    }

    fn path(&self, text: &str) -> Value<'h> {
        let absolute = path::resolve(text, &self.module.directory, self.globals.home());
        Value::path(self.heap, absolute.as_bytes())
    }

    fn interpolate(&self, parts: ir::Range) -> &'h InterpolateCode<'h> {
        let parts =
            self.collect(self.ir.parts[parts.indices()].iter().map(|part| self.part(*part)));
        self.alloc(InterpolateCode { parts })
    }

    fn part(&self, part: ir::Part) -> PartCode<'h> {
        match part {
            ir::Part::Text(text) => PartCode::Text(match original(self.text(text)) {
                Cow::Borrowed(bytes) => bytes,
                Cow::Owned(bytes) => self.heap.bytes(&bytes),
            }),
            ir::Part::Expr(id, at) => PartCode::Expr(self.expr(id), self.module.position(at)),
        }
    }

    /// Only the first text of a path is resolved against the directory; a
    /// trailing slash of it matters and is kept.
    fn interpolate_path(&self, parts: ir::Range) -> &'h InterpolateCode<'h> {
        let parts = &self.ir.parts[parts.indices()];
        let parts = self.collect(parts.iter().enumerate().map(|(i, part)| match *part {
            ir::Part::Text(text) if i == 0 => {
                let text = self.text(text);
                let home = self.globals.home();
                let mut absolute = path::resolve(text, &self.module.directory, home);
                if text.ends_with('/') && !absolute.ends_with('/') {
                    absolute.push('/');
                }
                PartCode::Text(self.heap.bytes(absolute.as_bytes()))
            }
            part => self.part(part),
        }));
        self.alloc(InterpolateCode { parts })
    }

    fn select(
        &self,
        base: ExprId,
        path: ir::Range,
        default: Option<Code<'h>>,
        at: ExprPos,
    ) -> &'h SelectCode<'h> {
        let path = self.collect(self.ir.steps[path.indices()].iter().map(|step| match *step {
            ir::Step::Name { name, .. } => StepCode::Name(name),
            ir::Step::Dynamic { name, .. } => {
                StepCode::Dynamic(self.alloc(self.expr(name)), self.at(name))
            }
        }));
        self.alloc(SelectCode { base: self.expr(base), path, default, at })
    }

    fn lazies(&self, range: ir::Range) -> &'h [LazyCode<'h>] {
        self.collect(self.ir.lazies[range.indices()].iter().map(|lazy| self.lazy(*lazy)))
    }

    fn lazy(&self, lazy: Lazy) -> LazyCode<'h> {
        match lazy {
            Lazy::Variable(Variable::Local(slot)) => LazyCode::Local(slot),
            Lazy::Variable(Variable::Captured(index)) => LazyCode::Captured(index),
            Lazy::Thunk(id) => match self.cheap(id) {
                Some(way) => {
                    LazyCode::Cheap(self.alloc(CheapCode { way, unit: self.unit_ref(id) }))
                }
                None => LazyCode::Thunk(self.unit_ref(id)),
            },
            Lazy::Value(id) => match self.expr(id) {
                Code::Const(value) => LazyCode::Const(value),
                Code::Lambda(lambda) => LazyCode::Lambda(lambda),
                code => LazyCode::Build(self.alloc(code)),
            },
        }
    }

    /// The way to have the value of a suspended expression without evaluating
    /// anything, if there may be one.
    fn cheap(&self, id: UnitId) -> Option<Cheap<'h>> {
        // What is followed counts as read when it runs.
        if self.globals.suspend() || self.module.ran.is_some() {
            return None;
        }
        let unit = &self.ir.units[id.0 as usize];
        let captures = &self.ir.captures[unit.captures.indices()];
        match self.ir.exprs[unit.body.0 as usize] {
            Expr::Select { base, path, default: _ } => {
                let Operand::Variable(base) = self.operand(base, captures)? else { return None };
                let names = self.ir.steps[path.indices()].iter().map(|step| match step {
                    ir::Step::Name { name, .. } => Some(*name),
                    ir::Step::Dynamic { .. } => None,
                });
                let names: Option<Vec<_>> = names.collect();
                Some(Cheap::Select(base, self.heap.slice(&names?)))
            }
            Expr::Binary(op @ (ir::BinaryOp::Add | ir::BinaryOp::Subtract), left, right) => {
                let sign = if op == ir::BinaryOp::Add { 1 } else { -1 };
                let (left, right) = (self.operand(left, captures)?, self.operand(right, captures)?);
                Some(Cheap::Sum(left, right, sign))
            }
            _ => None,
        }
    }

    fn operand(&self, id: ExprId, captures: &[Variable]) -> Option<Operand> {
        match self.ir.exprs[id.0 as usize] {
            Expr::Int(int) => Some(Operand::Int(int)),
            Expr::Variable(Variable::Captured(index)) => {
                captures.get(index as usize).copied().map(Operand::Variable)
            }
            _ => None,
        }
    }

    fn unit_ref(&self, id: UnitId) -> &'h UnitCode<'h> {
        self.heap.alloc(unit(self.heap, self.module, id))
    }

    fn lambda(&self, id: ir::LambdaId, at: ExprPos) -> &'h LambdaCode<'h> {
        let lambda = &self.ir.lambdas[id.0 as usize];
        let pattern = lambda.pattern.map(|pattern| {
            let formals = self.ir.formals[pattern.formals.indices()].iter();
            let formals = self.collect(formals.map(|formal| FormalCode {
                name: formal.name,
                position: self.module.position(formal.span.start),
                slot: formal.slot,
                default: formal.default.map(|lazy| self.lazy(lazy)),
            }));
            PatternCode { formals, ellipsis: pattern.ellipsis }
        });
        self.heap.alloc(LambdaCode {
            id,
            unit: unit(self.heap, self.module, lambda.unit),
            arity: lambda.arity,
            pattern,
            name: lambda.name,
            at,
            is_shared: Cell::new(false),
        })
    }

    fn bindings(&self, range: ir::Range) -> &'h [BindingCode<'h>] {
        let bindings = self.ir.bindings[range.indices()].iter();
        self.collect(bindings.map(|b| BindingCode { slot: b.slot, value: self.lazy(b.value) }))
    }

    fn attr_set(&self, id: ir::AttrSetId) -> Code<'h> {
        let set = &self.ir.attr_sets[id.0 as usize];
        let attrs = self.collect(self.ir.attrs[set.attrs.indices()].iter().map(|a| AttrCode {
            name: a.name,
            position: self.module.position(a.position),
            value: self.lazy(a.value),
        }));
        let dynamic = self.ir.dynamic_attrs[set.dynamic.indices()].iter();
        let dynamic = self.collect(dynamic.map(|a| DynamicAttrCode {
            name: self.expr(a.name),
            at: self.at(a.name),
            position: self.module.position(a.position),
            value: self.lazy(a.value),
        }));
        if attrs.is_empty() && dynamic.is_empty() {
            return Code::Const(Attrs::from_sorted(self.heap, &[]).into());
        }
        let overrides = if set.overrides {
            attrs.iter().position(|a| a.name == self.globals.names().overrides)
        } else {
            None
        };
        let bindings = self.bindings(set.bindings);
        Code::AttrSet(self.alloc(AttrSetCode { bindings, attrs, dynamic, overrides }))
    }
}

/// The path of the directory that a source file is in.
pub(crate) fn directory_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}
