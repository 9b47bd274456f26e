//! Running a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use conex_model::{
    Action, Address, ChangeKind, ContainerName, HostIdentity, Kind, NetworkOperation, Piece, Plan,
    ResourceChange, Strength, Summary, SystemSource, Text, Unknown,
};

use crate::host::BuildRequest;
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
    /// Whether everything was done.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.skipped.is_empty()
    }
}

/// Runs a plan on a host: every change in order, each recorded as soon as it
/// is done. What does not depend on a failed change goes on.
///
/// Takes the host's lock if it is not held yet. That the plan still fits the
/// host is for the caller to check, with the lock held.
pub fn apply(
    host: &mut dyn Host,
    plan: &Plan,
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
    let mut run = Run { host, systems: BTreeMap::new() };
    let mut outcome = Outcome::default();
    let mut lost: BTreeSet<&Address> = BTreeSet::new();
    for change in &plan.changes {
        if change.kind == ChangeKind::NoOp {
            continue;
        }
        if let Some(missing) = required(change).find(|address| lost.contains(address)) {
            events(Event::ChangeSkipped(change, missing));
            lost.insert(&change.address);
            outcome.skipped.push(change.address.clone());
            continue;
        }
        events(Event::ChangeStarted(change));
        match run.change(change, events) {
            Ok(()) => {
                events(Event::ChangeDone(change));
                if change.address != Address::DaemonReload {
                    outcome.summary.count(change.kind);
                }
                outcome.done.push(change.address.clone());
            }
            Err(error) => {
                events(Event::ChangeFailed(change, &error));
                lost.insert(&change.address);
                outcome.failed.push(Failure { address: change.address.clone(), error });
            }
        }
    }
    run.host.finish()?;
    Ok(outcome)
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
    host: &'a mut dyn Host,
    /// The systems built so far.
    systems: BTreeMap<ContainerName, String>,
}

impl Run<'_> {
    fn change(
        &mut self,
        change: &ResourceChange,
        events: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), HostError> {
        self.host.begin(&change.address)?;
        for action in &change.actions {
            events(Event::ActionStarted(change, action));
            self.announce(change, action)?;
            self.act(change, action)?;
        }
        let system = change.address.container().and_then(|name| self.systems.get(name));
        match (&change.after, system) {
            (Some(after), Some(path)) => {
                self.host.record(&change.address, Some(&after.with_system(path)))
            }
            (after, _) => self.host.record(&change.address, after.as_deref()),
        }
    }

    /// A container may be stopped by a change of its network, to be started
    /// again by that of its service: an interruption must not leave it so.
    fn announce(&mut self, change: &ResourceChange, action: &Action) -> Result<(), HostError> {
        match (action, change.address.container()) {
            (Action::StopUnit { .. }, Some(name)) => {
                self.host.begin(&Address::new(name, Kind::Service))
            }
            _ => Ok(()),
        }
    }

    fn act(&mut self, change: &ResourceChange, action: &Action) -> Result<(), HostError> {
        match action {
            Action::BuildSystem { container, source } => self.build(change, container, source),
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
        &mut self,
        change: &ResourceChange,
        container: &str,
        source: &SystemSource,
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
        let path = self.host.build(container, &request)?;
        if let Some(name) = change.address.container() {
            self.systems.insert(name.clone(), path);
        }
        Ok(())
    }

    /// The text with its gaps filled.
    fn fill(&self, change: &ResourceChange, what: &str, text: &Text) -> Result<String, HostError> {
        let system = change.address.container().and_then(|name| self.systems.get(name));
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
                    filled.push_str(system.ok_or_else(|| HostError::Unknown {
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
