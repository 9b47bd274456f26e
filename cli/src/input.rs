//! What an argument names: a configuration or a plan.

use std::path::{Path, PathBuf};

use conex_model::{Origin, Plan};
pub(crate) use conex_options::Configured;
use conex_planner::file::{self, PlanFileError};

use crate::command_error::{CommandError, Result};
use crate::flake::{self, FlakeArgs};
use crate::inputs::Inputs;
use crate::nixpkgs::SearchPath;
use crate::paths::Paths;
use crate::unsaved::Unsaved;

/// The directories in which a configuration is looked for when none is named.
const DEFAULTS: [&str; 2] = [".", "/etc/nixos"];

/// A configuration that was found, and what it is evaluated with.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) configured: Configured,
    pub(crate) search: SearchPath,
    /// What stands in the place of its files.
    pub(crate) unsaved: Unsaved,
    /// What becomes of the inputs of a flake that are not in the store.
    pub(crate) inputs: Inputs,
}

impl Source {
    /// A configuration as it is on the disk, of whose inputs nothing is fetched.
    pub(crate) fn new(configured: Configured, search: SearchPath) -> Self {
        Self { configured, search, unsaved: Unsaved::default(), inputs: Inputs::default() }
    }
}

/// What `apply` and `graph` start from.
#[derive(Debug)]
pub(crate) enum Input {
    /// A configuration.
    Configuration(Source),
    /// A plan that was made before.
    Plan(Box<Plan>),
}

/// Finds out what an argument names. What ends in `.nix`, and a directory, is
/// a configuration; everything else is a plan, so that a damaged plan is never
/// reported as bad Nix.
pub(crate) fn input(argument: Option<&Path>, flake: &FlakeArgs, paths: &Paths) -> Result<Input> {
    let Some(path) = argument.filter(|_| flake.flake.is_none()) else {
        return configuration(argument, flake, paths).map(Input::Configuration);
    };
    let nix = path.extension().is_some_and(|extension| extension == "nix");
    if path.is_dir() || (nix && !looks_like_a_plan(path)) {
        return configuration(argument, flake, paths).map(Input::Configuration);
    }
    let plan = plan(path).map_err(|error| error.but("nothing was changed"))?;
    Ok(Input::Plan(Box::new(plan)))
}

/// A Nix file may begin with `{` as well: only what is JSON to its end and
/// names both versions is a plan.
fn looks_like_a_plan(path: &Path) -> bool {
    let Ok(bytes) = std::fs::read(path) else { return false };
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return false;
    }
    serde_json::from_slice::<serde_json::Value>(&bytes).is_ok_and(|json| {
        json.get("format_version").is_some() && json.get("conex_version").is_some()
    })
}

/// The configuration that a plan was made of, evaluated as it was then.
pub(crate) fn of_origin(origin: &Origin, search: SearchPath) -> Source {
    let file = PathBuf::from(&origin.file);
    let configured = if origin.flake {
        Configured::Flake { file, host: origin.host.clone() }
    } else {
        Configured::Module(file)
    };
    let nixpkgs = origin.nixpkgs.as_ref().map(PathBuf::from);
    let named = nixpkgs.is_some();
    Source::new(configured, SearchPath { nixpkgs, named, ..search })
}

/// What a plan says of the configuration that it is made of.
pub(crate) fn origin(source: &Source) -> Origin {
    let (file, flake, host) = match &source.configured {
        Configured::Module(file) => (file, false, None),
        Configured::Flake { file, host } => (file, true, host.clone()),
    };
    let nixpkgs = match flake {
        true => source.search.of_flake(),
        false => source.search.nixpkgs.as_deref(),
    };
    let text = |path: &Path| path.to_string_lossy().into_owned();
    Origin { file: text(file), flake, host, nixpkgs: nixpkgs.map(text) }
}

/// Reads a plan file.
pub(crate) fn plan(path: &Path) -> Result<Plan> {
    let shown = path.display();
    if path.is_dir() {
        return Err(CommandError::user(format!("{shown} is a directory, not a plan file")));
    }
    let bytes = std::fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => CommandError::user(format!("there is no file {shown}")),
        _ => CommandError::file(format!("could not read {shown}"), &error),
    })?;
    file::read(&bytes).map_err(|error| refused(path, &error))
}

fn refused(path: &Path, error: &PlanFileError) -> CommandError {
    let hint = match error {
        PlanFileError::NewerFormat { .. } => "use the conex that made it, or make a new plan",
        PlanFileError::NotAPlan(_) => {
            "a plan is made with `conex plan --out PLAN`; the name of a configuration ends in .nix"
        }
        _ => "make a new plan with `conex plan --out PLAN`",
    };
    CommandError::user(format!("{}: {error}", path.display())).hint(hint)
}

/// The configuration that the arguments name, or that is there without any.
pub(crate) fn configuration(
    argument: Option<&Path>,
    flake: &FlakeArgs,
    paths: &Paths,
) -> Result<Source> {
    let search = SearchPath::new(&flake.nixpkgs, paths)?;
    let configured = configured(argument, flake, paths)?;
    Ok(Source { inputs: Inputs::new(flake.fetch), ..Source::new(configured, search) })
}

fn configured(argument: Option<&Path>, flake: &FlakeArgs, paths: &Paths) -> Result<Configured> {
    match (argument, &flake.flake) {
        (Some(file), Some(reference)) => Err(CommandError::user(format!(
            "{} and --flake {reference} are two configurations",
            file.display()
        ))),
        (None, Some(reference)) => flake::find(reference, paths),
        (Some(path), None) => named(path, paths),
        (None, None) => default(paths),
    }
}

/// The configuration that is there when none is named.
pub(crate) fn default(paths: &Paths) -> Result<Configured> {
    let places = DEFAULTS.iter().map(|directory| paths.absolute(Path::new(directory)));
    let mut found = places.filter_map(|directory| of_host(&directory));
    found.next().ok_or_else(|| {
        CommandError::user(
            "there is no configuration.nix and no flake.nix with hosts, neither here nor in /etc/nixos",
        )
        .hint("name the configuration: a file, a directory, or --flake REF#HOST")
    })
}

/// What a directory says of a host. As for `nixos-rebuild`, a flake goes
/// before the configuration.nix beside it, which most often is one of its
/// modules and needs what the flake gives it; a flake without hosts is there
/// for something else.
fn of_host(directory: &Path) -> Option<Configured> {
    let (module, file) = (directory.join("configuration.nix"), directory.join("flake.nix"));
    let text = std::fs::read(&file).unwrap_or_default();
    if String::from_utf8_lossy(&text).contains("nixosConfigurations") {
        return Some(Configured::Flake { file, host: None });
    }
    module.exists().then_some(Configured::Module(module))
}

/// The configuration that a path names.
pub(crate) fn named(path: &Path, paths: &Paths) -> Result<Configured> {
    let (shown, absolute) = (path.display(), paths.absolute(path));
    if path.is_dir() {
        return in_directory(&absolute).ok_or_else(|| {
            CommandError::user(format!(
                "the directory {shown} has none of flake.nix, configuration.nix and default.nix"
            ))
        });
    }
    match std::fs::metadata(path) {
        Ok(_) if absolute.file_name().is_some_and(|name| name == "flake.nix") => {
            Ok(Configured::Flake { file: absolute, host: None })
        }
        Ok(_) => Ok(Configured::Module(absolute)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(CommandError::user(format!("there is no file {shown}")))
        }
        Err(error) => Err(CommandError::file(format!("could not read {shown}"), &error)),
    }
}

fn in_directory(directory: &Path) -> Option<Configured> {
    let (flake, module) = (directory.join("flake.nix"), directory.join("default.nix"));
    of_host(directory)
        .or_else(|| flake.exists().then_some(Configured::Flake { file: flake, host: None }))
        .or_else(|| module.exists().then_some(Configured::Module(module)))
}
