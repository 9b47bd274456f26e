//! Programs as trees of typed pieces, so that a failing one can be made
//! smaller.

use std::fmt;

/// What a piece of a program evaluates to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Int,
    Float,
    Bool,
    Str,
    /// A list of integers.
    Ints,
    /// A list of strings.
    Strs,
    /// A set of integers.
    Set,
    /// A function from integers to integers.
    Fun,
}

impl Type {
    /// The simplest piece of the type.
    fn simplest(self) -> &'static str {
        match self {
            Self::Int => "1",
            Self::Float => "0.5",
            Self::Bool => "true",
            Self::Str => "\"s\"",
            Self::Ints | Self::Strs => "[ ]",
            Self::Set => "{ }",
            Self::Fun => "(n: n)",
        }
    }
}

/// A piece of a program.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) kind: Type,
    pub(super) parts: Vec<Part>,
}

#[derive(Debug, Clone)]
pub(super) enum Part {
    Text(String),
    Piece(Piece),
}

impl Piece {
    /// A piece from a template in which each `#` stands for one of the inner
    /// pieces.
    pub(super) fn new(kind: Type, template: &str, inner: Vec<Piece>) -> Self {
        let mut parts = Vec::new();
        let mut inner = inner.into_iter();
        for (index, text) in template.split('#').enumerate() {
            if index > 0 {
                parts.extend(inner.next().map(Part::Piece));
            }
            parts.push(Part::Text(text.to_owned()));
        }
        Self { kind, parts }
    }

    fn size(&self) -> usize {
        let inner = self.parts.iter().map(|part| match part {
            Part::Text(_) => 0,
            Part::Piece(piece) => piece.size(),
        });
        1 + inner.sum::<usize>()
    }

    /// Smaller programs of the same type: with a piece in it replaced by the
    /// simplest one, or by one of those inside it. They need not be sound: a
    /// variable may have lost its binding.
    pub(super) fn smaller(&self) -> Vec<Self> {
        let mut all = vec![Self::new(self.kind, self.kind.simplest(), Vec::new())];
        all.extend(self.descendants().into_iter().filter(|inner| inner.kind == self.kind).cloned());
        for (index, part) in self.parts.iter().enumerate() {
            let Part::Piece(inner) = part else { continue };
            for smaller in inner.smaller() {
                let mut copy = self.clone();
                copy.parts[index] = Part::Piece(smaller);
                all.push(copy);
            }
        }
        all.retain(|piece| piece.size() < self.size());
        all.sort_by_key(Self::size);
        all
    }

    fn descendants(&self) -> Vec<&Self> {
        let mut all = Vec::new();
        for part in &self.parts {
            if let Part::Piece(inner) = part {
                all.push(inner);
                all.extend(inner.descendants());
            }
        }
        all
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Piece(piece) => piece.fmt(f),
        })
    }
}
