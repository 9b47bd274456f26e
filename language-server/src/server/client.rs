//! The editor: what it can do, and what is said to it.

use std::collections::BTreeMap;

use crossbeam_channel::Sender;
use gen_lsp_types::{
    LogMessageParams, MessageType, Notification as IsNotification, Request as IsRequest,
    ShowMessageParams,
};
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use serde::Serialize;
use serde_json::Value;

use crate::ide::Encoding;

/// What the answer to a request of the server is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    /// Nothing depends on it.
    Nothing,
    /// Whether a progress may be shown.
    Progress(String),
}

/// What the editor can do.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Abilities {
    pub(super) encoding: Encoding,
    /// Asks for diagnostics itself.
    pub(super) pulls: bool,
    /// Asks for them again when told to.
    pub(super) refreshes: bool,
    pub(super) shows_progress: bool,
    pub(super) watches_files: bool,
}

impl Abilities {
    /// What it says that it can. Only what matters is looked at: editors have
    /// sent much that is not quite as the protocol has it.
    pub(super) fn new(capabilities: &Value) -> Self {
        let is = |name: &str| capabilities.pointer(name).and_then(Value::as_bool) == Some(true);
        Self {
            encoding: encoding(capabilities),
            pulls: capabilities.pointer("/textDocument/diagnostic").is_some_and(Value::is_object),
            refreshes: is("/workspace/diagnostics/refreshSupport"),
            shows_progress: is("/window/workDoneProgress"),
            watches_files: is("/workspace/didChangeWatchedFiles/dynamicRegistration"),
        }
    }
}

/// The editor's favourite that is known here; UTF-16 if it names none.
fn encoding(capabilities: &Value) -> Encoding {
    let offered = capabilities.pointer("/general/positionEncodings").and_then(Value::as_array);
    let known = |kind: &Value| match kind.as_str()? {
        "utf-8" => Some(Encoding::Utf8),
        "utf-16" => Some(Encoding::Utf16),
        "utf-32" => Some(Encoding::Utf32),
        _ => None,
    };
    offered.into_iter().flatten().find_map(known).unwrap_or_default()
}

/// The way to the editor. That it is gone is noticed where its messages end,
/// so nothing fails here.
pub(super) struct Client {
    sender: Sender<Message>,
    pub(super) can: Abilities,
    requests: i32,
    asked: BTreeMap<RequestId, Asked>,
}

impl Client {
    pub(super) fn new(sender: Sender<Message>, can: Abilities) -> Self {
        Self { sender, can, requests: 0, asked: BTreeMap::new() }
    }

    pub(super) fn send(&self, message: impl Into<Message>) {
        let _ = self.sender.send(message.into());
    }

    pub(super) fn notify<N: IsNotification>(&self, params: N::Params) {
        let params = serde_json::to_value(params).unwrap_or_default();
        self.send(Notification { method: N::METHOD.to_string(), params });
    }

    pub(super) fn request<R: IsRequest>(&mut self, params: R::Params, asked: Asked) {
        let id = RequestId::from(self.requests);
        self.requests = self.requests.wrapping_add(1);
        self.asked.insert(id.clone(), asked);
        let params = serde_json::to_value(params).unwrap_or_default();
        self.send(Request { id, method: R::METHOD.to_string(), params });
    }

    /// What a response answers, and whether it is no refusal.
    pub(super) fn answered(&mut self, response: &Response) -> Option<(Asked, bool)> {
        let asked = self.asked.remove(&response.id)?;
        Some((asked, response.response_result.is_ok()))
    }

    pub(super) fn reply(&self, id: RequestId, result: impl Serialize) {
        let result: Value = serde_json::to_value(result).unwrap_or_default();
        self.send(Response { id, response_result: Ok(result) });
    }

    pub(super) fn refuse(&self, id: RequestId, code: ErrorCode, message: impl Into<String>) {
        self.send(Response::new_err(id, code as i32, message.into()));
    }

    /// A line in the editor's log of the server.
    pub(super) fn log(&self, kind: MessageType, message: impl Into<String>) {
        let params = LogMessageParams { kind, message: message.into() };
        self.notify::<gen_lsp_types::LogMessageNotification>(params);
    }

    /// A message that the user sees.
    pub(super) fn show(&self, kind: MessageType, message: impl Into<String>) {
        let params = ShowMessageParams { kind, message: message.into() };
        self.notify::<gen_lsp_types::ShowMessageNotification>(params);
    }
}
