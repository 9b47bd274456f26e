//! Nothing is too deep: neither the text nor the value.

use std::path::Path;

use conex_evaluator::{Evaluator, Heap, Settings};

use crate::host::Disk;

fn eval(text: &str) -> String {
    let heap = Heap::new();
    let io = Disk::default();
    let mut evaluator = Evaluator::new(&heap, &io, Settings::default());
    match evaluator.eval_text("test", text, Path::new("/")) {
        Ok(value) => match evaluator.force_deep(value) {
            Ok(value) => evaluator.print(value),
            Err(error) => format!("error: {error}"),
        },
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn long_chains_of_operators() {
    let n = 50_000;
    assert_eq!(eval(&format!("0{}", " + 1".repeat(n))), n.to_string());
    // Each `++` copies, so this one is shorter.
    let lists = " ++ [ 1 ]".repeat(2_000);
    assert_eq!(eval(&format!("builtins.length ([ ]{lists})")), "2000");
    assert_eq!(eval(&format!("{}true", "!".repeat(n))), "true");
}

#[test]
fn deep_nesting_of_texts() {
    let n = 20_000;
    assert_eq!(eval(&format!("{}1{}", "(".repeat(n), ")".repeat(n))), "1");
    // As deep as Nix evaluates and prints them.
    let lists = eval(&format!("{}{}", "[ ".repeat(9_000), "] ".repeat(9_000)));
    assert_eq!(lists.matches('[').count(), 9_000);
    assert_eq!(eval(&format!("{}1{}", "if true then ".repeat(n), " else 0".repeat(n))), "1");
    assert_eq!(eval(&format!("{}1", "let x = 1; in ".repeat(n))), "1");
    assert_eq!(eval(&format!("({}1) 1", "x: ".repeat(2))), "<LAMBDA>");
}

#[test]
fn long_chains_of_thunks() {
    let text = "(builtins.foldl' (acc: i: { v = acc.v + 1; }) { v = 0; } (builtins.genList (i: i) 200000)).v";
    assert_eq!(eval(text), "200000");
}

#[test]
fn calls_are_bounded_as_in_nix() {
    assert_eq!(eval("let f = n: if n == 0 then 0 else 1 + f (n - 1); in f 9000"), "9000");
    assert_eq!(eval("let f = x: f x; in f 1"), "error: stack overflow; max-call-depth exceeded");
}

const OVERFLOW: &str = "error: stack overflow; max-call-depth exceeded";

/// What Nix counts as calls besides calls. Each was compared with Nix 2.34.
#[test]
fn values_are_compared_and_written_as_deep_as_in_nix() {
    let lists = "l = n: x: builtins.foldl' (a: _: [ a ]) x (builtins.genList (i: i) n)";
    let sets = "s = n: x: builtins.foldl' (a: _: { inherit a; }) x (builtins.genList (i: i) n)";
    for (program, value) in [
        ("l DEPTH 1 == l DEPTH 1", "true"),
        ("s DEPTH 1 == s DEPTH 2", "false"),
        ("builtins.deepSeq (s DEPTH 1) 1", "1"),
        ("builtins.stringLength (builtins.toJSON (l DEPTH 1))", "19601"),
        ("toString (l DEPTH 1)", "\"1\""),
        (
            "\"${builtins.foldl' (a: _: { outPath = a; }) \"x\" (builtins.genList (i: i) DEPTH)}\"",
            "\"x\"",
        ),
        (
            "builtins.foldl' (a: _: { __functor = _: a; }) (x: x) (builtins.genList (i: i) (DEPTH / 2)) 1",
            "1",
        ),
    ] {
        let program =
            |n: &str| eval(&format!("let {lists}; {sets}; in {}", program.replace("DEPTH", n)));
        assert_eq!(program("9800"), value);
        assert_eq!(program("100000"), OVERFLOW);
    }
}

#[test]
fn functors_are_calls() {
    assert_eq!(eval("let s = { __functor = s; }; in s 1"), OVERFLOW);
    assert_eq!(eval("let s = { __functor = self: x: self x; }; in s 1"), OVERFLOW);
}
