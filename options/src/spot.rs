//! Where a definition stands: a number or two while merging, a
//! [`Place`] when somebody looks.

use std::cell::RefCell;

use conex_evaluator::source::{ExprPos, Module};
use conex_evaluator::{Evaluator, Symbol};
use conex_model::{Place, Position};
use conex_parser::Span;
use conex_parser::ir::{Expr, ExprId, Lazy};
use rustc_hash::FxHashMap;

/// Where a definition stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Spot {
    /// Nobody knows.
    Nowhere,
    /// The right-hand side of the attribute at this position.
    Attr(u32),
    /// An expression.
    Expr(ExprPos),
}

impl Spot {
    /// The spot of an attribute that stands at `position` in a set that was
    /// defined here. A computed attribute has no position: then the set it
    /// is in is as near as one gets.
    pub(crate) fn attr(self, position: u32) -> Self {
        if position == 0 { self } else { Self::Attr(position) }
    }

    /// The expression, if it has one of its own.
    fn expr<'h>(self, evaluator: &Evaluator<'h>) -> Option<(&'h Module, ExprId)> {
        match self {
            Self::Nowhere => None,
            Self::Expr(at) => evaluator.sources().expr(at),
            Self::Attr(position) => {
                let (module, offset) = evaluator.sources().position(position)?;
                Some((module, module.ir.definition_at(offset)?.expr?))
            }
        }
    }

    /// The element `index` of a list that is written here as `[ … ]`.
    pub(crate) fn element(self, evaluator: &Evaluator<'_>, index: usize) -> Self {
        self.element_expr(evaluator, index).unwrap_or(self)
    }

    fn element_expr(self, evaluator: &Evaluator<'_>, index: usize) -> Option<Self> {
        let (module, id) = self.expr(evaluator)?;
        let Expr::List(range) = module.ir.exprs.get(id.0 as usize)? else { return None };
        let lazy = module.ir.lazies.get(range.indices())?.get(index)?;
        Some(Self::Expr(module.expr_pos(lazy_expr(module, *lazy)?)))
    }

    /// What a property is put on: the last argument of a call of `mkIf`,
    /// `mkForce`, … that is written here.
    pub(crate) fn inside_property(self, evaluator: &Evaluator<'_>) -> Self {
        self.last_argument(evaluator).unwrap_or(self)
    }

    fn last_argument(self, evaluator: &Evaluator<'_>) -> Option<Self> {
        let (module, id) = self.expr(evaluator)?;
        let Expr::Call { function, arguments } = *module.ir.exprs.get(id.0 as usize)? else {
            return None;
        };
        let span = module.ir.spans.get(function.0 as usize)?;
        let name = module.slice(*span).rsplit('.').next()?;
        if !PROPERTIES.contains(&name) {
            return None;
        }
        let lazy = module.ir.lazies.get(arguments.indices())?.last()?;
        Some(Self::Expr(module.expr_pos(lazy_expr(module, *lazy)?)))
    }

    /// The position of a formal argument of the function that is written
    /// here, or else of the only one of its name in the file.
    pub(crate) fn formal(self, evaluator: &Evaluator<'_>, name: Symbol) -> Option<u32> {
        let module = self.module(evaluator)?;
        let ir = &module.ir;
        let own = self.expr(evaluator).and_then(|(_, id)| match ir.exprs.get(id.0 as usize)? {
            Expr::Lambda(lambda) => {
                let pattern = ir.lambdas.get(lambda.0 as usize)?.pattern?;
                let formals = ir.formals.get(pattern.formals.indices())?;
                formals.iter().find(|formal| formal.name == name)
            }
            _ => None,
        });
        let mut all = ir.formals.iter().filter(|formal| formal.name == name);
        let formal = own.or_else(|| all.next().filter(|_| all.next().is_none()))?;
        Some(module.position(formal.span.start))
    }

    /// The file that it is in.
    pub(crate) fn module<'h>(self, evaluator: &Evaluator<'h>) -> Option<&'h Module> {
        match self {
            Self::Nowhere => None,
            Self::Attr(position) => evaluator.sources().position(position).map(|(m, _)| m),
            Self::Expr(at) => evaluator.sources().expr(at).map(|(m, _)| m),
        }
    }
}

/// The functions of `lib` that put a property on their last argument.
const PROPERTIES: [&str; 13] = [
    "mkIf",
    "mkMerge",
    "mkOverride",
    "mkDefault",
    "mkForce",
    "mkVMOverride",
    "mkImageMediaOverride",
    "mkOptionDefault",
    "mkOverridePriority",
    "mkOrder",
    "mkBefore",
    "mkAfter",
    "mkDefinition",
];

fn lazy_expr(module: &Module, lazy: Lazy) -> Option<ExprId> {
    match lazy {
        Lazy::Value(id) => Some(id),
        Lazy::Thunk(unit) => Some(module.ir.units.get(unit.0 as usize)?.body),
        Lazy::Variable(_) => None,
    }
}

/// The spot of the whole of a file.
pub(crate) fn whole_file(module: &Module) -> Spot {
    match module.ir.units.first() {
        Some(unit) => Spot::Expr(module.expr_pos(unit.body)),
        None => Spot::Nowhere,
    }
}

/// The places that were decoded so far: generated containers share them.
#[derive(Default)]
pub(crate) struct Places {
    values: RefCell<FxHashMap<Spot, Option<Place>>>,
}

impl Places {
    /// The place of the expression that defines.
    pub(crate) fn value(&self, evaluator: &Evaluator<'_>, spot: Spot) -> Option<Place> {
        if spot == Spot::Nowhere {
            return None;
        }
        if let Some(place) = self.values.borrow().get(&spot) {
            return place.clone();
        }
        let place = decode(evaluator, spot);
        self.values.borrow_mut().insert(spot, place.clone());
        place
    }

    /// The place of the attribute's name.
    pub(crate) fn name(&self, evaluator: &Evaluator<'_>, spot: Spot) -> Option<Place> {
        match spot {
            Spot::Attr(position) => name_place(evaluator, position),
            spot => self.value(evaluator, spot),
        }
    }
}

fn name_place(evaluator: &Evaluator<'_>, position: u32) -> Option<Place> {
    let (module, offset) = evaluator.sources().position(position)?;
    let span = match module.ir.definition_at(offset) {
        Some(definition) => definition.name,
        None => Span::at(offset),
    };
    Some(place(module, span))
}

fn decode(evaluator: &Evaluator<'_>, spot: Spot) -> Option<Place> {
    match spot {
        Spot::Nowhere => None,
        Spot::Expr(at) => expr_place(evaluator, at),
        Spot::Attr(position) => {
            let (module, offset) = evaluator.sources().position(position)?;
            let span = match module.ir.definition_at(offset) {
                Some(definition) => definition.value,
                None => Span::at(offset),
            };
            Some(place(module, span))
        }
    }
}

/// The place of an expression.
pub(crate) fn expr_place(evaluator: &Evaluator<'_>, at: ExprPos) -> Option<Place> {
    if at == ExprPos::NONE {
        return None;
    }
    let (module, span) = evaluator.sources().span(at)?;
    Some(place(module, span))
}

/// A span of a file, decoded.
pub(crate) fn place(module: &Module, span: Span) -> Place {
    let position = |byte: u32| {
        let at = module.line_column(byte);
        Position { byte, line: at.line, column: at.column }
    };
    let file = match module.name.strip_prefix("/«conex»/") {
        Some(own) => format!("<{own}>").into(),
        None => module.name.clone(),
    };
    Place { file, start: position(span.start), end: position(span.end) }
}
