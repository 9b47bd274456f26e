//! Well-scoped and mostly well-typed programs.
//!
//! What differs between versions of Nix is not generated: integers near the
//! limits of their type, floats as JSON, builtins that are new, messages. Nor
//! are strings that are no UTF-8: conex can not have them as names of
//! attributes.

use super::program::{Piece, Type};
use super::random::Random;
use super::templates::{self, Template};

/// Names of attributes. Few, so that they meet.
const NAMES: [&str; 6] = ["a", "b", "c", "ab", "x-y", "z'"];

pub(super) struct Generator {
    random: Random,
    /// The variables that can be used, the innermost last.
    scope: Vec<(String, Type)>,
    variables: usize,
}

/// The program of a seed.
pub(super) fn program(seed: u64) -> Piece {
    let mut generator = Generator { random: Random::new(seed), scope: Vec::new(), variables: 0 };
    let kinds = [Type::Int, Type::Bool, Type::Str, Type::Ints, Type::Strs, Type::Set, Type::Float];
    let kind = generator.random.pick(&kinds);
    let depth = 3 + generator.random.below(4);
    generator.piece(kind, depth)
}

impl Generator {
    fn piece(&mut self, kind: Type, depth: usize) -> Piece {
        if depth == 0 || self.random.chance(8) {
            return self.leaf(kind);
        }
        match self.random.below(100) {
            0..=11 => self.binding(kind, depth - 1),
            12..=17 => self.call(kind, depth - 1),
            18..=22 => self.with(kind, depth - 1),
            23..=27 => self.pattern(kind, depth - 1),
            28..=31 => self.recursive(kind, depth - 1),
            _ => {
                let template = self.random.pick(templates::of(kind));
                self.fill_in(kind, template, depth - 1)
            }
        }
    }

    fn fill_in(&mut self, kind: Type, (text, inner): Template, depth: usize) -> Piece {
        let pieces = inner.iter().map(|kind| self.piece(*kind, depth)).collect();
        let mut text = text.to_owned();
        while text.contains('@') {
            text = text.replacen('@', self.random.pick(&NAMES), 1);
        }
        Piece::new(kind, &text, pieces)
    }

    /// A literal or a variable.
    fn leaf(&mut self, kind: Type) -> Piece {
        let known: Vec<_> = self.scope.iter().filter(|(_, of)| *of == kind).collect();
        if !known.is_empty() && self.random.chance(70) {
            let (name, _) = known[self.random.below(known.len())];
            return Piece::new(kind, &name.clone(), Vec::new());
        }
        let text = match kind {
            Type::Int => self.random.below(20).to_string(),
            Type::Float => format!("{}.{}", self.random.below(9), self.random.pick(&[0, 25, 5])),
            Type::Bool => self.random.pick(&["true", "false"]).into(),
            Type::Str => self.random.pick(&templates::STRINGS).into(),
            Type::Ints => self.random.pick(&["[ ]", "[ 3 1 2 ]", "[ 1 1 (throw \"t\") ]"]).into(),
            Type::Strs => self.random.pick(&["[ ]", "[ \"b\" \"a\" ]", "[ \"\" \"x\" ]"]).into(),
            Type::Set => self.set(),
            Type::Fun => self
                .random
                .pick(&["(n: n + 1)", "(n: 7)", "(builtins.add 2)", "(_: throw \"f\")"])
                .into(),
        };
        Piece::new(kind, &text, Vec::new())
    }

    fn set(&mut self) -> String {
        let mut text = String::from("{ ");
        for name in NAMES {
            if self.random.chance(35) {
                text.push_str(&format!("{name} = {}; ", self.random.below(9)));
            }
        }
        text + "}"
    }

    fn variable(&mut self) -> String {
        self.variables += 1;
        format!("v{}", self.variables)
    }

    fn any_type(&mut self) -> Type {
        self.random.pick(&[
            Type::Int,
            Type::Bool,
            Type::Str,
            Type::Ints,
            Type::Strs,
            Type::Set,
            Type::Fun,
            Type::Float,
        ])
    }

    /// `let … in …`: bindings may stand before what they refer to.
    fn binding(&mut self, kind: Type, depth: usize) -> Piece {
        let outer = self.scope.len();
        let mut bindings = Vec::new();
        for _ in 0..=self.random.below(3) {
            let of = self.any_type();
            let value = self.piece(of, depth);
            let name = self.variable();
            self.scope.push((name.clone(), of));
            bindings.push((name, value));
        }
        if self.random.chance(50) {
            bindings.reverse();
        }
        let mut text = String::from("(let ");
        let mut inner = Vec::new();
        for (name, value) in bindings {
            text.push_str(&format!("{name} = #; "));
            inner.push(value);
        }
        inner.push(self.piece(kind, depth));
        self.scope.truncate(outer);
        Piece::new(kind, &(text + "in #)"), inner)
    }

    /// A function of one or two arguments, called.
    fn call(&mut self, kind: Type, depth: usize) -> Piece {
        let (first, second) = (self.any_type(), self.any_type());
        let arguments = vec![self.piece(first, depth), self.piece(second, depth)];
        let outer = self.scope.len();
        let (one, two) = (self.variable(), self.variable());
        self.scope.extend([(one.clone(), first), (two.clone(), second)]);
        let mut inner = vec![self.piece(kind, depth)];
        self.scope.truncate(outer);
        inner.extend(arguments);
        let text = match self.random.below(3) {
            0 => format!("(({one}: {two}: #) # #)"),
            1 => format!("(let f = {one}: {two}: #; g = f #; in g #)"),
            _ => format!("({{ __functor = self: {one}: {two}: #; }} # #)"),
        };
        Piece::new(kind, &text, inner)
    }

    fn with(&mut self, kind: Type, depth: usize) -> Piece {
        let set = self.piece(Type::Set, depth);
        let outer = self.scope.len();
        let (variable, name) = (self.variable(), self.random.pick(&["a", "b", "c"]));
        self.scope.push((variable.clone(), Type::Int));
        let inner = vec![set, self.piece(kind, depth)];
        self.scope.truncate(outer);
        // The attribute may be missing: then what it is said to be counts.
        let text = format!("(with {{ {name} = 40; }} // #; let {variable} = {name}; in #)");
        Piece::new(kind, &text, inner)
    }

    /// A function that takes a set apart.
    fn pattern(&mut self, kind: Type, depth: usize) -> Piece {
        let (argument, default) = (self.piece(Type::Set, depth), self.piece(Type::Int, depth));
        let outer = self.scope.len();
        let all = self.variable();
        self.scope.extend([("a", Type::Int), ("b", Type::Int)].map(|(n, t)| (n.to_owned(), t)));
        self.scope.push((all.clone(), Type::Set));
        let body = self.piece(kind, depth);
        self.scope.truncate(outer);
        let text = match self.random.below(2) {
            0 => format!("(({{ a ? #, b ? a, ... }}@{all}: #) #)"),
            _ => format!("(({all}@{{ b ? a, a ? #, ... }}: #) #)"),
        };
        Piece::new(kind, &text, vec![default, body, argument])
    }

    fn recursive(&mut self, kind: Type, depth: usize) -> Piece {
        let first = self.piece(Type::Int, depth);
        let outer = self.scope.len();
        let (one, two) = (self.variable(), self.variable());
        self.scope.push((one.clone(), Type::Int));
        let inner = vec![first, self.piece(kind, depth)];
        self.scope.truncate(outer);
        let text = match self.random.below(2) {
            0 => format!("(rec {{ {two} = #; {one} = {two} + 1; out = #; }}).out"),
            _ => format!("(let r = {{ inherit ({{ {one} = #; }}) {one}; }}; in with r; #)"),
        };
        let text = format!("({text})");
        Piece::new(kind, &text, inner)
    }
}
