//! Findings on their way to the editor, and those that are pushed when they
//! change.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use conex_model::Code;
use gen_lsp_types::{Diagnostic, PublishDiagnosticsNotification, PublishDiagnosticsParams, Uri};

use super::Server;
use super::convert::{self, Places};
use super::pulled::Question;
use crate::ide::Task;

/// The findings of each file.
pub(super) type ByFile = BTreeMap<PathBuf, Vec<Diagnostic>>;

/// What the editor knows.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// What was pushed, with the version of the document.
    pushed: BTreeMap<PathBuf, (Option<i32>, Vec<Diagnostic>)>,
    /// What was answered, as it is called.
    pub(super) answered: BTreeMap<PathBuf, String>,
    /// Whether that was all there was: then what is new elsewhere is news.
    pub(super) everything: bool,
    /// Questions that wait for an evaluation.
    pub(super) waiting: Vec<Question>,
}

impl Server {
    /// All findings by file. What has no place is told at the begin of the
    /// configuration.
    pub(super) fn findings(&self) -> ByFile {
        let uri = |file: &str| self.uri(Path::new(file));
        let mut all = ByFile::new();
        for (task, unit) in &self.units.all {
            let Some(now) = &unit.now else { continue };
            let mut places = Places::new(&now.texts, self.client.can.encoding);
            let begin = match task {
                Task::Configuration(configured) => configured.file(),
                Task::Text(path) => path,
            };
            for found in unit.shown.iter().filter(|found| self.is_wanted(found.code)) {
                let file =
                    found.place.as_ref().map_or(begin, |place| Path::new(&*place.file)).to_owned();
                let finding = places.finding(found, &uri);
                let of_file = all.entry(file).or_default();
                if !of_file.contains(&finding) {
                    of_file.push(finding);
                }
            }
        }
        all
    }

    /// What nil and nixd find as well is told unless they are there.
    pub(super) fn is_wanted(&self, code: Code) -> bool {
        use Code::{
            Duplicate, Syntax, UndefinedVariable, UnusedArgument, UnusedVariable, UnusedWith,
        };
        let of_one_text = matches!(
            code,
            Syntax | UndefinedVariable | Duplicate | UnusedVariable | UnusedArgument | UnusedWith
        );
        self.settings.diagnostics.syntax || !of_one_text
    }

    /// How the editor calls a file.
    pub(super) fn uri(&self, file: &Path) -> Option<Uri> {
        match self.documents.of_file(file) {
            Some(document) => Some(document.uri.clone()),
            None => convert::uri(&file.to_string_lossy()),
        }
    }

    /// Tells what has changed since the last time.
    pub(super) fn tell(&mut self) {
        if self.client.can.pulls {
            return self.answer_questions();
        }
        let mut findings = self.findings();
        let open = self.documents.iter().map(|(_, document)| document.file.clone());
        let known = self.told.pushed.keys().cloned();
        let files: BTreeSet<PathBuf> = findings.keys().cloned().chain(open).chain(known).collect();
        for file in files {
            let found = findings.remove(&file).unwrap_or_default();
            self.push(&file, found);
        }
    }

    fn push(&mut self, file: &Path, diagnostics: Vec<Diagnostic>) {
        let version = self.documents.of_file(file).map(|document| document.version);
        let known = self.told.pushed.get(file);
        let said = (version, diagnostics);
        if known == Some(&said) {
            return;
        }
        // An open document without findings is told once, so that who waits
        // knows that it was looked at.
        let looked_at = || version.is_some() && !self.units.of_file(file).is_empty();
        if known.is_none() && said.1.is_empty() && !looked_at() {
            return;
        }
        let Some(uri) = self.uri(file) else { return };
        let params = PublishDiagnosticsParams { uri, version, diagnostics: said.1.clone() };
        self.client.notify::<PublishDiagnosticsNotification>(params);
        if said.0.is_none() && said.1.is_empty() {
            self.told.pushed.remove(file);
        } else {
            self.told.pushed.insert(file.to_owned(), said);
        }
    }
}
