//! The going of one container because somebody asks for it.

use conex_model::{ContainerName, Fingerprint, Observed, Plan, Reason};

use crate::removal::{Why, going};
use crate::{PlanError, daemon_reload, fingerprint, leftovers, sort};

/// Plans that a container goes which conex made; with `purge` its data goes as well, which
/// may be all that is left of it.
pub fn plan_destroy(
    observed: &Observed,
    name: &ContainerName,
    purge: bool,
) -> Result<Plan, PlanError> {
    let Some(container) = observed.containers.get(name) else {
        let other = observed.unmanaged.iter().find(|other| other.name == name.as_str());
        return Err(PlanError::NotDestroyable(match other {
            Some(other) => format!("conex did not make the container {name} ({})", other.path),
            None => format!("conex made no container {name} on this host"),
        }));
    };
    let container = going(name, container, purge, &Why { reason: Reason::Requested, note: None });
    let mut plan = Plan {
        host: observed.host.clone(),
        unit_directory: observed.unit_directory.clone(),
        fingerprint: Fingerprint { host: fingerprint(observed), sources: Vec::new() },
        containers: vec![name.clone()],
        changes: container.changes,
        orphans: container.orphans,
        ..Plan::default()
    };
    // Nobody knows whose it was when the container is forgotten.
    leftovers::mend(&mut plan, observed, |other| other != name);
    daemon_reload(&mut plan, observed);
    sort(&mut plan)?;
    Ok(plan)
}
