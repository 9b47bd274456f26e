//! Version numbers and package names.

use std::cmp::Ordering;

use super::Entry;
use crate::memory::List;

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![
        ("compareVersions", 2, |e, a| {
            let context = "while evaluating the first argument passed to builtins.compareVersions";
            let left = e.demand_plain_str(a[0], context)?.bytes();
            let context = "while evaluating the second argument passed to builtins.compareVersions";
            let right = e.demand_plain_str(a[1], context)?.bytes();
            Ok(e.int(compare(left, right) as i64))
        }),
        ("splitVersion", 1, |e, a| {
            let context = "while evaluating the first argument passed to builtins.splitVersion";
            let version = e.demand_plain_str(a[0], context)?.bytes();
            let count = components(version).count();
            let parts = components(version).map(|part| e.str(part));
            Ok(List::collect(e.heap, count, parts).into())
        }),
        ("parseDrvName", 1, |e, a| {
            let context = "while evaluating the first argument passed to builtins.parseDrvName";
            let name = e.demand_plain_str(a[0], context)?.bytes();
            // The version begins at the first `-` that no letter follows.
            let dash = (0..name.len()).find(|&i| {
                name[i] == b'-' && name.get(i + 1).is_some_and(|b| !b.is_ascii_alphabetic())
            });
            let (name, version) = match dash {
                Some(dash) => (&name[..dash], &name[dash + 1..]),
                None => (name, &b""[..]),
            };
            let (name, version) = (e.str(name), e.str(version));
            Ok(e.attrs(&[("name", name), ("version", version)]))
        }),
    ]
}

/// The numbers and words of a version; dots and dashes separate.
fn components(version: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = version;
    std::iter::from_fn(move || {
        let start = rest.iter().position(|b| !matches!(b, b'.' | b'-'))?;
        rest = &rest[start..];
        let digits = rest[0].is_ascii_digit();
        let end = rest
            .iter()
            .position(|b| matches!(b, b'.' | b'-') || b.is_ascii_digit() != digits)
            .unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        rest = after;
        Some(part)
    })
}

fn compare(left: &[u8], right: &[u8]) -> Ordering {
    let (mut left, mut right) = (components(left), components(right));
    loop {
        let (a, b) = (left.next(), right.next());
        if a.is_none() && b.is_none() {
            return Ordering::Equal;
        }
        let (a, b) = (a.unwrap_or(b""), b.unwrap_or(b""));
        if component_less(a, b) {
            return Ordering::Less;
        }
        if component_less(b, a) {
            return Ordering::Greater;
        }
    }
}

/// `pre` is before everything, a word before a number.
fn component_less(a: &[u8], b: &[u8]) -> bool {
    let number = |part: &[u8]| std::str::from_utf8(part).ok().and_then(|s| s.parse::<i32>().ok());
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a < b,
        (None, Some(_)) if a.is_empty() => true,
        _ if a == b"pre" && b != b"pre" => true,
        _ if b == b"pre" => false,
        (None, Some(_)) => true,
        (Some(_), None) => false,
        (None, None) => a < b,
    }
}
