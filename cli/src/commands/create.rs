//! `conex create`

use clap::Args;
use conex_model::Imperative;

use super::{Context, HostArgs, RunArgs};
use crate::command_error::{CommandError, Result, Success};
use crate::host::{self, Opened};
use crate::imperative::options::{self, Options};
use crate::imperative::system::SystemArgs;
use crate::imperative::{OPTIONS, SYSTEM, Work, addresses, inside};
use crate::nixpkgs::{NixpkgsArgs, SearchPath};

/// Make a container that is in no configuration
///
/// As `nixos-container create` does; what it makes, `nixos-container` and
/// `machinectl` understand. It is started if it starts with the host. Its options
/// are in a file that may be changed, for `conex update`; a configuration that is
/// applied leaves it alone.
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    system: SystemArgs,
    #[command(flatten)]
    nixpkgs: NixpkgsArgs,
    /// Start it with the host, and now
    #[arg(long)]
    auto_start: bool,
    /// Put it on this bridge of the host
    #[arg(long, value_name = "B")]
    bridge: Option<String>,
    /// Forward a port of the host to it: `8080`, `8080:80`, `udp:53:53`; several with
    /// commas between
    #[arg(long, value_name = "P")]
    port: Vec<String>,
    /// The address of the host towards it [default: 10.233.N.1, unless it is on a
    /// bridge]
    #[arg(long, value_name = "A", requires = "local_address")]
    host_address: Option<String>,
    /// Its address [default: 10.233.N.2, unless it is on a bridge]
    #[arg(long, value_name = "A")]
    local_address: Option<String>,
    #[command(flatten)]
    host: HostArgs,
    #[command(flatten)]
    run: RunArgs,
}

pub(crate) fn run(context: &Context, args: &Create) -> Result<Success> {
    let name = host::name(&args.name)?;
    let system = args.system.read(&name, &context.paths)?.ok_or_else(|| {
        CommandError::user("what is to run in it? give one of --file, --expr, --flake and --path")
    })?;
    let search = SearchPath::new(&args.nixpkgs, &context.paths)?;
    let host = host::open(&args.host)?;
    host.lock(&args.run.lock("conex create"))?;
    let observed = host.settle().and_then(|()| host.observe())?;
    let of_configuration = observed.containers.get(&name).is_some_and(|container| {
        container.imperative().is_none()
            && container.resources.contains_key(&conex_model::Kind::Unit)
    });
    let foreign = observed.unmanaged.iter().any(|other| other.name == name.as_str());
    let made = observed.containers.get(&name).is_some_and(|it| it.imperative().is_some());
    if of_configuration || foreign || made {
        let error =
            CommandError::user(format!("there is a container {name} already; nothing was changed"));
        return Err(if made {
            error.hint(format!("`conex update {name}` makes it what it is to be now"))
        } else {
            error
        });
    }
    host.keep(&name, OPTIONS, &options::module(&name, &options(args, &host)?))?;
    host.keep(&name, SYSTEM, &system.module)?;
    let how = Imperative::Created;
    let work = Work { context, host: &host, name: &name, how, search, untouched: false };
    let plan = match work.plan() {
        Ok(plan) => plan,
        Err(error) => {
            host.forget(&name)?;
            return Err(error.but("nothing was changed"));
        }
    };
    let success = work.carry_out(&plan, &args.run).map_err(|error| {
        error.hint(format!(
            "`conex update {name}` goes on with it, `conex destroy {name} --purge` removes it"
        ))
    })?;
    inside(context, &host, &name, system.inside.as_deref());
    Ok(success)
}

fn options(args: &Create, host: &Opened) -> Result<Options> {
    let mut options =
        Options { auto_start: args.auto_start, private_network: true, ..Options::default() };
    for port in &args.port {
        options.ports.extend(options::ports(port)?);
    }
    let (outer, inner) = match (&args.host_address, &args.local_address, &args.bridge) {
        (None, None, None) => {
            let (outer, inner) = addresses::free(host)?;
            (Some(outer), Some(inner))
        }
        (outer, inner, _) => (outer.clone(), inner.clone()),
    };
    let texts =
        [("hostBridge", args.bridge.clone()), ("hostAddress", outer), ("localAddress", inner)];
    options.texts = texts.into_iter().filter_map(|(key, text)| Some((key, text?))).collect();
    Ok(options)
}
