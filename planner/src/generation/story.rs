//! The shape of what is told of a generation, and the way there and back.

use std::collections::{BTreeMap, BTreeSet};

use conex_model::{Address, ContainerName, Generation, Summary};
use serde::{Deserialize, Serialize};

use super::{FORMAT, Wrong, container_name};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GenerationJson {
    format_version: String,
    conex_version: String,
    time: u64,
    command: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rollback_to: Option<u64>,
    add: usize,
    change: usize,
    destroy: usize,
    is_known: bool,
    containers: Vec<String>,
    changed: Vec<String>,
    failed: Vec<FailedJson>,
    skipped: Vec<String>,
    unsettled: Vec<String>,
    systems: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FailedJson {
    address: String,
    error: String,
}

pub(super) fn write(generation: &Generation) -> GenerationJson {
    let Summary { add, change, destroy } = generation.summary;
    let failed = generation.failed.iter();
    let systems = generation.systems.iter();
    GenerationJson {
        format_version: FORMAT.to_owned(),
        conex_version: env!("CARGO_PKG_VERSION").to_owned(),
        time: generation.time,
        command: generation.command.clone(),
        rollback_to: generation.rollback_to,
        add,
        change,
        destroy,
        is_known: generation.is_known,
        containers: generation.containers.iter().map(ToString::to_string).collect(),
        changed: generation.changed.iter().map(ToString::to_string).collect(),
        failed: failed
            .map(|(address, error)| FailedJson {
                address: address.to_string(),
                error: error.clone(),
            })
            .collect(),
        skipped: generation.skipped.iter().map(ToString::to_string).collect(),
        unsettled: generation.unsettled.iter().map(ToString::to_string).collect(),
        systems: systems.map(|(name, path)| (name.to_string(), path.to_string())).collect(),
    }
}

pub(super) fn read(json: GenerationJson) -> Result<Generation, Wrong> {
    Ok(Generation {
        time: json.time,
        command: json.command,
        rollback_to: json.rollback_to,
        summary: Summary { add: json.add, change: json.change, destroy: json.destroy },
        is_known: json.is_known,
        containers: names(&json.containers)?,
        changed: names(&json.changed)?,
        failed: json
            .failed
            .into_iter()
            .map(|failed| Ok((address(&failed.address)?, failed.error)))
            .collect::<Result<_, Wrong>>()?,
        skipped: json.skipped.iter().map(|text| address(text)).collect::<Result<_, _>>()?,
        unsettled: names(&json.unsettled)?,
        systems: json
            .systems
            .into_iter()
            .map(|(name, path)| Ok((container_name(&name)?, path.into())))
            .collect::<Result<_, Wrong>>()?,
    })
}

fn names(names: &[String]) -> Result<BTreeSet<ContainerName>, Wrong> {
    names.iter().map(|name| container_name(name)).collect()
}

fn address(text: &str) -> Result<Address, Wrong> {
    text.parse().map_err(|error: conex_model::InvalidAddress| error.to_string())
}
