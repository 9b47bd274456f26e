//! Builds the abstract syntax while the automaton reduces rules.

use super::ast::{Ast, Call, Formal, Lambda, Name, Node, NodeId, Part, Pattern, Set, Step};
use super::strings::{Piece, Stripped, strip_indentation, unescape};
use super::tables::Action;
use crate::ir::{BinaryOp, Range, UnaryOp};
use crate::{ErrorKind, Lints, Span, Symbol, Symbols, SyntaxError, Warning};

/// What a symbol on the stack stands for.
#[derive(Debug)]
pub(super) enum Value {
    /// A token: its place tells the rest.
    None,
    /// A token that a repair put in.
    Missing,
    Node(NodeId),
    Nodes(Vec<NodeId>),
    /// Text as it stands in the source.
    Source(Span),
    Parts(Vec<Part>),
    Pieces(Vec<RawPiece>),
    Set(u32),
    Name(Name),
    Path(Vec<Step>),
    Formal(Option<Formal>),
    Formals(Vec<Formal>),
    Pattern(Box<Pattern>),
}

/// A piece of an indented string before the indentation is known.
#[derive(Debug, Clone, Copy)]
pub(super) enum RawPiece {
    Token(Span),
    /// An expression, and where its `${` is.
    Expr(NodeId, u32),
}

pub(super) struct Builder<'a> {
    pub(super) text: &'a str,
    pub(super) symbols: &'a mut Symbols,
    pub(super) ast: Ast,
    pub(super) errors: Vec<SyntaxError>,
    pub(super) warnings: Vec<Warning>,
    pub(super) lints: Lints,
    /// The calls that are written `f or`.
    pub(super) or_calls: Vec<NodeId>,
    /// Whether the pieces of indented strings stay apart.
    pub(super) keep_pieces: bool,
    values: Vec<Value>,
    spans: Vec<Span>,
    /// Whether nothing was left out of the tree.
    pub(super) complete: bool,
    /// Where the symbols of the rule begin that is being reduced.
    base: usize,
}

impl<'a> Builder<'a> {
    pub(super) fn new(text: &'a str, symbols: &'a mut Symbols, lints: Lints) -> Self {
        Self {
            text,
            symbols,
            ast: Ast::default(),
            errors: Vec::new(),
            warnings: Vec::new(),
            lints,
            or_calls: Vec::new(),
            keep_pieces: false,
            values: Vec::new(),
            spans: Vec::new(),
            complete: true,
            base: 0,
        }
    }

    pub(super) fn push(&mut self, value: Value, span: Span) {
        self.values.push(value);
        self.spans.push(span);
    }

    /// The end of what was read so far.
    pub(super) fn end(&self) -> u32 {
        self.spans.last().map_or(0, |span| span.end)
    }

    /// The whole text, when it is all read.
    pub(super) fn root(&mut self) -> NodeId {
        self.base = 0;
        self.node(0)
    }

    /// What stands for the whole text if nothing can be made of it.
    pub(super) fn give_up(&mut self) -> NodeId {
        self.complete = false;
        self.ast.add(Node::Error, Span::new(0, self.text.len() as u32))
    }

    /// Replaces the last `length` symbols by what `action` makes of them.
    pub(super) fn reduce(&mut self, action: Action, length: usize) {
        self.base = self.values.len() - length;
        let span = match self.spans[self.base..] {
            [] => Span::at(self.end()),
            [first, ..] => Span::new(first.start, self.end()),
        };
        let value = self.build(action, span);
        self.values.truncate(self.base);
        self.spans.truncate(self.base);
        self.push(value, span);
    }

    fn build(&mut self, action: Action, span: Span) -> Value {
        match action {
            Action::Pass => self.take(0),
            Action::Lambda => {
                let argument = (self.identifier(0), self.span(0));
                self.lambda(argument, None, 2, span)
            }
            Action::PatternLambda => self.pattern_lambda(None, 0, 2, span),
            Action::PatternThenName => self.pattern_lambda(Some(2), 0, 4, span),
            Action::NameThenPattern => self.pattern_lambda(Some(0), 2, 4, span),
            Action::Assert => self.add(Node::Assert(self.node(1), self.node(3)), span),
            Action::With => self.add(Node::With(self.node(1), self.node(3)), span),
            Action::Let => self.let_in(span),
            Action::If => self.add(Node::If(self.node(1), self.node(3), self.node(5)), span),
            Action::PipeFrom => self.pipe(self.node(0), self.node(2), span),
            Action::PipeInto => self.pipe(self.node(2), self.node(0), span),
            Action::Apply => {
                self.warn_of_or(1);
                self.apply(self.node(0), self.node(1), span)
            }
            Action::ApplyOr => self.apply_or(span),
            Action::Not => self.add(Node::Unary(UnaryOp::Not, self.node(1)), span),
            Action::Negate => self.add(Node::Unary(UnaryOp::Negate, self.node(1)), span),
            Action::Binary => self.binary(span),
            Action::HasAttr => {
                let path = self.steps(2);
                self.add(Node::HasAttr { base: self.node(0), path }, span)
            }
            Action::Select => self.select(None, span),
            Action::SelectOr => {
                self.warn_of_or(4);
                self.select(Some(self.node(4)), span)
            }
            Action::Variable => self.variable(span),
            Action::Integer => self.integer(span),
            Action::Float => self.float(span),
            Action::String | Action::Indented | Action::StringText | Action::StringEmpty => {
                self.string(action, span)
            }
            Action::StringInterpolated
            | Action::PartsText
            | Action::PartsExpr
            | Action::FirstExpr
            | Action::FirstTextExpr => self.interpolated(action, span),
            Action::IndentedText | Action::IndentedExpr | Action::IndentedStart => {
                self.pieces(action)
            }
            Action::PathStart => {
                self.lint_path(self.span(0));
                Value::Source(self.span(0))
            }
            Action::Path => {
                let text = self.source(0);
                let text = self.ast.text(text);
                self.add(Node::Path(text), span)
            }
            Action::InterpolatedPath => self.interpolated_path(span),
            Action::SearchPath => {
                let text = self.source_text(span);
                let text = self.ast.text(&text[1..text.len() - 1]);
                self.add(Node::SearchPath(text), span)
            }
            Action::Uri => {
                self.lint_url(span);
                let text = self.source_text(span);
                let text = self.ast.text(text);
                self.add(Node::Str { text, joined: false }, span)
            }
            Action::Paren => self.take(1),
            Action::LegacyLet => self.legacy_let(span),
            Action::RecursiveSet => {
                let set = self.set(2);
                self.ast.sets[set as usize].recursive = true;
                self.add(Node::Set(set), span)
            }
            Action::Set => {
                let set = self.set(1);
                self.add(Node::Set(set), span)
            }
            Action::EmptySet => {
                let set = self.new_set();
                self.add(Node::Set(set), span)
            }
            Action::List | Action::ListItem | Action::NoItems => self.list(action, span),
            Action::NoBindings
            | Action::Bind
            | Action::FirstBind
            | Action::InheritNames
            | Action::InheritFrom => self.bindings(action),
            Action::NamesName | Action::NamesComputed | Action::NoNames => self.names(action),
            Action::PathName | Action::PathComputed | Action::FirstName | Action::FirstComputed => {
                self.path(action)
            }
            Action::Name | Action::OrName | Action::QuotedName | Action::ComputedName => {
                Value::Name(self.name(action, span))
            }
            Action::FormalsOpen
            | Action::AnyFormals
            | Action::FormalsClosed
            | Action::NoFormals
            | Action::NextFormal
            | Action::FirstFormal
            | Action::Formal
            | Action::FormalDefault => self.formals(action),
        }
    }

    fn take(&mut self, i: usize) -> Value {
        std::mem::replace(&mut self.values[self.base + i], Value::None)
    }

    /// The place of a symbol of the rule.
    pub(super) fn span(&self, i: usize) -> Span {
        self.spans[self.base + i]
    }

    /// The expression that a symbol of the rule stands for.
    pub(super) fn node(&self, i: usize) -> NodeId {
        match self.values[self.base + i] {
            Value::Node(node) => node,
            ref other => unreachable!("an expression, not {other:?}"),
        }
    }

    pub(super) fn take_path(&mut self, i: usize) -> Vec<Step> {
        match self.take(i) {
            Value::Path(path) => path,
            other => unreachable!("an attribute path, not {other:?}"),
        }
    }

    /// The set that a symbol of the rule stands for.
    pub(super) fn set(&self, i: usize) -> u32 {
        match self.values[self.base + i] {
            Value::Set(set) => set,
            ref other => unreachable!("bindings, not {other:?}"),
        }
    }

    pub(super) fn new_set(&mut self) -> u32 {
        self.ast.sets.push(Set::default());
        self.ast.sets.len() as u32 - 1
    }

    fn is_missing(&self, i: usize) -> bool {
        matches!(self.values[self.base + i], Value::Missing)
    }

    pub(super) fn source_text(&self, span: Span) -> &'a str {
        &self.text[span.range()]
    }

    fn source(&self, i: usize) -> &'a str {
        match self.values[self.base + i] {
            Value::Source(span) => self.source_text(span),
            ref other => unreachable!("text, not {other:?}"),
        }
    }

    /// The name at an identifier, unless a repair put it in.
    fn identifier(&mut self, i: usize) -> Option<Symbol> {
        if self.is_missing(i) {
            return None;
        }
        let text = self.source_text(self.span(i));
        Some(self.symbols.intern(text))
    }

    pub(super) fn error(&mut self, kind: ErrorKind, message: String, span: Span) {
        self.errors.push(SyntaxError::new(kind, message, span));
    }

    fn add(&mut self, node: Node, span: Span) -> Value {
        Value::Node(self.ast.add(node, span))
    }

    fn variable(&mut self, span: Span) -> Value {
        let node = match self.identifier(0) {
            None => Node::Error,
            Some(_) if self.source_text(span) == "__curPos" => Node::CurrentPosition,
            Some(name) => Node::Variable(name),
        };
        self.add(node, span)
    }

    fn integer(&mut self, span: Span) -> Value {
        let text = self.source_text(span);
        let value = text.parse().unwrap_or_else(|_| {
            self.error(ErrorKind::Token, format!("invalid integer '{text}'"), span);
            0
        });
        self.add(Node::Int(value), span)
    }

    /// Nix refuses what C's `strtod` calls out of range.
    fn float(&mut self, span: Span) -> Value {
        let text = self.source_text(span);
        let value: f64 = text.parse().unwrap_or(f64::NAN);
        let mantissa = text.split(['e', 'E']).next().unwrap_or(text);
        let is_zero = !mantissa.contains(|c: char| c.is_ascii_digit() && c != '0');
        if !(value.is_normal() || value == 0.0 && is_zero) {
            self.error(ErrorKind::Token, format!("invalid float '{text}'"), span);
        }
        self.add(Node::Float(value), span)
    }

    fn binary(&mut self, span: Span) -> Value {
        let op = match self.source_text(self.span(1)) {
            "==" => BinaryOp::Equal,
            "!=" => BinaryOp::NotEqual,
            "<" => BinaryOp::Less,
            "<=" => BinaryOp::LessOrEqual,
            ">" => BinaryOp::Greater,
            ">=" => BinaryOp::GreaterOrEqual,
            "&&" => BinaryOp::And,
            "||" => BinaryOp::Or,
            "->" => BinaryOp::Implies,
            "//" => BinaryOp::Update,
            "+" => BinaryOp::Add,
            "-" => BinaryOp::Subtract,
            "*" => BinaryOp::Multiply,
            "/" => BinaryOp::Divide,
            _ => BinaryOp::Concat,
        };
        let operator = self.operator();
        let node = self.ast.add(Node::Binary(op, self.node(0), self.node(2)), span);
        self.ast.operators.push((node, operator));
        Value::Node(node)
    }

    /// A call of something that is itself a call, in parentheses or not, gets
    /// one more argument.
    pub(super) fn apply(&mut self, function: NodeId, argument: NodeId, span: Span) -> Value {
        if let Node::Call(call) = self.ast.node(function) {
            self.ast.calls[call as usize].arguments.push(argument);
            let whole = self.ast.spans[function.0 as usize];
            self.ast.spans[function.0 as usize] = whole.cover(span);
            if span.start < whole.start && self.ast.operator(function).is_none() {
                // Nix tells where the inner call begins: `f` in `(f x) y`.
                self.placed_at(function, whole.start);
            }
            return Value::Node(function);
        }
        self.call(function, argument, span)
    }

    fn call(&mut self, function: NodeId, argument: NodeId, span: Span) -> Value {
        self.ast.calls.push(Call { function, arguments: vec![argument] });
        self.add(Node::Call(self.ast.calls.len() as u32 - 1), span)
    }

    /// `f or`, from the time when `or` was a name like any other.
    fn apply_or(&mut self, span: Span) -> Value {
        let name = self.symbols.intern("or");
        let argument = self.ast.add(Node::Variable(name), self.span(1));
        let call = self.call(self.node(0), argument, span);
        if let Value::Node(call) = call {
            self.or_calls.push(call);
        }
        call
    }

    fn select(&mut self, default: Option<NodeId>, span: Span) -> Value {
        let path = self.steps(2);
        self.add(Node::Select { base: self.node(0), path, default }, span)
    }

    fn steps(&mut self, i: usize) -> Range {
        let path = self.take_path(i);
        let start = self.ast.steps.len() as u32;
        self.ast.steps.extend(path);
        Range { start, end: self.ast.steps.len() as u32 }
    }

    fn let_in(&mut self, span: Span) -> Value {
        let set = self.set(1);
        let bindings = &mut self.ast.sets[set as usize];
        if let Some(first) = bindings.dynamic.first() {
            let name = first.place.name;
            bindings.dynamic.clear();
            self.complete = false;
            let message = "dynamic attributes not allowed in let".to_owned();
            let error = SyntaxError::new(ErrorKind::DynamicAttribute, message, self.span(0));
            self.errors.push(error.related(name, "this name is computed"));
        }
        self.add(Node::Let(set, self.node(3)), span)
    }

    /// `let { … }` is `(rec { … }).body`.
    fn legacy_let(&mut self, span: Span) -> Value {
        let set = self.set(2);
        self.ast.sets[set as usize].recursive = true;
        let base = self.ast.add(Node::Set(set), span);
        let name = Name::Known(self.symbols.intern("body"));
        let start = self.ast.steps.len() as u32;
        self.ast.steps.push(Step { name, span: self.span(0) });
        self.add(Node::Select { base, path: Range { start, end: start + 1 }, default: None }, span)
    }

    fn list(&mut self, action: Action, span: Span) -> Value {
        if action == Action::NoItems {
            return Value::Nodes(Vec::new());
        }
        let at = usize::from(action == Action::List);
        let Value::Nodes(mut items) = self.take(at) else { unreachable!("list elements") };
        if action == Action::ListItem {
            self.warn_of_or(1);
            items.push(self.node(1));
            return Value::Nodes(items);
        }
        let start = self.ast.items.len() as u32;
        self.ast.items.extend(items);
        self.add(Node::List(Range { start, end: self.ast.items.len() as u32 }), span)
    }

    fn lambda(
        &mut self,
        (argument, argument_span): (Option<Symbol>, Span),
        pattern: Option<Pattern>,
        body: usize,
        span: Span,
    ) -> Value {
        let body = self.node(body);
        self.ast.lambdas.push(Lambda { argument, argument_span, pattern, body });
        self.add(Node::Lambda(self.ast.lambdas.len() as u32 - 1), span)
    }

    fn pattern_lambda(
        &mut self,
        name: Option<usize>,
        pattern: usize,
        body: usize,
        span: Span,
    ) -> Value {
        let argument = name.and_then(|i| self.identifier(i));
        let Value::Pattern(mut pattern) = self.take(pattern) else { unreachable!("a pattern") };
        self.check_formals(&mut pattern, argument, self.span(0));
        let argument_span = name.map_or(Span::default(), |i| self.span(i));
        self.lambda((argument, argument_span), Some(*pattern), body, span)
    }

    /// Sorts the formal arguments and refuses those that are named twice.
    /// What `@` binds counts as one, which Nix finds at the begin of the
    /// function.
    fn check_formals(&mut self, pattern: &mut Pattern, bound: Option<Symbol>, begin: Span) {
        let formals = &mut pattern.formals;
        formals.sort_by_key(|formal| (formal.name, formal.span.start));
        let mut duplicates = Vec::new();
        formals.dedup_by(|later, first| {
            let same = later.name == first.name;
            if same {
                duplicates.push((later.name, later.span, first.span));
            }
            same
        });
        if let Some(name) = bound
            && let Ok(i) = formals.binary_search_by_key(&name, |formal| formal.name)
        {
            duplicates.push((name, begin, formals[i].span));
        }
        for (name, span, first) in duplicates {
            let name = self.symbols.text(name);
            let message = format!("duplicate formal function argument '{name}'");
            let error = SyntaxError::new(ErrorKind::DuplicateFormal, message, span);
            self.errors.push(error.related(first, "first named here"));
        }
    }

    fn formals(&mut self, action: Action) -> Value {
        match action {
            Action::Formal | Action::FormalDefault => {
                let default = (action == Action::FormalDefault).then(|| self.node(2));
                let span = self.span(0);
                let name = self.identifier(0);
                Value::Formal(name.map(|name| Formal { name, span, default }))
            }
            Action::FirstFormal | Action::NextFormal => {
                let (mut formals, at) = match self.take(0) {
                    Value::Formals(formals) => (formals, 2),
                    first => (Vec::from_iter(formal(first)), 0),
                };
                if at > 0 {
                    formals.extend(formal(self.take(at)));
                }
                Value::Formals(formals)
            }
            _ => {
                let formals = match action {
                    Action::FormalsOpen | Action::FormalsClosed => match self.take(1) {
                        Value::Formals(formals) => formals,
                        other => unreachable!("formal arguments, not {other:?}"),
                    },
                    _ => Vec::new(),
                };
                let ellipsis = matches!(action, Action::FormalsOpen | Action::AnyFormals);
                Value::Pattern(Box::new(Pattern { formals, ellipsis }))
            }
        }
    }

    fn string(&mut self, action: Action, span: Span) -> Value {
        match action {
            Action::StringText | Action::StringEmpty => Value::Source(span),
            Action::Indented => self.indented(span),
            _ => match self.take(1) {
                Value::Source(source) => {
                    let text = self.ast.text(unescape(self.source_text(source)));
                    self.add(Node::Str { text, joined: false }, span)
                }
                Value::Node(node) => {
                    self.quoted(node, span);
                    Value::Node(node)
                }
                other => unreachable!("a string, not {other:?}"),
            },
        }
    }

    fn interpolated(&mut self, action: Action, span: Span) -> Value {
        let mut parts = match action {
            Action::FirstExpr | Action::FirstTextExpr => Vec::new(),
            _ => match self.take(0) {
                Value::Parts(parts) => parts,
                other => unreachable!("parts of a string, not {other:?}"),
            },
        };
        match action {
            Action::StringInterpolated => {
                let parts = self.add_parts(parts);
                return self.add(Node::Interpolate(parts), span);
            }
            Action::PartsText => parts.push(self.text_part(1)),
            Action::PartsExpr => parts.push(self.expr_part(1)),
            Action::FirstExpr => parts.push(self.expr_part(0)),
            _ => parts.extend([self.text_part(0), self.expr_part(1)]),
        }
        Value::Parts(parts)
    }

    fn text_part(&mut self, i: usize) -> Part {
        let text = unescape(self.source_text(self.span(i)));
        Part::Text(self.ast.text(text))
    }

    /// `${ expr }`, where `${` is symbol `i`.
    fn expr_part(&self, i: usize) -> Part {
        Part::Expr(self.node(i + 1), self.span(i).start)
    }

    fn add_parts(&mut self, parts: impl IntoIterator<Item = Part>) -> Range {
        let start = self.ast.parts.len() as u32;
        self.ast.parts.extend(parts);
        Range { start, end: self.ast.parts.len() as u32 }
    }

    fn interpolated_path(&mut self, span: Span) -> Value {
        let first = self.source(0);
        let first = Part::Text(self.ast.text(first));
        let Value::Parts(rest) = self.take(1) else { unreachable!("parts of a path") };
        let parts = self.add_parts([first].into_iter().chain(rest));
        self.add(Node::InterpolatePath(parts), span)
    }

    fn pieces(&mut self, action: Action) -> Value {
        let mut pieces = match action {
            Action::IndentedStart => return Value::Pieces(Vec::new()),
            _ => match self.take(0) {
                Value::Pieces(pieces) => pieces,
                other => unreachable!("pieces of a string, not {other:?}"),
            },
        };
        pieces.push(match action {
            Action::IndentedExpr => RawPiece::Expr(self.node(2), self.span(1).start),
            _ => RawPiece::Token(self.span(1)),
        });
        Value::Pieces(pieces)
    }

    fn indented(&mut self, span: Span) -> Value {
        let Value::Pieces(raw) = self.take(1) else { unreachable!("pieces of a string") };
        let pieces: Vec<Piece<'_, (NodeId, u32)>> = raw
            .iter()
            .map(|piece| match *piece {
                RawPiece::Token(span) => Piece::from_token(self.source_text(span)),
                RawPiece::Expr(node, at) => Piece::Expr((node, at)),
            })
            .collect();
        let stripped = strip_indentation(&pieces);
        // A lone string in `${ }` is the string itself.
        if let [Stripped::Expr((node, _))] = stripped[..]
            && let Node::Str { joined: false, .. } = self.ast.node(node)
        {
            return Value::Node(node);
        }
        if self.keep_pieces && stripped.len() > 1 {
            return self.in_pieces(stripped, span);
        }
        if stripped.iter().all(|piece| matches!(piece, Stripped::Text(_))) {
            let joined = stripped.len() > 1;
            let texts = stripped.into_iter().filter_map(|piece| match piece {
                Stripped::Text(text) => Some(text),
                Stripped::Expr(_) => None,
            });
            let text = self.ast.text(texts.collect::<String>());
            return self.add(Node::Str { text, joined }, span);
        }
        let mut parts = Vec::with_capacity(stripped.len());
        let mut text = String::new();
        for piece in stripped {
            match piece {
                Stripped::Text(more) => text += &more,
                Stripped::Expr((node, at)) => {
                    if !text.is_empty() {
                        parts.push(Part::Text(self.ast.text(std::mem::take(&mut text))));
                    }
                    parts.push(Part::Expr(node, at));
                }
            }
        }
        if !text.is_empty() {
            parts.push(Part::Text(self.ast.text(text)));
        }
        let parts = self.add_parts(parts);
        self.add(Node::Interpolate(parts), span)
    }

    fn in_pieces(&mut self, pieces: Vec<Stripped<(NodeId, u32)>>, span: Span) -> Value {
        let mut parts = Vec::with_capacity(pieces.len());
        for piece in pieces {
            parts.push(match piece {
                Stripped::Text(text) => Part::Text(self.ast.text(text)),
                Stripped::Expr((node, at)) => Part::Expr(node, at),
            });
        }
        let parts = self.add_parts(parts);
        self.add(Node::Interpolate(parts), span)
    }

    fn name(&mut self, action: Action, span: Span) -> Name {
        match action {
            Action::Name => self.identifier(0).map_or(Name::Missing, Name::Known),
            Action::OrName => Name::Known(self.symbols.intern("or")),
            Action::QuotedName => match self.take(1) {
                Value::Source(source) => {
                    let text = unescape(self.source_text(source));
                    Name::Known(self.symbols.intern(&text))
                }
                Value::Node(node) => {
                    self.quoted(node, span);
                    Name::Computed(node)
                }
                other => unreachable!("a string, not {other:?}"),
            },
            _ => {
                let node = self.node(1);
                match self.ast.node(node) {
                    Node::Str { text, joined: false } => {
                        Name::Known(self.symbols.intern(&self.ast.texts[text.0 as usize]))
                    }
                    _ => Name::Computed(node),
                }
            }
        }
    }

    fn step_at(&mut self, i: usize) -> Step {
        match self.values[self.base + i] {
            Value::Name(name) => Step { name, span: self.span(i) },
            ref other => unreachable!("a name, not {other:?}"),
        }
    }

    fn path(&mut self, action: Action) -> Value {
        match action {
            Action::FirstName | Action::FirstComputed => Value::Path(vec![self.step_at(0)]),
            _ => {
                let mut path = self.take_path(0);
                path.push(self.step_at(2));
                Value::Path(path)
            }
        }
    }

    fn names(&mut self, action: Action) -> Value {
        if action == Action::NoNames {
            return Value::Path(Vec::new());
        }
        let mut names = self.take_path(0);
        let step = self.step_at(1);
        if let Name::Computed(_) = step.name {
            let message = "dynamic attributes not allowed in inherit".to_owned();
            self.error(ErrorKind::DynamicAttribute, message, step.span);
        } else {
            names.push(step);
        }
        Value::Path(names)
    }
}

fn formal(value: Value) -> Option<Formal> {
    match value {
        Value::Formal(formal) => formal,
        other => unreachable!("a formal argument, not {other:?}"),
    }
}
