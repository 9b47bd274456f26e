//! Where things are defined, and what the IR keeps of it.

use conex_parser::ir::{DefinitionKind, Expr};
use conex_parser::{ErrorKind, Options, Symbols, parse};

use super::{messages, read};

#[test]
fn a_definition_is_found_by_the_start_of_its_name() {
    let text = "{ a.b = 1; a.c = [ ]; inherit (builtins) d; }";
    let ir = read(text).0.ir;
    let find = |part: &str| ir.definition_at(text.find(part).unwrap() as u32);
    let b = find("b =").unwrap();
    assert_eq!(&text[b.path.range()], "a.b");
    assert_eq!(&text[b.value.range()], "1");
    assert_eq!(b.expr.map(|expr| ir.exprs[expr.0 as usize]), Some(Expr::Int(1)));
    assert_eq!(find("a.b").map(|d| d.kind), Some(DefinitionKind::Nested));
    assert_eq!(find("d;").map(|d| d.kind), Some(DefinitionKind::InheritFrom));
    assert_eq!(find("1;"), None);
}

#[test]
fn pipes_are_calls_where_they_are_allowed() {
    let mut symbols = Symbols::new();
    let options = Options { pipe_operators: true, scope: &["a", "f", "g"], ..Options::default() };
    let mut dump = |text: &str| {
        let parsed = parse(text, &mut symbols, &options);
        assert_eq!(parsed.errors, []);
        parsed.ir.dump(&symbols)
    };
    let nested = "#0 frame 3: (call %2 #1)\n#1 frame 0 captures %1 %0: (call ^0 ^1)\n";
    assert_eq!(dump("a |> f |> g"), nested);
    assert_eq!(dump("f 1 <| a"), "#0 frame 3: (call %1 1 %0)\n");
    assert_eq!(dump("f <| g <| a"), dump("a |> g |> f"));
}

#[test]
fn pipes_are_refused_elsewhere() {
    let errors = read("1 |> toString").0.errors;
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].kind, ErrorKind::PipeOperator);
}

#[test]
fn a_mistake_does_not_hide_the_next_one() {
    let found = messages("{ a = 1 + ; b = nope; c = [ 1 2 ; d = 1; }");
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn the_scope_around_the_text_is_in_the_first_slots() {
    let mut symbols = Symbols::new();
    let options = Options { scope: &["x", "map"], globals: &["map"], ..Options::default() };
    let parsed = parse("[ map x ]", &mut symbols, &options);
    assert_eq!(parsed.ir.dump(&symbols), "#0 frame 2: [ %1 %0 ]\n");
}

#[test]
fn null_bytes_are_refused_in_strings() {
    assert_eq!(messages("\"a\0b\"").len(), 1);
    assert_eq!(messages("''a\0b''").len(), 1);
}
