//! The words for what becomes of a resource.

use conex_model::{
    Address, ChangeKind, Disruption, Kind, Leftover, LeftoverKind, Plan, ResourceChange, Unmanaged,
};

use crate::ui::Role;

/// All of them, from the gentlest on.
pub(crate) const DISRUPTIONS: [Disruption; 5] = [
    Disruption::None,
    Disruption::Live,
    Disruption::Reload,
    Disruption::Restart,
    Disruption::Recreate,
];

/// The colour of text on [`fill`].
pub(crate) const INK: &str = "#1f2328";

/// The colour of a change in a drawing: light, for dark text on it.
pub(crate) fn fill(disruption: Disruption) -> &'static str {
    match disruption {
        Disruption::None => "#d0d7de",
        Disruption::Live => "#a6e3a1",
        Disruption::Reload => "#8ec5ff",
        Disruption::Restart => "#ffcc80",
        Disruption::Recreate => "#ff9b8e",
    }
}

/// The colour of one change: what stops a container for good is as grave as
/// what takes its root.
pub(crate) fn colour(change: &ResourceChange) -> &'static str {
    if change.kind == ChangeKind::Delete && change.address.kind() == Some(Kind::Service) {
        return fill(Disruption::Recreate);
    }
    fill(change.disruption)
}

/// What a change means for the running container, in few words.
pub(crate) fn impact(change: &ResourceChange) -> &'static str {
    match (change.disruption, change.address.kind(), change.kind) {
        (Disruption::None, Some(Kind::Service), ChangeKind::Create) => "start",
        (Disruption::None, Some(Kind::Service), ChangeKind::Delete) => "stop",
        (Disruption::None, ..) => "no disruption",
        (disruption, ..) => disruption.as_str(),
    }
}

/// The symbol before a change, three columns wide, and its colour.
pub(crate) fn symbol(kind: ChangeKind) -> (&'static str, Role) {
    match kind {
        ChangeKind::NoOp => ("   ", Role::Faint),
        ChangeKind::Create => ("  +", Role::Create),
        ChangeKind::Update => ("  ~", Role::Change),
        ChangeKind::Delete => ("  -", Role::Destroy),
        ChangeKind::Replace => ("-/+", Role::Destroy),
    }
}

/// What a symbol means.
pub(crate) fn meaning(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::NoOp => "left as it is",
        ChangeKind::Create => "create",
        ChangeKind::Update => "update in place",
        ChangeKind::Delete => "destroy",
        ChangeKind::Replace => "destroy and then create replacement",
    }
}

/// `will be created`
pub(crate) fn fate(change: &ResourceChange) -> &'static str {
    if change.address == Address::DaemonReload {
        return "will be done: systemd reads the unit files again";
    }
    let service = change.address.kind() == Some(Kind::Service);
    match change.kind {
        ChangeKind::NoOp => "differs and is left as it is",
        ChangeKind::Create if service => "will be started",
        ChangeKind::Update if service => match change.disruption {
            Disruption::None => "will be updated, without touching the running container",
            Disruption::Live => "will be changed while it runs",
            Disruption::Reload => "will be reloaded",
            Disruption::Restart | Disruption::Recreate => "will be restarted",
        },
        ChangeKind::Delete if service => "will be stopped",
        ChangeKind::Create => "will be created",
        ChangeKind::Update => "will be updated in-place",
        ChangeKind::Delete => "will be destroyed",
        ChangeKind::Replace => "must be replaced",
    }
}

/// What a change means for the running container; `None` when it is not
/// disturbed.
pub(crate) fn disruption(disruption: Disruption) -> Option<&'static str> {
    match disruption {
        Disruption::None => None,
        Disruption::Live => Some("live: the host changes it around the running container"),
        Disruption::Reload => Some("reload: the new system is activated inside, without a reboot"),
        Disruption::Restart => Some("restart: the running container is stopped and started"),
        Disruption::Recreate => {
            Some("recreate: the container is stopped and starts with another root")
        }
    }
}

/// What is being done, for progress.
pub(crate) fn doing(change: &ResourceChange) -> &'static str {
    verbs(change).0
}

/// What was done, for progress.
pub(crate) fn done(change: &ResourceChange) -> &'static str {
    verbs(change).1
}

fn verbs(change: &ResourceChange) -> (&'static str, &'static str) {
    if change.address == Address::DaemonReload {
        return ("Reloading", "Reload complete");
    }
    let kind = change.address.kind();
    match (change.kind, kind) {
        (ChangeKind::Create, Some(Kind::System)) => ("Building", "Build complete"),
        (ChangeKind::Update, Some(Kind::System)) => ("Building", "Build complete"),
        (ChangeKind::Create, Some(Kind::Service)) => ("Starting", "Start complete"),
        (ChangeKind::Delete, Some(Kind::Service)) => ("Stopping", "Stop complete"),
        (ChangeKind::Update, Some(Kind::Service)) => match change.disruption {
            Disruption::Reload => ("Reloading", "Reload complete"),
            Disruption::Restart | Disruption::Recreate => ("Restarting", "Restart complete"),
            Disruption::None | Disruption::Live => ("Modifying", "Modifications complete"),
        },
        (ChangeKind::Create, _) => ("Creating", "Creation complete"),
        (ChangeKind::Update | ChangeKind::NoOp, _) => ("Modifying", "Modifications complete"),
        (ChangeKind::Delete, _) => ("Destroying", "Destruction complete"),
        (ChangeKind::Replace, _) => ("Replacing", "Replacement complete"),
    }
}

/// Something that a container left.
pub(crate) fn leftover(leftover: &Leftover) -> String {
    let Leftover { container, name, managed, .. } = leftover;
    let whose = if *managed { "" } else { ", which conex did not make," };
    match leftover.kind {
        LeftoverKind::Interface => {
            format!("the interface {name}: the container {container}{whose} does not run")
        }
        LeftoverKind::Forward => format!("{name}: the container {container} does not run"),
        LeftoverKind::Machine => {
            format!("the machine {container} runs in {name}, not as container@{container}.service")
        }
        LeftoverKind::Conf => format!("{name}: there is neither a unit nor a root directory"),
    }
}

/// What takes it away, if conex does not.
pub(crate) fn removal(leftover: &Leftover) -> Option<String> {
    let Leftover { container, name, .. } = leftover;
    match leftover.kind {
        _ if leftover.managed => None,
        LeftoverKind::Interface => Some(format!("ip link del {name}")),
        LeftoverKind::Machine => Some(format!("machinectl terminate {container}")),
        LeftoverKind::Conf => Some(format!("rm {name}")),
        // Nobody else's are known.
        LeftoverKind::Forward => None,
    }
}

/// Whether it is told with the containers that conex does not manage.
pub(crate) fn is_told(leftover: &Leftover) -> bool {
    leftover.kind == LeftoverKind::Conf
}

/// That a conf is all that there is of a container.
pub(crate) fn alone(plan: &Plan, unmanaged: &Unmanaged) -> &'static str {
    let conf = |leftover: &Leftover| {
        leftover.kind == LeftoverKind::Conf && leftover.name == unmanaged.path
    };
    if plan.leftovers.iter().any(conf) { "; nothing else is there of it" } else { "" }
}
