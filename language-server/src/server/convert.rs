//! From offsets and paths to the protocol, and back.

use std::collections::BTreeMap;
use std::ops::Range as Span;
use std::path::Path;
use std::sync::Arc;

use conex_model::{Code as Kind, Diagnostic as Finding, Place, Severity};
use gen_lsp_types::{
    Code, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location,
    Message, Position, Range, Uri,
};

use crate::ide::{Encoding, LineColumn, Lines};

/// Who finds.
pub(super) const SOURCE: &str = "conex";

/// The offsets of a range.
pub(super) fn offsets(lines: &Lines<'_>, range: Range, encoding: Encoding) -> Span<usize> {
    let (start, end) = (offset(lines, range.start, encoding), offset(lines, range.end, encoding));
    start.min(end)..end.max(start)
}

/// The offset of a position.
pub(super) fn offset(lines: &Lines<'_>, at: Position, encoding: Encoding) -> usize {
    lines.offset(LineColumn { line: at.line, column: at.character }, encoding)
}

/// The range of offsets.
pub(super) fn range(lines: &Lines<'_>, span: Span<usize>, encoding: Encoding) -> Range {
    let position = |offset| {
        let LineColumn { line, column } = lines.position(offset, encoding);
        Position::new(line, column)
    };
    Range::new(position(span.start), position(span.end))
}

/// Places in texts that were read, whose lines are looked for once.
pub(super) struct Places<'t> {
    texts: &'t BTreeMap<Arc<str>, Arc<str>>,
    lines: BTreeMap<&'t str, Lines<'t>>,
    encoding: Encoding,
}

impl<'t> Places<'t> {
    pub(super) fn new(texts: &'t BTreeMap<Arc<str>, Arc<str>>, encoding: Encoding) -> Self {
        Self { texts, lines: BTreeMap::new(), encoding }
    }

    /// The range of a place. Where the text is not at hand, columns count
    /// bytes, which is right for most lines.
    pub(super) fn range(&mut self, place: &Place) -> Range {
        let Some((file, text)) = self.texts.get_key_value(&*place.file) else {
            let position = |at: conex_model::Position| {
                Position::new(at.line.saturating_sub(1), at.column.saturating_sub(1))
            };
            return Range::new(position(place.start), position(place.end));
        };
        let lines = self.lines.entry(file).or_insert_with(|| Lines::new(text));
        range(lines, place.start.byte as usize..place.end.byte as usize, self.encoding)
    }

    /// A finding for the protocol; `uri` gives files the names that the
    /// editor has for them.
    pub(super) fn finding(
        &mut self,
        found: &Finding,
        uri: &dyn Fn(&str) -> Option<Uri>,
    ) -> Diagnostic {
        let mut related = Vec::new();
        for one in &found.related {
            if let Some(uri) = uri(&one.place.file) {
                let location = Location::new(uri, self.range(&one.place));
                related.push(DiagnosticRelatedInformation::new(location, one.message.clone()));
            }
        }
        Diagnostic {
            range: found.place.as_ref().map(|place| self.range(place)).unwrap_or_default(),
            severity: Some(match found.severity {
                Severity::Error => DiagnosticSeverity::Error,
                Severity::Warning => DiagnosticSeverity::Warning,
            }),
            code: Some(Code::String(found.code.text().to_owned())),
            source: Some(SOURCE.to_owned()),
            message: Message::String(message(found)),
            tags: tags(found.code),
            related_information: Some(related).filter(|related| !related.is_empty()),
            ..Diagnostic::default()
        }
    }
}

/// Summary, detail and help, as people read them one after the other.
fn message(found: &Finding) -> String {
    let mut text = found.summary.clone();
    let more = [Some(found.detail.as_str()), found.help.as_deref()];
    for part in more.into_iter().flatten().filter(|part| !part.is_empty()) {
        text.push('\n');
        text.push_str(part);
    }
    text
}

fn tags(code: Kind) -> Option<Vec<DiagnosticTag>> {
    match code {
        Kind::UnusedVariable | Kind::UnusedArgument | Kind::UnusedWith => {
            Some(vec![DiagnosticTag::Unnecessary])
        }
        Kind::RemovedOption => Some(vec![DiagnosticTag::Deprecated]),
        _ => None,
    }
}

/// The name of a file, if it is one: what conex carries in itself is none.
pub(super) fn uri(path: &str) -> Option<Uri> {
    Uri::from_file_path(Path::new(path)).ok()
}
