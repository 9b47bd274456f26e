//! What stays of earlier findings while a text is half-typed.
//!
//! With a file that does not parse most findings of a configuration vanish,
//! and others appear that only come from its absence. Editors that blink at
//! every unfinished line are no help, so what was found when all files parsed
//! stays, except where the text is being changed.

use conex_model::{Code, Diagnostic, Place};

use super::Analysis;

/// The findings to show: the mistakes of grammar that there are now, and of
/// the findings of `good` those whose place can still be told.
pub fn keep(now: &Analysis, good: &Analysis) -> Vec<Diagnostic> {
    let is_syntax = |found: &&Diagnostic| found.code == Code::Syntax;
    let mut kept: Vec<Diagnostic> = now.findings.iter().filter(is_syntax).cloned().collect();
    kept.extend(good.findings.iter().filter_map(|found| moved(found, now, good)));
    conex_options::sort(&mut kept);
    kept
}

/// A finding where its text is now, unless that has changed.
fn moved(found: &Diagnostic, now: &Analysis, good: &Analysis) -> Option<Diagnostic> {
    let place = |place: &Place| Shift::of(&place.file, now, good).place(place);
    let mut found = found.clone();
    if let Some(old) = &found.place {
        found.place = Some(place(old)?);
    }
    found.related.retain_mut(|related| match place(&related.place) {
        Some(moved) => {
            related.place = moved;
            true
        }
        None => false,
    });
    // The edits would hit text that nobody has looked at.
    found.fix = None;
    Some(found)
}

/// How the places of a text moved: all that changed is between two ends that
/// did not.
struct Shift {
    same_before: usize,
    same_from: usize,
    bytes: i64,
    lines: i64,
}

impl Shift {
    fn of(file: &str, now: &Analysis, good: &Analysis) -> Self {
        let (Some(old), Some(new)) = (good.texts.get(file), now.texts.get(file)) else {
            return Self { same_before: usize::MAX, same_from: 0, bytes: 0, lines: 0 };
        };
        let (old, new) = (old.as_bytes(), new.as_bytes());
        let before = old.iter().zip(new).take_while(|(a, b)| a == b).count();
        let shortest = old.len().min(new.len()) - before;
        let ends = old.iter().rev().zip(new.iter().rev()).take(shortest);
        let after = ends.take_while(|(a, b)| a == b).count();
        let lines = |text: &[u8]| text.iter().filter(|&&byte| byte == b'\n').count() as i64;
        Self {
            same_before: if old == new { usize::MAX } else { before },
            same_from: old.len() - after,
            bytes: new.len() as i64 - old.len() as i64,
            lines: lines(new) - lines(old),
        }
    }

    /// Columns are not made anew: what shows places counts from the bytes.
    fn place(&self, place: &Place) -> Option<Place> {
        if (place.end.byte as usize) <= self.same_before {
            return Some(place.clone());
        }
        if (place.start.byte as usize) < self.same_from {
            return None;
        }
        let mut place = place.clone();
        for position in [&mut place.start, &mut place.end] {
            position.byte = u32::try_from(i64::from(position.byte) + self.bytes).ok()?;
            position.line = u32::try_from(i64::from(position.line) + self.lines).ok()?;
        }
        Some(place)
    }
}
