//! The editors, for real: `e2e/editors` has a script for each, which starts it with the
//! configuration that `docs/editors` gives people.
//!
//! What the page says is what is tested: its blocks are taken out of it, and the screens that
//! it shows are those that the scripts saw.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::say;

const PAGE: &str = "docs/editors/README.md";

/// An editor, and what its test needs.
struct Editor {
    name: &'static str,
    programs: &'static [&'static str],
    /// Exits with success if what no program tells is there as well.
    probe: &'static str,
}

const EDITORS: &[Editor] = &[
    Editor { name: "neovim", programs: &["nvim", "tmux"], probe: "nvim --version" },
    Editor {
        name: "emacs",
        programs: &["emacs"],
        probe: "emacs --batch --eval '(progn (package-initialize) (require (quote eglot)))'",
    },
];

/// How it went with one editor.
enum Outcome {
    Passed,
    Skipped(String),
    Failed(String),
}

/// Runs the tests; false when one failed. An editor that is not installed is skipped, and
/// that is said.
pub(crate) fn run() -> bool {
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for editor in EDITORS {
        match try_editor(editor) {
            Outcome::Passed => {
                passed += 1;
                say(&format!("ok      {}", editor.name));
            }
            Outcome::Skipped(why) => {
                skipped += 1;
                say(&format!("skipped {}: {why}", editor.name));
            }
            Outcome::Failed(why) => {
                failed += 1;
                say(&format!("FAILED  {}: {why}", editor.name));
            }
        }
    }
    say(&format!("editors: {passed} passed, {failed} failed, {skipped} skipped"));
    failed == 0
}

fn try_editor(editor: &Editor) -> Outcome {
    if let Some(why) = missing(editor) {
        return Outcome::Skipped(why);
    }
    match try_in_a_directory(editor.name) {
        Ok(()) => Outcome::Passed,
        Err(why) => Outcome::Failed(why),
    }
}

/// Outside of this repository: editors take the root of one for the folder that is open.
fn try_in_a_directory(name: &str) -> Result<(), String> {
    let work = tempfile::tempdir().map_err(|error| error.to_string())?;
    prepare(work.path())?;
    run_script(name, work.path())?;
    screens(work.path())
}

/// What this machine lacks for an editor.
fn missing(editor: &Editor) -> Option<String> {
    let absent = |program: &&&str| !shell(&format!("command -v {program}"));
    if let Some(program) = editor.programs.iter().find(absent) {
        return Some(format!("there is no {program}"));
    }
    (!shell(editor.probe)).then(|| format!("this fails: {}", editor.probe))
}

fn shell(command: &str) -> bool {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    shell.status().is_ok_and(|status| status.success())
}

/// Lays out an empty directory: the blocks of the page, and the configuration that is edited.
fn prepare(work: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", work.display());
    let house = work.join("house");
    std::fs::create_dir_all(&house).map_err(failed)?;
    for name in ["configuration.nix", "web.nix"] {
        std::fs::copy(Path::new("e2e/editors/house").join(name), house.join(name))
            .map_err(failed)?;
    }
    let page = read(PAGE)?;
    for block in Block::all(&page).filter(|block| block.kind == "tested") {
        std::fs::write(work.join(block.name), block.text).map_err(failed)?;
    }
    Ok(())
}

fn run_script(name: &str, work: &Path) -> Result<(), String> {
    let absolute = |path: &str| std::fs::canonicalize(path).map_err(|error| error.to_string());
    let mut path = absolute("target/debug")?.into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let script = absolute(&format!("e2e/editors/{name}.sh"))?;
    let output = Command::new("bash")
        .arg(script)
        .current_dir(work)
        .env("PATH", path)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].map(|it| String::from_utf8_lossy(&it).into_owned());
    Err(format!("{}\n{}", output.status, said.concat()))
}

/// Compares the screens that were seen with those of the page, or takes them over.
fn screens(work: &Path) -> Result<(), String> {
    let update = std::env::var_os("CONEX_UPDATE_DOCS").is_some();
    let mut page = read(PAGE)?;
    let shown: Vec<(String, String)> = Block::all(&page)
        .filter(|block| block.kind == "screen")
        .map(|block| (block.name.to_owned(), block.text.to_owned()))
        .collect();
    for (name, old) in shown {
        let file = work.join(format!("screen-{name}.txt"));
        if !file.exists() {
            continue;
        }
        let new = std::fs::read_to_string(&file).map_err(|error| error.to_string())?;
        if new == old {
            continue;
        }
        if !update {
            return Err(format!(
                "the screen {name} is not that of {PAGE} (CONEX_UPDATE_DOCS=1 takes it over):\n{new}"
            ));
        }
        let before = format!("<!-- screen: {name} -->\n```text\n");
        page = page.replacen(&format!("{before}{old}```"), &format!("{before}{new}```"), 1);
    }
    if update { std::fs::write(PAGE, page).map_err(|error| error.to_string()) } else { Ok(()) }
}

fn read(file: &str) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))
}

/// A fenced block of the page, after a comment `<!-- KIND: NAME -->`.
struct Block<'a> {
    kind: &'a str,
    name: &'a str,
    text: &'a str,
}

impl<'a> Block<'a> {
    fn all(page: &'a str) -> impl Iterator<Item = Self> {
        page.split("<!-- ").skip(1).filter_map(|part| {
            let (comment, rest) = part.split_once(" -->\n```")?;
            let (kind, name) = comment.split_once(": ")?;
            let (_, rest) = rest.split_once('\n')?;
            // An empty block has its end at the begin of the rest.
            let text = rest.find("```").and_then(|end| rest.get(..end))?;
            Some(Self { kind, name, text })
        })
    }
}
