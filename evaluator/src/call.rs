//! Calls.

use std::borrow::Cow;

use conex_parser::Symbol;

use crate::builtins::Builtin;
use crate::code::{CallCode, LambdaCode, PatternCode};
use crate::error::{Error, ErrorKind, Place, Result, When};
use crate::eval::{Frame, with_stack};
use crate::evaluator::Evaluator;
use crate::memory::{Attrs, Closure, Value, View};
use crate::source::ExprPos;

/// The greatest number of arguments of a builtin.
pub(crate) const MAX_ARITY: usize = 3;

/// How many frames of a trace may be there already when a call is added to
/// one that is not shown in full.
const CALLS: usize = 64;

const CALL_SITE: &str = "from call site";
const ARGUMENT: &str = "while evaluating the value passed for the lambda argument";
const FUNCTOR: &str = "while calling a functor (an attribute set with a '__functor' attribute)";

/// The place of a call, which may be where its value is demanded.
fn call_site(at: ExprPos) -> Place {
    if at == ExprPos::NONE { Place::Pending } else { Place::Expr(at) }
}

/// Adds the call of a function to the failure of its argument to be a set.
fn wrong_argument(error: Error, at: ExprPos) -> Error {
    error.frame(ExprPos::NONE, CALL_SITE, call_site(at), When::Placed)
}

/// The error of calls that are nested too deep.
pub(crate) fn stack_overflow() -> Error {
    Error::new(ErrorKind::StackOverflow, "stack overflow; max-call-depth exceeded")
}

impl<'h> Evaluator<'h> {
    /// `function arguments…` in the source.
    pub(crate) fn eval_call(&mut self, call: &CallCode<'h>, frame: Frame<'h>) -> Result<Value<'h>> {
        let function = self.operand(&call.function, frame)?;
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
                    if self.call_depth > self.settings.max_call_depth {
                        return Err(stack_overflow().placed(call_site(at)).near(at));
                    }
                    self.tick()?;
                    self.call_depth += 1;
                    let result = builtin.run(self, &arguments[..arity]);
                    self.call_depth -= 1;
                    function = result.map_err(|error| self.in_builtin(error, &builtin, at))?;
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
                    let argument = self.stack[base];
                    if self.call_depth > self.settings.max_call_depth {
                        return Err(stack_overflow().placed(call_site(at)).near(at));
                    }
                    self.tick()?;
                    self.call_depth += 1;
                    let result = with_stack(|| self.call(functor.value, &[function, argument]));
                    self.call_depth -= 1;
                    function = result.map_err(|error| {
                        let place = Place::Attribute(functor.position);
                        error.demanded_at(place).context(FUNCTOR, call_site(at))
                    })?;
                    base += 1;
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
        let result = self.enter_closure(closure, base, at);
        self.stack.truncate(base);
        result
    }

    fn enter_closure(
        &mut self,
        closure: Closure<'h>,
        base: usize,
        at: ExprPos,
    ) -> Result<Value<'h>> {
        if self.call_depth > self.settings.max_call_depth {
            return Err(stack_overflow().placed(call_site(at)).near(at));
        }
        self.tick().map_err(|error| error.near(at))?;
        let lambda = closure.code();
        let frame = Frame { base, captures: closure.captures() };
        let mut shared = None;
        self.stack.resize(base + lambda.unit.frame_size as usize);
        if let Some(pattern) = &lambda.pattern {
            let slot = base + lambda.arity as usize - 1;
            let place = Place::Position(self.lambda_position(lambda, lambda.arity - 1));
            let argument = self
                .attrs_at(self.stack[slot], ARGUMENT, place)
                .map_err(|error| wrong_argument(error.near(lambda.at), at))?;
            if lambda.is_shared.get() {
                if let Some(result) = self.shared_call(closure, argument) {
                    return Ok(result);
                }
                shared = self.begin_call(closure, argument);
            }
            self.stack[slot] = argument.into();
            self.bind_pattern(lambda, pattern, argument, frame)
                .map_err(|error| error.near(at).demanded_at(call_site(at)))?;
        }
        let code = self.unit_body(&lambda.unit);
        self.call_depth += 1;
        let result = with_stack(|| self.eval(code, frame));
        self.call_depth -= 1;
        if let (Some(number), Ok(result)) = (shared, &result) {
            self.end_call(number, *result);
        }
        result.map_err(|error| self.called(error, lambda, at))
    }

    /// Adds the call to an error that the body of a function met.
    fn called(&self, error: Error, lambda: &LambdaCode<'h>, at: ExprPos) -> Error {
        let has_place = error.data().at != ExprPos::NONE || error.data().position != 0;
        // Called from outside of the language: the function itself.
        let error = error.near(if at == ExprPos::NONE { lambda.at } else { at });
        if !self.settings.show_trace && error.data().trace.len() > CALLS {
            return error;
        }
        let message = match lambda.name {
            Some(name) => format!("while calling '{}'", self.name(name)).into(),
            None => Cow::Borrowed("while calling anonymous lambda"),
        };
        let own = if has_place { at } else { ExprPos::NONE };
        let place = Place::Position(self.lambda_position(lambda, lambda.arity - 1));
        error.frame(own, message, place, When::Full).frame(
            ExprPos::NONE,
            CALL_SITE,
            call_site(at),
            When::FullPlaced,
        )
    }

    /// Where the function begins that takes argument `index` of several.
    pub(crate) fn lambda_position(&self, lambda: &LambdaCode<'h>, index: u32) -> u32 {
        let module = lambda.unit.module;
        let starts = module.ir.lambdas[lambda.id.0 as usize].starts;
        let start = module.ir.lambda_starts.get(starts.start as usize + index as usize);
        start.map_or(0, |start| module.position(*start))
    }

    fn in_builtin(&self, error: Error, builtin: &Builtin<'h>, at: ExprPos) -> Error {
        let error = error.demanded_at(Place::None).near(at);
        if error.is_unknown() || builtin.name == "addErrorContext" {
            return error;
        }
        let message = format!("while calling the '{}' builtin", builtin.name);
        error.frame(at, message, call_site(at), When::Few)
    }

    fn not_a_function(&mut self, value: Value<'h>, at: ExprPos) -> Error {
        let found = self.describe(value);
        let message = format!("attempt to call something which is not a function but {found}");
        Error::type_error(message).near(at).placed(call_site(at))
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
            self.show_symbol(name)
        );
        self.wrong_arguments(message, lambda)
    }

    /// It is the call that is wrong; the function tells what it wants.
    fn wrong_arguments(&self, message: String, lambda: &LambdaCode<'h>) -> Error {
        let place = Place::Position(self.lambda_position(lambda, lambda.arity - 1));
        Error::type_error(message)
            .placed(place)
            .frame(lambda.at, "the function that is called", Place::None, When::Own)
            .context(CALL_SITE, Place::Pending)
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
        let mut shown = String::new();
        conex_parser::show_name(&mut shown, name);
        let message = format!(
            "function '{}' called with unexpected argument '{shown}'",
            self.function_name(lambda)
        );
        let formals = pattern.formals.iter().map(|formal| self.name(formal.name));
        let near = crate::report::nearest(name, formals);
        self.wrong_arguments(message, lambda).suggesting(near)
    }
}
