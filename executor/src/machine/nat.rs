//! Forwarded ports of a running container.
//!
//! systemd-nspawn keeps what `--port=` forwards in nftables: in the table
//! `io.systemd.nat`, in a map from protocol and port to address and port
//! (`firewall-util-nft.c` in systemd's sources). Elements are put there and taken away
//! as it does, over nfnetlink; the map itself is systemd's. What is put there by
//! conex stays when the container stops, until [`PortMap::remove`].

mod message;

use std::net::IpAddr;

use rustix::io::Errno;

use self::message::Element;
use super::netlink::{Netlink, Refusal};
use crate::HostError;

/// A port of the host that leads to one of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Forwarding {
    pub(crate) protocol: Protocol,
    pub(crate) host_port: u16,
    /// The container's address.
    pub(crate) address: IpAddr,
    pub(crate) container_port: u16,
}

/// The protocols that systemd-nspawn forwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Tcp,
    Udp,
}

impl Protocol {
    /// `tcp` or `udp`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "tcp" => Some(Self::Tcp),
            "udp" => Some(Self::Udp),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// The kernel's map of forwarded ports.
#[derive(Debug)]
pub(crate) struct PortMap {
    netlink: Netlink,
}

impl PortMap {
    /// Opens the way to it. That it is there is not checked.
    pub(crate) fn open() -> Result<Self, HostError> {
        Netlink::open(netlink_sys::protocols::NETLINK_NETFILTER)
            .map(|netlink| Self { netlink })
            .map_err(|error| failed("speak with nftables".into(), error.into()))
    }

    /// Whether systemd has made the map for a family of addresses. Without it ports can
    /// only be forwarded by a restart.
    pub(crate) fn exists(&self, is_ipv6: bool) -> Result<bool, HostError> {
        match self.netlink.exchange(&[message::get_map(is_ipv6)]) {
            Ok(_) => Ok(true),
            Err(refusal) if is_absent(&refusal) => Ok(false),
            Err(refusal) => Err(failed("look at the forwarded ports".into(), refusal)),
        }
    }

    /// Forwards a port. Fails if it is forwarded to elsewhere.
    pub(crate) fn add(&self, forwarding: &Forwarding) -> Result<(), HostError> {
        let operation = || format!("forward {}", describe(forwarding));
        let wanted = Element::from(forwarding);
        match self.find(&wanted).map_err(|refusal| failed(operation(), refusal))? {
            Some(found) if found == wanted => return Ok(()),
            Some(found) => {
                let other =
                    Refusal::new(format!("the port is forwarded to {} already", found.target()));
                return Err(failed(operation(), other));
            }
            None => {}
        }
        self.netlink
            .exchange(&message::add(&wanted))
            .map(drop)
            .map_err(|refusal| failed(operation(), refusal))
    }

    /// Forwards a port no longer. One that is forwarded to elsewhere stays.
    pub(crate) fn remove(&self, forwarding: &Forwarding) -> Result<(), HostError> {
        let operation = || format!("no longer forward {}", describe(forwarding));
        let unwanted = Element::from(forwarding);
        let found = self.find(&unwanted).map_err(|refusal| failed(operation(), refusal))?;
        if found.as_ref() != Some(&unwanted) {
            return Ok(());
        }
        match self.netlink.exchange(&message::remove(&unwanted)) {
            Err(refusal) if !refusal.is(Errno::NOENT) => Err(failed(operation(), refusal)),
            _ => Ok(()),
        }
    }

    /// Whether a port leads where it says.
    pub(crate) fn has(&self, forwarding: &Forwarding) -> Result<bool, HostError> {
        let element = Element::from(forwarding);
        let found = self.find(&element);
        found
            .map(|found| found.as_ref() == Some(&element))
            .map_err(|refusal| failed("look at the forwarded ports".into(), refusal))
    }

    /// Where the port leads now.
    fn find(&self, element: &Element) -> Result<Option<Element>, Refusal> {
        match self.netlink.exchange(&[message::get(element)]) {
            Ok(answers) => Ok(answers.iter().find_map(|answer| element.found_in(&answer.payload))),
            // The element, the map or the table.
            Err(refusal) if is_absent(&refusal) => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }
}

fn is_absent(refusal: &Refusal) -> bool {
    refusal.is(Errno::NOENT)
}

/// `tcp port 8080 to 10.0.0.2:80`
pub(super) fn describe(forwarding: &Forwarding) -> String {
    format!(
        "{} port {} to {}",
        forwarding.protocol.name(),
        forwarding.host_port,
        std::net::SocketAddr::new(forwarding.address, forwarding.container_port)
    )
}

fn failed(operation: String, refusal: Refusal) -> HostError {
    let hint = if refusal.is(Errno::NOENT) {
        Some(
            "systemd has no nftables map of ports here: either no container with forwarded \
             ports has started since boot, or this systemd uses iptables; restart the \
             container to have its ports forwarded",
        )
    } else if refusal.is(Errno::OPNOTSUPP) || refusal.is(Errno::PROTONOSUPPORT) {
        Some("this kernel has no nftables; restart the container to have its ports forwarded")
    } else if refusal.is(Errno::PERM) {
        Some("this needs root")
    } else {
        None
    };
    HostError::Network { operation, hint, source: refusal.into() }
}
