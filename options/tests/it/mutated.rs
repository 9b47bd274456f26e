//! Broken configurations: whatever is written, checking ends, and what it
//! finds stands in the text.

use std::path::{Path, PathBuf};

use conex_evaluator::{Evaluator, Heap, Limits, Settings, Texts};
use conex_options::Flake;

use crate::memory::Memory;

/// A generator of numbers (Marsaglia's xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

/// All Nix files below `testdata` that are parts of configurations.
fn texts() -> Vec<String> {
    texts_in(&["configurations", "diagnostics", "bad", "quick-start"])
}

fn texts_in(folders: &[&str]) -> Vec<String> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata");
    let mut folders: Vec<PathBuf> = folders.iter().map(|name| data.join(name)).collect();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "nix") {
                files.push(path);
            }
        }
    }
    files.sort();
    files.iter().filter_map(|file| std::fs::read_to_string(file).ok()).collect()
}

/// The pieces of a text: words, numbers, blanks, and every other character.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let kind = |c: char| (c.is_alphanumeric() || c == '_', c.is_whitespace());
        let end = rest.find(|c| kind(c) != kind(first)).unwrap_or(rest.len());
        let end = if kind(first) == (false, false) { first.len_utf8() } else { end };
        let (piece, after) = rest.split_at(end);
        pieces.push(piece);
        rest = after;
    }
    pieces
}

const WORDS: [&str; 24] = [
    "null",
    "true",
    "0",
    "-1",
    "99999999999",
    "\"\"",
    "[ ]",
    "{ }",
    "x: x",
    "rec",
    "with",
    "inherit",
    "pkgs",
    "config",
    "lib.mkForce",
    "lib.mkIf false",
    "lib.mkMerge",
    "builtins.throw",
    "imports",
    "name",
    "${",
    "''",
    "//",
    "containers",
];

fn mutated(text: &str, other: &str, numbers: &mut Numbers) -> String {
    let mut all = pieces(text);
    let others = pieces(other);
    for _ in 0..=numbers.below(4) {
        if all.is_empty() {
            break;
        }
        let at = numbers.below(all.len());
        match numbers.below(6) {
            0 => drop(all.remove(at)),
            1 => all.insert(at, all[numbers.below(all.len())]),
            2 => all[at] = WORDS[numbers.below(WORDS.len())],
            3 => all.insert(at, WORDS[numbers.below(WORDS.len())]),
            4 => {
                let with = numbers.below(all.len());
                all.swap(at, with);
            }
            _ if !others.is_empty() => all[at] = others[numbers.below(others.len())],
            _ => {}
        }
    }
    all.concat()
}

#[test]
fn checking_ends_with_findings_in_the_text() {
    let texts = texts();
    assert!(texts.len() > 100);
    let mut numbers = Numbers(0x5eed_c0ff_ee15_600d);
    let heap = Heap::new();
    let rounds = std::env::var("CONEX_MUTATIONS").ok().and_then(|n| n.parse().ok());
    for round in 0..rounds.unwrap_or(1_000) {
        let text = &texts[round % texts.len()];
        let text = mutated(text, &texts[numbers.below(texts.len())], &mut numbers);
        let files = Memory::new(&[("configuration.nix", text.as_bytes())]);
        let limits = Limits { steps: 1_000_000, bytes: 2 << 30 };
        let mut evaluator =
            Evaluator::new(&heap, &files, Settings { limits, ..conex_options::settings() });
        let found = conex_options::evaluate(&mut evaluator, Path::new("/etc/configuration.nix"));
        for diagnostic in &found.diagnostics {
            assert!(!diagnostic.summary.is_empty());
            let related = diagnostic.related.iter().map(|related| &related.place);
            for place in diagnostic.place.iter().chain(related) {
                let range = place.start.byte as usize..place.end.byte as usize;
                let inside = &*place.file != "/etc/configuration.nix" || text.get(range).is_some();
                assert!(inside, "{place} is no place in\n{text}");
            }
        }
    }
}

/// What an evaluator takes over from earlier ones is no result, and in what
/// order names were met must not matter.
#[test]
fn what_was_read_before_changes_nothing() {
    let texts = texts();
    let mut numbers = Numbers(0xfeed_5eed_0dd5_eed5);
    let mut known = Texts::default();
    let rounds = std::env::var("CONEX_MUTATIONS").ok().and_then(|n| n.parse().ok());
    for round in 0..rounds.unwrap_or(600) {
        let text = &texts[numbers.below(texts.len())];
        let other = &texts[numbers.below(texts.len())];
        // Every third is as it was.
        let text = match round % 3 {
            0 => text.clone(),
            _ => mutated(text, other, &mut numbers),
        };
        let host = "{ imports = [ ./a.nix ./b.nix ]; networking.hostName = \"host\"; }";
        let files = [("configuration.nix", host), ("a.nix", &*text), ("b.nix", other)];
        let files = Memory::new(&files.map(|(name, text)| (name, text.as_bytes())));
        let evaluate = |texts| {
            let heap = Heap::new();
            let limits = Limits { steps: 1_000_000, bytes: 2 << 30 };
            let settings = Settings { limits, ..conex_options::settings() };
            let mut evaluator = Evaluator::with_texts(&heap, &files, settings, texts);
            let file = Path::new("/etc/configuration.nix");
            let found = conex_options::evaluate(&mut evaluator, file);
            (found, evaluator.into_texts())
        };
        let (afresh, _) = evaluate(Texts::default());
        let (again, texts) = evaluate(known);
        known = texts;
        assert_eq!(again.diagnostics, afresh.diagnostics, "{text}\n{other}");
        assert_eq!(again.desired, afresh.desired, "{text}\n{other}");
    }
}

/// A mistake that several containers share is told of the same one of them,
/// in whatever order their names were met first.
#[test]
fn the_order_of_names_is_that_of_the_alphabet() {
    let shared = "let bad = throw \"no\"; in { containers.web.path = bad; containers.db.path = bad; containers.web.limits.b = bad; services.y = bad; services.x = bad; assertions = [ { assertion = bad; message = \"\"; } ]; }";
    let first = "{ containers.db.limits = { }; services.x = 1; }";
    let mut known = Texts::default();
    let mut evaluate = |text: &str| {
        let (heap, files) = (Heap::new(), Memory::new(&[("configuration.nix", text.as_bytes())]));
        let settings = conex_options::settings();
        let texts = std::mem::take(&mut known);
        let mut evaluator = Evaluator::with_texts(&heap, &files, settings, texts);
        let found = conex_options::evaluate(&mut evaluator, Path::new("/etc/configuration.nix"));
        known = evaluator.into_texts();
        found.diagnostics
    };
    evaluate(first);
    let again = evaluate(shared);
    let afresh = crate::support::evaluate_text(shared).diagnostics;
    assert_eq!(again, afresh);
    assert!(again[0].address.as_deref().is_some_and(|it| it.starts_with("containers.db")));
}

#[test]
fn reading_flakes_ends() {
    let texts = texts_in(&["flakes"]);
    let mut numbers = Numbers(0x0f1a_4e50_dead_beef);
    let rounds = std::env::var("CONEX_MUTATIONS").ok().and_then(|n| n.parse().ok());
    for round in 0..rounds.unwrap_or(300) {
        let text = &texts[round % texts.len()];
        let text = mutated(text, &texts[numbers.below(texts.len())], &mut numbers);
        let files = Memory::new(&[("flake.nix", text.as_bytes())]);
        let heap = Heap::new();
        let limits = Limits { steps: 1_000_000, bytes: 2 << 30 };
        let mut evaluator =
            Evaluator::new(&heap, &files, Settings { limits, ..conex_options::settings() });
        match Flake::open(&mut evaluator, Path::new("/etc/flake.nix")) {
            Ok(flake) => {
                let names: Vec<String> = flake.hosts().map(str::to_owned).collect();
                for name in names {
                    flake.evaluate(&mut evaluator, &name);
                }
            }
            Err(found) => assert!(!found.is_empty(), "{text}"),
        }
    }
}

#[test]
fn what_runs_without_end_is_given_up() {
    for text in [
        "let fib = n: if n < 2 then n else fib (n - 1) + fib (n - 2); in { containers.a.path = \"/${toString (fib 60)}\"; }",
        "let d = n: if n == 0 then [ 1 ] else let s = d (n - 1); in s ++ s; in { containers.a.path = toString (builtins.length (d 45)); }",
        "let d = n: if n == 0 then \"/x\" else let s = d (n - 1); in s + s; in { containers.a.path = d 45; containers.b.path = d 44; }",
        "{ containers.a.path = toString (builtins.length (builtins.genList (x: x) 1000000000)); }",
        "{ lib, ... }: { containers = lib.genAttrs (map toString (lib.range 1 100001)) (n: { path = \"/x\"; }); }",
    ] {
        let files = Memory::new(&[("configuration.nix", text.as_bytes())]);
        let limits = Limits { steps: 1_000_000, bytes: 256 << 20 };
        let heap = Heap::new();
        let mut evaluator =
            Evaluator::new(&heap, &files, Settings { limits, ..conex_options::settings() });
        let found = conex_options::evaluate(&mut evaluator, Path::new("/etc/configuration.nix"));
        let codes: Vec<_> = found.diagnostics.iter().map(|found| found.code.text()).collect();
        assert_eq!(codes, ["evaluation-limit"], "{text}");
    }
}
