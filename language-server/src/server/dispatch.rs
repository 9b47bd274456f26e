//! Which message is for whom.

use gen_lsp_types::{
    CancelNotification, CancelParams, CodeActionRequest, CodeLensRequest, CompletionRequest,
    DefinitionRequest, DidChangeConfigurationNotification, DidChangeTextDocumentNotification,
    DidChangeWatchedFilesNotification, DidChangeWorkspaceFoldersNotification,
    DidCloseTextDocumentNotification, DidOpenTextDocumentNotification,
    DidSaveTextDocumentNotification, DocumentDiagnosticRequest, DocumentFormattingRequest,
    DocumentSymbolRequest, ExecuteCommandRequest, FileChangeType, HoverRequest, Id,
    InlayHintRequest, MessageType, Notification as IsNotification, PrepareRenameRequest,
    ReferencesRequest, RenameRequest, Request as IsRequest, WorkDoneProgressCancelNotification,
    WorkspaceDiagnosticRequest,
};
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId};

use super::client::Asked;
use super::settings::{self, Settings};
use super::{Ended, Server, documents};

/// The request that a message gives up, if it is about that.
pub(super) fn cancelled(message: &Message) -> Option<RequestId> {
    let Message::Notification(notification) = message else { return None };
    if notification.method != CancelNotification::METHOD.as_str() {
        return None;
    }
    let params: CancelParams = serde_json::from_value(notification.params.clone()).ok()?;
    Some(match params.id {
        Id::Int(id) => id.into(),
        Id::String(id) => id.into(),
    })
}

/// A notification on its way to who handles it.
struct Incoming<'a> {
    server: &'a mut Server,
    /// Taken by who handles it.
    notification: Option<Notification>,
}

impl Incoming<'_> {
    fn on<N: IsNotification>(&mut self, handle: impl FnOnce(&mut Server, N::Params)) -> &mut Self {
        let is_it = |it: &Notification| it.method == N::METHOD.as_str();
        if let Some(notification) = self.notification.take_if(|it| is_it(it)) {
            match serde_json::from_value(notification.params) {
                Ok(params) => handle(self.server, params),
                Err(error) => {
                    let message = format!("{}: {error}", notification.method);
                    self.server.client.log(MessageType::Error, message);
                }
            }
        }
        self
    }
}

/// A request on its way to who answers it.
pub(super) struct Asking<'a> {
    server: &'a mut Server,
    request: Option<Request>,
}

impl Asking<'_> {
    /// Answers at once.
    pub(super) fn on<R: IsRequest>(
        &mut self,
        answer: impl FnOnce(&mut Server, R::Params) -> R::Result,
    ) -> &mut Self {
        self.later::<R>(|server, id, params| {
            let result = answer(server, params);
            server.client.reply(id, result);
        })
    }

    /// Answers some time.
    pub(super) fn later<R: IsRequest>(
        &mut self,
        handle: impl FnOnce(&mut Server, RequestId, R::Params),
    ) -> &mut Self {
        let is_it = |it: &Request| it.method == R::METHOD.as_str();
        if let Some(request) = self.request.take_if(|it| is_it(it)) {
            match serde_json::from_value(request.params) {
                Ok(params) => handle(self.server, request.id, params),
                Err(error) => {
                    let message = error.to_string();
                    self.server.client.refuse(request.id, ErrorCode::InvalidParams, message);
                }
            }
        }
        self
    }
}

impl Server {
    /// Handles a message; says how the session ended, if it did.
    pub(super) fn handle(&mut self, message: Message) -> Option<Ended> {
        match message {
            Message::Request(request) if self.shutting_down => {
                let message = "the server is shutting down";
                self.client.refuse(request.id, ErrorCode::InvalidRequest, message);
            }
            Message::Request(request) if request.method == "shutdown" => {
                self.shutting_down = true;
                self.client.reply(request.id, ());
            }
            Message::Request(request) => self.ask(request),
            Message::Notification(notification) if notification.method == "exit" => {
                return Some(if self.shutting_down { Ended::Asked } else { Ended::Lost });
            }
            Message::Notification(notification) => self.take_notification(notification),
            Message::Response(response) => {
                if let Some((Asked::Progress(token), granted)) = self.client.answered(&response) {
                    self.may_show_progress(&token, granted);
                }
            }
        }
        None
    }

    fn ask(&mut self, request: Request) {
        let mut asking = Asking { server: self, request: Some(request) };
        asking
            .later::<DocumentDiagnosticRequest>(Self::ask_for_diagnostics)
            .later::<WorkspaceDiagnosticRequest>(Self::ask_for_all_diagnostics)
            .on::<HoverRequest>(|server, it| server.hover(&it.text_document_position_params))
            .on::<CompletionRequest>(|server, it| {
                server.complete(&it.text_document_position_params)
            })
            .on::<DefinitionRequest>(|server, it| server.define(&it.text_document_position_params))
            .on::<ReferencesRequest>(|server, it| {
                let with_definition = it.context.include_declaration;
                server.refer(&it.text_document_position_params, with_definition)
            })
            .later::<PrepareRenameRequest>(|server, id, it| {
                let result = server.may_rename(&it.text_document_position_params);
                server.reply_or_refuse(id, result);
            })
            .later::<RenameRequest>(|server, id, it| {
                let result = server.rename(&it);
                server.reply_or_refuse(id, result);
            })
            .on::<DocumentSymbolRequest>(|server, it| server.outline(&it.text_document.uri))
            .on::<CodeActionRequest>(|server, it| server.act(&it))
            .on::<InlayHintRequest>(|server, it| server.hints(&it))
            .on::<CodeLensRequest>(|server, it| server.lenses(&it.text_document.uri))
            .later::<DocumentFormattingRequest>(|server, id, it| server.format(id, &it))
            .later::<ExecuteCommandRequest>(Self::execute);
        if let Some(Request { id, method, .. }) = asking.request.take() {
            let message = format!("there is no method {method}");
            self.client.refuse(id, ErrorCode::MethodNotFound, message);
        }
    }

    fn reply_or_refuse(&self, id: RequestId, result: Result<impl serde::Serialize, String>) {
        match result {
            Ok(result) => self.client.reply(id, result),
            Err(why) => self.client.refuse(id, ErrorCode::RequestFailed, why),
        }
    }

    fn take_notification(&mut self, notification: Notification) {
        Incoming { server: self, notification: Some(notification) }
            .on::<DidOpenTextDocumentNotification>(|server, params| {
                let document = params.text_document;
                let disk = server.outside.io();
                let path = documents::path(&document.uri);
                server.documents.open(&*disk, document.uri, document.version, &document.text);
                server.document_changed(path);
                if server.roots.is_empty() {
                    server.find_entries();
                }
            })
            .on::<DidChangeTextDocumentNotification>(|server, params| {
                let document = params.text_document;
                let uri = document.text_document_identifier.uri;
                let encoding = server.client.can.encoding;
                server.documents.change(&uri, document.version, params.content_changes, encoding);
                server.document_changed(documents::path(&uri));
            })
            .on::<DidCloseTextDocumentNotification>(|server, params| {
                let path = documents::path(&params.text_document.uri);
                server.document_changed(path);
                server.documents.close(&params.text_document.uri);
            })
            .on::<DidSaveTextDocumentNotification>(|server, _| {
                // Whoever saves may have changed other things as well.
                server.search = server.outside.search();
                server.units.all_changed();
                server.untold = true;
            })
            .on::<DidChangeWatchedFilesNotification>(|server, params| {
                for change in params.changes {
                    let path = documents::path(&change.uri);
                    server.file_changed(path, change.kind);
                }
            })
            .on::<DidChangeWorkspaceFoldersNotification>(|server, params| {
                for folder in params.event.removed {
                    let path = documents::path(&folder.uri);
                    server.roots.retain(|root| Some(root) != path.as_ref());
                }
                let added = params.event.added.iter();
                server.roots.extend(added.filter_map(|folder| documents::path(&folder.uri)));
                server.find_entries();
            })
            .on::<DidChangeConfigurationNotification>(|server, params| {
                server.change_settings(&params.settings);
            })
            .on::<WorkDoneProgressCancelNotification>(|server, params| {
                server.stop_progress(&params.token);
            })
            .on::<gen_lsp_types::InitializedNotification>(|server, _| server.watch_files());
    }

    fn document_changed(&mut self, path: Option<std::path::PathBuf>) {
        let Some(path) = path else { return };
        let file = self.documents.get(&path).map(|document| document.file.clone());
        self.path_changed(&path);
        if let Some(file) = file.filter(|file| *file != path) {
            self.path_changed(&file);
        }
    }

    /// A file changed on the disk: where it is open nothing changes, and
    /// where it is new or gone there may be other configurations.
    fn file_changed(&mut self, path: Option<std::path::PathBuf>, kind: FileChangeType) {
        const OF_CONFIGURATIONS: [&str; 3] = ["configuration.nix", "flake.nix", settings::FILE];
        let Some(path) = path else { return };
        if self.documents.of_file(&path).is_none() {
            self.path_changed(&path);
        }
        let name = path.file_name().unwrap_or_default();
        let of_configuration = OF_CONFIGURATIONS.iter().any(|known| name == *known);
        if of_configuration && (kind != FileChangeType::Changed || name == settings::FILE) {
            self.find_entries();
        }
    }

    /// Settings that an editor sends with nothing in them say nothing.
    fn change_settings(&mut self, sent: &serde_json::Value) {
        if sent.as_object().is_none_or(serde_json::Map::is_empty) {
            return;
        }
        match Settings::read(Some(sent)) {
            Ok(settings) if settings != self.settings => {
                self.settings = settings;
                self.search = self.outside.search();
                self.find_entries();
                self.units.all_changed();
            }
            Ok(_) => {}
            Err(error) => {
                let message = format!("the settings of conex: {error}");
                self.client.show(MessageType::Warning, message);
            }
        }
    }

    pub(super) fn refuse_cancelled(&self, id: RequestId) {
        self.client.refuse(id, ErrorCode::RequestCanceled, "cancelled");
    }

    /// Gives up a request that waits for something.
    pub(super) fn cancel(&mut self, id: &RequestId) {
        let before = self.told.waiting.len();
        self.told.waiting.retain(|question| question.id != *id);
        if self.told.waiting.len() < before || self.forget_background(id) {
            self.refuse_cancelled(id.clone());
        }
    }
}
