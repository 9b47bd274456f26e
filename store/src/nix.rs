//! The programs of the installed Nix.

use std::io::{self, IsTerminal as _};
use std::process::{Child, Command, Stdio};

use crate::error::StoreError;

/// How the programs of Nix are called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nix {
    /// Which store (`--store`); else what the environment and the
    /// configuration of Nix say.
    pub store: Option<String>,
    /// Settings (`--option NAME VALUE`).
    pub options: Vec<(String, String)>,
}

impl Nix {
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("LC_ALL", "C.UTF-8");
        if let Some(store) = &self.store {
            command.args(["--store", store]);
        }
        for (name, value) in &self.options {
            command.args(["--option", name, value]);
        }
        command
    }

    /// A server of the worker protocol on a pair of pipes.
    pub(crate) fn daemon(&self) -> Result<Child, StoreError> {
        let program = "nix-daemon";
        let mut command = self.command(program);
        command.arg("--stdio").stdin(Stdio::piped()).stdout(Stdio::piped());
        command.spawn().map_err(|error| not_started(program, error))
    }
}

fn not_started(program: &str, source: io::Error) -> StoreError {
    let program = program.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => StoreError::NotInstalled { program },
        _ => StoreError::Start { program, source },
    }
}

/// The features of Nix that what is fetched takes.
const FEATURES: [&str; 2] = ["--extra-experimental-features", "nix-command flakes fetch-tree"];

/// How `nix` is called to fetch a tree into the store; the expression of the tree follows.
pub const FETCHES: [&str; 6] = [FEATURES[0], FEATURES[1], "eval", "--impure", "--raw", "--expr"];

/// Has the tree of an expression in the store. On a terminal Nix shows how far it is.
pub fn fetch(nix: &Nix, tree: &str) -> Result<(), StoreError> {
    let program = "nix";
    let shown = io::stderr().is_terminal();
    let output = nix
        .command(program)
        .args(FETCHES)
        .arg(tree)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(if shown { Stdio::inherit() } else { Stdio::piped() })
        .output()
        .map_err(|error| not_started(program, error))?;
    match (output.status.success(), shown) {
        (true, _) => Ok(()),
        (false, true) => Err(StoreError::Nix("Nix said why".to_owned())),
        (false, false) => {
            Err(StoreError::Nix(last_error(&String::from_utf8_lossy(&output.stderr))))
        }
    }
}

/// Has an expression evaluated by the installed Nix; gives its JSON.
pub fn evaluate(nix: &Nix, expression: &str) -> Result<Vec<u8>, StoreError> {
    let program = "nix";
    // Not `nix-instantiate`: conex may be installed under that name.
    let output = nix
        .command(program)
        .args(FEATURES)
        .args(["eval", "--impure", "--json", "--expr", expression])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| not_started(program, error))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(StoreError::Nix(last_error(&String::from_utf8_lossy(&output.stderr))))
}

/// The message of the error that ended a program of Nix, without its trace.
fn last_error(stderr: &str) -> String {
    let text = plain(stderr);
    match text.rfind("error: ") {
        Some(start) => text[start + "error: ".len()..].trim().to_owned(),
        None => text.trim().to_owned(),
    }
}

/// A text without the escape sequences that colour it.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\u{1b}' {
            plain.push(c);
            continue;
        }
        // `ESC [ parameters letter`; all else has only one more character.
        if rest.next() == Some('[') {
            rest.find(|c| ('@'..='~').contains(c));
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_nix_lose_their_colours_and_traces() {
        let stderr = "warning: x\n\u{1b}[31;1merror:\u{1b}[0m\n       … while\n\n       \u{1b}[31;1merror:\u{1b}[0m no '\u{1b}[35;1mfile\u{1b}[0m'\n";
        assert_eq!(last_error(stderr), "no 'file'");
        assert_eq!(last_error("broken\n"), "broken");
    }
}
