//! What command lines do with the value of a whole program: call it with
//! arguments, follow an attribute path, turn it into JSON or XML.

use crate::builtins::{json, xml};
use crate::coerce::{Coercion, StringBuilder};
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
                    None => {
                        let error = self.argument_without_value(formal.name);
                        return Err(error.at_position(formal.position));
                    }
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
            value = match step.parse::<u32>() {
                Ok(index) => self.follow_index(value, index, path)?,
                Err(_) => self.follow_name(value, &step, path)?,
            };
        }
        self.force(value)
    }

    fn follow_index(&mut self, value: Value<'h>, index: u32, path: &str) -> Result<Value<'h>> {
        let View::List(list) = value.view() else {
            return Err(self.not_selectable(value, path, "a list"));
        };
        list.as_slice().get(index as usize).copied().ok_or_else(|| {
            let message = format!("list index {index} in selection path '{path}' is out of range");
            Error::new(ErrorKind::MissingAttribute, message)
        })
    }

    fn follow_name(&mut self, value: Value<'h>, step: &str, path: &str) -> Result<Value<'h>> {
        let View::Attrs(set) = value.view() else {
            return Err(self.not_selectable(value, path, "a set"));
        };
        if step.is_empty() {
            let message = format!("empty attribute name in selection path '{path}'");
            return Err(Error::new(ErrorKind::MissingAttribute, message));
        }
        let name = self.symbol(step);
        if let Some(attr) = self.attr(set, name)? {
            return Ok(attr.value);
        }
        let message = format!("attribute '{step}' in selection path '{path}' not found");
        let names = set.as_slice(self.heap).iter().map(|attr| self.name(attr.name));
        let near = crate::report::nearest(step, names);
        Err(Error::new(ErrorKind::MissingAttribute, message).suggesting(near))
    }

    fn not_selectable(&self, value: Value<'h>, path: &str, what: &str) -> Error {
        let kind = self.describe_kind(value);
        Error::type_error(format!(
            "the expression selected by the selection path '{path}' should be {what} but is {kind}"
        ))
    }

    /// The value as JSON; unless `strict`, what is not evaluated is an error.
    pub fn to_json(&mut self, value: Value<'h>, strict: bool) -> Result<Vec<u8>> {
        let mut out = StringBuilder::default();
        if strict {
            json::write(self, &mut out, value)?;
        } else {
            json::write_evaluated(self, &mut out, value)?;
        }
        Ok(out.into_bytes())
    }

    /// The value as XML. Unless `strict`, what is not evaluated stays so;
    /// with `locations` attributes and functions say where they are. After a
    /// failure it is the begin of the text.
    pub fn to_xml(
        &mut self,
        value: Value<'h>,
        strict: bool,
        locations: bool,
    ) -> (Vec<u8>, Result<()>) {
        let (text, result) = xml::document(self, value, strict, locations);
        (text.into_bytes(), result)
    }

    /// The string that a value is, or is said to be.
    pub fn to_raw(&mut self, value: Value<'h>) -> Result<Vec<u8>> {
        let mut out = StringBuilder::default();
        let how = Coercion::INTERPOLATE.because("while generating the nix-instantiate output");
        self.coerce_into(&mut out, value, how)?;
        Ok(out.into_bytes())
    }
}

/// The steps of an attribute path; quotes protect dots.
fn split_path(path: &str) -> Result<Vec<String>> {
    let mut steps = Vec::new();
    let mut step = String::new();
    let mut rest = path.chars();
    while let Some(c) = rest.next() {
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
    if !step.is_empty() {
        steps.push(step);
    }
    Ok(steps)
}
