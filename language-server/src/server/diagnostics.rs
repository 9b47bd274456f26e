//! Findings on their way to the editor: pushed when they change, or answered
//! when it asks.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use conex_model::Code;
use gen_lsp_types::{
    Diagnostic, DiagnosticRefreshRequest, DocumentDiagnosticReport, FullDocumentDiagnosticReport,
    PublishDiagnosticsNotification, PublishDiagnosticsParams, RelatedFullDocumentDiagnosticReport,
    RelatedUnchangedDocumentDiagnosticReport, UnchangedDocumentDiagnosticReport, Uri,
};
use lsp_server::RequestId;

use super::Server;
use super::client::Asked;
use super::convert::{self, Places};
use crate::ide::Task;

/// The findings of each file.
type ByFile = BTreeMap<PathBuf, Vec<Diagnostic>>;

/// What the editor knows.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// What was pushed, with the version of the document.
    pushed: BTreeMap<PathBuf, (Option<i32>, Vec<Diagnostic>)>,
    /// What was answered, as it is called.
    answered: BTreeMap<PathBuf, String>,
    /// Questions that wait for an evaluation.
    pub(super) waiting: Vec<Question>,
}

/// A request for the diagnostics of a document.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) id: RequestId,
    pub(super) path: Option<PathBuf>,
    pub(super) previous: Option<String>,
}

impl Server {
    /// All findings by file. What has no place is told at the begin of the
    /// configuration.
    fn findings(&self) -> ByFile {
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

    /// Answers what waits for evaluations, once they are done.
    fn answer_questions(&mut self) {
        if self.is_busy() {
            return;
        }
        let findings = self.findings();
        for question in std::mem::take(&mut self.told.waiting) {
            self.answer(question, &findings);
        }
        let differs = |(file, known): (&PathBuf, &String)| result_id(findings.get(file)) != *known;
        if self.client.can.refreshes && self.told.answered.iter().any(differs) {
            // Each file is asked about again, or nobody looks at it.
            self.told.answered.clear();
            self.client.request::<DiagnosticRefreshRequest>((), Asked::Nothing);
        }
    }

    fn answer(&mut self, question: Question, findings: &ByFile) {
        let file = question.path.map(|path| match self.documents.get(&path) {
            Some(document) => document.file.clone(),
            None => path,
        });
        let found = file.as_ref().and_then(|file| findings.get(file));
        let result_id = result_id(found);
        if let Some(file) = file {
            self.told.answered.insert(file, result_id.clone());
        }
        let report = if question.previous.as_ref() == Some(&result_id) {
            DocumentDiagnosticReport::RelatedUnchangedDocumentDiagnosticReport(
                RelatedUnchangedDocumentDiagnosticReport {
                    unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport {
                        result_id,
                    },
                    ..Default::default()
                },
            )
        } else {
            DocumentDiagnosticReport::RelatedFullDocumentDiagnosticReport(
                RelatedFullDocumentDiagnosticReport {
                    full_document_diagnostic_report: FullDocumentDiagnosticReport {
                        result_id: Some(result_id),
                        items: found.cloned().unwrap_or_default(),
                    },
                    ..Default::default()
                },
            )
        };
        self.client.reply(question.id, report);
    }
}

/// Tells findings apart from others.
fn result_id(found: Option<&Vec<Diagnostic>>) -> String {
    let mut hasher = DefaultHasher::new();
    for finding in found.into_iter().flatten() {
        serde_json::to_string(finding).unwrap_or_default().hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}
