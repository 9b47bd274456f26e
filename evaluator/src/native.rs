//! Values that the host program computes when they are first needed.

use std::rc::Rc;

use crate::error::{Error, ErrorKind, Result};
use crate::evaluator::Evaluator;
use crate::memory::{Thunk, Value};

type Once<'h> = Box<dyn FnOnce(&mut Evaluator<'h>) -> Result<Value<'h>> + 'h>;
type Part<'h> = Rc<dyn Fn(&mut Evaluator<'h>, usize) -> Result<Value<'h>> + 'h>;

/// How a value is computed.
pub(crate) enum NativeThunk<'h> {
    Once(Once<'h>),
    /// One of many that are computed the same way.
    Part(Part<'h>, usize),
    Failed(Error),
}

impl<'h> NativeThunk<'h> {
    fn compute(self, evaluator: &mut Evaluator<'h>) -> Result<Value<'h>> {
        match self {
            Self::Once(compute) => compute(evaluator),
            Self::Part(compute, index) => compute(evaluator, index),
            Self::Failed(error) => Err(error),
        }
    }
}

impl<'h> Evaluator<'h> {
    /// A value that is computed by `compute` when it is first needed.
    pub fn lazy(&mut self, compute: impl FnOnce(&mut Self) -> Result<Value<'h>> + 'h) -> Value<'h> {
        self.native(NativeThunk::Once(Box::new(compute)))
    }

    /// So many values, each computed by `compute` from its index when it is
    /// first needed.
    pub fn lazy_parts(
        &mut self,
        count: usize,
        compute: impl Fn(&mut Self, usize) -> Result<Value<'h>> + 'h,
    ) -> impl Iterator<Item = Value<'h>> {
        let compute: Part<'h> = Rc::new(compute);
        (0..count).map(move |index| self.native(NativeThunk::Part(compute.clone(), index)))
    }

    fn native(&mut self, thunk: NativeThunk<'h>) -> Value<'h> {
        let number = self.natives.len() as u32;
        self.natives.push(Some(thunk));
        Thunk::native(self.heap, number).into()
    }

    /// Runs a native thunk. It can run once: if it fails, so does every
    /// later use, with the same error.
    pub(crate) fn run_native(&mut self, number: u32) -> Result<Value<'h>> {
        let compute = self.natives.get_mut(number as usize).and_then(Option::take);
        let Some(compute) = compute else {
            return Err(Error::new(ErrorKind::InfiniteRecursion, "infinite recursion encountered"));
        };
        let result = compute.compute(self).and_then(|value| self.force(value));
        if let Err(error) = &result {
            self.natives[number as usize] = Some(NativeThunk::Failed(error.clone()));
        }
        result
    }
}
