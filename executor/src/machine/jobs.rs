//! The jobs of systemd that have ended, for whoever waits for one.
//!
//! A job may end before the answer that names it is read. So while anyone follows jobs
//! all that end are kept, and forgotten when nobody does.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

#[derive(Debug, Default)]
pub(super) struct Jobs {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    followers: usize,
    ended: BTreeMap<u32, String>,
    /// Nothing more will be heard.
    closed: bool,
}

/// How a wait for a job ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// With this result.
    With(String),
    /// Not in time.
    Late,
    /// Nobody knows: the connection is gone.
    Unheard,
}

/// Jobs that end are kept as long as it lives.
#[derive(Debug)]
pub(super) struct Following<'a>(&'a Jobs);

impl Jobs {
    /// To be called before a job is made.
    pub(super) fn follow(&self) -> Following<'_> {
        self.state().followers += 1;
        Following(self)
    }

    /// A job has ended.
    pub(super) fn end(&self, id: u32, result: String) {
        let mut state = self.state();
        if state.followers > 0 {
            state.ended.insert(id, result);
            self.changed.notify_all();
        }
    }

    /// No job will be heard of any more.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change of the state is a single step.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Following<'_> {
    /// Waits for the end of a job.
    pub(super) fn wait(&self, id: u32, deadline: Instant) -> Ended {
        let mut state = self.0.state();
        loop {
            if let Some(result) = state.ended.remove(&id) {
                return Ended::With(result);
            }
            if state.closed {
                return Ended::Unheard;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ended::Late;
            }
            let woken = self.0.changed.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Following<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.followers -= 1;
        if state.followers == 0 {
            state.ended.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_job_that_ends_before_it_is_waited_for_is_not_missed() {
        let jobs = Jobs::default();
        let following = jobs.follow();
        jobs.end(7, "done".into());
        let deadline = Instant::now() + Duration::from_secs(5);
        assert_eq!(following.wait(7, deadline), Ended::With("done".into()));
        assert_eq!(following.wait(7, Instant::now()), Ended::Late);
    }

    #[test]
    fn nothing_is_kept_when_nobody_follows() {
        let jobs = Jobs::default();
        jobs.end(1, "done".into());
        drop(jobs.follow());
        assert_eq!(jobs.follow().wait(1, Instant::now()), Ended::Late);
    }

    #[test]
    fn a_lost_connection_ends_every_wait() {
        let jobs = Jobs::default();
        let following = jobs.follow();
        std::thread::scope(|scope| {
            let waiting =
                scope.spawn(|| following.wait(1, Instant::now() + Duration::from_secs(20)));
            jobs.close();
            assert_eq!(waiting.join().unwrap(), Ended::Unheard);
        });
    }
}
