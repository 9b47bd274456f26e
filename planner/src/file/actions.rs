//! The operations of a plan in its JSON.

use std::sync::Arc;

use conex_model::{Action, Forward, NetworkOperation, Piece, Secret, SystemSource, Text, Unknown};
use serde::{Deserialize, Serialize};

use super::mirror::{RangeJson, Wrong, read_range, write_range};

/// What the digest of a secret begins with.
const DIGEST: &str = "sha256:";

#[derive(Serialize, Deserialize, Clone)]
pub(super) struct UnknownJson {
    reason: String,
    digest: Option<String>,
    range: Option<RangeJson>,
}

/// A text: itself when it has no gap, else its pieces.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum TextJson {
    Literal(String),
    Pieces(Vec<PieceJson>),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum PieceJson {
    Literal(String),
    System(bool),
    Unknown(UnknownJson),
    /// `sha256:` and the first digits: the text is not in the file.
    Sensitive(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SourceJson {
    Path(TextJson),
    Config(UnknownJson),
    Derivation { derivation: String, path: String },
    Flake(TextJson),
}

#[derive(Serialize, Deserialize)]
pub(super) struct ForwardJson {
    protocol: TextJson,
    host_port: TextJson,
    container_port: TextJson,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "kebab-case")]
pub(super) enum ActionJson {
    BuildSystem { container: String, source: SourceJson },
    SetProfile { profile: String, system: TextJson },
    CreateDirectory { path: String, mode: u32 },
    CreateEmptyFile { path: String },
    WriteFile { path: String, contents: TextJson, mode: u32 },
    WriteLink { path: String, target: TextJson },
    Remove { path: String },
    RemoveTree { path: String },
    Move { from: String, to: String },
    DaemonReload,
    StartUnit { unit: String },
    StopUnit { unit: String },
    RestartUnit { unit: String },
    ActivateSystem { machine: String, system: TextJson },
    BindMount { machine: String, source: TextJson, target: TextJson, read_only: bool },
    SetUnitProperties { unit: String, properties: Vec<(String, String)> },
    Network { machine: String, change: NetworkJson },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum NetworkJson {
    AddAddress { interface: String, address: TextJson },
    RemoveAddress { interface: String, address: TextJson },
    AddRoute { interface: String, destination: TextJson },
    RemoveRoute { interface: String, destination: TextJson },
    RemoveInterface { interface: String },
    SetBridge { interface: String, bridge: TextJson },
    AddForward(ForwardJson),
    RemoveForward(ForwardJson),
}

impl From<&Unknown> for UnknownJson {
    fn from(unknown: &Unknown) -> Self {
        Self {
            reason: unknown.reason.clone(),
            digest: unknown.digest.clone(),
            range: unknown.place.as_ref().map(write_range),
        }
    }
}

impl From<UnknownJson> for Unknown {
    fn from(json: UnknownJson) -> Self {
        Self { reason: json.reason, digest: json.digest, place: json.range.map(read_range) }
    }
}

impl From<&Text> for TextJson {
    fn from(text: &Text) -> Self {
        if let [Piece::Literal(literal)] = text.pieces() {
            return Self::Literal(literal.to_string());
        }
        Self::Pieces(
            text.pieces()
                .iter()
                .map(|piece| match piece {
                    Piece::Literal(literal) => PieceJson::Literal(literal.to_string()),
                    Piece::System => PieceJson::System(true),
                    Piece::Unknown(unknown) => PieceJson::Unknown((&**unknown).into()),
                    Piece::Secret(secret) => {
                        PieceJson::Sensitive(format!("{DIGEST}{}", secret.digest()))
                    }
                })
                .collect(),
        )
    }
}

impl From<TextJson> for Text {
    fn from(json: TextJson) -> Self {
        match json {
            TextJson::Literal(text) => Self::literal(text),
            TextJson::Pieces(pieces) => Self::new(
                pieces
                    .into_iter()
                    .map(|piece| match piece {
                        PieceJson::Literal(text) => Piece::Literal(text.into()),
                        PieceJson::System(_) => Piece::System,
                        PieceJson::Unknown(unknown) => Piece::Unknown(Arc::new(unknown.into())),
                        PieceJson::Sensitive(digest) => {
                            Piece::Secret(Secret::hidden(digest.trim_start_matches(DIGEST)))
                        }
                    })
                    .collect(),
            ),
        }
    }
}

impl From<&Forward> for ForwardJson {
    fn from(forward: &Forward) -> Self {
        Self {
            protocol: (&forward.protocol).into(),
            host_port: (&forward.host_port).into(),
            container_port: (&forward.container_port).into(),
        }
    }
}

impl From<ForwardJson> for Forward {
    fn from(json: ForwardJson) -> Self {
        Self {
            protocol: json.protocol.into(),
            host_port: json.host_port.into(),
            container_port: json.container_port.into(),
        }
    }
}

impl From<&SystemSource> for SourceJson {
    fn from(source: &SystemSource) -> Self {
        match source {
            SystemSource::Path(path) => Self::Path(path.into()),
            SystemSource::Config(unknown) => Self::Config((&**unknown).into()),
            SystemSource::Derivation { derivation, path } => {
                Self::Derivation { derivation: derivation.to_string(), path: path.to_string() }
            }
            SystemSource::Flake(flake) => Self::Flake(flake.into()),
        }
    }
}

impl From<SourceJson> for SystemSource {
    fn from(json: SourceJson) -> Self {
        match json {
            SourceJson::Path(path) => Self::Path(path.into()),
            SourceJson::Config(unknown) => Self::Config(Arc::new(unknown.into())),
            SourceJson::Derivation { derivation, path } => {
                Self::Derivation { derivation: derivation.into(), path: path.into() }
            }
            SourceJson::Flake(flake) => Self::Flake(flake.into()),
        }
    }
}

impl From<&Action> for ActionJson {
    fn from(action: &Action) -> Self {
        let own = |text: &Arc<str>| text.to_string();
        match action {
            Action::BuildSystem { container, source } => {
                Self::BuildSystem { container: own(container), source: source.into() }
            }
            Action::SetProfile { profile, system } => {
                Self::SetProfile { profile: own(profile), system: system.into() }
            }
            Action::CreateDirectory { path, mode } => {
                Self::CreateDirectory { path: own(path), mode: *mode }
            }
            Action::CreateEmptyFile { path } => Self::CreateEmptyFile { path: own(path) },
            Action::WriteFile { path, contents, mode } => {
                Self::WriteFile { path: own(path), contents: contents.into(), mode: *mode }
            }
            Action::WriteLink { path, target } => {
                Self::WriteLink { path: own(path), target: target.into() }
            }
            Action::Remove { path } => Self::Remove { path: own(path) },
            Action::RemoveTree { path } => Self::RemoveTree { path: own(path) },
            Action::Move { from, to } => Self::Move { from: own(from), to: own(to) },
            Action::DaemonReload => Self::DaemonReload,
            Action::StartUnit { unit } => Self::StartUnit { unit: own(unit) },
            Action::StopUnit { unit } => Self::StopUnit { unit: own(unit) },
            Action::RestartUnit { unit } => Self::RestartUnit { unit: own(unit) },
            Action::ActivateSystem { machine, system } => {
                Self::ActivateSystem { machine: own(machine), system: system.into() }
            }
            Action::BindMount { machine, source, target, read_only } => Self::BindMount {
                machine: own(machine),
                source: source.into(),
                target: target.into(),
                read_only: *read_only,
            },
            Action::SetUnitProperties { unit, properties } => Self::SetUnitProperties {
                unit: own(unit),
                properties: properties.iter().map(|(k, v)| (own(k), own(v))).collect(),
            },
            Action::Network { machine, operation } => {
                Self::Network { machine: own(machine), change: operation.into() }
            }
        }
    }
}

impl From<&NetworkOperation> for NetworkJson {
    fn from(operation: &NetworkOperation) -> Self {
        let own = |text: &Arc<str>| text.to_string();
        match operation {
            NetworkOperation::AddAddress { interface, address } => {
                Self::AddAddress { interface: own(interface), address: address.into() }
            }
            NetworkOperation::RemoveAddress { interface, address } => {
                Self::RemoveAddress { interface: own(interface), address: address.into() }
            }
            NetworkOperation::AddRoute { interface, destination } => {
                Self::AddRoute { interface: own(interface), destination: destination.into() }
            }
            NetworkOperation::RemoveInterface { interface } => {
                Self::RemoveInterface { interface: own(interface) }
            }
            NetworkOperation::RemoveRoute { interface, destination } => {
                Self::RemoveRoute { interface: own(interface), destination: destination.into() }
            }
            NetworkOperation::SetBridge { interface, bridge } => {
                Self::SetBridge { interface: own(interface), bridge: bridge.into() }
            }
            NetworkOperation::AddForward(forward) => Self::AddForward(forward.into()),
            NetworkOperation::RemoveForward(forward) => Self::RemoveForward(forward.into()),
        }
    }
}

impl ActionJson {
    /// The action. Paths are absolute and lead nowhere else.
    pub(super) fn read(self) -> Result<Action, Wrong> {
        Ok(match self {
            Self::BuildSystem { container, source } => {
                Action::BuildSystem { container: container.into(), source: source.into() }
            }
            Self::SetProfile { profile, system } => {
                Action::SetProfile { profile: path(profile)?, system: system.into() }
            }
            Self::CreateDirectory { path: at, mode } => {
                Action::CreateDirectory { path: path(at)?, mode }
            }
            Self::CreateEmptyFile { path: at } => Action::CreateEmptyFile { path: path(at)? },
            Self::WriteFile { path: at, contents, mode } => {
                Action::WriteFile { path: path(at)?, contents: contents.into(), mode }
            }
            Self::WriteLink { path: at, target } => {
                Action::WriteLink { path: path(at)?, target: target.into() }
            }
            Self::Remove { path: at } => Action::Remove { path: path(at)? },
            Self::RemoveTree { path: at } => Action::RemoveTree { path: path(at)? },
            Self::Move { from, to } => Action::Move { from: path(from)?, to: path(to)? },
            Self::DaemonReload => Action::DaemonReload,
            Self::StartUnit { unit } => Action::StartUnit { unit: unit.into() },
            Self::StopUnit { unit } => Action::StopUnit { unit: unit.into() },
            Self::RestartUnit { unit } => Action::RestartUnit { unit: unit.into() },
            Self::ActivateSystem { machine, system } => {
                Action::ActivateSystem { machine: machine.into(), system: system.into() }
            }
            Self::BindMount { machine, source, target, read_only } => Action::BindMount {
                machine: machine.into(),
                source: source.into(),
                target: target.into(),
                read_only,
            },
            Self::SetUnitProperties { unit, properties } => Action::SetUnitProperties {
                unit: unit.into(),
                properties: properties.into_iter().map(|(k, v)| (k.into(), v.into())).collect(),
            },
            Self::Network { machine, change } => {
                Action::Network { machine: machine.into(), operation: change.into() }
            }
        })
    }
}

impl From<NetworkJson> for NetworkOperation {
    fn from(json: NetworkJson) -> Self {
        match json {
            NetworkJson::AddAddress { interface, address } => {
                Self::AddAddress { interface: interface.into(), address: address.into() }
            }
            NetworkJson::RemoveAddress { interface, address } => {
                Self::RemoveAddress { interface: interface.into(), address: address.into() }
            }
            NetworkJson::AddRoute { interface, destination } => {
                Self::AddRoute { interface: interface.into(), destination: destination.into() }
            }
            NetworkJson::RemoveInterface { interface } => {
                Self::RemoveInterface { interface: interface.into() }
            }
            NetworkJson::RemoveRoute { interface, destination } => {
                Self::RemoveRoute { interface: interface.into(), destination: destination.into() }
            }
            NetworkJson::SetBridge { interface, bridge } => {
                Self::SetBridge { interface: interface.into(), bridge: bridge.into() }
            }
            NetworkJson::AddForward(forward) => Self::AddForward(forward.into()),
            NetworkJson::RemoveForward(forward) => Self::RemoveForward(forward.into()),
        }
    }
}

fn path(path: String) -> Result<Arc<str>, Wrong> {
    if !path.starts_with('/') || path.split('/').any(|part| part == "..") {
        return Err(format!("the path {path:?}"));
    }
    Ok(path.into())
}
