//! Which directory of a host the units of containers go to.
//!
//! On NixOS `/etc/systemd/system` is a link into the generation: nothing can be written
//! there, and what could be would be gone with the next switch. Units go to a directory
//! that the option `boot.extraSystemdUnitPaths` adds to systemd's search path then.

use conex_model::UnitDirectory;

use crate::HostError;

/// The directory that NixOS hosts add by custom; extra-container uses it too.
pub(crate) const MUTABLE: &str = "/etc/systemd-mutable/system";

/// Directories of every systemd's search path that are not for what lasts and is added
/// by hand (systemd.unit(5), "Unit File Load Path").
const NOT_OURS: [&str; 3] =
    [UnitDirectory::STANDARD, "/etc/systemd/system.control", "/etc/systemd/system.attached"];

/// Where the units of containers are to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Units<'a> {
    /// To the directory that the host has for them.
    #[default]
    Found,
    /// Nowhere: no unit will be written, and a host that has no directory for them is as good.
    Nowhere,
    /// To this one.
    At(&'a str),
}

/// What is known of a host's directories for units.
pub(crate) struct Known<'a> {
    /// What was asked for.
    pub(crate) asked: Units<'a>,
    /// Whether `/etc/systemd/system` is a symbolic link.
    pub(crate) is_generation: bool,
    /// Where systemd looks for units, the first place first.
    pub(crate) searched: &'a [String],
    /// Whether that is all: a rehearsal has no systemd to ask.
    pub(crate) is_all: bool,
}

/// The directory to write units to.
pub(crate) fn choose(known: &Known<'_>) -> Result<UnitDirectory, HostError> {
    let searched = |path: &str| known.searched.iter().any(|searched| searched == path);
    if let Units::At(asked) = known.asked {
        let directory = UnitDirectory::new(asked)
            .ok_or_else(|| HostError::BadPath { path: asked.to_owned() })?;
        return match known.is_all && !searched(asked) {
            false => Ok(directory),
            true => Err(HostError::NotSearched { path: asked.to_owned() }),
        };
    }
    if !known.is_generation {
        return Ok(UnitDirectory::default());
    }
    let added = known.searched.iter().map(String::as_str).find(|path| is_added(path));
    // Where nothing is, for who only looks.
    let none = (known.asked == Units::Nowhere).then_some(MUTABLE);
    let chosen = if searched(MUTABLE) { Some(MUTABLE) } else { added.or(none) };
    chosen.and_then(UnitDirectory::new).ok_or(HostError::NoUnitDirectory)
}

/// Whether only an administrator can have added a directory to the search path, for what
/// is to last.
fn is_added(path: &str) -> bool {
    !NOT_OURS.contains(&path) && ["/etc/", "/var/"].iter().any(|above| path.starts_with(above))
}

/// The container of a unit's file name. The template has none.
pub(crate) fn container_of_file(file: &str) -> Option<&str> {
    let name = file.strip_prefix("container@")?.strip_suffix(".service")?;
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As systemd 252 has it.
    const STANDARD: [&str; 6] = [
        "/etc/systemd/system.control",
        "/run/systemd/system.control",
        "/etc/systemd/system",
        "/etc/systemd/system.attached",
        "/run/systemd/generator",
        "/usr/lib/systemd/system",
    ];

    #[track_caller]
    fn check(asked: Units<'_>, is_generation: bool, added: &[&str], expected: &str) {
        let searched: Vec<String> =
            added.iter().chain(&STANDARD).map(|path| (*path).to_owned()).collect();
        let known = Known { asked, is_generation, searched: &searched, is_all: true };
        let chosen = choose(&known).map(|directory| directory.to_string());
        assert_eq!(chosen.unwrap_or_else(|error| error.to_string()), expected);
    }

    #[test]
    fn a_host_of_its_own_has_the_usual_directory() {
        check(Units::Found, false, &[], "/etc/systemd/system");
        check(Units::Found, false, &[MUTABLE], "/etc/systemd/system");
    }

    #[test]
    fn a_nixos_host_has_the_one_that_was_added() {
        check(Units::Found, true, &["/etc/units", MUTABLE], MUTABLE);
        check(Units::Found, true, &["/run/units", "/etc/units"], "/etc/units");
        check(Units::Found, true, &[], &HostError::NoUnitDirectory.to_string());
        check(Units::Nowhere, true, &[], MUTABLE);
        check(Units::Nowhere, true, &["/etc/units"], "/etc/units");
    }

    #[test]
    fn what_is_asked_for_has_to_be_searched() {
        check(Units::At("/etc/units"), false, &["/etc/units"], "/etc/units");
        let path = "/srv/units".to_owned();
        check(Units::At("/srv/units"), false, &[], &HostError::NotSearched { path }.to_string());
        let path = "units".to_owned();
        check(Units::At("units"), false, &[], &HostError::BadPath { path }.to_string());
    }
}
