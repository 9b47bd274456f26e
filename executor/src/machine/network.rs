//! The network of the host, or that inside a container: looked at in one go and changed
//! step by step. Every step may be repeated.

mod address;
mod dump;

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;

use netlink_packet_core::{DefaultNla, Emitable, NLM_F_CREATE, NLM_F_REPLACE};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::address::{AddressAttribute, AddressMessage, AddressScope};
use netlink_packet_route::link::{LinkAttribute, LinkFlags, LinkMessage};
use netlink_packet_route::route::{
    RouteAttribute, RouteHeader, RouteMessage, RouteProtocol, RouteScope, RouteType,
};
use rustix::io::Errno;

use self::address::{Prefixed, family};
pub(crate) use self::dump::Dump;
use super::netlink::{Netlink, Refusal, Request};
use crate::HostError;

/// `IFLA_ALT_IFNAME`, which the packet crate has for answers only.
const ALTERNATIVE_NAME: u16 = 53;

/// A network namespace.
#[derive(Debug)]
pub(crate) struct Network {
    netlink: Netlink,
}

impl Network {
    /// That of this process.
    pub(crate) fn of_host() -> Result<Self, HostError> {
        let opened = Netlink::open(netlink_sys::protocols::NETLINK_ROUTE);
        Self::opened(opened, "speak with the kernel over netlink")
    }

    /// That of another process: of the first process of a container.
    pub(crate) fn of_process(process: u32) -> Result<Self, HostError> {
        let opened = Netlink::open_in(netlink_sys::protocols::NETLINK_ROUTE, process);
        Self::opened(opened, &format!("enter the network namespace of process {process}"))
    }

    fn opened(opened: io::Result<Netlink>, operation: &str) -> Result<Self, HostError> {
        opened.map(|netlink| Self { netlink }).map_err(|source| HostError::Network {
            operation: operation.to_owned(),
            hint: None,
            source,
        })
    }

    /// All links, addresses, and routes of the main table.
    pub(crate) fn dump(&self) -> Result<Dump, HostError> {
        dump::all(&self.netlink).map_err(|refusal| HostError::Network {
            operation: "list the network".into(),
            hint: None,
            source: refusal.into(),
        })
    }

    /// The addresses inside other namespaces, by the numbers that this one has for them
    /// ([`dump::Link::peer_namespace`]); without loopback, sorted. What can not be told is left
    /// out. Nobody has to enter a namespace, and none is asked of a guest.
    pub(crate) fn addresses_inside(
        namespaces: &[i32],
    ) -> Result<BTreeMap<i32, Vec<IpAddr>>, HostError> {
        let opened = Netlink::open(netlink_sys::protocols::NETLINK_ROUTE).and_then(Netlink::strict);
        let network = Self::opened(opened, "ask for the network inside containers")?;
        let inside = namespaces.iter().filter_map(|namespace| {
            let addresses = dump::addresses_inside(&network.netlink, *namespace).ok()?;
            let addresses = addresses.into_iter().map(|address| address.address);
            let mut addresses: Vec<IpAddr> =
                addresses.filter(|address| !address.is_loopback()).collect();
            addresses.sort_unstable();
            Some((*namespace, addresses))
        });
        Ok(inside.collect())
    }

    /// Gives an interface an address, with a prefix length or without.
    pub(crate) fn add_address(&self, interface: &str, address: &str) -> Result<(), HostError> {
        let operation = || format!("give {interface} the address {address}");
        let address: Prefixed = address.parse().map_err(|error| bad(operation(), error))?;
        let index = self.index(interface).map_err(|refusal| failed(operation(), refusal))?;
        let message = RouteNetlinkMessage::NewAddress(address_message(index, address));
        let done = self.change(&message, NLM_F_CREATE | NLM_F_REPLACE);
        forgive(done, &[Errno::EXIST]).map_err(|refusal| failed(operation(), refusal))
    }

    /// Takes an address from an interface.
    pub(crate) fn remove_address(&self, interface: &str, address: &str) -> Result<(), HostError> {
        let operation = || format!("take the address {address} from {interface}");
        let address: Prefixed = address.parse().map_err(|error| bad(operation(), error))?;
        let done = self.index(interface).and_then(|index| {
            self.change(&RouteNetlinkMessage::DelAddress(address_message(index, address)), 0)
        });
        forgive(done, &[Errno::ADDRNOTAVAIL, Errno::NODEV])
            .map_err(|refusal| failed(operation(), refusal))
    }

    /// Leads to a destination through an interface, instead of another way there.
    pub(crate) fn add_route(&self, interface: &str, destination: &str) -> Result<(), HostError> {
        let operation = || format!("route {destination} through {interface}");
        let target: Prefixed = destination.parse().map_err(|error| bad(operation(), error))?;
        self.index(interface)
            .and_then(|index| {
                let mut message = route_message(index, target);
                message.header.protocol = RouteProtocol::Boot;
                message.header.kind = RouteType::Unicast;
                // As iproute2: what has no gateway is on the link.
                if target.address.is_ipv4() {
                    message.header.scope = RouteScope::Link;
                }
                let message = RouteNetlinkMessage::NewRoute(message);
                self.change(&message, NLM_F_CREATE | NLM_F_REPLACE)
            })
            .map_err(|refusal| failed(operation(), refusal))
    }

    /// Leads there no longer; a route through another interface stays.
    pub(crate) fn remove_route(&self, interface: &str, destination: &str) -> Result<(), HostError> {
        let operation = || format!("remove the route to {destination} through {interface}");
        let target: Prefixed = destination.parse().map_err(|error| bad(operation(), error))?;
        let done = self.index(interface).and_then(|index| {
            let mut message = route_message(index, target);
            message.header.scope = RouteScope::NoWhere;
            self.change(&RouteNetlinkMessage::DelRoute(message), 0)
        });
        forgive(done, &[Errno::SRCH, Errno::NODEV]).map_err(|refusal| failed(operation(), refusal))
    }

    /// Puts an interface on a bridge, or on none.
    pub(crate) fn set_bridge(
        &self,
        interface: &str,
        bridge: Option<&str>,
    ) -> Result<(), HostError> {
        let operation = || match bridge {
            Some(bridge) => format!("put {interface} on the bridge {bridge}"),
            None => format!("take {interface} from its bridge"),
        };
        let master = bridge.map_or(Ok(0), |bridge| self.index(bridge));
        master
            .and_then(|master| self.set_link(interface, LinkAttribute::Controller(master)))
            .map_err(|refusal| failed(operation(), refusal))
    }

    /// Sets the size of the largest packet.
    pub(crate) fn set_mtu(&self, interface: &str, mtu: u32) -> Result<(), HostError> {
        self.set_link(interface, LinkAttribute::Mtu(mtu))
            .map_err(|refusal| failed(format!("set the MTU of {interface} to {mtu}"), refusal))
    }

    /// Switches an interface on.
    pub(crate) fn set_up(&self, interface: &str) -> Result<(), HostError> {
        self.index(interface)
            .and_then(|index| {
                let mut message = LinkMessage::default();
                message.header.index = index;
                message.header.flags = LinkFlags::Up;
                message.header.change_mask = LinkFlags::Up;
                self.change(&RouteNetlinkMessage::SetLink(message), 0)
            })
            .map_err(|refusal| failed(format!("switch {interface} on"), refusal))
    }

    /// Removes an interface, and with a veth its peer.
    pub(crate) fn delete_link(&self, interface: &str) -> Result<(), HostError> {
        let done = self.index(interface).and_then(|index| {
            let mut message = LinkMessage::default();
            message.header.index = index;
            self.change(&RouteNetlinkMessage::DelLink(message), 0)
        });
        forgive(done, &[Errno::NODEV])
            .map_err(|refusal| failed(format!("remove the interface {interface}"), refusal))
    }

    fn set_link(&self, interface: &str, attribute: LinkAttribute) -> Result<(), Refusal> {
        let mut message = LinkMessage::default();
        message.header.index = self.index(interface)?;
        message.attributes.push(attribute);
        self.change(&RouteNetlinkMessage::SetLink(message), 0)
    }

    /// The number of an interface.
    fn index(&self, interface: &str) -> Result<u32, Refusal> {
        let mut message = LinkMessage::default();
        // A longer name can only be an alternative one.
        message.attributes.push(if interface.len() <= 15 {
            LinkAttribute::IfName(interface.to_owned())
        } else {
            let text = [interface.as_bytes(), &[0]].concat();
            LinkAttribute::Other(DefaultNla::new(ALTERNATIVE_NAME, text))
        });
        let request = request(&RouteNetlinkMessage::GetLink(message), 0);
        let answers = self.netlink.exchange(&[request])?;
        answers
            .iter()
            .find_map(dump::link)
            .map(|link| link.index)
            .ok_or_else(|| Refusal::new(format!("the kernel does not tell of {interface}")))
    }

    fn change(&self, message: &RouteNetlinkMessage, flags: u16) -> Result<(), Refusal> {
        self.netlink.exchange(&[request(message, flags)]).map(drop)
    }
}

fn request(message: &RouteNetlinkMessage, flags: u16) -> Request {
    let mut payload = vec![0; message.buffer_len()];
    message.emit(&mut payload);
    Request::change(message.message_type(), flags, payload)
}

fn address_message(index: u32, address: Prefixed) -> AddressMessage {
    let mut message = AddressMessage::default();
    message.header.family = family(address.address);
    message.header.prefix_len = address.length();
    message.header.scope = AddressScope::Universe;
    message.header.index = index;
    message.attributes =
        vec![AddressAttribute::Local(address.address), AddressAttribute::Address(address.address)];
    message
}

fn route_message(index: u32, destination: Prefixed) -> RouteMessage {
    let mut message = RouteMessage::default();
    message.header.address_family = family(destination.address);
    message.header.destination_prefix_length = destination.length();
    message.header.table = RouteHeader::RT_TABLE_MAIN;
    let target = match destination.address {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => address.into(),
    };
    message.attributes = vec![RouteAttribute::Destination(target), RouteAttribute::Oif(index)];
    message
}

/// What says that it was done before is no failure.
fn forgive(done: Result<(), Refusal>, harmless: &[Errno]) -> Result<(), Refusal> {
    match done {
        Err(refusal) if harmless.iter().any(|errno| refusal.is(*errno)) => Ok(()),
        done => done,
    }
}

fn failed(operation: String, refusal: Refusal) -> HostError {
    let hint = if refusal.is(Errno::NODEV) {
        Some("there is no such interface: is the container running?")
    } else if refusal.is(Errno::PERM) {
        Some("this needs root")
    } else {
        None
    };
    HostError::Network { operation, hint, source: refusal.into() }
}

fn bad(operation: String, error: String) -> HostError {
    HostError::Network { operation, hint: None, source: io::Error::other(error) }
}
