//! The walk over the syntax that notes what uses what.

use rustc_hash::FxHashSet;

use super::files::{Certainty, NamedFile};
use super::liveness::Uses;
use super::scope::{Bound, Scopes};
use super::{Inspection, STANDARD, Unused, UnusedKind, removal};
use crate::ir::{BinaryOp, DefinitionKind, Range};
use crate::syntax::Tree;
use crate::syntax::ast::{Ast, Def, Name, Node, NodeId, Part, Pattern, Value};
use crate::{Span, Symbol, Symbols};

/// Runs `f` with enough stack for one more level of recursion.
pub(super) fn grow<R>(f: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(128 << 10, 4 << 20, f)
}

/// Finds what a text has that is unused, and what it names.
pub(super) fn walk(text: &str, tree: &Tree, symbols: &Symbols, globals: &[&str]) -> Inspection {
    let mut walker = Walker {
        text,
        ast: &tree.ast,
        symbols,
        globals,
        scopes: Scopes::default(),
        uses: Uses::default(),
        items: Vec::new(),
        patterns: Vec::new(),
        withs: Vec::new(),
        unused: Vec::new(),
        user: None,
        files: Vec::new(),
        asked_for: FxHashSet::default(),
        repeated: tree.ast.repeated.iter().filter_map(|at| text.get(at.name.range())).collect(),
        doubt: 0,
        below_containers: None,
    };
    walker.expr(tree.root);
    walker.finish()
}

pub(super) struct Walker<'a> {
    text: &'a str,
    pub(super) ast: &'a Ast,
    pub(super) symbols: &'a Symbols,
    globals: &'a [&'a str],
    pub(super) scopes: Scopes,
    uses: Uses,
    /// What each thing is that is counted; `None` if it is never told.
    items: Vec<Option<Item>>,
    /// The patterns that have a name at an `@`.
    patterns: Vec<Whole>,
    /// Whether a name may come from each `with` around.
    withs: Vec<bool>,
    unused: Vec<Unused>,
    /// The `let` variable whose value is looked at.
    user: Option<u32>,
    pub(super) files: Vec<NamedFile>,
    /// The paths that are asked for whether they exist.
    pub(super) asked_for: FxHashSet<String>,
    /// The names that stand again in front of a set that was defined before.
    repeated: FxHashSet<&'a str>,
    /// How many conditions there are around.
    pub(super) doubt: u32,
    /// How many attributes there are around, inside of one called
    /// `containers`.
    pub(super) below_containers: Option<u32>,
}

/// A pattern with a name for the whole argument.
struct Whole {
    /// The name.
    item: u32,
    /// Stands for all arguments together.
    all: u32,
    /// The arguments, sorted by symbol.
    formals: Vec<(Symbol, u32)>,
}

struct Item {
    kind: UnusedKind,
    span: Span,
    removal: Option<Span>,
}

impl<'a> Walker<'a> {
    fn finish(mut self) -> Inspection {
        for dead in self.uses.dead(|item| self.items[item as usize].is_some()) {
            let Some(Item { kind, span, removal }) = self.items[dead.item as usize] else {
                continue;
            };
            let name = self.text.get(span.range()).unwrap_or_default().to_owned();
            let removal = removal.filter(|_| dead.alone);
            self.unused.push(Unused { kind, name, span, removal });
        }
        self.unused.sort_by_key(|unused| unused.span.start);
        let Self { mut files, asked_for, unused, .. } = self;
        for file in &mut files {
            if asked_for.contains(&file.path) {
                file.certainty = Certainty::Perhaps;
            }
        }
        // A call of `import` in a list of modules.
        files.sort_by_key(|file| (file.span.start, std::cmp::Reverse(file.certainty)));
        files.dedup_by_key(|file| file.span.start);
        Inspection { unused, files }
    }

    /// Something that is counted; told if it is unused and `item` is there.
    fn item(&mut self, name: Symbol, item: Option<Item>) -> u32 {
        let hushed = self.symbols.text(name).starts_with('_');
        let number = self.uses.add();
        self.items.push(item.filter(|_| !hushed));
        if hushed {
            self.uses.note(None, number);
        }
        number
    }

    /// Something that is counted and never told: the source of an `inherit`
    /// that several names need, for one.
    fn untold(&mut self) -> u32 {
        self.items.push(None);
        self.uses.add()
    }

    pub(super) fn expr(&mut self, id: NodeId) {
        match self.ast.node(id) {
            Node::Variable(name) => self.variable(name),
            Node::Error
            | Node::Int(_)
            | Node::Float(_)
            | Node::Str { .. }
            | Node::Path(_)
            | Node::SearchPath(_)
            | Node::CurrentPosition => {}
            node => grow(|| self.nested(id, node)),
        }
    }

    fn nested(&mut self, id: NodeId, node: Node) {
        match node {
            Node::Interpolate(parts) | Node::InterpolatePath(parts) => self.parts(parts),
            Node::Select { base, path, default } => {
                self.selected(base, path);
                self.path(path);
                if let Some(default) = default {
                    self.in_doubt(|walker| walker.expr(default));
                }
            }
            Node::HasAttr { base, path } => {
                self.selected(base, path);
                self.path(path);
            }
            Node::Call(call) => self.call(call),
            Node::Lambda(lambda) => self.lambda(lambda, false),
            Node::Let(set, body) => self.let_in(set, body),
            Node::Set(set) => self.set(set),
            Node::List(items) => {
                for i in items.indices() {
                    self.expr(self.ast.items[i]);
                }
            }
            Node::With(scope, body) => self.with(id, scope, body),
            Node::Assert(condition, body) => {
                self.expr(condition);
                self.expr(body);
            }
            Node::If(condition, consequence, alternative) => {
                self.expr(condition);
                self.in_doubt(|walker| {
                    walker.expr(consequence);
                    walker.expr(alternative);
                });
            }
            Node::Unary(_, operand) => self.expr(operand),
            Node::Binary(op, left, right) => {
                self.expr(left);
                match op {
                    BinaryOp::And | BinaryOp::Or | BinaryOp::Implies => {
                        self.in_doubt(|walker| walker.expr(right));
                    }
                    _ => self.expr(right),
                }
            }
            _ => {}
        }
    }

    fn variable(&mut self, name: Symbol) {
        match self.scopes.find(name) {
            Some(Bound::Item(item)) => self.uses.note(self.user, item),
            Some(Bound::Whole(pattern)) => {
                let Whole { item, all, .. } = self.patterns[pattern as usize];
                self.uses.note(self.user, item);
                self.uses.note(self.user, all);
            }
            Some(Bound::Other) => {}
            None if self.globals.binary_search(&self.symbols.text(name)).is_ok() => {}
            None => self.use_with(),
        }
    }

    /// `base.path` or `base ? path`: of a whole argument only what is selected
    /// is used.
    fn selected(&mut self, base: NodeId, path: Range) {
        let first = self.ast.steps[path.indices()].first();
        if let Node::Variable(name) = self.ast.node(base)
            && let Some(Bound::Whole(pattern)) = self.scopes.find(name)
            && let Some(Name::Known(step)) = first.map(|step| step.name)
        {
            return self.use_of_whole(pattern, step);
        }
        self.expr(base);
    }

    fn use_of_whole(&mut self, pattern: u32, name: Symbol) {
        let Whole { item, formals, .. } = &self.patterns[pattern as usize];
        self.uses.note(self.user, *item);
        if let Ok(i) = formals.binary_search_by_key(&name, |(formal, _)| *formal) {
            self.uses.note(self.user, formals[i].1);
        }
    }

    /// A name that any `with` around may have.
    fn use_with(&mut self) {
        if let Some(innermost) = self.withs.last_mut() {
            *innermost = true;
        }
    }

    fn path(&mut self, path: Range) {
        for i in path.indices() {
            if let Name::Computed(name) = self.ast.steps[i].name {
                self.expr(name);
            }
        }
    }

    fn parts(&mut self, parts: Range) {
        for i in parts.indices() {
            if let Part::Expr(expr, _) = self.ast.parts[i] {
                self.expr(expr);
            }
        }
    }

    fn call(&mut self, call: u32) {
        let call = &self.ast.calls[call as usize];
        self.called(call.function, &call.arguments);
        self.expr(call.function);
        let Some((last, arguments)) = call.arguments.split_last() else { return };
        for &argument in arguments {
            self.expr(argument);
        }
        if self.is_conditional(call.function) {
            self.in_doubt(|walker| walker.expr(*last));
        } else {
            self.expr(*last);
        }
    }

    fn with(&mut self, id: NodeId, scope: NodeId, body: NodeId) {
        self.expr(scope);
        self.withs.push(false);
        self.expr(body);
        let used = self.withs.pop().unwrap_or(true);
        if used {
            self.use_with();
        }
        let start = self.ast.span(id).start;
        // `with pkgs; [ ]` waits for what somebody may want there again.
        let empty = matches!(self.ast.node(body), Node::List(range) if range.is_empty());
        if !used
            && !empty
            && let Some(span) = removal::with(self.text, start, self.ast.span(scope))
        {
            let removal = removal::with_and_blanks(self.text, span);
            let (kind, name) = (UnusedKind::With, String::new());
            self.unused.push(Unused { kind, name, span, removal });
        }
    }

    /// A function; `fixed` if what it is called with is not its author's
    /// choice.
    fn lambda(&mut self, lambda: u32, fixed: bool) {
        let lambda = &self.ast.lambdas[lambda as usize];
        let mark = self.scopes.mark();
        match (&lambda.pattern, lambda.argument) {
            (None, Some(argument)) => self.scopes.declare(argument, Bound::Other),
            (None, None) => {}
            (Some(pattern), whole) => {
                let whole = whole.map(|name| (name, lambda.argument_span));
                self.pattern(pattern, whole, fixed);
            }
        }
        self.expr(lambda.body);
        self.scopes.forget(mark);
    }

    fn pattern(&mut self, pattern: &Pattern, whole: Option<(Symbol, Span)>, fixed: bool) {
        let given = |name| fixed || pattern.ellipsis && STANDARD.contains(&name);
        let mut formals = Vec::with_capacity(pattern.formals.len());
        for formal in &pattern.formals {
            let end = formal.default.map_or(formal.span.end, |default| self.ast.span(default).end);
            let removal = removal::formal(self.text, formal.span, end);
            let removal = removal.filter(|_| pattern.ellipsis);
            let told = !given(self.symbols.text(formal.name));
            let item = Item { kind: UnusedKind::Argument, span: formal.span, removal };
            let number = self.item(formal.name, told.then_some(item));
            self.scopes.declare(formal.name, Bound::Item(number));
            formals.push((formal.name, number));
        }
        if let Some((name, span)) = whole {
            let told = !given(self.symbols.text(name));
            let removal = removal::whole(self.text, span);
            let item = Item { kind: UnusedKind::Whole, span, removal };
            let item = self.item(name, told.then_some(item));
            let all = self.untold();
            for (_, formal) in &formals {
                self.uses.note(Some(all), *formal);
            }
            self.patterns.push(Whole { item, all, formals });
            self.scopes.declare(name, Bound::Whole(self.patterns.len() as u32 - 1));
        }
        for default in pattern.formals.iter().filter_map(|formal| formal.default) {
            self.in_doubt(|walker| walker.expr(default));
        }
    }

    /// Looks at something for which only `user` needs it.
    fn used_by(&mut self, user: u32, walk: impl FnOnce(&mut Self)) {
        let before = self.user.replace(user);
        walk(self);
        self.user = before;
    }

    fn let_in(&mut self, set: u32, body: NodeId) {
        let set = &self.ast.sets[set as usize];
        let numbers: Vec<u32> =
            set.defs.iter().map(|def| self.item(def.name, Some(self.binding(def)))).collect();
        let sources: Vec<u32> = set.sources.iter().map(|_| self.untold()).collect();
        for (def, &number) in set.defs.iter().zip(&numbers) {
            if let Value::Inherited = def.value {
                self.used_by(number, |walker| walker.variable(def.name));
            }
        }
        let mark = self.scopes.mark();
        for (def, &number) in set.defs.iter().zip(&numbers) {
            self.scopes.declare(def.name, Bound::Item(number));
        }
        for (&expr, &source) in set.sources.iter().zip(&sources) {
            self.used_by(source, |walker| walker.expr(expr));
        }
        for (def, &number) in set.defs.iter().zip(&numbers) {
            match def.value {
                Value::Plain(value) => {
                    self.used_by(number, |walker| walker.value(def.name, value));
                }
                Value::Inherited => {}
                Value::InheritedFrom(source) => {
                    if let Some(&source) = sources.get(source as usize) {
                        self.uses.note(Some(number), source);
                    }
                }
            }
        }
        self.expr(body);
        self.scopes.forget(mark);
    }

    fn binding(&self, def: &Def) -> Item {
        let place = def.place;
        let again = || {
            let name = self.text.get(place.name.range());
            name.is_some_and(|name| self.repeated.contains(name))
        };
        let (kind, removal) = match place.kind {
            DefinitionKind::Assign if place.path == place.name && !again() => {
                let removal = removal::binding(self.text, place.name, place.value);
                (UnusedKind::Binding, removal)
            }
            DefinitionKind::Assign | DefinitionKind::Nested => (UnusedKind::Binding, None),
            DefinitionKind::Inherit | DefinitionKind::InheritFrom => {
                (UnusedKind::Inherited, removal::inherited(self.text, place.name))
            }
        };
        Item { kind, span: place.name, removal }
    }

    fn set(&mut self, set: u32) {
        let set = &self.ast.sets[set as usize];
        let mark = self.scopes.mark();
        if set.recursive {
            // What is inherited comes from around the set.
            for def in set.defs.iter().filter(|def| matches!(def.value, Value::Inherited)) {
                self.variable(def.name);
            }
            for def in &set.defs {
                self.scopes.declare(def.name, Bound::Other);
            }
        }
        for &source in &set.sources {
            self.expr(source);
        }
        for def in &set.defs {
            match def.value {
                Value::Plain(value) => self.value(def.name, value),
                Value::Inherited if !set.recursive => self.variable(def.name),
                Value::Inherited | Value::InheritedFrom(_) => {}
            }
        }
        for def in &set.dynamic {
            self.expr(def.name);
            self.expr(def.value);
        }
        self.scopes.forget(mark);
    }

    /// The value of an attribute or a variable.
    fn value(&mut self, name: Symbol, value: NodeId) {
        let name = self.symbols.text(name);
        self.attribute(name, value);
        let before = self.below_containers;
        self.below_containers = match name {
            "containers" => Some(0),
            _ => before.map(|below| below + 1),
        };
        match self.ast.node(value) {
            Node::Lambda(lambda) if name == "outputs" => grow(|| self.lambda(lambda, true)),
            _ => self.expr(value),
        }
        self.below_containers = before;
    }
}
