//! The protocol: messages in, messages out, and one evaluation at a time
//! beside that.
//!
//! Everything here runs on one thread; evaluations run on another
//! ([`worker`]), plans and formatters on threads of their own
//! ([`background`]), so no message waits for any of them.

mod background;
mod capabilities;
mod client;
mod convert;
mod diagnostics;
mod dispatch;
mod documents;
mod evaluation;
mod features;
mod process;
mod programs;
mod pulled;
mod settings;
mod setup;
mod transport;
mod units;
mod worker;

use std::cell::{OnceCell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use conex_evaluator::Texts;
use crossbeam_channel::select;
use lsp_server::{Connection, Message, RequestId};

use self::background::Background;
use self::client::Client;
use self::diagnostics::Told;
use self::documents::Documents;
use self::evaluation::Running;
use self::settings::Settings;
use self::units::Units;
use self::worker::Worker;
use crate::ide::{Defined, Options};
use crate::{Outside, Search};

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The editor asked for it, as it should.
    Asked,
    /// The editor was gone.
    Lost,
}

/// How often it is looked how long an evaluation takes.
const TICK: Duration = Duration::from_millis(50);
/// How long nothing may happen when nothing is going on.
const IDLE: Duration = Duration::from_secs(3600);

/// Serves the editor at standard input and output.
pub fn serve(outside: Arc<dyn Outside>) -> io::Result<Ended> {
    let (connection, written) = transport::stdio()?;
    let ended = run(connection, outside);
    written.wait();
    Ok(ended)
}

/// Serves the editor at the other end of a connection, until one of both
/// ends.
pub fn run(connection: Connection, outside: Arc<dyn Outside>) -> Ended {
    // Questions are answered by small evaluations, which may be deep.
    let thread = std::thread::Builder::new().name("server".to_owned()).stack_size(worker::STACK);
    let server = thread.spawn(move || session(&connection, outside));
    server.ok().and_then(|server| server.join().ok()).unwrap_or(Ended::Lost)
}

fn session(connection: &Connection, outside: Arc<dyn Outside>) -> Ended {
    let Some(mut server) = setup::initialize(connection, outside) else { return Ended::Lost };
    let mut inbox = Inbox::default();
    loop {
        server.schedule();
        let pause = if server.running.is_some() { TICK } else { IDLE };
        let (worker, background) = (server.worker.done.clone(), server.background.done.clone());
        select! {
            recv(connection.receiver) -> message => match message {
                Ok(message) => inbox.take(message, connection.receiver.try_iter()),
                Err(_) => return Ended::Lost,
            },
            recv(worker) -> analysis => match analysis {
                Ok(analysis) => server.finished(analysis),
                Err(_) => server.lost_worker(),
            },
            recv(background) -> message => {
                if let Ok(message) = message {
                    server.finished_in_background(message);
                }
            }
            default(pause) => server.tick(),
        }
        while let Some(message) = inbox.messages.pop_front() {
            match message {
                Message::Request(request) if inbox.cancelled.contains(&request.id) => {
                    server.refuse_cancelled(request.id);
                }
                message => {
                    if let Some(ended) = server.handle(message) {
                        return ended;
                    }
                }
            }
        }
        for id in std::mem::take(&mut inbox.cancelled) {
            server.cancel(&id);
        }
    }
}

/// Messages that have come, without the requests that were given up
/// meanwhile.
#[derive(Default)]
struct Inbox {
    messages: VecDeque<Message>,
    cancelled: Vec<RequestId>,
}

impl Inbox {
    fn take(&mut self, first: Message, more: impl Iterator<Item = Message>) {
        for message in std::iter::once(first).chain(more) {
            match dispatch::cancelled(&message) {
                Some(id) => self.cancelled.push(id),
                None => self.messages.push_back(message),
            }
        }
    }
}

/// The state of a session.
struct Server {
    outside: Arc<dyn Outside>,
    client: Client,
    settings: Settings,
    roots: Vec<PathBuf>,
    documents: Documents,
    units: Units,
    told: Told,
    search: Search,
    machine: String,
    worker: Worker,
    running: Option<Running>,
    background: Background,
    /// Read when somebody asks for the first time.
    options: OnceCell<Options>,
    /// What the answers to questions found out about texts.
    texts: RefCell<Texts>,
    defined: RefCell<Defined>,
    /// Requests whose result is shown to the user as well.
    shows: Vec<RequestId>,
    /// How many progresses were shown.
    progresses: u64,
    /// Whether the editor may not know everything yet.
    untold: bool,
    shutting_down: bool,
}
