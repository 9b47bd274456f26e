//! A program that a user runs in a guest: it has the user's own streams, and signals that
//! conex gets reach it.

use std::io::IsTerminal as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process};

use super::guest::{Guest, Spawned};
use super::machined::Machined;
use super::process;
use super::terminal::{self, Joined, Size};
use crate::HostError;

/// How long systemd may take to pass a signal on.
const MOMENT: Duration = Duration::from_secs(10);
/// How often it is asked to.
const PAUSE: Duration = Duration::from_millis(50);

/// A program that runs in a guest.
#[derive(Debug)]
pub struct Session {
    child: Child,
    reach: Reach,
    terminal: Option<Joined>,
}

/// How to reach it from another thread.
#[derive(Debug, Clone)]
pub struct Reach {
    child: u32,
    /// The machine and the unit that its systemd runs it as.
    unit: Option<(String, String)>,
    /// Whether it is in a process group of its own.
    apart: bool,
    /// The size of its terminal, if that is one of the guest.
    size: Option<Size>,
}

impl Session {
    /// Runs a program in a guest.
    pub(super) fn start(
        guest: &Guest,
        machine: &str,
        machined: Machined<'_>,
        program: &[&str],
    ) -> Result<Self, HostError> {
        let opened = match terminal::is_there() && guest.has_bus() {
            true => Some(machined.open_terminal(machine)?),
            false => None,
        };
        // What reads from a terminal has to be in the group that the terminal is for. That
        // group gets what is typed, Ctrl-C too.
        let apart = !std::io::stdin().is_terminal();
        let prepare = |command: &mut Command| {
            if apart {
                command.process_group(0);
            }
        };
        let path = opened.as_ref().map(|(_, path)| path.as_str());
        let Spawned { child, unit } = guest.spawn(program, path, prepare)?;
        let terminal = opened.map(|(master, _)| Joined::new(master)).transpose()?;
        let apart = apart || unit.is_some();
        let unit = unit.map(|unit| (machine.to_owned(), unit));
        let size = terminal.as_ref().map(Joined::size);
        let reach = Reach { child: child.id(), unit, apart, size };
        Ok(Self { child, reach, terminal })
    }

    /// How to reach it.
    pub fn reach(&self) -> Reach {
        self.reach.clone()
    }

    /// Waits for its end and gives its exit status, as a shell has it: 128 and more for
    /// a signal that ended it. A guest's systemd tells no signals: those that end a service
    /// cleanly (HUP, INT, PIPE, TERM) are 0, others 255.
    pub fn wait(mut self) -> Result<u8, HostError> {
        let status = self.child.wait().map_err(|error| HostError::Program {
            what: "the program".to_owned(),
            reason: format!("its end could not be waited for: {error}"),
            output: String::new(),
        })?;
        if let Some(terminal) = &self.terminal {
            terminal.finish();
        }
        let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
        Ok(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX))
    }
}

impl Reach {
    /// Passes on a signal that conex got. What can not be reached (any more) has no use
    /// for it.
    pub fn signal(&self, number: i32) {
        let Some(signal) = Signal::from_named_raw(number) else { return };
        if signal == Signal::WINCH {
            // A terminal that is handed on as it is tells the program itself.
            return self.size.iter().for_each(Size::follow);
        }
        let Some(child) = i32::try_from(self.child).ok().and_then(Pid::from_raw) else { return };
        if let Some((machine, unit)) = &self.unit {
            // It may not be started yet, or have ended.
            let deadline = Instant::now() + MOMENT;
            while test_kill_process(child).is_ok() && Instant::now() < deadline {
                if pass_on(machine, unit, number) {
                    return;
                }
                std::thread::sleep(PAUSE);
            }
        } else if signal == Signal::INT && !self.apart {
            // The terminal has sent it one already.
            return;
        }
        let _ = match self.apart {
            true => kill_process_group(child, signal),
            false => kill_process(child, signal),
        };
    }
}

/// Has the guest's systemd send a signal to all processes of a unit. A unit that has none
/// yet would be a success without `--fail`, and the signal lost.
fn pass_on(machine: &str, unit: &str, number: i32) -> bool {
    let Ok(systemctl) = process::find("systemctl") else { return false };
    let mut command = Command::new(systemctl);
    command.arg(format!("--machine={machine}"));
    command.arg("kill").arg("--fail").arg(format!("--signal={number}")).arg("--").arg(unit);
    process::run(&mut command, MOMENT).is_ok_and(|finished| finished.success())
}
