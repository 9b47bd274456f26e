//! Containers that are in no configuration: made one by one, or taken over. The same
//! planning is for them, each by itself; a configuration leaves them alone.

use std::borrow::Cow;

use conex_model::{
    Code, Container, Desired, Diagnostic, Imperative, Observed, UnitDirectory, Unmanaged,
    quote_name,
};

use crate::layout;

/// What a plan is concerned with. For a configuration, all but the containers that are
/// in none; for such a container, nothing else.
pub(crate) fn seen<'a>(
    observed: &'a Observed,
    desired: &Desired,
    imperative: Option<Imperative>,
) -> Cow<'a, Observed> {
    if imperative.is_some() {
        let mut alone = observed.clone();
        alone.containers.retain(|name, _| desired.containers.contains_key(name));
        alone
            .unmanaged
            .retain(|other| imperative != Some(Imperative::Adopted) && is(desired, other));
        return Cow::Owned(alone);
    }
    if observed.containers.values().all(|container| container.imperative().is_none()) {
        return Cow::Borrowed(observed);
    }
    let mut rest = observed.clone();
    rest.containers.retain(|name, container| {
        let Some(how) = container.imperative() else { return true };
        rest.unmanaged.push(Unmanaged {
            name: name.to_string(),
            path: layout::conf(name.as_str()),
            running: container.is_running(),
            imperative: Some(how),
        });
        false
    });
    rest.unmanaged.sort();
    Cow::Owned(rest)
}

fn is(desired: &Desired, other: &Unmanaged) -> bool {
    desired.containers.keys().any(|name| name.as_str() == other.name)
}

/// A wanted container has the name of one that is no configuration's to change.
pub(crate) fn in_the_way(
    container: &Container,
    other: &Unmanaged,
    units: &UnitDirectory,
) -> Diagnostic {
    let (name, path) = (&container.name, &other.path);
    let summary = match other.imperative {
        Some(how) => format!(
            "the container {name} exists already, {} by itself with `conex {}`",
            how.as_str(),
            if how == Imperative::Created { "create" } else { "adopt" },
        ),
        None => format!("the container {name} exists already and is not managed by conex: {path}"),
    };
    let elsewhere =
        path.ends_with(&layout::unit(name.as_str())) && !path.starts_with(&format!("{units}/"));
    let mut error =
        Diagnostic::new(Code::NotManaged, summary).at(container.places.first().cloned());
    error.address = Some(format!("containers.{}", quote_name(name.as_str())));
    error.help = Some(match other.imperative {
        Some(_) => format!(
            "`conex destroy {name}` keeps its data, which the next apply uses again; or give \
             the container another name"
        ),
        None if elsewhere => format!(
            "systemd takes one of two units of a name: take {name} out of what made {path} (on \
             NixOS the configuration of the host), or give the container another name"
        ),
        None => format!(
            "`conex adopt {name}` takes it over as it is, outside of any configuration; or give \
             the container another name"
        ),
    });
    error
}
