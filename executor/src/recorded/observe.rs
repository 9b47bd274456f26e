//! What a host with a state is found to have.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::Arc;

use conex_model::{
    Attribute, Attributes, ContainerName, Kind, Leftover, LeftoverKind, ObservedContainer,
    ObservedResource, Unmanaged,
};
use sha2::{Digest, Sha256};

use super::{
    CONFS, Files, GCROOTS, Known, Node, Outside, PROFILES, ROOTS, Recorded, file_name, hex,
};
use crate::HostError;
use crate::state::State;
use crate::units::container_of_file;

/// Fewer containers are not worth a thread.
const PART: usize = 32;

impl<F: Files, O: Outside> Recorded<F, O> {
    /// All containers, some on each processor: looking at files is waiting for the kernel.
    pub(super) fn observe_containers(
        &self,
        state: &State,
        sight: &O::Sight,
    ) -> Result<BTreeMap<ContainerName, ObservedContainer>, HostError> {
        let names: Vec<&ContainerName> = state.containers.keys().collect();
        let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let part = names.len().div_ceil(processors).max(PART);
        let observe = |names: &[&ContainerName]| {
            let one = |name: &&ContainerName| {
                Ok(((*name).clone(), self.observe_container(name, state, sight)?))
            };
            names.iter().map(one).collect::<Result<Vec<_>, HostError>>()
        };
        let (first, rest) = names.split_at(part.min(names.len()));
        std::thread::scope(|scope| {
            let rest: Vec<_> =
                rest.chunks(part).map(|names| scope.spawn(move || observe(names))).collect();
            let mut containers: BTreeMap<_, _> = observe(first)?.into_iter().collect();
            for part in rest {
                containers.extend(part.join().unwrap_or_else(|panic| resume_unwind(panic))?);
            }
            Ok(containers)
        })
    }

    fn observe_container(
        &self,
        name: &ContainerName,
        state: &State,
        sight: &O::Sight,
    ) -> Result<ObservedContainer, HostError> {
        let known = Known { name, state };
        let mut container = ObservedContainer::default();
        let empty = BTreeMap::new();
        for (kind, entry) in state.containers.get(name).unwrap_or(&empty) {
            let recorded = entry.attributes.clone();
            let found = match kind {
                Kind::Conf => self.found_file(&format!("{CONFS}/{name}.conf"), &recorded, state)?,
                Kind::Unit => self.found_file(&self.unit_file(name, state), &recorded, state)?,
                Kind::Autostart => {
                    self.found_link(&self.autostart(name, state), "target", &recorded)?
                }
                Kind::Gcroot => {
                    let link = format!("{GCROOTS}/{name}/system");
                    self.found_link(&link, "path", &recorded)?
                }
                Kind::Profile => self.found_profile(name, &recorded)?,
                Kind::Root => self.found_root(&recorded)?,
                Kind::System => self.outside.system(recorded.as_ref()),
                Kind::Network => self.outside.network(sight, &known),
                Kind::Service => None,
            };
            // What was interrupted is nobody else's doing.
            let recorded = recorded.filter(|_| !entry.pending);
            container.resources.insert(*kind, ObservedResource { recorded, found });
        }
        // Something else may have started it.
        if let Some(running) = self.outside.service(sight, &known) {
            container.resources.entry(Kind::Service).or_default().found = Some(running);
        }
        Ok(container)
    }

    /// A file that was changed by hand is found with the digest it has now.
    fn found_file(
        &self,
        path: &str,
        recorded: &Option<Arc<Attributes>>,
        state: &State,
    ) -> Result<Option<Arc<Attributes>>, HostError> {
        let Some(contents) = self.files.read(path)? else { return Ok(None) };
        let digest = hex(&Sha256::digest(&contents));
        if recorded.is_some() && state.files.get(path) == Some(&digest) {
            return Ok(recorded.clone());
        }
        let known = recorded.as_deref().cloned().unwrap_or_default();
        Ok(Some(Arc::new(
            known.with("file", Attribute::str(path)).with("contents", Attribute::str(digest)),
        )))
    }

    fn found_link(
        &self,
        link: &str,
        attribute: &'static str,
        recorded: &Option<Arc<Attributes>>,
    ) -> Result<Option<Arc<Attributes>>, HostError> {
        let Some(target) = self.files.link(link)? else { return Ok(None) };
        Ok(Some(with_target(link, attribute, &target, recorded)))
    }

    fn found_profile(
        &self,
        name: &ContainerName,
        recorded: &Option<Arc<Attributes>>,
    ) -> Result<Option<Arc<Attributes>>, HostError> {
        let link = format!("{PROFILES}/{name}/system");
        let Some(target) = self.target_of_profile(&link)? else { return Ok(None) };
        Ok(Some(with_target(&link, "path", &target, recorded)))
    }

    fn found_root(
        &self,
        recorded: &Option<Arc<Attributes>>,
    ) -> Result<Option<Arc<Attributes>>, HostError> {
        let root = recorded.as_ref().and_then(|recorded| recorded.get("root"));
        Ok(match root {
            Some(Attribute::Str(root)) => {
                let there = self.files.node(root)? == Some(Node::Directory);
                recorded.clone().filter(|_| there)
            }
            // Where it is to be is not known: it is only recorded.
            _ => recorded.clone(),
        })
    }

    /// Confs and units that conex did not make.
    pub(super) fn unmanaged(
        &self,
        state: &State,
        sight: &O::Sight,
    ) -> Result<Vec<Unmanaged>, HostError> {
        let mut unmanaged = BTreeMap::new();
        for file in self.files.list(CONFS)? {
            let Some(name) = file.strip_suffix(".conf") else { continue };
            if !owns(state, name, Kind::Conf) {
                unmanaged.insert(name.to_owned(), format!("{CONFS}/{file}"));
            }
        }
        let own = self.files.list(self.units.as_str())?;
        let own = own.into_iter().map(|file| format!("{}/{file}", self.units));
        let others = self.outside.other_units(&self.files, &self.units)?.into_iter().rev();
        // The one that counts comes first, and says more than a conf.
        let units: BTreeMap<String, String> = others
            .chain(own)
            .filter(|path| !self.owns_unit(state, path))
            .filter_map(|path| Some((container_of_file(file_name(&path))?.to_owned(), path)))
            .collect();
        unmanaged.extend(units);
        Ok(unmanaged
            .into_iter()
            .map(|(name, path)| Unmanaged {
                imperative: None,
                running: self.outside.is_running(sight, &name),
                name,
                path,
            })
            .collect())
    }

    /// What is left of containers that do not run, or are no more.
    pub(super) fn leftovers(
        &self,
        state: &State,
        sight: &O::Sight,
        unmanaged: &[Unmanaged],
    ) -> Result<Vec<Leftover>, HostError> {
        let others: Vec<&str> = unmanaged.iter().map(|other| other.name.as_str()).collect();
        let mut leftovers = self.outside.leftovers(sight, state, &others)?;
        for Unmanaged { name, path, running, .. } in unmanaged {
            // A path that is no unit is that of a conf.
            let is_conf = container_of_file(file_name(path)).is_none();
            if is_conf && !running && self.files.node(&format!("{ROOTS}/{name}"))?.is_none() {
                leftovers.push(Leftover {
                    kind: LeftoverKind::Conf,
                    container: name.clone(),
                    name: path.clone(),
                    managed: false,
                });
            }
        }
        leftovers.sort();
        Ok(leftovers)
    }

    /// Whether conex made a unit, there.
    fn owns_unit(&self, state: &State, path: &str) -> bool {
        let name =
            container_of_file(file_name(path)).and_then(|name| ContainerName::new(name).ok());
        name.is_some_and(|name| {
            owns(state, name.as_str(), Kind::Unit) && self.unit_file(&name, state) == path
        })
    }
}

fn owns(state: &State, name: &str, kind: Kind) -> bool {
    ContainerName::new(name)
        .ok()
        .and_then(|name| state.containers.get(&name))
        .is_some_and(|resources| resources.contains_key(&kind))
}

fn with_target(
    link: &str,
    attribute: &'static str,
    target: &str,
    recorded: &Option<Arc<Attributes>>,
) -> Arc<Attributes> {
    match recorded {
        Some(recorded) if recorded.get(attribute).and_then(Attribute::as_str) == Some(target) => {
            recorded.clone()
        }
        _ => Arc::new(
            Attributes::new()
                .with("link", Attribute::str(link))
                .with(attribute, Attribute::str(target)),
        ),
    }
}
