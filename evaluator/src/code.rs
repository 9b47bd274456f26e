//! What the evaluator runs: the IR of a unit turned into a tree on the heap.
//!
//! A unit is turned into code when it first runs ([`crate::compile`]), so
//! what is never used costs only parsing.

use std::cell::Cell;

use conex_parser::Symbol;
use conex_parser::ir::{BinaryOp, UnitId, Variable};

use crate::memory::{Capturing, Value};
use crate::source::{ExprPos, Module};

/// Code with a frame of its own.
#[derive(Clone)]
pub struct UnitCode<'h> {
    /// Where it comes from.
    pub module: &'h Module,
    /// Which unit of the module.
    pub unit: UnitId,
    /// How many slots its frame has.
    pub frame_size: u32,
    /// What it captures, seen from the unit that encloses it.
    pub captures: &'h [Variable],
    /// The code, once it has run.
    pub body: Cell<Option<&'h Code<'h>>>,
}

/// A function.
pub struct LambdaCode<'h> {
    /// The body.
    pub unit: UnitCode<'h>,
    /// The number of arguments.
    pub arity: u32,
    /// The pattern of the last argument.
    pub pattern: Option<PatternCode<'h>>,
    /// What it was bound to.
    pub name: Option<Symbol>,
    /// Where it stands.
    pub at: ExprPos,
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
pub struct PatternCode<'h> {
    /// Sorted by name.
    pub formals: &'h [FormalCode<'h>],
    /// Whether other attributes are allowed.
    pub ellipsis: bool,
}

/// A formal argument.
#[derive(Clone, Copy)]
pub struct FormalCode<'h> {
    /// Its name.
    pub name: Symbol,
    /// Its position, for `unsafeGetAttrPos` of `functionArgs`.
    pub position: u32,
    /// The slot it goes to.
    pub slot: u32,
    /// What it is when it is not given.
    pub default: Option<LazyCode<'h>>,
}

/// An expression.
#[derive(Clone, Copy)]
pub enum Code<'h> {
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
}

/// An expression that is not evaluated yet.
#[derive(Clone, Copy)]
pub enum LazyCode<'h> {
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
}

/// See [`Code::With`].
pub struct WithCode<'h> {
    /// The name.
    pub name: Symbol,
    /// The namespaces, innermost first.
    pub scopes: &'h [Variable],
    /// Where.
    pub at: ExprPos,
}

/// A step of an attribute path.
#[derive(Clone, Copy)]
pub enum StepCode<'h> {
    /// A name.
    Name(Symbol),
    /// A computed name.
    Dynamic(&'h Code<'h>),
}

/// See [`Code::Select`] and [`Code::HasAttr`].
pub struct SelectCode<'h> {
    /// What to select from.
    pub base: Code<'h>,
    /// The attribute path.
    pub path: &'h [StepCode<'h>],
    /// The value when an attribute is missing.
    pub default: Option<Code<'h>>,
    /// Where.
    pub at: ExprPos,
    /// The base, for errors about it.
    pub base_at: ExprPos,
}

/// See [`Code::Call`].
pub struct CallCode<'h> {
    /// What is called.
    pub function: Code<'h>,
    /// With what.
    pub arguments: &'h [LazyCode<'h>],
    /// Where.
    pub at: ExprPos,
}

/// A variable of a `let` or `rec`.
#[derive(Clone, Copy)]
pub struct BindingCode<'h> {
    /// The slot.
    pub slot: u32,
    /// The value.
    pub value: LazyCode<'h>,
}

/// See [`Code::Let`].
pub struct LetCode<'h> {
    /// The variables.
    pub bindings: &'h [BindingCode<'h>],
    /// The value.
    pub body: Code<'h>,
}

/// An attribute whose name is known.
#[derive(Clone, Copy)]
pub struct AttrCode<'h> {
    /// The name.
    pub name: Symbol,
    /// Where it is defined.
    pub position: u32,
    /// The value.
    pub value: LazyCode<'h>,
}

/// An attribute whose name is computed.
#[derive(Clone, Copy)]
pub struct DynamicAttrCode<'h> {
    /// The name.
    pub name: Code<'h>,
    /// The place of the name.
    pub at: ExprPos,
    /// Where it is defined.
    pub position: u32,
    /// The value.
    pub value: LazyCode<'h>,
}

/// See [`Code::AttrSet`].
pub struct AttrSetCode<'h> {
    /// The variables of a `rec`, and hidden ones.
    pub bindings: &'h [BindingCode<'h>],
    /// Sorted by name.
    pub attrs: &'h [AttrCode<'h>],
    /// In source order.
    pub dynamic: &'h [DynamicAttrCode<'h>],
    /// The index in `attrs` of `__overrides`, if that has its special meaning.
    pub overrides: Option<usize>,
    /// Where.
    pub at: ExprPos,
}

/// See [`Code::WithIn`].
pub struct WithInCode<'h> {
    /// The slot of the namespace.
    pub slot: u32,
    /// The namespace.
    pub scope: LazyCode<'h>,
    /// The value.
    pub body: Code<'h>,
}

/// See [`Code::Assert`].
pub struct AssertCode<'h> {
    /// Must be true.
    pub condition: Code<'h>,
    /// The value.
    pub body: Code<'h>,
    /// The place of the whole.
    pub at: ExprPos,
    /// The place of the condition.
    pub condition_at: ExprPos,
}

/// See [`Code::If`].
pub struct IfCode<'h> {
    /// A Boolean.
    pub condition: Code<'h>,
    /// When true.
    pub consequence: Code<'h>,
    /// When false.
    pub alternative: Code<'h>,
    /// The place of the condition.
    pub at: ExprPos,
}

/// See [`Code::Not`] and [`Code::Negate`].
pub struct OperandCode<'h> {
    /// The operand.
    pub operand: Code<'h>,
    /// Where.
    pub at: ExprPos,
}

/// See [`Code::Binary`].
pub struct BinaryCode<'h> {
    /// Which operator.
    pub op: BinaryOp,
    /// Left of it.
    pub left: Code<'h>,
    /// Right of it.
    pub right: Code<'h>,
    /// The place of the whole.
    pub at: ExprPos,
    /// The place of the left operand.
    pub left_at: ExprPos,
    /// The place of the right operand.
    pub right_at: ExprPos,
}

/// A piece of a string.
#[derive(Clone, Copy)]
pub enum PartCode<'h> {
    /// Text.
    Text(&'h [u8]),
    /// `${…}` and its place.
    Expr(Code<'h>, ExprPos),
}

/// See [`Code::Interpolate`].
pub struct InterpolateCode<'h> {
    /// The pieces.
    pub parts: &'h [PartCode<'h>],
    /// Where.
    pub at: ExprPos,
}
