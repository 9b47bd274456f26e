//! Output for programs: versioned mirrors of what is plain data elsewhere.

pub(crate) mod diagnostics;
pub(crate) mod options;
pub(crate) mod preview;
pub(crate) mod sarif;
pub(crate) mod status;
pub(crate) mod stream;
pub(crate) mod values;

use conex_model::{Diagnostic, Place, Position};
use serde::Serialize;

use crate::evaluate::Sources;
use crate::paths::Paths;

/// A piece of a file; line and column from 1, bytes from 0.
#[derive(Debug, Serialize)]
pub(crate) struct Range<'a> {
    filename: &'a str,
    start: Pos,
    end: Pos,
}

#[derive(Debug, Serialize)]
struct Pos {
    line: u32,
    column: u32,
    byte: u32,
}

impl<'a> Range<'a> {
    pub(crate) fn new(paths: &Paths, place: &'a Place) -> Self {
        Self { filename: paths.show(&place.file), start: place.start.into(), end: place.end.into() }
    }
}

impl From<Position> for Pos {
    fn from(position: Position) -> Self {
        Self { line: position.line, column: position.column, byte: position.byte }
    }
}

/// Everything that a finding says, where there is but one text for it.
pub(crate) fn message(found: &Diagnostic) -> String {
    let more = [Some(&found.detail), found.help.as_ref()].into_iter().flatten();
    let mut text = found.summary.clone();
    for more in more.filter(|more| !more.is_empty()) {
        text.push_str("\n\n");
        text.push_str(more);
    }
    text
}

/// The columns of the begin and the end of a place in characters, for formats
/// that do not count bytes.
pub(crate) fn columns(place: &Place, sources: &Sources) -> (u32, u32) {
    let text = sources.get(&place.file);
    let column = |position: Position| {
        let start = position.byte.checked_sub(position.column.saturating_sub(1));
        let line = text
            .zip(start)
            .and_then(|(text, start)| text.get(start as usize..position.byte as usize));
        line.map_or(position.column, |line| line.chars().count() as u32 + 1)
    };
    (column(place.start), column(place.end))
}

/// The JSON of a value, indented, with a line end.
pub(crate) fn text(value: &impl Serialize) -> String {
    // What is written here has only string keys and no floats but finite
    // ones, which is all that could fail.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
