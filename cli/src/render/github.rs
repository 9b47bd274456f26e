//! Findings as commands that make GitHub show them beside the changed lines.
//!
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>

use std::fmt::Write as _;

use conex_model::{Diagnostic, Severity};

use crate::commands::Context;
use crate::evaluate::Sources;
use crate::json::{columns, message};
use crate::ui::printable;

/// A line for each finding.
pub(crate) fn commands(context: &Context, diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let mut out = String::new();
    for found in diagnostics {
        let word = match found.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let properties = properties(context, found, sources);
        let text = message(found);
        let _ = writeln!(out, "::{word} {properties}::{}", data(&printable(&text)));
    }
    out
}

fn properties(context: &Context, found: &Diagnostic, sources: &Sources) -> String {
    let mut out = String::new();
    if let Some(place) = &found.place {
        let file = property(&printable(context.paths.show(&place.file)));
        let (start, end) = (place.start.line, place.end.line);
        let _ = write!(out, "file={file},line={start},endLine={end},");
        // Columns are for places in one line only.
        if start == end {
            let (start, end) = columns(place, sources);
            let _ = write!(out, "col={start},endColumn={end},");
        }
    }
    let _ = write!(out, "title={}", property(found.code.text()));
    out
}

/// The escapes of a message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The escapes of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn what_would_end_a_command_is_escaped() {
        assert_eq!(data("50 %: a,b\r\nc"), "50 %25: a,b%0D%0Ac");
        assert_eq!(property("50 %: a,b\n"), "50 %25%3A a%2Cb%0A");
    }
}
