//! Option types: what they accept and how their definitions merge.
//!
//! A type is a Nix value, data by the contract at the head of
//! `nixos-modules/lib/types.nix`; here it becomes a Rust one, once.

mod check;
mod decode;
mod functions;
mod leaf;
mod unite;

use std::cell::{Cell, OnceCell};

use conex_evaluator::{Evaluator, Heap, Symbol, Value, View};

pub(crate) use leaf::Leaf;

use crate::report::Stop;
use crate::schema::Schema;
use crate::system::System;

/// An option type.
pub(crate) struct Type<'h> {
    pub(crate) kind: Kind<'h>,
    /// A predicate of its own, that must hold besides.
    pub(crate) check: Option<Value<'h>>,
    /// A function that merges instead: `loc: defs: value`.
    pub(crate) merge: Option<Value<'h>>,
    /// The type as Nix knows it.
    pub(crate) raw: Value<'h>,
}

/// A type that is decoded when it is needed: types may contain themselves.
pub(crate) struct TypeRef<'h> {
    raw: Value<'h>,
    decoded: Cell<Option<&'h Type<'h>>>,
}

/// What types there are.
pub(crate) enum Kind<'h> {
    Bool,
    BoolByOr,
    Int {
        min: Option<i64>,
        max: Option<i64>,
    },
    Float,
    Number {
        min: Option<f64>,
        max: Option<f64>,
        above: Option<f64>,
    },
    Str(Text<'h>),
    Path {
        absolute: Option<bool>,
        in_store: Option<bool>,
    },
    Package,
    Anything,
    Unspecified,
    Raw,
    Attrs,
    Enum(&'h [Value<'h>]),
    ListOf {
        elem: &'h TypeRef<'h>,
        non_empty: bool,
    },
    AttrsOf {
        elem: &'h TypeRef<'h>,
        lazy: bool,
    },
    NullOr(&'h TypeRef<'h>),
    Either(&'h TypeRef<'h>, &'h TypeRef<'h>),
    CoercedTo {
        from: &'h TypeRef<'h>,
        coerce: Value<'h>,
        to: &'h TypeRef<'h>,
    },
    Submodule(&'h Submodule<'h>),
    DeferredModule {
        modules: &'h [Value<'h>],
    },
    FunctionTo(&'h TypeRef<'h>),
    Unique {
        elem: &'h TypeRef<'h>,
        message: Value<'h>,
    },
    AttrTag(&'h [(Symbol, Value<'h>)]),
    /// A type itself: types merge as those of options do.
    OptionType,
    AddCheck {
        elem: &'h TypeRef<'h>,
        check: Value<'h>,
    },
    Custom,
    Toplevel,
}

/// What a string type accepts.
pub(crate) struct Text<'h> {
    /// A POSIX extended regular expression.
    pub(crate) pattern: Option<Value<'h>>,
    /// What several definitions are joined with.
    pub(crate) separator: Option<&'h str>,
    pub(crate) non_empty: bool,
    pub(crate) single_line: bool,
}

/// A type whose values are merged by modules of their own.
pub(crate) struct Submodule<'h> {
    pub(crate) modules: &'h [Value<'h>],
    pub(crate) special_args: Value<'h>,
    /// Whether a set is all definitions, even if it has an attribute `config`.
    pub(crate) shorthand: Option<bool>,
    /// What its modules must be for (`class`), or null.
    pub(crate) class: Value<'h>,
    /// What its modules declare, as far as that is the same for all
    /// instances.
    pub(crate) schema: OnceCell<&'h Schema<'h>>,
}

impl<'h> TypeRef<'h> {
    /// A reference to a type that is not looked at yet.
    pub(crate) fn new(heap: &'h Heap, raw: Value<'h>) -> &'h Self {
        heap.alloc(Self { raw, decoded: Cell::new(None) })
    }

    /// A reference to a type that is there already.
    pub(crate) fn decoded(heap: &'h Heap, ty: &'h Type<'h>) -> &'h Self {
        heap.alloc(Self { raw: ty.raw, decoded: Cell::new(Some(ty)) })
    }

    /// The type as Nix knows it.
    pub(crate) fn raw(&self) -> Value<'h> {
        self.raw
    }

    /// The type.
    pub(crate) fn get(
        &self,
        sys: &System<'h>,
        ev: &mut Evaluator<'h>,
    ) -> Result<&'h Type<'h>, Stop> {
        if let Some(decoded) = self.decoded.get() {
            return Ok(decoded);
        }
        let decoded = sys.decode_type(ev, self.raw)?;
        self.decoded.set(Some(decoded));
        Ok(decoded)
    }
}

impl<'h> Type<'h> {
    /// The description that messages use.
    pub(crate) fn description(&self, sys: &System<'h>, ev: &mut Evaluator<'h>) -> String {
        let words = sys.words;
        for name in [words.description, words.name] {
            let View::Attrs(set) = self.raw.resolved().view() else { break };
            let Some(attr) = set.get(name) else { continue };
            if let Ok(value) = ev.force(attr.value)
                && let View::Str(text) = value.view()
            {
                return text.to_string_lossy().into_owned();
            }
        }
        "unspecified value".to_owned()
    }
}
