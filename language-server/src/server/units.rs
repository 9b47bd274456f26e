//! What is checked: each configuration, and each open file that none of them
//! imports. A change makes those new that have to do with it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use conex_model::Diagnostic;
use conex_options::Configured;

use super::documents::Documents;
use crate::ide::{Analysis, Entries, Task, configures_hosts, keep, looks_like_a_module};

/// What is known of a configuration or a file.
#[derive(Debug, Default)]
pub(super) struct Unit {
    /// Whether it has to be looked at (again).
    pub(super) dirty: bool,
    /// What it came to the last time.
    pub(super) now: Option<Arc<Analysis>>,
    /// What it came to when all files parsed that are open.
    pub(super) good: Option<Arc<Analysis>>,
    /// The findings to show.
    pub(super) shown: Vec<Diagnostic>,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Units {
    pub(super) all: BTreeMap<Task, Unit>,
    entries: Entries,
    /// What is out of date.
    pub(super) old: Vec<Arc<Analysis>>,
}

impl Units {
    /// Takes other configurations.
    pub(super) fn set_entries(&mut self, entries: Entries) {
        self.all.retain(|task, _| match task {
            Task::Configuration(configured) => entries.contains(configured),
            Task::Text(_) => true,
        });
        for entry in &entries {
            self.need(Task::Configuration(entry.clone()));
        }
        self.entries = entries;
    }

    fn need(&mut self, task: Task) {
        let fresh = || Unit { dirty: true, ..Unit::default() };
        self.all.entry(task).or_insert_with(fresh);
    }

    /// Marks what asked about a path.
    pub(super) fn changed(&mut self, path: &Path) {
        for unit in self.all.values_mut() {
            unit.dirty |= unit.now.as_ref().is_none_or(|now| now.asked.contains(path));
        }
    }

    /// Marks everything.
    pub(super) fn all_changed(&mut self) {
        self.all.values_mut().for_each(|unit| unit.dirty = true);
    }

    /// What to look at next; configurations go first.
    pub(super) fn next(&self) -> Option<&Task> {
        self.all.iter().find(|(_, unit)| unit.dirty).map(|(task, _)| task)
    }

    /// Whether a configuration that was named or found reads a file.
    fn is_imported(&self, file: &Path) -> bool {
        let file = file.to_string_lossy();
        self.entries.iter().any(|entry| {
            let unit = self.all.get(&Task::Configuration(entry.clone()));
            unit.is_some_and(|unit| unit.now.as_ref().is_some_and(|now| now.reads(&file)))
        })
    }

    /// Gives each open file that no configuration imports a check of its own,
    /// and takes those of others away. Until all configurations are known it
    /// is not known which files these are.
    pub(super) fn assign(&mut self, documents: &Documents) {
        let entries = &self.entries;
        self.all.retain(|task, _| match task {
            Task::Configuration(configured) if entries.contains(configured) => true,
            Task::Configuration(Configured::Module(file) | Configured::Flake { file, .. })
            | Task::Text(file) => documents.get(file).is_some(),
        });
        if self.next().is_some() {
            return;
        }
        let mut wanted = Vec::new();
        for (path, document) in documents.iter() {
            let nix = path.extension().is_some_and(|extension| extension == "nix");
            if !nix || self.is_imported(&document.file) {
                continue;
            }
            let alone = self.entries.is_empty();
            wanted.push(match path.file_name().is_some_and(|name| name == "flake.nix") {
                true if alone && configures_hosts(&document.text) => {
                    Task::Configuration(Configured::Flake { file: path.clone(), host: None })
                }
                false if alone && looks_like_a_module(&document.text) => {
                    Task::Configuration(Configured::Module(path.clone()))
                }
                _ => Task::Text(path.clone()),
            });
        }
        let entries = &self.entries;
        self.all.retain(|task, _| match task {
            Task::Configuration(configured) if entries.contains(configured) => true,
            task => wanted.contains(task),
        });
        wanted.into_iter().for_each(|task| self.need(task));
    }

    /// Takes what an evaluation came to.
    pub(super) fn accept(&mut self, task: &Task, analysis: Analysis, documents: &Documents) {
        let Some(unit) = self.all.get_mut(task) else { return };
        let analysis = Arc::new(analysis);
        let is_open = |file: &str| documents.of_file(Path::new(file)).is_some();
        let half_typed = analysis.broken().into_iter().any(is_open);
        unit.dirty = false;
        unit.shown = match unit.good.as_ref().filter(|_| half_typed) {
            Some(good) => keep(&analysis, good),
            None => analysis.findings.clone(),
        };
        if !half_typed {
            self.old.extend(unit.good.replace(analysis.clone()));
        }
        self.old.extend(unit.now.replace(analysis));
    }

    /// The last whole analyses of what reads a file, the configurations that
    /// were named or found first.
    pub(super) fn of_file(&self, file: &Path) -> Vec<(&Task, &Arc<Analysis>)> {
        let file = file.to_string_lossy();
        let known = self.all.iter().filter_map(|(task, unit)| {
            let analysis = unit.good.as_ref().or(unit.now.as_ref())?;
            Some((task, analysis))
        });
        known.filter(|(_, analysis)| analysis.reads(&file)).collect()
    }
}
