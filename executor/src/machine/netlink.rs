//! Netlink: a request to the kernel and its answer.
//!
//! The messages are those of the `netlink-packet-*` crates, over a blocking socket. The
//! kernel answers at once, so there is nothing for an asynchronous runtime to do; and
//! the socket of a thread that has entered a network namespace stays in that one.

use std::fs::File;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use std::{io, thread};

use netlink_packet_core::{
    NLM_F_ACK, NLM_F_CAPPED, NLM_F_DUMP_INTR, NLM_F_REQUEST, NetlinkBuffer, NetlinkHeader,
    NlasIterator,
};
use netlink_sys::{Socket, SocketAddr};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// The kernel answers at once; this only bounds what can not be.
const ANSWER: Duration = Duration::from_secs(10);
/// More than a message of an answer has.
const BUFFER: usize = 256 * 1024;
const HEADER: usize = 16;
const ERROR: u16 = 2;
const DONE: u16 = 3;
/// The text in an error (`NLMSGERR_ATTR_MSG`).
const ERROR_TEXT: u16 = 1;

/// A socket that threads may share.
#[derive(Debug)]
pub(super) struct Netlink {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    socket: Socket,
    sequence: u32,
}

/// A message to the kernel: its type, its flags beyond `NLM_F_REQUEST`, and what
/// follows the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) kind: u16,
    pub(super) flags: u16,
    pub(super) payload: Vec<u8>,
}

/// A message of the kernel.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) header: NetlinkHeader,
    pub(super) payload: Vec<u8>,
}

/// The kernel, or the way to it, refused.
#[derive(Debug)]
pub(super) struct Refusal {
    /// The error number, if the kernel gave one.
    pub(super) errno: Option<i32>,
    words: String,
}

impl Refusal {
    fn of_kernel(errno: i32, text: Option<String>) -> Self {
        let mut words = rustix::io::Errno::from_raw_os_error(errno).to_string();
        if let Some(text) = text {
            words = format!("{words}: {text}");
        }
        Self { errno: Some(errno), words }
    }

    pub(super) fn new(words: impl Into<String>) -> Self {
        Self { errno: None, words: words.into() }
    }

    pub(super) fn is(&self, errno: rustix::io::Errno) -> bool {
        self.errno == Some(errno.raw_os_error())
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self { errno: error.raw_os_error(), words: error.to_string() }
    }
}

impl From<Refusal> for io::Error {
    fn from(refusal: Refusal) -> Self {
        io::Error::other(refusal.words)
    }
}

impl Netlink {
    /// Has the kernel take every attribute of a request for lists seriously, also that the
    /// list is of another namespace, instead of passing over what it does not know.
    pub(super) fn strict(self) -> io::Result<Self> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.socket.set_netlink_get_strict_chk(true)?;
        drop(inner);
        Ok(self)
    }

    /// A socket of a protocol (`NETLINK_ROUTE`) in the namespace of the calling thread.
    pub(super) fn open(protocol: isize) -> io::Result<Self> {
        let mut socket = Socket::new(protocol)?;
        socket.bind_auto()?;
        socket.connect(&SocketAddr::new(0, 0))?;
        set_socket_timeout(&socket, Timeout::Recv, Some(ANSWER))?;
        // Errors in words, without the request in them. Old kernels have neither.
        let _ = socket.set_ext_ack(true);
        let _ = socket.set_cap_ack(true);
        Ok(Self { inner: Mutex::new(Inner { socket, sequence: 1 }) })
    }

    /// The same in the network namespace of a process.
    pub(super) fn open_in(protocol: isize, process: u32) -> io::Result<Self> {
        let namespace = File::open(format!("/proc/{process}/ns/net"))?;
        // A thread of its own, which ends in the namespace.
        let opened = thread::Builder::new().name("namespace".into()).spawn(move || {
            use std::os::fd::AsFd;
            move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))?;
            Self::open(protocol)
        })?;
        opened.join().unwrap_or_else(|_| Err(io::Error::other("the thread ended early")))
    }

    /// Sends messages as one and gives what comes back up to the first end: an
    /// acknowledgement, an error or the end of a list.
    pub(super) fn exchange(&self, requests: &[Request]) -> Result<Vec<Answer>, Refusal> {
        // What an earlier exchange left is told apart by its number.
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let first = inner.sequence;
        let mut bytes = Vec::new();
        for request in requests {
            request.append(inner.sequence, &mut bytes);
            inner.sequence = inner.sequence.wrapping_add(1).max(1);
        }
        let numbers = first..inner.sequence;
        inner.socket.send(&bytes, 0)?;
        inner.receive(|number| numbers.contains(&number))
    }
}

impl Inner {
    fn receive(&self, is_mine: impl Fn(u32) -> bool) -> Result<Vec<Answer>, Refusal> {
        let mut answers = Vec::new();
        loop {
            let mut buffer = Vec::with_capacity(BUFFER);
            let length = self.socket.recv(&mut buffer, 0).map_err(|error| {
                if error.kind() == io::ErrorKind::WouldBlock {
                    Refusal::new(format!("the kernel gave no answer in {} s", ANSWER.as_secs()))
                } else {
                    error.into()
                }
            })?;
            if length == 0 {
                return Err(Refusal::new("the kernel closed the socket"));
            }
            let mut rest = buffer.as_slice();
            while let Some((answer, tail)) = split(rest) {
                rest = tail;
                if !is_mine(answer.header.sequence_number) {
                    continue;
                }
                match answer.header.message_type {
                    ERROR => return outcome(&answer).map(|()| answers),
                    DONE => return outcome(&answer).map(|()| answers),
                    _ if answer.header.flags & NLM_F_DUMP_INTR != 0 => {
                        return Err(Refusal::of_kernel(
                            rustix::io::Errno::INTR.raw_os_error(),
                            Some("the list changed while it was read".into()),
                        ));
                    }
                    _ => answers.push(answer),
                }
            }
        }
    }
}

impl Request {
    fn append(&self, sequence: u32, bytes: &mut Vec<u8>) {
        let start = bytes.len();
        let length = HEADER + self.payload.len();
        bytes.resize(start + HEADER, 0);
        let mut header = NetlinkBuffer::new(&mut bytes[start..]);
        header.set_length(u32::try_from(length).unwrap_or(u32::MAX));
        header.set_message_type(self.kind);
        header.set_flags(self.flags | NLM_F_REQUEST);
        header.set_sequence_number(sequence);
        bytes.extend(&self.payload);
        bytes.resize(start + length.next_multiple_of(4), 0);
    }

    /// A change, which is acknowledged.
    pub(super) fn change(kind: u16, flags: u16, payload: Vec<u8>) -> Self {
        Self { kind, flags: flags | NLM_F_ACK, payload }
    }
}

/// The first message of a datagram, and what follows it.
fn split(bytes: &[u8]) -> Option<(Answer, &[u8])> {
    let buffer = NetlinkBuffer::new_checked(bytes).ok()?;
    let length = usize::try_from(buffer.length()).ok()?.max(HEADER);
    let payload = bytes.get(HEADER..length)?.to_vec();
    let mut header = NetlinkHeader::default();
    header.length = buffer.length();
    header.message_type = buffer.message_type();
    header.flags = buffer.flags();
    header.sequence_number = buffer.sequence_number();
    let rest = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    Some((Answer { header, payload }, rest))
}

/// What an error message or the end of a list says: both begin with a number, which is
/// 0 for success.
fn outcome(answer: &Answer) -> Result<(), Refusal> {
    let number = answer.payload.get(..4).and_then(|bytes| bytes.try_into().ok());
    match number.map_or(0, i32::from_ne_bytes) {
        0 => Ok(()),
        number => Err(Refusal::of_kernel(number.saturating_neg(), text(answer))),
    }
}

/// The kernel's own words, behind the number and the header of the request.
fn text(answer: &Answer) -> Option<String> {
    let request = answer.payload.get(4..)?;
    let capped = answer.header.flags & NLM_F_CAPPED != 0;
    let length = if capped {
        HEADER
    } else {
        let length = request.get(..4)?.try_into().ok().map(u32::from_ne_bytes)?;
        usize::try_from(length).ok()?.next_multiple_of(4)
    };
    NlasIterator::new(request.get(length..)?)
        .flatten()
        .find(|attribute| attribute.kind() == ERROR_TEXT)
        .map(|attribute| {
            String::from_utf8_lossy(attribute.value()).trim_end_matches('\0').to_owned()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_padded_and_numbered() {
        let mut bytes = Vec::new();
        Request::change(18, 0, vec![1, 2, 3]).append(7, &mut bytes);
        assert_eq!(
            bytes,
            [19, 0, 0, 0, 18, 0, 5, 0, 7, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 0],
            "little endian"
        );
    }

    #[test]
    fn an_error_is_told_in_the_kernels_words() {
        let mut payload = (-22_i32).to_ne_bytes().to_vec();
        payload.extend([0; HEADER]);
        // An attribute: its length, its type, a text.
        payload.extend([8, 0, 1, 0, b'b', b'a', b'd', 0]);
        let mut header = NetlinkHeader::default();
        header.message_type = ERROR;
        header.flags = NLM_F_CAPPED;
        let refusal = outcome(&Answer { header, payload }).unwrap_err();
        assert!(refusal.is(rustix::io::Errno::INVAL));
        assert_eq!(refusal.words, "Invalid argument (os error 22): bad");
    }

    #[test]
    fn damaged_datagrams_end_the_reading() {
        assert!(split(&[]).is_none());
        assert!(split(&[255; 16]).is_none());
        let (answer, rest) = split(&[0; 16]).map_or((None, &[1][..]), |(a, r)| (Some(a), r));
        assert!(answer.is_none_or(|answer| answer.payload.is_empty()) && rest.len() < 2);
    }
}
