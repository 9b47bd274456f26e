//! A host that breaks when it is told to, for tests of failure.

use std::sync::atomic::{AtomicUsize, Ordering};

use conex_model::{Address, Attributes, HostIdentity, NetworkOperation, Observed};

use crate::host::BuildRequest;
use crate::{Generations, Host, HostError, LockRequest, Systems};

/// When a [`FaultyHost`] breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// In place of the operation of that number, and of all later ones.
    Before(usize),
    /// Behind the operation of that number, and in place of all later ones.
    After(usize),
    /// The process is killed before the operation of that number.
    Kill(usize),
    /// In place of that many starts, restarts and activations, the first ones.
    Starts(usize),
}

/// A host whose operations work up to a point, as if the process had died
/// there. Observing it works always.
#[derive(Debug)]
pub struct FaultyHost<'a, H: ?Sized> {
    inner: &'a H,
    fault: Fault,
    operations: AtomicUsize,
    starts: AtomicUsize,
}

impl<'a, H: Host + ?Sized> FaultyHost<'a, H> {
    /// The same host with a fault.
    pub fn new(inner: &'a H, fault: Fault) -> Self {
        Self { inner, fault, operations: AtomicUsize::new(0), starts: AtomicUsize::new(0) }
    }

    /// How many operations were asked for.
    pub fn operations(&self) -> usize {
        self.operations.load(Ordering::Relaxed)
    }

    fn operate<T>(
        &self,
        operation: impl FnOnce(&H) -> Result<T, HostError>,
    ) -> Result<T, HostError> {
        let number = self.operations.fetch_add(1, Ordering::Relaxed);
        if self.fault == Fault::Kill(number) {
            // SIGKILL to oneself arrives before anything else is done.
            let _ = rustix::process::kill_process(
                rustix::process::getpid(),
                rustix::process::Signal::KILL,
            );
        }
        match self.fault {
            Fault::Before(n) if number >= n => Err(HostError::Injected { number }),
            Fault::After(n) if number > n => Err(HostError::Injected { number }),
            Fault::After(n) if number == n => {
                operation(self.inner)?;
                Err(HostError::Injected { number })
            }
            _ => operation(self.inner),
        }
    }

    /// Whether the next start fails.
    fn fails_to_start(&self) -> bool {
        matches!(self.fault, Fault::Starts(n) if self.starts.load(Ordering::Relaxed) < n)
    }

    fn start<T>(&self, operation: impl FnOnce(&H) -> Result<T, HostError>) -> Result<T, HostError> {
        let number = self.starts.fetch_add(1, Ordering::Relaxed);
        match self.fault {
            Fault::Starts(n) if number < n => Err(HostError::Injected { number }),
            _ => self.operate(operation),
        }
    }
}

impl<H: Host + ?Sized> Generations for FaultyHost<'_, H> {
    fn generations(&self) -> Result<Vec<u64>, HostError> {
        self.inner.generations()
    }

    fn read_generation(&self, number: u64, file: &str) -> Result<Option<Vec<u8>>, HostError> {
        self.inner.read_generation(number, file)
    }

    fn record_generation(
        &self,
        files: &[(&str, &str)],
        systems: &Systems,
    ) -> Result<u64, HostError> {
        self.operate(|host| host.record_generation(files, systems))
    }

    fn forget_generation(&self, number: u64) -> Result<(), HostError> {
        self.operate(|host| host.forget_generation(number))
    }

    fn systems(&self) -> Result<Systems, HostError> {
        self.inner.systems()
    }
}

impl<H: Host + ?Sized> Host for FaultyHost<'_, H> {
    fn identity(&self) -> HostIdentity {
        self.inner.identity()
    }

    fn accepts_unknown(&self) -> bool {
        self.inner.accepts_unknown()
    }

    fn settle(&self) -> Result<(), HostError> {
        self.inner.settle()
    }

    fn observe(&self) -> Result<Observed, HostError> {
        self.inner.observe()
    }

    fn is_interrupted(&self) -> Result<bool, HostError> {
        self.inner.is_interrupted()
    }

    fn lock(&self, request: &LockRequest) -> Result<(), HostError> {
        self.inner.lock(request)
    }

    fn begin(&self, address: &Address) -> Result<(), HostError> {
        self.operate(|host| host.begin(address))
    }

    fn record(&self, address: &Address, after: Option<&Attributes>) -> Result<(), HostError> {
        self.operate(|host| host.record(address, after))
    }

    fn finish(&self) -> Result<(), HostError> {
        self.operate(H::finish)
    }

    fn build(
        &self,
        container: &str,
        request: &BuildRequest<'_>,
        log: &mut dyn FnMut(&str),
    ) -> Result<String, HostError> {
        self.operate(|host| host.build(container, request, log))
    }

    fn set_profile(&self, profile: &str, system: &str) -> Result<(), HostError> {
        self.operate(|host| host.set_profile(profile, system))
    }

    fn create_directory(&self, path: &str, mode: u32) -> Result<(), HostError> {
        self.operate(|host| host.create_directory(path, mode))
    }

    fn create_empty_file(&self, path: &str) -> Result<(), HostError> {
        self.operate(|host| host.create_empty_file(path))
    }

    fn write_file(&self, path: &str, contents: &str, mode: u32) -> Result<(), HostError> {
        self.operate(|host| host.write_file(path, contents, mode))
    }

    fn write_link(&self, path: &str, target: &str) -> Result<(), HostError> {
        self.operate(|host| host.write_link(path, target))
    }

    fn remove(&self, path: &str) -> Result<(), HostError> {
        self.operate(|host| host.remove(path))
    }

    fn remove_tree(&self, path: &str) -> Result<(), HostError> {
        self.operate(|host| host.remove_tree(path))
    }

    fn daemon_reload(&self) -> Result<(), HostError> {
        self.operate(H::daemon_reload)
    }

    fn start_unit(&self, unit: &str) -> Result<(), HostError> {
        self.start(|host| host.start_unit(unit))
    }

    fn stop_unit(&self, unit: &str) -> Result<(), HostError> {
        self.operate(|host| host.stop_unit(unit))
    }

    fn restart_unit(&self, unit: &str) -> Result<(), HostError> {
        if self.fails_to_start() {
            // What was running is not any more.
            self.inner.stop_unit(unit)?;
        }
        self.start(|host| host.restart_unit(unit))
    }

    fn move_directory(&self, from: &str, to: &str) -> Result<(), HostError> {
        self.operate(|host| host.move_directory(from, to))
    }

    fn activate_system(&self, machine: &str, system: &str) -> Result<(), HostError> {
        self.start(|host| host.activate_system(machine, system))
    }

    fn bind_mount(
        &self,
        machine: &str,
        source: &str,
        target: &str,
        read_only: bool,
    ) -> Result<(), HostError> {
        self.operate(|host| host.bind_mount(machine, source, target, read_only))
    }

    fn set_unit_properties(
        &self,
        unit: &str,
        properties: &[(&str, &str)],
    ) -> Result<(), HostError> {
        self.operate(|host| host.set_unit_properties(unit, properties))
    }

    fn change_network(&self, machine: &str, operation: &NetworkOperation) -> Result<(), HostError> {
        self.operate(|host| host.change_network(machine, operation))
    }
}
