//! The IR as text, for tests and for people: a line per unit, a line per
//! definition.

use std::fmt::{self, Write as _};

use crate::ir::{
    AttrSet, Expr, ExprId, Ir, Lambda, Lazy, Part, Range, Step, UnaryOp, UnitId, Variable,
};
use crate::{Symbol, Symbols};

impl Ir {
    /// The IR as text. `%1` is a slot of the frame, `^1` a capture, `#1` a
    /// unit, `$name` a global name.
    pub fn dump(&self, symbols: &Symbols) -> String {
        let mut dump = Dump { ir: self, symbols, out: String::new() };
        // Writing to a string does not fail.
        let _ = dump.write();
        dump.out
    }
}

struct Dump<'a> {
    ir: &'a Ir,
    symbols: &'a Symbols,
    out: String,
}

impl Dump<'_> {
    fn write(&mut self) -> fmt::Result {
        for (i, unit) in self.ir.units.iter().enumerate() {
            write!(self.out, "#{i} frame {}", unit.frame_size)?;
            if !unit.captures.is_empty() {
                self.out += " captures";
                for &variable in &self.ir.captures[unit.captures.indices()] {
                    self.out.push(' ');
                    self.variable(variable)?;
                }
            }
            self.out += ": ";
            self.expr(unit.body)?;
            self.out.push('\n');
        }
        for definition in &self.ir.definitions {
            let crate::ir::Definition { name, path, value, expr, kind } = definition;
            write!(self.out, "{kind:?} {name:?} of {path:?} = {value:?}")?;
            if let Some(expr) = expr {
                write!(self.out, " at {:?}", self.ir.spans[expr.0 as usize])?;
            }
            self.out.push('\n');
        }
        Ok(())
    }

    fn name(&mut self, name: Symbol) -> fmt::Result {
        let text = self.symbols.text(name);
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-'".contains(c);
        if text.is_empty() || !text.chars().all(plain) {
            return write!(self.out, "{text:?}");
        }
        self.out += text;
        Ok(())
    }

    fn variable(&mut self, variable: Variable) -> fmt::Result {
        match variable {
            Variable::Local(slot) => write!(self.out, "%{slot}"),
            Variable::Captured(index) => write!(self.out, "^{index}"),
        }
    }

    fn lazy(&mut self, lazy: Lazy) -> fmt::Result {
        match lazy {
            Lazy::Variable(variable) => self.variable(variable),
            Lazy::Value(expr) => self.expr(expr),
            Lazy::Thunk(UnitId(unit)) => write!(self.out, "#{unit}"),
        }
    }

    fn lazies(&mut self, range: Range) -> fmt::Result {
        for &lazy in &self.ir.lazies[range.indices()] {
            self.out.push(' ');
            self.lazy(lazy)?;
        }
        Ok(())
    }

    fn text(&mut self, text: crate::ir::TextId) -> fmt::Result {
        write!(self.out, "{:?}", &self.ir.texts[text.0 as usize])
    }

    /// `(word operand …)`
    fn list(&mut self, word: &str, operands: &[ExprId]) -> fmt::Result {
        write!(self.out, "({word}")?;
        for &operand in operands {
            self.out.push(' ');
            self.expr(operand)?;
        }
        self.out.push(')');
        Ok(())
    }

    fn expr(&mut self, id: ExprId) -> fmt::Result {
        stacker::maybe_grow(128 << 10, 4 << 20, || self.expr_here(id))
    }

    fn expr_here(&mut self, id: ExprId) -> fmt::Result {
        match self.ir.exprs[id.0 as usize] {
            Expr::Error => self.out += "error",
            Expr::Int(value) => write!(self.out, "{value}")?,
            Expr::Float(value) => write!(self.out, "{value:?}")?,
            Expr::Str(text) => self.text(text)?,
            Expr::Interpolate(parts) => self.parts("string", parts)?,
            Expr::Path(text) => {
                self.out += "path ";
                self.text(text)?;
            }
            Expr::InterpolatePath(parts) => self.parts("path", parts)?,
            Expr::Variable(variable) => self.variable(variable)?,
            Expr::Builtin(name) => {
                self.out.push('$');
                self.name(name)?;
            }
            Expr::With { name, scopes } => {
                self.out += "(from";
                for &scope in &self.ir.scopes[scopes.indices()] {
                    self.out.push(' ');
                    self.variable(scope)?;
                }
                self.out += " : ";
                self.name(name)?;
                self.out.push(')');
            }
            Expr::Select { base, path, default } => {
                self.out += "(select ";
                self.expr(base)?;
                self.path(path)?;
                if let Some(default) = default {
                    self.out += " or ";
                    self.expr(default)?;
                }
                self.out.push(')');
            }
            Expr::HasAttr { base, path } => {
                self.out += "(has ";
                self.expr(base)?;
                self.path(path)?;
                self.out.push(')');
            }
            Expr::Call { function, arguments } => {
                self.out += "(call ";
                self.expr(function)?;
                self.lazies(arguments)?;
                self.out.push(')');
            }
            Expr::Lambda(id) => self.lambda(self.ir.lambdas[id.0 as usize])?,
            Expr::Let { bindings, body } => {
                self.out += "(let";
                self.bindings(bindings)?;
                self.out += " in ";
                self.expr(body)?;
                self.out.push(')');
            }
            Expr::AttrSet(id) => self.attr_set(self.ir.attr_sets[id.0 as usize])?,
            Expr::List(items) => {
                self.out.push('[');
                self.lazies(items)?;
                self.out += " ]";
            }
            Expr::WithIn { slot, scope, body } => {
                write!(self.out, "(with %{slot} = ")?;
                self.lazy(scope)?;
                self.out += " in ";
                self.expr(body)?;
                self.out.push(')');
            }
            Expr::Assert { condition, body } => self.list("assert", &[condition, body])?,
            Expr::If { condition, consequence, alternative } => {
                self.list("if", &[condition, consequence, alternative])?;
            }
            Expr::Unary(UnaryOp::Not, operand) => self.list("not", &[operand])?,
            Expr::Unary(UnaryOp::Negate, operand) => self.list("negate", &[operand])?,
            Expr::Binary(op, left, right) => {
                self.list(&format!("{op:?}").to_lowercase(), &[left, right])?;
            }
            Expr::CurrentPosition => self.out += "position",
        }
        Ok(())
    }

    fn parts(&mut self, word: &str, parts: Range) -> fmt::Result {
        write!(self.out, "({word}")?;
        for part in &self.ir.parts[parts.indices()] {
            self.out.push(' ');
            match *part {
                Part::Text(text) => self.text(text)?,
                Part::Expr(expr, _) => self.expr(expr)?,
            }
        }
        self.out.push(')');
        Ok(())
    }

    fn path(&mut self, path: Range) -> fmt::Result {
        for step in &self.ir.steps[path.indices()] {
            self.out += " .";
            match *step {
                Step::Name { name, .. } => self.name(name)?,
                Step::Dynamic { name, .. } => self.expr(name)?,
            }
        }
        Ok(())
    }

    fn bindings(&mut self, bindings: Range) -> fmt::Result {
        for binding in &self.ir.bindings[bindings.indices()] {
            write!(self.out, " %{} = ", binding.slot)?;
            self.lazy(binding.value)?;
            self.out.push(';');
        }
        Ok(())
    }

    fn attr_set(&mut self, set: AttrSet) -> fmt::Result {
        self.out += match (set.recursive, set.overrides) {
            (true, true) => "(rec overrides",
            (true, false) => "(rec",
            (false, _) => "(set",
        };
        self.bindings(set.bindings)?;
        for attr in &self.ir.attrs[set.attrs.indices()] {
            self.out += " .";
            self.name(attr.name)?;
            write!(self.out, "@{} = ", attr.position)?;
            self.lazy(attr.value)?;
            self.out.push(';');
        }
        for attr in &self.ir.dynamic_attrs[set.dynamic.indices()] {
            self.out += " .(";
            self.expr(attr.name)?;
            write!(self.out, ")@{} = ", attr.position)?;
            self.lazy(attr.value)?;
            self.out.push(';');
        }
        self.out.push(')');
        Ok(())
    }

    fn lambda(&mut self, lambda: Lambda) -> fmt::Result {
        write!(self.out, "(fn/{}", lambda.arity)?;
        if let Some(name) = lambda.name {
            self.out += " named ";
            self.name(name)?;
        }
        if let Some(argument) = lambda.argument {
            self.out.push(' ');
            self.name(argument)?;
        }
        if let Some(pattern) = lambda.pattern {
            self.out += " {";
            for formal in &self.ir.formals[pattern.formals.indices()] {
                self.out.push(' ');
                self.name(formal.name)?;
                write!(self.out, " %{}", formal.slot)?;
                if let Some(default) = formal.default {
                    self.out += " ? ";
                    self.lazy(default)?;
                }
                self.out.push(',');
            }
            self.out += if pattern.ellipsis { " ... }" } else { " }" };
            if let Some(bound) = pattern.bound {
                self.out += " @ ";
                self.name(bound)?;
            }
        }
        write!(self.out, " #{})", lambda.unit.0)
    }
}
