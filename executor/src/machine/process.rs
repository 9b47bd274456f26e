//! Programs that are run: their output has an end, and so has the wait for them.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::HostError;

/// How much of an output is kept; its end tells most.
const KEPT: usize = 16 * 1024;
/// How often a program is looked at.
const PAUSE: Duration = Duration::from_millis(10);
/// How long what it printed is waited for once it has ended: something that it started
/// may still have its output open.
const REST: Duration = Duration::from_millis(500);

/// What became of a program.
#[derive(Debug)]
pub(super) struct Finished {
    /// `None`: it was killed because it took too long.
    pub(super) status: Option<ExitStatus>,
    /// The end of what it printed, outputs and errors together.
    pub(super) output: String,
}

impl Finished {
    pub(super) fn success(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }
}

/// Runs a program to its end, or to its deadline.
pub(super) fn run(command: &mut Command, timeout: Duration) -> Result<Finished, HostError> {
    let name = command.get_program().to_string_lossy().into_owned();
    let failed = |error: std::io::Error| HostError::Program {
        what: name.clone(),
        reason: format!("it could not be run: {error}"),
        output: String::new(),
    };
    let deadline = Instant::now() + timeout;
    let (reader, writer) = std::io::pipe().map_err(failed)?;
    let output = read_in_background(reader);
    command.stdin(Stdio::null()).stdout(writer.try_clone().map_err(failed)?).stderr(writer);
    // Ctrl-C is for conex, which lets what runs come to its end.
    let spawned = command.process_group(0).spawn();
    // The command still has the writing end, and with it the pipe stays open.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = spawned.map_err(failed)?;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            break Some(status);
        }
        if Instant::now() >= deadline {
            let _ = child.kill();
            let _ = child.wait();
            break None;
        }
        thread::sleep(PAUSE);
    };
    Ok(Finished { status, output: collect(&output) })
}

/// What became of a program that was listened to.
#[derive(Debug)]
pub(super) struct Streamed {
    pub(super) status: ExitStatus,
    /// What it printed, up to a limit.
    pub(super) output: String,
    /// The end of its errors.
    pub(super) errors: String,
}

/// Runs a program to its end, however long it takes, and passes on each line of its
/// errors as it comes.
pub(super) fn stream(
    command: &mut Command,
    log: &mut dyn FnMut(&str),
) -> Result<Streamed, HostError> {
    let name = command.get_program().to_string_lossy().into_owned();
    let failed = |error: std::io::Error| HostError::Program {
        what: name.clone(),
        reason: format!("it could not be run: {error}"),
        output: String::new(),
    };
    let (reader, writer) = std::io::pipe().map_err(failed)?;
    let (mut listened, errors) = std::io::pipe().map_err(failed)?;
    let output = read_in_background(reader);
    command.stdin(Stdio::null()).stdout(writer).stderr(errors);
    // Ctrl-C is for conex, which lets what runs come to its end.
    let spawned = command.process_group(0).spawn();
    // The command still has the writing ends, and with them the pipes stay open.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = spawned.map_err(failed)?;
    let errors = pass_on(&mut listened, log);
    let status = child.wait().map_err(failed)?;
    Ok(Streamed { status, output: collect(&output), errors })
}

/// Passes lines on and keeps the last ones.
fn pass_on(reader: &mut impl Read, log: &mut dyn FnMut(&str)) -> String {
    let (mut chunk, mut line, mut kept) = ([0; 4096], Vec::new(), String::new());
    let mut end_of_line = |line: &mut Vec<u8>| {
        let text = String::from_utf8_lossy(line).trim_end().to_owned();
        line.clear();
        if !text.is_empty() {
            log(&text);
            kept.push_str(&text);
            kept.push('\n');
            let excess = kept.len().saturating_sub(KEPT);
            kept.drain(..kept.ceil_char_boundary(excess));
        }
    };
    while let Ok(length @ 1..) = reader.read(&mut chunk) {
        for &byte in chunk.get(..length).unwrap_or_default() {
            // Progress is drawn over itself; no line is longer than a chunk.
            if matches!(byte, b'\n' | b'\r') || line.len() >= chunk.len() {
                end_of_line(&mut line);
            }
            if !matches!(byte, b'\n' | b'\r') {
                line.push(byte);
            }
        }
    }
    end_of_line(&mut line);
    kept.trim_end().to_owned()
}

/// Where a program is, as a shell would find it.
pub(super) fn find(program: &str) -> Result<PathBuf, HostError> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let fixed = ["/run/current-system/sw/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"];
    std::env::split_paths(&path)
        .chain(fixed.into_iter().map(PathBuf::from))
        .map(|directory| directory.join(program))
        .find(|path| path.is_absolute() && path.is_file())
        .ok_or_else(|| HostError::Program {
            what: program.to_owned(),
            reason: "there is no such program on this machine".into(),
            output: String::new(),
        })
}

/// The end of an output while it is read.
#[derive(Debug)]
struct Tail {
    kept: Arc<Mutex<Vec<u8>>>,
    /// Hangs up when all is read.
    end: Receiver<()>,
}

fn read_in_background(mut reader: impl Read + Send + 'static) -> Tail {
    let (sender, end) = channel();
    let kept = Arc::new(Mutex::new(Vec::new()));
    let filled = Arc::clone(&kept);
    // Left alone when nobody listens any more: it ends with the pipe.
    let _ = thread::Builder::new().name("output".into()).spawn(move || {
        let _sender: Sender<()> = sender;
        let mut chunk = [0; 4096];
        while let Ok(length @ 1..) = reader.read(&mut chunk) {
            let mut kept = filled.lock().unwrap_or_else(PoisonError::into_inner);
            kept.extend_from_slice(chunk.get(..length).unwrap_or_default());
            let excess = kept.len().saturating_sub(KEPT);
            kept.drain(..excess);
        }
    });
    Tail { kept, end }
}

fn collect(tail: &Tail) -> String {
    let _ = tail.end.recv_timeout(REST);
    let kept = tail.kept.lock().unwrap_or_else(PoisonError::into_inner);
    String::from_utf8_lossy(&kept).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, timeout: Duration) -> Finished {
        run(Command::new("/bin/sh").args(["-c", script]), timeout).unwrap()
    }

    #[test]
    fn output_and_errors_are_kept_with_the_status() {
        let finished = shell("echo out; echo err >&2; exit 3", Duration::from_secs(10));
        assert_eq!(finished.output, "out\nerr");
        assert_eq!(finished.status.and_then(|status| status.code()), Some(3));
    }

    #[test]
    fn what_takes_too_long_is_killed() {
        let start = Instant::now();
        let finished = shell("echo before; exec sleep 60", Duration::from_millis(200));
        assert!(finished.status.is_none());
        assert_eq!(finished.output, "before");
        assert!(start.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn a_child_that_keeps_the_output_open_is_not_waited_for() {
        let start = Instant::now();
        let finished = shell("echo parent; sleep 60 &", Duration::from_secs(30));
        assert!(finished.success());
        assert_eq!(finished.output, "parent");
        assert!(start.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn lines_are_passed_on_as_they_come_and_the_rest_is_kept() {
        let mut lines = Vec::new();
        let script =
            "echo out; printf 'a\\rb\\n' >&2; head -c 9000 /dev/zero | tr '\\0' x >&2; exit 4";
        let streamed = stream(Command::new("/bin/sh").args(["-c", script]), &mut |line| {
            lines.push(line.to_owned());
        })
        .unwrap();
        assert_eq!(streamed.output, "out");
        assert_eq!(lines.iter().map(String::len).collect::<Vec<_>>(), [1, 1, 4096, 4096, 808]);
        assert!(streamed.errors.starts_with("a\nb\nxxx"), "{}", streamed.errors);
        assert_eq!(streamed.status.code(), Some(4));
    }

    #[test]
    fn of_much_output_the_end_is_kept() {
        let finished = shell("yes | head -c 1000000; echo end", Duration::from_secs(30));
        assert!(finished.output.len() <= KEPT && finished.output.ends_with("end"));
    }
}
