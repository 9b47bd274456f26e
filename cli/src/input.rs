//! What an argument names: a configuration or a plan.

use std::path::{Path, PathBuf};

use conex_model::Plan;
use conex_planner::file::{self, PlanFileError};

use crate::command_error::{CommandError, Result};
use crate::paths::Paths;

/// Where a configuration is looked for when none is named.
const DEFAULTS: [&str; 2] = ["configuration.nix", "/etc/nixos/configuration.nix"];

/// What `apply` and `graph` start from.
#[derive(Debug)]
pub(crate) enum Input {
    /// A configuration, by its absolute path.
    Configuration(PathBuf),
    /// A plan that was made before.
    Plan(Box<Plan>),
}

/// Finds out what an argument names. What ends in `.nix`, and a directory, is
/// a configuration; everything else is a plan, so that a damaged plan is never
/// reported as bad Nix.
pub(crate) fn input(argument: Option<&Path>, paths: &Paths) -> Result<Input> {
    let Some(path) = argument else {
        return configuration(None, paths).map(Input::Configuration);
    };
    let nix = path.extension().is_some_and(|extension| extension == "nix");
    if path.is_dir() || (nix && !looks_like_a_plan(path)) {
        return configuration(Some(path), paths).map(Input::Configuration);
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

/// The configuration that an argument names, or that is there without one.
pub(crate) fn configuration(argument: Option<&Path>, paths: &Paths) -> Result<PathBuf> {
    let Some(path) = argument else {
        let found = DEFAULTS.iter().map(Path::new).find(|path| path.exists());
        return found.map(|path| paths.absolute(path)).ok_or_else(|| {
            CommandError::user(format!("there is neither {} nor {}", DEFAULTS[0], DEFAULTS[1]))
                .hint("name the configuration: a file, or a directory with a configuration.nix")
        });
    };
    let shown = path.display();
    if path.is_dir() {
        let inside = path.join("configuration.nix");
        if inside.exists() {
            return Ok(paths.absolute(&inside));
        }
        return Err(CommandError::user(format!("the directory {shown} has no configuration.nix")));
    }
    match std::fs::metadata(path) {
        Ok(_) => Ok(paths.absolute(path)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(CommandError::user(format!("there is no file {shown}")))
        }
        Err(error) => Err(CommandError::file(format!("could not read {shown}"), &error)),
    }
}
