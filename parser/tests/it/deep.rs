//! Long and deeply nested texts: no stack overflow, no quadratic time.

use super::{messages, read};

const DEPTH: usize = 100_000;

fn check(text: &str) {
    assert_eq!(messages(text), [""; 0], "{}…", &text[..text.len().min(40)]);
}

fn nested(open: &str, middle: &str, close: &str) -> String {
    [&open.repeat(DEPTH), middle, &close.repeat(DEPTH)].concat()
}

#[test]
fn brackets() {
    check(&nested("(", "1", ")"));
    check(&nested("[", "", "]"));
    check(&nested("{a=", "1", ";}"));
    check(&nested("\"${", "1", "}\""));
}

#[test]
fn functions() {
    check(&nested("a: ", "a", ""));
    check(&nested("{ a }: ", "a", ""));
    check(&nested("", "toString", " 1"));
}

#[test]
fn operators() {
    for (operand, operator) in [("1", " + 1"), ("[ ]", " ++ [ ]"), ("{ }", " // { }")] {
        check(&nested("", operand, operator));
    }
    check(&nested("- ", "1", ""));
    check(&nested("!", "true", ""));
}

#[test]
fn statements() {
    check(&nested("let a = 1; in ", "a", ""));
    check(&nested("with { }; ", "1", ""));
    check(&nested("assert true; ", "1", ""));
    check(&nested("if true then 1 else ", "1", ""));
    check(&nested("{ }.a or ", "1", ""));
}

#[test]
fn paths_and_merges() {
    check(&["{ ", &"a.".repeat(DEPTH), "a = 1; }"].concat());
    let set = nested("{ a = ", "{ }", "; }");
    check(&["{ a = ", &set, "; a = ", &set, "; }"].concat());
}

#[test]
fn wide_sets() {
    let each = |f: &dyn Fn(usize) -> String| (0..DEPTH).map(f).collect::<String>();
    check(&["{", &each(&|i| format!("a{i} = {i};")), "}"].concat());
    check(&["{", &each(&|i| format!("a.b{i}.c = {i};")), "}"].concat());
    check(&["rec {", &each(&|i| format!("a{i} = a{};", i * 7 % DEPTH)), "}"].concat());
    check(&["[", &each(&|i| format!(" {i}")), "]"].concat());
}

#[test]
fn unfinished() {
    for open in ["(", "[", "{ a = ", "\"${", "''${", "let a = ", "if ", "{ a ? ", "x: "] {
        assert!(!messages(&open.repeat(DEPTH)).is_empty(), "{open}");
    }
    assert!(!messages(&"] ) } ".repeat(DEPTH)).is_empty());
}

#[test]
fn dump_of_a_deep_tree() {
    let (parsed, symbols) = read(&nested("!", "true", ""));
    assert!(parsed.ir.dump(&symbols).contains("(not (not "));
}

/// rnix takes quadratic time for some nestings.
#[test]
fn lossless_tree_of_a_deep_text() {
    for (open, middle, close) in [("[", "", "]"), ("", "[ ]", " ++ [ ]"), ("!", "true", "")] {
        let text = [&open.repeat(3000), middle, &close.repeat(3000)].concat();
        let tree = conex_parser::tree::Tree::new(&text);
        let length = tree.with_root(|root| usize::from(root.text_range().len()));
        assert_eq!(length, Some(text.len()));
    }
}
