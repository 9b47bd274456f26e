//! Fingerprints change with what a value is computed from and with nothing
//! else.

use std::path::Path;

use conex_evaluator::{Evaluator, Heap, Settings};

use crate::host::Disk;

/// The fingerprint of attribute `x` of the set that `text` evaluates to.
fn fingerprint_in(text: &str, directory: &Path) -> String {
    let heap = Heap::new();
    let io = Disk::default();
    let mut evaluator = Evaluator::new(&heap, &io, Settings::default());
    let value = evaluator.eval_text("test", text, directory).unwrap();
    let set = evaluator.force_attrs(value).unwrap();
    let name = evaluator.symbol("x");
    let attr = evaluator.attr(set, name).unwrap().unwrap();
    evaluator.fingerprint(attr.value)
}

fn fingerprint(text: &str) -> String {
    fingerprint_in(text, Path::new("/nowhere"))
}

fn same(a: &str, b: &str) {
    assert_eq!(fingerprint(a), fingerprint(b), "{a}\n{b}");
}

fn differ(a: &str, b: &str) {
    assert_ne!(fingerprint(a), fingerprint(b), "{a}\n{b}");
}

#[test]
fn a_neighbour_does_not_matter() {
    same("{ x = { a = 1 + 1; }; y = 1; }", "{ y = 222; x = { a = 1 + 1; }; }");
    same("{ x = p: p.hello; y = 1; }", "{ # moved\n\n y = 2; x = p: p.hello; }");
}

#[test]
fn the_text_matters() {
    differ("{ x = { a = 1 + 1; }; }", "{ x = { a = 1 + 2; }; }");
    differ("{ x = p: p.hello; }", "{ x = p: p.world; }");
    differ("{ x = { p }: 1; }", "{ x = { p, q }: 1; }");
}

#[test]
fn what_is_captured_matters() {
    differ(
        "let port = 1; in { x = { a = port; b = 1 + port; }; }",
        "let port = 2; in { x = { a = port; b = 1 + port; }; }",
    );
    differ(
        "let f = port: { x = { a = 1 + port; }; }; in f 1",
        "let f = port: { x = { a = 1 + port; }; }; in f 2",
    );
    differ("let n = 1; g = p: n; in { x = p: g p; }", "let n = 2; g = p: n; in { x = p: g p; }");
    differ("let n = 1; in { x = { p ? n + 0 }: p; }", "let n = 2; in { x = { p ? n + 0 }: p; }");
}

#[test]
fn of_a_set_only_what_is_selected_matters() {
    same(
        "let c = { a = 1; b = 2; }; in { x = { y = 1 + c.a; }; }",
        "let c = { a = 1; b = 3; }; in { x = { y = 1 + c.a; }; }",
    );
    differ(
        "let c = { a = 1; b = 2; }; in { x = { y = 1 + c.a; }; }",
        "let c = { a = 2; b = 2; }; in { x = { y = 1 + c.a; }; }",
    );
}

#[test]
fn of_a_computed_selection_only_what_it_selects_matters() {
    for select in ["c.${n}", "c.\"${n}\"", "(with c; c.${n})"] {
        let text = |b: u32, a: u32| {
            format!(
                "let c = {{ a = {a}; b = {b}; }}; f = n: {{ y = 1 + {select}; }}; in {{ x = f \"a\"; }}"
            )
        };
        let whole = select.contains("with");
        assert_eq!(fingerprint(&text(2, 1)) == fingerprint(&text(3, 1)), !whole, "{select}");
        assert_ne!(fingerprint(&text(2, 1)), fingerprint(&text(2, 9)), "{select}");
    }
    differ(
        "let c = { a = 1; b = 2; }; n = \"a\"; in { x = { y = 1 + c.${n}; }; }",
        "let c = { a = 1; b = 2; }; n = \"b\"; in { x = { y = 1 + c.${n}; }; }",
    );
}

#[test]
fn whether_something_was_evaluated_before_does_not_matter() {
    same(
        "let n = 1 + 1; in { x = { y = 2 + n; }; }",
        "let n = 1 + 1; in assert n == 2; { x = { y = 2 + n; }; }",
    );
}

#[test]
fn cycles_and_endless_values_end() {
    fingerprint("let a = { inherit a; }; in { x = { y = a; z = p: a; }; }");
    fingerprint("let f = n: { next = f (n + 1); }; in { x = p: f 1; }");
    fingerprint("let e = f 1; f = n: { next = f (n + 1); }; in { x = p: e; }");
    fingerprint("{ x = throw \"no\"; }");
}

#[test]
fn imported_files_matter() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    write("web.nix", "{ ... }: { imports = [ ./base.nix ]; }");
    write("base.nix", "{ a = 1; }");
    write("other.nix", "1");
    let texts = [
        "{ x = import ./web.nix; }",
        "{ x = { imports = [ ./web.nix ]; }; }",
        "{ x = ./web.nix; }",
    ];
    let prints = || texts.map(|text| fingerprint_in(text, directory.path()));
    let before = prints();
    write("other.nix", "2");
    assert_eq!(before, prints());
    write("base.nix", "{ a = 2; }");
    let after = prints();
    assert!(before.iter().zip(&after).all(|(a, b)| a != b));
}
