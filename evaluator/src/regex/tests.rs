//! Expectations are from Nix (`builtins.match`, `builtins.split`).

use super::{Pattern, PatternError};

/// The groups of a match of the whole text, `-` for one that took no part.
fn matched(pattern: &str, text: &str) -> Option<String> {
    let pattern = Pattern::new(pattern.as_bytes()).unwrap();
    let mut slots = pattern.slots();
    let own = pattern.matches(text.as_bytes(), &mut slots).unwrap();
    let shown = |slots: &[Option<usize>]| {
        let groups = slots[2..].chunks(2).map(|group| match (group[0], group[1]) {
            (Some(start), Some(end)) => text[start..end].to_owned(),
            _ => "-".into(),
        });
        groups.collect::<Vec<_>>().join(",")
    };
    let first = own.then(|| shown(&slots));
    // The other engine says the same, if it can.
    pattern.used.set(1 << 20);
    let fast = pattern.matches(text.as_bytes(), &mut slots).unwrap();
    assert_eq!(first, fast.then(|| shown(&slots)), "{text}");
    first
}

/// What `builtins.split` makes: texts, and groups in brackets.
fn pieces(pattern: &str, text: &str) -> String {
    let pattern = Pattern::new(pattern.as_bytes()).unwrap();
    let run = || {
        let (mut out, mut place) = (String::new(), 0);
        let show = |slots: &[Option<usize>]| {
            out.push_str(&text[place..slots[0].unwrap()]);
            out.push('[');
            for group in slots[2..].chunks(2) {
                match (group[0], group[1]) {
                    (Some(start), Some(end)) => out.push_str(&text[start..end]),
                    _ => out.push('-'),
                }
                out.push(';');
            }
            out.push(']');
            place = slots[1].unwrap();
        };
        pattern.for_each_match(text.as_bytes(), show).unwrap();
        out + &text[place..]
    };
    let first = run();
    pattern.used.set(1 << 20);
    assert_eq!(first, run(), "{text}");
    first
}

#[test]
fn alternatives_take_the_longest_in_a_search() {
    assert_eq!(pieces("a|ab", "abab"), "[][]");
    assert_eq!(pieces("(a|ab)(c|bcd)(d*)", "xabcdy"), "x[a;bcd;;]y");
    assert_eq!(pieces("(foo|foobar|[a-z])", "foobarx"), "[foobar;][x;]");
}

#[test]
fn a_whole_match_takes_the_first_way() {
    assert_eq!(matched("(a|ab)(c|bcd)(d*)", "abcd").as_deref(), Some("a,bcd,"));
    assert_eq!(matched("(([^/]*)/)*", "a/b/").as_deref(), Some("b/,b"));
    assert_eq!(matched("(a)|(b)", "b").as_deref(), Some("-,b"));
    assert_eq!(matched("a", "ab"), None);
}

#[test]
fn empty_turns_of_a_repetition_show_in_groups() {
    assert_eq!(matched("(a*)*", "aa").as_deref(), Some(""));
    assert_eq!(matched("(a*)+", "aa").as_deref(), Some(""));
    assert_eq!(matched("(a|b*)*", "ab").as_deref(), Some(""));
}

#[test]
fn empty_matches_stand_between_others() {
    assert_eq!(pieces("b*", "abbc"), "[]a[][]c[]");
    assert_eq!(pieces("(a*)", "baac"), "[;]b[aa;][;]c[;]");
}

#[test]
fn what_is_no_pattern_is_refused() {
    for pattern in [
        "\\d",
        "\\}",
        "[a-z-9]",
        "[[:alpha:]-z]",
        "a{,3}",
        "*a",
        "a|*b",
        "[a",
        "\\<",
        "a{3,1}",
        "[a-[.z.]]",
        "[[:foo:]]",
        "(",
        ")",
        "^*",
        "a{",
        "\\",
        "[z-a]",
    ] {
        let error = Pattern::new(pattern.as_bytes()).err();
        assert_eq!(error, Some(PatternError::Invalid), "{pattern}");
    }
    for pattern in ["a{1000000}", "((a{100}){100}){10}", "a{99997}", "a{99999999999}"] {
        let error = Pattern::new(pattern.as_bytes()).err();
        assert_eq!(error, Some(PatternError::TooLarge), "{pattern}");
    }
    for pattern in ["a{99990}", "()", "a**", "[--0]", "[]a]", "[[=a=]]", "a||b", "", "]", "}"] {
        assert!(Pattern::new(pattern.as_bytes()).is_ok(), "{pattern}");
    }
}

#[test]
fn time_grows_with_the_text_only() {
    let text = "a".repeat(20_000);
    for pattern in ["(a|a)*b", "(a*)*b", "((a|aa)*)*b", "(a?){30}b", "(a|ab|b)*c"] {
        let pattern = Pattern::new(pattern.as_bytes()).unwrap();
        assert_eq!(pattern.matches(text.as_bytes(), &mut pattern.slots()), Ok(false));
        pattern.for_each_match(text.as_bytes(), |_| panic!()).unwrap();
    }
}

#[test]
fn deep_nesting_is_no_recursion() {
    let pattern = format!("{}a{}", "(".repeat(20_000), ")".repeat(20_000));
    let pattern = Pattern::new(pattern.as_bytes()).unwrap();
    assert_eq!(pattern.matches(b"a", &mut pattern.slots()), Ok(true));
}
