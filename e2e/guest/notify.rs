//! `notify PROGRAM ARG…`: tells systemd-nspawn that the guest is ready and becomes
//! PROGRAM. systemd-nspawn listens only to the process that is PID 1 inside, so a
//! guest whose init is a shell script goes through here. Built statically, by
//! `cargo xtask e2e`, since a guest has nothing but the store.

use std::os::unix::net::UnixDatagram;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let Some((program, rest)) = arguments.split_first() else {
        return ExitCode::from(2);
    };
    if let Some(socket) = std::env::var_os("NOTIFY_SOCKET") {
        let sent = UnixDatagram::unbound().and_then(|from| from.send_to(b"READY=1", socket));
        if let Err(error) = sent {
            eprintln!("READY=1 is not sent: {error}");
        }
    }
    let error = Command::new(program).args(rest).env_remove("NOTIFY_SOCKET").exec();
    eprintln!("{}: {error}", program.to_string_lossy());
    ExitCode::from(127)
}
