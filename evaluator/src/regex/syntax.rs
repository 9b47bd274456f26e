//! POSIX extended regular expressions → a tree.
//!
//! What is valid follows libstdc++, whose `std::regex` Nix uses: alternatives
//! may be empty, quantifiers may follow each other, and an ordinary character
//! must not be escaped.

use super::PatternError;
use super::bracket;
use super::bytes::ByteSet;

/// The number of a node in [`Tree::nodes`].
pub(super) type NodeId = usize;

#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// One byte of a set.
    Set(ByteSet),
    /// `^`
    Begin,
    /// `$`
    End,
    /// `( … )` with its number.
    Group(u32, NodeId),
    /// One after the other.
    Sequence(Vec<NodeId>),
    /// Separated by `|`.
    Choice(Vec<NodeId>),
    /// `*`, `+`, `?`, `{ … }`
    Repeat(NodeId, Repeat),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Repeat {
    Star,
    Plus,
    Optional,
    /// How often at least, and how often more: any number of times if `None`.
    Range(u32, Option<u32>),
}

/// A node and what is known of the texts it matches.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// Whether it may match the empty text.
    pub(super) nullable: bool,
    /// The bytes that a text it matches can begin with.
    pub(super) first: ByteSet,
    /// Whether of two alternatives never both can match.
    pub(super) exclusive: bool,
    /// How deep it is nested.
    pub(super) depth: u32,
    /// How many states it has in libstdc++'s automaton.
    size: u64,
}

/// A parsed pattern.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    pub(super) root: NodeId,
    /// The number of groups.
    pub(super) groups: u32,
}

/// The greatest number of states that libstdc++ allows.
const MAX_STATES: u64 = 100_000;

/// A group that is not closed yet.
#[derive(Default)]
struct Open {
    number: u32,
    choices: Vec<NodeId>,
    sequence: Vec<NodeId>,
    /// Whether the last of the sequence can be repeated.
    atom: bool,
}

struct Parser<'a> {
    rest: &'a [u8],
    nodes: Vec<Node>,
    groups: u32,
    open: Vec<Open>,
    top: Open,
    states: u64,
}

/// Parses a pattern.
pub(super) fn parse(pattern: &[u8]) -> Result<Tree, PatternError> {
    let mut parser = Parser {
        rest: pattern,
        nodes: Vec::new(),
        groups: 0,
        open: Vec::new(),
        top: Open::default(),
        states: 4,
    };
    while let Some((&byte, rest)) = parser.rest.split_first() {
        parser.rest = rest;
        parser.token(byte)?;
        if parser.states > MAX_STATES {
            return Err(PatternError::TooLarge);
        }
    }
    if !parser.open.is_empty() {
        return Err(PatternError::Invalid);
    }
    let root = parser.close();
    Ok(Tree { nodes: parser.nodes, root, groups: parser.groups })
}

impl Parser<'_> {
    fn token(&mut self, byte: u8) -> Result<(), PatternError> {
        match byte {
            b'(' => {
                self.groups += 1;
                let group = Open { number: self.groups, ..Open::default() };
                self.open.push(std::mem::replace(&mut self.top, group));
            }
            b')' => {
                let outer = self.open.pop().ok_or(PatternError::Invalid)?;
                let number = self.top.number;
                let inside = self.close();
                self.top = outer;
                self.atom(Kind::Group(number, inside));
            }
            b'|' => self.end_choice(),
            b'*' => self.repeat(Repeat::Star)?,
            b'+' => self.repeat(Repeat::Plus)?,
            b'?' => self.repeat(Repeat::Optional)?,
            b'{' => {
                let range = self.range()?;
                self.repeat(range)?;
            }
            b'^' => self.assertion(Kind::Begin),
            b'$' => self.assertion(Kind::End),
            b'.' => self.atom(Kind::Set(ByteSet::any())),
            b'[' => {
                let (set, rest) = bracket::read(self.rest)?;
                self.rest = rest;
                self.atom(Kind::Set(set));
            }
            b'\\' => {
                let (&escaped, rest) = self.rest.split_first().ok_or(PatternError::Invalid)?;
                if !b".[\\()*+?{|^$".contains(&escaped) {
                    return Err(PatternError::Invalid);
                }
                self.rest = rest;
                self.atom(Kind::Set(ByteSet::of(escaped)));
            }
            byte => self.atom(Kind::Set(ByteSet::of(byte))),
        }
        Ok(())
    }

    fn atom(&mut self, kind: Kind) {
        let node = self.add(kind);
        self.top.sequence.push(node);
        self.top.atom = true;
    }

    /// `^` and `$` can not be repeated.
    fn assertion(&mut self, kind: Kind) {
        self.atom(kind);
        self.top.atom = false;
    }

    fn end_choice(&mut self) {
        let sequence = std::mem::take(&mut self.top.sequence);
        let node = match sequence.as_slice() {
            [one] => {
                self.states += 1;
                self.nodes[*one].size += 1;
                *one
            }
            _ => self.add(Kind::Sequence(sequence)),
        };
        self.top.choices.push(node);
        self.top.atom = false;
    }

    /// The content of the innermost open group.
    fn close(&mut self) -> NodeId {
        self.end_choice();
        let choices = std::mem::take(&mut self.top.choices);
        match choices.as_slice() {
            [one] => *one,
            _ => self.add(Kind::Choice(choices)),
        }
    }

    fn repeat(&mut self, repeat: Repeat) -> Result<(), PatternError> {
        if !self.top.atom {
            return Err(PatternError::Invalid);
        }
        let body = self.top.sequence.pop().ok_or(PatternError::Invalid)?;
        let node = self.add(Kind::Repeat(body, repeat));
        self.top.sequence.push(node);
        Ok(())
    }

    /// `3}`, `3,}` or `3,7}`
    fn range(&mut self) -> Result<Repeat, PatternError> {
        let least = self.number()?.ok_or(PatternError::Invalid)?;
        let more = match self.rest.strip_prefix(b",") {
            None => Some(0),
            Some(rest) => {
                self.rest = rest;
                match self.number()? {
                    Some(most) => Some(most.checked_sub(least).ok_or(PatternError::Invalid)?),
                    None => None,
                }
            }
        };
        self.rest = self.rest.strip_prefix(b"}").ok_or(PatternError::Invalid)?;
        Ok(Repeat::Range(least, more))
    }

    fn number(&mut self) -> Result<Option<u32>, PatternError> {
        let digits = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        if digits == 0 {
            return Ok(None);
        }
        let text = std::str::from_utf8(number).map_err(|_| PatternError::Invalid)?;
        text.parse().map(Some).map_err(|_| PatternError::TooLarge)
    }

    fn add(&mut self, kind: Kind) -> NodeId {
        let node = self.describe(kind);
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn describe(&mut self, kind: Kind) -> Node {
        let mut node = Node {
            kind: Kind::Begin,
            nullable: true,
            first: ByteSet::default(),
            exclusive: true,
            depth: 0,
            size: 1,
        };
        match &kind {
            Kind::Begin | Kind::End => self.states += 1,
            Kind::Set(set) => {
                (node.first, node.nullable) = (*set, false);
                self.states += 1;
            }
            Kind::Group(_, inside) => {
                self.enclose(&mut node, *inside);
                (node.nullable, node.first) =
                    (self.nodes[*inside].nullable, self.nodes[*inside].first);
                node.size += 1;
                self.states += 2;
            }
            Kind::Sequence(parts) => {
                for part in parts {
                    self.enclose(&mut node, *part);
                    if node.nullable {
                        node.first = node.first.union(self.nodes[*part].first);
                        node.nullable = self.nodes[*part].nullable;
                    }
                }
                self.states += 1;
            }
            Kind::Choice(choices) => self.describe_choice(&mut node, choices),
            Kind::Repeat(body, repeat) => self.describe_repeat(&mut node, *body, *repeat),
        }
        Node { kind, ..node }
    }

    /// Takes over what holds for a node when it holds for its parts.
    fn enclose(&self, node: &mut Node, part: NodeId) {
        let part = &self.nodes[part];
        node.exclusive &= part.exclusive;
        node.depth = node.depth.max(part.depth + 1);
        node.size = node.size.saturating_add(part.size);
    }

    fn describe_choice(&mut self, node: &mut Node, choices: &[NodeId]) {
        node.nullable = false;
        for choice in choices {
            self.enclose(node, *choice);
            let choice = &self.nodes[*choice];
            node.exclusive &= !choice.nullable && node.first.is_disjoint(choice.first);
            node.first = node.first.union(choice.first);
            node.nullable |= choice.nullable;
        }
        let added = 2 * (choices.len() as u64 - 1);
        node.size = node.size.saturating_add(added);
        self.states = self.states.saturating_add(added);
    }

    fn describe_repeat(&mut self, node: &mut Node, body: NodeId, repeat: Repeat) {
        self.enclose(node, body);
        let inside = &self.nodes[body];
        node.first = inside.first;
        node.nullable = match repeat {
            Repeat::Star | Repeat::Optional | Repeat::Range(0, _) => true,
            Repeat::Plus | Repeat::Range(..) => inside.nullable,
        };
        let added = match repeat {
            Repeat::Star | Repeat::Plus => 1,
            Repeat::Optional => 2,
            Repeat::Range(least, more) => {
                let copies = u64::from(least).saturating_mul(inside.size);
                let more = match more {
                    None => inside.size + 1,
                    Some(more) => u64::from(more).saturating_mul(inside.size + 1) + 1,
                };
                node.size = 0;
                1 + copies.saturating_add(more)
            }
        };
        node.size = node.size.saturating_add(added);
        self.states = self.states.saturating_add(added);
    }
}
