//! Addresses: what `ip` reads as one, and which there are twice.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use conex_model::{Code, Located};

use super::{Findings, Pair, Subject, place_of, repeated};

/// An address as `ip` reads it, with its prefix length if it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parsed {
    pub(super) ip: IpAddr,
    pub(super) prefix: Option<u8>,
}

/// Reads an address. iproute2 takes fewer than four numbers too (`10.1` is
/// `10.1.0.0`), and a netmask for a prefix length.
pub(super) fn parse(text: &str) -> Option<Parsed> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let ip = match address.parse::<Ipv6Addr>() {
        Ok(ip) => IpAddr::V6(ip),
        Err(_) => IpAddr::V4(v4(address)?),
    };
    let prefix = match prefix {
        None => None,
        Some(text) => Some(prefix_length(text, ip)?),
    };
    Some(Parsed { ip, prefix })
}

fn v4(text: &str) -> Option<Ipv4Addr> {
    let mut bytes = [0; 4];
    for (index, part) in text.split('.').enumerate() {
        // `parse` takes a sign.
        if !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        *bytes.get_mut(index)? = part.parse().ok()?;
    }
    Some(Ipv4Addr::from(bytes))
}

fn prefix_length(text: &str, ip: IpAddr) -> Option<u8> {
    let max = if ip.is_ipv4() { 32 } else { 128 };
    match text.parse::<u8>() {
        Ok(length) => (length <= max).then_some(length),
        Err(_) => {
            let mask = u32::from(text.parse::<Ipv4Addr>().ok().filter(|_| ip.is_ipv4())?);
            (mask.leading_ones() + mask.trailing_zeros() == 32).then_some(mask.leading_ones() as u8)
        }
    }
}

impl Parsed {
    /// Whether there is anything in the address behind its prefix.
    pub(super) fn has_host_bits(self) -> bool {
        match (self.ip, self.prefix) {
            (IpAddr::V4(ip), Some(length)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
                u32::from(ip) & !mask != 0
            }
            (IpAddr::V6(ip), Some(length)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
                u128::from(ip) & !mask != 0
            }
            (_, None) => false,
        }
    }
}

/// An end of a pair that has an address.
struct End<'a> {
    pair: Pair<'a>,
    option: &'static str,
    at: &'a Located,
    container: &'a str,
}

/// Where the address of an end counts: on its bridge, or on the host.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Network<'a> {
    Host,
    Bridge(&'a str),
}

/// No two containers can have one address, nor one what the host has towards
/// another.
pub(super) fn check_duplicates(subjects: &[Subject<'_>], findings: &mut Findings) {
    let locals = ends(subjects, ["localAddress", "localAddress6"]);
    for repetition in repeated(locals, |end| place_of(end.at)) {
        let Some((first, others)) = repetition.first_and_others(|end| place_of(end.at)) else {
            continue;
        };
        for end in others {
            let text = end.at.value.as_str().unwrap_or_default();
            let summary =
                format!("The address {text} is that of container `{}' too", first.container);
            let found =
                findings.at(Code::DuplicateAddress, end.pair.path(end.option), end.at, summary);
            found.related(first.at, "it is first used here");
            if end.pair.bridged() {
                found
                    .warning()
                    .detail("Both are on one bridge, where the address leads to either.");
            } else {
                found.detail(
                    "The host can have one route to it: the second of them to start fails.",
                );
            }
        }
    }
    check_against_hosts(subjects, findings);
}

fn ends<'a>(
    subjects: &[Subject<'a>],
    options: [&'static str; 2],
) -> impl Iterator<Item = ((IpAddr, Network<'a>), End<'a>)> {
    let mut all = Vec::new();
    for subject in subjects {
        for pair in subject.pairs() {
            if pair.extra.is_none() && subject.flag("privateNetwork") != Some(true) {
                continue;
            }
            for option in options {
                let Some((at, text)) = pair.text(option) else { continue };
                let Some(parsed) = parse(text) else { continue };
                let network = match pair.get("hostBridge").map(|bridge| &bridge.value) {
                    None | Some(conex_model::Value::Null) => Network::Host,
                    Some(bridge) => match bridge.as_str() {
                        Some(bridge) => Network::Bridge(bridge),
                        None => continue,
                    },
                };
                let pair = pair.clone();
                all.push((
                    (parsed.ip, network),
                    End { pair, option, at, container: subject.name() },
                ));
            }
        }
    }
    all.into_iter()
}

/// The host answers itself on the addresses that it has.
fn check_against_hosts(subjects: &[Subject<'_>], findings: &mut Findings) {
    let mut hosts = std::collections::BTreeMap::new();
    for ((ip, network), end) in ends(subjects, ["hostAddress", "hostAddress6"]) {
        if network == Network::Host {
            hosts.entry(ip).or_insert(end);
        }
    }
    for ((ip, network), end) in ends(subjects, ["localAddress", "localAddress6"]) {
        let Some(host) = hosts.get(&ip).filter(|_| network == Network::Host) else { continue };
        // That of its own pair is told as such.
        if host.container == end.container && host.pair.address == end.pair.address {
            continue;
        }
        let summary = format!(
            "The address {ip} is the host's own one towards container `{}'",
            host.container
        );
        let parts =
            vec![(end.pair.path(end.option), end.at), (host.pair.path(host.option), host.at)];
        let found = findings.between(Code::DuplicateAddress, parts, summary, "it is used here");
        found.warning().detail("The host can not reach the container by it.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_ip_reads_them() {
        for text in [
            "10.0.0.1",
            "10.0.0.1/24",
            "010.0.0.9",
            "10.9",
            "fc00::1",
            "fc00::1/64",
            "::",
            "10.0.0.8/255.255.255.0",
        ] {
            assert!(parse(text).is_some(), "{text}");
        }
        for text in [
            "10.0.0.256",
            "10.0.0.9/33",
            "10.0.0.1/",
            "web",
            "",
            "fc00::1/129",
            "10..1",
            "1.2.3.4.5",
            "10.0.0.1 ",
            "10.0.0.8/255.0.255.0",
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn host_bits_are_those_behind_the_prefix() {
        for (text, expected) in [
            ("10.0.0.2/24", true),
            ("10.0.0.0/24", false),
            ("10.0.0.2/32", false),
            ("10.0.0.2", false),
            ("0.0.0.0/0", false),
            ("10.0.0.0/0", true),
            ("fc00::2/64", true),
        ] {
            assert_eq!(parse(text).is_some_and(Parsed::has_host_bits), expected, "{text}");
        }
    }
}
