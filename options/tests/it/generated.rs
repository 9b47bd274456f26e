//! Many containers.

use crate::support::{evaluate_text, fine};

#[test]
fn a_thousand_containers() {
    let found = fine(
        "{ lib, ... }: { containers = lib.genAttrs (map toString (lib.range 1 1000)) (name: { path = \"/${name}\"; forwardPorts = [ { hostPort = lib.toInt name; } ]; }); }",
    );
    assert_eq!(found.desired.containers.len(), 1000);
}

#[test]
fn a_thousand_mistakes() {
    let found = evaluate_text(
        "{ lib, ... }: { containers = lib.genAttrs (map toString (lib.range 1 1000)) (name: { path = \"/${name}\"; autoStart = name; }); }",
    );
    assert_eq!(found.diagnostics.len(), 1000);
}

/// A small generator of numbers, the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

/// Moves, doubles or drops a piece of a text.
fn mutate(text: &str, numbers: &mut Numbers) -> String {
    let words: Vec<&str> = text.split_inclusive([' ', '\n', ';', '.', '{', '(']).collect();
    let (from, to) = (numbers.below(words.len()), numbers.below(words.len()));
    let mut changed = words.clone();
    match numbers.below(4) {
        0 => changed[to] = words[from],
        1 => changed.insert(to, words[from]),
        2 => {
            changed.remove(from);
        }
        _ => changed.swap(from, to),
    }
    changed.concat()
}

#[test]
fn mutated_configurations_do_no_harm() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/configurations");
    let mut numbers = Numbers(7);
    let rounds = std::env::var("CONEX_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(20);
    for name in [
        "every-option",
        "priorities",
        "computed-names",
        "imports-mixed",
        "unknown",
        "function-module",
        "host-option",
        "special-args",
    ] {
        let text = std::fs::read_to_string(folder.join(name).join("configuration.nix")).unwrap();
        for _ in 0..rounds {
            let mut mutated = text.clone();
            for _ in 0..=numbers.below(3) {
                mutated = mutate(&mutated, &mut numbers);
            }
            evaluate_text(&mutated);
        }
    }
}
