//! What a unit names: its text, the paths in it, and how it uses what it
//! captures.

use conex_parser::Symbol;
use conex_parser::ir::{
    AttrSet, Binding, Expr, ExprId, Ir, Lambda, LambdaId, Lazy, Part, Range, Step, UnitId, Variable,
};

use crate::source::Module;

/// What a unit names.
pub(super) struct UnitUses {
    /// SHA-256 of its source text.
    pub(super) text: Vec<u8>,
    /// The paths in it, as written.
    pub(super) paths: Vec<String>,
    /// How it uses each of its captures.
    pub(super) captures: Vec<Use>,
}

/// How a captured value is used.
#[derive(Clone)]
pub(super) enum Use {
    /// Somehow.
    Whole,
    /// Only by selecting these attribute paths, sorted.
    Selected(Vec<Vec<PathStep>>),
}

/// A step of an attribute path that is selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PathStep {
    /// `.name`
    Name(Symbol),
    /// `.${name}`, where `name` is this capture.
    Capture(usize),
}

/// Looks at a unit and the units in it; `lambda` when it is the body of a
/// function.
pub(super) fn of(module: &Module, id: UnitId, lambda: Option<LambdaId>) -> UnitUses {
    use sha2::Digest;
    let ir = &module.ir;
    let unit = &ir.units[id.0 as usize];
    let span = ir.spans[unit.body.0 as usize];
    let mut text = sha2::Sha256::new();
    // The arguments of a function are not part of its body.
    if let Some(lambda) = lambda.map(|lambda| &ir.lambdas[lambda.0 as usize]) {
        text.update(lambda.arity.to_le_bytes());
        for formal in lambda.pattern.iter().flat_map(|p| &ir.formals[p.formals.indices()]) {
            text.update(module.slice(formal.span));
            text.update([0]);
        }
    }
    text.update(module.slice(span));
    let mut finder = Finder { ir, paths: Vec::new(), uses: Vec::new() };
    let watched = (0..unit.captures.len()).map(Some).collect::<Vec<_>>();
    finder.uses = vec![Use::Selected(Vec::new()); watched.len()];
    finder.unit(id, lambda, &watched);
    for how in &mut finder.uses {
        if let Use::Selected(paths) = how {
            paths.sort_unstable();
            paths.dedup();
        }
    }
    UnitUses { text: text.finalize().to_vec(), paths: finder.paths, captures: finder.uses }
}

/// All paths in a text, as written.
pub(super) fn paths(module: &Module) -> Vec<String> {
    let ir = &module.ir;
    let paths = ir.exprs.iter().filter_map(|expr| match expr {
        Expr::Path(text) => Some(ir.texts[text.0 as usize].to_string()),
        _ => None,
    });
    paths.collect()
}

struct Finder<'m> {
    ir: &'m Ir,
    paths: Vec<String>,
    uses: Vec<Use>,
}

/// Which capture of the unit we started from each capture of the current unit
/// is.
type Watched = [Option<usize>];

impl Finder<'_> {
    fn unit(&mut self, id: UnitId, lambda: Option<LambdaId>, watched: &Watched) {
        crate::eval::with_stack(|| {
            let unit = self.ir.units[id.0 as usize];
            if let Some(lambda) = lambda {
                self.pattern(lambda, watched);
            }
            self.expr(unit.body, watched);
        });
    }

    /// The defaults of the formals run in the frame of the function.
    fn pattern(&mut self, id: LambdaId, watched: &Watched) {
        let ir = self.ir;
        let Some(pattern) = ir.lambdas[id.0 as usize].pattern else { return };
        for default in ir.formals[pattern.formals.indices()].iter().filter_map(|f| f.default) {
            self.lazy(default, watched);
        }
    }

    /// A unit inside the current one.
    fn inner(&mut self, id: UnitId, lambda: Option<LambdaId>, watched: &Watched) {
        let unit = self.ir.units[id.0 as usize];
        let captures = &self.ir.captures[unit.captures.indices()];
        let inner: Vec<_> = captures.iter().map(|v| watch(*v, watched)).collect();
        self.unit(id, lambda, &inner);
    }

    fn whole(&mut self, variable: Variable, watched: &Watched) {
        if let Some(index) = watch(variable, watched) {
            self.uses[index] = Use::Whole;
        }
    }

    fn selected(&mut self, variable: Variable, path: Vec<PathStep>, watched: &Watched) {
        if let Some(index) = watch(variable, watched)
            && let Use::Selected(paths) = &mut self.uses[index]
        {
            paths.push(path);
        }
    }

    fn lazy(&mut self, lazy: Lazy, watched: &Watched) {
        match lazy {
            Lazy::Variable(variable) => self.whole(variable, watched),
            Lazy::Value(expr) => self.expr(expr, watched),
            Lazy::Thunk(unit) => self.inner(unit, None, watched),
        }
    }

    fn lazies(&mut self, range: Range, watched: &Watched) {
        for index in range.indices() {
            self.lazy(self.ir.lazies[index], watched);
        }
    }

    fn expr(&mut self, id: ExprId, watched: &Watched) {
        crate::eval::with_stack(|| self.expr_here(id, watched));
    }

    fn expr_here(&mut self, id: ExprId, watched: &Watched) {
        match self.ir.exprs[id.0 as usize] {
            Expr::Error
            | Expr::Int(_)
            | Expr::Float(_)
            | Expr::Str(_)
            | Expr::Builtin(_)
            | Expr::CurrentPosition => {}
            Expr::Path(text) => self.paths.push(self.ir.texts[text.0 as usize].to_string()),
            Expr::Interpolate(parts) | Expr::InterpolatePath(parts) => {
                for index in parts.indices() {
                    if let Part::Expr(expr, _) = self.ir.parts[index] {
                        self.expr(expr, watched);
                    }
                }
            }
            Expr::Variable(variable) => self.whole(variable, watched),
            Expr::With { name, scopes } => {
                for index in scopes.indices() {
                    self.selected(self.ir.scopes[index], vec![PathStep::Name(name)], watched);
                }
            }
            Expr::Select { base, path, default } => {
                self.select(base, path, watched);
                if let Some(default) = default {
                    self.expr(default, watched);
                }
            }
            Expr::HasAttr { base, path } => self.select(base, path, watched),
            Expr::Call { function, arguments } => {
                self.expr(function, watched);
                self.lazies(arguments, watched);
            }
            Expr::Lambda(lambda) => {
                let Lambda { unit, .. } = self.ir.lambdas[lambda.0 as usize];
                self.inner(unit, Some(lambda), watched);
            }
            Expr::Let { bindings, body } => {
                self.bindings(bindings, watched);
                self.expr(body, watched);
            }
            Expr::AttrSet(set) => self.attr_set(self.ir.attr_sets[set.0 as usize], watched),
            Expr::List(elements) => self.lazies(elements, watched),
            Expr::WithIn { scope, body, .. } => {
                // Which names the body takes of it is seen only through a
                // slot: all of it counts.
                self.lazy(scope, watched);
                self.expr(body, watched);
            }
            Expr::Assert { condition, body } => {
                self.expr(condition, watched);
                self.expr(body, watched);
            }
            Expr::If { condition, consequence, alternative } => {
                for expr in [condition, consequence, alternative] {
                    self.expr(expr, watched);
                }
            }
            Expr::Unary(_, operand) => self.expr(operand, watched),
            Expr::Binary(_, left, right) => {
                self.expr(left, watched);
                self.expr(right, watched);
            }
        }
    }

    fn select(&mut self, base: ExprId, path: Range, watched: &Watched) {
        let steps = &self.ir.steps[path.indices()];
        let names: Vec<PathStep> = steps
            .iter()
            .map_while(|step| match step {
                Step::Name { name, .. } => Some(PathStep::Name(*name)),
                Step::Dynamic { name, .. } => {
                    self.captured_name(*name, watched).map(PathStep::Capture)
                }
            })
            .collect();
        for step in steps {
            if let Step::Dynamic { name, .. } = step {
                self.expr(*name, watched);
            }
        }
        match self.ir.exprs[base.0 as usize] {
            Expr::Variable(variable) if !names.is_empty() => {
                self.selected(variable, names, watched);
            }
            _ => self.expr(base, watched),
        }
    }

    /// The capture that a computed name is: `${name}` or `"${name}"`.
    fn captured_name(&self, name: ExprId, watched: &Watched) -> Option<usize> {
        match self.ir.exprs[name.0 as usize] {
            Expr::Variable(variable) => watch(variable, watched),
            Expr::Interpolate(parts) => match &self.ir.parts[parts.indices()] {
                [Part::Expr(name, _)] => self.captured_name(*name, watched),
                _ => None,
            },
            _ => None,
        }
    }

    fn bindings(&mut self, range: Range, watched: &Watched) {
        for index in range.indices() {
            let Binding { value, .. } = self.ir.bindings[index];
            self.lazy(value, watched);
        }
    }

    fn attr_set(&mut self, set: AttrSet, watched: &Watched) {
        self.bindings(set.bindings, watched);
        for index in set.attrs.indices() {
            self.lazy(self.ir.attrs[index].value, watched);
        }
        for index in set.dynamic.indices() {
            let dynamic = self.ir.dynamic_attrs[index];
            self.expr(dynamic.name, watched);
            self.lazy(dynamic.value, watched);
        }
    }
}

fn watch(variable: Variable, watched: &Watched) -> Option<usize> {
    match variable {
        Variable::Captured(index) => watched.get(index as usize).copied().flatten(),
        Variable::Local(_) => None,
    }
}
