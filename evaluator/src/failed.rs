//! Values whose evaluation failed inside of `tryEval`, and that are asked for
//! again.
//!
//! Since 2.34 Nix keeps the failure with the value: nothing is evaluated
//! twice, and the trace of the first time is that of all others. All values
//! that fail on the way to a `tryEval` share one failure.

use crate::error::{Error, Place};
use crate::evaluator::Evaluator;
use crate::memory::{Thunk, ThunkState};
use crate::native::NativeThunk;

impl<'h> Evaluator<'h> {
    /// What failed inside of `tryEval` stays failed: it is not evaluated again.
    pub(crate) fn remember(&mut self, thunk: Thunk<'h>, mut error: Error) -> Error {
        if error.is_catchable() && !matches!(thunk.state(), ThunkState::Native(_)) {
            let number = error.number().unwrap_or_else(|| {
                self.natives.push(None);
                self.natives.len() as u32 - 1
            });
            error.set_number(number);
            self.fails_with(number, &error);
            thunk.fail(self.heap, number);
        }
        error
    }

    /// What is remembered of an error is all of its trace, up to the `tryEval`.
    pub(crate) fn caught(&mut self, error: Error) {
        if let Some(number) = error.number() {
            self.fails_with(number, &error.demanded_at(Place::None));
        }
    }

    fn fails_with(&mut self, number: u32, error: &Error) {
        let error = error.fresh();
        self.natives[number as usize] = Some(NativeThunk::Failed(error));
    }
}
