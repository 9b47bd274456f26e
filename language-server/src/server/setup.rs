//! The begin of a session, and what belongs to a folder: its configurations.

use std::cell::{OnceCell, RefCell};
use std::path::PathBuf;
use std::sync::Arc;

use conex_evaluator::Io;
use gen_lsp_types::{MessageType, Registration, RegistrationParams, RegistrationRequest, Uri};
use lsp_server::{Connection, ErrorCode, Message, Request, Response};
use serde_json::{Value, json};

use super::background::Background;
use super::client::{Abilities, Asked, Client};
use super::diagnostics::Told;
use super::documents::{self, Documents};
use super::settings::{self, Settings};
use super::units::Units;
use super::worker::Worker;
use super::{Server, capabilities};
use crate::Outside;
use crate::ide;

/// Waits for the editor to introduce itself. `None` if it never does.
pub(super) fn initialize(connection: &Connection, outside: Arc<dyn Outside>) -> Option<Server> {
    loop {
        match connection.receiver.recv().ok()? {
            Message::Request(request) if request.method == "initialize" => {
                let (server, complaint) = Server::new(connection, outside, &request.params);
                let result = capabilities::result(server.client.can);
                server.client.reply(request.id, result);
                if let Some(complaint) = complaint {
                    server.client.show(MessageType::Warning, complaint);
                }
                return Some(server);
            }
            Message::Request(Request { id, .. }) => {
                let code = ErrorCode::ServerNotInitialized as i32;
                let refusal = Response::new_err(id, code, "not initialized yet".to_owned());
                connection.sender.send(refusal.into()).ok()?;
            }
            Message::Notification(notification) if notification.method == "exit" => return None,
            Message::Notification(_) | Message::Response(_) => {}
        }
    }
}

/// The folders that the editor has open; older ones name one only.
fn roots(params: &Value) -> Vec<PathBuf> {
    let path = |uri: &Value| documents::path(&Uri::parse(uri.as_str()?).ok()?);
    if let Some(folders) = params.get("workspaceFolders").and_then(Value::as_array) {
        return folders.iter().filter_map(|folder| path(folder.get("uri")?)).collect();
    }
    params.get("rootUri").and_then(path).into_iter().collect()
}

impl Server {
    fn new(
        connection: &Connection,
        outside: Arc<dyn Outside>,
        params: &Value,
    ) -> (Self, Option<String>) {
        let read = Settings::read(params.get("initializationOptions"));
        let complaint = read.as_ref().err().map(|error| format!("the settings of conex: {error}"));
        let mut server = Self {
            client: Client::new(
                connection.sender.clone(),
                Abilities::new(params.get("capabilities").unwrap_or(&Value::Null)),
            ),
            settings: read.unwrap_or_default(),
            roots: roots(params),
            documents: Documents::default(),
            units: Units::default(),
            told: Told::default(),
            search: outside.search(),
            machine: outside.machine(),
            worker: Worker::new(outside.clone()),
            running: None,
            background: Background::new(),
            options: OnceCell::new(),
            texts: RefCell::default(),
            defined: RefCell::default(),
            shows: Vec::new(),
            progresses: 0,
            untold: false,
            shutting_down: false,
            outside,
        };
        server.find_entries();
        (server, complaint)
    }

    /// Has the editor say when files change that it has not open.
    pub(super) fn watch_files(&mut self) {
        if !self.client.can.watches_files {
            return;
        }
        let patterns = ["**/*.nix", "**/flake.lock", "**/conex.toml"];
        let watchers = patterns.map(|pattern| json!({ "globPattern": pattern }));
        let registration = Registration {
            id: "files".to_owned(),
            method: "workspace/didChangeWatchedFiles".to_owned(),
            register_options: Some(json!({ "watchers": watchers })),
        };
        let params = RegistrationParams { registrations: vec![registration] };
        self.client.request::<RegistrationRequest>(params, Asked::Nothing);
    }

    /// Looks which configurations there are: named in the settings, by the
    /// `conex.toml` of a folder, or found in it; without a folder, those
    /// beside the open documents.
    pub(super) fn find_entries(&mut self) {
        let disk = self.outside.io();
        let mut entries = self.entries_of_settings(&*disk);
        let named_in_settings = !self.settings.entries.is_empty();
        for root in self.roots.iter().filter(|_| !named_in_settings) {
            let names = settings::entries_of(&*disk, root).unwrap_or_else(|error| {
                self.client.show(MessageType::Warning, error);
                Vec::new()
            });
            if names.is_empty() {
                entries.append(&mut ide::find(&*disk, root));
            }
            entries.extend(names.iter().map(|name| ide::named(&*disk, root, name)));
        }
        if self.roots.is_empty() {
            let open = self.documents.iter().map(|(path, _)| path);
            entries.extend(open.filter_map(|path| ide::around(&*disk, path)));
        }
        self.units.set_entries(entries);
        self.untold = true;
    }
    /// Each in those folders where it is.
    fn entries_of_settings(&self, disk: &dyn Io) -> ide::Entries {
        let mut entries = ide::Entries::new();
        for name in &self.settings.entries {
            let named = self.roots.iter().map(|root| ide::named(disk, root, name));
            let there: Vec<_> = named.filter(|entry| disk.kind(entry.file()).is_ok()).collect();
            if there.is_empty() && !self.roots.is_empty() {
                let message = format!("the setting conex.entries: there is no {name}");
                self.client.show(MessageType::Warning, message);
            }
            entries.extend(there);
        }
        entries
    }
}
