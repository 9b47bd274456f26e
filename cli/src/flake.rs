//! References to flakes on this machine, and which of their hosts is meant.

use std::path::{Path, PathBuf};

use clap::Args;
use conex_options::Flake;

use crate::command_error::{CommandError, Result};
use crate::input::Configured;
use crate::nixpkgs::NixpkgsArgs;
use crate::paths::Paths;

/// Where Linux says what the machine is called.
const NAME: &str = "/proc/sys/kernel/hostname";

/// A flake instead of a file.
#[derive(Debug, Args)]
pub(crate) struct FlakeArgs {
    /// A host of a flake on this machine: `.#web`, `/etc/nixos#web`,
    /// `path:DIR#nixosConfigurations.web`
    ///
    /// Without #HOST, the only host of the flake, or else the one that is
    /// named like this machine.
    #[arg(long, value_name = "REF#HOST")]
    pub(crate) flake: Option<String>,
    /// Have Nix fetch the locked inputs of the flake that are needed and not in the store
    #[arg(long)]
    pub(crate) fetch: bool,
    #[command(flatten)]
    pub(crate) nixpkgs: NixpkgsArgs,
}

/// The flake that a reference names: `.`, a path, `path:…` or `git+file:…`,
/// with the host behind `#`.
pub(crate) fn find(reference: &str, paths: &Paths) -> Result<Configured> {
    let (tree, fragment) = reference.split_once('#').unwrap_or((reference, ""));
    let (place, query) = tree.split_once('?').unwrap_or((tree, ""));
    let (place, searched) = local(place).ok_or_else(|| elsewhere(reference))?;
    let mut directory = paths.absolute(Path::new(if place.is_empty() { "." } else { place }));
    for parameter in query.split('&') {
        match parameter.split_once('=') {
            Some(("dir", below)) => directory = directory.join(below.trim_start_matches('/')),
            Some((name @ ("ref" | "rev"), _)) => {
                let message = format!("--flake {reference}: conex reads a flake as its files are");
                return Err(CommandError::user(message)
                    .hint(format!("check out what is wanted and leave {name} out")));
            }
            _ => {}
        }
    }
    let file = file_of(&directory, searched).ok_or_else(|| {
        let message =
            format!("--flake {reference}: there is no flake.nix in {}", directory.display());
        CommandError::user(message)
    })?;
    Ok(Configured::Flake { file, host: host_of(fragment) })
}

/// The path in a reference, and whether a flake is looked for above it as
/// well, as Nix does.
fn local(place: &str) -> Option<(&str, bool)> {
    if let Some(path) = place.strip_prefix("path:") {
        return Some((path.strip_prefix("//").unwrap_or(path), false));
    }
    if let Some(path) = place.strip_prefix("git+file:") {
        return Some((path.strip_prefix("//").unwrap_or(path), false));
    }
    let colon = place.find(':').is_some_and(|colon| !place[..colon].contains('/'));
    (!colon).then_some((place, true))
}

fn elsewhere(reference: &str) -> CommandError {
    CommandError::user(format!("--flake {reference}: only flakes on this machine can be read"))
        .hint("name a copy of it: a directory, path:DIR or git+file:DIR")
}

/// The `flake.nix` of a directory, or of the nearest one above that has one,
/// not above the root of a repository.
fn file_of(directory: &Path, searched: bool) -> Option<PathBuf> {
    if directory.file_name().is_some_and(|name| name == "flake.nix") && directory.is_file() {
        return Some(directory.to_owned());
    }
    let mut directory = Some(directory).filter(|directory| directory.is_dir())?;
    loop {
        let file = directory.join("flake.nix");
        if file.exists() {
            return Some(file);
        }
        if !searched || directory.join(".git").exists() {
            return None;
        }
        directory = directory.parent()?;
    }
}

/// The host that the fragment of a reference names.
fn host_of(fragment: &str) -> Option<String> {
    let name = fragment.strip_prefix("nixosConfigurations.").unwrap_or(fragment);
    let quoted = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    Some(quoted.unwrap_or(name).to_owned()).filter(|name| !name.is_empty())
}

/// The host of a flake that is meant when none, or this one, is named.
pub(crate) fn host(flake: &Flake<'_>, wanted: Option<&str>) -> Result<String> {
    let hosts: Vec<&str> = flake.hosts().collect();
    match (wanted, &hosts[..]) {
        (_, []) => Err(CommandError::user("the flake configures no host")),
        (Some(wanted), _) if hosts.contains(&wanted) => Ok(wanted.to_owned()),
        (Some(wanted), _) => {
            let error = CommandError::user(format!("the flake has no host `{wanted}`"));
            let listed = format!("it has {}", hosts.join(", "));
            Err(match flake.nearest_host(wanted) {
                Some(near) => error.hint(format!("did you mean `{near}`? {listed}")),
                None => error.hint(listed),
            })
        }
        (None, [only]) => Ok((*only).to_owned()),
        (None, _) => {
            let machine = machine();
            if hosts.contains(&machine.as_str()) {
                return Ok(machine);
            }
            let message = "the flake configures several hosts, none named like this machine";
            let first = hosts[0];
            Err(CommandError::user(message)
                .hint(format!("name one: --flake REF#{first} (it has {})", hosts.join(", "))))
        }
    }
}

/// What the machine is called.
pub(crate) fn machine() -> String {
    std::fs::read_to_string(NAME).unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragment_names_a_host_in_three_ways() {
        assert_eq!(host_of(""), None);
        assert_eq!(host_of("web").as_deref(), Some("web"));
        assert_eq!(host_of("nixosConfigurations.web").as_deref(), Some("web"));
        assert_eq!(host_of("nixosConfigurations.\"a.b\"").as_deref(), Some("a.b"));
    }

    #[test]
    fn references_to_this_machine() {
        assert_eq!(local("."), Some((".", true)));
        assert_eq!(local("path:/etc"), Some(("/etc", false)));
        assert_eq!(local("git+file:///etc"), Some(("/etc", false)));
        assert_eq!(local("./a:b"), Some(("./a:b", true)));
        assert_eq!(local("github:a/b"), None);
        assert_eq!(local("https://example.org/x"), None);
    }
}
