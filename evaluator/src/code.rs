//! What the evaluator runs: the IR of a unit turned into a tree on the heap.
//!
//! A unit is turned into code when it first runs ([`crate::compile`]), so
//! what is never used costs only parsing.

use std::cell::Cell;

use conex_parser::Symbol;
use conex_parser::ir::{BinaryOp, LambdaId, UnitId, Variable};

use crate::memory::{Capturing, Value};
use crate::source::{ExprPos, Module};

/// Code with a frame of its own.
#[derive(Clone)]
pub(crate) struct UnitCode<'h> {
    /// Where it comes from.
    pub(crate) module: &'h Module,
    /// Which unit of the module.
    pub(crate) unit: UnitId,
    /// How many slots its frame has.
    pub(crate) frame_size: u32,
    /// What it captures, seen from the unit that encloses it.
    pub(crate) captures: &'h [Variable],
    /// The code, once it has run.
    pub(crate) body: Cell<Option<&'h Code<'h>>>,
}

/// A function.
pub(crate) struct LambdaCode<'h> {
    /// Which function of the module.
    pub(crate) id: LambdaId,
    /// The body.
    pub(crate) unit: UnitCode<'h>,
    /// The number of arguments.
    pub(crate) arity: u32,
    /// The pattern of the last argument.
    pub(crate) pattern: Option<PatternCode<'h>>,
    /// What it was bound to.
    pub(crate) name: Option<Symbol>,
    /// Where it stands.
    pub(crate) at: ExprPos,
    /// Whether its calls may be remembered ([`crate::shared`]).
    pub(crate) is_shared: Cell<bool>,
}

impl Capturing for UnitCode<'_> {
    fn capture_count(&self) -> usize {
        self.captures.len()
    }
}

impl Capturing for LambdaCode<'_> {
    fn capture_count(&self) -> usize {
        self.unit.captures.len()
    }
}

/// `{ a, b ? 1, ... }`.
#[derive(Clone, Copy)]
pub(crate) struct PatternCode<'h> {
    /// Sorted by name.
    pub(crate) formals: &'h [FormalCode<'h>],
    /// Whether other attributes are allowed.
    pub(crate) ellipsis: bool,
}

/// A formal argument.
#[derive(Clone, Copy)]
pub(crate) struct FormalCode<'h> {
    /// Its name.
    pub(crate) name: Symbol,
    /// Its position, for `unsafeGetAttrPos` of `functionArgs`.
    pub(crate) position: u32,
    /// The slot it goes to.
    pub(crate) slot: u32,
    /// What it is when it is not given.
    pub(crate) default: Option<LazyCode<'h>>,
}

/// An expression.
#[derive(Clone, Copy)]
pub(crate) enum Code<'h> {
    /// A value that needs no evaluation.
    Const(Value<'h>),
    /// A slot of the frame.
    Local(u32, ExprPos),
    /// A captured value.
    Captured(u32, ExprPos),
    /// A name that a `with` must bind.
    With(&'h WithCode<'h>),
    /// `base.path or default`
    Select(&'h SelectCode<'h>),
    /// `base ? path`
    HasAttr(&'h SelectCode<'h>),
    /// A call.
    Call(&'h CallCode<'h>),
    /// A function.
    Lambda(&'h LambdaCode<'h>),
    /// `let … in body`
    Let(&'h LetCode<'h>),
    /// `{ … }`
    AttrSet(&'h AttrSetCode<'h>),
    /// `[ … ]`
    List(&'h [LazyCode<'h>]),
    /// `with scope; body`
    WithIn(&'h WithInCode<'h>),
    /// `assert condition; body`
    Assert(&'h AssertCode<'h>),
    /// `if … then … else …`
    If(&'h IfCode<'h>),
    /// `!operand`
    Not(&'h OperandCode<'h>),
    /// `-operand`
    Negate(&'h OperandCode<'h>),
    /// An operator with two operands.
    Binary(&'h BinaryCode<'h>),
    /// A string with interpolation.
    Interpolate(&'h InterpolateCode<'h>),
    /// A path with interpolation.
    InterpolatePath(&'h InterpolateCode<'h>),
    /// `__curPos`
    CurrentPosition(ExprPos),
    /// What did not parse.
    Error(ExprPos),
    /// An expression so deep in others that it may need more native stack.
    Deep(&'h Code<'h>),
}

/// An expression that is not evaluated yet.
#[derive(Clone, Copy)]
pub(crate) enum LazyCode<'h> {
    /// The unforced value of a slot.
    Local(u32),
    /// The unforced captured value.
    Captured(u32),
    /// A value that needs no evaluation.
    Const(Value<'h>),
    /// A function.
    Lambda(&'h LambdaCode<'h>),
    /// A set or a list that can be built at once.
    Build(&'h Code<'h>),
    /// Suspended.
    Thunk(&'h UnitCode<'h>),
    /// Suspended, unless the value can be had without evaluating anything.
    Cheap(&'h CheapCode<'h>),
}

/// See [`LazyCode::Cheap`].
pub(crate) struct CheapCode<'h> {
    /// How to have the value.
    pub(crate) way: Cheap<'h>,
    /// What to suspend otherwise.
    pub(crate) unit: &'h UnitCode<'h>,
}

impl CheapCode<'_> {
    /// Whether it needs variables of the same frame, which may not be bound
    /// yet.
    pub(crate) fn has_locals(&self) -> bool {
        self.unit.captures.iter().any(|variable| matches!(variable, Variable::Local(_)))
    }
}

/// A way to have a value without evaluating anything. Variables are seen from
/// the unit that encloses the suspended one.
pub(crate) enum Cheap<'h> {
    /// `variable.path`, when all of it is there.
    Select(Variable, &'h [Symbol]),
    /// `a + b` and `a - b` of small integers.
    Sum(Operand, Operand, i64),
}

/// An operand of a cheap sum.
#[derive(Clone, Copy)]
pub(crate) enum Operand {
    /// A variable.
    Variable(Variable),
    /// A number in the source.
    Int(i64),
}

/// See [`Code::With`].
pub(crate) struct WithCode<'h> {
    /// The name.
    pub(crate) name: Symbol,
    /// The namespaces, innermost first.
    pub(crate) scopes: &'h [Variable],
    /// Where.
    pub(crate) at: ExprPos,
}

/// A step of an attribute path.
#[derive(Clone, Copy)]
pub(crate) enum StepCode<'h> {
    /// A name.
    Name(Symbol),
    /// A computed name and its place.
    Dynamic(&'h Code<'h>, ExprPos),
}

/// See [`Code::Select`] and [`Code::HasAttr`].
pub(crate) struct SelectCode<'h> {
    /// What to select from.
    pub(crate) base: Code<'h>,
    /// The attribute path.
    pub(crate) path: &'h [StepCode<'h>],
    /// The value when an attribute is missing.
    pub(crate) default: Option<Code<'h>>,
    /// Where.
    pub(crate) at: ExprPos,
}

/// See [`Code::Call`].
pub(crate) struct CallCode<'h> {
    /// What is called.
    pub(crate) function: Code<'h>,
    /// With what.
    pub(crate) arguments: &'h [LazyCode<'h>],
    /// Where.
    pub(crate) at: ExprPos,
}

/// A variable of a `let` or `rec`.
#[derive(Clone, Copy)]
pub(crate) struct BindingCode<'h> {
    /// The slot.
    pub(crate) slot: u32,
    /// The value.
    pub(crate) value: LazyCode<'h>,
}

/// See [`Code::Let`].
pub(crate) struct LetCode<'h> {
    /// The variables.
    pub(crate) bindings: &'h [BindingCode<'h>],
    /// The value.
    pub(crate) body: Code<'h>,
}

/// An attribute whose name is known.
#[derive(Clone, Copy)]
pub(crate) struct AttrCode<'h> {
    /// The name.
    pub(crate) name: Symbol,
    /// Where it is defined.
    pub(crate) position: u32,
    /// The value.
    pub(crate) value: LazyCode<'h>,
}

/// An attribute whose name is computed.
#[derive(Clone, Copy)]
pub(crate) struct DynamicAttrCode<'h> {
    /// The name.
    pub(crate) name: Code<'h>,
    /// The place of the name.
    pub(crate) at: ExprPos,
    /// Where it is defined.
    pub(crate) position: u32,
    /// The value.
    pub(crate) value: LazyCode<'h>,
}

/// See [`Code::AttrSet`].
pub(crate) struct AttrSetCode<'h> {
    /// The variables of a `rec`, and hidden ones.
    pub(crate) bindings: &'h [BindingCode<'h>],
    /// Sorted by name.
    pub(crate) attrs: &'h [AttrCode<'h>],
    /// In source order.
    pub(crate) dynamic: &'h [DynamicAttrCode<'h>],
    /// The index in `attrs` of `__overrides`, if that has its special meaning.
    pub(crate) overrides: Option<usize>,
}

/// See [`Code::WithIn`].
pub(crate) struct WithInCode<'h> {
    /// The slot of the namespace.
    pub(crate) slot: u32,
    /// The namespace.
    pub(crate) scope: LazyCode<'h>,
    /// The value.
    pub(crate) body: Code<'h>,
}

/// See [`Code::Assert`].
pub(crate) struct AssertCode<'h> {
    /// Must be true.
    pub(crate) condition: Code<'h>,
    /// The value.
    pub(crate) body: Code<'h>,
    /// The place of the whole.
    pub(crate) at: ExprPos,
    /// The place of the condition.
    pub(crate) condition_at: ExprPos,
}

/// See [`Code::If`].
pub(crate) struct IfCode<'h> {
    /// A Boolean.
    pub(crate) condition: Code<'h>,
    /// When true.
    pub(crate) consequence: Code<'h>,
    /// When false.
    pub(crate) alternative: Code<'h>,
    /// The place of the condition.
    pub(crate) at: ExprPos,
    /// The place of the whole.
    pub(crate) whole_at: ExprPos,
}

/// See [`Code::Not`] and [`Code::Negate`].
pub(crate) struct OperandCode<'h> {
    /// The operand.
    pub(crate) operand: Code<'h>,
    /// Where.
    pub(crate) at: ExprPos,
}

/// See [`Code::Binary`].
pub(crate) struct BinaryCode<'h> {
    /// Which operator.
    pub(crate) op: BinaryOp,
    /// Left of it.
    pub(crate) left: Code<'h>,
    /// Right of it.
    pub(crate) right: Code<'h>,
    /// The place of the whole.
    pub(crate) at: ExprPos,
    /// The place of the left operand.
    pub(crate) left_at: ExprPos,
    /// The place of the right operand.
    pub(crate) right_at: ExprPos,
}

/// A piece of a string.
#[derive(Clone, Copy)]
pub(crate) enum PartCode<'h> {
    /// Text.
    Text(&'h [u8]),
    /// `${…}` and its position.
    Expr(Code<'h>, u32),
}

/// See [`Code::Interpolate`].
pub(crate) struct InterpolateCode<'h> {
    /// The pieces.
    pub(crate) parts: &'h [PartCode<'h>],
}
