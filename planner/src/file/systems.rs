//! What changes in a system, in the plan's JSON.

use conex_model::{Basis, PackageChange, SystemChanges, UnitChange, UnitEffect, UnitFate};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

use crate::system;

#[derive(Serialize, Deserialize)]
pub(super) struct SystemChangesJson {
    /// `closures`, or `derivations` where the new system is not built yet.
    compared: BasisJson,
    packages: Vec<PackageJson>,
    units: Vec<UnitJson>,
}

#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum BasisJson {
    Closures,
    Derivations,
}

#[derive(Serialize, Deserialize)]
struct PackageJson {
    name: String,
    /// Follows from the versions; for readers.
    change: String,
    before: Vec<String>,
    after: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct UnitJson {
    name: String,
    change: FateJson,
    effect: EffectJson,
}

#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum FateJson {
    Added,
    Removed,
    Changed,
}

#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum EffectJson {
    None,
    Start,
    Stop,
    Reload,
    Restart,
}

pub(super) fn write(changes: &SystemChanges) -> SystemChangesJson {
    let texts = |all: &[Arc<str>]| all.iter().map(|text| text.to_string()).collect();
    SystemChangesJson {
        compared: match changes.basis {
            Basis::Closures => BasisJson::Closures,
            Basis::Derivations => BasisJson::Derivations,
        },
        packages: changes
            .packages
            .iter()
            .map(|package| PackageJson {
                name: package.name.to_string(),
                change: system::fate(package).as_str().to_owned(),
                before: texts(&package.before),
                after: texts(&package.after),
            })
            .collect(),
        units: changes.units.iter().map(write_unit).collect(),
    }
}

fn write_unit(unit: &UnitChange) -> UnitJson {
    UnitJson {
        name: unit.name.to_string(),
        change: match unit.fate {
            UnitFate::Added => FateJson::Added,
            UnitFate::Removed => FateJson::Removed,
            UnitFate::Changed => FateJson::Changed,
        },
        effect: match unit.effect {
            UnitEffect::Nothing => EffectJson::None,
            UnitEffect::Start => EffectJson::Start,
            UnitEffect::Stop => EffectJson::Stop,
            UnitEffect::Reload => EffectJson::Reload,
            UnitEffect::Restart => EffectJson::Restart,
        },
    }
}

pub(super) fn read(json: SystemChangesJson) -> SystemChanges {
    let texts = |all: Vec<String>| all.into_iter().map(Arc::from).collect();
    SystemChanges {
        basis: match json.compared {
            BasisJson::Closures => Basis::Closures,
            BasisJson::Derivations => Basis::Derivations,
        },
        packages: json
            .packages
            .into_iter()
            .map(|package| PackageChange {
                name: package.name.into(),
                before: texts(package.before),
                after: texts(package.after),
            })
            .collect(),
        units: json.units.into_iter().map(read_unit).collect(),
    }
}

fn read_unit(unit: UnitJson) -> UnitChange {
    UnitChange {
        name: unit.name.into(),
        fate: match unit.change {
            FateJson::Added => UnitFate::Added,
            FateJson::Removed => UnitFate::Removed,
            FateJson::Changed => UnitFate::Changed,
        },
        effect: match unit.effect {
            EffectJson::None => UnitEffect::Nothing,
            EffectJson::Start => UnitEffect::Start,
            EffectJson::Stop => UnitEffect::Stop,
            EffectJson::Reload => UnitEffect::Reload,
            EffectJson::Restart => UnitEffect::Restart,
        },
    }
}
