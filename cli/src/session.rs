//! Programs that take the place of conex: in a container, or on the host.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use conex_executor::MachineHost;
use conex_model::ContainerName;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH};
use signal_hook::iterator::Signals;

use crate::command_error::{CommandError, Kind, Result, Success};

/// Runs a program in a container. What conex is sent meanwhile is for it.
pub(crate) fn run(host: &MachineHost, name: &ContainerName, program: &[&str]) -> Result<Success> {
    // Before there is anything to send them to: none is to end conex alone.
    let signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH]);
    let mut signals = signals
        .map_err(|error| CommandError::file("could not listen for Ctrl-C".to_owned(), &error))?;
    let session = host.run(name.as_str(), program)?;
    let reach = session.reach();
    let passing = std::thread::Builder::new().name("signals".into());
    passing
        .spawn(move || signals.forever().for_each(|signal| reach.signal(signal)))
        .map_err(|error| CommandError::file("could not pass on signals".to_owned(), &error))?;
    Ok(Success::Exited(session.wait()?))
}

/// Becomes a program of the host.
pub(crate) fn become_program(command: &mut Command) -> Result<Success> {
    let error = command.exec();
    let program = command.get_program().to_string_lossy();
    Err(CommandError::new(Kind::Host, format!("{program} could not be run: {error}")))
}
