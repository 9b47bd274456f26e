//! Containers that are in no configuration: made one by one, or taken over.
//!
//! Each has a configuration of its own, which conex keeps where only root writes:
//! `default.nix` with its options, which people may edit, and `system.nix` with what runs
//! in it, which `conex update` replaces. It is evaluated, planned and carried out like
//! every other one.

pub(crate) mod addresses;
pub(crate) mod options;
pub(crate) mod system;

use conex_executor::imperative_directory;
use conex_model::{ContainerName, Desired, Imperative, Located, Plan, Value};
use conex_planner::{Request, Selector};

use crate::command_error::{CommandError, Kind, Result, Success};
use crate::commands::{Context, RunArgs};
use crate::host::{self, Opened};
use crate::input::{Configured, Source};
use crate::nixpkgs::SearchPath;
use crate::ui::printable;
use crate::{commands, evaluate, render};

/// The file with the options.
pub(crate) const OPTIONS: &str = "default.nix";
/// The file with the system.
pub(crate) const SYSTEM: &str = "system.nix";

/// What is made of the kept files of a container.
pub(crate) struct Work<'a> {
    pub(crate) context: &'a Context,
    pub(crate) host: &'a Opened,
    pub(crate) name: &'a ContainerName,
    pub(crate) how: Imperative,
    pub(crate) search: SearchPath,
    /// Whether the container is left as it is: running or not.
    pub(crate) untouched: bool,
}

impl Work<'_> {
    /// Evaluates the kept files and makes the host what they say.
    pub(crate) fn plan(&self) -> Result<Plan> {
        let path = self.host.path(&format!("{}/{OPTIONS}", imperative_directory(self.name)));
        let source = Source::new(Configured::Module(path), self.search.clone());
        let mut desired = evaluate::desired(self.context, &source)?;
        self.alone(&desired)?;
        self.pin_flake(&mut desired)?;
        let service = format!("containers.{}.service", conex_model::quote_name(self.name.as_str()));
        let excludes = match (self.untouched, service.parse::<Selector>()) {
            (true, Ok(service)) => vec![service],
            _ => Vec::new(),
        };
        let request = Request { imperative: Some(self.how), excludes, ..Request::default() };
        commands::plan::make(self.context, &desired, &**self.host, &request)
    }

    /// Shows a plan and carries it out.
    pub(crate) fn carry_out(&self, plan: &Plan, args: &RunArgs) -> Result<Success> {
        let ui = &self.context.ui;
        ui.print(&render::plan::plan(self.context, ui.stdout, plan))?;
        commands::carry_out_imperative(self.context, self.host, plan, args)
    }

    /// The files are for this one container.
    fn alone(&self, desired: &Desired) -> Result<()> {
        if desired.containers.len() == 1 && desired.containers.contains_key(self.name) {
            return Ok(());
        }
        let directory = imperative_directory(self.name);
        Err(CommandError::new(
            Kind::Configuration,
            format!("{directory} has to define the container {} and no other", self.name),
        ))
    }

    /// A flake may come to something else each time: it is built first, and planned as
    /// what it came to.
    fn pin_flake(&self, desired: &mut Desired) -> Result<()> {
        let Some(container) = desired.containers.get_mut(self.name) else { return Ok(()) };
        let Some(flake) = container.value("flake").and_then(Value::as_str) else { return Ok(()) };
        let ui = &self.context.ui;
        let mut log = |line: &str| ui.note(&format!("{}\n", printable(line)));
        let request = conex_executor::BuildRequest::Flake(flake);
        let path = self.host.build(self.name.as_str(), &request, &mut log)?;
        let value = Located { value: Value::Path(path.into()), places: Vec::new() };
        container.options.insert("path".into(), value);
        Ok(())
    }
}

/// Puts the configuration of a system where `nixos-container update` looks for it, if there
/// is one. What is made of it is made already.
pub(crate) fn inside(context: &Context, host: &Opened, name: &ContainerName, text: Option<&str>) {
    let Some(text) = text else { return };
    let root = conex_planner::layout::root(name.as_str());
    if let Err(error) = host.show_inside(&root, text) {
        let error = host::failed(&error);
        context.ui.note(&format!(
            "{}/etc/nixos/configuration.nix could not be written, for nixos-container: {}\n",
            printable(&root),
            printable(&error.to_string())
        ));
    }
}
