//! Messages over a pair of byte streams.
//!
//! lsp-server has the same for standard input and output, but ends at the
//! first message that is not JSON. An editor whose plugin sent nonsense is
//! told so, and the server stays.

use std::io::{self, BufRead, Read as _, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded, unbounded};
use lsp_server::{Connection, ErrorCode, Message};
use serde_json::{Value, json};

/// More than this is no message.
const MAX_LENGTH: usize = 256 << 20;

/// What was read.
enum Frame {
    Message(Box<Message>),
    /// What is not one, with the answer to it.
    Malformed(Value),
}

/// How long the last answers may take to be written: what still runs may hold
/// its end of the connection.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Tells when everything was written.
pub(super) struct Written(Receiver<()>);

impl Written {
    /// Waits for what was said, which who leaves at once would cut off.
    pub(super) fn wait(self) {
        // It ends with an error: nothing is ever sent.
        let _ = self.0.recv_timeout(LAST_WORDS);
    }
}

/// A connection over standard input and output. Its threads end with the
/// streams.
pub(super) fn stdio() -> io::Result<(Connection, Written)> {
    let stdout = Arc::new(Mutex::new(io::stdout()));
    let (to_client, outgoing) = unbounded::<Message>();
    let (incoming, from_client) = unbounded::<Message>();
    let out = stdout.clone();
    let (writing, written) = bounded::<()>(0);
    thread::Builder::new().name("writer".to_owned()).spawn(move || {
        let _writing = writing;
        for message in outgoing {
            let written = serde_json::to_value(&message).map_err(io::Error::other);
            if written.and_then(|message| write(&out, message)).is_err() {
                return;
            }
        }
    })?;
    thread::Builder::new().name("reader".to_owned()).spawn(move || {
        let mut stdin = io::stdin().lock();
        while let Ok(Some(frame)) = read(&mut stdin) {
            let sent = match frame {
                Frame::Message(message) => incoming.send(*message).is_ok(),
                Frame::Malformed(answer) => write(&stdout, answer).is_ok(),
            };
            if !sent {
                return;
            }
        }
    })?;
    Ok((Connection { sender: to_client, receiver: from_client }, Written(written)))
}

/// Writes one message.
fn write(out: &Mutex<io::Stdout>, mut message: Value) -> io::Result<()> {
    if let Value::Object(fields) = &mut message {
        fields.insert("jsonrpc".to_owned(), "2.0".into());
    }
    let text = message.to_string();
    let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
    write!(out, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    out.flush()
}

/// Reads one message; `None` at the end of the stream. Fails when it is lost
/// where the next one begins.
fn read(stream: &mut impl BufRead) -> io::Result<Option<Frame>> {
    let Some(length) = header(stream)? else { return Ok(None) };
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(Some(parse(&body)))
}

/// The length of the message; lines that are no header are passed over.
fn header(stream: &mut impl BufRead) -> io::Result<Option<usize>> {
    const LONGEST_LINE: u64 = 4096;
    let mut length = None;
    loop {
        let mut line = Vec::new();
        if stream.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end_matches(['\r', '\n']);
        if line.is_empty() {
            match length {
                Some(length) => return Ok(Some(length)),
                None => continue,
            }
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        if name.eq_ignore_ascii_case("content-length")
            && let Ok(value) = value.trim().parse()
        {
            if value > MAX_LENGTH {
                return Err(io::ErrorKind::InvalidData.into());
            }
            length = Some(value);
        }
    }
}

fn parse(body: &[u8]) -> Frame {
    let value: Value = match serde_json::from_slice(body) {
        Ok(value) => value,
        Err(error) => {
            let message = format!("this is not JSON: {error}");
            return malformed(Value::Null, ErrorCode::ParseError, &message);
        }
    };
    let id = value.get("id").cloned().unwrap_or_default();
    match serde_json::from_value(value) {
        Ok(message) => Frame::Message(Box::new(message)),
        Err(_) => malformed(id, ErrorCode::InvalidRequest, "this is no message of the protocol"),
    }
}

fn malformed(id: Value, code: ErrorCode, message: &str) -> Frame {
    Frame::Malformed(json!({ "id": id, "error": { "code": code as i32, "message": message } }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn nonsense_is_answered_and_the_next_message_is_read() {
        let request = r#"{"id":1,"method":"shutdown"}"#;
        let text = frame("{nonsense") + &frame("[1]") + "junk\r\n" + &frame(request);
        let mut stream = text.as_bytes();
        assert!(matches!(read(&mut stream), Ok(Some(Frame::Malformed(_)))));
        assert!(matches!(read(&mut stream), Ok(Some(Frame::Malformed(_)))));
        assert!(matches!(read(&mut stream), Ok(Some(Frame::Message(_)))));
        assert!(matches!(read(&mut stream), Ok(None)));
    }

    #[test]
    fn a_message_that_breaks_off_is_the_end() {
        assert!(read(&mut "Content-Length: 10\r\n\r\n{}".as_bytes()).is_err());
        assert!(read(&mut "Content-Length: 99999999999\r\n\r\n".as_bytes()).is_err());
    }
}
