//! What is wrong on the machine where the check runs: what is to be mounted
//! there, and who can read it.

use std::path::{Path, PathBuf};

use conex_evaluator::{FileKind, Io};
use conex_model::{Code, Desired};

use super::mounts::{self, Mount};
use super::{Findings, Found, Subject};

/// Looks for the sources of bind mounts.
pub(crate) fn check(desired: &Desired, io: &dyn Io) -> Vec<Found> {
    let mut findings = Findings::default();
    for container in desired.containers.values() {
        let subject = Subject::new(container);
        for mount in Mount::all(&subject) {
            check_mount(&mount, io, &mut findings);
        }
    }
    findings.all
}

fn check_mount(mount: &Mount<'_>, io: &dyn Io, findings: &mut Findings) {
    let Some(source) = mount.source().filter(|source| source.starts_with('/')) else { return };
    let path = Path::new(source);
    // It is told that no such path can be mounted.
    if mounts::wrong("hostPath", source).is_some() {
        return;
    }
    let in_store = source.starts_with("/nix/store/");
    // What is in the store may still have to be built.
    if !in_store && missing(path, io) {
        let (address, at, named) = mount.written_source();
        let summary = format!("There is no {source} on this machine");
        let found = findings.at(Code::MissingBindSource, address, at, summary);
        found.at_name = named;
        found
            .detail("systemd-nspawn does not start a container with a mount of what is not there.");
        return;
    }
    if is_secret(path) && (in_store || io.readable_by_all(path).unwrap_or(false)) {
        let (address, at, named) = mount.written_source();
        let summary = format!("Every user of this machine can read {source}");
        let found = findings.at(Code::ReadableSecret, address, at, summary);
        found.at_name = named;
        found.detail(if in_store {
            "The Nix store is readable by all. Keep secrets out of it."
        } else {
            "By its name it is a secret."
        });
    }
}

/// Whether there is certainly nothing at a path, following links.
fn missing(path: &Path, io: &dyn Io) -> bool {
    const MAX_LINKS: usize = 40;
    let mut path = PathBuf::from(path);
    for _ in 0..MAX_LINKS {
        match io.kind(&path) {
            Err(error) => {
                use std::io::ErrorKind::{NotADirectory, NotFound};
                return matches!(error.kind(), NotFound | NotADirectory);
            }
            Ok(FileKind::Symlink) => {
                let Ok(target) = io.read_link(&path) else { return false };
                // What is not normalised the system resolves by itself.
                path = path.parent().unwrap_or(Path::new("/")).join(target);
            }
            Ok(_) => return false,
        }
    }
    true
}

/// Whether a name says that there is a secret.
fn is_secret(path: &Path) -> bool {
    const WORDS: [&str; 12] = [
        "secret",
        "secrets",
        "password",
        "passwords",
        "passwd",
        "passphrase",
        "credential",
        "credentials",
        "token",
        "tokens",
        "private",
        "privkey",
    ];
    const KEYS: [&str; 5] = ["id_rsa", "id_ed25519", "id_ecdsa", ".env", "ssh_host"];
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    if path == Path::new("/etc/passwd") {
        return false;
    }
    let parents = path.parent().map(|p| p.to_string_lossy().to_lowercase()).unwrap_or_default();
    let name = name.to_lowercase();
    let word =
        |text: &str| text.split(|c: char| !c.is_ascii_alphanumeric()).any(|w| WORDS.contains(&w));
    !name.ends_with(".pub")
        && (word(&name)
            || parents.split('/').any(|part| matches!(part, "secrets" | "credentials" | "agenix"))
            || name.ends_with(".key")
            || KEYS.iter().any(|key| name.starts_with(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_names() {
        for path in [
            "/run/secrets/db",
            "/etc/ssl/private/web.key",
            "/root/.ssh/id_ed25519",
            "/srv/db-password",
            "/var/lib/acme/privkey.pem",
            "/srv/app/.env",
        ] {
            assert!(is_secret(Path::new(path)), "{path}");
        }
        for path in [
            "/srv",
            "/home/alice",
            "/etc/passwd",
            "/root/.ssh/id_ed25519.pub",
            "/srv/keyboards",
            "/var/lib/private/x",
        ] {
            assert!(!is_secret(Path::new(path)), "{path}");
        }
    }
}
