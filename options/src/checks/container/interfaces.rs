//! Names of interfaces.

use std::rc::Rc;

use conex_model::{Code, Located, Place, interface_name};

use super::{Findings, Subject, place_of, repeated};

/// The greatest length of a name in bytes (`IFNAMSIZ` - 1).
const MAX: usize = 15;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for pair in subject.pairs() {
        if let Some((name, at)) = pair.extra
            && let Some(reason) = refused(name)
        {
            let summary = format!("{name:?} can not be the name of an interface: {reason}");
            let address = pair.address.to_string();
            findings.at(Code::InvalidInterface, address, at, summary).at_name();
        }
        let ignored = pair.extra.is_none() && subject.flag("privateNetwork") == Some(false);
        if let Some((at, name)) = pair.text("hostBridge").filter(|_| !ignored)
            && let Some(reason) = refused(name)
        {
            let summary = format!("{name:?} can not be the name of a bridge: {reason}");
            findings.at(Code::InvalidInterface, pair.path("hostBridge"), at, summary);
        }
    }
    for option in ["interfaces", "macvlans"] {
        for (address, at) in subject.list(option) {
            let Some(name) = at.value.as_str() else { continue };
            // These may be alternative names, and renamed on their way in.
            if let Some(reason) = name.split(':').find_map(misformed) {
                let summary = format!("{name:?} can not be the name of an interface: {reason}");
                findings.at(Code::InvalidInterface, address, at, summary);
            }
        }
    }
}

/// Why systemd refuses a name (`ifname_valid`).
fn refused(name: &str) -> Option<String> {
    if name.len() > MAX {
        return Some(format!("it has {} bytes, the limit is {MAX}", name.len()));
    }
    misformed(name)
}

fn misformed(name: &str) -> Option<String> {
    const MAX_ALTERNATIVE: usize = 127;
    let bad = |c: &char| !c.is_ascii_graphic() || matches!(c, ':' | '/' | '%');
    if name.is_empty() {
        Some("it is empty".to_owned())
    } else if let Some(c) = name.chars().find(bad) {
        Some(format!("{c:?} can not stand in it"))
    } else if matches!(name, "." | ".." | "all" | "default") {
        Some("it has a meaning of its own".to_owned())
    } else if name.bytes().all(|b| b.is_ascii_digit()) {
        Some("it is a number".to_owned())
    } else if name.len() > MAX_ALTERNATIVE {
        Some(format!("it has {} bytes, the limit is {MAX_ALTERNATIVE}", name.len()))
    } else {
        None
    }
}

/// An interface of the host that a container has.
struct Taken<'a> {
    address: Rc<str>,
    places: &'a [Place],
    container: &'a str,
    /// How it came to it.
    how: How,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Own,
    Extra,
    Moved,
}

/// The host has one interface of a name, and gives it to one container.
pub(super) fn check_duplicates(subjects: &[Subject<'_>], findings: &mut Findings) {
    let taken: Vec<_> = subjects.iter().flat_map(interfaces_of).collect();
    let repetitions = repeated(taken.iter().map(|(name, taken)| (name.as_str(), taken)), |taken| {
        taken.places.first()
    });
    for repetition in repetitions {
        let name = repetition.key;
        let Some((first, others)) = repetition.first_and_others(|taken| taken.places.first())
        else {
            continue;
        };
        for other in others {
            let summary = match (first.how, other.container == first.container) {
                (How::Moved, false) => {
                    format!(
                        "The interface {name} is moved into container `{}' already",
                        first.container
                    )
                }
                (_, true) => format!("The interface {name} is used twice"),
                (_, false) => {
                    format!("Container `{}' has an interface {name} too", first.container)
                }
            };
            let at = Located { value: conex_model::Value::Null, places: other.places.to_vec() };
            let address = other.address.to_string();
            let found = findings.at(Code::DuplicateInterface, address, &at, summary);
            if other.how != How::Moved {
                found.at_name();
            }
            if other.how == How::Own {
                found.detail("Names of more than 15 bytes are shortened by systemd.");
            }
            let first_at =
                Located { value: conex_model::Value::Null, places: first.places.to_vec() };
            found.related(&first_at, "the other one");
        }
    }
}

/// On a bridge, two interfaces of one hardware address are taken for one.
pub(super) fn check_hardware_addresses(subjects: &[Subject<'_>], findings: &mut Findings) {
    let addresses = subjects.iter().filter_map(|subject| {
        let at = subject.get("localMacAddress")?;
        let address = at.value.as_str()?.to_ascii_lowercase();
        let bridge = subject.get("hostBridge")?.value.as_str()?;
        let private = subject.flag("privateNetwork") == Some(true);
        private.then_some(((address, bridge), (subject, at)))
    });
    for repetition in repeated(addresses, |(_, at)| place_of(at)) {
        let Some(((first, first_at), others)) = repetition.first_and_others(|(_, at)| place_of(at))
        else {
            continue;
        };
        for (subject, at) in others {
            let summary = format!(
                "The hardware address {} is that of container `{}' too, on the same bridge",
                repetition.key.0,
                first.name()
            );
            let path = subject.path("localMacAddress");
            let found = findings.at(Code::DuplicateMac, path, at, summary);
            found.related(first_at, "it is first used here");
        }
    }
}

fn interfaces_of<'a>(subject: &Subject<'a>) -> Vec<(String, Taken<'a>)> {
    let container = subject.name();
    let mut all = Vec::new();
    for pair in subject.pairs() {
        match pair.extra {
            Some((name, at)) => {
                let places = &at.places;
                let address = pair.address.clone();
                all.push((name.to_owned(), Taken { address, places, container, how: How::Extra }));
            }
            None => {
                let joined = [
                    "hostAddress",
                    "hostAddress6",
                    "localAddress",
                    "localAddress6",
                    "localMacAddress",
                    "hostBridge",
                ];
                let private = subject.flag("privateNetwork") == Some(true);
                if private && joined.iter().any(|option| pair.something(option).is_some()) {
                    let prefix = if pair.bridged() { "vb" } else { "ve" };
                    let name = interface_name(&format!("{prefix}-{container}"));
                    let places = &subject.container.places;
                    let address = subject.address.clone();
                    all.push((name, Taken { address, places, container, how: How::Own }));
                }
            }
        }
    }
    for (address, at) in subject.list("interfaces") {
        let Some(name) = at.value.as_str() else { continue };
        let name = name.split(':').next().unwrap_or_default().to_owned();
        let places = at.places.get(..1).unwrap_or_default();
        all.push((name, Taken { address: address.into(), places, container, how: How::Moved }));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_refused_as_systemd_does() {
        for name in ["ve-backup", "eth0", "a", "abcdefghijklmno", "br_lan", "wlp3s0.5"] {
            assert_eq!(refused(name), None, "{name}");
        }
        for name in ["abcdefghijklmnop", "a/b", "12", ".", "ab ", "a%b", "a:b", "", "ü"] {
            assert!(refused(name).is_some(), "{name}");
        }
    }
}
