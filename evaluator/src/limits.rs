//! How much an evaluation may take before it is given up: programs can run
//! without end, or double what they hold with every step.
//!
//! Without limits (the default) there are none, as for Nix.

use std::sync::atomic::Ordering;

use crate::error::{Error, ErrorKind, Result};
use crate::evaluator::Evaluator;

/// How much an evaluation may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Calls, and other steps of about that size.
    pub steps: u64,
    /// Bytes of values at one time.
    pub bytes: usize,
}

impl Limits {
    /// For what answers while somebody waits, about programs that may be
    /// unfinished: far beyond what the options of ten thousand containers
    /// take, and reached within seconds.
    pub const CHECK: Self = Self { steps: 100_000_000, bytes: 2 << 30 };
}

/// What one look ([`Evaluator::quietly`]) may take, and all of them together.
const LOOK: Limits = Limits { steps: 500_000, bytes: 64 << 20 };
const LOOKS: Limits = Limits { steps: 20_000_000, bytes: 1 << 30 };

impl Default for Limits {
    fn default() -> Self {
        Self { steps: u64::MAX, bytes: usize::MAX }
    }
}

/// So many steps are taken before it is looked what is left.
const PERIOD: u32 = 4096;

/// What has been taken so far.
#[derive(Debug)]
pub(crate) struct Taken {
    /// Steps until the next look.
    countdown: u32,
    /// Steps until the last look.
    steps: u64,
}

impl Default for Taken {
    fn default() -> Self {
        Self { countdown: PERIOD, steps: 0 }
    }
}

impl Evaluator<'_> {
    /// Takes a step.
    #[inline]
    pub(crate) fn tick(&mut self) -> Result<()> {
        if let Some(left) = self.taken.countdown.checked_sub(1) {
            self.taken.countdown = left;
            return Ok(());
        }
        self.look()
    }

    /// Runs a look within its own, narrower limits; what it takes counts for
    /// looks only.
    pub(crate) fn within_look<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        let limits = self.settings.limits;
        std::mem::swap(&mut self.taken, &mut self.looked);
        let (steps, bytes) = (self.taken.steps, self.heap.allocated_bytes());
        self.settings.limits = Limits {
            steps: steps.saturating_add(LOOK.steps).min(LOOKS.steps),
            bytes: bytes.saturating_add(LOOK.bytes).min(LOOKS.bytes).min(limits.bytes),
        };
        let result = run(self);
        std::mem::swap(&mut self.taken, &mut self.looked);
        self.settings.limits = limits;
        result
    }

    #[cold]
    fn look(&mut self) -> Result<()> {
        if self.settings.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed)) {
            return Err(given_up("it takes too long"));
        }
        let Limits { steps, bytes } = self.settings.limits;
        if self.taken.steps >= steps {
            // Nothing more is evaluated: every call ends here from now on.
            return Err(given_up("it takes too many steps"));
        }
        if self.heap.allocated_bytes() > bytes {
            return Err(given_up("it takes too much memory"));
        }
        self.taken.steps += u64::from(PERIOD);
        self.taken.countdown = PERIOD;
        Ok(())
    }

    /// Asks for memory for one value, which counts if it is large.
    #[inline]
    pub(crate) fn admit(&self, bytes: usize) -> Result<()> {
        const LARGE: usize = 1 << 20;
        if bytes < LARGE {
            return Ok(());
        }
        if bytes.saturating_add(self.heap.allocated_bytes()) > self.settings.limits.bytes {
            return Err(given_up("it takes too much memory"));
        }
        Ok(())
    }

    /// The same for a list.
    #[inline]
    pub(crate) fn admit_elements(&self, count: usize) -> Result<()> {
        self.admit(count.saturating_mul(size_of::<usize>()))
    }
}

fn given_up(why: &str) -> Error {
    Error::new(ErrorKind::Limit, format!("the evaluation was given up: {why}"))
}
