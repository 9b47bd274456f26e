//! One evaluation at a time: starting it, giving it up when a newer edit makes
//! it useless or when it takes too long, and showing that it takes a while.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use conex_model::{Code, Diagnostic, Place, Position};
use gen_lsp_types::{
    ProgressNotification, ProgressParams, ProgressToken, WorkDoneProgressCreateParams,
    WorkDoneProgressCreateRequest,
};
use serde_json::json;

use super::Server;
use super::client::Asked;
use super::worker::{Job, Worker};
use crate::ide::{Analysis, Task};

/// An evaluation that takes longer is shown.
const SHOWN_AFTER: Duration = Duration::from_millis(500);
/// One that takes longer is given up.
const BUDGET: Duration = Duration::from_secs(10);
/// One that does not notice that it is given up is left to itself.
const LEFT_AFTER: Duration = Duration::from_secs(15);

/// An evaluation that is going on.
pub(super) struct Running {
    pub(super) task: Task,
    since: Instant,
    stop: Arc<AtomicBool>,
    /// Whether a newer edit has made it useless.
    outdated: bool,
    /// What has changed since it began.
    changed: Vec<PathBuf>,
    progress: Progress,
}

/// Whether the user sees that it takes a while.
#[derive(Debug, PartialEq, Eq)]
enum Progress {
    None,
    Asked(String),
    Shown(String),
}

impl Server {
    /// Whether anything is still to be found out.
    pub(super) fn is_busy(&self) -> bool {
        self.running.is_some() || self.units.next().is_some()
    }

    /// Starts the next evaluation, if none is going on.
    pub(super) fn schedule(&mut self) {
        if let Some(running) = &mut self.running {
            let unit = self.units.all.get(&running.task);
            if !running.outdated && unit.is_none_or(|unit| unit.dirty) {
                running.outdated = true;
                running.stop.store(true, Ordering::Relaxed);
            }
            return;
        }
        self.units.assign(&self.documents);
        let Some(task) = self.units.next().cloned() else {
            if std::mem::take(&mut self.untold) {
                self.tell();
            }
            return;
        };
        // What changes from now on makes it dirty again.
        let unit = self.units.all.get_mut(&task);
        let good = unit.and_then(|unit| {
            unit.dirty = false;
            unit.good.clone()
        });
        let stop = Arc::new(AtomicBool::new(false));
        self.worker.give_back(std::mem::take(&mut self.units.old));
        self.worker.start(Job {
            task: task.clone(),
            good,
            buffers: self.documents.buffers(),
            search: self.search.clone(),
            machine: self.machine.clone(),
            stop: stop.clone(),
        });
        self.running = Some(Running {
            task,
            since: Instant::now(),
            stop,
            outdated: false,
            changed: Vec::new(),
            progress: Progress::None,
        });
    }

    /// Takes the result of the evaluation.
    pub(super) fn finished(&mut self, analysis: Analysis) {
        let Some(running) = self.running.take() else { return };
        self.end_progress(&running);
        if running.outdated {
            return;
        }
        let outdated = running.changed.iter().any(|path| analysis.asked.contains(path));
        self.units.accept(&running.task, analysis, &self.documents);
        match self.units.all.get_mut(&running.task) {
            Some(unit) if outdated => unit.dirty = true,
            _ => self.tell(),
        }
    }

    /// Marks what has to do with a path.
    pub(super) fn path_changed(&mut self, path: &Path) {
        self.units.changed(path);
        self.untold = true;
        if let Some(running) = &mut self.running {
            running.changed.push(path.to_owned());
        }
    }

    /// Looks how long the evaluation has taken.
    pub(super) fn tick(&mut self) {
        let Some(running) = &mut self.running else { return };
        let elapsed = running.since.elapsed();
        if elapsed > BUDGET {
            running.stop.store(true, Ordering::Relaxed);
        }
        if elapsed > SHOWN_AFTER
            && running.progress == Progress::None
            && self.client.can.shows_progress
        {
            self.progresses += 1;
            let token = format!("conex-{}", self.progresses);
            running.progress = Progress::Asked(token.clone());
            let params =
                WorkDoneProgressCreateParams { token: ProgressToken::String(token.clone()) };
            self.client.request::<WorkDoneProgressCreateRequest>(params, Asked::Progress(token));
        }
        if elapsed > LEFT_AFTER {
            self.lost_worker();
        }
    }

    /// Goes on without an evaluation that does not end. Its thread is left
    /// alone; its result, if there ever is one, goes nowhere.
    pub(super) fn lost_worker(&mut self) {
        self.worker = Worker::new(self.outside.clone());
        let Some(running) = self.running.take() else { return };
        self.end_progress(&running);
        let file = match &running.task {
            Task::Configuration(configured) => configured.file(),
            Task::Text(path) => path,
        };
        let summary = "the evaluation was given up: it does not answer";
        let finding = Diagnostic::new(Code::Limit, summary).at(begin(file));
        if !running.outdated {
            let analysis = Analysis {
                asked: std::iter::once(file.to_owned()).collect(),
                ..Analysis::of_finding(finding)
            };
            self.units.accept(&running.task, analysis, &self.documents);
            self.tell();
        }
    }

    /// The editor has, or has not, made room for a progress.
    pub(super) fn may_show_progress(&mut self, token: &str, granted: bool) {
        let Some(running) = &mut self.running else { return };
        if running.progress != Progress::Asked(token.to_owned()) || !granted {
            return;
        }
        running.progress = Progress::Shown(token.to_owned());
        let value = json!({ "kind": "begin", "title": "conex: evaluating", "cancellable": true });
        self.progress(token, value);
    }

    /// The user does not want to wait.
    pub(super) fn stop_progress(&mut self, token: &ProgressToken) {
        let Some(running) = &self.running else { return };
        if let (Progress::Shown(shown), ProgressToken::String(token)) = (&running.progress, token)
            && shown == token
        {
            running.stop.store(true, Ordering::Relaxed);
        }
    }

    fn end_progress(&self, running: &Running) {
        if let Progress::Shown(token) = &running.progress {
            self.progress(token, json!({ "kind": "end" }));
        }
    }

    fn progress(&self, token: &str, value: serde_json::Value) {
        let token = ProgressToken::String(token.to_owned());
        self.client.notify::<ProgressNotification>(ProgressParams { token, value });
    }
}

fn begin(file: &Path) -> Place {
    let start = Position { byte: 0, line: 1, column: 1 };
    Place { file: file.to_string_lossy().into(), start, end: start }
}
