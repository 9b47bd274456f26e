//! Findings that the editor asks for: of one document, or of all files. What it
//! knows already is called unchanged.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use gen_lsp_types::{
    Diagnostic, DiagnosticRefreshRequest, DocumentDiagnosticParams, DocumentDiagnosticReport,
    FullDocumentDiagnosticReport, RelatedFullDocumentDiagnosticReport,
    RelatedUnchangedDocumentDiagnosticReport, UnchangedDocumentDiagnosticReport,
    WorkspaceDiagnosticParams, WorkspaceDiagnosticReport, WorkspaceDocumentDiagnosticReport,
    WorkspaceFullDocumentDiagnosticReport, WorkspaceUnchangedDocumentDiagnosticReport,
};
use lsp_server::RequestId;

use super::client::Asked;
use super::diagnostics::ByFile;
use super::{Server, documents};

/// A request that waits for evaluations.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) id: RequestId,
    about: About,
}

#[derive(Debug)]
enum About {
    /// A document, if it is a file, and what the editor knows of it.
    Document(Option<PathBuf>, Option<String>),
    /// Everything, and what the editor knows of what.
    Everything(BTreeMap<PathBuf, String>),
}

impl Server {
    pub(super) fn ask_for_diagnostics(&mut self, id: RequestId, params: DocumentDiagnosticParams) {
        let path = documents::path(&params.text_document.uri);
        self.wait(id, About::Document(path, params.previous_result_id));
    }

    pub(super) fn ask_for_all_diagnostics(
        &mut self,
        id: RequestId,
        params: WorkspaceDiagnosticParams,
    ) {
        let known = params.previous_result_ids.into_iter();
        let known = known.filter_map(|known| {
            let file = self.file(documents::path(&known.uri)?);
            Some((file, known.value))
        });
        let known = known.collect();
        self.wait(id, About::Everything(known));
    }

    fn wait(&mut self, id: RequestId, about: About) {
        self.told.waiting.push(Question { id, about });
        self.untold = true;
    }

    /// The file of a path, links followed where it is open.
    fn file(&self, path: PathBuf) -> PathBuf {
        match self.documents.get(&path) {
            Some(document) => document.file.clone(),
            None => path,
        }
    }

    /// Answers what waits for evaluations, once they are done.
    pub(super) fn answer_questions(&mut self) {
        if self.is_busy() {
            return;
        }
        let findings = self.findings();
        for Question { id, about } in std::mem::take(&mut self.told.waiting) {
            match about {
                About::Document(path, previous) => {
                    let report = self.report(path, previous.as_deref(), &findings);
                    self.client.reply(id, report);
                }
                About::Everything(known) => {
                    let report = self.report_all(&known, &findings);
                    self.client.reply(id, report);
                }
            }
        }
        let answered = &self.told.answered;
        let differs = |(file, known): (&PathBuf, &String)| result_id(findings.get(file)) != *known;
        let is_new = |file: &PathBuf| self.told.everything && !answered.contains_key(file);
        let is_outdated = answered.iter().any(differs) || findings.keys().any(is_new);
        if self.client.can.refreshes && is_outdated {
            // Each file is asked about again, or nobody looks at it.
            self.told.answered.clear();
            self.told.everything = false;
            self.client.request::<DiagnosticRefreshRequest>((), Asked::Nothing);
        }
    }

    fn report(
        &mut self,
        path: Option<PathBuf>,
        previous: Option<&str>,
        findings: &ByFile,
    ) -> DocumentDiagnosticReport {
        let file = path.map(|path| self.file(path));
        let found = file.as_ref().and_then(|file| findings.get(file));
        let result_id = result_id(found);
        if let Some(file) = file {
            self.told.answered.insert(file, result_id.clone());
        }
        if previous == Some(&*result_id) {
            let report = RelatedUnchangedDocumentDiagnosticReport {
                unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport {
                    result_id,
                },
                ..Default::default()
            };
            return DocumentDiagnosticReport::RelatedUnchangedDocumentDiagnosticReport(report);
        }
        let report = RelatedFullDocumentDiagnosticReport {
            full_document_diagnostic_report: full(result_id, found),
            ..Default::default()
        };
        DocumentDiagnosticReport::RelatedFullDocumentDiagnosticReport(report)
    }

    /// Files with findings, and those of which the editor knows some that are
    /// gone.
    fn report_all(
        &mut self,
        known: &BTreeMap<PathBuf, String>,
        findings: &ByFile,
    ) -> WorkspaceDiagnosticReport {
        let files: BTreeSet<&PathBuf> = findings.keys().chain(known.keys()).collect();
        let mut items = Vec::new();
        for file in files {
            let found = findings.get(file);
            let result_id = result_id(found);
            let unchanged = known.get(file) == Some(&result_id);
            self.told.answered.insert(file.clone(), result_id.clone());
            items.extend(self.report_of(file, unchanged, result_id, found));
        }
        self.told.everything = true;
        WorkspaceDiagnosticReport { items }
    }

    fn report_of(
        &self,
        file: &Path,
        unchanged: bool,
        result_id: String,
        found: Option<&Vec<Diagnostic>>,
    ) -> Option<WorkspaceDocumentDiagnosticReport> {
        let uri = self.uri(file)?;
        let version = self.documents.of_file(file).map(|document| document.version);
        Some(if unchanged {
            let report = UnchangedDocumentDiagnosticReport { result_id };
            WorkspaceUnchangedDocumentDiagnosticReport::new(uri, version, report).into()
        } else {
            let report = full(result_id, found);
            WorkspaceFullDocumentDiagnosticReport::new(uri, version, report).into()
        })
    }
}

fn full(result_id: String, found: Option<&Vec<Diagnostic>>) -> FullDocumentDiagnosticReport {
    FullDocumentDiagnosticReport {
        result_id: Some(result_id),
        items: found.cloned().unwrap_or_default(),
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
