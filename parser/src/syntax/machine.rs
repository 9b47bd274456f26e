//! Runs the automaton over the tokens.
//!
//! The stack is on the heap, so that no nesting is too deep. After an error
//! the missing tokens are put in where few of them suffice; otherwise the
//! unexpected token is left out. So there is always a tree in the end.

use super::ast::{Ast, NodeId};
use super::builder::{Builder, Value};
use super::lexer::Lexer;
use super::tables::{ACCEPT, ACTIONS, Action, EXPECTED, GOTOS, RULES, TOKEN_TEXTS, Token};
use crate::{ErrorKind, Options, Span, Symbols, SyntaxError, Warning};

/// So many tokens must follow a mistake before another one is told.
const QUIET: u32 = 3;

/// The parts that a repair may put in, the likeliest first. An identifier
/// stands for any expression or name.
const REPAIRS: &[&[Token]] = &[
    &[Token::Semicolon],
    &[Token::Identifier],
    // `a = 1 b = 2;`: what should be the next name was taken for an argument.
    &[Token::Semicolon, Token::Identifier],
    &[Token::Identifier, Token::Semicolon],
    &[Token::Assign, Token::Identifier, Token::Semicolon],
    &[Token::Assign, Token::Identifier],
    &[Token::Assign],
    &[Token::ParenClose],
    &[Token::BracketClose],
    &[Token::BraceClose],
    &[Token::ParenClose, Token::Semicolon],
    &[Token::BracketClose, Token::Semicolon],
    &[Token::BraceClose, Token::Semicolon],
    &[Token::Identifier, Token::Assign, Token::Identifier, Token::Semicolon],
    &[Token::In],
    &[Token::In, Token::Identifier],
    &[Token::Then],
    &[Token::Then, Token::Identifier, Token::Else],
    &[Token::Then, Token::Identifier, Token::Else, Token::Identifier],
    &[Token::Else, Token::Identifier],
    &[Token::Identifier, Token::Then, Token::Identifier, Token::Else, Token::Identifier],
    &[Token::Comma],
    &[Token::Colon],
    &[Token::Colon, Token::Identifier],
    &[Token::PathEnd],
];

/// What closes what is open at the end of the text, one after the other.
const CLOSERS: &[&[Token]] = &[
    &[Token::ParenClose],
    &[Token::BracketClose],
    &[Token::BraceClose],
    &[Token::Semicolon],
    &[Token::IndentedClose],
    &[Token::PathEnd],
    &[Token::In, Token::Identifier],
    &[Token::Then, Token::Identifier, Token::Else, Token::Identifier],
    &[Token::Else, Token::Identifier],
    &[Token::Identifier],
    &[Token::Quote],
    &[Token::Assign, Token::Identifier, Token::Semicolon],
    &[Token::Colon, Token::Identifier],
];

/// The abstract syntax of a text.
pub(crate) struct Tree {
    pub(crate) ast: Ast,
    pub(crate) root: NodeId,
    /// What is wrong with the text, the mistake that Nix would tell first.
    pub(crate) errors: Vec<SyntaxError>,
    /// What Nix warns of before it comes to the first error.
    pub(crate) warnings: Vec<Warning>,
    /// Whether all of the text is in the tree, errors or not.
    pub(crate) complete: bool,
}

/// Reads a text.
pub(crate) fn parse(text: &str, symbols: &mut Symbols, options: &Options<'_>) -> Tree {
    machine(text, symbols, options).run()
}

/// Reads a text for showing: the pieces of indented strings stay apart.
pub(crate) fn parse_to_show(text: &str, symbols: &mut Symbols, options: &Options<'_>) -> Tree {
    let mut machine = machine(text, symbols, options);
    machine.builder.keep_pieces = true;
    machine.run()
}

fn machine<'a>(text: &'a str, symbols: &'a mut Symbols, options: &Options<'_>) -> Machine<'a> {
    Machine {
        lexer: Lexer::new(text, options.pipe_operators),
        states: vec![0],
        builder: Builder::new(text, symbols, options.lints),
        quiet: 0,
    }
}

struct Machine<'a> {
    lexer: Lexer<'a>,
    states: Vec<u16>,
    builder: Builder<'a>,
    /// How many more tokens must be read before errors are told again.
    quiet: u32,
}

impl Machine<'_> {
    fn run(mut self) -> Tree {
        let (mut token, mut span) = self.lexer.next();
        let root = loop {
            self.builder.errors.append(&mut self.lexer.errors);
            match self.step(token, span, Value::None) {
                Step::Shifted => {
                    self.quiet = self.quiet.saturating_sub(1);
                    (token, span) = self.lexer.next();
                }
                Step::Accepted => break self.builder.root(),
                Step::Failed => {
                    self.report(token, span);
                    if self.repair(token, span) {
                        continue;
                    }
                    self.builder.complete = false;
                    if token == Token::End {
                        break self.builder.give_up();
                    }
                    (token, span) = self.lexer.next();
                }
            }
        };
        let Builder { ast, errors, warnings, complete, .. } = self.builder;
        Tree { ast, root, errors, warnings, complete }
    }

    /// Reduces until `token` can be shifted, and shifts it.
    fn step(&mut self, token: Token, span: Span, value: Value) -> Step {
        loop {
            let state = self.states[self.states.len() - 1] as usize;
            let action = ACTIONS[state][token as usize];
            if action == ACCEPT {
                return Step::Accepted;
            }
            if action > 0 {
                self.states.push(action as u16 - 1);
                self.builder.push(value, span);
                return Step::Shifted;
            }
            if action == 0 {
                return Step::Failed;
            }
            let rule = RULES[-action as usize];
            let length = rule.length as usize;
            if rule.action != Action::Pass {
                self.builder.reduce(rule.action, length);
            }
            self.states.truncate(self.states.len() - length);
            let below = self.states[self.states.len() - 1] as usize;
            self.states.push(GOTOS[below][rule.head as usize]);
        }
    }

    fn report(&mut self, token: Token, span: Span) {
        if std::mem::replace(&mut self.quiet, QUIET) > 0 {
            return;
        }
        let state = self.states[self.states.len() - 1] as usize;
        let mut message = format!("syntax error, unexpected {}", TOKEN_TEXTS[token as usize]);
        let expected = EXPECTED[state];
        // Longer lists are not told.
        if expected.len() <= 4 {
            for (i, &token) in expected.iter().enumerate() {
                message += if i == 0 { ", expecting " } else { " or " };
                message += TOKEN_TEXTS[token as usize];
            }
        }
        let span = if token == Token::End { Span::at(span.end) } else { span };
        self.builder.errors.push(SyntaxError::new(ErrorKind::Unexpected, message, span));
    }

    /// Puts in what is missing in front of `token`.
    fn repair(&mut self, token: Token, span: Span) -> bool {
        let place = Span::at(span.start.min(self.builder.end()));
        for repair in REPAIRS {
            let mut trial = Trial::new(&self.states);
            if repair.iter().all(|&t| trial.shifts(t)) && trial.shifts(token) {
                self.insert(repair, place);
                return true;
            }
        }
        token == Token::End && self.close(place)
    }

    /// Closes everything at the end of the text.
    fn close(&mut self, place: Span) -> bool {
        // Each step closes something or is followed by one that does.
        for _ in 0..4 * self.states.len() + 16 {
            if Trial::new(&self.states).shifts(Token::End) {
                return true;
            }
            let closer = CLOSERS.iter().find(|closer| {
                let mut trial = Trial::new(&self.states);
                closer.iter().all(|&t| trial.shifts(t))
            });
            match closer {
                Some(closer) => self.insert(closer, place),
                None => return false,
            }
        }
        false
    }

    fn insert(&mut self, tokens: &[Token], place: Span) {
        for &token in tokens {
            self.step(token, place, Value::Missing);
        }
    }
}

enum Step {
    Shifted,
    Accepted,
    Failed,
}

/// The states that a few more tokens would lead to, on top of a stack that
/// stays as it is.
struct Trial<'a> {
    below: &'a [u16],
    above: Vec<u16>,
}

impl<'a> Trial<'a> {
    fn new(states: &'a [u16]) -> Self {
        Self { below: states, above: Vec::new() }
    }

    fn top(&self) -> usize {
        *self.above.last().unwrap_or(&self.below[self.below.len() - 1]) as usize
    }

    fn pop(&mut self, mut length: usize) {
        let above = length.min(self.above.len());
        self.above.truncate(self.above.len() - above);
        length -= above;
        self.below = &self.below[..self.below.len() - length];
    }

    /// Whether `token` is allowed next; then it is taken.
    fn shifts(&mut self, token: Token) -> bool {
        loop {
            let action = ACTIONS[self.top()][token as usize];
            if action == ACCEPT {
                return true;
            }
            if action > 0 {
                self.above.push(action as u16 - 1);
                return true;
            }
            if action == 0 {
                return false;
            }
            let rule = RULES[-action as usize];
            self.pop(rule.length as usize);
            let target = GOTOS[self.top()][rule.head as usize];
            self.above.push(target);
        }
    }
}
