//! The network of one container.

use std::net::IpAddr;

use conex_model::{Code, Located, Value};

use super::address::{self, Parsed};
use super::{Findings, Pair, Subject};

/// What the conf has only with a private network.
const GATED: [&str; 7] = [
    "hostBridge",
    "hostAddress",
    "hostAddress6",
    "localAddress",
    "localAddress6",
    "localMacAddress",
    "forwardPorts",
];

/// What makes nspawn give the container a network of its own.
const IMPLYING: [&str; 3] = ["interfaces", "macvlans", "extraVeths"];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    match subject.flag("privateNetwork") {
        Some(false) => check_shared(subject, findings),
        Some(true) => check_private(subject, findings),
        None => {}
    }
    check_namespace(subject, findings);
    for pair in subject.pairs() {
        if pair.extra.is_some() {
            check_extra(&pair, findings);
        } else if subject.flag("privateNetwork") == Some(false) {
            // What is ignored need not be right.
            continue;
        }
        check_pair(&pair, findings);
    }
}

/// Without a private network the module leaves these out.
fn check_shared(subject: &Subject<'_>, findings: &mut Findings) {
    let private = subject.get("privateNetwork");
    for option in GATED {
        let Some(at) = subject.certain(option).filter(|at| !at.places.is_empty()) else {
            continue;
        };
        let path = subject.path(option);
        let summary = format!("`{path}' has no effect without `privateNetwork'");
        let found = findings.at(Code::NeedsPrivateNetwork, path, at, summary);
        found.help("Set `privateNetwork = true;' to give the container a network of its own.");
        if let Some(private) = private {
            found.related(private, "the network is shared with the host here");
        }
    }
    // Nor does nspawn ask: moving an interface in is enough.
    if subject.something("networkNamespace").is_some() {
        return;
    }
    if let Some((option, at)) =
        IMPLYING.iter().find_map(|option| Some((option, subject.certain(option)?)))
    {
        let path = subject.path(option);
        let summary = format!("`{path}' gives the container a private network");
        let found = findings.at(Code::ImpliedPrivateNetwork, path, at, summary);
        found
            .detail("systemd-nspawn cuts a container with interfaces of its own off from those of the host, whatever `privateNetwork' says.")
            .help("Set `privateNetwork = true;' if that is meant.");
    }
}

fn check_private(subject: &Subject<'_>, findings: &mut Findings) {
    let any = GATED.iter().filter(|option| **option != "forwardPorts").chain(&IMPLYING);
    if any.clone().any(|option| subject.something(option).is_some())
        || subject.something("networkNamespace").is_some()
        || any.clone().any(|option| subject.get(option).is_none())
    {
        return;
    }
    let Some(at) = subject.get("privateNetwork") else { return };
    let path = subject.path("privateNetwork");
    let summary =
        format!("The private network of `{}' has no interface but the loopback", subject.address);
    findings.at(Code::NoInterface, path, at, summary).help(
        "Set `hostAddress' and `localAddress', a `hostBridge', or hand an interface over with `interfaces', `macvlans' or `extraVeths'.",
    );
}

/// nspawn refuses to make a network where one is to be joined.
fn check_namespace(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(namespace) = subject.certain("networkNamespace") else { return };
    let private =
        subject.get("privateNetwork").filter(|private| private.value == Value::Bool(true));
    let mut parts = vec![(subject.path("networkNamespace"), namespace)];
    let private = private.map(|private| ("privateNetwork", private));
    let implying = IMPLYING.iter().filter_map(|option| Some((*option, subject.certain(option)?)));
    parts
        .extend(private.into_iter().chain(implying).map(|(option, at)| (subject.path(option), at)));
    if parts.len() > 1 {
        let summary = format!(
            "`{}' can not join a network namespace and have a network of its own",
            subject.address
        );
        findings.between(Code::NamespaceConflict, parts, summary, "the other one");
    }
}

/// What the module does not read from an extra pair.
fn check_extra(pair: &Pair<'_>, findings: &mut Findings) {
    for option in ["forwardPorts", "localMacAddress"] {
        if let Some(at) = pair.something(option) {
            let path = pair.path(option);
            let summary =
                format!("`{path}' has no effect: it counts for the container itself only");
            findings.at(Code::IgnoredOnExtraVeth, path, at, summary);
        }
    }
}

fn check_pair(pair: &Pair<'_>, findings: &mut Findings) {
    check_bridge(pair, findings);
    for (host, local) in [("hostAddress", "localAddress"), ("hostAddress6", "localAddress6")] {
        let host_ip = check_address(pair, host, findings).and_then(|parsed| {
            let at = pair.get(host)?;
            check_no_prefix(pair, host, at, parsed, findings)
        });
        let local_ip = check_address(pair, local, findings).and_then(|parsed| {
            let at = pair.get(local)?;
            check_host_bits(pair, local, at, parsed, findings)
        });
        if let (Some(host_ip), Some(local_ip)) = (host_ip, local_ip)
            && host_ip.ip == local_ip.ip
        {
            check_same(pair, [host, local], host_ip.ip, findings);
        }
    }
}

/// The host does not take the address, but the container sends everything
/// there.
fn check_bridge(pair: &Pair<'_>, findings: &mut Findings) {
    let Some(bridge) = pair.something("hostBridge") else { return };
    let mut parts = vec![(pair.path("hostBridge"), bridge)];
    for option in ["hostAddress", "hostAddress6"] {
        parts.extend(pair.something(option).map(|at| (pair.path(option), at)));
    }
    if parts.len() > 1 {
        let summary = format!("`{}' has both a bridge and an address of the host", pair.address);
        let found = findings.between(Code::BridgeAndHostAddress, parts, summary, "the other one");
        found
            .detail("The host does not take the address when its end is on a bridge; the container still uses it as its gateway.")
            .help("Give the address to the bridge itself (`networking.interfaces.<bridge>'), or do without the bridge.");
    }
}

fn check_address(pair: &Pair<'_>, option: &str, findings: &mut Findings) -> Option<Parsed> {
    let (at, text) = pair.text(option)?;
    let six = option.ends_with('6');
    let family = if six { "IPv6" } else { "IPv4" };
    let Some(parsed) = address::parse(text) else {
        let path = pair.path(option);
        let summary = format!("`{path}' is no {family} address: {text:?}");
        findings.at(Code::InvalidAddress, path, at, summary);
        return None;
    };
    match (parsed.ip, six) {
        (IpAddr::V4(_), false) | (IpAddr::V6(_), true) => Some(parsed),
        (IpAddr::V4(_), true) => {
            let path = pair.path(option);
            let summary = format!("`{path}' is no IPv6 address: {text:?}");
            let found = findings.at(Code::InvalidAddress, path, at, summary);
            found.help(format!("An IPv4 address goes into `{}'.", option.trim_end_matches('6')));
            None
        }
        // `ip` looks at the address, not at the option.
        (IpAddr::V6(_), false) => {
            let path = pair.path(option);
            let summary = format!("`{path}' is an IPv6 address: {text:?}");
            let found = findings.at(Code::InvalidAddress, path, at, summary);
            found.warning().help(format!("It goes into `{option}6'."));
            None
        }
    }
}

/// The container sends everything to the host's address: `ip route add
/// default via` takes no prefix length.
fn check_no_prefix(
    pair: &Pair<'_>,
    option: &str,
    at: &Located,
    parsed: Parsed,
    findings: &mut Findings,
) -> Option<Parsed> {
    let Some(prefix) = parsed.prefix else { return Some(parsed) };
    if pair.bridged() {
        // It is told that both do not go together.
        return None;
    }
    let path = pair.path(option);
    let summary = format!("`{path}' must not have a prefix length (`/{prefix}')");
    let text = at.value.as_str().unwrap_or_default();
    let bare = text.split('/').next().unwrap_or_default();
    let found = findings.at(Code::UnexpectedPrefix, path, at, summary);
    found
        .detail("It is the container's gateway; with a prefix length the container does not boot.")
        .help(format!("Write {:?}.", bare))
        .instead_of_text(text, bare);
    None
}

/// The host adds a route to what is written here; for IPv4 the kernel wants
/// it to be a network.
fn check_host_bits(
    pair: &Pair<'_>,
    option: &str,
    at: &Located,
    parsed: Parsed,
    findings: &mut Findings,
) -> Option<Parsed> {
    if pair.bridged() || !parsed.ip.is_ipv4() || !parsed.has_host_bits() {
        return Some(parsed);
    }
    let path = pair.path(option);
    let text = at.value.as_str().unwrap_or_default();
    let bare = text.split('/').next().unwrap_or_default();
    let summary =
        format!("`{path}' is an address in a network, where the host adds a route: {text:?}");
    let found = findings.at(Code::HostBits, path, at, summary);
    found
        .detail("The kernel refuses the route (\"Invalid prefix for given prefix length\") and the container's unit fails. Without a bridge the host has a route to this one address.")
        .help(format!("Write {bare:?}."))
        .instead_of_text(text, bare);
    Some(parsed)
}

/// For IPv6 the container refuses its own address as a gateway; for IPv4 it
/// just has none.
fn check_same(pair: &Pair<'_>, options: [&str; 2], ip: IpAddr, findings: &mut Findings) {
    let parts: Vec<_> =
        options.iter().filter_map(|option| Some((pair.path(option), pair.get(option)?))).collect();
    let summary = format!("Both ends of `{}' have the address {ip}", pair.address);
    let found = findings.between(Code::SameAddress, parts, summary, "the other end");
    match ip {
        IpAddr::V6(_) => found.error(),
        IpAddr::V4(_) => found.warning(),
    };
}
