//! The resolved intermediate representation (IR) of one source text.
//!
//! Plain data in flat tables: no pointer, no reference to the syntax tree, so
//! that it can be written to disk. Every variable is already resolved, and it
//! is already decided which expressions are suspended as a thunk.
//!
//! # Frames, slots and captures
//!
//! A [`Unit`] is a piece of code that runs in a frame of its own: the whole
//! text, the body of a function, or a suspended expression (a thunk). The
//! locals of a unit (arguments, `let` and `rec` bindings, `with` namespaces)
//! are numbered slots of its frame. What a unit uses of the units around it
//! is copied into it when the function or the thunk is made: its *captures*
//! (a flat closure). [`Unit::captures`] says for each capture where the
//! enclosing unit finds it.
//!
//! A capture or an alias copies the *unforced* value of a variable.

use crate::{Span, Symbol};

/// A range of indices into one of the tables of [`Ir`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Range {
    /// Index of the first element.
    pub start: u32,
    /// Index behind the last element.
    pub end: u32,
}

impl Range {
    /// The range as indices of a slice.
    pub fn indices(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// How many elements.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether there is no element.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// Index of an expression in [`Ir::exprs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExprId(pub u32);

/// Index of a unit in [`Ir::units`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UnitId(pub u32);

/// Index of a text in [`Ir::texts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TextId(pub u32);

/// Number of a local variable in the frame of its unit.
pub type Slot = u32;

/// One source text, lowered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ir {
    /// All expressions; a child may stand before or after its parent.
    pub exprs: Vec<Expr>,
    /// The place of each expression, parallel to `exprs`.
    pub spans: Vec<Span>,
    /// All units. The whole text is `units[0]` and captures nothing.
    pub units: Vec<Unit>,
    /// All functions.
    pub lambdas: Vec<Lambda>,
    /// All attribute set expressions.
    pub attr_sets: Vec<AttrSet>,
    /// String literals and path texts.
    pub texts: Vec<Box<str>>,
    /// Where a unit finds its captures, in the unit that encloses it.
    pub captures: Vec<Variable>,
    /// Elements of lists and arguments of calls.
    pub lazies: Vec<Lazy>,
    /// `let`, `rec` and hidden bindings.
    pub bindings: Vec<Binding>,
    /// Attributes whose name is known.
    pub attrs: Vec<Attr>,
    /// Attributes whose name is computed.
    pub dynamic_attrs: Vec<DynamicAttr>,
    /// Steps of attribute paths.
    pub steps: Vec<Step>,
    /// Pieces of strings with interpolation.
    pub parts: Vec<Part>,
    /// Formal arguments.
    pub formals: Vec<Formal>,
    /// The namespaces of `with`, innermost first.
    pub scopes: Vec<Variable>,
    /// Where the `with` of each of them begins.
    pub scope_places: Vec<u32>,
    /// Where every attribute and variable is defined, sorted by `name.start`.
    pub definitions: Vec<Definition>,
    /// Where the operators are, sorted by expression.
    pub operators: Vec<Operator>,
    /// Where each of the functions begins that were joined to one.
    pub lambda_starts: Vec<u32>,
}

/// Where the operator of an expression is, which is where Nix says that the
/// expression is; and where its operands begin, parentheses included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operator {
    /// The expression.
    pub expr: ExprId,
    /// Where the left operand begins.
    pub left: u32,
    /// Where the operator is.
    pub at: u32,
    /// Where the right operand begins.
    pub right: u32,
}

impl Ir {
    /// Gives back what the tables have too much: a program keeps many texts at a time.
    pub(crate) fn shrink(&mut self) {
        self.exprs.shrink_to_fit();
        self.spans.shrink_to_fit();
        self.units.shrink_to_fit();
        self.lambdas.shrink_to_fit();
        self.attr_sets.shrink_to_fit();
        self.captures.shrink_to_fit();
        self.lazies.shrink_to_fit();
        self.bindings.shrink_to_fit();
        self.attrs.shrink_to_fit();
        self.steps.shrink_to_fit();
        self.parts.shrink_to_fit();
        self.formals.shrink_to_fit();
        self.definitions.shrink_to_fit();
        self.operators.shrink_to_fit();
    }

    /// The definition whose name begins at `offset`.
    pub fn definition_at(&self, offset: u32) -> Option<&Definition> {
        let index = self.definitions.binary_search_by_key(&offset, |d| d.name.start).ok()?;
        self.definitions.get(index)
    }

    /// The operator of an expression that has one.
    pub fn operator(&self, id: ExprId) -> Option<&Operator> {
        let index = self.operators.binary_search_by_key(&id.0, |o| o.expr.0).ok()?;
        self.operators.get(index)
    }

    /// Where Nix says that an expression is (`Expr::getPos`): literals are
    /// nowhere, what is made of operands is where its operator is.
    pub fn place(&self, id: ExprId) -> Option<u32> {
        let mut id = id;
        loop {
            match self.exprs.get(id.0 as usize)? {
                Expr::Int(_) | Expr::Float(_) | Expr::Str(_) | Expr::Path(_) => return None,
                Expr::HasAttr { base: inner, .. } | Expr::Unary(UnaryOp::Not, inner) => id = *inner,
                Expr::List(elements) => {
                    id = self.element(*self.lazies.get(elements.indices())?.first()?)?
                }
                Expr::Let { .. } => return None,
                _ => break,
            }
        }
        let start = self.spans.get(id.0 as usize)?.start;
        Some(self.operator(id).map_or(start, |operator| operator.at))
    }

    /// The expression of an element of a list.
    fn element(&self, lazy: Lazy) -> Option<ExprId> {
        match lazy {
            Lazy::Value(id) => Some(id),
            Lazy::Thunk(unit) => Some(self.units.get(unit.0 as usize)?.body),
            Lazy::Variable(_) => None,
        }
    }
}

/// Code that runs in a frame of its own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unit {
    /// What it evaluates.
    pub body: ExprId,
    /// How many slots its frame has.
    pub frame_size: u32,
    /// What it takes from the unit that encloses it: [`Ir::captures`].
    pub captures: Range,
}

/// Where a lexically bound variable lives, seen from the unit that uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Variable {
    /// A slot of the current frame.
    Local(Slot),
    /// A capture of the current unit.
    Captured(u32),
}

/// An expression in a place where Nix does not evaluate it yet: an argument,
/// a list element, the right-hand side of a binding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Lazy {
    /// The unforced value of a variable.
    Variable(Variable),
    /// What can be built at once, without evaluating anything that can fail
    /// or take long: a literal, a function, a builtin, an empty list or set.
    Value(ExprId),
    /// Suspended until needed.
    Thunk(UnitId),
}

/// An expression.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Expr {
    /// Stands where the source did not parse.
    Error,
    /// An integer.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// A string without interpolation, escapes and indentation done.
    Str(TextId),
    /// A string with interpolation.
    Interpolate(Range),
    /// A path without interpolation, as written: absolute, relative to the
    /// directory of the source, or starting with `~/`.
    Path(TextId),
    /// A path with interpolation; the first part is a text, as in `Path`.
    InterpolatePath(Range),
    /// A lexically bound variable.
    Variable(Variable),
    /// A name of the global scope (`true`, `map`, `builtins`, `__add`, …).
    Builtin(Symbol),
    /// A name that only a `with` can bind.
    With {
        /// The name.
        name: Symbol,
        /// The namespaces to look in, innermost first: [`Ir::scopes`].
        scopes: Range,
    },
    /// `base.path`, or `base.path or default`.
    Select {
        /// What to select from.
        base: ExprId,
        /// The attribute path: [`Ir::steps`].
        path: Range,
        /// The value when an attribute is missing.
        default: Option<ExprId>,
    },
    /// `base ? path`.
    HasAttr {
        /// What to look in.
        base: ExprId,
        /// The attribute path: [`Ir::steps`].
        path: Range,
    },
    /// `function argument …`; `f a b` is one call with two arguments, and the
    /// pipe operators are calls.
    Call {
        /// What is called.
        function: ExprId,
        /// At least one: [`Ir::lazies`].
        arguments: Range,
    },
    /// A function.
    Lambda(LambdaId),
    /// `let … in body`.
    Let {
        /// Mutually recursive: [`Ir::bindings`].
        bindings: Range,
        /// The value.
        body: ExprId,
    },
    /// `{ … }` and `rec { … }`.
    AttrSet(AttrSetId),
    /// `[ … ]`: [`Ir::lazies`].
    List(Range),
    /// `with scope; body`.
    WithIn {
        /// The slot that holds the namespace while `body` runs.
        slot: Slot,
        /// The namespace.
        scope: Lazy,
        /// The value.
        body: ExprId,
    },
    /// `assert condition; body`.
    Assert {
        /// Must be true.
        condition: ExprId,
        /// The value.
        body: ExprId,
    },
    /// `if condition then consequence else alternative`.
    If {
        /// A Boolean.
        condition: ExprId,
        /// When true.
        consequence: ExprId,
        /// When false.
        alternative: ExprId,
    },
    /// An operator with one operand.
    Unary(UnaryOp, ExprId),
    /// An operator with two operands.
    Binary(BinaryOp, ExprId, ExprId),
    /// `__curPos`.
    CurrentPosition,
}

/// Index of a function in [`Ir::lambdas`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LambdaId(pub u32);

/// Index of an attribute set expression in [`Ir::attr_sets`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AttrSetId(pub u32);

/// A function of one or more arguments.
///
/// `a: b: { c }: body` is one function of three arguments: a run of simple
/// arguments and what follows it are joined. A pattern `{ … }` is only ever
/// the last argument, because Nix checks it as soon as it is applied.
///
/// Argument `i` is in slot `i` of the unit's frame; the slots of the formals
/// follow. `args@` is just a name for the slot of that argument.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lambda {
    /// The body, with its frame.
    pub unit: UnitId,
    /// The number of arguments, at least 1.
    pub arity: u32,
    /// The pattern of the last argument, if it is one.
    pub pattern: Option<Pattern>,
    /// What the function was bound to (`f` in `f = x: …`), for traces.
    pub name: Option<Symbol>,
    /// The name of the first argument if it is a simple one.
    pub argument: Option<Symbol>,
    /// Where the functions begin that were joined to this one:
    /// [`Ir::lambda_starts`].
    pub starts: Range,
}

/// `{ a, b ? 1, ... }`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pattern {
    /// [`Ir::formals`], sorted by symbol.
    pub formals: Range,
    /// Whether other attributes are allowed.
    pub ellipsis: bool,
    /// The name behind `@`.
    pub bound: Option<Symbol>,
}

/// A formal argument.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Formal {
    /// Its name.
    pub name: Symbol,
    /// Where the name stands.
    pub span: Span,
    /// Its slot in the frame of the function.
    pub slot: Slot,
    /// Used when the argument lacks the attribute. It is in the frame of the
    /// function and may refer to all arguments: formals without a value are
    /// mutually recursive with each other, like the bindings of a `let`.
    pub default: Option<Lazy>,
}

/// A variable that code introduces: in `let`, in `rec { }`, or a hidden one
/// for the source of `inherit (source) …`.
///
/// A group of bindings is mutually recursive. The evaluator first makes all
/// thunks and functions of the group, then fills in their captures. A
/// [`Lazy::Variable`] in a group never refers to a slot of the same group
/// (such an alias is lowered to a thunk).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Binding {
    /// The slot that gets the value.
    pub slot: Slot,
    /// The value.
    pub value: Lazy,
}

/// An attribute set expression.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AttrSet {
    /// For `rec { }`, its attributes as variables; for any set, a hidden
    /// binding for each `inherit (source)`: [`Ir::bindings`].
    pub bindings: Range,
    /// [`Ir::attrs`], sorted by symbol, without duplicates. In a `rec { }`
    /// the values are the variables of `bindings`.
    pub attrs: Range,
    /// [`Ir::dynamic_attrs`], in source order; evaluated after the rest.
    pub dynamic: Range,
    /// A `rec { }` that has an attribute `__overrides`: its values replace
    /// the variables of `bindings`, so all of those must be thunks.
    pub overrides: bool,
    /// Whether it was written as `rec { }`.
    pub recursive: bool,
}

/// An attribute whose name is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attr {
    /// The name.
    pub name: Symbol,
    /// Offset of the name: of the last step of a path. Nix's
    /// `unsafeGetAttrPos` tells the start of the whole path instead, which
    /// is the `path` of the [`Definition`] at this offset.
    pub position: u32,
    /// The value.
    pub value: Lazy,
}

/// An attribute whose name is computed; a name that is `null` drops it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DynamicAttr {
    /// The name: must become a string or null.
    pub name: ExprId,
    /// Offset of the name.
    pub position: u32,
    /// The value.
    pub value: Lazy,
}

/// A step of an attribute path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// `.name`, also `."name"`.
    Name {
        /// The name.
        name: Symbol,
        /// Offset of the name.
        position: u32,
    },
    /// `.${name}` and `."a${b}"`.
    Dynamic {
        /// Must become a string.
        name: ExprId,
        /// Offset of the name.
        position: u32,
    },
}

/// A piece of a string with interpolation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Part {
    /// Text as it is.
    Text(TextId),
    /// `${…}`.
    Expr(ExprId, u32),
}

/// An operator with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `!`
    Not,
    /// `-`
    Negate,
}

/// An operator with two operands.
///
/// In Nix `-`, `*`, `/`, `<`, … are calls of `__sub`, `__mul`, `__div` and
/// `__lessThan` as they are in scope; where a lexical binding shadows one of
/// these names, the operator is lowered to a call of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `++`
    Concat,
    /// `//`
    Update,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `->`
    Implies,
}

/// Where an attribute or a variable gets its value in the source: what turns
/// the position of an attribute into the place of its right-hand side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Definition {
    /// The name; of a path `a.b.c`, the last step.
    pub name: Span,
    /// The whole attribute path.
    pub path: Span,
    /// The right-hand side; for `inherit x`, the `x`.
    pub value: Span,
    /// The expression of the right-hand side, when it has one of its own.
    pub expr: Option<ExprId>,
    /// How it is written.
    pub kind: DefinitionKind,
}

/// How a definition is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefinitionKind {
    /// `name = value;`
    Assign,
    /// `inherit name;`
    Inherit,
    /// `inherit (source) name;`
    InheritFrom,
    /// A set that stands only implicitly in `a.b = value;`: the `a`.
    Nested,
}
