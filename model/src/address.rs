//! The addresses of what a plan changes: `containers.web.unit`.

use std::fmt;
use std::str::FromStr;

use crate::ContainerName;

/// The kinds of resource that a container consists of, in the order in which
/// they come to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The built system closure.
    System,
    /// The Nix profile whose generations are systems.
    Profile,
    /// The garbage-collector root of the system in use.
    Gcroot,
    /// The root directory.
    Root,
    /// Interfaces, addresses, routes and forwarded ports.
    Network,
    /// `/etc/nixos-containers/NAME.conf`
    Conf,
    /// `container@NAME.service`
    Unit,
    /// The link that starts the container at boot.
    Autostart,
    /// The running container.
    Service,
}

/// The address of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Address {
    /// `containers.NAME.KIND`
    Container {
        /// The container.
        name: ContainerName,
        /// Which of its resources.
        kind: Kind,
    },
    /// `host.daemon-reload`: systemd reads the unit files again.
    DaemonReload,
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidAddress {
    /// The text.
    pub text: String,
    /// What is wrong with it, as a clause.
    pub reason: String,
}

impl Kind {
    /// All kinds, in order.
    pub const ALL: [Self; 9] = [
        Self::System,
        Self::Profile,
        Self::Gcroot,
        Self::Root,
        Self::Network,
        Self::Conf,
        Self::Unit,
        Self::Autostart,
        Self::Service,
    ];

    /// The word in an address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Profile => "profile",
            Self::Gcroot => "gcroot",
            Self::Root => "root",
            Self::Network => "network",
            Self::Conf => "conf",
            Self::Unit => "unit",
            Self::Autostart => "autostart",
            Self::Service => "service",
        }
    }

    /// The kind of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl Address {
    /// The address of a resource of a container.
    pub fn new(name: &ContainerName, kind: Kind) -> Self {
        Self::Container { name: name.clone(), kind }
    }

    /// The container it belongs to; `None` for what belongs to the host.
    pub fn container(&self) -> Option<&ContainerName> {
        match self {
            Self::Container { name, .. } => Some(name),
            Self::DaemonReload => None,
        }
    }

    /// The kind of a container's resource.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Self::Container { kind, .. } => Some(*kind),
            Self::DaemonReload => None,
        }
    }

    /// The last word: `unit`, `daemon-reload`.
    pub fn kind_word(&self) -> &'static str {
        match self {
            Self::Container { kind, .. } => kind.as_str(),
            Self::DaemonReload => "daemon-reload",
        }
    }
}

/// A container name as it stands in an attribute path: quoted unless it is a
/// Nix identifier.
pub fn quote_name(name: &str) -> String {
    const KEYWORDS: [&str; 9] =
        ["assert", "else", "if", "in", "inherit", "let", "rec", "then", "with"];
    let mut bytes = name.bytes();
    let plain = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'\''))
        && !KEYWORDS.contains(&name);
    if plain { name.to_owned() } else { format!("\"{name}\"") }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Container { name, kind } => {
                write!(f, "containers.{}.{kind}", quote_name(name.as_str()))
            }
            Self::DaemonReload => f.write_str("host.daemon-reload"),
        }
    }
}

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        parse(text).map_err(|reason| InvalidAddress { text: text.to_owned(), reason })
    }
}

fn parse(text: &str) -> Result<Address, String> {
    if text == "host.daemon-reload" {
        return Ok(Address::DaemonReload);
    }
    let rest = text.strip_prefix("containers.").ok_or("it does not begin with `containers.`")?;
    let (name, kind) = match rest.strip_prefix('"') {
        Some(quoted) => {
            let (name, rest) = quoted.split_once('"').ok_or("the quoted name does not end")?;
            (name, rest.strip_prefix('.').ok_or("the kind is missing")?)
        }
        None => rest.split_once('.').ok_or("the kind is missing")?,
    };
    let kind = Kind::parse(kind).ok_or_else(|| {
        let kinds: Vec<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("`{kind}` is none of {}", kinds.join(", "))
    })?;
    let name = ContainerName::new(name).map_err(|reason| format!("the name: {reason}"))?;
    Ok(Address::Container { name, kind })
}

impl fmt::Display for InvalidAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no address: {}", self.text, self.reason)
    }
}

impl std::error::Error for InvalidAddress {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_no_identifiers_are_quoted() {
        for (name, shown) in [
            ("web", "containers.web.unit"),
            ("backup.site-2", "containers.\"backup.site-2\".unit"),
            ("2nd", "containers.\"2nd\".unit"),
            ("a-b_c", "containers.a-b_c.unit"),
            ("if", "containers.\"if\".unit"),
        ] {
            let address = Address::new(&ContainerName::new(name).unwrap(), Kind::Unit);
            assert_eq!(address.to_string(), shown);
            assert_eq!(shown.parse::<Address>().unwrap(), address);
        }
        assert_eq!("host.daemon-reload".parse::<Address>().unwrap(), Address::DaemonReload);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "web.unit", "containers.web", "containers.web.flux", "containers.\"a.unit"]
        {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
