//! Where the program under test runs.

use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A directory for configurations and hosts, removed at the end.
pub(crate) struct Environment {
    directory: PathBuf,
    _temporary: tempfile::TempDir,
}

/// What one run of the program came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Three containers, each of another sort.
pub(crate) const SMALL: &str = r#"{ lib, ... }:

{
  containers.web = {
    autoStart = true;
    privateNetwork = true;
    hostAddress = "10.0.0.1";
    localAddress = "10.0.0.2";
    config = { services.nginx.enable = true; };
  };
  containers.db = {
    config = { services.postgresql.enable = true; };
  };
}
"#;

impl Environment {
    /// An empty directory.
    pub(crate) fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let directory = temporary.path().canonicalize().unwrap();
        Self { directory, _temporary: temporary }
    }

    /// A directory with [`SMALL`] as its `configuration.nix`.
    pub(crate) fn small() -> Self {
        let environment = Self::new();
        environment.write("configuration.nix", SMALL);
        environment
    }

    /// The same, applied to the host in `host`.
    pub(crate) fn applied() -> Self {
        let environment = Self::small();
        environment.run(&["apply", "--root", "host", "--auto-approve"]).success();
        environment
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Replaces a piece of `configuration.nix`, which has to be there.
    pub(crate) fn edit(&self, from: &str, to: &str) {
        let text = self.read("configuration.nix");
        assert!(text.contains(from), "there is no {from:?}");
        self.write("configuration.nix", text.replacen(from, to, 1));
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_with_input(arguments, "")
    }

    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Run {
        self.spawned(&mut self.command(arguments), input)
    }

    /// In an environment that is not empty.
    pub(crate) fn run_with(&self, arguments: &[&str], environment: &[(&str, String)]) -> Run {
        let mut command = self.command(arguments);
        self.spawned(command.envs(environment.iter().map(|(k, v)| (k, v))), "")
    }

    fn spawned(&self, command: &mut Command, input: &str) -> Run {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that does not ask may be gone already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| self.normalize(&String::from_utf8(bytes).unwrap());
        Run {
            code: output.status.code().expect("ended by a signal"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_conex"));
        command.args(arguments).current_dir(&self.directory).env_clear();
        command
    }

    pub(crate) fn normalize(&self, text: &str) -> String {
        let text = text.replace(self.directory.to_str().unwrap(), "[DIR]");
        let text = without_hash(&text, "(sha256 ", 12);
        without_hash(&text, "/nix/store/", 32)
    }

    /// Every file, link and directory below a directory, with its contents.
    pub(crate) fn tree(&self, name: &str) -> Vec<String> {
        let mut found = Vec::new();
        walk(&self.path(name), &mut found);
        found.sort();
        found
    }
}

/// The text with `[HASH]` for the hashes behind a prefix: what they are over is
/// for the tests of other crates.
fn without_hash(text: &str, prefix: &str, length: usize) -> String {
    let mut parts = text.split(prefix);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(prefix);
        let hash = part.bytes().take_while(u8::is_ascii_alphanumeric).count() == length;
        let rest = if hash { &part[length..] } else { part };
        out.push_str(if hash { "[HASH]" } else { "" });
        out.push_str(rest);
    }
    out
}

fn walk(path: &Path, found: &mut Vec<String>) {
    let Ok(metadata) = path.symlink_metadata() else { return };
    if metadata.is_symlink() {
        found.push(format!("{} -> {}", path.display(), path.read_link().unwrap().display()));
    } else if metadata.is_file() {
        let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
        found.push(format!("{}: {text}", path.display()));
    } else {
        found.push(format!("{}/", path.display()));
        for entry in path.read_dir().unwrap() {
            walk(&entry.unwrap().path(), found);
        }
    }
}

impl Run {
    /// Fails the test unless the program succeeded.
    #[track_caller]
    pub(crate) fn success(self) -> Self {
        self.code(0)
    }

    /// Fails the test unless the program ended with `code` and in order.
    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        assert!(!self.stderr.contains("panicked"), "{self}");
        self
    }

    /// The addresses of the changes in `plan --json`, without those that only
    /// follow from others.
    pub(crate) fn addresses(&self) -> Vec<String> {
        let json: serde_json::Value = serde_json::from_str(&self.stdout).unwrap();
        let changes = json["resource_changes"].as_array().unwrap();
        let mut addresses: Vec<String> = changes
            .iter()
            .map(|change| change["address"].as_str().unwrap().to_owned())
            .filter(|address| address != "host.daemon-reload")
            .collect();
        addresses.sort();
        addresses
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, stdout, stderr } = self;
        write!(f, "exit code: {code}\n----- stdout -----\n{stdout}----- stderr -----\n{stderr}")
    }
}
