//! `conex lsp` as a process: it finds what `conex check` finds, and its
//! standard output is the protocol's alone.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::{Value, json};

use crate::environment::Environment;

/// The program, and the way to it.
struct Server {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    next: i32,
}

impl Server {
    /// Starts it for a configuration.
    fn start(environment: &Environment, root: &Path, entry: &str) -> Self {
        let mut child = environment
            .command(&["lsp"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut server = Self { child, stdin, stdout, next: 0 };
        let capabilities = json!({
            "general": { "positionEncodings": ["utf-8"] },
            "textDocument": { "diagnostic": {} },
        });
        server.request(
            "initialize",
            json!({
                "processId": null,
                "capabilities": capabilities,
                "workspaceFolders": [{ "uri": uri(root), "name": "root" }],
                "initializationOptions": { "entries": [entry] },
            }),
        );
        server.notify("initialized", json!({}));
        server
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.stdin, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
    }

    fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn read(&mut self) -> Value {
        let mut header = String::new();
        self.stdout.read_line(&mut header).unwrap();
        let length = header.strip_prefix("Content-Length: ").unwrap().trim().parse().unwrap();
        self.stdout.read_line(&mut String::new()).unwrap();
        let mut body = vec![0; length];
        self.stdout.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    fn request(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let id = self.next;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.read();
            if message["id"] == id {
                assert!(message.get("error").is_none(), "{message}");
                return message["result"].clone();
            }
        }
    }

    /// Ends it; it has to end well.
    fn end(mut self) {
        self.request("shutdown", Value::Null);
        self.notify("exit", Value::Null);
        assert!(self.child.wait().unwrap().success());
    }
}

fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata").canonicalize().unwrap()
}

/// Line, column, severity, code and first line of a message.
type Found = (u64, u64, &'static str, String, String);

/// What `conex check` finds, by file.
fn checked(environment: &Environment, entry: &Path) -> BTreeMap<String, BTreeSet<Found>> {
    let run = environment.run(&["check", "--format", "json", &entry.to_string_lossy()]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap_or_default();
    let mut all: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for found in report["diagnostics"].as_array().into_iter().flatten() {
        let range = &found["range"];
        let file = range["filename"].as_str().unwrap_or_default().to_owned();
        let number = |name: &str| range["start"][name].as_u64().unwrap_or(1) - 1;
        let severity = if found["severity"] == "error" { "error" } else { "warning" };
        let text = |name: &str| found[name].as_str().unwrap().to_owned();
        all.entry(file).or_default().insert((
            number("line"),
            number("column"),
            severity,
            text("code"),
            text("summary"),
        ));
    }
    all
}

fn asked(environment: &Environment, server: &mut Server, file: &str) -> BTreeSet<Found> {
    let params = json!({ "textDocument": { "uri": uri(Path::new(file)) } });
    let report = server.request("textDocument/diagnostic", params);
    let items = report["items"].as_array().unwrap();
    let found = items.iter().map(|item| {
        let start = &item["range"]["start"];
        let severity = if item["severity"] == 1 { "error" } else { "warning" };
        let message = environment.normalize(item["message"].as_str().unwrap());
        (
            start["line"].as_u64().unwrap(),
            start["character"].as_u64().unwrap(),
            severity,
            item["code"].as_str().unwrap().to_owned(),
            message.lines().next().unwrap_or_default().to_owned(),
        )
    });
    found.collect()
}

#[test]
fn it_finds_what_check_finds() {
    let environment = Environment::new();
    let mut compared = 0;
    for folder in ["bad", "diagnostics", "flakes"] {
        let folder = testdata().join(folder);
        let mut entries: Vec<_> =
            std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for entry in entries {
            let is_nix = entry.extension().is_some_and(|extension| extension == "nix");
            let is_directory =
                ["configuration.nix", "flake.nix"].iter().any(|file| entry.join(file).exists());
            if !is_nix && !is_directory || entry.ends_with("thousand") {
                continue;
            }
            let expected = checked(&environment, &entry);
            let name = entry.file_name().unwrap().to_string_lossy();
            let mut server = Server::start(&environment, &folder, &name);
            for (file, expected) in &expected {
                let file = if file.is_empty() {
                    entry.to_string_lossy().into_owned()
                } else {
                    file.clone()
                };
                assert_eq!(&asked(&environment, &mut server, &file), expected, "{file}");
                compared += expected.len();
            }
            if expected.is_empty() {
                let file = if is_nix { entry } else { entry.join("configuration.nix") };
                assert_eq!(
                    asked(&environment, &mut server, &file.to_string_lossy()),
                    BTreeSet::new()
                );
            }
            server.end();
        }
    }
    assert!(compared > 100, "only {compared} findings were compared");
}

#[test]
fn nonsense_on_its_standard_input_is_answered() {
    let environment = Environment::new();
    let mut server = Server::start(&environment, &environment.path(""), "configuration.nix");
    write!(server.stdin, "Content-Length: 5\r\n\r\n{{{{{{{{{{").unwrap();
    let answer = server.read();
    assert_eq!(answer["error"]["code"], -32700);
    assert_eq!(answer["id"], Value::Null);
    server.end();
}

#[test]
fn an_editor_that_goes_without_a_word_is_noticed() {
    let environment = Environment::new();
    let Server { mut child, stdin, .. } =
        Server::start(&environment, &environment.path(""), "configuration.nix");
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

/// An editor that closes its input at once still gets both answers.
#[test]
fn the_last_answers_are_not_cut_off() {
    let environment = Environment::new();
    let message = |body: Value| {
        let text = body.to_string();
        format!("Content-Length: {}\r\n\r\n{text}", text.len())
    };
    let all = [
        json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "capabilities": {} } }),
        json!({ "jsonrpc": "2.0", "method": "initialized", "params": {} }),
        json!({ "jsonrpc": "2.0", "id": 2, "method": "shutdown" }),
        json!({ "jsonrpc": "2.0", "method": "exit" }),
    ];
    let input: String = all.map(message).concat();
    for _ in 0..30 {
        let run = environment.run_with_input(&["lsp"], &input).success();
        let answers = run.stdout.matches("\"result\"").count();
        assert_eq!(answers, 2, "{run}");
    }
}
