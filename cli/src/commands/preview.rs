//! `conex preview`

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use conex_executor::Units;
use conex_switch::{Effect, Preview as Previewed, System};

use super::{Context, HostArgs};
use crate::command_error::{CommandError, Result, Success};
use crate::trees::{self, Tree};
use crate::{host, json, render};

/// Show what a NixOS switch to another system would do to the containers
///
/// By the rules of NixOS' switch-to-configuration: which containers are stopped
/// and started, which are left on their old systems without a word, and why.
/// Changes nothing. Ends with 2 when a container is touched or left behind, with
/// 0 when not.
#[derive(Debug, Args)]
pub(crate) struct Preview {
    /// The system to switch to: what `nixos-rebuild build` leaves as `result`
    #[arg(value_name = "NEW")]
    new: PathBuf,
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
}

pub(crate) fn run(context: &Context, args: &Preview) -> Result<Success> {
    let root = args.host.root.as_deref();
    let from = match (&args.from, root) {
        (Some(from), _) => from.clone(),
        (None, Some(root)) => root.join("run/current-system"),
        (None, None) => PathBuf::from("/run/current-system"),
    };
    if args.new.is_file() {
        return Err(CommandError::user(format!(
            "{} is not a system but a file: build it first",
            args.new.display()
        ))
        .hint("nixos-rebuild build && conex preview ./result"));
    }
    let (mut old, mut new) =
        (Tree::open(&from, root)?.read()?, Tree::open(&args.new, root)?.read()?);
    // No switch changes their confs, but all are instances of one template.
    for (name, conf) in trees::imperative(root.unwrap_or(Path::new("/")))? {
        old.confs.entry(name.clone()).or_insert_with(|| conf.clone());
        new.confs.entry(name).or_insert(conf);
    }
    let active = active(context, root, &old)?;
    let active: BTreeSet<&str> = active.iter().map(String::as_str).collect();
    let previews = conex_switch::preview(&old, &new, &active);
    let text = if args.json {
        json::preview::json(&previews)
    } else if args.markdown {
        render::preview::markdown(&previews)
    } else {
        render::preview::human(context.ui.stdout, &previews)
    };
    context.ui.print(&text)?;
    let touches = previews.iter().any(is_told);
    Ok(if touches { Success::ChangesPending } else { Success::Done })
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
        let observed = host::open_with(Some(root), Units::Nowhere)?
            .observe()
            .map_err(|error| host::failed(&error))?;
        let made = observed.containers.iter().filter(|(_, container)| container.is_running());
        let made = made.map(|(name, _)| name.to_string());
        let others = observed.unmanaged.iter().filter(|other| other.running);
        let names = made.chain(others.map(|other| other.name.clone()));
        let units = names.map(|name| format!("container@{name}.service"));
        return Ok(units.chain(booted).collect());
    }
    if let Some(units) = conex_executor::active_units().map_err(|error| host::failed(&error))? {
        return Ok(units);
    }
    context.ui.note(
        "There is no systemd here to ask what runs: taken to run is what the old system starts \
         by itself.\n\n",
    );
    let started = old.wants.started(&BOOTED.into_iter().collect());
    Ok(started.into_iter().map(str::to_owned).chain(booted).collect())
}
