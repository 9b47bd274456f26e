//! What takes a while and is no evaluation: plans and formatters, each on a
//! thread of its own.

use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};
use gen_lsp_types::MessageType;
use lsp_server::{ErrorCode, RequestId, Response};

use super::Server;

/// What came of a piece of work: the answer to a request.
pub(super) struct Done {
    pub(super) id: RequestId,
    pub(super) result: Result<serde_json::Value, String>,
}

/// The work that is going on.
pub(super) struct Background {
    sender: Sender<Done>,
    pub(super) done: Receiver<Done>,
    going_on: Vec<RequestId>,
}

impl Background {
    pub(super) fn new() -> Self {
        let (sender, done) = unbounded();
        Self { sender, done, going_on: Vec::new() }
    }
}

impl Server {
    /// Answers a request with what `work` comes to.
    pub(super) fn in_background(
        &mut self,
        id: RequestId,
        work: impl FnOnce() -> Result<serde_json::Value, String> + Send + 'static,
    ) {
        let (sender, request) = (self.background.sender.clone(), id.clone());
        let thread = thread::Builder::new().name("background".to_owned()).spawn(move || {
            let result = work();
            let _ = sender.send(Done { id: request, result });
        });
        match thread {
            Ok(_) => self.background.going_on.push(id),
            Err(error) => self.client.refuse(id, ErrorCode::InternalError, error.to_string()),
        }
    }

    pub(super) fn finished_in_background(&mut self, Done { id, result }: Done) {
        if !self.forget_background(&id) {
            return;
        }
        let shown = self.shows.iter().position(|known| *known == id);
        if shown.map(|at| self.shows.remove(at)).is_some() {
            match &result {
                Ok(text) => self.client.show(MessageType::Info, text.as_str().unwrap_or_default()),
                Err(error) => self.client.show(MessageType::Error, error.as_str()),
            }
        }
        match result {
            Ok(result) => self.client.send(Response { id, response_result: Ok(result) }),
            Err(message) => self.client.refuse(id, ErrorCode::RequestFailed, message),
        }
    }

    /// Gives up waiting for it; false if it was not going on.
    pub(super) fn forget_background(&mut self, id: &RequestId) -> bool {
        let before = self.background.going_on.len();
        self.background.going_on.retain(|known| known != id);
        self.background.going_on.len() < before
    }
}
