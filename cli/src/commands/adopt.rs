//! `conex adopt`

use clap::Args;
use conex_model::Imperative;

use super::{Context, HostArgs, RunArgs};
use crate::command_error::{CommandError, Result, Success};
use crate::host::{self, Opened};
use crate::imperative::{OPTIONS, SYSTEM, Work, options, system};
use crate::nixpkgs::SearchPath;

/// Take over a container that something else made, as it is
///
/// One of `nixos-container`, `extra-container` or a switch of a NixOS. It is neither
/// started nor stopped; from then on `conex` has its unit and its conf.
#[derive(Debug, Args)]
pub(crate) struct Adopt {
    /// The container
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    host: HostArgs,
    #[command(flatten)]
    run: RunArgs,
}

pub(crate) fn run(context: &Context, args: &Adopt) -> Result<Success> {
    let name = host::name(&args.name)?;
    let host = host::open(&args.host)?;
    host.lock(&args.run.lock("conex adopt"))?;
    let observed = host.settle().and_then(|()| host.observe())?;
    if observed.containers.get(&name).is_some_and(|it| it.resources.contains_key(&UNIT)) {
        return Err(CommandError::user(format!("conex has the container {name} already")));
    }
    let confs = host.confs()?;
    let conf = confs.get(name.as_str()).ok_or_else(|| {
        CommandError::user(format!("there is no container {name}: it would have a conf"))
    })?;
    let path = path(&host, &name, conf)?;
    host.keep(&name, OPTIONS, &options::module(&name, &options::of_conf(conf)?))?;
    host.keep(&name, SYSTEM, &system::of_path(&name, &path))?;
    let (how, search) = (Imperative::Adopted, SearchPath::default());
    let work = Work { context, host: &host, name: &name, how, search, untouched: true };
    let plan = match work.plan() {
        Ok(plan) => plan,
        Err(error) => {
            host.forget(&name)?;
            return Err(error.but("nothing was changed"));
        }
    };
    let success = work.carry_out(&plan, &args.run)?;
    context.ui.note(&format!(
        "What only its unit said is not taken over: tmpfs, capabilities, devices, extra \
         interfaces.\nAdd it to {}/{OPTIONS}, and `conex update {name}`.\n",
        conex_executor::imperative_directory(&name)
    ));
    Ok(success)
}

const UNIT: conex_model::Kind = conex_model::Kind::Unit;

/// The system that it has: what its conf names, or what its own profile leads to, which the
/// container itself can change.
fn path(
    host: &Opened,
    name: &conex_model::ContainerName,
    conf: &conex_switch::Conf,
) -> Result<String> {
    let named = conf.get("SYSTEM_PATH").filter(|path| !path.is_empty()).cloned();
    let path = match named {
        Some(path) => Some(path),
        None => host.profile_system(name.as_str())?,
    };
    path.filter(|path| in_store(path)).ok_or_else(|| {
        CommandError::user(format!(
            "it is not known what runs in {name}: neither its conf nor its profile leads to a \
             path in the store"
        ))
    })
}

fn in_store(path: &str) -> bool {
    let name = path.strip_prefix("/nix/store/");
    name.is_some_and(|name| !name.is_empty() && !name.contains('/') && !name.starts_with('.'))
}
