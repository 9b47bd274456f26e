//! A terminal for a program in a guest: one that belongs to the guest, joined with the one
//! that conex has.
//!
//! The guest can not be given conex' own. It would be nobody's there: no jobs, no
//! `/dev/tty`, and what is typed as Ctrl-C would go to conex.

use std::fs::File;
use std::io::{IsTerminal as _, Read, Write};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use rustix::io::Errno;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr, tcsetwinsize};

use crate::HostError;

/// How long the rest of what it printed is waited for.
const REST: Duration = Duration::from_millis(500);
/// How long nobody has it open before the program does.
const PAUSE: Duration = Duration::from_millis(10);

/// Both terminals while they are joined. The own one is put back when it is dropped.
#[derive(Debug)]
pub(super) struct Joined {
    master: Arc<File>,
    before: Termios,
    ended: Arc<AtomicBool>,
    /// Hangs up when all is printed.
    printed: Receiver<()>,
}

/// The other side of the guest's terminal, for the size of the own one.
#[derive(Debug, Clone)]
pub(super) struct Size(Arc<File>);

/// Whether conex has a terminal to give.
pub(super) fn is_there() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

impl Joined {
    /// Joins a terminal of a guest with the own one, which hands on whatever is typed.
    pub(super) fn new(master: OwnedFd) -> Result<Self, HostError> {
        let failed = |error: Errno| HostError::io("use", "the terminal", error);
        let master = Arc::new(File::from(master));
        let before = tcgetattr(std::io::stdin()).map_err(failed)?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(std::io::stdin(), OptionalActions::Flush, &raw).map_err(failed)?;
        let ended = Arc::new(AtomicBool::new(false));
        let (sender, printed) = channel();
        let joined = Self { master: master.clone(), before, ended: ended.clone(), printed };
        joined.size().follow();
        let typed = master.clone();
        let started = thread::Builder::new().name("typed".into()).spawn(move || hand_on(&typed));
        let started = started.and_then(|_| {
            thread::Builder::new().name("printed".into()).spawn(move || {
                print(&master, &ended);
                drop(sender);
            })
        });
        match started {
            Ok(_) => Ok(joined),
            Err(error) => Err(HostError::io("use", "the terminal", error)),
        }
    }

    pub(super) fn size(&self) -> Size {
        Size(self.master.clone())
    }

    /// Waits, not for ever, until what a program printed that has ended is there.
    pub(super) fn finish(&self) {
        self.ended.store(true, Ordering::Relaxed);
        let _ = self.printed.recv_timeout(REST);
    }
}

impl Drop for Joined {
    fn drop(&mut self) {
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Flush, &self.before);
    }
}

impl Size {
    /// Makes it as large as the own one is now.
    pub(super) fn follow(&self) {
        if let Ok(size) = tcgetwinsize(std::io::stdout()) {
            let _ = tcsetwinsize(&*self.0, size);
        }
    }
}

/// What is typed. Ends with conex.
fn hand_on(mut to: &File) {
    let mut chunk = [0; 4096];
    let mut stdin = std::io::stdin().lock();
    while let Ok(length @ 1..) = stdin.read(&mut chunk) {
        if to.write_all(chunk.get(..length).unwrap_or_default()).is_err() {
            return;
        }
    }
}

/// What is printed. As long as nobody has the terminal open there is nothing to read.
fn print(mut from: &File, ended: &AtomicBool) {
    let mut chunk = [0; 4096];
    let mut stdout = std::io::stdout();
    loop {
        match from.read(&mut chunk) {
            Ok(length @ 1..) => {
                let written = stdout
                    .write_all(chunk.get(..length).unwrap_or_default())
                    .and_then(|()| stdout.flush());
                if written.is_err() {
                    return;
                }
            }
            _ if ended.load(Ordering::Relaxed) => return,
            _ => thread::sleep(PAUSE),
        }
    }
}
