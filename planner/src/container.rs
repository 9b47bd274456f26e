//! The changes of one container that is wanted.

use std::sync::Arc;

use conex_model::{
    Action, Address, Attributes, ChangeKind, Disruption, Kind, ObservedContainer, ObservedResource,
    Orphan, Reason, ResourceChange,
};

use crate::resources::{Resource, Resources};
use crate::service::{self, ServiceChange};
use crate::spec::Strategy;
use crate::{causes, graph, layout, network};

/// What becomes of one container.
#[derive(Debug, Default)]
pub(crate) struct ContainerPlan {
    pub(crate) changes: Vec<ResourceChange>,
    pub(crate) orphans: Vec<Orphan>,
    pub(crate) unchanged: usize,
}

/// Plans a container that is wanted.
pub(crate) fn plan(
    resources: &Resources<'_>,
    observed: Option<&ObservedContainer>,
    replace: bool,
) -> ContainerPlan {
    let mut planner = Planner {
        resources,
        observed,
        service: service::change(resources, observed, replace),
        plan: ContainerPlan::default(),
    };
    for resource in &resources.list {
        planner.wanted(resource);
    }
    planner.unwanted();
    planner.service();
    let mut plan = planner.plan;
    plan.changes.sort_by(|a, b| a.address.cmp(&b.address));
    graph::link_container(&mut plan.changes, false);
    plan
}

struct Planner<'a> {
    resources: &'a Resources<'a>,
    observed: Option<&'a ObservedContainer>,
    service: Option<ServiceChange>,
    plan: ContainerPlan,
}

impl Planner<'_> {
    fn seen(&self, kind: Kind) -> Option<&ObservedResource> {
        self.observed?.resources.get(&kind)
    }

    /// Whether the container was never finished: what is left of a removed one
    /// does not count.
    fn is_new(&self) -> bool {
        self.observed.is_none_or(|observed| observed.recorded(Kind::Unit).is_none())
    }

    fn wanted(&mut self, resource: &Resource) {
        let seen = self.seen(resource.kind);
        let found = seen.and_then(|seen| seen.found.clone());
        if found.as_deref() == Some(&resource.attributes) {
            let recorded = seen.is_some_and(|seen| seen.recorded.is_some());
            // What was interrupted before it was recorded is done once more,
            // unless it was there before conex: a root that is used again.
            if recorded || resource.kind == Kind::Root {
                self.plan.unchanged += 1;
                return;
            }
        }
        let reason = reason(seen, &resource.attributes);
        let mut change = self.change(resource.kind, found, resource.attributes.clone(), reason);
        let ours = matches!(reason, Reason::Rendering | Reason::Configuration);
        if ours && resource.kind == Kind::Unit && change.causes.is_empty() {
            self.rendered(&mut change);
        }
        change.actions = self.resources.actions(resource.kind);
        moved_unit(resource.kind, &mut change);
        match resource.kind {
            Kind::Network => self.network(&mut change),
            Kind::Root => self.moved_root(&mut change),
            Kind::Unit if self.is_new() => change.notes.extend(self.used_again()),
            _ => {}
        }
        self.plan.changes.push(change);
    }

    fn change(
        &self,
        kind: Kind,
        before: Option<Arc<Attributes>>,
        after: Attributes,
        reason: Reason,
    ) -> ResourceChange {
        let container = self.resources.spec.container;
        let causes = match (&before, reason) {
            (_, Reason::Drift | Reason::Interrupted | Reason::Rendering) => Vec::new(),
            (None, _) if self.is_new() => causes::of_creation(container),
            (before, _) => {
                let nothing = Attributes::new();
                let before = before.as_deref().unwrap_or(&nothing);
                let differing = match kind {
                    Kind::Autostart => vec!["autoStart"],
                    _ => before.differences(&after),
                };
                causes::of_change(container, before, &after, &differing)
            }
        };
        ResourceChange {
            address: Address::new(&container.name, kind),
            kind: if before.is_some() { ChangeKind::Update } else { ChangeKind::Create },
            before,
            after: Some(Arc::new(after)),
            disruption: Disruption::None,
            reason,
            replace_paths: Vec::new(),
            notes: Vec::new(),
            causes,
            depends_on: Vec::new(),
            actions: Vec::new(),
        }
    }

    /// The unit's scripts hold options that are recorded with the conf and the
    /// network. Only when none of those changed is it conex that changed.
    fn rendered(&self, change: &mut ResourceChange) {
        let nothing = Attributes::new();
        for kind in [Kind::Network, Kind::Conf] {
            let before = self.seen(kind).and_then(|seen| seen.recorded.as_deref());
            let after = self.resources.list.iter().find(|resource| resource.kind == kind);
            let before = before.unwrap_or(&nothing);
            let after = after.map_or(&nothing, |resource| &resource.attributes);
            let mut differing = before.differences(after);
            differing.retain(|name| !matches!(*name, "path" | "autoStart"));
            let container = self.resources.spec.container;
            change.causes.extend(causes::of_change(container, before, after, &differing));
        }
        change.causes.sort();
        change.causes.dedup();
        if !change.causes.is_empty() {
            change.reason = Reason::Configuration;
        }
    }

    /// A container that runs on gets its network changed around it.
    fn network(&self, change: &mut ResourceChange) {
        let running = self.observed.is_some_and(ObservedContainer::is_running);
        let restarts = self
            .service
            .as_ref()
            .is_some_and(|service| service.verdict.rung >= Disruption::Restart);
        let (Some(before), Some(after)) = (&change.before, &change.after) else { return };
        if !running || restarts {
            return;
        }
        let differing = before.differences(after);
        let machine = self.resources.spec.name();
        let actions = network::operations(machine, before, after, &differing);
        if actions.is_empty() {
            return;
        }
        if self.resources.spec.strategy == Some(Strategy::AtMost(Disruption::None)) {
            change.actions = Vec::new();
            return;
        }
        if differing.iter().any(|name| name.starts_with("hostAddress")) {
            change.notes.push(
                "the guest's default route follows when the container next starts".to_owned(),
            );
        }
        change.actions = actions;
        change.disruption = Disruption::Live;
    }

    /// A container that comes finds what one of its name left.
    fn used_again(&self) -> Option<String> {
        let root = self.seen(Kind::Root)?.found.as_ref()?;
        let wanted = self.resources.list.iter().find(|resource| resource.kind == Kind::Root)?;
        let path = wanted.attributes.get("root")?.as_str()?;
        (root.get("root")?.as_str()? == path).then(|| {
            format!(
                "the root directory {path} is there already and used again, with all that is in it"
            )
        })
    }

    /// Another root does not take the data along.
    fn moved_root(&mut self, change: &mut ResourceChange) {
        let Some(old) = change.before.as_ref().and_then(|before| before.get("root")) else {
            return;
        };
        let Some(path) = old.as_str() else { return };
        change.notes.push(format!("{path} is kept as it is; its contents are not moved"));
        self.plan.orphans.push(Orphan {
            container: self.resources.spec.container.name.clone(),
            kind: Kind::Root,
            path: path.to_owned(),
            message: format!("{path} is kept; the container no longer uses it"),
            command: None,
        });
    }

    /// What is there and no option asks for any more. Data stays.
    fn unwanted(&mut self) {
        let Some(observed) = self.observed else { return };
        for (kind, seen) in &observed.resources {
            let wanted = self.resources.list.iter().any(|resource| resource.kind == *kind);
            let undecided = *kind == Kind::Autostart && self.resources.spec.auto_start.is_none();
            if wanted || undecided || *kind == Kind::Service {
                continue;
            }
            match kind {
                Kind::Root | Kind::Profile | Kind::System => self.kept(*kind, seen),
                _ => self.dropped(*kind, seen),
            }
        }
    }

    fn kept(&mut self, kind: Kind, seen: &ObservedResource) {
        let attribute = if kind == Kind::Root { "root" } else { "link" };
        let path = seen.found.as_ref().and_then(|found| found.get(attribute)?.as_str());
        if let Some(path) = path {
            self.plan.orphans.push(Orphan {
                container: self.resources.spec.container.name.clone(),
                kind,
                path: path.to_owned(),
                message: format!("{path} is kept; the container does not use it now"),
                command: None,
            });
        }
    }

    fn dropped(&mut self, kind: Kind, seen: &ObservedResource) {
        let container = self.resources.spec.container;
        let before = seen.found.clone().or_else(|| seen.recorded.clone());
        let nothing = Attributes::new();
        let attributes = before.as_deref().unwrap_or(&nothing);
        let differing = if kind == Kind::Autostart {
            vec!["autoStart"]
        } else {
            attributes.differences(&nothing)
        };
        let causes = causes::of_change(container, attributes, &nothing, &differing);
        let actions = removal(container.name.as_str(), kind, before.as_deref());
        self.plan.changes.push(ResourceChange {
            address: Address::new(&container.name, kind),
            kind: ChangeKind::Delete,
            before,
            after: None,
            disruption: Disruption::None,
            reason: Reason::NotWanted,
            replace_paths: Vec::new(),
            notes: Vec::new(),
            causes,
            depends_on: Vec::new(),
            actions,
        });
    }

    fn service(&mut self) {
        let Some(service) = self.service.take() else {
            self.plan.unchanged +=
                usize::from(self.observed.is_some_and(ObservedContainer::is_running));
            return;
        };
        let container = self.resources.spec.container;
        let causes = match (&service.before, &service.after) {
            (Some(before), Some(after)) => {
                let differing = before.differences(after);
                causes::of_change(container, before, after, &differing)
            }
            _ if self.is_new() => causes::of_creation(container),
            _ => {
                let (before, after) = (Attributes::new(), &self.resources.started);
                causes::of_change(container, &before, after, &["autoStart"])
            }
        };
        let recreated = service.verdict.rung == Disruption::Recreate;
        self.plan.changes.push(ResourceChange {
            address: Address::new(&container.name, Kind::Service),
            kind: service.kind,
            before: service.before,
            after: service.after,
            disruption: service.verdict.rung,
            reason: service.reason,
            replace_paths: if recreated { service.verdict.because } else { Vec::new() },
            notes: service.verdict.notes,
            causes,
            depends_on: Vec::new(),
            actions: service.actions,
        });
    }
}

/// The host's units go to another directory than they went to before.
fn moved_unit(kind: Kind, change: &mut ResourceChange) {
    let (Some(before), Some(after)) = (&change.before, &change.after) else { return };
    let (Some(old), Some(new)) = (place_of(kind, before), place_of(kind, after)) else { return };
    if old != new {
        let note = format!("the host's units are in another directory now: {old} is removed");
        change.notes.push(note);
        change.actions.push(Action::Remove { path: old.into() });
    }
}

/// Why a wanted resource changes.
fn reason(seen: Option<&ObservedResource>, wanted: &Attributes) -> Reason {
    let Some(seen) = seen else { return Reason::New };
    match (&seen.recorded, &seen.found) {
        (None, None) => Reason::New,
        (None, Some(_)) => Reason::Interrupted,
        (Some(recorded), found) if found.as_ref() != Some(recorded) && **recorded == *wanted => {
            Reason::Drift
        }
        (Some(recorded), _) if recorded.differences(wanted) == ["contents"] => Reason::Rendering,
        _ => Reason::Configuration,
    }
}

/// The file of a unit, or the link that starts it at boot.
fn place_of(kind: Kind, attributes: &Attributes) -> Option<&str> {
    let attribute = match kind {
        Kind::Unit => "file",
        Kind::Autostart => "link",
        _ => return None,
    };
    attributes.get(attribute)?.as_str()
}

/// What takes a resource away from where it is.
pub(crate) fn removal(name: &str, kind: Kind, before: Option<&Attributes>) -> Vec<Action> {
    let path = match kind {
        Kind::Conf => layout::conf(name),
        Kind::Unit | Kind::Autostart => {
            let path = before.and_then(|before| place_of(kind, before));
            return path.map(|path| Action::Remove { path: path.into() }).into_iter().collect();
        }
        Kind::Gcroot => layout::gcroot(name),
        Kind::Service => return vec![Action::StopUnit { unit: layout::unit(name).into() }],
        // The interface goes with the container; data is not removed.
        Kind::Network | Kind::System | Kind::Profile | Kind::Root => return Vec::new(),
    };
    vec![Action::Remove { path: path.into() }]
}
