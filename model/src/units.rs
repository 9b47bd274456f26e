//! The directory that the units of containers are in.

use std::fmt;
use std::sync::Arc;

/// The directory of a host that the units of containers are written to: an absolute path
/// without `.`, `..` or anything empty between its slashes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnitDirectory(Arc<str>);

impl UnitDirectory {
    /// Where units are unless there is a reason.
    pub const STANDARD: &str = "/etc/systemd/system";

    /// `None` for what is no such path.
    pub fn new(path: &str) -> Option<Self> {
        let mut names = path.strip_prefix('/')?.split('/');
        let plain = |name: &str| {
            !matches!(name, "" | "." | "..") && !name.contains(|c: char| c.is_control())
        };
        names.all(plain).then(|| Self(path.into()))
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for UnitDirectory {
    fn default() -> Self {
        Self(Self::STANDARD.into())
    }
}

impl fmt::Display for UnitDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::UnitDirectory;

    #[test]
    fn only_plain_absolute_paths_are_directories_for_units() {
        for good in ["/etc/systemd/system", "/etc/systemd-mutable/system", "/x"] {
            assert_eq!(UnitDirectory::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "/", "etc", "/etc/", "/etc//x", "/etc/../x", "/./x", "/a\nb"] {
            assert_eq!(UnitDirectory::new(bad), None, "{bad:?}");
        }
    }
}
