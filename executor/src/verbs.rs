//! What is done with single containers from day to day, outside of any plan:
//! started, stopped, restarted, reloaded as they were last applied.

use conex_model::{Attribute, ContainerName, Kind};

use crate::recorded::{Files, Outside, Recorded, unit_of};
use crate::state::Change;
use crate::{Host, HostError, LockRequest};

/// What is done with a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// It is started as its conf and unit say now. One that runs goes on with
    /// what it was started with.
    Start,
    /// It is stopped.
    Stop,
    /// It is stopped, if it runs, and started.
    Restart,
    /// The system that its conf names is activated inside, without a reboot.
    Reload,
}

impl Verb {
    /// What whoever has to wait for the lock is told.
    fn purpose(self) -> &'static str {
        match self {
            Self::Start => "conex start",
            Self::Stop => "conex stop",
            Self::Restart => "conex restart",
            Self::Reload => "conex reload",
        }
    }
}

impl<F: Files, O: Outside> Recorded<F, O> {
    /// Does it with a container that conex made, with the lock held.
    pub(crate) fn carry_out(&self, name: &ContainerName, verb: Verb) -> Result<(), HostError> {
        self.known(name)?;
        self.lock(&LockRequest::now(verb.purpose()))?;
        match verb {
            Verb::Start => self.start(name)?,
            Verb::Stop => {
                let running = self.ran_with(name)?;
                self.outside.stop(&self.files, &unit_of(name), &running)?;
                self.change(Change::Stopped(name.clone()))?;
            }
            Verb::Restart => self.restart_unit(&unit_of(name))?,
            Verb::Reload => self.reload(name)?,
        }
        self.finish()
    }

    fn start(&self, name: &ContainerName) -> Result<(), HostError> {
        self.outside.start(&unit_of(name))?;
        if self.runs_as_recorded(name)? { Ok(()) } else { self.started(name) }
    }

    fn reload(&self, name: &ContainerName) -> Result<(), HostError> {
        let observed = self.observe()?;
        let container = observed.containers.get(name);
        if !container.is_some_and(|container| container.is_running()) {
            return Err(HostError::Guest {
                machine: name.to_string(),
                reason: "does not run: start it, and it runs with its system".to_owned(),
            });
        }
        let conf = self.with(|state| state.recorded(name, Kind::Conf).cloned())?;
        let system = conf.as_ref().and_then(|conf| conf.get("path")).and_then(Attribute::as_str);
        let system = system.ok_or_else(|| HostError::Unknown {
            what: format!("the reload of {name}"),
            reason: "its system was not built".to_owned(),
        })?;
        self.activate_system(name.as_str(), system)
    }
}
