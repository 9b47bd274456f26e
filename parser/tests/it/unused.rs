//! What nothing uses, and the files that a text names.

use conex_parser::{Certainty, Inspection, Options, UnusedKind, inspect};

use super::{GLOBALS, read};

fn inspected(text: &str) -> Inspection {
    inspect(text, &Options { globals: GLOBALS, ..Options::default() })
}

/// The names of what is unused; `with` for a `with`.
fn unused(text: &str) -> Vec<String> {
    let name = |unused: conex_parser::Unused| match unused.kind {
        UnusedKind::With => "with".to_owned(),
        _ => unused.name,
    };
    inspected(text).unused.into_iter().map(name).collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(read(text).0.errors, [], "{text}");
    assert_eq!(unused(text), expected, "{text}");
}

/// The text without everything that is unused, one after the other.
#[track_caller]
fn mended(text: &str, expected: &str) {
    let mut mended = text.to_owned();
    while let Some(span) = inspected(&mended).unused.iter().find_map(|unused| unused.removal) {
        mended.replace_range(span.range(), "");
        assert_eq!(read(&mended).0.errors, [], "{text}\n{mended}");
    }
    assert_eq!(mended, expected, "{text}");
}

#[test]
fn unused_bindings() {
    check("let a = 1; b = 2; in b", &["a"]);
    check("let a = 1; in { inherit a; }", &[]);
    check("let a = 1; in rec { inherit a; }", &[]);
    check("let a = 1; in rec { a = 2; b = a; }", &["a"]);
    check("let a = 1; in let a = 2; in a", &["a"]);
    check("let a = 1; in a: a", &["a"]);
    check("let a = 1; in { a }: a", &["a"]);
    check("let a.b = 1; a.c = 2; in 3", &["a"]);
    check("let a = 1; in { b.\"x${toString a}\" = 1; }", &[]);
    check("let a = 1; in { x = \"${toString a}\"; }", &[]);
    check("let a = 1; in ''\n  ${toString a}\n''", &[]);
    check("let a = \"b\"; in ./x/${a}", &[]);
    check("let a = 1; in { }.${toString a} or 2", &[]);
    check("let a = 1; in { b ? a }: b", &[]);
    check("let _a = 1; in 2", &[]);
    check("let b = 1; _a = b; in 2", &[]);
}

#[test]
fn unused_inherited_names() {
    check("let inherit (builtins) a b; in a", &["b"]);
    check("let x = 1; in let inherit x; in 2", &["x"]);
    check("{ lib, foo, ... }: let inherit (foo) a; in 1", &["a"]);
    check("{ lib, foo, ... }: let inherit (foo) a b; in a", &["b"]);
    check("{ foo, ... }: let inherit (foo); in 1", &["foo"]);
    check("rec { a = 1; inherit (b) c; b = { c = 1; }; }", &[]);
}

#[test]
fn a_name_that_only_unused_ones_use_is_not_told() {
    check("let a = b; b = c; c = 1; in 2", &["a"]);
    check("let a = a; in 2", &["a"]);
    check("let a = x: b x; b = x: a x; in 2", &["a"]);
    check("{ x, ... }: let a = x; in 2", &["a"]);
    check("let a = let b = 1; c = b; in c; in 2", &["a"]);
    check("let a = 1; b = a; in let c = b; in 3", &["c"]);
}

#[test]
fn unused_arguments() {
    check("{ a, b }: a", &["b"]);
    check("{ a, b, ... }: a", &["b"]);
    check("{ a, b ? a }: b", &[]);
    check("{ config, lib, pkgs, ... }: { }", &[]);
    check("{ config, lib, pkgs }: { inherit pkgs; }", &["config", "lib"]);
    check("x: 1", &[]);
    check("self: super: { }", &[]);
    check("{ a, ... }@args: args", &[]);
    check("{ a, ... }@args: { inherit (args) a; }", &[]);
    check("{ a, ... }@args: args.a", &[]);
    check("{ a, b, ... }@args: args.a", &["b"]);
    check("{ a, b, ... }@args: args ? b", &["a"]);
    check("{ a, ... }@args: args.${\"x\" + \"y\"}", &[]);
    check("{ a, ... }@args: a", &["args"]);
    check("args@{ a, ... }: a", &["args"]);
    check("inputs@{ a, ... }: a", &[]);
    check("{ outputs = { self, nixpkgs, other }: { }; }", &[]);
    check("{ f = { self, nixpkgs, other }: { }; }", &["self", "nixpkgs", "other"]);
}

#[test]
fn unused_with() {
    check("with { }; 1", &["with"]);
    check("with { a = 1; }; a", &[]);
    check("let a = 1; in with { }; a", &["with"]);
    check("with { }; map", &["with"]);
    check("with { }; [ ]", &[]);
    check("with { }; [ 1 ]", &["with"]);
    check("with { }; with { }; a", &[]);
    check("with { }; (with { }; a) + 1", &[]);
    check("(with { }; 1) + (with { a = 1; }; a)", &["with"]);
    // What may come from a `with` does not hide a variable.
    check("let a = 1; in with { a = 2; }; a", &["with"]);
}

#[test]
fn what_changes_nothing_else_can_be_taken_out() {
    mended("let\n  a = 1;\n  b = 2; # two\nin b\n", "let\n  b = 2; # two\nin b\n");
    mended("let a = (1); b = 2; in b", "let b = 2; in b");
    mended("let a = ((1) /* ; */ ) # ;\n ; b = 2; in b", "let b = 2; in b");
    mended("let b = 2; a = x: x; in b", "let b = 2; in b");
    mended("let inherit (builtins) a b; in b", "let inherit (builtins) b; in b");
    mended("let inherit (builtins) a; in 1", "let inherit (builtins); in 1");
    mended("{ lib, a, ... }: lib", "{ lib, ... }: lib");
    mended("{ lib\n, a ? (1)\n, ...\n}: lib", "{ lib\n, ...\n}: lib");
    mended("{ a, b ? { c = 1; }, ... }: 1", "{ ... }: 1");
    mended("{ a, b }: 1", "{ a, b }: 1");
    mended("{ a, ... }@args: a", "{ a, ... }: a");
    mended("args @ { a, ... }: a", "{ a, ... }: a");
    mended("with (builtins); 1", "1");
    mended("let a = b; b = 1; in 2", "let in 2");
    // Each of them needs the other.
    mended("let a = x: b x; b = x: a x; in 2", "let a = x: b x; b = x: a x; in 2");
    mended("let a.b = 1; a.c = 2; in 3", "let a.b = 1; a.c = 2; in 3");
    mended("let a = { b = 1; }; a.c = 2; in 3", "let a = { b = 1; }; a.c = 2; in 3");
    mended("let a = \"ü\"; /* é */ b = 1; in b", "let /* é */ b = 1; in b");
}

#[test]
fn nothing_is_told_of_a_text_with_mistakes() {
    assert_eq!(unused("let a = 1; in b ="), [""; 0]);
    assert_eq!(unused("let a = 1; a = 2; in 3"), [""; 0]);
    assert_eq!(unused("let a = 1; in b"), ["a"]);
}

/// Whatever is left of a text, places are in it and removals leave a text.
#[test]
fn broken_texts_are_looked_through() {
    let mut texts: Vec<String> = Vec::new();
    for folder in ["ok", "err"] {
        texts.extend(super::golden::texts(folder).into_iter().filter(|text| text.len() < 2000));
    }
    assert!(texts.len() > 20);
    for text in &texts {
        for (at, c) in text.char_indices() {
            look_through(&text[..at]);
            look_through(&format!("{}{}", &text[..at], &text[at + c.len_utf8()..]));
        }
    }
}

fn look_through(text: &str) {
    let Inspection { unused, files } = inspected(text);
    let removals = unused.iter().filter_map(|unused| unused.removal);
    let spans = unused.iter().map(|unused| unused.span).chain(removals);
    for span in spans.chain(files.iter().map(|file| file.span)) {
        assert!(text.get(span.range()).is_some(), "{span:?} {text}");
    }
}

#[test]
fn deep_texts_are_looked_through() {
    let depth = 20_000;
    let text = "let a = ".repeat(depth) + "1" + &"; in 2".repeat(depth);
    assert_eq!(unused(&text).len(), depth);
    let text = "[".repeat(depth) + &"]".repeat(depth);
    assert_eq!(unused(&text), [""; 0]);
}

/// The files that a text names, with `?` for those under a condition and `~`
/// for those that need not be there.
fn files(text: &str) -> String {
    let files = inspected(text).files.into_iter().map(|file| {
        let mark = match file.certainty {
            Certainty::Sure => "",
            Certainty::Conditional => "?",
            Certainty::Perhaps => "~",
        };
        format!("{}{mark}", file.path)
    });
    files.collect::<Vec<_>>().join(" ")
}

#[test]
fn files_that_are_named() {
    for (text, expected) in [
        ("{ imports = [ ./a.nix (./b.nix) ]; }", "./a.nix ./b.nix"),
        ("{ imports = [ ./a.nix ] ++ [ ./b.nix ]; }", "./a.nix ./b.nix"),
        ("{ imports = [ { imports = [ ./a.nix ]; } ]; }", "./a.nix"),
        ("{ imports = [ (import ./a.nix) (import ./b.nix { }) ]; }", "./a.nix ./b.nix"),
        ("{ imports = lib.optional true ./a.nix; }", "./a.nix?"),
        ("{ imports = lib.optionals x [ ./a.nix ] ++ [ ./b.nix ]; }", "./a.nix? ./b.nix"),
        ("{ imports = with x; if a then [ ./a.nix ] else [ ./b.nix ]; }", "./a.nix? ./b.nix?"),
        ("{ imports = if builtins.pathExists ./a.nix then [ ./a.nix ] else [ ]; }", "./a.nix~"),
        ("{ imports = lib.optional (pathExists ./a.nix) ./a.nix; }", "./a.nix~"),
        ("{ containers.web.config = ./web.nix; }", "./web.nix"),
        ("{ containers.web = { config = { imports = [ ./a.nix ]; }; }; }", "./a.nix"),
        ("{ services.x.config = ./x.nix; }", "./x.nix~"),
        ("{ containers.web.config.services.x.config = ./x.nix; }", "./x.nix~"),
        ("{ containers = genAttrs names (name: { config = ./x.nix; }); }", "./x.nix"),
        ("{ containers.${x} = { config = ./x.nix; }; }", "./x.nix"),
        ("{ x.imports = [ ./x.conf ./y ./. ../.. ]; }", "./x.conf~ ./y ./. ../.."),
        ("{ x = import ./x.nix; y = ./y.nix; }", "./x.nix"),
        ("{ x = builtins.import ./x.nix; }", "./x.nix"),
        ("let import = x: x; in import ./x.nix", ""),
        ("{ x ? import ./x.nix }: x", "./x.nix?"),
        ("{ x = if true then import ./x.nix else 1; }", "./x.nix?"),
        ("lib.mkIf a { x = import ./x.nix; }", "./x.nix?"),
        ("{ x = pkgs.callPackage ./x.nix { }; }", "./x.nix~"),
        ("{ source = ./x.nix; }", ""),
        ("builtins.scopedImport { } ./x.nix", ""),
    ] {
        assert_eq!(files(text), expected, "{text}");
    }
}
