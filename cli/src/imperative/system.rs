//! What runs in a container that is in no configuration.

use std::path::Path;

use clap::Args;
use conex_model::ContainerName;

use crate::command_error::{CommandError, Result};
use crate::paths::Paths;
use crate::render::nix;

/// One of the ways to say what runs in it.
#[derive(Debug, Clone, Args)]
#[group(multiple = false)]
pub(crate) struct SystemArgs {
    /// A file with a NixOS module
    #[arg(long, value_name = "F")]
    file: Option<std::path::PathBuf>,
    /// A NixOS module as a Nix expression
    #[arg(long, value_name = "E")]
    expr: Option<String>,
    /// A flake whose `nixosConfigurations.container` it is, or another one of it that is
    /// named behind `#`
    #[arg(long, value_name = "REF")]
    flake: Option<String>,
    /// A system that is built already
    #[arg(long, value_name = "SYSTEM")]
    path: Option<String>,
}

/// What runs in it.
#[derive(Debug)]
pub(crate) struct System {
    /// The file that says so for conex.
    pub(crate) module: String,
    /// That for `nixos-container update`, if it knows such a thing.
    pub(crate) inside: Option<String>,
}

impl SystemArgs {
    /// What the arguments say; `None` if they say nothing.
    pub(crate) fn read(&self, name: &ContainerName, paths: &Paths) -> Result<Option<System>> {
        if let Some(file) = &self.file {
            let file = paths.absolute(file);
            if !file.exists() {
                return Err(CommandError::user(format!("there is no file {}", file.display())));
            }
            return Ok(Some(of_module(name, &path_literal(&file)?)));
        }
        if let Some(expression) = &self.expr {
            return Ok(Some(of_module(name, &format!("({expression})"))));
        }
        let option = match (&self.flake, &self.path) {
            (Some(flake), _) => ("flake", absolute(flake, paths)),
            (_, Some(path)) => ("path", path.clone()),
            (None, None) => return Ok(None),
        };
        Ok(Some(System { module: module(name, option.0, &string(&option.1)), inside: None }))
    }
}

/// A path that is to run.
pub(crate) fn of_path(name: &ContainerName, path: &str) -> String {
    module(name, "path", &string(path))
}

/// As `nixos-container` writes the file that it updates from.
fn of_module(name: &ContainerName, expression: &str) -> System {
    let inside = format!(
        "{{ config, lib, pkgs, ... }}:\n\n{{ boot.isContainer = true;\n  \
         networking.hostName = lib.mkDefault {};\n  networking.useDHCP = false;\n  \
         imports = [ {expression} ];\n}}\n",
        string(name.as_str())
    );
    let config = format!("{{\n    imports = [ {expression} ];\n  }}");
    System { module: module(name, "config", &config), inside: Some(inside) }
}

fn module(name: &ContainerName, option: &str, value: &str) -> String {
    let name = nix::name(name.as_str());
    format!(
        "# Written by conex; `conex update` replaces it.\n{{\n  containers.{name}.{option} = {value};\n}}\n"
    )
}

/// A reference to a flake on this machine, wherever it is read again.
fn absolute(reference: &str, paths: &Paths) -> String {
    let (place, host) = match reference.split_once('#') {
        Some((place, host)) => (place, format!("#{host}")),
        None => (reference, String::new()),
    };
    let (scheme, place) = match place.strip_prefix("path:") {
        Some(place) => ("path:", place),
        None => ("", place),
    };
    let is_path = place.starts_with('.') || (scheme == "path:" && !place.starts_with('/'));
    if !is_path {
        return reference.to_owned();
    }
    format!("{scheme}{}{host}", paths.absolute(Path::new(place)).display())
}

/// A path as Nix reads it back, whatever is in its name.
fn path_literal(path: &Path) -> Result<String> {
    let text = path.to_str().ok_or_else(|| {
        CommandError::user(format!("the name of {} is not UTF-8", path.display()))
    })?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    Ok(match text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("(/. + {})", string(text)),
    })
}

/// A text as Nix reads it back.
pub(crate) fn string(text: &str) -> String {
    let mut out = String::new();
    nix::push_string(&mut out, text);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_and_paths_are_read_again_from_anywhere() {
        let paths = Paths::new().unwrap();
        let here = paths.current().display().to_string();
        assert_eq!(absolute(".#web", &paths), format!("{here}#web"));
        assert_eq!(absolute("path:a", &paths), format!("path:{here}/a"));
        assert_eq!(absolute("github:a/b#c", &paths), "github:a/b#c");
        assert_eq!(path_literal(Path::new("/a-b/c_d.nix")).unwrap(), "/a-b/c_d.nix");
        assert_eq!(path_literal(Path::new("/a b")).unwrap(), "(/. + \"/a b\")");
    }
}
