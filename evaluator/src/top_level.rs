//! What command lines do with the value of a whole program: call it with
//! arguments, follow an attribute path, turn it into JSON or XML.

use crate::builtins::{json, xml};
use crate::coerce::StringBuilder;
use crate::error::{Error, ErrorKind, Result};
use crate::evaluator::Evaluator;
use crate::memory::{Attrs, Buffer, Value, View};

impl<'h> Evaluator<'h> {
    /// Calls a function that takes a set, with those of `arguments` that it
    /// asks for; anything else stays as it is.
    pub fn auto_call(&mut self, value: Value<'h>, arguments: Attrs<'h>) -> Result<Value<'h>> {
        let value = self.force(value)?;
        let pattern = match value.view() {
            View::Attrs(set) => {
                let Some(functor) = self.attr(set, self.names.functor)? else { return Ok(value) };
                let function = self.call(functor.value, &[value])?;
                return self.auto_call(function, arguments);
            }
            View::Closure(closure) if closure.code().arity == 1 => closure.code().pattern,
            _ => None,
        };
        let Some(pattern) = pattern else { return Ok(value) };
        let mut given = Buffer::new(self.heap);
        if pattern.ellipsis {
            given.extend_from_slice(self.all_attrs(arguments)?);
        } else {
            for formal in pattern.formals {
                match arguments.get(formal.name) {
                    Some(attr) => given.push(*attr),
                    None if formal.default.is_some() => {}
                    None => return Err(self.argument_without_value(formal.name)),
                }
            }
        }
        let given = Attrs::from_unsorted(self.heap, &mut given);
        self.call(value, &[given.into()])
    }

    fn argument_without_value(&self, name: conex_parser::Symbol) -> Error {
        let message = format!(
            "cannot evaluate a function that has an argument without a value ('{}')\n\
             Nix attempted to evaluate a function as a top level expression; in\n\
             this case it must have its arguments supplied either by default\n\
             values, or passed explicitly with '--arg' or '--argstr'. See\n\
             https://nix.dev/manual/nix/stable/language/syntax.html#functions.",
            self.name(name)
        );
        Error::new(ErrorKind::MissingAttribute, message)
    }

    /// Follows `a.b."c.d".0`, calling functions on the way.
    pub fn follow_path(
        &mut self,
        value: Value<'h>,
        path: &str,
        arguments: Attrs<'h>,
    ) -> Result<Value<'h>> {
        let mut value = value;
        for step in split_path(path)? {
            value = self.auto_call(value, arguments)?;
            value = match value.view() {
                View::List(list) => {
                    let element = step.parse::<usize>().ok().and_then(|i| list.as_slice().get(i));
                    *element.ok_or_else(|| {
                        let message =
                            format!("list index {step} in selection path '{path}' is out of range");
                        Error::new(ErrorKind::MissingAttribute, message)
                    })?
                }
                View::Attrs(set) => {
                    let name = self.symbol(&step);
                    match self.attr(set, name)? {
                        Some(attr) => attr.value,
                        None => {
                            let message =
                                format!("attribute '{step}' in selection path '{path}' not found");
                            return Err(Error::new(ErrorKind::MissingAttribute, message));
                        }
                    }
                }
                _ => {
                    let kind = self.describe_kind(value);
                    return Err(Error::type_error(format!(
                        "the expression selected by the selection path '{path}' should be a set but is {kind}"
                    )));
                }
            };
        }
        self.force(value)
    }

    /// The value as JSON, evaluated as far as that needs.
    pub fn to_json(&mut self, value: Value<'h>) -> Result<Vec<u8>> {
        let mut out = StringBuilder::default();
        json::write(self, &mut out, value)?;
        Ok(out.into_bytes())
    }

    /// The value as XML. Unless `strict`, what is not evaluated stays so;
    /// with `locations` attributes and functions say where they are.
    pub fn to_xml(&mut self, value: Value<'h>, strict: bool, locations: bool) -> Result<Vec<u8>> {
        Ok(xml::document(self, value, strict, locations)?.into_bytes())
    }
}

/// The steps of an attribute path; quotes protect dots.
fn split_path(path: &str) -> Result<Vec<String>> {
    let mut steps = Vec::new();
    let mut step = String::new();
    let mut rest = path.chars();
    let mut any = false;
    while let Some(c) = rest.next() {
        any = true;
        match c {
            '.' => steps.push(std::mem::take(&mut step)),
            '"' => loop {
                match rest.next() {
                    Some('"') => break,
                    Some(c) => step.push(c),
                    None => {
                        let message = format!("missing closing quote in selection path '{path}'");
                        return Err(Error::new(ErrorKind::Syntax, message));
                    }
                }
            },
            c => step.push(c),
        }
    }
    if any {
        steps.push(step);
    }
    Ok(steps)
}
