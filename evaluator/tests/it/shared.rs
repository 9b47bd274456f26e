//! A call that is the same as one that is remembered comes to the same, and is not made.

use std::path::Path;

use conex_evaluator::{Evaluator, Heap, Settings, Value};

use crate::host::Disk;

/// A function that says when it works, and arguments for it.
///
/// Sets that are written at two places differ in that, so most arguments come from one.
const TEXT: &str = r#"let
  f = { a, b ? null, ... }@all: {
    value = builtins.trace "called" (builtins.toJSON (all.show or a));
  };
  hold = value: { a = value; show = "shown"; };
  adding = config: let inherit (config) n; in { inherit (config) a; b = x: x + n; show = "shown"; };
  loop = start: let set = { a = set; show = start; }; in set;
  path = "/nix/store/00000000000000000000000000000000-x";
  text = builtins.appendContext path { ${path}.path = true; };
in {
  inherit f;
  data = [ (hold [ 1 "x" /p null 1.5 ]) (hold [ 1 ("" + "x") /p null (3.0 / 2) ]) ];
  suspended = map (n: hold (builtins.length [ n ])) [ 1 1 ];
  functions = map adding [ { a = 1; n = 2; } { a = 1; n = 2; m = 3; } ];
  selections = map adding [ { a = 1 + 1; n = 2; } { a = 2; n = 3 - 1; } ];
  endless = map loop [ "shown" "shown" ];

  other-data = [ (hold [ 1 "x" ]) (hold [ 1 "y" ]) ];
  other-length = [ (hold [ 1 ]) (hold [ 1 1 ]) ];
  other-context = [ (hold text) (hold path) ];
  other-functions = map adding [ { a = 1; n = 2; } { a = 1; n = 3; } ];
  other-code = [ (hold (builtins.length [ 1 ])) (hold (builtins.length [ 1 ])) ];
  other-captures = map (n: hold (builtins.length [ n ])) [ 1 2 ];
  other-names = [ { a = 1; } { a = 1; b = 2; } ];
  other-places = [ { a = 1; } { a = 1; } ];
  failing = map adding [ { a = 1; n = 2; } { a = throw "no"; n = 2; } ];
  small = map (a: { inherit a; prefix = [ ]; }) [ 1 1 ];
}"#;

/// How often `f` works for the two arguments of a name, and whether both came to the same.
fn works(name: &str) -> (usize, bool) {
    let (heap, io) = (Heap::new(), Disk::default());
    let mut ev = Evaluator::new(&heap, &io, Settings::default());
    let all = ev.eval_text("test", TEXT, Path::new("/")).unwrap();
    let function = member(&mut ev, all, "f");
    let arguments = member(&mut ev, all, name);
    let arguments = ev.force_list(arguments).unwrap().as_slice();
    ev.share_calls(function, "prefix");
    let [first, second] = arguments else { panic!("two of {name}") };
    let before = ev.remembering(|ev| shown(ev, function, *first));
    let after = shown(&mut ev, function, *second);
    let messages = io.messages.lock().unwrap().len();
    // It is given away once.
    shown(&mut ev, function, *second);
    assert_eq!(io.messages.lock().unwrap().len(), messages + 1, "{name}");
    (messages, before == after)
}

fn shown<'h>(ev: &mut Evaluator<'h>, function: Value<'h>, argument: Value<'h>) -> Option<String> {
    let result = ev.call(function, &[argument]).unwrap();
    let set = ev.force_attrs(result).unwrap();
    let name = ev.symbol("value");
    let value = ev.attr(set, name).unwrap().unwrap().value;
    Some(ev.force(value).map(|value| ev.print(value)).unwrap_or_default())
}

fn member<'h>(ev: &mut Evaluator<'h>, set: Value<'h>, name: &str) -> Value<'h> {
    let set = ev.force_attrs(set).unwrap();
    let name = ev.symbol(name);
    let value = ev.attr(set, name).unwrap().unwrap().value;
    ev.force(value).unwrap()
}

#[test]
fn the_same_call_is_made_once() {
    for name in ["data", "suspended", "functions", "selections", "endless"] {
        assert_eq!(works(name), (1, true), "{name}");
    }
}

#[test]
fn what_differs_is_called() {
    for name in [
        "other-data",
        "other-length",
        "other-context",
        "other-functions",
        "other-code",
        "other-captures",
        "other-names",
        "other-places",
        "failing",
        "small",
    ] {
        assert_eq!(works(name).0, 2, "{name}");
    }
}
