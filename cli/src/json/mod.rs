//! Output for programs: versioned mirrors of what is plain data elsewhere.

pub(crate) mod diagnostics;
pub(crate) mod values;

use conex_model::{Place, Position};
use serde::Serialize;

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

/// The JSON of a value, indented, with a line end.
fn text(value: &impl Serialize) -> String {
    // What is written here has only string keys and no floats but finite
    // ones, which is all that could fail.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
