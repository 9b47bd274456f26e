//! The network in one look.

use std::net::IpAddr;

use netlink_packet_core::{DefaultNla, Emitable, NLM_F_DUMP, NetlinkDeserializable};
use netlink_packet_route::address::{AddressAttribute, AddressMessage};
use netlink_packet_route::link::{LinkAttribute, LinkFlags, LinkInfo, LinkMessage, Prop};
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteProtocol, RouteType,
};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};

use crate::machine::netlink::{Answer, Netlink, Refusal, Request};

/// `IFA_TARGET_NETNSID`, which the packet crate does not have.
const TARGET_NAMESPACE: u16 = 10;
/// How often a list is read that changes while it is.
const ATTEMPTS: usize = 5;

/// A network namespace as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Dump {
    pub(crate) links: Vec<Link>,
    pub(crate) addresses: Vec<InterfaceAddress>,
    /// Those of the main table.
    pub(crate) routes: Vec<Route>,
}

/// An interface.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) index: u32,
    pub(crate) name: String,
    /// Longer names that it has as well.
    pub(crate) alternative_names: Vec<String>,
    /// `veth`, `bridge`; `None` for hardware and loopback.
    pub(crate) kind: Option<String>,
    /// The number of the bridge that it is on.
    pub(crate) master: Option<u32>,
    pub(crate) up: bool,
    pub(crate) mtu: Option<u32>,
    /// The Ethernet address.
    pub(crate) mac: Option<Vec<u8>>,
    /// The number that this namespace has for that of the other end of a veth pair;
    /// `None` when the other end is in this namespace, too.
    pub(crate) peer_namespace: Option<i32>,
    /// The number of the other end of a veth pair, in its namespace.
    pub(crate) peer: Option<u32>,
}

/// An address of an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InterfaceAddress {
    /// The number of the interface.
    pub(crate) interface: u32,
    pub(crate) address: IpAddr,
    pub(crate) prefix_length: u8,
}

/// A way to a destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    /// `None`: everything that has no other way, of a family.
    pub(crate) destination: Option<IpAddr>,
    pub(crate) prefix_length: u8,
    pub(crate) is_ipv6: bool,
    /// The number of the interface.
    pub(crate) interface: Option<u32>,
    pub(crate) gateway: Option<IpAddr>,
    /// Made by the kernel for an address of the interface.
    pub(crate) by_kernel: bool,
}

impl Dump {
    /// The interface of a name, or of an alternative one.
    pub(crate) fn link(&self, name: &str) -> Option<&Link> {
        self.links.iter().find(|link| {
            link.name == name || link.alternative_names.iter().any(|other| other == name)
        })
    }
}

pub(super) fn all(netlink: &Netlink) -> Result<Dump, Refusal> {
    let links = list(netlink, &RouteNetlinkMessage::GetLink(LinkMessage::default()))?;
    let addresses = list(netlink, &RouteNetlinkMessage::GetAddress(AddressMessage::default()))?;
    let routes = list(netlink, &RouteNetlinkMessage::GetRoute(RouteMessage::default()))?;
    Ok(Dump {
        links: links.iter().filter_map(link).collect(),
        addresses: addresses.iter().filter_map(address).collect(),
        routes: routes.iter().filter_map(route).collect(),
    })
}

/// The addresses of another namespace.
pub(super) fn addresses_inside(
    netlink: &Netlink,
    namespace: i32,
) -> Result<Vec<InterfaceAddress>, Refusal> {
    let mut message = AddressMessage::default();
    let number = namespace.to_ne_bytes().to_vec();
    message.attributes = vec![AddressAttribute::Other(DefaultNla::new(TARGET_NAMESPACE, number))];
    let listed = list(netlink, &RouteNetlinkMessage::GetAddress(message))?;
    Ok(listed.iter().filter_map(address).collect())
}

fn list(netlink: &Netlink, message: &RouteNetlinkMessage) -> Result<Vec<Answer>, Refusal> {
    let mut payload = vec![0; message.buffer_len()];
    message.emit(&mut payload);
    let request = Request { kind: message.message_type(), flags: NLM_F_DUMP, payload };
    let requests = [request];
    let mut listed = netlink.exchange(&requests);
    for _ in 1..ATTEMPTS {
        match &listed {
            Err(refusal) if refusal.is(rustix::io::Errno::INTR) => {
                listed = netlink.exchange(&requests);
            }
            _ => break,
        }
    }
    listed
}

/// A message that the crate can not read is of a kind of link that no container has.
fn parse(answer: &Answer) -> Option<RouteNetlinkMessage> {
    RouteNetlinkMessage::deserialize(&answer.header, &answer.payload).ok()
}

pub(super) fn link(answer: &Answer) -> Option<Link> {
    let RouteNetlinkMessage::NewLink(message) = parse(answer)? else { return None };
    let mut link = Link {
        index: message.header.index,
        up: message.header.flags.contains(LinkFlags::Up),
        ..Link::default()
    };
    for attribute in message.attributes {
        match attribute {
            LinkAttribute::IfName(name) => link.name = name,
            LinkAttribute::Controller(master) => link.master = Some(master),
            LinkAttribute::Mtu(mtu) => link.mtu = Some(mtu),
            LinkAttribute::Address(mac) => link.mac = Some(mac),
            LinkAttribute::LinkNetNsId(id) => link.peer_namespace = Some(id),
            LinkAttribute::Link(peer) => link.peer = Some(peer),
            LinkAttribute::PropList(properties) => {
                link.alternative_names.extend(properties.into_iter().filter_map(|property| {
                    match property {
                        Prop::AltIfName(name) => Some(name),
                        _ => None,
                    }
                }));
            }
            LinkAttribute::LinkInfo(infos) => {
                link.kind = infos.into_iter().find_map(|info| match info {
                    LinkInfo::Kind(kind) => Some(kind.to_string()),
                    _ => None,
                });
            }
            _ => {}
        }
    }
    Some(link)
}

fn address(answer: &Answer) -> Option<InterfaceAddress> {
    let RouteNetlinkMessage::NewAddress(message) = parse(answer)? else { return None };
    let mut own = None;
    let mut shared = None;
    for attribute in message.attributes {
        match attribute {
            AddressAttribute::Local(address) => own = Some(address),
            // For IPv4 that of the other end, for IPv6 often the only one.
            AddressAttribute::Address(address) => shared = Some(address),
            _ => {}
        }
    }
    Some(InterfaceAddress {
        interface: message.header.index,
        address: own.or(shared)?,
        prefix_length: message.header.prefix_len,
    })
}

fn route(answer: &Answer) -> Option<Route> {
    let RouteNetlinkMessage::NewRoute(message) = parse(answer)? else { return None };
    let header = &message.header;
    let family = header.address_family;
    let mine = header.table == RouteHeader::RT_TABLE_MAIN
        && header.kind == RouteType::Unicast
        && matches!(family, AddressFamily::Inet | AddressFamily::Inet6);
    let mut route = Route {
        destination: None,
        prefix_length: header.destination_prefix_length,
        is_ipv6: family == AddressFamily::Inet6,
        interface: None,
        gateway: None,
        by_kernel: header.protocol == RouteProtocol::Kernel,
    };
    for attribute in message.attributes {
        match attribute {
            RouteAttribute::Destination(address) => route.destination = ip(&address),
            RouteAttribute::Gateway(address) => route.gateway = ip(&address),
            RouteAttribute::Oif(index) => route.interface = Some(index),
            _ => {}
        }
    }
    mine.then_some(route)
}

fn ip(address: &RouteAddress) -> Option<IpAddr> {
    match address {
        RouteAddress::Inet(address) => Some((*address).into()),
        RouteAddress::Inet6(address) => Some((*address).into()),
        _ => None,
    }
}
