//! Bind mounts, temporary file systems and root directories.

use std::rc::Rc;

use conex_model::{Code, Located, Value, quote_name};

use super::{Findings, Options, Subject, attrs, place_of, repeated, spaces};

/// A bind mount.
pub(super) struct Mount<'a> {
    /// The address of the container.
    container: Rc<str>,
    name: &'a str,
    pub(super) at: &'a Located,
    options: &'a Options,
}

impl<'a> Mount<'a> {
    /// The bind mounts of a container.
    pub(super) fn all(subject: &Subject<'a>) -> Vec<Self> {
        let set = subject.set("bindMounts").into_iter().flatten();
        set.filter_map(|(name, at)| {
            let container = subject.address.clone();
            Some(Self { container, name, at, options: attrs(&at.value)? })
        })
        .collect()
    }

    fn address(&self) -> String {
        format!("{}.bindMounts.{}", self.container, quote_name(self.name))
    }

    /// Where it appears.
    pub(super) fn target(&self) -> Option<&'a str> {
        self.options.get("mountPoint")?.value.as_str()
    }

    /// What is mounted.
    pub(super) fn source(&self) -> Option<&'a str> {
        match &self.options.get("hostPath")?.value {
            Value::Null => self.target(),
            path => path.as_str(),
        }
    }

    /// An option that was written, or the mount itself with its name.
    pub(super) fn written(&self, option: &str) -> (String, &'a Located, bool) {
        match self.options.get(option).filter(|at| !at.places.is_empty()) {
            Some(at) => (format!("{}.{option}", self.address()), at, false),
            None => (self.address(), self.at, true),
        }
    }

    /// The option that says what is mounted.
    pub(super) fn written_source(&self) -> (String, &'a Located, bool) {
        let host = self.options.get("hostPath").is_some_and(|at| at.value != Value::Null);
        self.written(if host { "hostPath" } else { "mountPoint" })
    }
}

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let mounts = Mount::all(subject);
    for mount in &mounts {
        check_mount(mount, findings);
    }
    check_same_target(&mounts, findings);
    for (address, at) in subject.list("tmpfs") {
        let Some(text) = at.value.as_str() else { continue };
        if spaces::splits(text) {
            let summary = format!("{text:?} is split at its spaces");
            findings.at(Code::Spaces, address, at, summary);
        } else if !text.starts_with('/') {
            let summary = format!("`{address}' is not an absolute path: {text:?}");
            findings.at(Code::InvalidPath, address, at, summary);
        }
    }
}

fn check_mount(mount: &Mount<'_>, findings: &mut Findings) {
    let host = mount.options.get("hostPath").and_then(|at| at.value.as_str());
    let sides = [("mountPoint", mount.target()), ("hostPath", host)];
    for (option, path) in sides {
        let Some(path) = path else { continue };
        let Some((code, what)) = wrong(option, path) else { continue };
        let (address, at, named) = mount.written(option);
        let summary = format!("The path {path:?} {what}");
        let found = findings.at(code, address, at, summary);
        found.at_name = named;
        if code == Code::Spaces {
            found.detail(
                "NixOS hands mounts on unquoted; systemd-nspawn takes the rest for something else.",
            );
        }
    }
}

/// What nspawn can not make a mount of.
pub(super) fn wrong(option: &str, path: &str) -> Option<(Code, &'static str)> {
    // A source may also be below the container's root, or a new directory.
    let elsewhere = option == "hostPath" && (path.is_empty() || path.starts_with('+'));
    if spaces::splits(path) {
        Some((Code::Spaces, "is split at its spaces"))
    } else if !path.starts_with('/') && !elsewhere {
        Some((Code::InvalidPath, "is not absolute"))
    } else if path.replace("\\:", "").contains(':') {
        Some((Code::InvalidPath, "is split at its colon; write `\\\\:' for it"))
    } else {
        None
    }
}

/// Of two mounts at one place only the later one is seen.
fn check_same_target(mounts: &[Mount<'_>], findings: &mut Findings) {
    if mounts.len() < 2 {
        return;
    }
    let targets = mounts.iter().filter_map(|mount| {
        let parts: Vec<_> = mount.target()?.split('/').filter(|part| !part.is_empty()).collect();
        Some((parts.join("/"), mount))
    });
    for repetition in repeated(targets, |mount| place_of(mount.at)) {
        let Some((first, others)) = repetition.first_and_others(|mount| place_of(mount.at)) else {
            continue;
        };
        for other in others {
            let target = other.target().unwrap_or_default();
            let (address, at, named) = other.written("mountPoint");
            let summary = format!("Something else is mounted at {target} as well");
            let found = findings.at(Code::DuplicateMount, address, at, summary);
            found.at_name = named;
            found.related(first.at, "the other mount");
        }
    }
}

/// Two systems in one directory destroy each other.
pub(super) fn check_roots(subjects: &[Subject<'_>], findings: &mut Findings) {
    let roots = subjects.iter().filter_map(|subject| {
        let at = subject.get("root").filter(|at| !at.places.is_empty())?;
        // A new root each time is nobody else's.
        let path = at.value.as_str().filter(|_| subject.flag("ephemeral") == Some(false))?;
        Some((path.trim_end_matches('/').to_owned(), (subject, at)))
    });
    for repetition in repeated(roots, |(_, at)| place_of(at)) {
        let Some(((first, first_at), others)) = repetition.first_and_others(|(_, at)| place_of(at))
        else {
            continue;
        };
        for (subject, at) in others {
            let summary = format!(
                "The root directory {} is that of container `{}' too",
                repetition.key,
                first.name()
            );
            let found = findings.at(Code::SharedRoot, subject.path("root"), at, summary);
            found.related(first_at, "it is first used here");
        }
    }
}
