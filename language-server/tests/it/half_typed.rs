//! Text as it is while it is typed: every file of testdata, cut off at any
//! byte, with every question asked at its end.
//!
//! A sample of the bytes is tried, with `CONEX_HALF_TYPED=all` every one.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::editor::editor;

/// How many places are tried in a sample.
const SAMPLE: usize = 120;

fn nix_files(directory: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    for path in entries {
        if path.is_dir() {
            nix_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "nix") {
            found.push(path);
        }
    }
}

#[test]
fn text_that_is_cut_off_anywhere_is_survived() {
    let testdata =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata").canonicalize().unwrap();
    let mut files = Vec::new();
    nix_files(&testdata, &mut files);
    files.sort();
    let texts: Vec<_> = files
        .into_iter()
        .filter_map(|path| Some((std::fs::read_to_string(&path).ok()?, path)))
        .collect();
    let bytes: usize = texts.iter().map(|(text, _)| text.len() + 1).sum();
    let all = std::env::var("CONEX_HALF_TYPED").is_ok_and(|which| which == "all");
    let step = if all { 1 } else { bytes / SAMPLE };
    let capabilities = json!({
        "textDocument": { "diagnostic": {} }, "general": { "positionEncodings": ["utf-8"] },
    });
    let mut editor = editor().can(capabilities).without_folder().start(&[]);
    let (mut next, mut before, mut tried) = (0, 0, 0);
    for (text, path) in &texts {
        let name = path.to_str().unwrap();
        let end = before + text.len();
        if next > end {
            before = end + 1;
            continue;
        }
        editor.open(name, "");
        while next <= end {
            let cut = next - before;
            if text.is_char_boundary(cut) {
                tried += 1;
                if tried % 10_000 == 0 {
                    eprintln!("{tried} of {bytes} so far");
                }
                editor.replace(name, i32::try_from(cut).unwrap() + 2, &text[..cut]);
                editor.ask_everything(name, &text[..cut]);
                editor.pull(name);
            }
            next += step;
        }
        editor.close(name);
        before = end + 1;
    }
    eprintln!("{tried} texts of {} files were survived", texts.len());
    editor.end();
}
