//! What is wrong with a configuration, drawn by miette.

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use conex_model::{Diagnostic, Place, Severity};
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents,
};

use crate::commands::Context;
use crate::evaluate::Sources;
use crate::ui::{Theme, count, printable};

/// Writes every finding on standard error.
pub(crate) fn report(context: &Context, diagnostics: &[Diagnostic], sources: &Sources) {
    if !diagnostics.is_empty() {
        context.ui.note(&render(context, context.ui.stderr, diagnostics, sources));
    }
}

/// `2 errors, 1 warning`
pub(crate) fn tally(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
    let warnings = diagnostics.len() - errors;
    match (errors, warnings) {
        (_, 0) => count(errors, "error"),
        (0, _) => count(warnings, "warning"),
        _ => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
    }
}

fn render(
    context: &Context,
    theme: Theme,
    diagnostics: &[Diagnostic],
    sources: &Sources,
) -> String {
    let graphical = if theme.has_colour() {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    // A terminal wraps lines itself; elsewhere they are better whole.
    let handler = GraphicalReportHandler::new_themed(graphical)
        .with_links(false)
        .with_wrap_lines(false)
        .with_break_words(false);
    let mut out = String::new();
    let mut texts = Texts { context, sources, known: BTreeMap::new() };
    for diagnostic in diagnostics {
        let report = Report::new(diagnostic, &mut texts);
        if handler.render_report(&mut out, &report).is_err() {
            // Only a text that can not be cut where a place says it can.
            out.push_str(&report.to_string());
        }
        out.push('\n');
    }
    out
}

/// The texts that findings point into, each made printable once.
struct Texts<'a> {
    context: &'a Context,
    sources: &'a Sources,
    known: BTreeMap<Arc<str>, Rc<Text>>,
}

impl Texts<'_> {
    /// The text at a place, if it reaches that far.
    fn get(&mut self, place: &Place) -> Option<Rc<Text>> {
        let text = self.sources.get(&place.file)?;
        if place.end.byte as usize > text.len() {
            return None;
        }
        let made = || {
            let text = printable(text).into_owned();
            let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
            let lines = std::iter::once(0).chain(breaks).collect();
            let name = self.context.paths.show(&place.file).to_owned();
            Rc::new(Text { name, lines, text })
        };
        Some(self.known.entry(place.file.clone()).or_insert_with(made).clone())
    }
}

/// A text of which an excerpt is found without reading all of it: a file may
/// have a thousand findings.
#[derive(Debug)]
struct Text {
    name: String,
    text: String,
    /// Where its lines begin.
    lines: Vec<usize>,
}

impl SourceCode for Text {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let line = |byte: usize| self.lines.partition_point(|begin| *begin <= byte) - 1;
        let first = line(span.offset()).saturating_sub(before);
        let begin = self.lines[first];
        let behind = line(span.offset() + span.len()) + after + 1;
        let end = self.lines.get(behind).copied().unwrap_or(self.text.len());
        let excerpt = self.text.get(begin..end).ok_or(MietteError::OutOfBounds)?;
        let within = SourceSpan::from((span.offset() - begin, span.len()));
        let found = excerpt.read_span(&within, before, after)?;
        let span = SourceSpan::from((found.span().offset() + begin, found.span().len()));
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            found.data(),
            span,
            found.line() + first,
            found.column(),
            found.line_count() + first,
        )))
    }
}

/// A finding as miette sees it.
#[derive(Debug)]
struct Report {
    severity: miette::Severity,
    code: Option<&'static str>,
    message: String,
    help: Option<String>,
    source: Option<Rc<Text>>,
    labels: Vec<LabeledSpan>,
    elsewhere: Vec<Report>,
}

impl Report {
    fn new(diagnostic: &Diagnostic, texts: &mut Texts<'_>) -> Self {
        let mut message = diagnostic.summary.clone();
        if !diagnostic.detail.is_empty() {
            message.push('\n');
            message.push_str(&diagnostic.detail);
        }
        let severity = match diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        };
        let place = diagnostic.place.as_ref();
        let mut report = Self::at(severity, &message, place, texts);
        report.code = Some(diagnostic.code.text());
        report.help = diagnostic.help.as_deref().map(|help| printable(help).into_owned());
        for related in &diagnostic.related {
            let here = place.is_some_and(|place| place.file == related.place.file);
            if here && report.source.is_some() {
                report.labels.push(label(Some(&related.message), &related.place));
            } else {
                let advice = miette::Severity::Advice;
                let (message, place) = (related.message.as_str(), Some(&related.place));
                let message = if message.is_empty() { "related" } else { message };
                report.elsewhere.push(Self::at(advice, message, place, texts));
            }
        }
        report
    }

    /// A message at a place, with the text there if it is known.
    fn at(
        severity: miette::Severity,
        message: &str,
        place: Option<&Place>,
        texts: &mut Texts<'_>,
    ) -> Self {
        let mut message = printable(message).into_owned();
        let (mut source, mut labels) = (None, Vec::new());
        if let Some(place) = place {
            source = texts.get(place);
            match source {
                Some(_) => labels.push(label(None, place)),
                None => message.push_str(&format!(" (at {})", texts.context.paths.place(place))),
            }
        }
        Self { severity, code: None, message, help: None, source, labels, elsewhere: Vec::new() }
    }
}

fn label(text: Option<&str>, place: &Place) -> LabeledSpan {
    let (start, end) = (place.start.byte as usize, place.end.byte as usize);
    let span = SourceSpan::from((start, end.saturating_sub(start)));
    let text = text.filter(|text| !text.is_empty()).map(|text| printable(text).into_owned());
    LabeledSpan::new_with_span(text, span)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Report {}

impl miette::Diagnostic for Report {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_deref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        if self.elsewhere.is_empty() {
            return None;
        }
        Some(Box::new(self.elsewhere.iter().map(|report| report as &dyn miette::Diagnostic)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use conex_model::{Code, Position, Related};

    use super::*;
    use crate::paths::Paths;
    use crate::ui::Ui;

    const WEB: &str = "{\n  containers.web.autostart = true;\n  containers.web.path = 1;\n}\n";

    fn place(file: &str, text: &str, part: &str) -> Place {
        let start = text.find(part).unwrap();
        let position = |byte: usize| {
            let line = text[..byte].matches('\n').count();
            let column = byte - text[..byte].rfind('\n').map_or(0, |newline| newline + 1);
            Position { byte: byte as u32, line: line as u32 + 1, column: column as u32 + 1 }
        };
        let (start, end) = (position(start), position(start + part.len()));
        Place { file: file.into(), start, end }
    }

    #[test]
    fn findings_show_their_source_and_what_has_to_do_with_it() {
        let context = Context::new(Ui::PLAIN, Paths::new().unwrap());
        let host = "{ hosts = 1; }\n";
        let mut sources = Sources::new();
        sources.insert("/etc/web.nix".into(), WEB.into());
        sources.insert(Arc::from("/etc/host.nix"), host.into());
        let mut unknown = Diagnostic::new(Code::UnknownOption, "there is no option `autostart`")
            .at(place("/etc/web.nix", WEB, "autostart"));
        unknown.help = Some("did you mean `autoStart`?".to_owned());
        unknown.related = vec![
            Related {
                message: "the container".to_owned(),
                place: place("/etc/web.nix", WEB, "containers.web.path"),
            },
            Related {
                message: "the other definition".to_owned(),
                place: place("/etc/host.nix", host, "hosts"),
            },
        ];
        let mut gone = Diagnostic::new(Code::Warning, "this has no effect").at(place(
            "/etc/gone.nix",
            WEB,
            "true",
        ));
        gone.detail = "NixOS accepts it and does nothing about it.".to_owned();
        let found = [unknown, gone];
        insta::assert_snapshot!(render(&context, context.ui.stderr, &found, &sources));
        assert_eq!(tally(&found), "1 error, 1 warning");
    }
}
