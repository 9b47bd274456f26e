//! When containers start, and what they wait for.

use std::collections::BTreeMap;

use conex_model::{Code, Located, Undecided};

use super::timespan::is_timespan;
use super::{Findings, Subject};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    if let Some(at) = subject.get("restartIfChanged").filter(|at| !at.places.is_empty())
        && subject.flag("autoStart") == Some(false)
        && let Some(restarts) = subject.flag("restartIfChanged")
    {
        let path = subject.path("restartIfChanged");
        let summary = format!("`{path}' has no effect without `autoStart'");
        let found = findings.at(Code::RestartWithoutAutoStart, path, at, summary);
        found
            .detail("A switch of the host never restarts a container that does not start with it.");
        // What is computed for many containers may well be the default for some.
        if restarts {
            found.only_as("true");
        }
    }
    if let Some(at) = subject.get("timeoutStartSec")
        && let Some(text) = at.value.as_str()
        && !is_timespan(text)
    {
        let path = subject.path("timeoutStartSec");
        let summary = format!("`{path}' is no time that systemd can read: {text:?}");
        let found = findings.at(Code::InvalidTimeout, path, at, summary);
        found
            .detail("systemd ignores it and takes its default.")
            .help("Write numbers with units, such as \"5min 20s\", or \"infinity\".");
    }
}

/// What containers wait for has to be there, and must not wait for them.
pub(super) fn check_dependencies(
    subjects: &[Subject<'_>],
    undecided: &[Undecided],
    findings: &mut Findings,
) {
    let names: BTreeMap<&str, usize> =
        subjects.iter().enumerate().map(|(index, subject)| (subject.name(), index)).collect();
    let maybe = |name: &str| undecided.iter().any(|u| u.name.as_deref().is_none_or(|n| n == name));
    let mut edges: Vec<Vec<(usize, String, &Located)>> = Vec::with_capacity(subjects.len());
    for subject in subjects {
        let mut own = Vec::new();
        for (address, at) in subject.list("dependsOn") {
            let Some(name) = at.value.as_str() else { continue };
            match names.get(name) {
                Some(index) => own.push((*index, address, at)),
                None if maybe(name) => {}
                None => {
                    let summary = format!("There is no container {name:?} to wait for");
                    let found = findings.at(Code::UnknownContainer, address, at, summary);
                    found.did_you_mean(name, names.keys().copied());
                }
            }
        }
        edges.push(own);
    }
    for cycle in cycles(&edges) {
        let steps = cycle.iter().filter_map(|(from, edge)| edges.get(*from)?.get(*edge));
        let parts: Vec<_> = steps.map(|(_, address, at)| (address.clone(), *at)).collect();
        let way: Vec<_> = cycle.iter().map(|(from, _)| subjects[*from].name()).collect();
        let summary = match way.as_slice() {
            [one] => format!("Container `{one}' waits for itself"),
            way => format!("Containers wait for each other: {}", way.join(" → ")),
        };
        findings.between(Code::StartCycle, parts, summary, "this closes the circle");
    }
}

/// One cycle for each set of containers that wait for each other: its steps,
/// each a container and which of its edges.
fn cycles(edges: &[Vec<(usize, String, &Located)>]) -> Vec<Vec<(usize, usize)>> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut state = vec![State::New; edges.len()];
    let mut found = Vec::new();
    for start in 0..edges.len() {
        if state[start] != State::New {
            continue;
        }
        // The way from `start`: containers, each with the edge taken next.
        let mut way: Vec<(usize, usize)> = vec![(start, 0)];
        state[start] = State::Open;
        while let Some((node, edge)) = way.last_mut() {
            let Some((next, ..)) = edges[*node].get(*edge) else {
                state[*node] = State::Done;
                way.pop();
                if let Some((_, edge)) = way.last_mut() {
                    *edge += 1;
                }
                continue;
            };
            match state[*next] {
                State::New => {
                    state[*next] = State::Open;
                    way.push((*next, 0));
                }
                State::Open => {
                    let begin = way.iter().position(|(node, _)| node == next).unwrap_or(0);
                    found.push(way[begin..].to_vec());
                    if let Some((_, edge)) = way.last_mut() {
                        *edge += 1;
                    }
                }
                State::Done => *edge += 1,
            }
        }
    }
    found
}
