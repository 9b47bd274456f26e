//! The system's D-Bus: one connection for any number of threads.
//!
//! A thread of its own drives the connection and listens for the ends of systemd's
//! jobs. Calls block the thread that makes them, at most [`ANSWER`].

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use serde::Serialize;
use zbus::connection::Builder;
use zbus::wire::DynamicDeserialize;
use zbus::{Connection, DynamicType, MatchRule, Message, MessageStream, OwnedObjectPath};

use super::jobs::Jobs;
use crate::HostError;

/// For the connection itself.
const HELLO: Duration = Duration::from_secs(15);
/// For one answer. As long as systemctl waits for the slowest, a daemon-reload.
const ANSWER: Duration = Duration::from_secs(90);

/// How many calls wait for their answers at once. The bus allows a connection 128
/// (`max_replies_per_connection` in dbus-daemon(1)), which threads share.
const AT_ONCE: usize = 32;

/// A service on the bus: what it is called by people, its name, and the path and the
/// interface of its manager.
#[derive(Debug, Clone, Copy)]
pub(super) struct Service {
    pub(super) title: &'static str,
    pub(super) name: &'static str,
    pub(super) path: &'static str,
    pub(super) manager: &'static str,
}

/// One call: the object, the interface and the method.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) path: &'a str,
    pub(super) interface: &'a str,
    pub(super) method: &'a str,
}

#[derive(Debug)]
pub(super) struct Bus {
    connection: Connection,
    jobs: Arc<Jobs>,
}

impl Bus {
    /// Connects to the system's bus.
    pub(super) fn connect() -> Result<Self, HostError> {
        Self::open(Builder::system())
    }

    pub(super) fn open(builder: Builder<'static>) -> Result<Self, HostError> {
        let jobs = Arc::new(Jobs::default());
        let (sender, receiver) = sync_channel(1);
        let listening = Arc::clone(&jobs);
        let unreachable = |reason: String| HostError::NoBus { reason };
        thread::Builder::new()
            .name("d-bus".into())
            .spawn(move || {
                zbus::block_on(listen(builder, &listening, &sender));
                listening.close();
            })
            .map_err(|error| unreachable(error.to_string()))?;
        match receiver.recv_timeout(HELLO) {
            Ok(Ok(connection)) => Ok(Self { connection, jobs }),
            Ok(Err(error)) => Err(unreachable(error.to_string())),
            Err(_) => Err(unreachable(format!("no answer within {} s", HELLO.as_secs()))),
        }
    }

    pub(super) fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    /// Calls a method of a service's manager.
    pub(super) fn manager<B, R>(
        &self,
        service: Service,
        method: &str,
        body: &B,
    ) -> Result<R, zbus::Error>
    where
        B: Serialize + DynamicType,
        R: for<'d> DynamicDeserialize<'d>,
    {
        let call = Call { path: service.path, interface: service.manager, method };
        zbus::block_on(self.send(service, call, body)).and_then(|answer| answer_body(&answer))
    }

    /// Makes calls of the same kind without waiting for one answer before the next call.
    /// The answers are in the order of the calls.
    pub(super) fn all<'a, B, R>(
        &self,
        service: Service,
        calls: impl IntoIterator<Item = (Call<'a>, B)>,
    ) -> Vec<Result<R, zbus::Error>>
    where
        B: Serialize + DynamicType,
        R: for<'d> DynamicDeserialize<'d>,
    {
        let calls = calls.into_iter().map(|(call, body)| async move {
            let answer = self.send(service, call, &body).await?;
            answer_body(&answer)
        });
        zbus::block_on(stream::iter(calls).buffered(AT_ONCE).collect())
    }

    async fn send<B>(&self, to: Service, call: Call<'_>, body: &B) -> Result<Message, zbus::Error>
    where
        B: Serialize + DynamicType,
    {
        self.connection
            .call_method(Some(to.name), call.path, Some(call.interface), call.method, body)
            .await
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        // The listening thread has a share of the connection, and ends with it.
        let _ = zbus::block_on(self.connection.clone().close());
    }
}

impl Service {
    /// What the service said when it could not do something.
    pub(super) fn error(self, operation: impl Into<String>, error: &zbus::Error) -> HostError {
        if matches!(error, zbus::Error::InputOutput(cause) if cause.kind() != std::io::ErrorKind::TimedOut)
        {
            return HostError::NoBus { reason: error.to_string() };
        }
        HostError::Refused {
            service: self.title,
            operation: operation.into(),
            reason: words(error),
        }
    }
}

/// The name of an error that a service answered with.
pub(super) fn error_name(error: &zbus::Error) -> Option<&str> {
    match error {
        zbus::Error::MethodError(name, ..) => Some(name.as_str()),
        _ => None,
    }
}

fn words(error: &zbus::Error) -> String {
    match error {
        zbus::Error::MethodError(_, Some(text), _) => text.clone(),
        zbus::Error::InputOutput(cause) if cause.kind() == std::io::ErrorKind::TimedOut => {
            format!("no answer within {} s; it may hang: try again later", ANSWER.as_secs())
        }
        error => error.to_string(),
    }
}

fn answer_body<R: for<'d> DynamicDeserialize<'d>>(answer: &Message) -> Result<R, zbus::Error> {
    answer.body().deserialize()
}

/// Hands out a connection and listens until it is closed.
async fn listen(
    builder: Builder<'static>,
    jobs: &Jobs,
    sender: &SyncSender<Result<Connection, zbus::Error>>,
) {
    let mut ends = match open(builder).await {
        Ok((connection, ends)) => {
            let _ = sender.send(Ok(connection));
            ends
        }
        Err(error) => {
            let _ = sender.send(Err(error));
            return;
        }
    };
    while let Some(message) = ends.next().await {
        let Ok(message) = message else { return };
        let ended: Result<(u32, OwnedObjectPath, String, String), _> = answer_body(&message);
        if let Ok((id, _, _, result)) = ended {
            jobs.end(id, result);
        }
    }
}

async fn open(builder: Builder<'static>) -> Result<(Connection, MessageStream), zbus::Error> {
    let connection = builder.method_timeout(ANSWER).build().await?;
    let rule = MatchRule::builder()
        .msg_type(zbus::message::Type::Signal)
        .sender("org.freedesktop.systemd1")
        .path("/org/freedesktop/systemd1")
        .interface("org.freedesktop.systemd1.Manager")
        .member("JobRemoved")
        .build()?;
    let ends = MessageStream::for_match_rule(rule, &connection, None).await?;
    Ok((connection, ends))
}
