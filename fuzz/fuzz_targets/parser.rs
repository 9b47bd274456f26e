//! The parser takes any text: a tree, errors and what is unused come of it,
//! never a panic.

#![no_main]

use conex_parser::{Options, Symbols, inspect, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let options = Options {
        globals: &["abort", "builtins", "map", "throw", "true"],
        scope: &[],
        pipe_operators: text.len() % 2 == 1,
        ..Options::default()
    };
    let parsed = parse(text, &mut Symbols::new(), &options);
    for error in &parsed.errors {
        assert!(error.span.start <= error.span.end && error.span.end as usize <= text.len());
    }
    for unused in inspect(text, &options).unused {
        for span in unused.removal.into_iter().chain([unused.span]) {
            assert!(text.get(span.range()).is_some(), "{span:?} is no part of the text");
        }
    }
    for span in &parsed.ir.spans {
        assert!(text.get(span.range()).is_some(), "{span:?} is no part of the text");
    }
});
