//! What a running container needs.

use std::collections::BTreeMap;
use std::sync::Arc;

use conex_model::{
    Action, Attribute, Attributes, ChangeKind, Disruption, Kind, ObservedContainer, Reason, Text,
};

use crate::resources::Resources;
use crate::rungs::Need;
use crate::spec::{LIMITS, Strategy};
use crate::{layout, network, rungs};

/// What is to be done about the running container.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// The gentlest way that suffices.
    pub(crate) rung: Disruption,
    /// What a reader should know.
    pub(crate) notes: Vec<String>,
    /// The options that need the highest rung.
    pub(crate) because: Vec<String>,
    /// Something waits for the next start because `restartIfChanged` is off.
    pub(crate) pending: bool,
    /// What the network resource does around the container.
    network: Vec<&'static str>,
    /// The added mounts, if they are made live.
    mounts: bool,
    /// The limits are changed.
    limits: bool,
    /// The new system is activated.
    reload: bool,
}

/// A change of the service, without its address and causes.
#[derive(Debug)]
pub(crate) struct ServiceChange {
    pub(crate) kind: ChangeKind,
    pub(crate) before: Option<Arc<Attributes>>,
    pub(crate) after: Option<Arc<Attributes>>,
    pub(crate) reason: Reason,
    pub(crate) verdict: Verdict,
    pub(crate) actions: Vec<Action>,
}

/// The change of the service, if there is any.
pub(crate) fn change(
    resources: &Resources<'_>,
    observed: Option<&ObservedContainer>,
    replace: bool,
) -> Option<ServiceChange> {
    let found = observed.and_then(|observed| observed.found(Kind::Service));
    // It was stopped to be started again, and then came an interruption.
    let seen = observed.and_then(|observed| observed.resources.get(&Kind::Service));
    let stopped = seen.is_some_and(|seen| seen.found.is_none() && seen.recorded.is_none());
    match (found, resources.spec.auto_start) {
        (None, _) if stopped => {
            let reason = Reason::Interrupted;
            Some(ServiceChange { reason, ..start(resources, observed) })
        }
        (None, Some(true)) => Some(start(resources, observed)),
        (None, _) => None,
        (Some(found), _) if replace => Some(replacement(resources, found)),
        (Some(found), _) => repair(resources, found, observed).or_else(|| update(resources, found)),
    }
}

fn start(resources: &Resources<'_>, observed: Option<&ObservedContainer>) -> ServiceChange {
    let known = observed.is_some_and(|observed| observed.found(Kind::Unit).is_some());
    ServiceChange {
        kind: ChangeKind::Create,
        before: None,
        after: Some(Arc::new(resources.started.clone())),
        reason: if known { Reason::Drift } else { Reason::New },
        verdict: Verdict::default(),
        actions: vec![Action::StartUnit { unit: unit(resources) }],
    }
}

/// A restart because something of the container's network is gone that only a
/// start makes.
fn repair(
    resources: &Resources<'_>,
    found: &Arc<Attributes>,
    observed: Option<&ObservedContainer>,
) -> Option<ServiceChange> {
    let network = observed?.resources.get(&Kind::Network)?;
    let (recorded, there) = (network.recorded.as_deref()?, network.found.as_deref()?);
    let lost: Vec<&str> = recorded
        .differences(there)
        .into_iter()
        .filter(|name| !network::LIVE.contains(name))
        .collect();
    if lost.is_empty() {
        return None;
    }
    let notes = lost.iter().map(|name| {
        let need = rungs::need(name, recorded.get(name), there.get(name), false);
        format!("`{name}` is not as conex left it; to mend it needs a restart: {}", need.why)
    });
    let mut notes: Vec<String> = notes.collect();
    if let Some((_, why)) = most(resources).filter(|(most, _)| *most < Disruption::Restart) {
        notes.push(format!("it waits for the next start: {why}"));
        return Some(ServiceChange {
            kind: ChangeKind::NoOp,
            before: Some(found.clone()),
            after: Some(found.clone()),
            reason: Reason::Drift,
            actions: Vec::new(),
            verdict: Verdict { notes, pending: true, ..Verdict::default() },
        });
    }
    let verdict = Verdict { rung: Disruption::Restart, notes, ..Verdict::default() };
    Some(ServiceChange {
        kind: ChangeKind::Update,
        before: Some(found.clone()),
        after: Some(Arc::new(resources.started.clone())),
        reason: Reason::Drift,
        actions: vec![Action::RestartUnit { unit: unit(resources) }],
        verdict,
    })
}

/// A restart that was asked for.
fn replacement(resources: &Resources<'_>, found: &Arc<Attributes>) -> ServiceChange {
    let unit = unit(resources);
    let verdict = Verdict { rung: Disruption::Restart, ..Verdict::default() };
    ServiceChange {
        kind: ChangeKind::Replace,
        before: Some(found.clone()),
        after: Some(Arc::new(resources.started.clone())),
        reason: Reason::Requested,
        actions: vec![Action::RestartUnit { unit }],
        verdict,
    }
}

fn update(resources: &Resources<'_>, found: &Arc<Attributes>) -> Option<ServiceChange> {
    if **found == resources.started {
        return None;
    }
    let verdict = judge(resources, found);
    if verdict.rung == Disruption::None && !verdict.pending {
        return None;
    }
    let after = after(&verdict, found, &resources.started);
    let kind = match verdict.rung {
        Disruption::None => ChangeKind::NoOp,
        Disruption::Recreate => ChangeKind::Replace,
        _ => ChangeKind::Update,
    };
    Some(ServiceChange {
        kind,
        before: Some(found.clone()),
        after: Some(Arc::new(after)),
        reason: Reason::Configuration,
        actions: actions(&verdict, resources, found),
        verdict,
    })
}

fn judge(resources: &Resources<'_>, found: &Attributes) -> Verdict {
    let started = &resources.started;
    let shifted = resources.spec.shifts_users();
    let mut verdict = Verdict::default();
    let differing = found.differences(started);
    // Without a lasting root there is none to name: that follows.
    let follows = |name: &str| name == "root" && differing.contains(&"ephemeral");
    let mut needs: Vec<(&str, rungs::Need)> = differing
        .iter()
        .copied()
        .filter(|name| !follows(name))
        .map(|name| (name, rungs::need(name, found.get(name), started.get(name), shifted)))
        .filter(|(_, need)| need.rung > Disruption::None)
        .collect();
    if resources.host.forwards_need_start && adds_forward(found, started) {
        for (_, need) in needs.iter_mut().filter(|(name, _)| *name == "forwardPorts") {
            let why = "systemd has nowhere to forward ports yet: the first start of a container \
                       with one makes it";
            *need = Need { rung: Disruption::Restart, why };
        }
    }
    if resources.spec.strategy == Some(Strategy::Restart) {
        for (_, need) in &mut needs {
            if need.rung == Disruption::Reload {
                *need = Need { rung: Disruption::Restart, why: "`updateStrategy` is \"restart\"" };
            }
        }
    }
    if let Some((most, why)) = most(resources) {
        needs.retain(|(name, need)| {
            let waits = need.rung > most;
            if waits {
                verdict.pending = true;
                verdict.notes.push(format!("`{name}` takes effect at the next start: {why}"));
            }
            !waits
        });
    }
    verdict.rung = needs.iter().map(|(_, need)| need.rung).max().unwrap_or_default();
    verdict.network = network::LIVE
        .into_iter()
        .filter(|name| needs.iter().any(|(changed, _)| changed == name))
        .collect();
    verdict.mounts = needs.iter().any(|(name, _)| *name == "bindMounts");
    verdict.limits = needs.iter().any(|(name, _)| *name == "limits");
    verdict.reload = needs.iter().any(|(_, need)| need.rung == Disruption::Reload);
    for (name, need) in needs.iter().filter(|(_, need)| need.rung == verdict.rung) {
        verdict.because.push((*name).to_owned());
        if need.rung >= Disruption::Restart {
            verdict.notes.push(format!("`{name}` needs a {}: {}", need.rung, need.why));
        }
    }
    let ephemeral = found.get("ephemeral") == Some(&Attribute::Bool(true));
    if ephemeral && verdict.rung >= Disruption::Restart {
        let note = "what it wrote since its start is lost: it is ephemeral";
        verdict.notes.push(note.to_owned());
    }
    verdict
}

/// Whether a port is forwarded that was not.
fn adds_forward(before: &Attributes, after: &Attributes) -> bool {
    let forwards = |side: &Attributes| network::forwards(side.get("forwardPorts"));
    let before = forwards(before);
    forwards(after).iter().any(|forward| !before.contains(forward))
}

/// The most that may be done to the running container, and what says so.
fn most(resources: &Resources<'_>) -> Option<(Disruption, String)> {
    let unchanged = (!resources.spec.restart_if_changed)
        .then(|| (Disruption::Reload, "`restartIfChanged` is off".to_owned()));
    let strategy = match resources.spec.strategy {
        Some(Strategy::AtMost(most)) => Some((most, format!("`updateStrategy` is \"{most}\""))),
        _ => None,
    };
    strategy.into_iter().chain(unchanged).min_by_key(|(most, _)| *most)
}

/// What the container runs with afterwards. After a restart that is all new;
/// otherwise only what was done to it.
fn after(verdict: &Verdict, found: &Attributes, started: &Attributes) -> Attributes {
    if verdict.rung >= Disruption::Restart {
        return started.clone();
    }
    let mut after = found.clone();
    let mut copy = |name: &'static str| {
        after.set(name, started.get(name).cloned().unwrap_or(Attribute::Null));
    };
    if verdict.reload {
        copy("path");
        copy("flake");
    }
    if verdict.mounts {
        copy("bindMounts");
    }
    if verdict.limits {
        copy("limits");
    }
    verdict.network.iter().copied().for_each(copy);
    after
}

fn actions(verdict: &Verdict, resources: &Resources<'_>, found: &Attributes) -> Vec<Action> {
    let unit = unit(resources);
    match verdict.rung {
        Disruption::None => Vec::new(),
        Disruption::Recreate => {
            vec![Action::StopUnit { unit: unit.clone() }, Action::StartUnit { unit }]
        }
        Disruption::Restart => vec![Action::RestartUnit { unit }],
        Disruption::Live | Disruption::Reload => {
            let mut actions = if verdict.mounts { mounts(resources, found) } else { Vec::new() };
            if verdict.limits {
                let properties = limits(resources, found);
                actions.push(Action::SetUnitProperties { unit, properties });
            }
            if verdict.reload {
                actions.push(Action::ActivateSystem {
                    machine: resources.spec.name().into(),
                    system: crate::text::with_system(&Text::system(), &resources.system),
                });
            }
            actions
        }
    }
}

/// The mounts that were not there. Only additions are made live.
fn mounts(resources: &Resources<'_>, found: &Attributes) -> Vec<Action> {
    let there = found.get("bindMounts").and_then(Attribute::as_map);
    let all = resources.spec.attribute("bindMounts");
    let labels = all.as_map().into_iter().flat_map(|map| map.keys());
    let binds = &resources.spec.binds;
    labels
        .zip(binds)
        .filter(|(label, _)| !there.is_some_and(|there| there.contains_key(*label)))
        .map(|(_, bind)| Action::BindMount {
            machine: resources.spec.name().into(),
            source: bind.source.as_ref().unwrap_or(&bind.target).text(),
            target: bind.target.text(),
            read_only: bind.read_only,
        })
        .collect()
}

/// The limits that differ; those that are no more go back to their defaults,
/// which an empty value stands for.
fn limits(resources: &Resources<'_>, found: &Attributes) -> Vec<(Arc<str>, Arc<str>)> {
    let there = found.get("limits").and_then(Attribute::as_map);
    let wanted = resources.spec.attribute("limits");
    let of = |map: Option<&BTreeMap<Arc<str>, Attribute>>, option: &str| map?.get(option).cloned();
    let differing = LIMITS
        .iter()
        .filter(|(option, _)| of(there, option) != of(wanted.as_map(), option))
        .map(|(_, setting)| {
            let limit = resources.spec.limits.iter().find(|(name, _)| name == setting);
            let value = limit.map_or(Some(""), |(_, leaf)| leaf.as_str());
            value.map(|value| ((*setting).into(), value.into()))
        });
    differing.flatten().collect()
}

fn unit(resources: &Resources<'_>) -> Arc<str> {
    layout::unit(resources.spec.name()).into()
}
