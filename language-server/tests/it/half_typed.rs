//! Text as it is while it is typed: every file of testdata, cut off at any
//! byte, with every question asked at its end.
//!
//! A sample of the bytes is tried, with `CONEX_HALF_TYPED=all` every one.

use std::path::{Path, PathBuf};

use conex_evaluator::Texts;
use conex_language_server::ide::{Analysis, Buffers, Task, analyse, keep};
use conex_language_server::{Outside as _, Search};
use conex_options::Configured;
use serde_json::json;

use crate::editor::{Machine, editor};

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

/// While all that changed is half-typed nothing is evaluated. What is shown is
/// what would be shown if it were.
#[test]
fn what_is_not_evaluated_would_show_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    let host = "{ imports = [ ./web.nix ./other.nix ];\n  containers.a.autostart = true; }";
    let web = "{ lib, ... }:\nlet unused = 1; in\n{\n  containers.web = { path = \"/s\"; hostAddress = 5; };\n}\n";
    let other = "{ containers.b = { path = \"/s\"; limits.x = 1; }; y = lib.z; }";
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write("configuration.nix", host);
    write("web.nix", web);
    write("other.nix", other);
    let disk = Machine::default().io();
    let task = Task::Configuration(Configured::Module(folder.join("configuration.nix")));
    let analysed = |good: Option<&Analysis>, text: &str, texts: &mut Texts| {
        let buffers: Buffers = [(folder.join("web.nix"), text.into())].into();
        let mut found = None;
        let world = (&Search::default(), "machine");
        let deliver = |analysis| found = Some(analysis);
        analyse((&task, good), &*disk, &buffers, texts, world, Default::default(), deliver);
        found.unwrap()
    };
    let mut texts = Texts::default();
    let good = analysed(None, web, &mut texts);
    assert!(good.findings.len() >= 3, "{:#?}", good.findings);
    let typed = "  containers.new = { autoStart = true; path = \"/system\"; };\n";
    let before = web.rfind('}').unwrap();
    let mut compared = 0;
    for cut in 1..typed.len() {
        let text = format!("{}{}{}", &web[..before], &typed[..cut], &web[before..]);
        let (soon, full) =
            (analysed(Some(&good), &text, &mut texts), analysed(None, &text, &mut texts));
        if full.broken().is_empty() {
            assert_eq!(soon.findings, full.findings, "{text}");
            continue;
        }
        assert!(soon.hosts.is_empty(), "it was evaluated: {text}");
        assert_eq!(keep(&soon, &good), keep(&full, &good), "{text}");
        compared += 1;
    }
    assert!(compared > 40, "{compared}");
}
