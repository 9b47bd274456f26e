//! The parts with `unsafe` code, on their own: run these under a sanitizer
//! (`cargo xtask sanitize`).

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use conex_parser::ir::{LambdaId, UnitId, Variable};
use conex_parser::{Symbol, Symbols};

use super::*;
use crate::code::{LambdaCode, UnitCode};
use crate::source::{ExprPos, Module};
use crate::texts::Text;

fn module(heap: &Heap) -> &Module {
    let read = Rc::new(Text::new("1".into()));
    let lowered = read.lowered(&mut Symbols::new(), &conex_parser::Options::default());
    heap.module(Module::new("«test»".into(), None, PathBuf::from("/"), "1".into(), (read, lowered)))
}

pub(super) fn module_unit<'h>(heap: &'h Heap, captures: u32) -> UnitCode<'h> {
    unit(heap, captures)
}

fn unit<'h>(heap: &'h Heap, captures: u32) -> UnitCode<'h> {
    let captures: Vec<_> = (0..captures).map(Variable::Local).collect();
    UnitCode {
        module: module(heap),
        unit: UnitId(0),
        frame_size: 0,
        captures: heap.slice(&captures),
        body: Cell::new(None),
    }
}

pub(super) fn name(index: u32) -> Symbol {
    Symbol::from_index(index)
}

#[test]
fn numbers_and_constants_survive_the_word() {
    let heap = Heap::new();
    for int in [0, 1, -1, 1 << 59, (1 << 60) - 1, 1 << 60, -(1 << 60), i64::MAX, i64::MIN] {
        assert!(matches!(Value::int(&heap, int).view(), View::Int(i) if i == int), "{int}");
    }
    assert!(matches!(Value::NULL.view(), View::Null));
    assert!(matches!(Value::TRUE.view(), View::Bool(true)));
    assert!(matches!(Value::FALSE.view(), View::Bool(false)));
    assert!(matches!(Value::builtin(BuiltinId(0)).view(), View::Builtin(BuiltinId(0))));
    assert!(matches!(Value::builtin(BuiltinId(9999)).view(), View::Builtin(BuiltinId(9999))));
    assert!(matches!(Value::float(&heap, -0.5).view(), View::Float(f) if f == -0.5));
    assert!(Value::int(&heap, 7).same(Value::int(&heap, 7)));
}

#[test]
fn strings_paths_and_lists_keep_their_content() {
    let heap = Heap::new();
    let View::Str(text) = Value::str(&heap, "grüß").view() else { panic!("a string") };
    assert_eq!(text.bytes(), "grüß".as_bytes());
    assert!(text.context().is_none());
    let View::Path(path) = Value::path(&heap, b"/etc").view() else { panic!("a path") };
    assert_eq!(path, b"/etc");
    let elements: Vec<_> = (0..100).map(|i| Value::int(&heap, i)).collect();
    let View::List(list) = Value::from(List::new(&heap, &elements)).view() else {
        panic!("a list")
    };
    assert_eq!(list.len(), 100);
    assert!(list.as_slice().iter().zip(&elements).all(|(a, b)| a.same(*b)));
    assert!(List::new(&heap, &[]).is_empty());
}

#[test]
fn thunks_run_fail_and_finish() {
    let heap = Heap::new();
    for captures in [0, 1, 5] {
        let thunk = Thunk::new(&heap, heap.alloc(unit(&heap, captures)));
        for i in 0..captures {
            thunk.captures().set(i, Value::int(&heap, i64::from(i)));
        }
        let mark = thunk.start();
        assert!(matches!(thunk.state(), ThunkState::Running));
        thunk.restore(mark);
        let ThunkState::Suspended(_, kept) = thunk.state() else { panic!("it was put back") };
        assert!((0..captures).all(|i| kept.get(i).small_int() == Some(i64::from(i))));
        assert!(thunk.value().is_none());
        thunk.start();
        thunk.finish(&heap, Value::TRUE);
        assert!(matches!(Value::from(thunk).resolved().view(), View::Bool(true)));
    }
}

#[test]
fn suspended_calls_keep_their_arguments() {
    let heap = Heap::new();
    let (a, b) = (Value::int(&heap, 1), Value::int(&heap, 2));
    let one = Thunk::apply(&heap, Value::NULL, a);
    assert!(matches!(one.state(), ThunkState::Apply(f, [x]) if f.same(Value::NULL) && x.same(a)));
    let two = Thunk::apply_two(&heap, Value::NULL, [a, b]);
    assert!(matches!(two.state(), ThunkState::ApplyTwo(_, [x, y]) if x.same(a) && y.same(b)));
    assert!(matches!(Thunk::native(&heap, 7).state(), ThunkState::Native(7)));
}

#[test]
fn closures_keep_their_captures() {
    let heap = Heap::new();
    let code = heap.alloc(LambdaCode {
        id: LambdaId(0),
        unit: unit(&heap, 3),
        arity: 1,
        pattern: None,
        name: None,
        at: ExprPos::NONE,
        is_shared: std::cell::Cell::new(false),
    });
    let closure = Closure::new(&heap, code);
    closure.captures().set(2, Value::TRUE);
    let View::Closure(same) = Value::from(closure).view() else { panic!("a closure") };
    assert!(same.captures().get(2).same(Value::TRUE));
    assert!(same.captures().get(0).same(Value::NULL));
    assert_eq!(same.code().arity, 1);
}

/// A small generator, so that the test needs no crate that a sanitizer run
/// would have to build.
fn numbers(mut seed: u64) -> impl FnMut(u32) -> u32 {
    move |below| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((seed >> 33) as u32) % below
    }
}

/// Layers are an optimisation: whatever `//` builds must look like the map
/// that the same updates of an ordinary map give.
#[test]
fn updates_agree_with_a_map() {
    for seed in 0..40 {
        let heap = Heap::new();
        let mut next = numbers(seed);
        let mut set = Attrs::from_sorted(&heap, &[]);
        let mut map = BTreeMap::new();
        for step in 0..60 {
            let size = if next(4) == 0 { next(40) } else { 1 + next(3) };
            let attrs: Vec<_> = (0..size)
                .map(|_| Attr {
                    name: name(next(200)),
                    position: step,
                    value: Value::int(&heap, i64::from(next(1000))),
                })
                .collect();
            let over = Attrs::from_unsorted(&heap, &mut Buffer::of(&heap, &attrs));
            map.extend(attrs.iter().map(|a| (a.name, a.value.small_int())));
            set = set.update(&heap, over);
            if next(8) == 0 {
                set.as_slice(&heap);
            }
        }
        assert_eq!(set.len(), map.len());
        for index in 0..200 {
            let found = set.get(name(index)).map(|a| a.value.small_int());
            assert_eq!(found, map.get(&name(index)).copied());
        }
        let listed: Vec<_> =
            set.as_slice(&heap).iter().map(|a| (a.name, a.value.small_int())).collect();
        assert_eq!(listed, map.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn one_more_attribute_at_a_time_stays_cheap() {
    let heap = Heap::new();
    let mut set = Attrs::from_sorted(&heap, &[]);
    for index in 0..20_000 {
        let attr = Attr { name: name(index), position: 0, value: Value::TRUE };
        set = set.update(&heap, Attrs::from_sorted(&heap, &[attr]));
    }
    assert_eq!(set.len(), 20_000);
    // Copying the whole set each time would take 3.2 GB.
    assert!(heap.allocated_bytes() < 32 << 20, "{} bytes", heap.allocated_bytes());
}

#[test]
fn the_last_of_several_attributes_counts() {
    let heap = Heap::new();
    let attr = |n, i| Attr { name: name(n), position: 0, value: Value::int(&heap, i) };
    let attrs = vec![attr(2, 1), attr(1, 2), attr(2, 3)];
    let set = Attrs::from_unsorted(&heap, &mut Buffer::of(&heap, &attrs));
    assert_eq!(set.len(), 2);
    assert_eq!(set.get(name(2)).and_then(|a| a.value.small_int()), Some(3));
}

#[test]
fn an_unknown_rest_survives_updates() {
    let heap = Heap::new();
    let attr = |n| Attr { name: name(n), position: 0, value: Value::TRUE };
    let reason = Value::str(&heap, "pkgs");
    let open = Attrs::open(&heap, &mut Buffer::of(&heap, &[attr(1)]), reason);
    let plain = Attrs::from_sorted(&heap, &[attr(2)]);
    let over = open.update(&heap, plain);
    assert!(over.unknown_rest().is_some());
    assert!(over.get(name(1)).is_some() && over.get(name(2)).is_some());
    // What an unknown set may replace is not known any more.
    let under = plain.update(&heap, open);
    assert!(under.unknown_rest().is_some() && under.get(name(2)).is_none());
}
