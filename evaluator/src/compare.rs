//! Equality and order.

use std::cmp::Ordering;

use crate::call::stack_overflow;
use crate::error::{Error, Result};
use crate::eval::with_stack;
use crate::evaluator::Evaluator;
use crate::memory::{Attrs, List, Value, View};

impl<'h> Evaluator<'h> {
    /// `a == b`. Functions are equal to nothing, not even to themselves,
    /// except where both are the very same element of two lists or sets.
    pub fn equal(&mut self, left: Value<'h>, right: Value<'h>) -> Result<bool> {
        // Nix counts every level of what is compared as a call.
        if self.call_depth > self.settings.max_call_depth {
            return Err(stack_overflow().pending());
        }
        self.tick()?;
        let left = self.force(left)?;
        let right = self.force(right)?;
        Ok(match (left.view(), right.view()) {
            (View::Int(a), View::Int(b)) => a == b,
            (View::Float(a), View::Float(b)) => a == b,
            (View::Int(a), View::Float(b)) | (View::Float(b), View::Int(a)) => a as f64 == b,
            (View::Bool(a), View::Bool(b)) => a == b,
            (View::Null, View::Null) => true,
            (View::Str(a), View::Str(b)) => a.bytes() == b.bytes(),
            (View::Path(a), View::Path(b)) => a == b,
            (View::List(a), View::List(b)) => {
                a.len() == b.len() && self.deeper(|e| e.equal_lists(a, b))?
            }
            (View::Attrs(a), View::Attrs(b)) => self.deeper(|e| e.equal_sets(a, b))?,
            _ => false,
        })
    }

    /// Compares the members of two values.
    fn deeper(&mut self, compare: impl FnOnce(&mut Self) -> Result<bool>) -> Result<bool> {
        self.call_depth += 1;
        let result = with_stack(|| compare(self));
        self.call_depth -= 1;
        result
    }

    fn equal_lists(&mut self, left: List<'h>, right: List<'h>) -> Result<bool> {
        self.equal_elements(left.as_slice().iter().zip(right.as_slice()))
    }

    fn equal_elements<'a>(
        &mut self,
        pairs: impl Iterator<Item = (&'a Value<'h>, &'a Value<'h>)>,
    ) -> Result<bool>
    where
        'h: 'a,
    {
        for (a, b) in pairs {
            if !self.equal_places(*a, *b)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The same for what lies in lists, sets and variables: one that lies in
    /// both is equal to itself, should it only evaluate, whatever is in it.
    pub(crate) fn equal_places(&mut self, left: Value<'h>, right: Value<'h>) -> Result<bool> {
        let same = left.same(right);
        let left = self.force(left)?;
        if same {
            return Ok(true);
        }
        let right = self.force(right)?;
        if matches!(left.view(), View::List(_) | View::Attrs(_)) && left.same(right) {
            return Ok(true);
        }
        with_stack(|| self.equal(left, right))
    }

    fn equal_sets(&mut self, left: Attrs<'h>, right: Attrs<'h>) -> Result<bool> {
        // Two derivations are equal when they build the same.
        if self.is_derivation(left)? && self.is_derivation(right)? {
            let name = self.names.out_path;
            if let (Some(a), Some(b)) = (left.get(name), right.get(name)) {
                return self.equal(a.value, b.value);
            }
        }
        let left = self.all_attrs(left)?;
        let right = self.all_attrs(right)?;
        if left.len() != right.len() || left.iter().zip(right).any(|(a, b)| a.name != b.name) {
            return Ok(false);
        }
        self.equal_elements(left.iter().map(|a| &a.value).zip(right.iter().map(|b| &b.value)))
    }

    /// Whether a set says that it is a derivation.
    pub fn is_derivation(&mut self, set: Attrs<'h>) -> Result<bool> {
        let Some(kind) = set.get(self.names.type_) else { return Ok(false) };
        let kind = self.force(kind.value)?;
        Ok(matches!(kind.view(), View::Str(text) if text.bytes() == b"derivation"))
    }

    /// `a < b`
    pub(crate) fn less(&mut self, left: Value<'h>, right: Value<'h>) -> Result<bool> {
        let left = self.force(left)?;
        let right = self.force(right)?;
        match (left.view(), right.view()) {
            (View::Int(a), View::Int(b)) => Ok(a < b),
            (View::Float(a), View::Float(b)) => Ok(a < b),
            (View::Int(a), View::Float(b)) => Ok((a as f64) < b),
            (View::Float(a), View::Int(b)) => Ok(a < b as f64),
            (View::Str(a), View::Str(b)) => Ok(a.bytes() < b.bytes()),
            (View::Path(a), View::Path(b)) => Ok(a < b),
            (View::List(a), View::List(b)) => self.less_lists(a.as_slice(), b.as_slice()),
            _ => Err(self.incomparable(left, right)),
        }
    }

    fn incomparable(&self, left: Value<'h>, right: Value<'h>) -> Error {
        let (a, b) = (self.describe_kind(left), self.describe_kind(right));
        let (x, y) = (self.show(left), self.show(right));
        let function =
            |view| matches!(view, View::Closure(_) | View::Builtin(_) | View::Partial(_));
        let alike = a == b || function(left.view()) && function(right.view());
        Error::type_error(match alike {
            true => format!(
                "cannot compare {a} with {b}; values of that type are incomparable (values are {x} and {y})"
            ),
            false => format!("cannot compare {a} with {b}; values are {x} and {y}"),
        })
    }

    fn less_lists(&mut self, left: &[Value<'h>], right: &[Value<'h>]) -> Result<bool> {
        for (a, b) in left.iter().zip(right) {
            if !self.equal_places(*a, *b)? {
                return with_stack(|| self.less(*a, *b))
                    .map_err(|error| error.demand("while comparing two list elements"));
            }
        }
        Ok(left.len() < right.len())
    }

    /// Sorts stably by `less`, which may fail.
    pub(crate) fn order(&mut self, left: Value<'h>, right: Value<'h>) -> Result<Ordering> {
        if self.less(left, right)? {
            return Ok(Ordering::Less);
        }
        Ok(if self.less(right, left)? { Ordering::Greater } else { Ordering::Equal })
    }
}
