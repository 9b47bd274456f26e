//! Running a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use conex_model::{
    Action, Address, ChangeKind, ContainerName, HostIdentity, Kind, NetworkOperation, Piece, Plan,
    ResourceChange, Strength, Summary, SystemSource, Text, Unknown,
};

use crate::host::BuildRequest;
use crate::tree::locked;
use crate::{Host, HostError, LockRequest};

/// What happens while a plan runs, in order.
#[derive(Debug)]
pub enum Event<'a> {
    /// The first thing.
    Started {
        /// How many changes there are.
        total: usize,
    },
    /// A change begins.
    ChangeStarted(&'a ResourceChange),
    /// An action of the change begins.
    ActionStarted(&'a ResourceChange, &'a Action),
    /// A line that the build of a system printed.
    Log(&'a ResourceChange, &'a str),
    /// The change is done and recorded.
    ChangeDone(&'a ResourceChange),
    /// The change failed.
    ChangeFailed(&'a ResourceChange, &'a HostError),
    /// The change is not tried because something it requires failed.
    ChangeSkipped(&'a ResourceChange, &'a Address),
}

/// What came of running a plan.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What was done, counted as in the plan's summary.
    pub summary: Summary,
    /// Done, in order.
    pub done: Vec<Address>,
    /// Failed.
    pub failed: Vec<Failure>,
    /// Not tried, because something they require failed.
    pub skipped: Vec<Address>,
    /// Not begun, because the run was interrupted.
    pub interrupted: Vec<Address>,
}

/// A change that failed.
#[derive(Debug)]
pub struct Failure {
    /// Which.
    pub address: Address,
    /// Why.
    pub error: HostError,
}

/// Why a plan was not run at all, or its end not recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// The plan was made for another host.
    #[error("the plan was made for {planned}, not for {actual}")]
    OtherHost {
        /// The plan's host.
        planned: HostIdentity,
        /// This host.
        actual: HostIdentity,
    },
    /// Values are needed that are not known. Nothing was changed.
    #[error("the plan needs values that are not known until a nixpkgs is given")]
    Unknown(Vec<UnknownValue>),
    /// The plan comes from a file, and its secrets were not added to it.
    /// Nothing was changed.
    #[error("{0} needs secrets, which no plan file holds")]
    Hidden(Address),
    /// The host can not be locked or the result not be recorded.
    #[error(transparent)]
    Host(#[from] HostError),
}

/// A value that a plan needs and that is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownValue {
    /// What needs it.
    pub address: Address,
    /// Why it is not known, and where it is written.
    pub unknown: Arc<Unknown>,
}

impl Outcome {
    /// Whether anything was done, or tried.
    pub fn has_begun(&self) -> bool {
        !self.done.is_empty() || !self.failed.is_empty()
    }

    /// Whether everything was done.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.skipped.is_empty() && self.interrupted.is_empty()
    }
}

/// How a plan is run.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// How many changes are made at once, at most; one at a time they are made
    /// in the order of the plan.
    pub parallelism: NonZeroUsize,
    /// When it becomes true, what runs is brought to its end and nothing else
    /// is begun.
    pub interrupted: Option<&'a AtomicBool>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self { parallelism: NonZeroUsize::MIN, interrupted: None }
    }
}

/// Runs a plan on a host: every change behind what it depends on, each
/// recorded as soon as it is done. What does not depend on a failed change
/// goes on.
///
/// Takes the host's lock if it is not held yet. That the plan still fits the
/// host is for the caller to check, with the lock held.
pub fn apply(
    host: &dyn Host,
    plan: &Plan,
    options: &Options<'_>,
    events: &mut dyn FnMut(Event<'_>),
) -> Result<Outcome, ApplyError> {
    let outcome = run(host, plan, options, events)?;
    host.finish()?;
    Ok(outcome)
}

/// Runs a plan as [`apply`] does, but leaves it to the caller to
/// [finish](Host::finish): until then the host counts as interrupted, so that
/// what is to be recorded of the outcome is not lost to a kill unnoticed.
pub fn run(
    host: &dyn Host,
    plan: &Plan,
    options: &Options<'_>,
    events: &mut dyn FnMut(Event<'_>),
) -> Result<Outcome, ApplyError> {
    if plan.host != host.identity() {
        return Err(ApplyError::OtherHost { planned: plan.host.clone(), actual: host.identity() });
    }
    if !host.accepts_unknown() {
        refuse_unknown(plan)?;
    }
    if let Some(change) = plan.changes.iter().find(|change| change.hides_secrets()) {
        return Err(ApplyError::Hidden(change.address.clone()));
    }
    host.lock(&LockRequest::now("conex apply"))?;
    events(Event::Started { total: plan.changes.len() });
    let run = Run { host, systems: Mutex::default() };
    Ok(Schedule::new(plan).run(&run, options, events))
}

/// Which changes can be made now.
struct Schedule<'a> {
    changes: &'a [ResourceChange],
    /// How many changes each one still waits for.
    waits: Vec<usize>,
    /// Which changes wait for each one.
    waiting: Vec<Vec<usize>>,
    ready: BTreeSet<usize>,
    lost: BTreeSet<&'a Address>,
    outcome: Outcome,
}

/// What happens while a change is made.
enum Doing<'c, 'l> {
    Action(&'c Action),
    Log(&'l str),
}

/// What a thread that makes a change tells.
enum Told<'a> {
    Action(usize, &'a Action),
    Log(usize, String),
    Ended(usize, Result<(), HostError>),
}

impl<'a> Schedule<'a> {
    fn new(plan: &'a Plan) -> Self {
        let changes = plan.changes.as_slice();
        let made = |change: &&ResourceChange| change.kind != ChangeKind::NoOp;
        let numbers: BTreeMap<&Address, usize> = changes
            .iter()
            .enumerate()
            .filter(|(_, change)| made(change))
            .map(|(i, change)| (&change.address, i))
            .collect();
        let mut schedule = Self {
            changes,
            waits: vec![0; changes.len()],
            waiting: vec![Vec::new(); changes.len()],
            ready: BTreeSet::new(),
            lost: BTreeSet::new(),
            outcome: Outcome::default(),
        };
        for (&address, &i) in &numbers {
            let on: BTreeSet<usize> = changes[i]
                .depends_on
                .iter()
                .filter(|dependency| dependency.on != *address)
                .filter_map(|dependency| numbers.get(&dependency.on).copied())
                .collect();
            schedule.waits[i] = on.len();
            on.into_iter().for_each(|on| schedule.waiting[on].push(i));
        }
        schedule.ready = numbers.into_values().filter(|i| schedule.waits[*i] == 0).collect();
        schedule
    }

    fn run(
        mut self,
        run: &Run<'_>,
        options: &Options<'_>,
        events: &mut dyn FnMut(Event<'_>),
    ) -> Outcome {
        let (tell, told) = mpsc::channel();
        std::thread::scope(|scope| {
            let mut running = 0;
            loop {
                while running < options.parallelism.get() && !is_interrupted(options) {
                    let Some(i) = self.next(events) else { break };
                    running += 1;
                    let (change, tell) = (&self.changes[i], tell.clone());
                    scope.spawn(move || {
                        let result = run.change(change, &mut |doing| {
                            // Nobody listens any more: then nobody is told.
                            let _ = tell.send(match doing {
                                Doing::Action(action) => Told::Action(i, action),
                                Doing::Log(line) => Told::Log(i, line.to_owned()),
                            });
                        });
                        let _ = tell.send(Told::Ended(i, result));
                    });
                }
                if running == 0 {
                    break;
                }
                match told.recv() {
                    Ok(Told::Action(i, action)) => {
                        events(Event::ActionStarted(&self.changes[i], action));
                    }
                    Ok(Told::Log(i, line)) => events(Event::Log(&self.changes[i], &line)),
                    Ok(Told::Ended(i, result)) => {
                        running -= 1;
                        self.ended(i, result, events);
                    }
                    Err(_) => break,
                }
            }
        });
        self.given_up()
    }

    /// The next change that can be made; those that can not any more are
    /// skipped on the way.
    fn next(&mut self, events: &mut dyn FnMut(Event<'_>)) -> Option<usize> {
        let changes = self.changes;
        while let Some(i) = self.ready.pop_first() {
            let change = &changes[i];
            let Some(missing) = required(change).find(|address| self.lost.contains(address)) else {
                events(Event::ChangeStarted(change));
                return Some(i);
            };
            events(Event::ChangeSkipped(change, missing));
            self.lost.insert(&change.address);
            self.outcome.skipped.push(change.address.clone());
            self.release(i);
        }
        None
    }

    fn ended(
        &mut self,
        i: usize,
        result: Result<(), HostError>,
        events: &mut dyn FnMut(Event<'_>),
    ) {
        let change = &self.changes[i];
        match result {
            Ok(()) => {
                events(Event::ChangeDone(change));
                if change.address != Address::DaemonReload {
                    self.outcome.summary.count(change.kind);
                }
                self.outcome.done.push(change.address.clone());
            }
            Err(error) => {
                events(Event::ChangeFailed(change, &error));
                self.lost.insert(&change.address);
                self.outcome.failed.push(Failure { address: change.address.clone(), error });
            }
        }
        self.release(i);
    }

    fn release(&mut self, i: usize) {
        for waiting in std::mem::take(&mut self.waiting[i]) {
            self.waits[waiting] -= 1;
            if self.waits[waiting] == 0 {
                self.ready.insert(waiting);
            }
        }
    }

    /// The outcome, with what an interruption kept from being begun.
    fn given_up(mut self) -> Outcome {
        let ended: BTreeSet<&Address> = {
            let failed = self.outcome.failed.iter().map(|failure| &failure.address);
            self.outcome.done.iter().chain(&self.outcome.skipped).chain(failed).collect()
        };
        let rest = self.changes.iter().filter(|change| change.kind != ChangeKind::NoOp);
        let rest = rest.map(|change| &change.address).filter(|address| !ended.contains(address));
        self.outcome.interrupted = rest.cloned().collect();
        self.outcome
    }
}

fn is_interrupted(options: &Options<'_>) -> bool {
    options.interrupted.is_some_and(|interrupted| interrupted.load(Ordering::Relaxed))
}

fn required(change: &ResourceChange) -> impl Iterator<Item = &Address> {
    change
        .depends_on
        .iter()
        .filter(|dependency| dependency.strength == Strength::Requires)
        .map(|dependency| &dependency.on)
}

fn refuse_unknown(plan: &Plan) -> Result<(), ApplyError> {
    let mut values = Vec::new();
    for change in &plan.changes {
        for unknown in change.actions.iter().flat_map(unknowns) {
            values.push(UnknownValue { address: change.address.clone(), unknown });
        }
    }
    if values.is_empty() { Ok(()) } else { Err(ApplyError::Unknown(values)) }
}

/// What an action needs and nobody knows.
fn unknowns(action: &Action) -> Vec<Arc<Unknown>> {
    match action {
        Action::BuildSystem { source: SystemSource::Config(unknown), .. } => vec![unknown.clone()],
        Action::BuildSystem {
            source: SystemSource::Path(text) | SystemSource::Flake(text),
            ..
        } => text.unknowns().cloned().collect(),
        Action::SetProfile { system: text, .. }
        | Action::WriteFile { contents: text, .. }
        | Action::WriteLink { target: text, .. }
        | Action::ActivateSystem { system: text, .. } => text.unknowns().cloned().collect(),
        Action::BindMount { source, target, .. } => {
            source.unknowns().chain(target.unknowns()).cloned().collect()
        }
        Action::Network { operation, .. } => match operation {
            NetworkOperation::AddAddress { address: text, .. }
            | NetworkOperation::RemoveAddress { address: text, .. }
            | NetworkOperation::AddRoute { destination: text, .. }
            | NetworkOperation::RemoveRoute { destination: text, .. }
            | NetworkOperation::SetBridge { bridge: text, .. } => {
                text.unknowns().cloned().collect()
            }
            NetworkOperation::RemoveInterface { .. } => Vec::new(),
            NetworkOperation::AddForward(forward) | NetworkOperation::RemoveForward(forward) => {
                [&forward.protocol, &forward.host_port, &forward.container_port]
                    .into_iter()
                    .flat_map(Text::unknowns)
                    .cloned()
                    .collect()
            }
        },
        _ => Vec::new(),
    }
}

struct Run<'a> {
    host: &'a dyn Host,
    /// The systems built so far.
    systems: Mutex<BTreeMap<ContainerName, String>>,
}

impl Run<'_> {
    fn change<'c>(
        &self,
        change: &'c ResourceChange,
        tell: &mut dyn FnMut(Doing<'c, '_>),
    ) -> Result<(), HostError> {
        self.host.begin(&change.address)?;
        for action in &change.actions {
            tell(Doing::Action(action));
            self.announce(change, action)?;
            self.act(change, action, &mut |line| tell(Doing::Log(line)))?;
        }
        match (&change.after, self.system(change)) {
            (Some(after), Some(path)) => {
                self.host.record(&change.address, Some(&after.with_system(&path)))
            }
            (after, _) => self.host.record(&change.address, after.as_deref()),
        }
    }

    /// The path of the container's system, once it is built.
    fn system(&self, change: &ResourceChange) -> Option<String> {
        locked(&self.systems).get(change.address.container()?).cloned()
    }

    /// A container may be stopped by a change of its network, to be started
    /// again by that of its service: an interruption must not leave it so.
    fn announce(&self, change: &ResourceChange, action: &Action) -> Result<(), HostError> {
        match (action, change.address.container()) {
            (Action::StopUnit { .. }, Some(name)) => {
                self.host.begin(&Address::new(name, Kind::Service))
            }
            _ => Ok(()),
        }
    }

    fn act(
        &self,
        change: &ResourceChange,
        action: &Action,
        log: &mut dyn FnMut(&str),
    ) -> Result<(), HostError> {
        match action {
            Action::BuildSystem { container, source } => self.build(change, container, source, log),
            Action::SetProfile { profile, system } => {
                let system = self.fill(change, profile, system)?;
                self.host.set_profile(profile, &system)
            }
            Action::CreateDirectory { path, mode } => self.host.create_directory(path, *mode),
            Action::CreateEmptyFile { path } => self.host.create_empty_file(path),
            Action::WriteFile { path, contents, mode } => {
                let contents = self.fill(change, path, contents)?;
                self.host.write_file(path, &contents, *mode)
            }
            Action::WriteLink { path, target } => {
                let target = self.fill(change, path, target)?;
                self.host.write_link(path, &target)
            }
            Action::Remove { path } => self.host.remove(path),
            Action::RemoveTree { path } => self.host.remove_tree(path),
            Action::Move { from, to } => self.host.move_directory(from, to),
            Action::DaemonReload => self.host.daemon_reload(),
            Action::StartUnit { unit } => self.host.start_unit(unit),
            Action::StopUnit { unit } => self.host.stop_unit(unit),
            Action::RestartUnit { unit } => self.host.restart_unit(unit),
            Action::ActivateSystem { machine, system } => {
                let system = self.fill(change, machine, system)?;
                self.host.activate_system(machine, &system)
            }
            Action::BindMount { machine, source, target, read_only } => {
                let source = self.fill(change, machine, source)?;
                let target = self.fill(change, machine, target)?;
                self.host.bind_mount(machine, &source, &target, *read_only)
            }
            Action::SetUnitProperties { unit, properties } => {
                let properties: Vec<(&str, &str)> =
                    properties.iter().map(|(name, value)| (&**name, &**value)).collect();
                self.host.set_unit_properties(unit, &properties)
            }
            Action::Network { machine, operation } => self.host.change_network(machine, operation),
        }
    }

    fn build(
        &self,
        change: &ResourceChange,
        container: &str,
        source: &SystemSource,
        log: &mut dyn FnMut(&str),
    ) -> Result<(), HostError> {
        let text;
        let request = match source {
            SystemSource::Config(unknown) => BuildRequest::Config { digest: digest(unknown) },
            SystemSource::Derivation { derivation, path } => {
                BuildRequest::Derivation { derivation, path }
            }
            SystemSource::Path(path) => match path.unknowns().next() {
                Some(unknown) => BuildRequest::Unknown { digest: digest(unknown) },
                None => {
                    text = self.fill(change, container, path)?;
                    BuildRequest::Path(&text)
                }
            },
            SystemSource::Flake(flake) => match flake.unknowns().next() {
                Some(unknown) => BuildRequest::Unknown { digest: digest(unknown) },
                None => {
                    text = self.fill(change, container, flake)?;
                    BuildRequest::Flake(&text)
                }
            },
        };
        let path = self.host.build(container, &request, log)?;
        if let Some(name) = change.address.container() {
            locked(&self.systems).insert(name.clone(), path);
        }
        Ok(())
    }

    /// The text with its gaps filled.
    fn fill(&self, change: &ResourceChange, what: &str, text: &Text) -> Result<String, HostError> {
        let system = self.system(change);
        let mut filled = String::new();
        for piece in text.pieces() {
            match piece {
                Piece::Literal(literal) => filled.push_str(literal),
                Piece::Secret(secret) => {
                    filled.push_str(secret.reveal().ok_or_else(|| HostError::Unknown {
                        what: what.to_owned(),
                        reason: "a plan file holds no secrets".to_owned(),
                    })?);
                }
                Piece::System => {
                    filled.push_str(system.as_deref().ok_or_else(|| HostError::Unknown {
                        what: what.to_owned(),
                        reason: "the system was not built".to_owned(),
                    })?);
                }
                Piece::Unknown(_) if self.host.accepts_unknown() => {
                    filled.push_str("(known after build)");
                }
                Piece::Unknown(unknown) => {
                    return Err(HostError::Unknown {
                        what: what.to_owned(),
                        reason: unknown.reason.clone(),
                    });
                }
            }
        }
        Ok(filled)
    }
}

/// What tells one unknown value from another.
fn digest(unknown: &Unknown) -> &str {
    unknown.digest.as_deref().unwrap_or(&unknown.reason)
}
