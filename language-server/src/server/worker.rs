//! The thread that evaluates: one task at a time, with a stack that Nix code
//! may recurse on. Beside it, one that gives back what is out of date.

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
    /// The last analysis of it in which all open files parsed.
    pub(super) good: Option<Arc<Analysis>>,
    pub(super) buffers: Buffers,
    pub(super) search: Search,
    pub(super) machine: String,
    /// Gives it up.
    pub(super) stop: Arc<AtomicBool>,
}

/// The threads. They end when this is dropped and what they do is done.
pub(super) struct Worker {
    jobs: Sender<Job>,
    old: Sender<Vec<Arc<Analysis>>>,
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
                for Job { task, good, buffers, search, machine, stop } in to_do {
                    let disk = outside.io();
                    let deliver = |found| {
                        // Nobody waits any more: then the jobs end, too.
                        let _ = results.send(found);
                    };
                    let world = (&search, &*machine);
                    let task = (&task, good.as_deref());
                    analyse(task, &*disk, &buffers, &mut texts, world, stop, deliver);
                }
            },
        );
        let (old, out_of_date) = unbounded::<Vec<Arc<Analysis>>>();
        // Without a thread it is given back where it is sent.
        let _ = thread::Builder::new()
            .name("giving back".to_owned())
            .spawn(move || out_of_date.into_iter().for_each(drop));
        Self { jobs, old, done }
    }

    /// Gives back what is out of date: many small pieces, which take a part
    /// of the time that an evaluation does.
    pub(super) fn give_back(&self, old: Vec<Arc<Analysis>>) {
        if !old.is_empty() {
            let _ = self.old.send(old);
        }
    }

    pub(super) fn start(&self, job: Job) {
        let _ = self.jobs.send(job);
    }
}
