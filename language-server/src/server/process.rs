//! Running another program, for a bounded time.

use std::ffi::OsString;
use std::io::{self, Read, Write as _};
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often it is looked whether it has ended.
const POLL: Duration = Duration::from_millis(10);

/// What a program that ended well wrote; else what it said instead.
pub(super) fn run(command: &[OsString], input: &str, limit: Duration) -> Result<String, String> {
    let Some((program, arguments)) = command.split_first() else {
        return Err("no program is named".to_owned());
    };
    let shown = program.to_string_lossy();
    let spawned = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = spawned.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("{shown} is not installed"),
        _ => format!("{shown} did not start: {error}"),
    })?;
    let (out, err) = (read(child.stdout.take()), read(child.stderr.take()));
    if let Some(mut stdin) = child.stdin.take() {
        let input = input.to_owned();
        // A program that does not read it is no reason to wait.
        thread::spawn(move || stdin.write_all(input.as_bytes()));
    }
    let success = wait(&mut child, limit).map_err(|error| format!("{shown}: {error}"))?;
    let text = |thread: JoinHandle<Vec<u8>>| {
        String::from_utf8_lossy(&thread.join().unwrap_or_default()).into_owned()
    };
    let (out, err) = (text(out), text(err));
    match success {
        true => Ok(out),
        false => Err(format!("{shown} failed: {}", format!("{err}{out}").trim())),
    }
}

fn read(stream: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.read_to_end(&mut bytes);
        }
        bytes
    })
}

/// Whether it ended well; what takes too long is ended.
fn wait(child: &mut Child, limit: Duration) -> Result<bool, String> {
    let begin = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status.success()),
            Ok(None) if begin.elapsed() < limit => thread::sleep(POLL),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("it took longer than {} seconds", limit.as_secs()));
            }
            Err(error) => return Err(error.to_string()),
        }
    }
}
