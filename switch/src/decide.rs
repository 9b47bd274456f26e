//! What happens to an active unit in a switch.

use crate::system::template;
use crate::{Comparison, Difference, Unit, compare};

/// What a switch does to a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Nothing: it is what it was, or differs in nothing that counts.
    Keep,
    /// It is reloaded.
    Reload,
    /// It is stopped and started in one step, after the activation.
    Restart,
    /// It is stopped before the activation and started after it.
    StopAndStart,
    /// It is stopped: the new system does not have it.
    Stop,
    /// It is left as it is, though it changed.
    Skip(Skipped),
}

/// Why a changed unit is left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skipped {
    /// `X-RestartIfChanged=false`.
    RestartIfChanged,
    /// `RefuseManualStop=true`.
    RefuseManualStop,
    /// `X-OnlyManualStart=true`.
    OnlyManualStart,
    /// It is gone from the new system, with `X-StopOnRemoval=false`.
    StopOnRemoval,
    /// A kind of unit that switches never touch: a socket, a slice, a path.
    Kind,
}

/// Decides about a unit that is active (or activating) and whose file was in the
/// running system. `new` is `None` when the new system has no such unit, or masks it.
///
/// Targets are not compared. All are started again to pull in what they want newly; that is
/// not told here. Of a service that a socket activates the socket is stopped
/// and started with it.
pub fn decide(name: &str, current: &Unit, new: Option<&Unit>) -> (Decision, Vec<Difference>) {
    // It is stopped before systemd reads the new units, so the old one refuses.
    let refuses = current.flag("Unit", "RefuseManualStop", false);
    let Some(new) = new else {
        let decision = match current.flag("Unit", "X-StopOnRemoval", true) {
            true if refuses => Decision::Skip(Skipped::RefuseManualStop),
            true => Decision::Stop,
            false => Decision::Skip(Skipped::StopOnRemoval),
        };
        return (decision, Vec::new());
    };
    if name.ends_with(".target") {
        let decision = match new.flag("Unit", "X-StopOnReconfiguration", false) && !refuses {
            true => Decision::StopAndStart,
            false => Decision::Keep,
        };
        return (decision, Vec::new());
    }
    let (comparison, differences) = compare(current, new);
    let decision = match comparison {
        Comparison::Equal => Decision::Keep,
        Comparison::Reload => Decision::Reload,
        Comparison::Restart => match changed(name, new) {
            Decision::StopAndStart if refuses => Decision::Skip(Skipped::RefuseManualStop),
            decision => decision,
        },
    };
    (decision, differences)
}

/// What a unit that changed asks for itself.
fn changed(name: &str, new: &Unit) -> Decision {
    let (_, suffix) = name.rsplit_once('.').unwrap_or(("", name));
    match suffix {
        "slice" | "socket" | "path" => return Decision::Skip(Skipped::Kind),
        "mount" if matches!(name, "-.mount" | "nix.mount") => return Decision::Reload,
        "mount" => return Decision::Restart,
        _ => {}
    }
    if new.flag("Service", "X-ReloadIfChanged", false) {
        Decision::Reload
    } else if !new.flag("Service", "X-RestartIfChanged", true) {
        Decision::Skip(Skipped::RestartIfChanged)
    } else if new.flag("Unit", "RefuseManualStop", false) {
        Decision::Skip(Skipped::RefuseManualStop)
    } else if new.flag("Unit", "X-OnlyManualStart", false) {
        Decision::Skip(Skipped::OnlyManualStart)
    } else if !new.flag("Service", "X-StopIfChanged", true) || suffix != "service" {
        Decision::Restart
    } else {
        Decision::StopAndStart
    }
}

/// The files that a unit's text is looked for in, given which names there are: an
/// instance of a template is the template when neither system has a file of its own
/// for it. The first is the file, the others the directories of drop-ins.
pub fn files(name: &str, exists: impl Fn(&str) -> bool) -> (String, Vec<String>) {
    let template = template(name).filter(|_| !exists(name));
    match template {
        Some(template) => {
            let drop_ins = vec![format!("{template}.d"), format!("{name}.d")];
            (template, drop_ins)
        }
        None => (name.to_owned(), vec![format!("{name}.d")]),
    }
}
