//! Addresses as they are written: with the length of their network or without.

use std::net::IpAddr;
use std::str::FromStr;

use netlink_packet_route::AddressFamily;

/// An address with the number of bits that its network has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Prefixed {
    pub(super) address: IpAddr,
    length: u8,
}

impl Prefixed {
    pub(super) fn length(self) -> u8 {
        self.length
    }
}

impl FromStr for Prefixed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr =
            address.parse().map_err(|_| format!("{text:?} is no IPv4 or IPv6 address"))?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let length = match length {
            None => Some(longest),
            Some(length) if length.bytes().all(|b| b.is_ascii_digit()) => length.parse().ok(),
            Some(_) => None,
        };
        length
            .filter(|length| *length <= longest)
            .map(|length| Self { address, length })
            .ok_or_else(|| format!("{text:?}: a prefix length from 0 to {longest} is wanted"))
    }
}

pub(super) fn family(address: IpAddr) -> AddressFamily {
    match address {
        IpAddr::V4(_) => AddressFamily::Inet,
        IpAddr::V6(_) => AddressFamily::Inet6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_prefix_is_a_network_of_its_own() {
        for (text, length) in
            [("10.0.0.1", 32), ("10.0.0.1/24", 24), ("fd00::1", 128), ("fd00::/64", 64)]
        {
            assert_eq!(text.parse::<Prefixed>().unwrap().length(), length, "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "10.0.0", "10.0.0.1/33", "10.0.0.1/", "fd00::1/129", "::1/+3", "a/24"] {
            assert!(text.parse::<Prefixed>().is_err(), "{text}");
        }
    }
}
