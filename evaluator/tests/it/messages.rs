//! `testdata/messages`: what a real Nix says of expressions and programs, byte
//! for byte: values, reports of failures with their traces, and what a program
//! parses to.

use std::path::{Path, PathBuf};

use std::sync::PoisonError;

use conex_evaluator::{Evaluator, Heap, Settings};

use crate::host::Disk;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/messages")
}

/// Each program with what was said of it.
fn records(name: &str) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(directory().join(name)).unwrap();
    let mut records: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("> "), records.last_mut()) {
            (Some(program), _) => records.push((program.replace('⏎', "\n"), String::new())),
            (None, Some((_, said))) => *said += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    assert!(!records.is_empty(), "{name} is empty");
    records
}

fn settings() -> Settings {
    Settings { show_trace: true, suspend: true, ..Settings::default() }
}

fn check(name: &str, say: impl for<'h> Fn(&mut Evaluator<'h>, &str) -> String) {
    check_under_stress(name, 0, say);
}

/// Garbage is collected at every `period`th allocation, unless that is 0.
fn check_under_stress(
    name: &str,
    period: u32,
    say: impl for<'h> Fn(&mut Evaluator<'h>, &str) -> String,
) {
    let mut failures = String::new();
    for (program, wanted) in records(name) {
        let heap = Heap::new();
        heap.set_stress(period);
        let io = Disk::default();
        let mut evaluator = Evaluator::new(&heap, &io, settings());
        let said = heap.collecting(|| say(&mut evaluator, &program));
        let messages = io.messages.lock().unwrap_or_else(PoisonError::into_inner);
        let found: String = messages.iter().map(|message| format!("{message}\n")).collect();
        let found = found + &said;
        if found != wanted {
            failures += &format!("{program}\n  found {found}\n  wanted {wanted}\n");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

fn evaluated(evaluator: &mut Evaluator<'_>, program: &str) -> String {
    let value = evaluator
        .eval_text("«string»", program, Path::new("/"))
        .and_then(|value| evaluator.force_deep(value));
    match value {
        Ok(value) => evaluator.print(value) + "\n",
        Err(error) => evaluator.report(&error, true),
    }
}

#[test]
fn values_and_reports_are_those_of_nix() {
    check("expressions.said", evaluated);
}

#[test]
fn collecting_all_the_time_changes_no_message() {
    check_under_stress("expressions.said", 1, evaluated);
}

#[test]
fn programs_parse_to_what_nix_shows() {
    check("programs.said", |evaluator, program| {
        match evaluator.show_text("«string»", program, Path::new("/")) {
            Ok(program) => program + "\n",
            Err(error) => evaluator.report(&error, true),
        }
    });
}
