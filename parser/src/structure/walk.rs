//! The walk through the tree. It calls itself for each level, on a stack that
//! [`crate::tree::Tree::with_root`] has made large enough.

use rnix::SyntaxNode;
use rnix::ast::{
    Apply, Attr, AttrSet, Attrpath, AttrpathValue, Entry as EntryNode, Expr, HasEntry, Ident,
    Inherit, Lambda, LetIn, Param, Select, Str,
};
use rowan::ast::AstNode;

use super::scopes::Scopes;
use super::{Entry, EntryKind, Literal, Name, Set, Step, Structure, Use, VariableKind};
use crate::Span;

/// Functions whose function argument makes one attribute of many.
const MANY: [&str; 5] = ["genAttrs", "mapAttrs", "mapAttrs'", "mapAttrsToList", "forEach"];
/// Functions whose list is of definitions, not of values.
const MERGING: [&str; 1] = ["mkMerge"];

/// More lists and functions are between a definition and what is in its value in no
/// configuration; each place remembers all of them.
const DEEPEST: usize = 32;

/// Where the walk is: in the value of a definition, so many steps in it.
#[derive(Clone, Default)]
struct At {
    parent: Option<usize>,
    between: Vec<Step>,
}

impl At {
    fn elsewhere() -> Self {
        Self { parent: None, between: vec![Step::Elsewhere] }
    }

    fn step(&self, step: Step) -> Self {
        if self.between.len() >= DEEPEST {
            return Self::elsewhere();
        }
        let mut between = self.between.clone();
        between.push(step);
        Self { parent: self.parent, between }
    }
}

#[derive(Default)]
struct Walker {
    found: Structure,
    scopes: Scopes,
}

/// Takes a tree apart.
pub(super) fn walk(root: &SyntaxNode) -> Structure {
    let mut walker = Walker::default();
    for expr in root.children().filter_map(Expr::cast) {
        walker.expr(&expr, &At::default());
    }
    let mut found = walker.found;
    // Variables and definitions are numbered, so only their uses can be sorted.
    found.uses.sort_by_key(|used| used.span.start);
    found
}

fn span(node: &SyntaxNode) -> Span {
    let range = node.text_range();
    Span::new(range.start().into(), range.end().into())
}

fn name(attr: &Attr) -> Name {
    let text = match attr {
        Attr::Ident(ident) => Some(ident.to_string()),
        Attr::Str(text) => plain(text),
        Attr::Dynamic(_) => None,
    };
    Name { text, span: span(attr.syntax()) }
}

/// The text of a string without interpolation. rnix takes strings apart as
/// well, but not such as are half-typed.
fn plain(text: &Str) -> Option<String> {
    if text.syntax().children().next().is_some() {
        return None;
    }
    let text = text.to_string();
    if let Some(indented) = text.strip_prefix("''") {
        return Some(indented.strip_suffix("''").unwrap_or(indented).trim().to_owned());
    }
    let inner = text.strip_prefix('"')?;
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut plain = String::new();
    let mut chars = inner.chars();
    while let Some(char) = chars.next() {
        plain.extend(match char {
            '\\' => chars.next().map(|escaped| match escaped {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                other => other,
            }),
            other => Some(other),
        });
    }
    Some(plain)
}

fn names(path: Option<Attrpath>) -> Vec<Name> {
    path.into_iter().flat_map(|path| path.attrs().collect::<Vec<_>>()).map(|a| name(&a)).collect()
}

/// The last name of a function: `mkIf` for `lib.mkIf`.
fn function_name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Ident(ident) => Some(ident.to_string()),
        Expr::Select(select) => names(select.attrpath()).pop()?.text,
        _ => None,
    }
}

impl Walker {
    /// An expression that is in a value.
    fn expr(&mut self, expr: &Expr, at: &At) {
        match expr {
            Expr::Ident(ident) => self.used(ident, Vec::new(), None),
            Expr::Select(select) => self.select(select),
            Expr::AttrSet(set) => self.set(set, at),
            Expr::LetIn(node) => self.let_in(node, at),
            Expr::Lambda(lambda) => self.lambda(lambda, at),
            Expr::Apply(apply) => self.apply(apply, at),
            Expr::List(list) => {
                let element = at.step(Step::Element);
                list.items().for_each(|item| self.expr(&item, &element));
            }
            Expr::Str(text) => {
                if let Some(plain) = plain(text) {
                    let literal = literal(text.syntax(), plain, at);
                    self.found.strings.push(literal);
                }
                self.children(expr, &At::elsewhere());
            }
            Expr::PathAbs(_) | Expr::PathRel(_) | Expr::PathHome(_) | Expr::PathSearch(_) => {
                let literal = literal(expr.syntax(), expr.to_string(), at);
                self.found.paths.push(literal);
                self.children(expr, &At::elsewhere());
            }
            // What decides is not what is defined.
            Expr::IfElse(node) => {
                self.maybe(node.condition(), &At::elsewhere());
                self.maybe(node.body(), at);
                self.maybe(node.else_body(), at);
            }
            Expr::With(node) => {
                self.maybe(node.namespace(), &At::elsewhere());
                self.maybe(node.body(), at);
            }
            Expr::Assert(node) => {
                self.maybe(node.condition(), &At::elsewhere());
                self.maybe(node.body(), at);
            }
            _ => self.children(expr, at),
        }
    }

    fn maybe(&mut self, expr: Option<Expr>, at: &At) {
        if let Some(expr) = expr {
            self.expr(&expr, at);
        }
    }

    fn children(&mut self, expr: &Expr, at: &At) {
        for child in expr.syntax().children() {
            self.node(&child, at);
        }
    }

    /// Whatever is in a node that is no expression itself.
    fn node(&mut self, node: &SyntaxNode, at: &At) {
        if let Some(expr) = Expr::cast(node.clone()) {
            return self.expr(&expr, at);
        }
        for child in node.children() {
            self.node(&child, at);
        }
    }

    fn used(&mut self, ident: &Ident, selected: Vec<Name>, inherit: Option<(Span, usize)>) {
        let name = ident.to_string();
        let variable = self.scopes.find(&name);
        let span = span(ident.syntax());
        self.found.uses.push(Use { name, span, variable, selected, inherit });
    }

    fn select(&mut self, select: &Select) {
        let selected = names(select.attrpath());
        match select.expr() {
            Some(Expr::Ident(ident)) => self.used(&ident, selected, None),
            other => self.maybe(other, &At::elsewhere()),
        }
        if let Some(path) = select.attrpath() {
            self.attrpath(&path);
        }
        self.maybe(select.default_expr(), &At::elsewhere());
    }

    /// The computed names of a path.
    fn attrpath(&mut self, path: &Attrpath) {
        for attr in path.attrs() {
            if !matches!(attr, Attr::Ident(_)) {
                for child in attr.syntax().children() {
                    self.node(&child, &At::elsewhere());
                }
            }
        }
    }

    fn set(&mut self, node: &AttrSet, at: &At) {
        let set = self.found.sets.len();
        let At { parent, between } = at.clone();
        self.found.sets.push(Set { span: span(node.syntax()), parent, between });
        let recursive = node.rec_token().is_some();
        if recursive {
            self.open(node, VariableKind::Recursive, span(node.syntax()));
        }
        for entry in node.entries() {
            self.entry(&entry, Some(set), recursive);
        }
        if recursive {
            self.scopes.pop();
        }
        self.errors(node.syntax(), at);
    }

    fn let_in(&mut self, node: &LetIn, at: &At) {
        self.open(node, VariableKind::Let, span(node.syntax()));
        for entry in node.entries() {
            self.entry(&entry, None, true);
        }
        self.maybe(node.body(), at);
        self.scopes.pop();
        self.errors(node.syntax(), &At::elsewhere());
    }

    /// What the grammar could not read is looked into all the same.
    fn errors(&mut self, node: &SyntaxNode, at: &At) {
        for child in node.children().filter(|child| child.kind() == rnix::SyntaxKind::NODE_ERROR) {
            for child in child.children() {
                self.node(&child, at);
            }
        }
    }

    /// Opens the scope of definitions that see each other.
    fn open(&mut self, node: &impl HasEntry, kind: VariableKind, scope: Span) {
        self.scopes.push();
        for entry in node.entries() {
            let (attrs, value, kind) = match &entry {
                EntryNode::Inherit(inherit) => {
                    let from = inherit.from().map(|from| span(from.syntax()));
                    let kind = VariableKind::Inherited(from.is_some());
                    (inherit.attrs().collect(), from, kind)
                }
                EntryNode::AttrpathValue(definition) => {
                    let attrs: Vec<_> =
                        definition.attrpath().into_iter().flat_map(|p| p.attrs().next()).collect();
                    // `a.b = 1` is only a part of `a`.
                    let single = definition.attrpath().is_some_and(|p| p.attrs().count() == 1);
                    let value = definition.value().filter(|_| single);
                    (attrs, value.map(|value| span(value.syntax())), kind)
                }
            };
            for Name { text, span } in attrs.iter().map(name) {
                if let Some(text) = text {
                    let places = (span, value, scope);
                    self.scopes.define(&mut self.found.variables, &text, kind, places);
                }
            }
        }
    }

    fn entry(&mut self, entry: &EntryNode, set: Option<usize>, scoped: bool) {
        match entry {
            EntryNode::AttrpathValue(definition) => self.definition(definition, set),
            EntryNode::Inherit(inherit) => self.inherit(inherit, set, scoped),
        }
    }

    fn definition(&mut self, node: &AttrpathValue, set: Option<usize>) {
        let value = node.value();
        let kind = if set.is_some() { EntryKind::Attribute } else { EntryKind::Variable };
        let index = self.found.entries.len();
        self.found.entries.push(Entry {
            kind,
            set,
            names: names(node.attrpath()),
            span: span(node.syntax()),
            value: value.as_ref().map(|value| span(value.syntax())),
        });
        if let Some(path) = node.attrpath() {
            self.attrpath(&path);
        }
        let between = if set.is_some() { Vec::new() } else { vec![Step::Elsewhere] };
        self.maybe(value, &At { parent: Some(index), between });
    }

    fn inherit(&mut self, node: &Inherit, set: Option<usize>, scoped: bool) {
        let whole = span(node.syntax());
        let attrs: Vec<_> = node.attrs().collect();
        for attr in &attrs {
            let kind = EntryKind::Inherited;
            let names = vec![name(attr)];
            self.found.entries.push(Entry { kind, set, names, span: whole, value: None });
            if let (None, Attr::Ident(ident)) = (node.from(), attr) {
                self.inherited(ident, (whole, attrs.len()), scoped);
            }
        }
        if let Some(from) = node.from() {
            self.maybe(from.expr(), &At::elsewhere());
        }
    }

    /// A name is inherited from around a scope, not from itself.
    fn inherited(&mut self, ident: &Ident, inherit: (Span, usize), scoped: bool) {
        let innermost = if scoped { self.scopes.take() } else { None };
        self.used(ident, Vec::new(), Some(inherit));
        if let Some(innermost) = innermost {
            self.scopes.put_back(innermost);
        }
    }

    fn lambda(&mut self, node: &Lambda, at: &At) {
        let scope = span(node.syntax());
        self.scopes.push();
        match node.param() {
            Some(Param::IdentParam(param)) => {
                self.argument(param.ident(), VariableKind::Argument, scope);
            }
            Some(Param::Pattern(pattern)) => {
                for entry in pattern.pat_entries() {
                    self.argument(entry.ident(), VariableKind::Formal, scope);
                }
                let bound = pattern.pat_bind().and_then(|bound| bound.ident());
                self.argument(bound, VariableKind::Argument, scope);
                for entry in pattern.pat_entries() {
                    self.maybe(entry.default(), &At::elsewhere());
                }
            }
            None => {}
        }
        self.maybe(node.body(), at);
        self.scopes.pop();
    }

    fn argument(&mut self, ident: Option<Ident>, kind: VariableKind, scope: Span) {
        if let Some(ident) = ident {
            let places = (span(ident.syntax()), None, scope);
            self.scopes.define(&mut self.found.variables, &ident.to_string(), kind, places);
        }
    }

    /// A call comes to what its last argument looks like, as a rule. All arguments at once:
    /// a call of a call is one of the same function.
    fn apply(&mut self, node: &Apply, at: &At) {
        let (mut arguments, mut function) = (vec![node.argument()], node.lambda());
        let function = loop {
            function = match function {
                Some(Expr::Apply(call)) => {
                    arguments.push(call.argument());
                    call.lambda()
                }
                Some(Expr::Paren(inner)) => inner.expr(),
                other => break other,
            };
        };
        let name = function.as_ref().and_then(function_name);
        let is = |known: &[&str]| name.as_deref().is_some_and(|name| known.contains(&name));
        let (many, merging) = (is(&MANY), is(&MERGING));
        self.maybe(function, &At::elsewhere());
        let (inside, last) = match many {
            true => (at.step(Step::Any), at.step(Step::Any)),
            false => (At::elsewhere(), at.clone()),
        };
        while let Some(argument) = arguments.pop() {
            let at = if arguments.is_empty() { &last } else { &inside };
            match argument {
                Some(Expr::List(list)) if merging => {
                    list.items().for_each(|item| self.expr(&item, at));
                }
                argument => self.maybe(argument, at),
            }
        }
    }
}

fn literal(node: &SyntaxNode, text: String, at: &At) -> Literal {
    let At { parent, between } = at.clone();
    Literal { span: span(node), text, parent, between }
}
