//! Calls.

use conex_parser::Symbol;

use crate::builtins::Builtin;
use crate::code::{CallCode, LambdaCode, PatternCode};
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Frame, with_stack};
use crate::evaluator::Evaluator;
use crate::memory::{Attrs, Closure, Value, View};
use crate::source::ExprPos;

/// The greatest number of arguments of a builtin.
pub(crate) const MAX_ARITY: usize = 3;

impl<'h> Evaluator<'h> {
    /// `function arguments…` in the source.
    pub(crate) fn eval_call(&mut self, call: &CallCode<'h>, frame: Frame<'h>) -> Result<Value<'h>> {
        let function = self.eval(&call.function, frame)?;
        let base = self.stack.len();
        for argument in call.arguments {
            let value = self.lazy_value(argument, frame)?;
            self.stack.push(value);
        }
        if let View::Closure(closure) = function.view()
            && closure.code().arity as usize == call.arguments.len()
        {
            return self.run_closure(closure, base, call.at);
        }
        let result = self.call_on_stack(function, base, call.at);
        self.stack.truncate(base);
        result.map_err(|error| error.at(call.at))
    }

    /// Calls a function with any number of arguments.
    pub fn call(&mut self, function: Value<'h>, arguments: &[Value<'h>]) -> Result<Value<'h>> {
        let function = self.force(function)?;
        let base = self.stack.len();
        self.stack.extend_from_slice(arguments);
        let result = self.call_on_stack(function, base, ExprPos::NONE);
        self.stack.truncate(base);
        result
    }

    /// Calls `function` with the arguments that lie on the stack from `base`.
    fn call_on_stack(
        &mut self,
        function: Value<'h>,
        base: usize,
        at: ExprPos,
    ) -> Result<Value<'h>> {
        let mut function = function;
        let mut base = base;
        loop {
            let given = self.stack.len() - base;
            if given == 0 {
                return Ok(function);
            }
            match function.view() {
                View::Closure(closure) => {
                    let arity = closure.code().arity as usize;
                    if given < arity {
                        return Ok(self.partial(function, base));
                    }
                    // The arguments of the call itself go to a frame at the
                    // end; what is left over is for its result.
                    let start = self.stack.len();
                    self.stack.extend_from_within(base..base + arity);
                    function = self.run_closure(closure, start, at)?;
                    base += arity;
                }
                View::Builtin(id) => {
                    let arity = self.builtins[id.0 as usize].arity;
                    if given < arity {
                        return Ok(self.partial(function, base));
                    }
                    let mut arguments = [Value::NULL; MAX_ARITY];
                    arguments[..arity].copy_from_slice(&self.stack[base..base + arity]);
                    let builtin: Builtin<'h> = self.builtins[id.0 as usize].clone();
                    function = builtin
                        .run(self, &arguments[..arity])
                        .map_err(|error| self.in_builtin(error, &builtin, at))?;
                    base += arity;
                }
                View::Partial(partial) => {
                    function = partial.function;
                    // Behind the arguments so far come those on the stack.
                    let start = self.stack.len();
                    self.stack.extend_from_slice(partial.arguments);
                    self.stack.extend_from_within(base..start);
                    base = start;
                }
                View::Attrs(set) => {
                    let Some(functor) = self.attr(set, self.names.functor)? else {
                        return Err(self.not_a_function(function, at));
                    };
                    function = self.call(functor.value, &[function])?;
                }
                View::Thunk(_) => function = self.force(function)?,
                _ => return Err(self.not_a_function(function, at)),
            }
        }
    }

    fn partial(&self, function: Value<'h>, base: usize) -> Value<'h> {
        Value::partial(self.heap, function, &self.stack[base..])
    }

    /// Runs a function whose arguments lie on the stack from `base` to the
    /// end, as the first slots of its frame; removes the frame.
    fn run_closure(&mut self, closure: Closure<'h>, base: usize, at: ExprPos) -> Result<Value<'h>> {
        let result = self.enter_closure(closure, base);
        self.stack.truncate(base);
        result.map_err(|error| {
            if error.data().at == ExprPos::NONE && error.data().position == 0 {
                // Called from outside of the language: the function itself.
                error.at(if at == ExprPos::NONE { closure.code().at } else { at })
            } else {
                self.called(error, closure.code(), at)
            }
        })
    }

    fn enter_closure(&mut self, closure: Closure<'h>, base: usize) -> Result<Value<'h>> {
        if self.call_depth >= self.settings.max_call_depth {
            let message = "stack overflow; max-call-depth exceeded";
            return Err(Error::new(ErrorKind::StackOverflow, message));
        }
        let lambda = closure.code();
        let frame = Frame { base, captures: closure.captures() };
        self.stack.resize(base + lambda.unit.frame_size as usize);
        if let Some(pattern) = &lambda.pattern {
            let slot = base + lambda.arity as usize - 1;
            let argument =
                self.force_attrs(self.stack[slot]).map_err(|error| error.at(lambda.at))?;
            self.stack[slot] = argument.into();
            self.bind_pattern(lambda, pattern, argument, frame)?;
        }
        let code = self.unit_body(&lambda.unit);
        self.call_depth += 1;
        let result = with_stack(|| self.eval(code, frame));
        self.call_depth -= 1;
        result
    }

    fn called(&self, error: Error, lambda: &LambdaCode<'h>, at: ExprPos) -> Error {
        error.while_(at, || match lambda.name {
            Some(name) => format!("while calling '{}'", self.name(name)),
            None => "while calling a function".into(),
        })
    }

    fn in_builtin(&self, error: Error, builtin: &Builtin<'h>, at: ExprPos) -> Error {
        if error.is_unknown() {
            return error.at(at);
        }
        error.at(at).while_(at, || format!("while calling the '{}' builtin", builtin.name))
    }

    fn not_a_function(&mut self, value: Value<'h>, at: ExprPos) -> Error {
        let found = self.describe(value);
        let message = format!("attempt to call something which is not a function but {found}");
        Error::type_error(message).at(at)
    }

    fn function_name(&self, lambda: &LambdaCode<'h>) -> String {
        match lambda.name {
            Some(name) => self.name(name).to_owned(),
            None => "anonymous lambda".into(),
        }
    }

    pub(crate) fn missing_argument(&self, lambda: &LambdaCode<'h>, name: Symbol) -> Error {
        let message = format!(
            "function '{}' called without required argument '{}'",
            self.function_name(lambda),
            self.name(name)
        );
        Self::wrong_arguments(message, lambda)
    }

    /// It is the call that is wrong; the function tells what it wants.
    fn wrong_arguments(message: String, lambda: &LambdaCode<'h>) -> Error {
        Error::type_error(message).while_(lambda.at, || "the function that is called".into())
    }

    pub(crate) fn unexpected_argument(
        &self,
        lambda: &LambdaCode<'h>,
        pattern: &PatternCode<'h>,
        argument: Attrs<'h>,
    ) -> Error {
        let formal = |name| pattern.formals.binary_search_by_key(&name, |f| f.name).is_ok();
        let extra = argument.as_slice(self.heap).iter().find(|attr| !formal(attr.name));
        let name = extra.map_or("", |attr| self.name(attr.name));
        let message = format!(
            "function '{}' called with unexpected argument '{name}'",
            self.function_name(lambda)
        );
        Self::wrong_arguments(message, lambda)
    }
}
