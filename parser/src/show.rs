//! A program as Nix shows what it has parsed (`nix-instantiate --parse`, and
//! the condition of a failed assertion): with the abbreviations of the source
//! written out, names in alphabetical order, and everything in parentheses.

use crate::ir::{BinaryOp, Range, UnaryOp};
use crate::syntax::ast::{Ast, Def, Lambda, Name, Node, NodeId, Part, Set, Step, Value};
use crate::syntax::{Tree, parse_to_show};
use crate::{Options, Span, Symbol, Symbols, SyntaxError};

/// The program in `text`, or why there is none. `resolve` makes a path as it
/// stands in the source absolute.
pub fn show(
    text: &str,
    symbols: &mut Symbols,
    options: &Options<'_>,
    resolve: &dyn Fn(&str) -> String,
) -> Result<String, Vec<SyntaxError>> {
    let errors = crate::parse(text, symbols, options).errors;
    if !errors.is_empty() {
        return Err(errors);
    }
    let Tree { ast, root, .. } = parse_to_show(text, symbols, options);
    Ok(Show { ast: &ast, symbols, resolve, out: String::new() }.whole(root))
}

/// The expression at `span` of a text.
pub fn show_expression(
    text: &str,
    span: Span,
    options: &Options<'_>,
    resolve: &dyn Fn(&str) -> String,
) -> Option<String> {
    let mut symbols = Symbols::new();
    let Tree { ast, .. } = parse_to_show(text, &mut symbols, options);
    // Of several nodes at one place the last is the outermost.
    let node = ast.spans.iter().rposition(|other| *other == span)?;
    let show = Show { ast: &ast, symbols: &symbols, resolve, out: String::new() };
    Some(show.whole(NodeId(node as u32)))
}

struct Show<'a> {
    ast: &'a Ast,
    symbols: &'a Symbols,
    resolve: &'a dyn Fn(&str) -> String,
    out: String,
}

impl Show<'_> {
    fn whole(mut self, root: NodeId) -> String {
        self.node(root);
        self.out
    }

    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn name(&mut self, name: Symbol) {
        show_name(&mut self.out, self.symbols.text(name));
    }

    fn node(&mut self, id: NodeId) {
        match self.ast.node(id) {
            Node::Error => {}
            Node::Int(int) => self.push(&int.to_string()),
            Node::Float(float) => self.push(&show_float(float)),
            Node::Str { text, .. } => show_string(&mut self.out, &self.ast.texts[text.0 as usize]),
            Node::Path(text) => {
                let path = (self.resolve)(&self.ast.texts[text.0 as usize]);
                self.push(&path);
            }
            Node::SearchPath(text) => {
                self.push("(__findFile __nixPath ");
                show_string(&mut self.out, &self.ast.texts[text.0 as usize]);
                self.push(")");
            }
            Node::Variable(name) => self.name(name),
            Node::CurrentPosition => self.push("__curPos"),
            node => stacker::maybe_grow(64 << 10, 1 << 20, || self.compound(node)),
        }
    }

    /// An expression made of expressions.
    fn compound(&mut self, node: Node) {
        match node {
            Node::Interpolate(parts) => self.parts(parts, false),
            Node::InterpolatePath(parts) => self.parts(parts, true),
            Node::Select { base, path, default } => self.select(base, path, default),
            Node::HasAttr { base, path } => {
                self.around("((", base, ") ? ");
                self.path(path);
                self.push(")");
            }
            Node::Call(call) => {
                let call = &self.ast.calls[call as usize];
                self.around("(", call.function, "");
                for argument in &call.arguments {
                    self.around(" ", *argument, "");
                }
                self.push(")");
            }
            Node::Lambda(lambda) => self.lambda(&self.ast.lambdas[lambda as usize]),
            Node::Let(set, body) => {
                self.push("(let ");
                self.bindings(&self.ast.sets[set as usize]);
                self.around("in ", body, ")");
            }
            Node::Set(set) => self.set(&self.ast.sets[set as usize]),
            Node::List(items) => {
                self.push("[ ");
                for item in items.indices() {
                    self.around("(", self.ast.items[item], ") ");
                }
                self.push("]");
            }
            Node::With(scope, body) => {
                self.around("(with ", scope, "; ");
                self.around("", body, ")");
            }
            Node::Assert(condition, body) => {
                self.around("assert ", condition, "; ");
                self.node(body);
            }
            Node::If(condition, consequence, alternative) => {
                self.around("(if ", condition, " then ");
                self.around("", consequence, " else ");
                self.around("", alternative, ")");
            }
            Node::Unary(UnaryOp::Not, operand) => self.around("(! ", operand, ")"),
            Node::Unary(UnaryOp::Negate, operand) => self.around("(__sub 0 ", operand, ")"),
            Node::Binary(op, left, right) => self.binary(op, left, right),
            // The others have nothing in them.
            _ => {}
        }
    }

    fn around(&mut self, before: &str, node: NodeId, after: &str) {
        self.push(before);
        self.node(node);
        self.push(after);
    }

    /// Some operators are calls of builtins.
    fn binary(&mut self, op: BinaryOp, left: NodeId, right: NodeId) {
        let sign = match op {
            BinaryOp::Subtract => return self.call("__sub", left, right),
            BinaryOp::Multiply => return self.call("__mul", left, right),
            BinaryOp::Divide => return self.call("__div", left, right),
            BinaryOp::Less => return self.call("__lessThan", left, right),
            BinaryOp::Greater => return self.call("__lessThan", right, left),
            BinaryOp::LessOrEqual => return self.not_less(right, left),
            BinaryOp::GreaterOrEqual => return self.not_less(left, right),
            BinaryOp::Add => " + ",
            BinaryOp::Concat => " ++ ",
            BinaryOp::Update => " // ",
            BinaryOp::Equal => " == ",
            BinaryOp::NotEqual => " != ",
            BinaryOp::And => " && ",
            BinaryOp::Or => " || ",
            BinaryOp::Implies => " -> ",
        };
        self.around("(", left, sign);
        self.around("", right, ")");
    }

    fn call(&mut self, function: &str, left: NodeId, right: NodeId) {
        self.push("(");
        self.push(function);
        self.around(" ", left, " ");
        self.around("", right, ")");
    }

    fn not_less(&mut self, left: NodeId, right: NodeId) {
        self.push("(! ");
        self.call("__lessThan", left, right);
        self.push(")");
    }

    /// `resolved` if the first text is the begin of a path.
    fn parts(&mut self, parts: Range, resolved: bool) {
        self.push("(");
        for (i, part) in parts.indices().enumerate() {
            if i > 0 {
                self.push(" + ");
            }
            match self.ast.parts[part] {
                Part::Text(text) if resolved && i == 0 => {
                    let text = &self.ast.texts[text.0 as usize];
                    let mut path = (self.resolve)(text);
                    if text.len() > 1 && text.ends_with('/') && !path.ends_with('/') {
                        path.push('/');
                    }
                    self.push(&path);
                }
                Part::Text(text) => {
                    show_string(&mut self.out, &self.ast.texts[text.0 as usize]);
                }
                Part::Expr(expr, _) => self.node(expr),
            }
        }
        self.push(")");
    }

    fn select(&mut self, base: NodeId, path: Range, default: Option<NodeId>) {
        self.around("(", base, ").");
        self.path(path);
        if let Some(default) = default {
            self.around(" or (", default, ")");
        }
    }

    fn path(&mut self, path: Range) {
        for (i, step) in path.indices().enumerate() {
            if i > 0 {
                self.push(".");
            }
            self.step(self.ast.steps[step]);
        }
    }

    fn step(&mut self, step: Step) {
        match step.name {
            Name::Known(name) => self.name(name),
            Name::Computed(name) => self.around("\"${", name, "}\""),
            Name::Missing => {}
        }
    }

    fn lambda(&mut self, lambda: &Lambda) {
        self.push("(");
        if let Some(pattern) = &lambda.pattern {
            self.push("{ ");
            let mut formals: Vec<_> = pattern.formals.iter().collect();
            formals.sort_by_key(|formal| self.symbols.text(formal.name));
            for (i, formal) in formals.iter().enumerate() {
                self.push(if i > 0 { ", " } else { "" });
                self.name(formal.name);
                if let Some(default) = formal.default {
                    self.around(" ? ", default, "");
                }
            }
            if pattern.ellipsis {
                self.push(if formals.is_empty() { "..." } else { ", ..." });
            }
            self.push(if lambda.argument.is_some() { " } @ " } else { " }" });
        }
        if let Some(argument) = lambda.argument {
            self.name(argument);
        }
        self.around(": ", lambda.body, ")");
    }

    fn set(&mut self, set: &Set) {
        self.push(if set.recursive { "rec { " } else { "{ " });
        self.bindings(set);
        self.push("}");
    }

    fn bindings(&mut self, set: &Set) {
        let mut defs: Vec<&Def> = set.defs.iter().collect();
        defs.sort_by_key(|def| self.symbols.text(def.name));
        let inherited = |def: &&&Def| matches!(def.value, Value::Inherited);
        if defs.iter().any(|def| inherited(&def)) {
            self.push("inherit");
            self.inherited(defs.iter().filter(inherited));
        }
        for (i, &source) in set.sources.iter().enumerate() {
            let from =
                |def: &&&Def| matches!(def.value, Value::InheritedFrom(n) if n as usize == i);
            if defs.iter().any(|def| from(&def)) {
                self.around("inherit (", source, ")");
                self.inherited(defs.iter().filter(from));
            }
        }
        for def in defs {
            if let Value::Plain(value) = def.value {
                self.name(def.name);
                self.around(" = ", value, "; ");
            }
        }
        for def in &set.dynamic {
            self.around("\"${", def.name, "}\" = ");
            self.around("", def.value, "; ");
        }
    }

    fn inherited<'d>(&mut self, defs: impl Iterator<Item = &'d &'d Def>) {
        for def in defs {
            self.push(" ");
            self.name(def.name);
        }
        self.push("; ");
    }
}

/// A float as C++ streams print it: six significant digits.
pub fn show_float(float: f64) -> String {
    if float.is_nan() {
        return if float.is_sign_negative() { "-nan" } else { "nan" }.into();
    }
    if float.is_infinite() {
        return if float < 0.0 { "-inf" } else { "inf" }.into();
    }
    if float == 0.0 {
        return if float.is_sign_negative() { "-0" } else { "0" }.into();
    }
    let scientific = format!("{float:.5e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |digits: &str| match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => digits.to_owned(),
    };
    if (-4..6).contains(&exponent) {
        trim(&format!("{float:.*}", (5 - exponent) as usize))
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{}e{sign}{:02}", trim(mantissa), exponent.abs())
    }
}

/// A string literal.
pub fn show_string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' if rest.peek() == Some(&'{') => out.push_str("\\$"),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// An attribute name, quoted where it must be.
pub fn show_name(out: &mut String, name: &str) {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '\'' | '-'))
        && !KEYWORDS.contains(&name);
    if plain {
        out.push_str(name);
    } else {
        show_string(out, name);
    }
}

/// Names that can not stand unquoted.
const KEYWORDS: [&str; 9] = ["if", "then", "else", "assert", "with", "let", "in", "rec", "inherit"];
