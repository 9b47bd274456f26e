//! The garbage collector, mechanism by mechanism: each test fails when the
//! one that it is about is taken out.

use std::hint::black_box;

use super::tests::{module_unit, name};
use super::*;

/// So many objects depend on a mechanism that what happens to be left of some
/// of them on the native stack does not matter.
const MANY: i64 = 2_000;

/// A value that is an object, to be recognised later.
fn number<'h>(heap: &'h Heap, number: i64) -> Value<'h> {
    Value::float(heap, number as f64)
}

fn is_number(value: Value<'_>, number: i64) -> bool {
    matches!(value.resolved().view(), View::Float(float) if float == number as f64)
}

/// Runs a test while garbage is collected; where it can not be, does nothing.
fn collecting(heap: &Heap, run: impl FnOnce()) {
    if native::SCANNABLE {
        heap.collecting(run);
    }
}

/// Collects, and overwrites what was found to be unused.
#[inline(never)]
fn collect(heap: &Heap, everything: bool) {
    native::clear_old_frames();
    heap.collect_some(everything);
    for round in 0..2 * MANY {
        number(heap, -1);
        Thunk::apply_two(heap, Value::NULL, [Value::NULL; 2]);
        for words in 0..8 {
            List::collect(heap, words, (0..words).map(|_| Value::FALSE));
            Str::new(heap, &[b'-'; 64][..words * 8], None);
        }
        for words in [20, 40, 100, 500] {
            if round % 16 == 0 {
                List::collect(heap, words, (0..words).map(|_| Value::FALSE));
            }
        }
        Thunk::apply(heap, Value::FALSE, Value::FALSE);
    }
}

fn set_of<'h>(heap: &'h Heap, value: Value<'h>) -> Value<'h> {
    Attrs::from_sorted(heap, &[Attr { name: name(1), position: 0, value }]).into()
}

fn member(value: Value<'_>) -> Value<'_> {
    let View::Attrs(set) = value.view() else { panic!("a set") };
    set.get(name(1)).unwrap().value
}

fn elements(value: Value<'_>) -> &[Value<'_>] {
    let View::List(list) = value.view() else { panic!("a list") };
    list.as_slice()
}

#[test]
fn what_is_given_back_is_nobodys() {
    let heap = &Heap::new();
    collecting(heap, || {
        let kept = List::collect(heap, 1000, (0..1000).map(|index| number(heap, index)));
        let kept: Value<'_> = kept.into();
        for round in 0..3 {
            for index in 0..100 * MANY {
                black_box(number(heap, index));
            }
            let before = heap.allocated_bytes();
            native::clear_old_frames();
            heap.settle();
            // The addresses stay; what is in use is as it was, and all else can be used again.
            assert_eq!(heap.allocated_bytes(), before, "round {round}");
            let fresh = number(heap, 7);
            assert!(is_number(fresh, 7));
            let all = elements(black_box(kept));
            assert!((0..1000).zip(all).all(|(index, value)| is_number(*value, index)));
        }
    });
}

#[test]
fn a_long_chain_survives() {
    let heap = &Heap::new();
    collecting(heap, || {
        let mut chain = Value::NULL;
        for index in 0..100_000 {
            let thunk = Thunk::apply(heap, number(heap, index), chain);
            chain = set_of(heap, thunk.into());
            if index % 20_000 == 19_999 {
                collect(heap, index % 40_000 == 39_999);
            }
        }
        collect(heap, true);
        for index in (0..100_000).rev() {
            let View::Thunk(thunk) = member(chain).view() else { panic!("a thunk") };
            let ThunkState::Apply(found, [next]) = thunk.state() else { panic!("a call") };
            assert!(is_number(found, index));
            chain = next;
        }
    });
}

/// What is young when the collector comes, and held by what is old, must be
/// noted when it is put there.
#[test]
fn results_of_old_thunks_survive() {
    let heap = &Heap::new();
    collecting(heap, || {
        let thunks = (0..MANY).map(|_| Thunk::apply(heap, Value::NULL, Value::NULL).into());
        let thunks = List::collect(heap, MANY as usize, thunks);
        collect(heap, true);
        for (index, thunk) in thunks.as_slice().iter().enumerate() {
            let View::Thunk(thunk) = thunk.view() else { panic!("a thunk") };
            thunk.finish(heap, set_of(heap, number(heap, index as i64)));
        }
        collect(heap, false);
        for (index, thunk) in thunks.as_slice().iter().enumerate() {
            assert!(is_number(member(thunk.resolved()), index as i64));
        }
    });
}

/// Where the flat form of a set is.
fn flat<'h>(heap: &'h Heap, set: Value<'h>) -> usize {
    let View::Attrs(set) = set.view() else { panic!("a set") };
    set.as_slice(heap).as_ptr().addr()
}

#[test]
fn flat_forms_of_old_sets_survive() {
    let heap = &Heap::new();
    collecting(heap, || {
        let attr = |index: u32, value| Attr { name: name(index), position: 0, value };
        let below: Vec<_> = (0..50).map(|index| attr(index, Value::TRUE)).collect();
        let below = Attrs::from_sorted(heap, &below);
        let layer = |index| {
            let over = Attrs::from_sorted(heap, &[attr(7, number(heap, index))]);
            Value::from(below.update(heap, over))
        };
        let sets = List::collect(heap, MANY as usize, (0..MANY).map(layer));
        collect(heap, true);
        let before: Vec<_> = sets.as_slice().iter().map(|set| flat(heap, *set)).collect();
        collect(heap, false);
        for (index, set) in sets.as_slice().iter().enumerate() {
            assert_eq!(flat(heap, *set), before[index]);
            let View::Attrs(set) = set.view() else { panic!("a set") };
            assert_eq!(set.as_slice(heap).len(), 50);
            assert!(is_number(set.get(name(7)).unwrap().value, index as i64));
        }
    });
}

/// The captures of a recursive group are filled in after its objects were
/// made, and a collection may come in between.
#[test]
fn what_was_in_hands_may_be_filled_in_later() {
    let heap = &Heap::new();
    collecting(heap, || {
        let mut stack = Stack::new(heap);
        let code = heap.alloc(module_unit(heap, 1));
        for _ in 0..MANY {
            stack.push(Thunk::new(heap, code).into());
        }
        collect(heap, false);
        for index in 0..MANY {
            let View::Thunk(thunk) = stack[index as usize].view() else { panic!("a thunk") };
            thunk.captures().set(0, number(heap, index));
        }
        let thunks = Value::from(List::new(heap, &stack));
        stack.truncate(0);
        stack.push(set_of(heap, thunks));
        let hidden = !thunks.address();
        collect(heap, false);
        assert_eq!(!member(stack[0]).address(), hidden);
        for (index, thunk) in elements(member(stack[0])).iter().enumerate() {
            let View::Thunk(thunk) = thunk.view() else { panic!("a thunk") };
            assert!(is_number(thunk.captures().get(0), index as i64));
        }
    });
}

#[test]
fn the_stack_of_the_evaluator_is_seen() {
    let heap = &Heap::new();
    collecting(heap, || {
        let mut stack = Stack::new(heap);
        for everything in [false, true, false] {
            (0..MANY).for_each(|index| stack.push(number(heap, index)));
            collect(heap, everything);
            for (index, value) in stack.iter().enumerate() {
                assert!(is_number(*value, index as i64 % MANY));
            }
        }
    });
}

#[test]
fn the_native_stack_is_seen() {
    let heap = &Heap::new();
    collecting(heap, || {
        let values: [_; 256] = std::array::from_fn(|index| number(heap, index as i64));
        let values = black_box(values);
        collect(heap, true);
        collect(heap, false);
        assert!((0..256).all(|index| is_number(values[index], index as i64)));
    });
}

/// Goes down to other pieces of the native stack, with a value in each frame.
fn descend(heap: &Heap, depth: i64, at_the_end: &dyn Fn()) {
    with_stack(|| {
        let frame = black_box([0_u8; 16 << 10]);
        let value = black_box(number(heap, depth));
        match depth {
            0 => at_the_end(),
            _ => descend(heap, depth - 1, at_the_end),
        }
        black_box(frame);
        assert!(is_number(value, depth));
    });
}

#[test]
fn pieces_of_the_native_stack_that_were_left_are_seen() {
    let heap = &Heap::new();
    collecting(heap, || {
        // Two pieces and what the thread began with.
        descend(heap, MANY, &|| {
            collect(heap, false);
            collect(heap, true);
        });
        // And back on the first, after the others are gone.
        descend(heap, 10, &|| collect(heap, true));
    });
}

/// A value that only a register holds.
#[cfg(all(target_arch = "x86_64", not(miri)))]
#[test]
fn registers_are_seen() {
    /// Makes an object and gives its address so that it does not look like it.
    #[inline(never)]
    fn hidden(heap: &Heap) -> usize {
        !elements(List::new(heap, &[number(heap, 5), number(heap, 6)]).into()).as_ptr().addr()
    }
    extern "C" fn run(heap: &Heap) {
        collect(heap, true);
        collect(heap, false);
    }
    let heap = &Heap::new();
    collecting(heap, || {
        let mut word = black_box(hidden(heap));
        native::clear_old_frames();
        // SAFETY: calls a function of that convention; the stack is aligned at
        // the begin of a block that may use it.
        unsafe {
            std::arch::asm!(
                "not r12",
                "call {run}",
                "not r12",
                run = sym run,
                inout("r12") word,
                in("rdi") std::ptr::from_ref(heap),
                clobber_abi("C"),
            );
        }
        let pointer = std::ptr::with_exposed_provenance::<Value<'_>>(!word);
        // SAFETY: the elements of a list that a register has held.
        let elements = unsafe { std::slice::from_raw_parts(pointer, 2) };
        assert!(is_number(elements[0], 5) && is_number(elements[1], 6));
    });
}

#[test]
fn a_pointer_into_an_object_keeps_it() {
    let heap = &Heap::new();
    collecting(heap, || {
        let mut slices: Buffer<'_, &[Value<'_>]> = Buffer::new(heap);
        let mut texts: Buffer<'_, &[u8]> = Buffer::new(heap);
        for index in 0..MANY {
            let values = [Value::NULL, Value::NULL, number(heap, index)];
            slices.push(&elements(List::new(heap, &values).into())[2..]);
            texts.push(&Str::new(heap, format!("text {index}").as_bytes(), None).bytes()[5..]);
        }
        // Some with blocks of their own, from their last ones.
        for index in 0..20 {
            let large = List::collect(heap, 20_000, (0..20_000).map(|_| number(heap, index)));
            slices.push(&large.as_slice()[19_999..]);
        }
        collect(heap, true);
        collect(heap, false);
        for index in 0..MANY {
            assert!(is_number(slices[index as usize][0], index));
            assert_eq!(texts[index as usize], index.to_string().as_bytes());
        }
        for index in 0..20 {
            assert!(is_number(slices[(MANY + index) as usize][0], index));
        }
    });
}

/// Parts of a text are strings over its bytes.
#[test]
fn a_part_of_a_text_keeps_the_text() {
    let heap = &Heap::new();
    collecting(heap, || {
        let part = |index: i64| {
            let whole = Str::new(heap, format!("<{index:060}>").as_bytes(), None);
            let part = Str::of(heap, &whole.bytes()[1..61], None);
            Value::from(Str::of(heap, &part.bytes()[30..], None))
        };
        let parts = List::collect(heap, MANY as usize, (0..MANY).map(part));
        collect(heap, true);
        collect(heap, false);
        for (index, part) in parts.as_slice().iter().enumerate() {
            let View::Str(text) = part.view() else { panic!("a string") };
            assert_eq!(text.bytes(), format!("{index:030}").as_bytes());
        }
    });
}

/// The context of a string is an object, the paths in it are not.
#[test]
fn contexts_survive() {
    let heap = &Heap::new();
    collecting(heap, || {
        let string = |index: i64| {
            let path = heap.intern(format!("/nix/store/{}", index % 7).as_bytes());
            let context = heap.context(&[ContextElement::Opaque(path)]);
            Value::from(Str::new(heap, b"text", Some(context)))
        };
        let strings = List::collect(heap, MANY as usize, (0..MANY).map(string));
        collect(heap, true);
        collect(heap, false);
        for (index, string) in strings.as_slice().iter().enumerate() {
            let View::Str(text) = string.view() else { panic!("a string") };
            let path = format!("/nix/store/{}", index % 7);
            assert_eq!(text.context(), Some(&[ContextElement::Opaque(path.as_bytes())][..]));
        }
    });
}

#[test]
fn buffers_keep_what_they_hold_while_they_grow() {
    let heap = &Heap::new();
    heap.set_stress(7);
    collecting(heap, || {
        let mut values = Buffer::new(heap);
        let mut attrs = Buffer::new(heap);
        for index in 0..10_000 {
            values.push(number(heap, index));
            let value = number(heap, -index);
            attrs.push(Attr { name: name(index as u32), position: 0, value });
        }
        let set = Attrs::from_unsorted(heap, &mut attrs);
        for index in 0..10_000 {
            assert!(is_number(values[index as usize], index));
            assert!(is_number(set.get(name(index as u32)).unwrap().value, -index));
        }
    });
    assert!(heap.collections() > 500, "{}", heap.collections());
}

#[test]
fn what_is_kept_stays() {
    let heap = &Heap::new();
    let keep = |index| {
        let value = set_of(heap, List::new(heap, &[number(heap, index)]).into());
        heap.keep(value);
        value
    };
    // The collector does not look into a `Vec`.
    let before: Vec<_> = (0..MANY).map(keep).collect();
    collecting(heap, || {
        let inside: Vec<_> = (0..MANY).map(keep).collect();
        collect(heap, true);
        collect(heap, false);
        for (index, value) in before.iter().chain(&inside).enumerate() {
            assert!(is_number(elements(member(*value))[0], index as i64 % MANY));
        }
    });
}

#[test]
fn what_is_permanent_stays() {
    let heap = &Heap::new();
    collecting(heap, || {
        let make = |index| heap.permanently(|| heap.alloc(set_of(heap, number(heap, index))));
        let values: Vec<_> = (0..MANY).map(make).collect();
        collect(heap, true);
        collect(heap, false);
        for (index, value) in values.iter().enumerate() {
            assert!(is_number(member(**value), index as i64));
        }
    });
}

/// What changes while nothing is collected is not noted, so the next
/// collection looks at everything.
#[test]
fn collecting_goes_on_after_a_pause() {
    let heap = &Heap::new();
    let thunks = (0..MANY).map(|_| Thunk::apply(heap, Value::NULL, Value::NULL).into());
    let thunks = List::collect(heap, MANY as usize, thunks);
    heap.keep(thunks.into());
    collecting(heap, || collect(heap, true));
    for (index, thunk) in thunks.as_slice().iter().enumerate() {
        let View::Thunk(thunk) = thunk.view() else { panic!("a thunk") };
        thunk.finish(heap, set_of(heap, number(heap, index as i64)));
    }
    collecting(heap, || {
        // As many as it takes for one to be due.
        let before = heap.collections();
        while heap.collections() == before {
            List::collect(heap, 1000, (0..1000).map(|_| Value::FALSE));
        }
        collect(heap, false);
    });
    if native::SCANNABLE {
        for (index, thunk) in thunks.as_slice().iter().enumerate() {
            assert!(is_number(member(thunk.resolved()), index as i64));
        }
    }
}

/// Inside of what is collected more of it hides nothing.
#[test]
fn collecting_inside_of_collecting_sees_all() {
    let heap = &Heap::new();
    collecting(heap, || {
        let values: [_; 256] = std::array::from_fn(|index| number(heap, index as i64));
        let values = black_box(values);
        collecting(heap, || collect(heap, true));
        collect(heap, false);
        assert!((0..256).all(|index| is_number(values[index], index as i64)));
    });
}

/// Runs rounds that leave garbage; memory must not grow with them.
fn stays_small(rounds: usize, limit: usize, mut round: impl for<'h> FnMut(&'h Heap)) {
    let heap = &Heap::new();
    collecting(heap, || {
        for _ in 0..rounds {
            round(heap);
        }
    });
    if native::SCANNABLE {
        let extent = heap.allocated_bytes();
        assert!(extent < limit, "{} MiB", extent >> 20);
    }
}

#[test]
fn small_garbage_goes() {
    // Without a collector a gigabyte.
    stays_small(1_000_000, 128 << 20, |heap| {
        let list = List::collect(heap, 120, (0..120).map(|_| Value::TRUE));
        black_box(Thunk::apply(heap, Value::NULL, list.into()));
    });
}

#[test]
fn large_garbage_goes() {
    let bytes = vec![b'x'; 1 << 20];
    stays_small(1_000, 128 << 20, |heap| {
        black_box(Str::new(heap, &bytes, None));
    });
}

/// Objects of all sizes in turn: what one size has left is used for others.
#[test]
fn garbage_of_all_sizes_goes() {
    let bytes = vec![b'x'; 1 << 20];
    let mut size = 1;
    stays_small(20_000, 160 << 20, |heap| {
        size = size * 7 % 200_003;
        black_box(Str::new(heap, &bytes[..size], None));
    });
}

#[test]
fn what_one_size_has_left_is_used_for_others() {
    let bytes = [b'x'; 16 << 10];
    let mut count = 0;
    stays_small(160_000, 128 << 20, |heap| {
        // 50 MiB of each size.
        let size = 1024 * (1 + count / (50 << 20));
        count += size;
        black_box(Str::new(heap, &bytes[..size], None));
    });
}

#[test]
fn what_small_ones_have_left_is_used_for_larger_ones() {
    let bytes = vec![b'x'; 32 << 20];
    let mut count = 0;
    // What was in hands at a collection of the young stays until as much has
    // survived that everything is collected: 192 MiB; then come the young and
    // the largest. Without joining what is free it takes 431 MiB.
    stays_small(130, 288 << 20, |heap| {
        let size = (1 + count / (40 << 20)) << 20;
        count += size;
        black_box(Str::new(heap, &bytes[..size], None));
    });
}

/// Rings of garbage go, too.
#[test]
fn garbage_that_refers_to_itself_goes() {
    stays_small(300, 160 << 20, |heap| {
        let code = heap.alloc(module_unit(heap, 1));
        for _ in 0..2_000 {
            let thunk = Thunk::new(heap, code);
            let list = List::collect(heap, 120, (0..120).map(|_| thunk.into()));
            thunk.captures().set(0, list.into());
        }
    });
}

/// A finished thunk holds its result and no longer what it was made of.
#[test]
fn what_finished_thunks_captured_goes() {
    let heap = &Heap::new();
    let bytes = vec![b'x'; 1 << 20];
    collecting(heap, || {
        let mut thunks = Buffer::new(heap);
        for index in 0..1_000 {
            let text = Str::new(heap, &bytes, None).into();
            let thunk = Thunk::apply_two(heap, Value::NULL, [Value::NULL, text]);
            thunk.finish(heap, number(heap, index));
            thunks.push(Value::from(thunk));
        }
        for (index, thunk) in thunks.iter().enumerate() {
            assert!(is_number(*thunk, index as i64));
        }
    });
    if native::SCANNABLE {
        assert!(heap.allocated_bytes() < 200 << 20, "{} MiB", heap.allocated_bytes() >> 20);
    }
}

/// Every allocation is a chance for the collector, when a test wants that.
#[test]
fn under_stress_it_collects_at_each_allocation() {
    let heap = &Heap::new();
    heap.set_stress(1);
    collecting(heap, || {
        for index in 0..100 {
            black_box(number(heap, index));
        }
        assert_eq!(heap.collections(), 100);
    });
}
