//! Expressions → values.

use std::path::PathBuf;

use conex_parser::Symbol;
use conex_parser::ir::Variable;

use crate::code::*;
use crate::compile;
use crate::error::{Error, ErrorKind, Place, Result};
use crate::evaluator::Evaluator;
use crate::memory::{
    Attr, Attrs, AttrsBuilder, Buffer, Captures, Closure, List, Thunk, ThunkState, Value, View,
};
use crate::source::ExprPos;

/// What the code of a unit sees: its slots and what it captured.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'h> {
    /// Where its slots begin on the stack.
    pub(crate) base: usize,
    /// What it captured.
    pub(crate) captures: Captures<'h>,
}

const BRANCH: &str = "while evaluating a branch condition";
pub(crate) const NOT: &str = "in the argument of the not operator";
const ASSERTION: &str = "in the condition of the assert statement";
const OVERRIDES: &str = "while evaluating the `__overrides` attribute";
const DYNAMIC_NAME: &str = "while evaluating the name of a dynamic attribute";
const ATTRIBUTE_NAME: &str = "while evaluating an attribute name";
const WITH: &str = "while evaluating the first subexpression of a with expression";
const SELECTING: &str = "while selecting an attribute";

pub(crate) use crate::memory::with_stack;

impl<'h> Evaluator<'h> {
    /// Evaluates a value far enough to see what it is (weak head normal form).
    #[inline]
    pub fn force(&mut self, value: Value<'h>) -> Result<Value<'h>> {
        match value.view() {
            View::Thunk(thunk) => match thunk.value() {
                Some(value) => Ok(value),
                None => self.force_thunk(thunk),
            },
            _ => Ok(value),
        }
    }

    fn force_thunk(&mut self, thunk: Thunk<'h>) -> Result<Value<'h>> {
        let state = thunk.state();
        if matches!(state, ThunkState::Running) {
            let error = Error::new(ErrorKind::InfiniteRecursion, "infinite recursion encountered");
            return Err(error.pending());
        }
        let mark = thunk.start();
        let result = with_stack(|| match state {
            ThunkState::Suspended(unit, captures) => self.run_unit(unit, captures),
            ThunkState::Apply(function, [argument]) => self.call(function, &[argument]),
            ThunkState::ApplyTwo(function, arguments) => self.call(function, &arguments),
            ThunkState::Native(number) => self.run_native(number),
            ThunkState::Done(value) => Ok(value),
            ThunkState::Running => Ok(Value::NULL),
        });
        match result {
            Ok(value) => {
                thunk.finish(self.heap, value);
                Ok(value)
            }
            Err(error) => {
                thunk.restore(mark);
                Err(if self.tries == 0 { error } else { self.remember(thunk, error) })
            }
        }
    }

    /// Runs code in a fresh frame.
    pub(crate) fn run_unit(
        &mut self,
        unit: &'h UnitCode<'h>,
        captures: Captures<'h>,
    ) -> Result<Value<'h>> {
        let code = self.unit_body(unit);
        let base = self.stack.len();
        if unit.frame_size == 0 {
            return self.eval(code, Frame { base, captures });
        }
        self.stack.resize(base + unit.frame_size as usize);
        let result = self.eval(code, Frame { base, captures });
        self.stack.truncate(base);
        result
    }

    /// Runs code whose first slots have values already.
    pub(crate) fn run_unit_with(
        &mut self,
        unit: &'h UnitCode<'h>,
        slots: &[Value<'h>],
    ) -> Result<Value<'h>> {
        let code = self.unit_body(unit);
        let base = self.stack.len();
        self.stack.extend_from_slice(slots);
        self.stack.resize(base + (unit.frame_size as usize).max(slots.len()));
        let result = self.eval(code, Frame { base, captures: Captures::NONE });
        self.stack.truncate(base);
        result
    }

    #[inline]
    pub(crate) fn unit_body(&self, unit: &UnitCode<'h>) -> &'h Code<'h> {
        match unit.body.get() {
            Some(code) => code,
            None => compile::unit_body(self.heap, &self.globals, unit),
        }
    }

    #[inline]
    fn variable(&self, variable: Variable, frame: Frame<'h>) -> Value<'h> {
        match variable {
            Variable::Local(slot) => self.stack[frame.base + slot as usize],
            Variable::Captured(index) => frame.captures.get(index),
        }
    }

    /// Evaluates code; the result is never a thunk.
    pub(crate) fn eval(&mut self, code: &Code<'h>, frame: Frame<'h>) -> Result<Value<'h>> {
        let mut code = code;
        loop {
            match code {
                Code::Const(value) => return Ok(*value),
                Code::Local(slot, at) => return self.local(*slot, *at, frame),
                Code::Captured(index, at) => {
                    let value = frame.captures.get(*index);
                    return self.force(value).map_err(|error| error.at(*at));
                }
                Code::With(with) => return self.with_variable(with, frame),
                Code::Select(select) => return self.select(select, frame),
                Code::HasAttr(select) => return self.has_attr(select, frame),
                Code::Call(call) => return self.eval_call(call, frame),
                Code::Lambda(lambda) => return Ok(self.closure(lambda, frame).into()),
                Code::Let(scope) => {
                    self.bind(scope.bindings, frame)?;
                    code = &scope.body;
                }
                Code::AttrSet(set) => return self.attr_set(set, frame),
                Code::List(elements) => return self.build_list(elements, frame),
                Code::WithIn(with) => {
                    let scope = self.lazy_value(&with.scope, frame)?;
                    self.stack[frame.base + with.slot as usize] = scope;
                    code = &with.body;
                }
                Code::Assert(assert) => {
                    self.check_assertion(assert, frame)?;
                    code = &assert.body;
                }
                Code::If(branch) => {
                    let condition = self
                        .eval_bool(&branch.condition, branch.at, frame)
                        .map_err(|e| e.condition(BRANCH, Place::Expr(branch.whole_at)))?;
                    code = if condition { &branch.consequence } else { &branch.alternative };
                }
                Code::Not(not) => {
                    let operand = self
                        .eval_bool(&not.operand, not.at, frame)
                        .map_err(|e| e.condition(NOT, Place::Expr(not.at)))?;
                    return Ok(Value::bool(!operand));
                }
                Code::Negate(negate) => return self.negate(negate, frame),
                Code::Binary(binary) => return self.binary(binary, frame),
                Code::Interpolate(string) => return self.interpolate(string, frame),
                Code::InterpolatePath(path) => return self.interpolate_path(path, frame),
                Code::CurrentPosition(at) => {
                    let position = self.position_of(*at);
                    return Ok(self.position_value(position));
                }
                Code::Deep(code) => return with_stack(|| self.eval(code, frame)),
                Code::Error(at) => {
                    return Err(Error::new(ErrorKind::Syntax, "syntax error").pending().at(*at));
                }
            }
        }
    }

    /// Evaluates a part of an expression: what is there already takes no call.
    #[inline(always)]
    pub(crate) fn operand(&mut self, code: &Code<'h>, frame: Frame<'h>) -> Result<Value<'h>> {
        let value = match code {
            Code::Const(value) => return Ok(*value),
            Code::Local(slot, _) => self.stack[frame.base + *slot as usize],
            Code::Captured(index, _) => frame.captures.get(*index).resolved(),
            _ => return self.eval(code, frame),
        };
        if value.is_thunk() { self.eval(code, frame) } else { Ok(value) }
    }

    /// A slot, evaluated; the result goes back to the slot, so that the
    /// detour over the thunk is made once.
    #[inline]
    fn local(&mut self, slot: u32, at: ExprPos, frame: Frame<'h>) -> Result<Value<'h>> {
        let index = frame.base + slot as usize;
        let value = self.stack[index];
        if !value.is_thunk() {
            return Ok(value);
        }
        let value = self.force(value).map_err(|error| error.at(at))?;
        self.stack[index] = value;
        Ok(value)
    }

    /// A value for a place that does not need it yet.
    #[inline]
    pub(crate) fn lazy_value(
        &mut self,
        lazy: &LazyCode<'h>,
        frame: Frame<'h>,
    ) -> Result<Value<'h>> {
        Ok(match lazy {
            LazyCode::Local(slot) => self.stack[frame.base + *slot as usize].resolved(),
            LazyCode::Captured(index) => frame.captures.get(*index).resolved(),
            LazyCode::Const(value) => *value,
            LazyCode::Thunk(unit) => self.suspended(unit, frame),
            LazyCode::Lambda(lambda) => self.closure(lambda, frame).into(),
            LazyCode::Build(code) => self.eval(code, frame)?,
            LazyCode::Cheap(cheap) => match self.cheap(&cheap.way, frame) {
                Some(value) => value,
                None => self.suspended(cheap.unit, frame),
            },
        })
    }

    #[inline]
    fn suspended(&self, unit: &'h UnitCode<'h>, frame: Frame<'h>) -> Value<'h> {
        let thunk = Thunk::new(self.heap, unit);
        self.capture(unit.captures, thunk.captures(), frame);
        thunk.into()
    }

    /// The value of an expression, if it takes no evaluation to have it.
    #[inline]
    fn cheap(&self, way: &Cheap<'h>, frame: Frame<'h>) -> Option<Value<'h>> {
        match way {
            Cheap::Select(base, path) => {
                let mut value = self.variable(*base, frame).resolved();
                for name in *path {
                    let View::Attrs(attrs) = value.view() else { return None };
                    value = attrs.get(*name)?.value.resolved();
                }
                // A function, or a number that is none, is equal to itself only
                // where both are the same place; here each is one of its own.
                match value.view() {
                    View::Thunk(_) | View::Float(_) => None,
                    View::Closure(_) | View::Builtin(_) | View::Partial(_) => None,
                    _ => Some(value),
                }
            }
            Cheap::Sum(left, right, sign) => {
                let number = |operand: Operand| match operand {
                    Operand::Int(int) => Some(int),
                    Operand::Variable(v) => self.variable(v, frame).resolved().small_int(),
                };
                // One that overflows is suspended, and fails when it is needed.
                let sum = number(*left)?.checked_add(number(*right)?.checked_mul(*sign)?)?;
                Some(self.int(sum))
            }
        }
    }

    fn closure(&mut self, lambda: &'h LambdaCode<'h>, frame: Frame<'h>) -> Closure<'h> {
        let closure = Closure::new(self.heap, lambda);
        self.capture(lambda.unit.captures, closure.captures(), frame);
        closure
    }

    fn capture(&self, from: &[Variable], to: Captures<'h>, frame: Frame<'h>) {
        for (index, variable) in from.iter().enumerate() {
            to.set(index as u32, self.variable(*variable, frame).resolved());
        }
    }

    /// Fills the slots of a recursive group: first everything that others can
    /// refer to is made, then the captures are filled in.
    pub(crate) fn bind(&mut self, bindings: &[BindingCode<'h>], frame: Frame<'h>) -> Result<()> {
        for binding in bindings {
            let value = match &binding.value {
                LazyCode::Thunk(unit) => Thunk::new(self.heap, unit).into(),
                LazyCode::Lambda(lambda) => Closure::new(self.heap, lambda).into(),
                LazyCode::Build(_) => continue,
                // What it selects from may not be bound yet.
                LazyCode::Cheap(cheap) if cheap.has_locals() => {
                    Thunk::new(self.heap, cheap.unit).into()
                }
                other => self.lazy_value(other, frame)?,
            };
            self.stack[frame.base + binding.slot as usize] = value;
        }
        for binding in bindings {
            if let LazyCode::Build(code) = &binding.value {
                let value = self.eval(code, frame)?;
                self.stack[frame.base + binding.slot as usize] = value;
            }
        }
        for binding in bindings {
            self.tie(&binding.value, binding.slot, frame);
        }
        Ok(())
    }

    /// Fills in the captures of a thunk or function in a slot.
    fn tie(&self, lazy: &LazyCode<'h>, slot: u32, frame: Frame<'h>) {
        let value = self.stack[frame.base + slot as usize];
        match (lazy, value.view()) {
            (LazyCode::Thunk(unit), View::Thunk(thunk)) => {
                self.capture(unit.captures, thunk.captures(), frame);
            }
            (LazyCode::Cheap(cheap), View::Thunk(thunk)) => {
                self.capture(cheap.unit.captures, thunk.captures(), frame);
            }
            (LazyCode::Lambda(lambda), View::Closure(closure)) => {
                self.capture(lambda.unit.captures, closure.captures(), frame);
            }
            _ => {}
        }
    }

    /// Puts the attributes of an argument into the slots of a pattern.
    pub(crate) fn bind_pattern(
        &mut self,
        lambda: &LambdaCode<'h>,
        pattern: &PatternCode<'h>,
        argument: Attrs<'h>,
        frame: Frame<'h>,
    ) -> Result<()> {
        let mut found = 0;
        let mut defaults = false;
        for formal in pattern.formals {
            let slot = frame.base + formal.slot as usize;
            if let Some(attr) = argument.get(formal.name) {
                self.stack[slot] = attr.value;
                found += 1;
                continue;
            }
            if let Some(reason) = argument.unknown_rest() {
                return Err(self.unknown(reason, Some(formal.name)));
            }
            let Some(default) = &formal.default else {
                return Err(self.missing_argument(lambda, formal.name));
            };
            defaults = true;
            self.stack[slot] = match default {
                LazyCode::Thunk(unit) => Thunk::new(self.heap, unit).into(),
                LazyCode::Lambda(lambda) => Closure::new(self.heap, lambda).into(),
                LazyCode::Build(_) => Value::NULL,
                LazyCode::Cheap(cheap) => Thunk::new(self.heap, cheap.unit).into(),
                other => self.lazy_value(other, frame)?,
            };
        }
        if !pattern.ellipsis && found < argument.len() {
            return Err(self.unexpected_argument(lambda, pattern, argument));
        }
        if defaults {
            self.bind_defaults(pattern, argument, frame)?;
        }
        Ok(())
    }

    fn bind_defaults(
        &mut self,
        pattern: &PatternCode<'h>,
        argument: Attrs<'h>,
        frame: Frame<'h>,
    ) -> Result<()> {
        let missing = || pattern.formals.iter().filter(|f| argument.get(f.name).is_none());
        for formal in missing() {
            if let Some(LazyCode::Build(code)) = &formal.default {
                self.stack[frame.base + formal.slot as usize] = self.eval(code, frame)?;
            }
        }
        for formal in missing() {
            if let Some(default) = &formal.default {
                self.tie(default, formal.slot, frame);
            }
        }
        Ok(())
    }

    fn build_list(&mut self, elements: &[LazyCode<'h>], frame: Frame<'h>) -> Result<Value<'h>> {
        let start = self.stack.len();
        for element in elements {
            let value = self.lazy_value(element, frame)?;
            self.stack.push(value);
        }
        let list = List::new(self.heap, &self.stack[start..]);
        self.stack.truncate(start);
        Ok(list.into())
    }

    fn attr_set(&mut self, set: &AttrSetCode<'h>, frame: Frame<'h>) -> Result<Value<'h>> {
        self.bind(set.bindings, frame)?;
        let mut attrs = AttrsBuilder::new(self.heap, set.attrs.len());
        for attr in set.attrs {
            let value = self.lazy_value(&attr.value, frame)?;
            attrs.push(Attr { name: attr.name, position: attr.position, value });
        }
        let attrs = attrs.finish();
        if set.overrides.is_none() && set.dynamic.is_empty() {
            return Ok(attrs.into());
        }
        let mut attrs = Buffer::of(self.heap, attrs.as_slice(self.heap));
        if let Some(index) = set.overrides {
            self.apply_overrides(set, index, &mut attrs, frame)?;
        }
        self.dynamic_attrs(set, &mut attrs, frame)?;
        Ok(Attrs::from_sorted(self.heap, &attrs).into())
    }

    /// `rec { __overrides = …; }`: what it has replaces the variables of the
    /// set, also for what has captured them already.
    fn apply_overrides(
        &mut self,
        set: &AttrSetCode<'h>,
        index: usize,
        attrs: &mut Buffer<'h, Attr<'h>>,
        frame: Frame<'h>,
    ) -> Result<()> {
        let overrides = self.attrs_at(attrs[index].value, OVERRIDES, Place::None)?;
        for over in self.all_attrs(overrides)? {
            match attrs.binary_search_by_key(&over.name, |attr| attr.name) {
                Err(place) => attrs.insert(place, *over),
                Ok(place) => {
                    let old = attrs[place].value;
                    attrs[place] = *over;
                    let original = set.attrs.iter().find(|attr| attr.name == over.name);
                    if let Some(LazyCode::Local(slot)) = original.map(|attr| attr.value) {
                        self.stack[frame.base + slot as usize] = over.value;
                    }
                    if let View::Thunk(thunk) = old.view() {
                        let value = self.force(over.value)?;
                        thunk.finish(self.heap, value);
                    }
                }
            }
        }
        Ok(())
    }

    fn dynamic_attrs(
        &mut self,
        set: &AttrSetCode<'h>,
        attrs: &mut Buffer<'h, Attr<'h>>,
        frame: Frame<'h>,
    ) -> Result<()> {
        for dynamic in set.dynamic {
            let place = Place::Attribute(dynamic.position);
            let name = self.eval(&dynamic.name, frame).map_err(|error| error.at(dynamic.at))?;
            if matches!(name.view(), View::Null) {
                continue;
            }
            let name = self
                .plain_str_at(name, DYNAMIC_NAME, place)
                .map_err(|error| error.near(dynamic.at))?;
            let name = self.symbol_of(name.bytes());
            let value = self.lazy_value(&dynamic.value, frame)?;
            let attr = Attr { name, position: dynamic.position, value };
            match attrs.binary_search_by_key(&name, |attr| attr.name) {
                Err(index) => attrs.insert(index, attr),
                Ok(index) => {
                    let other = self.show_position(self.definition_position(attrs[index].position));
                    let message = format!(
                        "dynamic attribute '{}' already defined at {other}",
                        self.show_symbol(name)
                    );
                    let error = Error::new(ErrorKind::Type, message);
                    return Err(error.at_position(dynamic.position).placed(place));
                }
            }
        }
        Ok(())
    }

    fn with_variable(&mut self, with: &WithCode<'h>, frame: Frame<'h>) -> Result<Value<'h>> {
        for (index, scope) in with.scopes.iter().enumerate() {
            let scope = self.variable(*scope, frame);
            let attrs = match self.force(scope).map(|scope| (scope, scope.view())) {
                Ok((_, View::Attrs(attrs))) => attrs,
                Ok((scope, _)) => {
                    let error = self.expected("a set", scope).context(WITH, Place::Pending);
                    return Err(error.demanded_at(self.with_place(with, index)).near(with.at));
                }
                Err(error) => {
                    return Err(error.demanded_at(self.with_place(with, index)).near(with.at));
                }
            };
            if let Some(attr) = self.attr(attrs, with.name).map_err(|error| error.at(with.at))? {
                return self.force(attr.value).map_err(|error| error.at(with.at));
            }
        }
        let message = format!("undefined variable '{}'", self.name(with.name));
        Err(Error::new(ErrorKind::UndefinedVariable, message).pending().at(with.at))
    }

    pub(crate) fn step(
        &mut self,
        step: &StepCode<'h>,
        at: ExprPos,
        frame: Frame<'h>,
    ) -> Result<Symbol> {
        match step {
            StepCode::Name(name) => Ok(*name),
            StepCode::Dynamic(code, place) => {
                let name = self.eval(code, frame)?;
                let name = self
                    .plain_str_at(name, ATTRIBUTE_NAME, Place::Expr(*place))
                    .map_err(|error| error.near(at))?;
                Ok(self.symbol_of(name.bytes()))
            }
        }
    }

    fn select(&mut self, select: &SelectCode<'h>, frame: Frame<'h>) -> Result<Value<'h>> {
        let mut value = self.operand(&select.base, frame)?;
        let mut found = 0;
        for (index, step) in select.path.iter().enumerate() {
            let name = self
                .step(step, select.at, frame)
                .map_err(|error| self.selecting(error, select, found, frame))?;
            let attr = match value.view() {
                View::Attrs(attrs) => {
                    self.attr(attrs, name).map_err(|error| error.at(select.at))?
                }
                _ if select.default.is_some() => None,
                _ => {
                    let error = self.expected("a set", value).near(select.at);
                    let error = error.context(SELECTING, Place::Expr(select.at));
                    return Err(self.selecting(error, select, found, frame));
                }
            };
            match (attr, &select.default) {
                (Some(attr), _) => {
                    found = attr.position;
                    value = self.force(attr.value).map_err(|error| {
                        let place = match crate::source::visible(found) {
                            0 => Place::Expr(select.at),
                            _ if index + 1 < select.path.len() => Place::Expr(select.at),
                            _ => Place::Attribute(found),
                        };
                        let error = error.demanded_at(place).near(select.at);
                        self.selecting(error, select, found, frame)
                    })?;
                }
                (None, Some(default)) => {
                    return self
                        .eval(default, frame)
                        .map_err(|error| self.selecting(error, select, found, frame));
                }
                (None, None) => {
                    let error = self.missing_attribute(value, name).placed(Place::Expr(select.at));
                    return Err(self.selecting(error.near(select.at), select, found, frame));
                }
            }
        }
        Ok(value)
    }

    fn has_attr(&mut self, select: &SelectCode<'h>, frame: Frame<'h>) -> Result<Value<'h>> {
        let mut value = self.operand(&select.base, frame)?;
        let last = select.path.len().saturating_sub(1);
        for (index, step) in select.path.iter().enumerate() {
            let name = self.step(step, select.at, frame)?;
            let View::Attrs(attrs) = value.view() else { return Ok(Value::FALSE) };
            match self.attr(attrs, name).map_err(|error| error.at(select.at))? {
                None => return Ok(Value::FALSE),
                Some(attr) if index < last => {
                    value = self.force(attr.value).map_err(|error| error.at(select.at))?;
                }
                Some(_) => {}
            }
        }
        Ok(Value::TRUE)
    }

    pub(crate) fn eval_bool(
        &mut self,
        code: &Code<'h>,
        at: ExprPos,
        frame: Frame<'h>,
    ) -> Result<bool> {
        let value = self.operand(code, frame)?;
        match value.view() {
            View::Bool(bool) => Ok(bool),
            _ => Err(self.expected("a Boolean", value).near(at).pending()),
        }
    }

    fn check_assertion(&mut self, assert: &AssertCode<'h>, frame: Frame<'h>) -> Result<()> {
        let holds = self
            .eval_bool(&assert.condition, assert.condition_at, frame)
            .map_err(|error| error.condition(ASSERTION, Place::Expr(assert.at)))?;
        if holds {
            return Ok(());
        }
        let text = self.show_source(assert.condition_at);
        if let Code::Binary(code) = &assert.condition
            && code.op == conex_parser::ir::BinaryOp::Equal
        {
            self.check_equality(code, &text, assert.at, frame)?;
        }
        let message = format!("assertion '{text}' failed");
        Err(Error::new(ErrorKind::Assert, message).pending().at(assert.at))
    }

    /// The set that describes a position to programs.
    pub(crate) fn position_value(&mut self, position: u32) -> Value<'h> {
        let Some((module, offset)) = self.sources().position(position) else { return Value::NULL };
        // Only files have positions, for programs.
        if module.path.is_none() {
            return Value::NULL;
        }
        if let Some(ran) = &module.ran {
            ran.is_placed();
        }
        let place = module.line_column(offset);
        let names = self.names;
        let file = self.str(module.name.as_bytes());
        let attr = |name, value| Attr { name, position: 0, value };
        let mut attrs = Buffer::new(self.heap);
        attrs.push(attr(names.file, file));
        attrs.push(attr(names.line, self.int(i64::from(place.line))));
        attrs.push(attr(names.column, self.int(i64::from(place.column))));
        Attrs::from_unsorted(self.heap, &mut attrs).into()
    }

    /// Where Nix says an attribute is defined: at the begin of its path, when
    /// it is the last step of one.
    pub(crate) fn definition_position(&self, position: u32) -> u32 {
        let position = crate::source::visible(position);
        let Some((module, offset)) = self.sources().position(position) else { return position };
        match module.ir.definition_at(offset) {
            Some(definition) => module.position(definition.path.start),
            None => position,
        }
    }

    /// A position for people.
    pub(crate) fn show_position(&self, position: u32) -> String {
        match self.sources().position(position) {
            Some((module, offset)) => {
                let place = module.line_column(offset);
                format!("{}:{}:{}", module.name, place.line, place.column)
            }
            None => "«none»".into(),
        }
    }

    /// Interpolated path: the pieces joined, made canonical.
    fn interpolate_path(
        &mut self,
        code: &InterpolateCode<'h>,
        frame: Frame<'h>,
    ) -> Result<Value<'h>> {
        let mut path = Vec::new();
        for part in code.parts {
            match part {
                PartCode::Text(text) => path.extend_from_slice(text),
                PartCode::Expr(code, at) => {
                    let value = self.eval(code, frame)?;
                    let text = self
                        .coerce_to_path_part(value)
                        .map_err(|error| error.demanded_at(Place::Position(*at)))?;
                    path.extend_from_slice(&text);
                }
            }
        }
        let path = PathBuf::from(String::from_utf8_lossy(&path).into_owned());
        let path = crate::path::canonical(&path.to_string_lossy());
        Ok(Value::path(self.heap, path.as_bytes()))
    }
}
