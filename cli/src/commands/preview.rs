//! `conex preview`

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use conex_executor::Units;
use conex_model::{Desired, quote_name};
use conex_switch::{Effect, Preview as Previewed, System};

use super::{Context, HostArgs};
use crate::command_error::{CommandError, Result, Success};
use crate::evaluate::{self, Request};
use crate::flake::FlakeArgs;
use crate::systems::{Count, Extent};
use crate::trees::{self, Tree};
use crate::ui::{Role, printable};
use crate::{host, input, json, render, systems, unbuilt};

/// Show what a NixOS switch to another system would do to the containers
///
/// By the rules of NixOS' switch-to-configuration: which containers are stopped
/// and started, which are left on their old systems without a word, and why.
/// Changes nothing. Ends with 2 when a container is touched or left behind, with
/// 0 when not.
#[derive(Debug, Args)]
pub(crate) struct Preview {
    /// The system to switch to: what `nixos-rebuild build` leaves as `result`,
    /// or a configuration, which is evaluated with its nixpkgs and not built
    /// [default: the configuration in this directory, then in /etc/nixos]
    #[arg(value_name = "NEW")]
    new: Option<PathBuf>,
    #[command(flatten)]
    flake: FlakeArgs,
    /// The system to switch from [default: the one that runs]
    #[arg(long, value_name = "OLD")]
    from: Option<PathBuf>,
    #[command(flatten)]
    host: HostArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print Markdown, for a review
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    /// Print only the names of the containers that go on with their old systems where
    /// activating the new ones inside would do
    #[arg(long, conflicts_with_all = ["json", "markdown"])]
    reloadable: bool,
    /// End with 1 if the switch stops or restarts this container; `*` for any
    #[arg(long, value_name = "NAME")]
    protect: Vec<String>,
}

pub(crate) fn run(context: &Context, args: &Preview) -> Result<Success> {
    let root = args.host.root.as_deref();
    let from = match (&args.from, root) {
        (Some(from), _) => from.clone(),
        (None, Some(root)) => root.join("run/current-system"),
        (None, None) => PathBuf::from("/run/current-system"),
    };
    let mut old = Tree::open(&from, root)?.read()?;
    let (mut new, desired) = new(context, args, &old)?;
    // No switch changes their confs, but all are instances of one template.
    for (name, conf) in trees::imperative(root.unwrap_or(Path::new("/")))? {
        old.confs.entry(name.clone()).or_insert_with(|| conf.clone());
        new.confs.entry(name).or_insert(conf);
    }
    let active = active(context, root, &old)?;
    let active: BTreeSet<&str> = active.iter().map(String::as_str).collect();
    let previews = conex_switch::preview(&old, &new, &active);
    for (unit, error) in conex_switch::unreadable(&old, &new, &active) {
        let text = format!("the switch will end, and do nothing, at {unit}: {error}");
        let word = context.ui.stderr.paint(Role::Warning, "Warning:");
        context.ui.note(&format!("{word} {}\n", printable(&text)));
    }
    let orphans = orphans(root, &previews);
    context.ui.print(&text(context, args, &previews, &orphans, &desired))?;
    refuse(&args.protect, &previews)?;
    let touches = previews.iter().any(is_told);
    Ok(if touches { Success::ChangesPending } else { Success::Done })
}

/// The system to switch to, and what is configured of its containers, if it is not built.
fn new(context: &Context, args: &Preview, old: &System) -> Result<(System, Desired)> {
    let root = args.host.root.as_deref();
    let built = args.new.as_deref().filter(|path| path.is_dir() && !is_configuration(path));
    let missing = args.new.as_deref().filter(|path| !path.exists());
    if let Some(path) = built.or(missing) {
        return Ok((Tree::open(path, root)?.read()?, Desired::default()));
    }
    let source = input::configuration(args.new.as_deref(), &args.flake, &context.paths)?;
    let related = conex_switch::needed(old).into_iter().collect();
    let extent = Extent { paths_only: true, switch: Some(related), ..Extent::default() };
    let request = Request { option_names: true, systems: Some(&extent), ..Request::default() };
    let mut configuration = evaluate::checked(context, &source, request)?;
    let text = systems::switched(&mut configuration, &source)?;
    let Count { asked, evaluated, host } = configuration.count;
    let of_host = if host { " and the host" } else { "" };
    context
        .ui
        .note(&format!("Evaluated {evaluated} of {asked} systems of containers{of_host}.\n\n"));
    let system = unbuilt::system(&text).map_err(|error| CommandError::user(error.to_string()))?;
    Ok((system, configuration.desired))
}

fn is_configuration(directory: &Path) -> bool {
    let files = ["configuration.nix", "default.nix", "flake.nix"];
    files.iter().any(|file| directory.join(file).exists())
}

/// The data of containers that neither system has and that do not run.
fn orphans(root: Option<&Path>, previews: &[Previewed]) -> Vec<(String, String)> {
    let is_known = |name: &str| previews.iter().any(|preview| preview.name == name);
    let states = trees::states(root.unwrap_or(Path::new("/"))).into_iter();
    states.filter(|(name, _)| !is_known(name)).collect()
}

fn text(
    context: &Context,
    args: &Preview,
    previews: &[Previewed],
    orphans: &[(String, String)],
    desired: &Desired,
) -> String {
    let origins = |name: &str, key: &str| -> Vec<(String, String)> {
        let address = |option| format!("containers.{}.{option}", quote_name(name));
        let origins = unbuilt::origins(desired, name, key).into_iter();
        origins.map(|(option, place)| (address(option), context.paths.place(place))).collect()
    };
    if args.json {
        json::preview::json(previews, orphans, &origins)
    } else if args.markdown {
        render::preview::markdown(previews, orphans, &origins)
    } else if args.reloadable {
        let stale = previews.iter().filter(|preview| preview.effect == Effect::Stale);
        let names = stale.filter(|preview| preview.could_reload).map(|preview| &preview.name);
        names.map(|name| format!("{name}\n")).collect()
    } else {
        render::preview::human(context.ui.stdout, previews, orphans, &origins)
    }
}

/// An error if what runs and is protected would not go on.
fn refuse(protected: &[String], previews: &[Previewed]) -> Result<()> {
    let is_protected =
        |name: &String| protected.iter().any(|protected| protected == "*" || protected == name);
    let interrupted: Vec<String> = previews
        .iter()
        .filter(|preview| preview.is_running && is_interrupted(preview.effect))
        .filter(|preview| is_protected(&preview.name))
        .map(|preview| printable(&preview.name).into_owned())
        .collect();
    if interrupted.is_empty() {
        return Ok(());
    }
    Err(CommandError::user(format!(
        "the switch would interrupt {}, which must not be",
        interrupted.join(", ")
    )))
}

fn is_interrupted(effect: Effect) -> bool {
    matches!(effect, Effect::Restart | Effect::StopAndStart | Effect::Stop)
}

/// Whether there is something to say of a container.
pub(crate) fn is_told(preview: &Previewed) -> bool {
    preview.effect != Effect::Keep || preview.unreadable.is_some()
}

/// The targets that are active on a host that has booted.
const BOOTED: [&str; 2] = ["machines.target", "multi-user.target"];

/// The names of the units that are active.
fn active(context: &Context, root: Option<&Path>, old: &System) -> Result<BTreeSet<String>> {
    let booted = BOOTED.into_iter().map(str::to_owned);
    if let Some(root) = root {
        let observed = host::open_with(Some(root), Units::Nowhere)?.observe()?;
        let made = observed.containers.iter().filter(|(_, container)| container.is_running());
        let made = made.map(|(name, _)| name.to_string());
        let others = observed.unmanaged.iter().filter(|other| other.running);
        let names = made.chain(others.map(|other| other.name.clone()));
        let units = names.map(|name| format!("container@{name}.service"));
        let units: BTreeSet<String> = units.chain(booted).collect();
        // Nobody records there whether other units run.
        let others = conex_switch::started(old, &units).into_iter();
        let others = others.filter(|unit| !unit.starts_with("container@"));
        return Ok(others.chain(units.iter().cloned()).collect());
    }
    if let Some(units) = conex_executor::active_units()? {
        return Ok(units);
    }
    context.ui.note(
        "There is no systemd here to ask what runs: taken to run is what the old system starts \
         by itself.\n\n",
    );
    Ok(conex_switch::started(old, &booted.collect()))
}
