//! The installed Nix: systems are built, or fetched, by it.
//!
//! A build takes as long as it takes. What it prints is passed on as it comes, so that
//! whoever waits sees what for.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use super::process::{self, Streamed};
use crate::HostError;
use crate::host::BuildRequest;

/// The features that `nix build` of a flake needs, whatever the configuration says.
const FEATURES: [&str; 2] = ["--extra-experimental-features", "nix-command flakes"];
/// What a flake calls the host that is a container, as for `nixos-container`.
const HOST: &str = "container";

/// Has a system in the store.
pub(super) fn build(
    container: &str,
    request: &BuildRequest<'_>,
    log: &mut dyn FnMut(&str),
) -> Result<String, HostError> {
    match request {
        BuildRequest::Path(path) => realise(container, path, path, log),
        BuildRequest::Derivation { derivation, path } => realise(container, derivation, path, log),
        BuildRequest::Flake(reference) => of_flake(container, reference, log),
        BuildRequest::Config { .. } | BuildRequest::Unknown { .. } => Err(HostError::Unknown {
            what: format!("the system of {container}"),
            reason: "without a nixpkgs nobody knows what it is built from".to_owned(),
        }),
    }
}

fn realise(
    container: &str,
    what: &str,
    path: &str,
    log: &mut dyn FnMut(&str),
) -> Result<String, HostError> {
    if !Path::new(path).exists() {
        let nix = process::find("nix-store")?;
        run(container, Command::new(nix).args(["--realise", "--", what]), log)?;
    }
    there(container, path)
}

/// What a flake's host is built to: `REF#HOST`, by default the host `container`.
fn of_flake(
    container: &str,
    reference: &str,
    log: &mut dyn FnMut(&str),
) -> Result<String, HostError> {
    #[derive(Deserialize)]
    struct Built {
        outputs: Outputs,
    }
    #[derive(Deserialize)]
    struct Outputs {
        out: String,
    }
    let nix = process::find("nix")?;
    let mut command = Command::new(nix);
    command.args(FEATURES);
    command.args(["build", "--no-link", "--json", "--print-build-logs", "--"]);
    command.arg(installable(reference));
    let printed = run(container, &mut command, log)?;
    let built: Result<Vec<Built>, _> = serde_json::from_str(&printed);
    match built.as_deref() {
        Ok([built]) => there(container, &built.outputs.out),
        _ => Err(HostError::Program {
            what: what(container),
            reason: "nix does not say where the system is".to_owned(),
            output: printed,
        }),
    }
}

fn installable(reference: &str) -> String {
    let (flake, host) = match reference.rsplit_once('#') {
        Some((flake, host)) if !host.is_empty() && !host.contains('"') => (flake, host),
        Some((flake, "")) => (flake, HOST),
        _ => (reference, HOST),
    };
    format!("{flake}#nixosConfigurations.\"{host}\".config.system.build.toplevel")
}

fn there(container: &str, path: &str) -> Result<String, HostError> {
    if Path::new(path).exists() {
        return Ok(path.to_owned());
    }
    Err(HostError::Unknown {
        what: format!("the system of {container}"),
        reason: format!("{path} does not exist"),
    })
}

fn what(container: &str) -> String {
    format!("to build the system of {container}")
}

/// Runs a program of Nix that has to succeed, and gives what it prints as its result.
fn run(
    container: &str,
    command: &mut Command,
    log: &mut dyn FnMut(&str),
) -> Result<String, HostError> {
    // No pager and no questions.
    command.env("PAGER", OsStr::new("cat"));
    let Streamed { status, output, errors } = process::stream(command, log)?;
    if status.success() {
        return Ok(output);
    }
    Err(HostError::Program { what: what(container), reason: status.to_string(), output: errors })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_flake_is_called_container_unless_it_is_named() {
        let of = |reference| installable(reference);
        let toplevel = "config.system.build.toplevel";
        assert_eq!(of("/x"), format!("/x#nixosConfigurations.\"container\".{toplevel}"));
        assert_eq!(of("/x#"), format!("/x#nixosConfigurations.\"container\".{toplevel}"));
        assert_eq!(
            of("git+file:/x#a.b"),
            format!("git+file:/x#nixosConfigurations.\"a.b\".{toplevel}")
        );
    }
}
