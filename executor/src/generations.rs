//! Where a host keeps its generations: what applies left to come back to.
//!
//! A generation is a directory of files, of which only `conex` itself knows the
//! contents. A directory that has a number is whole: it is made under another
//! name. The systems of its containers are kept alive by links among the roots
//! of the garbage collector.

use std::collections::BTreeMap;
use std::sync::Arc;

use conex_model::{Attribute, ContainerName, Kind};

use crate::HostError;
use crate::recorded::{Files, Outside, Recorded, temporary};
use crate::state::State;

const GENERATIONS: &str = "/var/lib/conex/generations";
const GCROOTS: &str = "/nix/var/nix/gcroots/conex";
const STORE: &str = "/nix/store/";

/// The systems of containers, as store paths.
pub type Systems = BTreeMap<ContainerName, Arc<str>>;

/// A host that keeps generations. They are for who may read the configuration:
/// only root reads them.
pub trait Generations {
    /// The numbers of the generations, the oldest first.
    fn generations(&self) -> Result<Vec<u64>, HostError>;

    /// A file of a generation; `None` if there is none.
    fn read_generation(&self, number: u64, file: &str) -> Result<Option<Vec<u8>>, HostError>;

    /// Keeps files as a new generation and these systems alive. Returns its
    /// number.
    fn record_generation(
        &self,
        files: &[(&str, &str)],
        systems: &Systems,
    ) -> Result<u64, HostError>;

    /// Removes a generation, if it is there.
    fn forget_generation(&self, number: u64) -> Result<(), HostError>;

    /// The systems that conex last gave containers.
    fn systems(&self) -> Result<Systems, HostError>;
}

fn numbers(files: &dyn Files) -> Result<Vec<u64>, HostError> {
    let names = files.list(GENERATIONS)?;
    let mut numbers: Vec<u64> = names.iter().filter_map(|name| number(name)).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// As this module writes one: `7`, not `007`.
fn number(name: &str) -> Option<u64> {
    let number: u64 = name.parse().ok()?;
    (number.to_string() == name).then_some(number)
}

fn read(files: &dyn Files, number: u64, file: &str) -> Result<Option<Vec<u8>>, HostError> {
    files.read(&format!("{GENERATIONS}/{number}/{file}"))
}

fn record(host: &dyn Files, files: &[(&str, &str)], systems: &Systems) -> Result<u64, HostError> {
    let known = numbers(host)?;
    sweep(host, &known)?;
    let number = known.last().map_or(1, |last| last + 1);
    let directory = format!("{GENERATIONS}/{}", temporary(&number.to_string()));
    host.create_directory(GENERATIONS, 0o700)?;
    host.create_directory(&directory, 0o700)?;
    for (file, contents) in files {
        host.write(&format!("{directory}/{file}"), contents.as_bytes(), 0o600)?;
    }
    for (name, system) in systems {
        host.write_link(&format!("{GCROOTS}/{number}-{name}"), system)?;
    }
    host.rename(&directory, &format!("{GENERATIONS}/{number}"))?;
    Ok(number)
}

fn forget(files: &dyn Files, number: u64) -> Result<(), HostError> {
    let directory = format!("{GENERATIONS}/{number}");
    if files.node(&directory)?.is_none() {
        return Ok(());
    }
    // From here on it is none: what is left when this is interrupted is swept.
    let going = format!("{GENERATIONS}/{}", temporary(&number.to_string()));
    files.rename(&directory, &going)?;
    sweep(files, &numbers(files)?)
}

/// Removes what an interruption left: directories that did not get a number,
/// and roots of generations that there are not.
fn sweep(files: &dyn Files, known: &[u64]) -> Result<(), HostError> {
    for name in files.list(GENERATIONS)? {
        if name.starts_with('.') {
            let directory = format!("{GENERATIONS}/{name}");
            for file in files.list(&directory)? {
                files.remove(&format!("{directory}/{file}"))?;
            }
            files.remove_directory(&directory)?;
        }
    }
    for link in files.list(GCROOTS)? {
        let of = link.split_once('-').and_then(|(number, _)| self::number(number));
        if of.is_none_or(|number| !known.contains(&number)) {
            files.remove(&format!("{GCROOTS}/{link}"))?;
        }
    }
    Ok(())
}

impl<F: Files, O: Outside> Generations for Recorded<F, O> {
    fn generations(&self) -> Result<Vec<u64>, HostError> {
        numbers(&self.files)
    }

    fn read_generation(&self, number: u64, file: &str) -> Result<Option<Vec<u8>>, HostError> {
        read(&self.files, number, file)
    }

    fn record_generation(
        &self,
        files: &[(&str, &str)],
        systems: &Systems,
    ) -> Result<u64, HostError> {
        record(&self.files, files, systems)
    }

    fn forget_generation(&self, number: u64) -> Result<(), HostError> {
        forget(&self.files, number)
    }

    fn systems(&self) -> Result<Systems, HostError> {
        self.with(|state| systems(state))
    }
}

/// The systems in the store that a host remembers.
fn systems(state: &State) -> Systems {
    let path = |name| match state.recorded(name, Kind::System)?.get("path") {
        Some(Attribute::Str(path)) if path.starts_with(STORE) => Some(path.clone()),
        _ => None,
    };
    state.containers.keys().filter_map(|name| Some((name.clone(), path(name)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryFiles;

    fn systems(names: &[&str]) -> Systems {
        let named = |name: &&str| {
            (ContainerName::new(name).unwrap(), Arc::from(format!("/nix/store/x-{name}")))
        };
        names.iter().map(named).collect()
    }

    #[test]
    fn generations_are_counted_kept_alive_and_forgotten() {
        let files = MemoryFiles::default();
        assert_eq!(numbers(&files).unwrap(), [0u64; 0]);
        for n in 1..=11 {
            let text = n.to_string();
            assert_eq!(record(&files, &[("a", &text)], &systems(&["web", "a-b"])).unwrap(), n);
        }
        forget(&files, 3).unwrap();
        forget(&files, 3).unwrap();
        assert_eq!(numbers(&files).unwrap(), [1, 2, 4, 5, 6, 7, 8, 9, 10, 11]);
        assert_eq!(read(&files, 3, "a").unwrap(), None);
        assert_eq!(read(&files, 10, "a").unwrap().unwrap(), b"10");
        let roots = files.list(GCROOTS).unwrap();
        assert_eq!(roots.len(), 20);
        assert!(!roots.iter().any(|root| root.starts_with("3-")));
        assert_eq!(files.link(&format!("{GCROOTS}/10-a-b")).unwrap().unwrap(), "/nix/store/x-a-b");
        assert_eq!(record(&files, &[], &systems(&[])).unwrap(), 12);
    }

    #[test]
    fn what_an_interruption_left_is_no_generation_and_is_swept() {
        let files = MemoryFiles::default();
        record(&files, &[("a", "1")], &systems(&["web"])).unwrap();
        let half = format!("{GENERATIONS}/{}", temporary("2"));
        files.create_directory(&half, 0o700).unwrap();
        files.write(&format!("{half}/a"), b"half", 0o600).unwrap();
        files.write_link(&format!("{GCROOTS}/2-old"), "/nix/store/x-old").unwrap();
        assert_eq!(numbers(&files).unwrap(), [1]);
        assert_eq!(record(&files, &[("b", "2")], &systems(&["web"])).unwrap(), 2);
        assert_eq!(read(&files, 2, "a").unwrap(), None);
        assert_eq!(files.list(GENERATIONS).unwrap(), ["1", "2"]);
        assert_eq!(files.list(GCROOTS).unwrap(), ["1-web", "2-web"]);
    }
}
