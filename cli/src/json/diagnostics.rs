//! Findings in the shape of `tofu validate -json`.

use conex_model::{Diagnostic, Place, Severity};
use serde::Serialize;

use super::Range;
use crate::commands::Context;
use crate::evaluate::Sources;

#[derive(Serialize)]
struct Validate<'a> {
    format_version: &'static str,
    valid: bool,
    error_count: usize,
    warning_count: usize,
    diagnostics: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Finding<'a> {
    severity: &'static str,
    code: &'static str,
    summary: &'a str,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<Range<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snippet: Option<Snippet<'a>>,
    related: Vec<Related<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<Fix<'a>>,
}

#[derive(Serialize)]
struct Snippet<'a> {
    context: Option<&'a str>,
    code: &'a str,
    start_line: u32,
    highlight_start_offset: usize,
    highlight_end_offset: usize,
    values: [(); 0],
}

#[derive(Serialize)]
struct Related<'a> {
    message: &'a str,
    range: Range<'a>,
}

#[derive(Serialize)]
struct Fix<'a> {
    title: &'a str,
    edits: Vec<Edit<'a>>,
}

#[derive(Serialize)]
struct Edit<'a> {
    range: Range<'a>,
    text: &'a str,
}

/// All findings as one object.
pub(crate) fn validate(context: &Context, diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
    super::text(&Validate {
        format_version: "1.0",
        valid: errors == 0,
        error_count: errors,
        warning_count: diagnostics.len() - errors,
        diagnostics: diagnostics.iter().map(|d| finding(context, d, sources)).collect(),
    })
}

/// One finding.
pub(crate) fn one(context: &Context, found: &Diagnostic, sources: &Sources) -> serde_json::Value {
    // As for texts: nothing in it can fail.
    serde_json::to_value(finding(context, found, sources)).unwrap_or_default()
}

fn finding<'a>(context: &Context, found: &'a Diagnostic, sources: &'a Sources) -> Finding<'a> {
    let range = |place: &'a Place| Range::new(&context.paths, place);
    Finding {
        severity: match found.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        code: found.code.text(),
        summary: &found.summary,
        detail: detail(found),
        address: found.address.as_deref(),
        range: found.place.as_ref().map(range),
        snippet: found.place.as_ref().and_then(|place| snippet(found, place, sources)),
        related: found
            .related
            .iter()
            .map(|related| Related { message: &related.message, range: range(&related.place) })
            .collect(),
        fix: found.fix.as_ref().map(|fix| Fix {
            title: &fix.title,
            edits: fix
                .edits
                .iter()
                .map(|edit| Edit { range: range(&edit.place), text: &edit.text })
                .collect(),
        }),
    }
}

/// OpenTofu has no help of its own: it is part of the detail.
fn detail(found: &Diagnostic) -> String {
    match (&found.detail, &found.help) {
        (detail, None) => detail.clone(),
        (detail, Some(help)) if detail.is_empty() => help.clone(),
        (detail, Some(help)) => format!("{detail}\n\n{help}"),
    }
}

/// The lines of a place, and where in them it is.
fn snippet<'a>(found: &'a Diagnostic, place: &Place, sources: &'a Sources) -> Option<Snippet<'a>> {
    let text: &str = sources.get(&place.file)?;
    let (start, end) = (place.start.byte as usize, place.end.byte as usize);
    let line = text.get(..start)?.rfind('\n').map_or(0, |newline| newline + 1);
    let last = text.get(end..)?.find('\n').map_or(text.len(), |newline| end + newline);
    Some(Snippet {
        context: found.address.as_deref(),
        code: text.get(line..last)?,
        start_line: place.start.line,
        highlight_start_offset: start - line,
        highlight_end_offset: end.checked_sub(line)?,
        values: [],
    })
}
