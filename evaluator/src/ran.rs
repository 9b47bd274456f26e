//! Which parts of a source text an evaluation has read.
//!
//! Of a text that is followed ([`crate::Io::is_followed`]) everything but variables is
//! suspended, so each piece that stands where no value is needed yet is a unit of its own.
//! What an evaluation comes to depends on the units that ran and on nothing else of the
//! text: a unit that did not run is a hole, and whatever else stands there makes no
//! difference. So two texts that are the same but for the holes evaluate to the same.
//! Whether lines and columns were looked at is noted, too; then the whole text counts.

use std::cell::Cell;
use std::path::Path;

use conex_parser::ir::{Expr, Ir, UnitId};
use conex_parser::{Span, Suspend};
use sha2::{Digest, Sha256};

use crate::evaluator::Evaluator;

/// Which units of a text ran.
#[derive(Debug)]
pub struct Ran {
    units: Vec<Cell<bool>>,
    placed: Cell<bool>,
}

impl Ran {
    /// None of the units of a text.
    pub(crate) fn new(ir: &Ir) -> Self {
        Self { units: vec![Cell::new(false); ir.units.len()], placed: Cell::new(false) }
    }

    /// Notes that a unit runs.
    pub(crate) fn runs(&self, unit: UnitId) {
        if let Some(ran) = self.units.get(unit.0 as usize) {
            ran.set(true);
        }
    }

    /// Notes that the program looks at a place in the text.
    pub(crate) fn is_placed(&self) {
        self.placed.set(true);
    }
}

/// What was read of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// The holes, by their numbers among all pieces that could be one, or `None` if all of
    /// the text was read. What is inside of a hole has no number.
    pub holes: Option<Vec<u32>>,
    /// SHA-256 over the text without the holes.
    pub digest: [u8; 32],
    /// SHA-256 over the text.
    pub whole: [u8; 32],
}

impl Parts {
    /// All of a text.
    pub fn whole(text: &str) -> Self {
        let whole = Sha256::digest(text).into();
        Self { holes: None, digest: whole, whole }
    }

    fn of(text: &str, ir: &Ir, ran: &Ran) -> Self {
        if ran.placed.get() {
            return Self::whole(text);
        }
        let mut numbers = Vec::new();
        let holes = holes(text, ir, |number, unit| {
            let is_hole = !ran.units.get(unit.0 as usize).is_some_and(Cell::get);
            if is_hole {
                numbers.push(number);
            }
            is_hole
        });
        let whole = Sha256::digest(text).into();
        Self { holes: Some(numbers), digest: digest(text, &holes), whole }
    }
}

impl Evaluator<'_> {
    /// The files that are followed and were evaluated, with what was read of each.
    pub fn parts_read(&self) -> Vec<(&Path, Parts)> {
        let modules = self.sources().modules().iter();
        let followed = modules.filter_map(|module| {
            let (path, ran) = (module.path.as_deref()?, module.ran.as_ref()?);
            Some((path, Parts::of(&module.text, &module.ir, ran)))
        });
        followed.collect()
    }

    /// Whether a text is the same as another one as far as that was read.
    pub fn has_parts(&mut self, text: &str, parts: &Parts) -> bool {
        let is_whole = Sha256::digest(text)[..] == parts.whole;
        if is_whole || parts.holes.is_none() {
            return is_whole;
        }
        self.holes(text, parts).is_some_and(|holes| digest(text, &holes) == parts.digest)
    }

    /// Where a text has the holes of another one; `None` if Nix would refuse it.
    pub fn holes(&mut self, text: &str, parts: &Parts) -> Option<Vec<Span>> {
        let mut symbols = std::mem::take(&mut self.symbols);
        let options =
            conex_parser::Options { suspend: Suspend::Everything, ..self.parser_options() };
        let parsed = conex_parser::parse(text, &mut symbols, &options);
        self.symbols = symbols;
        let numbers = parts.holes.as_deref().unwrap_or_default();
        let is_hole = |number, _| numbers.binary_search(&number).is_ok();
        parsed.errors.is_empty().then(|| holes(text, &parsed.ir, is_hole))
    }
}

/// The places of the pieces that are holes, none in another one.
fn holes(text: &str, ir: &Ir, mut is_hole: impl FnMut(u32, UnitId) -> bool) -> Vec<Span> {
    let mut holes: Vec<Span> = Vec::new();
    let mut number = 0;
    for (span, unit) in pieces(text, ir) {
        if holes.last().is_some_and(|hole| span.start < hole.end) {
            continue;
        }
        if is_hole(number, unit) {
            holes.push(span);
        }
        number += 1;
    }
    holes
}

/// SHA-256 over a text without its holes.
fn digest(text: &str, holes: &[Span]) -> [u8; 32] {
    let mut hash = Sha256::new();
    // With its length, so that two pieces are not the same as one.
    let mut piece = |start: u32, end: u32| {
        let piece = text.get(start as usize..end as usize).unwrap_or_default();
        hash.update((piece.len() as u64).to_le_bytes());
        hash.update(piece);
    };
    let mut end = 0;
    for hole in holes {
        piece(end, hole.start);
        end = hole.end;
    }
    piece(end, text.len() as u32);
    hash.finalize().into()
}

/// The units whose text is a piece that can be taken out, outer ones before what is in them.
fn pieces(text: &str, ir: &Ir) -> Vec<(Span, UnitId)> {
    let units = ir.units.iter().zip(0..).skip(1);
    let spans = units.map(|(unit, id)| (ir.spans[unit.body.0 as usize], unit.body, UnitId(id)));
    let mut pieces: Vec<_> = spans
        .filter(|(span, body, _)| {
            let is_written = match ir.exprs[body.0 as usize] {
                // The set that `a.b` makes for `a` is written nowhere.
                Expr::AttrSet(_) => is_set(text.get(span.range()).unwrap_or_default()),
                _ => true,
            };
            // What `inherit (x) name` suspends stands where the name of the attribute is.
            let is_name = ir.definition_at(span.start).is_some_and(|d| d.name == *span);
            is_written && !is_name && span.end > span.start
        })
        .map(|(span, _, unit)| (span, unit))
        .collect();
    pieces.sort_by_key(|(span, unit)| (span.start, std::cmp::Reverse(span.end), unit.0));
    pieces
}

/// Whether a text begins as a set does that is written out.
fn is_set(text: &str) -> bool {
    let rest = ["rec", "let"].iter().find_map(|word| text.strip_prefix(word));
    rest.unwrap_or(text).trim_start().starts_with(['{', '#', '/'])
}
