//! The engine for regular expressions takes any pattern and text, and both
//! ways to run it come to the same. The pattern is the first line.

#![no_main]

use conex_evaluator::regex::Pattern;
use libfuzzer_sys::fuzz_target;

/// After so many runs a pattern is run by the faster engine, if it can be.
const RUNS: usize = 20;

fuzz_target!(|input: &[u8]| {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (pattern, text) = input.split_at(end);
    let Ok(pattern) = Pattern::new(pattern) else { return };
    let whole = || {
        let mut slots = pattern.slots();
        let found = pattern.matches(text, &mut slots);
        found.map(|found| found.then_some(slots))
    };
    let parts = || {
        let mut all = Vec::new();
        pattern.for_each_match(text, |slots| all.push(slots.to_vec())).map(|()| all)
    };
    let (first_whole, first_parts) = (whole(), parts());
    for slots in first_parts.iter().flatten() {
        for group in slots.chunks(2) {
            let (Some(start), Some(end)) = (group[0], group[1]) else { continue };
            assert!(start <= end && end <= text.len());
        }
    }
    for _ in 0..RUNS {
        assert_eq!(first_whole, whole());
        assert_eq!(first_parts, parts());
    }
});
