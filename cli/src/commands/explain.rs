//! `conex explain`

use std::path::PathBuf;

use clap::Args;
use conex_model::{
    Address, ContainerName, Desired, Kind, Observed, Place, Plan, ResourceChange, quote_name,
};
use conex_planner::Request;

use super::{Context, HostArgs, plan};
use crate::command_error::{CommandError, Result, Success};
use crate::flake::FlakeArgs;
use crate::input::{self, Input};
use crate::render::plan::undecided_name;
use crate::{evaluate, host, render};

/// Tell why something is planned, and why nothing gentler
///
/// For a resource that stays as it is, says so and where it is configured.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A resource (`containers.web.unit`, `host.daemon-reload`), a whole
    /// container (`containers.web`), or an option that changed
    /// (`containers.web.localAddress`)
    #[arg(value_name = "ADDRESS")]
    address: String,
    /// The configuration (a name that ends in .nix, or a directory), or a
    /// plan made by `conex plan --out`
    /// [default: this directory, then /etc/nixos]
    #[arg(value_name = "FILE | PLAN")]
    input: Option<PathBuf>,
    #[command(flatten)]
    flake: FlakeArgs,
    #[command(flatten)]
    host: HostArgs,
}

/// What there is to explain from. A plan from a file is alone.
struct Subject {
    plan: Plan,
    world: Option<(Desired, Observed)>,
}

pub(crate) fn run(context: &Context, args: &Explain) -> Result<Success> {
    let subject = match input::input(args.input.as_deref(), &args.flake, &context.paths)? {
        Input::Plan(plan) => Subject { plan: *plan, world: None },
        Input::Configuration(file) => {
            let host = host::open(&args.host)?;
            let desired = evaluate::desired(context, &file)?;
            let plan = plan::make(context, &desired, &*host, &Request::default())?;
            let observed = host.observe()?;
            Subject { plan, world: Some((desired, observed)) }
        }
    };
    let text = explain(context, &subject, &args.address)?;
    context.ui.print(&text)?;
    Ok(Success::Done)
}

fn explain(context: &Context, subject: &Subject, text: &str) -> Result<String> {
    let theme = context.ui.stdout;
    let changes = &subject.plan.changes;
    if let Ok(address) = text.parse::<Address>() {
        if let Some(change) = subject.plan.change(&address) {
            return Ok(render::explain::change(context, theme, &subject.plan, change));
        }
        return unchanged(context, subject, &address, text);
    }
    let container = container(text);
    let named = |change: &&ResourceChange| match &container {
        Some(name) => change.address.container() == Some(name),
        None => change.causes.iter().any(|cause| is_within(&cause.option, text)),
    };
    let mut parts: Vec<_> = changes.iter().filter(named).collect();
    if parts.is_empty() {
        let container = container.as_ref().ok_or_else(|| unknown(subject, text))?;
        return whole(context, subject, container, text);
    }
    parts.sort_by(|a, b| a.address.cmp(&b.address));
    let parts = parts.into_iter();
    let texts: Vec<String> = parts
        .map(|change| render::explain::change(context, theme, &subject.plan, change))
        .collect();
    Ok(texts.join("\n"))
}

/// Whether an option is the one that is asked for, or an entry of it.
fn is_within(option: &str, text: &str) -> bool {
    option.strip_prefix(text).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The container of `containers.NAME`.
fn container(text: &str) -> Option<ContainerName> {
    let address: Address = format!("{text}.unit").parse().ok()?;
    address.container().cloned()
}

/// A resource without a change.
fn unchanged(
    context: &Context,
    subject: &Subject,
    address: &Address,
    text: &str,
) -> Result<String> {
    let (Some(name), Some(kind)) = (address.container(), address.kind()) else {
        return Ok(format!("{address} is not needed: no unit file changes\n"));
    };
    if let Some(sentence) = left_alone(context, subject, name) {
        return Ok(sentence);
    }
    let Some((desired, observed)) = &subject.world else {
        let known = subject.plan.containers.contains(name);
        let sentence = format!("{address} stays as it is: the plan has no change of it\n");
        return known.then_some(sentence).ok_or_else(|| unknown(subject, text));
    };
    let found = observed.containers.get(name).and_then(|container| container.found(kind));
    match (desired.containers.get(name), found) {
        (Some(container), Some(_)) => Ok(format!(
            "{address} stays as it is: it is what the configuration asks for, as the last apply \
             left it\n{}",
            configured(context, container.places.first())
        )),
        (Some(container), None) => Ok(format!(
            "{address} stays as it is: {}, and the configuration asks for none\n{}",
            if kind == Kind::Service { "it does not run" } else { "it is not there" },
            configured(context, container.places.first())
        )),
        (None, Some(_)) => Ok(format!("{address} stays: {}\n", kept(subject, name, kind))),
        (None, None) => Err(unknown(subject, text)),
    }
}

/// A container without any change.
fn whole(context: &Context, subject: &Subject, name: &ContainerName, text: &str) -> Result<String> {
    if let Some(sentence) = left_alone(context, subject, name) {
        return Ok(sentence);
    }
    let desired = subject.world.as_ref().map(|(desired, _)| desired);
    match desired.and_then(|desired| desired.containers.get(name)) {
        Some(container) => Ok(format!(
            "containers.{} stays as it is: all of it is what the configuration asks for, as the \
             last apply left it\n{}",
            quote_name(name.as_str()),
            configured(context, container.places.first())
        )),
        None if subject.plan.containers.contains(name) => Ok(format!(
            "containers.{} stays as it is: the plan has no change of it\n",
            quote_name(name.as_str())
        )),
        None => Err(unknown(subject, text)),
    }
}

/// Why nothing is done about a container, whatever the configuration says.
fn left_alone(context: &Context, subject: &Subject, name: &ContainerName) -> Option<String> {
    let named = format!("containers.{}", quote_name(name.as_str()));
    let unmanaged = &subject.plan.unmanaged;
    if let Some(found) = unmanaged.iter().find(|found| found.name == name.as_str()) {
        return Some(match found.imperative {
            Some(how) => format!(
                "{named} is in no configuration ({}) and left alone\n",
                crate::render::plan::imperative(how)
            ),
            None => format!("{named} is not managed by conex and left alone ({})\n", found.path),
        });
    }
    let mut undecided = subject.plan.undecided.iter();
    let undecided = undecided.find(|undecided| undecided.name.as_deref() == Some(name.as_str()))?;
    Some(format!(
        "{} is undecided, so nothing is done about it: {}\n{}",
        undecided_name(undecided),
        undecided.reason,
        configured(context, undecided.place.as_ref())
    ))
}

fn configured(context: &Context, place: Option<&Place>) -> String {
    place.map_or_else(String::new, |place| {
        format!("  configured at {}\n", context.paths.place(place))
    })
}

fn kept(subject: &Subject, name: &ContainerName, kind: Kind) -> String {
    let mut orphans = subject.plan.orphans.iter();
    let orphan = orphans.find(|orphan| orphan.container == *name && orphan.kind == kind);
    orphan.map_or_else(
        || "no plan removes it".to_owned(),
        |orphan| match &orphan.command {
            Some(command) => format!("{}; to remove it: {command}", orphan.message),
            None => orphan.message.clone(),
        },
    )
}

fn unknown(subject: &Subject, text: &str) -> CommandError {
    let error = CommandError::user(match subject.world {
        Some(_) => format!("there is nothing with the address {text}"),
        None => format!("the plan has no change of {text}"),
    });
    match nearest(&known(subject), text) {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error.hint(
            "an address is containers.NAME or containers.NAME.KIND, KIND one of system, profile, \
             gcroot, root, network, conf, unit, autostart, service",
        ),
    }
}

/// All addresses that there is something to say of.
fn known(subject: &Subject) -> Vec<String> {
    let mut known = vec![Address::DaemonReload.to_string()];
    for name in &subject.plan.containers {
        known.push(format!("containers.{}", quote_name(name.as_str())));
        known.extend(Kind::ALL.iter().map(|kind| Address::new(name, *kind).to_string()));
    }
    known
}

/// The nearest, if it is near enough to be meant. A container may be named
/// without what comes before it.
fn nearest<'a>(known: &'a [String], text: &str) -> Option<&'a String> {
    fn short(text: &str) -> &str {
        text.strip_prefix("containers.").unwrap_or(text)
    }
    let most = (short(text).chars().count() / 4).clamp(1, 3);
    let distance = |name: &&String| strsim::osa_distance(short(name), short(text));
    known.iter().min_by_key(distance).filter(|name| distance(name) <= most)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_is_named_if_it_is_near() {
        let known = ["containers.web", "containers.web.unit", "containers.db"].map(str::to_owned);
        let near = |text| nearest(&known, text).map(String::as_str);
        assert_eq!(near("containers.wbe"), Some("containers.web"));
        assert_eq!(near("containers.web.units"), Some("containers.web.unit"));
        assert_eq!(near("web.unit"), Some("containers.web.unit"));
        assert_eq!(near("containers.mail.unit"), None);
    }
}
