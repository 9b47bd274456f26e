//! Bracket expressions: `[a-z]`, `[^[:space:]]`, `[]-]`.

use super::PatternError;
use super::bytes::{ByteSet, class, collating};

/// What stands last in the expression, as far as a following `-` cares.
#[derive(Clone, Copy, PartialEq)]
enum Last {
    /// Nothing that could begin a range: the start, or the end of a range.
    Nothing,
    /// A character that is not in the set yet: it may begin a range.
    Character(u8),
    /// A class, which can not begin a range.
    Class,
}

/// An element between the brackets.
enum Item {
    End,
    Dash,
    Character(u8),
    Symbol(u8),
    Class(ByteSet),
}

struct Bracket<'a> {
    rest: &'a [u8],
    first: bool,
    set: ByteSet,
    last: Last,
}

/// Reads the expression behind its `[`; gives the set and what follows.
pub(super) fn read(text: &[u8]) -> Result<(ByteSet, &[u8]), PatternError> {
    let (negated, rest) = match text.strip_prefix(b"^") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut bracket = Bracket { rest, first: true, set: ByteSet::default(), last: Last::Nothing };
    if rest.starts_with(b"-") {
        // The first dash is itself; it may begin a range.
        bracket.item()?;
        bracket.last = Last::Character(b'-');
    }
    while bracket.term()? {}
    bracket.settle();
    let set = if negated { bracket.set.inverted() } else { bracket.set };
    Ok((set, bracket.rest))
}

impl Bracket<'_> {
    /// The next element. A `]` at the very start is a character.
    fn item(&mut self) -> Result<Item, PatternError> {
        let first = std::mem::replace(&mut self.first, false);
        let (&byte, rest) = self.rest.split_first().ok_or(PatternError::Invalid)?;
        self.rest = rest;
        match byte {
            b'-' => Ok(Item::Dash),
            b']' if !first => Ok(Item::End),
            b'[' => match rest.first() {
                None => Err(PatternError::Invalid),
                Some(b'.') => {
                    collating(self.name(b'.')?).map(Item::Symbol).ok_or(PatternError::Invalid)
                }
                Some(b'=') => {
                    let byte = collating(self.name(b'=')?).ok_or(PatternError::Invalid)?;
                    Ok(Item::Class(ByteSet::filled(|b| b.eq_ignore_ascii_case(&byte))))
                }
                Some(b':') => class(self.name(b':')?).map(Item::Class).ok_or(PatternError::Invalid),
                Some(_) => Ok(Item::Character(byte)),
            },
            byte => Ok(Item::Character(byte)),
        }
    }

    /// The text between `[:` and `:]`; the rest begins at the first mark.
    fn name(&mut self, mark: u8) -> Result<&[u8], PatternError> {
        let inside = &self.rest[1..];
        let end = inside.iter().position(|b| *b == mark).ok_or(PatternError::Invalid)?;
        if inside.get(end + 1) != Some(&b']') {
            return Err(PatternError::Invalid);
        }
        self.rest = &inside[end + 2..];
        Ok(&inside[..end])
    }

    /// Puts a character that waited for a dash into the set.
    fn settle(&mut self) {
        if let Last::Character(byte) = self.last {
            self.set.add(byte);
        }
    }

    /// Reads an element or a range; false at the closing bracket.
    fn term(&mut self) -> Result<bool, PatternError> {
        match self.item()? {
            Item::End => return Ok(false),
            Item::Character(byte) | Item::Symbol(byte) => {
                self.settle();
                self.last = Last::Character(byte);
            }
            Item::Class(set) => {
                self.settle();
                self.set = self.set.union(set);
                self.last = Last::Class;
            }
            Item::Dash => return self.dash(),
        }
        Ok(true)
    }

    /// A dash: the last character of the expression, or part of a range.
    fn dash(&mut self) -> Result<bool, PatternError> {
        let next = self.item()?;
        if let Item::End = next {
            self.settle();
            self.last = Last::Character(b'-');
            return Ok(false);
        }
        let (Last::Character(start), end) = (self.last, next) else {
            return Err(PatternError::Invalid);
        };
        let end = match end {
            Item::Character(end) => end,
            Item::Dash => b'-',
            _ => return Err(PatternError::Invalid),
        };
        // The order is that of signed bytes, as the C++ library has it.
        let (start, end) = (start as i8, end as i8);
        if start > end {
            return Err(PatternError::Invalid);
        }
        self.set = self.set.union(ByteSet::filled(|b| (start..=end).contains(&(b as i8))));
        self.last = Last::Nothing;
        Ok(true)
    }
}
