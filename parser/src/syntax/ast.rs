//! The abstract syntax: what is left of a text when parentheses, comments and
//! the ways to write the same thing are gone. Names are not resolved yet.
//!
//! Flat tables like the IR, so that dropping a deep tree needs no recursion.

use rustc_hash::FxHashMap;

use crate::ir::{BinaryOp, DefinitionKind, Range, TextId, UnaryOp};
use crate::{Span, Symbol};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NodeId(pub(crate) u32);

#[derive(Debug, Clone, Copy)]
pub(crate) enum Node {
    Error,
    Int(i64),
    Float(f64),
    /// `joined` if Nix makes it from several pieces at run time: then it
    /// does not count as a known name.
    Str {
        text: TextId,
        joined: bool,
    },
    Interpolate(Range),
    Path(TextId),
    InterpolatePath(Range),
    SearchPath(TextId),
    Variable(Symbol),
    CurrentPosition,
    Select {
        base: NodeId,
        path: Range,
        default: Option<NodeId>,
    },
    HasAttr {
        base: NodeId,
        path: Range,
    },
    /// Index into [`Ast::calls`].
    Call(u32),
    /// Index into [`Ast::lambdas`].
    Lambda(u32),
    /// Index into [`Ast::sets`], and the body.
    Let(u32, NodeId),
    /// Index into [`Ast::sets`].
    Set(u32),
    /// Range of [`Ast::items`].
    List(Range),
    With(NodeId, NodeId),
    Assert(NodeId, NodeId),
    If(NodeId, NodeId, NodeId),
    Unary(UnaryOp, NodeId),
    Binary(BinaryOp, NodeId, NodeId),
}

#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) function: NodeId,
    pub(crate) arguments: Vec<NodeId>,
}

#[derive(Debug, Clone)]
pub(crate) struct Lambda {
    /// The simple argument, or the name at the `@`.
    pub(crate) argument: Option<Symbol>,
    pub(crate) argument_span: Span,
    pub(crate) pattern: Option<Pattern>,
    pub(crate) body: NodeId,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Pattern {
    /// Sorted by symbol.
    pub(crate) formals: Vec<Formal>,
    pub(crate) ellipsis: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Formal {
    pub(crate) name: Symbol,
    pub(crate) span: Span,
    pub(crate) default: Option<NodeId>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Name {
    Known(Symbol),
    Computed(NodeId),
    /// Stands where recovering from an error put a name.
    Missing,
}

/// A step of an attribute path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) name: Name,
    pub(crate) span: Span,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Part {
    Text(TextId),
    /// An expression, and where its `${` is.
    Expr(NodeId, u32),
}

/// How an attribute gets its value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value {
    Plain(NodeId),
    /// From the scope around the set.
    Inherited,
    /// From one of [`Set::sources`].
    InheritedFrom(u32),
}

/// Where a definition stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) name: Span,
    pub(crate) path: Span,
    pub(crate) value: Span,
    pub(crate) kind: DefinitionKind,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Def {
    pub(crate) name: Symbol,
    pub(crate) place: Place,
    pub(crate) value: Value,
    /// Whether a function that is the value is named after the attribute.
    pub(crate) names_function: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct DynamicDef {
    pub(crate) name: NodeId,
    pub(crate) place: Place,
    pub(crate) value: NodeId,
}

/// The bindings of a set or a `let`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Set {
    pub(crate) recursive: bool,
    pub(crate) defs: Vec<Def>,
    pub(crate) dynamic: Vec<DynamicDef>,
    pub(crate) sources: Vec<NodeId>,
    /// Where each name is in `defs`, once there are many.
    index: FxHashMap<Symbol, u32>,
}

/// Up to this many attributes, looking at each is faster than hashing.
const SMALL: usize = 8;

impl Set {
    pub(crate) fn find(&self, name: Symbol) -> Option<usize> {
        if self.defs.len() <= SMALL {
            return self.defs.iter().position(|def| def.name == name);
        }
        self.index.get(&name).map(|&i| i as usize)
    }

    /// Looks a name up when `defs` is sorted by symbol.
    pub(crate) fn find_sorted(&self, name: Symbol) -> Option<usize> {
        self.defs.binary_search_by_key(&name, |def| def.name).ok()
    }

    pub(crate) fn push(&mut self, def: Def) {
        self.defs.push(def);
        if self.defs.len() == SMALL + 1 {
            self.index = self.defs.iter().zip(0..).map(|(def, i)| (def.name, i)).collect();
        } else if self.defs.len() > SMALL {
            self.index.insert(def.name, self.defs.len() as u32 - 1);
        }
    }
}

/// The tables.
#[derive(Debug, Default)]
pub(crate) struct Ast {
    pub(crate) nodes: Vec<Node>,
    pub(crate) spans: Vec<Span>,
    pub(crate) calls: Vec<Call>,
    pub(crate) lambdas: Vec<Lambda>,
    pub(crate) sets: Vec<Set>,
    pub(crate) items: Vec<NodeId>,
    pub(crate) steps: Vec<Step>,
    pub(crate) parts: Vec<Part>,
    pub(crate) texts: Vec<Box<str>>,
    /// Names that stand again in front of a set that was defined before.
    pub(crate) repeated: Vec<Place>,
    /// Where the operators are, in the order of the nodes.
    pub(crate) operators: Vec<(NodeId, Operator)>,
}

/// Where an operator and its operands begin, parentheses included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operator {
    pub(crate) left: u32,
    pub(crate) at: u32,
    pub(crate) right: u32,
}

impl Ast {
    pub(crate) fn add(&mut self, node: Node, span: Span) -> NodeId {
        self.nodes.push(node);
        self.spans.push(span);
        NodeId(self.nodes.len() as u32 - 1)
    }

    pub(crate) fn node(&self, id: NodeId) -> Node {
        self.nodes[id.0 as usize]
    }

    pub(crate) fn span(&self, id: NodeId) -> Span {
        self.spans[id.0 as usize]
    }

    pub(crate) fn operator(&self, id: NodeId) -> Option<Operator> {
        let found = self.operators.binary_search_by_key(&id.0, |(node, _)| node.0);
        found.ok().map(|i| self.operators[i].1)
    }

    pub(crate) fn text(&mut self, text: impl Into<Box<str>>) -> TextId {
        self.texts.push(text.into());
        TextId(self.texts.len() as u32 - 1)
    }
}
