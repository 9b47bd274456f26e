//! Turns `src/syntax/nix.grammar` into the tables that `src/syntax/tables.rs`
//! includes.

#![expect(clippy::disallowed_methods, reason = "a build script reads and writes files")]

#[path = "build/lalr.rs"]
mod lalr;

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::{env, fs, path::Path};

use lalr::{Action, Associativity, Grammar, Rule, Tables};

const GRAMMAR: &str = "src/syntax/nix.grammar";

/// The grammar with the names that the automaton does not need.
struct Source {
    grammar: Grammar,
    tokens: Vec<(String, String)>,
    nonterminals: Vec<String>,
    actions: Vec<String>,
}

fn main() {
    println!("cargo::rerun-if-changed={GRAMMAR}");
    println!("cargo::rerun-if-changed=build/lalr.rs");
    let text = fs::read_to_string(GRAMMAR).expect("the grammar is part of the sources");
    let source = read(&text);
    let tables = source.grammar.tables().expect("the grammar is LALR(1)");
    let out = env::var_os("OUT_DIR").expect("set by cargo");
    fs::write(Path::new(&out).join("tables.rs"), write(&source, &tables))
        .expect("OUT_DIR is writable");
}

fn read(text: &str) -> Source {
    let lines = || text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
    let mut tokens = vec![
        ("End".to_owned(), "end of file".to_owned()),
        ("Invalid".to_owned(), "invalid token".to_owned()),
    ];
    let mut heads: Vec<String> = Vec::new();
    for line in lines() {
        if let Some(token) = line.strip_prefix("token ") {
            let (name, text) = token.split_once(' ').expect("a token has a text");
            tokens.push((name.to_owned(), text.to_owned()));
        } else if let Some((head, _)) = line.split_once(':')
            && !heads.iter().any(|h| h == head)
        {
            heads.push(head.to_owned());
        }
    }
    let names =
        tokens.iter().map(|(name, _)| name.as_str()).chain(heads.iter().map(String::as_str));
    let index: HashMap<&str, usize> = names.enumerate().map(|(i, name)| (name, i)).collect();
    let start = tokens.len();
    let mut precedence = HashMap::new();
    let mut rules = vec![Rule { head: start + heads.len(), body: vec![start], precedence: None }];
    let mut actions = vec!["Pass".to_owned()];
    for (level, line) in lines().filter(|l| !l.starts_with("token ")).enumerate() {
        if let Some((head, rest)) = line.split_once(':') {
            let (body, action) = rest.rsplit_once('=').expect("a rule has an action");
            let (body, explicit) = match body.split_once('%') {
                Some((body, token)) => (body, Some(index[token.trim()])),
                None => (body, None),
            };
            let body: Vec<usize> = body.split_whitespace().map(|s| index[s]).collect();
            let last = body.iter().copied().rfind(|&s| s < start);
            rules.push(Rule { head: index[head], body, precedence: explicit.or(last) });
            actions.push(action.trim().to_owned());
        } else {
            let mut words = line.split_whitespace();
            let associativity = match words.next() {
                Some("left") => Associativity::Left,
                Some("right") => Associativity::Right,
                _ => Associativity::None,
            };
            for word in words {
                precedence.insert(index[word], (level, associativity));
            }
        }
    }
    let symbols = start + heads.len() + 1;
    let grammar = Grammar { terminals: start, symbols, rules, precedence };
    Source { grammar, tokens, nonterminals: heads, actions }
}

fn write(source: &Source, tables: &Tables) -> String {
    let mut out = String::new();
    let tokens = &source.tokens;
    out += "#[derive(Debug, Clone, Copy, PartialEq, Eq)]\n#[repr(u8)]\n";
    out += "#[expect(dead_code, reason = \"some only give a rule its precedence\")]\n";
    out += "pub(crate) enum Token {\n";
    for (name, _) in tokens {
        let _ = writeln!(out, "{name},");
    }
    out += "}\n";
    let _ = writeln!(out, "pub(crate) const TOKEN_TEXTS: [&str; {}] = [", tokens.len());
    for (_, text) in tokens {
        let _ = writeln!(out, "{text:?},");
    }
    out += "];\n";
    let names: BTreeSet<&String> = source.actions.iter().collect();
    out += "#[derive(Debug, Clone, Copy, PartialEq, Eq)]\npub(crate) enum Action {\n";
    for name in names {
        let _ = writeln!(out, "{name},");
    }
    out += "}\n";
    let rules = &source.grammar.rules;
    let _ = writeln!(out, "pub(crate) const RULES: [Rule; {}] = [", rules.len());
    for (rule, action) in rules.iter().zip(&source.actions) {
        let head = rule.head - tokens.len();
        let (length, head) = (rule.body.len(), head.min(source.nonterminals.len() - 1));
        let _ =
            writeln!(out, "Rule {{ head: {head}, length: {length}, action: Action::{action} }},");
    }
    out += "];\n";
    let states = tables.actions.len();
    let _ = writeln!(out, "pub(crate) static ACTIONS: [[i16; {}]; {states}] = [", tokens.len());
    for row in &tables.actions {
        let cells = row.iter().map(|&action| match action {
            Action::Error => 0,
            Action::Shift(state) => state as i32 + 1,
            Action::Reduce(rule) => -(rule as i32),
            Action::Accept => i32::from(i16::MAX),
        });
        let _ = writeln!(out, "{:?},", cells.collect::<Vec<_>>());
    }
    out += "];\n";
    let width = source.nonterminals.len();
    let _ = writeln!(out, "pub(crate) static GOTOS: [[u16; {width}]; {states}] = [");
    for row in &tables.gotos {
        let cells: Vec<_> = row[..width].iter().map(|target| target.unwrap_or(0)).collect();
        let _ = writeln!(out, "{cells:?},");
    }
    out += "];\n";
    let _ = writeln!(out, "pub(crate) static EXPECTED: [&[u8]; {states}] = [");
    for row in &tables.expected {
        let _ = writeln!(out, "&{row:?},");
    }
    out += "];\n";
    out
}
