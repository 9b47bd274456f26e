//! Forwarded ports.

use conex_model::{Code, Located, Place, Value};

use super::{Findings, Subject, attrs, elements, place_of, repeated};

/// The protocols that nspawn forwards (`nspawn-expose-ports.c`).
const PROTOCOLS: [&str; 2] = ["tcp", "udp"];

/// A forwarded port.
struct Forward<'a> {
    address: String,
    at: &'a Located,
    container: &'a str,
}

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (address, entry) in forwards(subject) {
        let Some(options) = attrs(&entry.value) else { continue };
        if let Some(at) = options.get("protocol")
            && let Some(protocol) = at.value.as_str()
            && !PROTOCOLS.contains(&protocol)
        {
            let path = format!("{address}.protocol");
            let summary = format!("`{path}' is neither `tcp' nor `udp': {protocol:?}");
            let found = findings.at(Code::UnknownProtocol, path, at, summary);
            found.did_you_mean(protocol, PROTOCOLS.into_iter());
        }
        for option in ["hostPort", "containerPort"] {
            let Some(at) = options.get(option).filter(|at| at.value == Value::Int(0)) else {
                continue;
            };
            let path = format!("{address}.{option}");
            let summary = format!("`{path}' is 0, which is no port");
            findings.at(Code::PortZero, path, at, summary);
        }
    }
}

fn forwards<'a>(subject: &Subject<'a>) -> Vec<(String, &'a Located)> {
    if subject.flag("privateNetwork") == Some(false) {
        return Vec::new();
    }
    elements(subject.get("forwardPorts").map(|at| &at.value), || subject.path("forwardPorts"))
}

/// A port of the host leads to one place.
pub(super) fn check_duplicates(subjects: &[Subject<'_>], findings: &mut Findings) {
    let mut all = Vec::new();
    for subject in subjects {
        for (address, entry) in forwards(subject) {
            let Some(options) = attrs(&entry.value) else { continue };
            let protocol = match options.get("protocol").map(|at| at.value.as_str()) {
                Some(None) => continue,
                Some(Some(protocol)) => protocol,
                None => "tcp",
            };
            let Some((port, at)) = options.get("hostPort").and_then(port) else { continue };
            let address = format!("{address}.hostPort");
            all.push(((port, protocol), Forward { address, at, container: subject.name() }));
        }
    }
    fn place<'a>(forward: &Forward<'a>) -> Option<&'a Place> {
        place_of(forward.at)
    }
    for repetition in repeated(all.into_iter(), place) {
        let (port, protocol) = repetition.key;
        let Some((first, others)) = repetition.first_and_others(place) else { continue };
        for other in others {
            let same = other.container == first.container;
            let summary = if same {
                format!("Port {port}/{protocol} of the host is forwarded twice")
            } else {
                format!(
                    "Port {port}/{protocol} of the host is forwarded to container `{}' too",
                    first.container
                )
            };
            let found = findings.at(Code::DuplicatePort, other.address.clone(), other.at, summary);
            found.related(first.at, "it is first forwarded here");
            if same {
                found.detail("systemd-nspawn refuses to start the container.");
            } else {
                found
                    .warning()
                    .detail("Which of them gets a connection depends on which started first.");
            }
        }
    }
}

fn port(at: &Located) -> Option<(i64, &Located)> {
    match at.value {
        Value::Int(port) if port > 0 => Some((port, at)),
        _ => None,
    }
}
