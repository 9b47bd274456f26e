//! The messages of nfnetlink that put elements into systemd's map of ports, in the
//! kernel's layout (`linux/netfilter/nf_tables.h`).

use std::net::{IpAddr, SocketAddr};

use netlink_packet_core::{DefaultNla, Emitable, NLM_F_ACK, NLM_F_CREATE, NlaBuffer, NlasIterator};

use super::{Forwarding, Protocol};
use crate::machine::netlink::Request;

const TABLE: &str = "io.systemd.nat";
const MAP: &str = "map_port_ipport";

const NFTABLES: u16 = 10;
const BATCH_BEGIN: u16 = 16;
const BATCH_END: u16 = 17;
const GET_SET: u16 = NFTABLES << 8 | 10;
const NEW_ELEMENT: u16 = NFTABLES << 8 | 12;
const GET_ELEMENT: u16 = NFTABLES << 8 | 13;
const DELETE_ELEMENT: u16 = NFTABLES << 8 | 14;

/// Length and type.
const ATTRIBUTE_HEADER: usize = 4;
const NESTED: u16 = 0x8000;
// NFTA_SET_TABLE and NFTA_SET_NAME; NFTA_SET_ELEM_LIST_TABLE and …_SET are the same.
const IN_TABLE: u16 = 1;
const IN_MAP: u16 = 2;
const ELEMENTS: u16 = 3;
const ELEMENT: u16 = 1;
const KEY: u16 = 1;
const DATA: u16 = 2;
const VALUE: u16 = 1;

const UNSPECIFIED: u8 = 0;
const IPV4: u8 = 2;
const IPV6: u8 = 10;

/// An element of the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Element {
    protocol: u8,
    host_port: u16,
    target: SocketAddr,
}

impl From<&Forwarding> for Element {
    fn from(forwarding: &Forwarding) -> Self {
        let protocol = match forwarding.protocol {
            Protocol::Tcp => 6,
            Protocol::Udp => 17,
        };
        let target = SocketAddr::new(forwarding.address, forwarding.container_port);
        Self { protocol, host_port: forwarding.host_port, target }
    }
}

impl Element {
    pub(super) fn target(&self) -> SocketAddr {
        self.target
    }

    /// The element of the same port in an answer.
    pub(super) fn found_in(&self, payload: &[u8]) -> Option<Self> {
        let elements = attribute(payload.get(4..)?, ELEMENTS)?;
        NlasIterator::new(elements).flatten().find_map(|element| {
            let fields = element.value();
            if attribute(attribute(fields, KEY)?, VALUE)? != self.key().as_slice() {
                return None;
            }
            let value = attribute(attribute(fields, DATA)?, VALUE)?;
            Some(Self { target: self.read_target(value)?, ..*self })
        })
    }

    fn family(&self) -> u8 {
        family(self.target.is_ipv6())
    }

    /// Every part of a key or a value fills whole words.
    fn key(&self) -> Vec<u8> {
        let mut key = vec![self.protocol, 0, 0, 0];
        key.extend(word(self.host_port));
        key
    }

    fn value(&self) -> Vec<u8> {
        let mut value = match self.target.ip() {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        value.extend(word(self.target.port()));
        value
    }

    fn read_target(&self, value: &[u8]) -> Option<SocketAddr> {
        let length = if self.target.is_ipv6() { 16 } else { 4 };
        let (address, port) = value.split_at_checked(length)?;
        let port = u16::from_be_bytes(port.get(..2)?.try_into().ok()?);
        let address: IpAddr = match self.target {
            SocketAddr::V4(_) => <[u8; 4]>::try_from(address).ok()?.into(),
            SocketAddr::V6(_) => <[u8; 16]>::try_from(address).ok()?.into(),
        };
        Some(SocketAddr::new(address, port))
    }

    /// The list of this one element.
    fn list(&self, with_value: bool) -> Vec<u8> {
        let mut fields = nested(KEY, &plain(VALUE, &self.key()));
        if with_value {
            fields.extend(nested(DATA, &plain(VALUE, &self.value())));
        }
        let mut payload = place(self.family());
        payload.extend(nested(ELEMENTS, &nested(ELEMENT, &fields)));
        payload
    }
}

/// Asks for the map.
pub(super) fn get_map(is_ipv6: bool) -> Request {
    Request::change(GET_SET, 0, place(family(is_ipv6)))
}

/// Asks for the element of a port.
pub(super) fn get(element: &Element) -> Request {
    Request::change(GET_ELEMENT, 0, element.list(false))
}

/// Adds an element; all changes of nftables come in batches.
pub(super) fn add(element: &Element) -> [Request; 3] {
    batch(NEW_ELEMENT, NLM_F_CREATE, element.list(true))
}

/// Removes an element.
pub(super) fn remove(element: &Element) -> [Request; 3] {
    batch(DELETE_ELEMENT, 0, element.list(true))
}

fn batch(kind: u16, flags: u16, payload: Vec<u8>) -> [Request; 3] {
    let edge = |kind| Request { kind, flags: 0, payload: header(UNSPECIFIED, NFTABLES) };
    let change = Request { kind, flags: flags | NLM_F_ACK, payload };
    [edge(BATCH_BEGIN), change, edge(BATCH_END)]
}

fn family(is_ipv6: bool) -> u8 {
    if is_ipv6 { IPV6 } else { IPV4 }
}

/// `struct nfgenmsg`: family, version, and a number in network order.
fn header(family: u8, resource: u16) -> Vec<u8> {
    let [high, low] = resource.to_be_bytes();
    vec![family, 0, high, low]
}

/// The header, the table and the map.
fn place(family: u8) -> Vec<u8> {
    let text = |text: &str| [text.as_bytes(), &[0]].concat();
    let mut payload = header(family, 0);
    payload.extend(plain(IN_TABLE, &text(TABLE)));
    payload.extend(plain(IN_MAP, &text(MAP)));
    payload
}

/// A number of two bytes in network order, in a word.
fn word(number: u16) -> [u8; 4] {
    let [high, low] = number.to_be_bytes();
    [high, low, 0, 0]
}

fn nested(kind: u16, value: &[u8]) -> Vec<u8> {
    plain(kind | NESTED, value)
}

fn plain(kind: u16, value: &[u8]) -> Vec<u8> {
    let attribute = DefaultNla::new(kind, value.to_vec());
    let mut bytes = vec![0; attribute.buffer_len()];
    attribute.emit(&mut bytes);
    bytes
}

/// The value of an attribute.
fn attribute(bytes: &[u8], kind: u16) -> Option<&[u8]> {
    let found = NlasIterator::new(bytes)
        .flatten()
        .find(|attribute: &NlaBuffer<&[u8]>| attribute.kind() == kind)?;
    let length = usize::from(found.length());
    found.into_inner().get(ATTRIBUTE_HEADER..length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element() -> Element {
        Element { protocol: 6, host_port: 8080, target: "10.80.0.2:80".parse().unwrap() }
    }

    // That the kernel reads it so is tried in the end-to-end host, where `nft` shows it.
    #[test]
    fn an_element_is_laid_out_in_words() {
        assert_eq!(element().key(), [6, 0, 0, 0, 0x1f, 0x90, 0, 0]);
        assert_eq!(element().value(), [10, 80, 0, 2, 0, 80, 0, 0]);
    }

    #[test]
    fn an_element_is_found_in_an_answer() {
        let other = Element { target: "10.80.0.3:81".parse().unwrap(), ..element() };
        assert_eq!(element().found_in(&other.list(true)), Some(other));
        let elsewhere = Element { host_port: 1, ..element() };
        assert_eq!(element().found_in(&elsewhere.list(true)), None);
    }

    #[test]
    fn damaged_answers_have_no_element() {
        let whole = element().list(true);
        for length in 0..whole.len() {
            assert_eq!(element().found_in(&whole[..length]), None, "{length}");
        }
    }
}
