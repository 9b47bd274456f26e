//! An editor for tests: a client at the other end of a connection in memory,
//! and a folder of files.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use conex_evaluator::{FileKind, Io};
use conex_language_server::{Ended, Outside, Search};
use conex_options::{Configured, OptionDoc};
use lsp_server::{Connection, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What can be asked about a place in a document.
const EVERYTHING: [&str; 10] = [
    "textDocument/hover",
    "textDocument/completion",
    "textDocument/definition",
    "textDocument/references",
    "textDocument/prepareRename",
    "textDocument/rename",
    "textDocument/documentSymbol",
    "textDocument/codeAction",
    "textDocument/inlayHint",
    "textDocument/codeLens",
];

/// The disk.
struct Disk;

impl Io for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn kind(&self, path: &Path) -> io::Result<FileKind> {
        let kind = fs::symlink_metadata(path)?.file_type();
        Ok(match kind {
            kind if kind.is_symlink() => FileKind::Symlink,
            kind if kind.is_dir() => FileKind::Directory,
            kind if kind.is_file() => FileKind::Regular,
            _ => FileKind::Other,
        })
    }

    fn is_executable(&self, _: &Path) -> io::Result<bool> {
        Ok(false)
    }

    fn size(&self, path: &Path) -> u64 {
        fs::metadata(path).map_or(0, |metadata| metadata.len())
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<(String, FileKind)>> {
        fs::read_dir(path)?
            .map(|entry| {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                Ok((name, self.kind(&entry.path())?))
            })
            .collect()
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        fs::read_link(path)
    }

    fn env(&self, _: &str) -> Option<String> {
        None
    }

    fn now(&self) -> i64 {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().cast_signed()
    }

    fn message(&self, _: &str) {}
}

#[derive(Default)]
pub(crate) struct Machine {
    /// Where a nixpkgs is.
    nixpkgs: Option<PathBuf>,
}

impl Outside for Machine {
    fn io(&self) -> Box<dyn Io> {
        Box::new(Disk)
    }

    fn search(&self) -> Search {
        Search { nixpkgs: self.nixpkgs.clone(), ..Search::default() }
    }

    fn machine(&self) -> String {
        "machine".to_owned()
    }

    fn facts(&self, option: &OptionDoc) -> Vec<(&'static str, String)> {
        option.disruption.iter().map(|how| ("a change", how.clone())).collect()
    }

    fn embedded(&self, name: &str) -> Option<PathBuf> {
        let name = name.strip_prefix('<')?.strip_suffix('>')?;
        Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).canonicalize().unwrap())
    }

    fn plan_command(&self, configured: &Configured, container: &str) -> Vec<OsString> {
        let file = configured.file().to_string_lossy();
        let text = format!("the plan of {container} in {file}");
        vec!["sh".into(), "-c".into(), "echo \"$0\" && cat".into(), text.into()]
    }
}

/// An editor with a folder open.
pub(crate) struct Editor {
    folder: tempfile::TempDir,
    /// Taken when it goes.
    connection: Option<Connection>,
    server: Option<JoinHandle<Ended>>,
    next: i32,
    /// Messages that came while something else was waited for.
    unread: Vec<Message>,
    /// Whether what is pushed may go unread.
    ignoring: bool,
    pub(crate) capabilities: Value,
}

/// An editor that is being set up.
pub(crate) struct Setup {
    capabilities: Value,
    options: Value,
    folder: bool,
    nixpkgs: Option<String>,
}

/// An editor that can nothing but what every editor can.
pub(crate) fn editor() -> Setup {
    Setup { capabilities: json!({}), options: Value::Null, folder: true, nixpkgs: None }
}

impl Setup {
    pub(crate) fn can(mut self, capabilities: Value) -> Self {
        self.capabilities = capabilities;
        self
    }

    pub(crate) fn options(mut self, options: Value) -> Self {
        self.options = options;
        self
    }

    /// A nixpkgs is at hand in a directory of the folder, or elsewhere.
    pub(crate) fn nixpkgs(mut self, directory: &str) -> Self {
        self.nixpkgs = Some(directory.to_owned());
        self
    }

    pub(crate) fn without_folder(mut self) -> Self {
        self.folder = false;
        self
    }

    /// Opens a folder with these files, by name and text.
    pub(crate) fn start(self, files: &[(&str, &str)]) -> Editor {
        let folder = tempfile::tempdir().unwrap();
        let (server_side, client_side) = Connection::memory();
        let root = fs::canonicalize(folder.path()).unwrap();
        let machine = Machine { nixpkgs: self.nixpkgs.map(|directory| root.join(directory)) };
        let server =
            std::thread::spawn(|| conex_language_server::run(server_side, Arc::new(machine)));
        let mut editor = Editor {
            folder,
            connection: Some(client_side),
            server: Some(server),
            next: 0,
            unread: Vec::new(),
            ignoring: false,
            capabilities: Value::Null,
        };
        for (name, text) in files {
            editor.write(name, text);
        }
        let folders = match self.folder {
            true => json!([{ "uri": editor.uri(""), "name": "folder" }]),
            false => Value::Null,
        };
        let result = editor.request(
            "initialize",
            json!({
                "processId": null,
                "rootUri": null,
                "capabilities": self.capabilities,
                "initializationOptions": self.options,
                "workspaceFolders": folders,
            }),
        );
        editor.capabilities = result.unwrap()["capabilities"].clone();
        editor.notify("initialized", json!({}));
        editor
    }
}

impl Editor {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        fs::canonicalize(self.folder.path()).unwrap().join(name)
    }

    pub(crate) fn uri(&self, name: &str) -> String {
        format!("file://{}", self.path(name).display())
    }

    /// Writes a file, of which the server is not told.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn connection(&self) -> &Connection {
        self.connection.as_ref().unwrap()
    }

    pub(crate) fn send(&self, message: impl Into<Message>) {
        self.connection().sender.send(message.into()).unwrap();
    }

    pub(crate) fn notify(&self, method: &str, params: Value) {
        self.send(Notification { method: method.to_owned(), params });
    }

    /// Sends a request and does not wait.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> RequestId {
        self.next += 1;
        let id = RequestId::from(self.next);
        self.send(Request { id: id.clone(), method: method.to_owned(), params });
        id
    }

    /// The answer to a request.
    pub(crate) fn answer(&mut self, id: &RequestId) -> Result<Value, (i32, String)> {
        let is_it = |message: &Message| match message {
            Message::Response(response) => response.id == *id,
            _ => false,
        };
        let Message::Response(response) = self.wait_for(is_it) else { panic!() };
        response.response_result.map_err(|error| (error.code, error.message))
    }

    pub(crate) fn request(&mut self, method: &str, params: Value) -> Result<Value, (i32, String)> {
        let id = self.ask(method, params);
        self.answer(&id)
    }

    /// The next message that is it; others are kept for later.
    pub(crate) fn wait_for(&mut self, is_it: impl Fn(&Message) -> bool) -> Message {
        if let Some(at) = self.unread.iter().position(&is_it) {
            return self.unread.remove(at);
        }
        loop {
            let received = self.connection().receiver.recv_timeout(PATIENCE);
            let message = received.unwrap_or_else(|error| {
                panic!("nothing came but {:#?}: {error}", self.unread);
            });
            if is_it(&message) {
                return message;
            }
            self.unread.push(message);
        }
    }

    pub(crate) fn wait_for_request(&mut self, method: &str) -> Request {
        let is_it =
            |message: &Message| matches!(message, Message::Request(it) if it.method == method);
        let Message::Request(request) = self.wait_for(is_it) else { panic!() };
        request
    }

    pub(crate) fn wait_for_notification(&mut self, method: &str) -> Value {
        let is_it =
            |message: &Message| matches!(message, Message::Notification(it) if it.method == method);
        let Message::Notification(notification) = self.wait_for(is_it) else { panic!() };
        notification.params
    }

    pub(crate) fn grant(&self, request: Request) {
        self.send(Response { id: request.id, response_result: Ok(Value::Null) });
    }

    pub(crate) fn open(&self, name: &str, text: &str) {
        let document = json!({
            "uri": self.uri(name), "languageId": "nix", "version": 1, "text": text,
        });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Opens a file as it is on the disk.
    pub(crate) fn open_file(&self, name: &str) {
        self.open(name, &fs::read_to_string(self.path(name)).unwrap());
    }

    pub(crate) fn change(&self, name: &str, version: i32, changes: Value) {
        let document = json!({ "uri": self.uri(name), "version": version });
        let params = json!({ "textDocument": document, "contentChanges": changes });
        self.notify("textDocument/didChange", params);
    }

    /// Replaces the whole text.
    pub(crate) fn replace(&self, name: &str, version: i32, text: &str) {
        self.change(name, version, json!([{ "text": text }]));
    }

    pub(crate) fn close(&self, name: &str) {
        let document = json!({ "uri": self.uri(name) });
        self.notify("textDocument/didClose", json!({ "textDocument": document }));
    }

    /// What is pushed for a file next, as `severity code line:column-line:column`.
    pub(crate) fn diagnostics(&mut self, name: &str) -> Vec<String> {
        self.pushed(name, |_| true)
    }

    /// What is pushed for a version of a document.
    pub(crate) fn diagnostics_of(&mut self, name: &str, version: i32) -> Vec<String> {
        self.pushed(name, |params| params["version"] == version)
    }

    /// The first findings that are pushed for a file.
    pub(crate) fn findings(&mut self, name: &str) -> Vec<String> {
        self.pushed(name, |params| !params["diagnostics"].as_array().unwrap().is_empty())
    }

    fn pushed(&mut self, name: &str, is_it: impl Fn(&Value) -> bool) -> Vec<String> {
        let uri = self.uri(name);
        let Message::Notification(pushed) = self.wait_for(|message| match message {
            Message::Notification(it) if it.method == "textDocument/publishDiagnostics" => {
                it.params["uri"] == uri.as_str() && is_it(&it.params)
            }
            _ => false,
        }) else {
            panic!()
        };
        pushed.params["diagnostics"].as_array().unwrap().iter().map(shown).collect()
    }

    /// The diagnostics that a question is answered with.
    pub(crate) fn pull(&mut self, name: &str) -> Value {
        let document = json!({ "uri": self.uri(name) });
        self.request("textDocument/diagnostic", json!({ "textDocument": document })).unwrap()
    }

    /// Asks everything that can be asked about the end of a text, which must
    /// be answered, whatever the answer is.
    pub(crate) fn ask_everything(&mut self, name: &str, text: &str) {
        let line = text.matches('\n').count();
        let column = text.len() - text.rfind('\n').map_or(0, |newline| newline + 1);
        let at = self.at(name, u32::try_from(line).unwrap(), u32::try_from(column).unwrap());
        let end = at["position"].clone();
        for method in EVERYTHING {
            let mut params = at.clone();
            params["range"] = json!({ "start": { "line": 0, "character": 0 }, "end": end });
            params["context"] = json!({
                "diagnostics": [], "includeDeclaration": true, "triggerKind": 1,
            });
            params["newName"] = json!("another");
            if let Err((code, message)) = self.request(method, params) {
                assert_ne!(code, -32602, "{method}: {message}");
            }
        }
    }

    /// The parameters for a place in a document.
    pub(crate) fn at(&self, name: &str, line: u32, character: u32) -> Value {
        json!({
            "textDocument": { "uri": self.uri(name) },
            "position": { "line": line, "character": character },
        })
    }

    /// Ends the session as editors do.
    pub(crate) fn end(mut self) {
        assert_eq!(self.request("shutdown", Value::Null), Ok(Value::Null));
        self.notify("exit", Value::Null);
        assert_eq!(self.server.take().unwrap().join().unwrap(), Ended::Asked);
        let rest: Vec<_> = self.connection().receiver.try_iter().collect();
        self.unread.extend(rest);
        if self.ignoring {
            self.ignore_pushed();
        }
        assert!(self.unread.is_empty(), "unread: {:#?}", self.unread);
    }

    /// Forgets what was and will be pushed and not looked at.
    pub(crate) fn ignore_pushed(&mut self) {
        self.ignoring = true;
        let pushed = |message: &Message| matches!(message, Message::Notification(it) if it.method == "textDocument/publishDiagnostics");
        self.unread.retain(|message| !pushed(message));
    }

    /// Goes without a word.
    pub(crate) fn vanish(mut self) -> Ended {
        self.connection = None;
        self.server.take().unwrap().join().unwrap()
    }
}

/// A server that nobody looks after must not be left running.
impl Drop for Editor {
    fn drop(&mut self) {
        self.connection = None;
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }
}

pub(crate) fn shown(diagnostic: &Value) -> String {
    let position = |at: &Value| format!("{}:{}", at["line"], at["character"]);
    let range = &diagnostic["range"];
    assert_eq!(diagnostic["source"], "conex");
    format!(
        "{} {} {}-{}",
        if diagnostic["severity"] == 1 { "error" } else { "warning" },
        diagnostic["code"].as_str().unwrap(),
        position(&range["start"]),
        position(&range["end"]),
    )
}
