//! What an apply leaves desired, and which generation is gone back to.

use std::collections::BTreeSet;

use conex_model::{Address, ChangeKind, ContainerName, Desired, Generation, Plan, ResourceChange};

/// How many generations are kept.
const KEPT: usize = 100;

/// What is desired of a host once a plan is carried out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Intent {
    /// The configuration, with what is left out as it was desired before.
    pub desired: Desired,
    /// The containers that will not be as desired whatever comes of the plan.
    pub unsettled: BTreeSet<ContainerName>,
}

/// What is desired once `plan`, which may be a part of `whole`, is carried
/// out. A container of which everything is left out stays as it was desired
/// by the generation before.
pub fn intent(
    desired: Desired,
    whole: &Plan,
    plan: &Plan,
    before: Option<(&Generation, &Desired)>,
) -> Intent {
    let mut intent = Intent { desired, unsettled: BTreeSet::new() };
    let made: BTreeSet<&Address> = made(plan).map(|change| &change.address).collect();
    let left_out: Vec<&ResourceChange> = self::made(whole)
        .filter(|change| !made.contains(&change.address) && change.address.container().is_some())
        .collect();
    let names: BTreeSet<&ContainerName> =
        left_out.iter().filter_map(|change| change.address.container()).collect();
    for name in names {
        let is_new = left_out
            .iter()
            .filter(|change| change.address.container() == Some(name))
            .all(|change| change.kind == ChangeKind::Create);
        if made.iter().any(|address| address.container() == Some(name)) {
            intent.unsettled.insert(name.clone());
        } else {
            stays(&mut intent, name, before, is_new);
        }
    }
    intent
}

fn made(plan: &Plan) -> impl Iterator<Item = &ResourceChange> {
    plan.changes.iter().filter(|change| change.kind != ChangeKind::NoOp)
}

/// A container of which nothing is changed.
fn stays(
    intent: &mut Intent,
    name: &ContainerName,
    before: Option<(&Generation, &Desired)>,
    is_new: bool,
) {
    match before {
        Some((generation, desired)) => {
            match desired.containers.get(name) {
                Some(container) => {
                    intent.desired.containers.insert(name.clone(), container.clone());
                }
                None => {
                    intent.desired.containers.remove(name);
                }
            }
            if generation.unsettled.contains(name) {
                intent.unsettled.insert(name.clone());
            }
        }
        None if is_new => {
            intent.desired.containers.remove(name);
        }
        // How it came to be as it is was never recorded.
        None => {
            intent.unsettled.insert(name.clone());
        }
    }
}

/// The newest generation that left a container as it was desired.
pub fn last_good(generations: &[(u64, Generation)], name: &ContainerName) -> Option<u64> {
    let good = |generation: &Generation| {
        generation.is_known
            && generation.containers.contains(name)
            && !generation.unsettled.contains(name)
    };
    newest(generations, |(_, generation)| good(generation))
}

/// Whether a generation can be gone back to without losing anything.
fn is_whole(generation: &Generation) -> bool {
    generation.is_known && generation.is_complete()
}

/// The newest complete generation before the one that the host is at. After a
/// rollback that is one before the generation that it went back to, so that
/// each goes further.
pub fn before(generations: &[(u64, Generation)]) -> Option<u64> {
    let mut current = generations.iter().map(|(number, _)| *number).max()?;
    while let Some(to) = find(generations, current)?.rollback_to.filter(|to| *to < current) {
        if find(generations, to).is_none() {
            return newest(generations, |(number, g)| *number < to && is_whole(g));
        }
        current = to;
    }
    newest(generations, |(number, generation)| *number < current && is_whole(generation))
}

fn find(generations: &[(u64, Generation)], number: u64) -> Option<&Generation> {
    generations.iter().find(|(n, _)| *n == number).map(|(_, generation)| generation)
}

fn newest(
    generations: &[(u64, Generation)],
    is: impl Fn(&&(u64, Generation)) -> bool,
) -> Option<u64> {
    generations.iter().filter(is).map(|(number, _)| *number).max()
}

/// The generations that are not kept: all but the newest and the last that was
/// complete.
pub fn forgettable(generations: &[(u64, Generation)]) -> Vec<u64> {
    let complete = newest(generations, |(_, generation)| is_whole(generation));
    let mut numbers: Vec<u64> = generations.iter().map(|(number, _)| *number).collect();
    numbers.sort_unstable();
    numbers.truncate(numbers.len().saturating_sub(KEPT));
    numbers.retain(|number| Some(*number) != complete);
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> ContainerName {
        ContainerName::new(text).unwrap()
    }

    fn of(unsettled: &[&str]) -> Generation {
        Generation {
            is_known: true,
            containers: [name("web"), name("db")].into(),
            unsettled: unsettled.iter().map(|text| name(text)).collect(),
            ..Generation::default()
        }
    }

    fn rollback(to: u64) -> Generation {
        Generation { rollback_to: Some(to), ..of(&[]) }
    }

    #[test]
    fn a_container_goes_back_to_when_it_was_good() {
        let all = [(1, of(&[])), (2, of(&["db"])), (3, of(&["web", "db"])), (4, of(&["web"]))];
        assert_eq!(last_good(&all, &name("web")), Some(2));
        assert_eq!(last_good(&all, &name("db")), Some(4));
        assert_eq!(last_good(&all, &name("other")), None);
    }

    #[test]
    fn each_rollback_goes_further_back() {
        let mut all = vec![(1, of(&[])), (2, of(&[])), (3, of(&["web"])), (4, of(&[]))];
        assert_eq!(before(&all), Some(2));
        all.push((5, rollback(2)));
        assert_eq!(before(&all), Some(1));
        all.push((6, rollback(1)));
        assert_eq!(before(&all), None);
        all.push((7, of(&[])));
        assert_eq!(before(&all), Some(6));
        assert_eq!(before(&[(9, rollback(4)), (3, of(&[]))]), Some(3));
        assert_eq!(before(&[]), None);
    }

    #[test]
    fn the_last_complete_one_is_kept() {
        let mut all: Vec<_> = (1..=150).map(|n| (n, of(&["web"]))).collect();
        all[9].1 = of(&[]);
        let forgotten = forgettable(&all);
        assert_eq!(forgotten.len(), 49);
        assert!(!forgotten.contains(&10));
        assert!(forgotten.iter().all(|number| *number <= 50));
        assert!(forgettable(&all[..100]).is_empty());
    }
}
