//! systemd-machined over D-Bus: which machines there are, mounts into running ones, and
//! registrations that outlived their machine.

use std::os::fd::OwnedFd;

use zbus::{OwnedObjectPath, OwnedVariant, fdo};

use super::bus::{Bus, Call, Service, error_name};
use super::systemd::Systemd;
use crate::HostError;

const MACHINED: Service = Service {
    title: "systemd-machined",
    name: "org.freedesktop.machine1",
    path: "/org/freedesktop/machine1",
    manager: "org.freedesktop.machine1.Manager",
};
const MACHINE: &str = "org.freedesktop.machine1.Machine";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const NO_SUCH_MACHINE: &str = "org.freedesktop.machine1.NoSuchMachine";

/// systemd-machined; the bus starts it when it is needed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Machined<'a> {
    bus: &'a Bus,
}

/// A registered machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Machine {
    pub(crate) name: String,
    /// `container` or `vm`.
    pub(crate) class: String,
    /// What registered it: `systemd-nspawn`.
    pub(crate) service: String,
    /// Its first process, as the host numbers it.
    pub(crate) leader: u32,
    /// The unit that it runs in: `container@web.service`.
    pub(crate) unit: String,
}

impl<'a> Machined<'a> {
    pub(crate) fn new(systemd: &'a Systemd) -> Self {
        Self { bus: systemd.bus() }
    }

    /// All machines but the host itself, by name. Where there is no systemd-machined,
    /// there are none.
    pub(crate) fn machines(self) -> Result<Vec<Machine>, HostError> {
        let failed = |error| MACHINED.error("list the machines", &error);
        let listed: Vec<(String, String, String, OwnedObjectPath)> =
            match self.bus.manager(MACHINED, "ListMachines", &()) {
                Err(error) if is_missing(&error) => return Ok(Vec::new()),
                listed => listed.map_err(failed)?,
            };
        let listed: Vec<_> = listed.into_iter().filter(|machine| machine.1 != "host").collect();
        let wanted = [(MACHINE, "Leader"), (MACHINE, "Unit")];
        let calls = listed.iter().flat_map(|(_, _, _, path)| {
            let call = Call { path: path.as_str(), interface: PROPERTIES, method: "Get" };
            wanted.map(|body| (call, body))
        });
        let answers: Vec<Result<OwnedVariant, zbus::Error>> = self.bus.all(MACHINED, calls);
        let mut machines = Vec::new();
        for ((name, class, service, _), answers) in listed.into_iter().zip(answers.chunks(2)) {
            // One that is gone by now is none.
            let [Ok(leader), Ok(unit)] = answers else { continue };
            let leader: u32 = leader.try_into().map_err(failed)?;
            let unit: &str = unit.try_into().map_err(failed)?;
            let unit = unit.to_owned();
            machines.push(Machine { name, class, service, leader, unit });
        }
        machines.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(machines)
    }

    /// Mounts a directory or a file of the host into a running machine; what is missing
    /// of the way to the target is made. Doing it twice mounts it twice.
    pub(crate) fn bind_mount(
        self,
        machine: &str,
        source: &str,
        target: &str,
        read_only: bool,
    ) -> Result<(), HostError> {
        let body = (machine, source, target, read_only, true);
        self.bus
            .manager(MACHINED, "BindMountMachine", &body)
            .map_err(|error| self.error(format!("mount {source} at {target} of {machine}"), &error))
    }

    /// A new terminal of a machine: its other side, and the path that it has inside.
    pub(crate) fn open_terminal(self, machine: &str) -> Result<(OwnedFd, String), HostError> {
        let opened: Result<(zbus::OwnedFd, String), _> =
            self.bus.manager(MACHINED, "OpenMachinePTY", &machine);
        let (master, path) =
            opened.map_err(|error| self.error(format!("open a terminal in {machine}"), &error))?;
        Ok((master.into(), path))
    }

    /// Has a registration forgotten whose machine is gone. Kills nothing.
    pub(crate) fn unregister(self, machine: &str) -> Result<(), HostError> {
        self.without(machine, "UnregisterMachine", "forget")
    }

    /// Kills all processes of a machine.
    pub(crate) fn terminate(self, machine: &str) -> Result<(), HostError> {
        self.without(machine, "TerminateMachine", "end")
    }

    fn without(self, machine: &str, method: &str, verb: &str) -> Result<(), HostError> {
        match self.bus.manager::<_, ()>(MACHINED, method, &machine) {
            Err(error) if error_name(&error) == Some(NO_SUCH_MACHINE) => Ok(()),
            done => {
                done.map_err(|error| self.error(format!("{verb} the machine {machine}"), &error))
            }
        }
    }

    fn error(self, operation: String, error: &zbus::Error) -> HostError {
        if is_missing(error) {
            return HostError::Refused {
                service: MACHINED.title,
                operation,
                reason: "it is not installed (on Debian it is in the package systemd-container)"
                    .into(),
            };
        }
        MACHINED.error(operation, error)
    }
}

/// Nobody can be started who has the name.
fn is_missing(error: &zbus::Error) -> bool {
    matches!(error, zbus::Error::FDO(error) if matches!(**error, fdo::Error::ServiceUnknown(_)))
}
