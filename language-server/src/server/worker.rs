//! The thread that evaluates: one task at a time, with a stack that Nix code
//! may recurse on.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use conex_evaluator::Texts;
use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::ide::{Analysis, Buffers, Task, analyse};
use crate::{Outside, Search};

/// Only what is used of it is ever backed by memory.
pub(super) const STACK: usize = 256 << 20;

/// Something to do.
pub(super) struct Job {
    pub(super) task: Task,
    pub(super) buffers: Buffers,
    pub(super) search: Search,
    pub(super) machine: String,
    /// Gives it up.
    pub(super) stop: Arc<AtomicBool>,
    /// What is out of date and to be given back, which takes as long as some
    /// evaluations, where it was made.
    pub(super) old: Vec<Arc<Analysis>>,
}

/// The thread. It ends when this is dropped and what it does is done.
pub(super) struct Worker {
    jobs: Sender<Job>,
    /// What came of the jobs, in their order.
    pub(super) done: Receiver<Analysis>,
}

impl Worker {
    pub(super) fn new(outside: Arc<dyn Outside>) -> Self {
        let (jobs, to_do) = unbounded::<Job>();
        let (results, done) = unbounded();
        // Without a thread no job is ever done, which is told as any that
        // takes too long.
        let _ = thread::Builder::new().name("evaluation".to_owned()).stack_size(STACK).spawn(
            move || {
                let mut texts = Texts::default();
                for Job { task, buffers, search, machine, stop, old } in to_do {
                    let disk = outside.io();
                    let deliver = |found| {
                        // Nobody waits any more: then the jobs end, too.
                        let _ = results.send(found);
                    };
                    let world = (&search, &*machine);
                    analyse(&task, &*disk, &buffers, &mut texts, world, stop, deliver);
                    drop(old);
                }
            },
        );
        Self { jobs, done }
    }

    pub(super) fn start(&self, job: Job) {
        let _ = self.jobs.send(job);
    }
}
