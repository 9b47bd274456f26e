//! Why `assert a == b` failed: where the two values differ
//! (`EvalState::assertEqValues`). Follows [`Evaluator::equal`] step by step.

use crate::code::BinaryCode;
use crate::error::{Error, ErrorKind, Place, Result};
use crate::eval::{Frame, with_stack};
use crate::evaluator::Evaluator;
use crate::memory::{Attrs, List, Value, View};
use crate::source::ExprPos;

impl<'h> Evaluator<'h> {
    /// Fails with the difference between the operands of `==`; `text` is the
    /// condition as Nix shows it.
    pub(crate) fn check_equality(
        &mut self,
        code: &BinaryCode<'h>,
        text: &str,
        at: ExprPos,
        frame: Frame<'h>,
    ) -> Result<()> {
        let left = self.eval(&code.left, frame)?;
        let right = self.eval(&code.right, frame)?;
        self.check_equal(left, right).map_err(|error| match error.kind() {
            ErrorKind::Assert => {
                let message = format!("while evaluating the condition of the assertion '{text}'");
                error.context(message, Place::Expr(at)).near(at)
            }
            _ => error.near(at),
        })
    }

    fn check_equal(&mut self, left: Value<'h>, right: Value<'h>) -> Result<()> {
        let left = self.force(left)?;
        let right = self.force(right)?;
        match (left.view(), right.view()) {
            (View::Int(_) | View::Float(_), View::Int(_) | View::Float(_)) => {
                if self.equal(left, right)? {
                    return Ok(());
                }
                Err(self.differ(left, right, "with value"))
            }
            (View::Bool(a), View::Bool(b)) => self.check(a == b, "boolean", left, right),
            (View::Str(a), View::Str(b)) => {
                self.check(a.bytes() == b.bytes(), "string", left, right)
            }
            (View::Path(a), View::Path(b)) => self.check(a == b, "path", left, right),
            (View::Null, View::Null) => Ok(()),
            (View::List(a), View::List(b)) => with_stack(|| self.check_lists(a, b)),
            (View::Attrs(a), View::Attrs(b)) => with_stack(|| self.check_sets(a, b)),
            _ if is_function(left) && is_function(right) => Err(failed(
                "distinct functions and immediate comparisons of identical functions compare as unequal",
            )),
            _ => Err(self.differ(left, right, "of value")),
        }
    }

    fn differ(&self, left: Value<'h>, right: Value<'h>, value: &str) -> Error {
        let (a, b) = (self.describe_kind(left), self.describe_kind(right));
        let (x, y) = (self.show(left), self.show(right));
        failed(format!("{a} {value} '{x}' is not equal to {b} {value} '{y}'"))
    }

    fn check(&self, equal: bool, kind: &str, left: Value<'h>, right: Value<'h>) -> Result<()> {
        if equal {
            return Ok(());
        }
        let (x, y) = (self.show(left), self.show(right));
        Err(failed(format!("{kind} '{x}' is not equal to {kind} '{y}'")))
    }

    fn check_lists(&mut self, left: List<'h>, right: List<'h>) -> Result<()> {
        let (a, b) = (left.len(), right.len());
        if a != b {
            let (x, y) = (self.show(left.into()), self.show(right.into()));
            return Err(failed(format!(
                "list of size '{a}' is not equal to list of size '{b}', left hand side is '{x}', right hand side is '{y}'"
            )));
        }
        for (index, (a, b)) in left.as_slice().iter().zip(right.as_slice()).enumerate() {
            self.check_members(*a, *b).map_err(|error| {
                error.context(format!("while comparing list element {index}"), Place::None)
            })?;
        }
        Ok(())
    }

    fn check_members(&mut self, left: Value<'h>, right: Value<'h>) -> Result<()> {
        if left.same(right) { Ok(()) } else { self.check_equal(left, right) }
    }

    fn check_sets(&mut self, left: Attrs<'h>, right: Attrs<'h>) -> Result<()> {
        if self.is_derivation(left)? && self.is_derivation(right)? {
            let name = self.names.out_path;
            if let (Some(a), Some(b)) = (left.get(name), right.get(name)) {
                return self.check_equal(a.value, b.value).map_err(|error| {
                    let message = "while comparing a derivation by its 'outPath' attribute";
                    error.context(message, Place::None)
                });
            }
        }
        let (a, b) = (self.all_attrs(left)?, self.all_attrs(right)?);
        if a.len() != b.len() {
            let (x, y) = (self.show(left.into()), self.show(right.into()));
            return Err(failed(format!(
                "attribute names of attribute set '{x}' differs from attribute set '{y}'"
            )));
        }
        for (i, j) in a.iter().zip(b) {
            if i.name != j.name {
                return Err(self.different_names(left, right, i.name, j.name));
            }
            self.check_members(i.value, j.value).map_err(|error| {
                let mut error = error;
                for (position, side) in [(j.position, "right"), (i.position, "left")] {
                    if crate::source::visible(position) != 0 {
                        let message = format!("where {side} hand side is");
                        error = error.context(message, Place::Attribute(position));
                    }
                }
                let message = format!("while comparing attribute '{}'", self.show_symbol(i.name));
                error.context(message, Place::None)
            })?;
        }
        Ok(())
    }

    /// One of two names is in one set only.
    fn different_names(
        &self,
        left: Attrs<'h>,
        right: Attrs<'h>,
        a: conex_parser::Symbol,
        b: conex_parser::Symbol,
    ) -> Error {
        let (x, y) = (self.show(left.into()), self.show(right.into()));
        failed(match right.get(a) {
            None => {
                format!(
                    "attribute name '{}' is contained in '{x}', but not in '{y}'",
                    self.show_symbol(a)
                )
            }
            Some(_) => format!(
                "attribute name '{}' is missing in '{x}', but is contained in '{y}'",
                self.show_symbol(b)
            ),
        })
    }
}

fn failed(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Assert, message)
}

fn is_function(value: Value<'_>) -> bool {
    matches!(value.view(), View::Closure(_) | View::Builtin(_) | View::Partial(_))
}
