//! What is not known before a build.

use std::path::Path;

use conex_evaluator::{Attrs, Buffer, ErrorKind, Evaluator, Heap, Settings};

use crate::host::Disk;

/// Evaluates `text` as a function of `pkgs`, an open set that knows `a = 1`;
/// gives the value, or what it depends on.
fn eval(text: &str) -> Result<String, String> {
    let heap = Heap::new();
    let io = Disk::default();
    let mut evaluator = Evaluator::new(&heap, &io, Settings::default());
    let function = evaluator.eval_text("test", text, Path::new("/")).unwrap();
    let one = evaluator.int(1);
    let name = evaluator.symbol("a");
    let reason = evaluator.str("pkgs");
    let attr = conex_evaluator::Attr { name, position: 0, value: one };
    let pkgs = Attrs::open(&heap, &mut Buffer::of(&heap, &[attr]), reason);
    let value =
        evaluator.call(function, &[pkgs.into()]).and_then(|value| evaluator.force_deep(value));
    match value {
        Ok(value) => Ok(evaluator.print(value)),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Unknown, "{error}");
            Err(error.message().to_owned())
        }
    }
}

#[test]
fn what_does_not_need_the_unknown_is_known() {
    assert_eq!(eval("pkgs: [ pkgs.a (pkgs.a + 1) ]").unwrap(), "[ 1 2 ]");
    assert_eq!(eval("pkgs: { x = 1; y = pkgs.hello; }.x").unwrap(), "1");
    assert_eq!(eval("pkgs: builtins.length [ pkgs.hello pkgs.b ]").unwrap(), "2");
    assert_eq!(eval("pkgs: pkgs ? a").unwrap(), "true");
    assert_eq!(eval("pkgs: with pkgs; a").unwrap(), "1");
    assert_eq!(eval("pkgs: (pkgs // { b = 2; }).b").unwrap(), "2");
    assert_eq!(eval("pkgs: let f = { a, ... }: a; in f pkgs").unwrap(), "1");
}

#[test]
fn what_needs_it_says_what_it_needs() {
    for text in [
        "pkgs: pkgs.hello",
        "pkgs: pkgs.hello or 1",
        "pkgs: pkgs ? hello",
        "pkgs: with pkgs; hello",
        "pkgs: \"${pkgs.hello}/bin\"",
        "pkgs: if pkgs.hello then 1 else 2",
        "pkgs: pkgs.hello 1 2",
        "pkgs: (builtins.tryEval pkgs.hello).success",
        "pkgs: ({ b = 1; } // pkgs).hello",
        "pkgs: let f = { hello, ... }: hello; in f pkgs",
        "pkgs: map (p: p.name) [ pkgs.hello ]",
    ] {
        assert_eq!(eval(text).unwrap_err(), "it depends on pkgs.hello", "{text}");
    }
    assert_eq!(eval("builtins.attrNames").unwrap_err(), "it depends on what is in pkgs");
}
