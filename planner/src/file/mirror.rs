//! The shapes of the plan's JSON, version 1, and the way there and back.
//!
//! Unknown parts have no JSON of their own: `before` and `after` leave them
//! out, `after_unknown` marks them as OpenTofu does, and `unknown` says what
//! each is, so that a plan file loses nothing.

use conex_model::{
    Address, Attributes, Cause, ChangeKind, Dependency, Disruption, Drift, Fingerprint,
    HostIdentity, Imperative, Kind, Leftover, LeftoverKind, Origin, Orphan, Place, Plan, Position,
    Reason, Rename, ResourceChange, SourceFile, Strength, Undecided, UnitDirectory, Unmanaged,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

use super::actions::ActionJson;
use super::marks;
use super::sides::{Gaps, known_part, read_side};
use super::systems::{self, SystemChangesJson};

/// What is wrong with a plan's shape, as a clause.
pub(super) type Wrong = String;

#[derive(Serialize, Deserialize)]
pub(super) struct PlanJson {
    pub(super) format_version: String,
    conex_version: String,
    host: HostJson,
    /// Where the configuration is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    input: Option<InputJson>,
    /// Where the units of containers go.
    #[serde(default)]
    unit_directory: Option<String>,
    /// What a reader should know of the host.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    resource_changes: Vec<ChangeJson>,
    resource_drift: Vec<DriftJson>,
    orphans: Vec<OrphanJson>,
    unmanaged: Vec<UnmanagedJson>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    leftovers: Vec<LeftoverJson>,
    undecided: Vec<UndecidedJson>,
    renames: Vec<RenameJson>,
    /// Every container that was looked at.
    #[serde(default)]
    containers: Vec<String>,
    unchanged: usize,
    /// OpenTofu's readers look for it; a plan that has errors is no file.
    #[serde(default)]
    errored: bool,
    fingerprint: FingerprintJson,
}

#[derive(Serialize, Deserialize)]
struct InputJson {
    file: String,
    flake: bool,
    host: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nixpkgs: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum HostJson {
    Machine(String),
    Directory(String),
    Memory(bool),
}

#[derive(Serialize, Deserialize)]
struct FingerprintJson {
    host: String,
    sources: Vec<SourceJson>,
}

#[derive(Serialize, Deserialize)]
struct SourceJson {
    path: String,
    sha256: String,
}

#[derive(Serialize, Deserialize)]
struct ChangeJson {
    address: String,
    /// What OpenTofu's readers know a resource by; all of it follows from the
    /// address, and none is read.
    #[serde(skip_deserializing)]
    mode: &'static str,
    #[serde(rename = "type", skip_deserializing)]
    resource_type: String,
    #[serde(skip_deserializing)]
    name: String,
    #[serde(skip_deserializing)]
    provider_name: &'static str,
    container: Option<String>,
    kind: String,
    change: InnerJson,
    action_reason: String,
    notes: Vec<String>,
    causes: Vec<CauseJson>,
    depends_on: Vec<String>,
    /// Those of `depends_on` that need not have succeeded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    only_after: Vec<String>,
    #[serde(rename = "operations")]
    actions: Vec<ActionJson>,
    /// Of `containers.NAME.system`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    system_changes: Option<SystemChangesJson>,
}

#[derive(Serialize, Deserialize)]
struct InnerJson {
    actions: Vec<String>,
    before: Option<Map<String, Value>>,
    after: Option<Map<String, Value>>,
    after_unknown: Value,
    before_sensitive: Value,
    after_sensitive: Value,
    disruption: String,
    replace_paths: Vec<Vec<String>>,
    #[serde(default, skip_serializing_if = "Gaps::is_empty")]
    unknown: Gaps,
}

#[derive(Serialize, Deserialize)]
struct DriftJson {
    address: String,
    /// What OpenTofu's readers know a resource by; all of it follows from the
    /// address, and none is read.
    #[serde(skip_deserializing)]
    mode: &'static str,
    #[serde(rename = "type", skip_deserializing)]
    resource_type: String,
    #[serde(skip_deserializing)]
    name: String,
    #[serde(skip_deserializing)]
    provider_name: &'static str,
    container: Option<String>,
    kind: String,
    change: InnerJson,
}

#[derive(Serialize, Deserialize)]
struct CauseJson {
    option: String,
    range: Option<RangeJson>,
}

#[derive(Serialize, Deserialize, Clone)]
pub(super) struct RangeJson {
    filename: String,
    start: PositionJson,
    end: PositionJson,
}

#[derive(Serialize, Deserialize, Clone)]
struct PositionJson {
    line: u32,
    column: u32,
    byte: u32,
}

#[derive(Serialize, Deserialize)]
struct OrphanJson {
    container: String,
    kind: String,
    path: String,
    message: String,
    command: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct UnmanagedJson {
    name: String,
    path: String,
    running: bool,
    /// `created` or `adopted`, if conex made it or took it over by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    imperative: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct LeftoverJson {
    kind: String,
    container: String,
    name: String,
    managed: bool,
}

#[derive(Serialize, Deserialize)]
struct UndecidedJson {
    name: Option<String>,
    reason: String,
    range: Option<RangeJson>,
}

#[derive(Serialize, Deserialize)]
struct RenameJson {
    from: String,
    to: String,
}

/// The mirror of a plan.
pub(super) fn write(plan: &Plan) -> PlanJson {
    PlanJson {
        format_version: super::FORMAT.to_owned(),
        conex_version: env!("CARGO_PKG_VERSION").to_owned(),
        host: match &plan.host {
            HostIdentity::Machine(id) => HostJson::Machine(id.clone()),
            HostIdentity::Directory(path) => HostJson::Directory(path.clone()),
            HostIdentity::Memory => HostJson::Memory(true),
        },
        input: plan.origin.as_ref().map(|origin| InputJson {
            file: origin.file.clone(),
            flake: origin.flake,
            host: origin.host.clone(),
            nixpkgs: origin.nixpkgs.clone(),
        }),
        unit_directory: Some(plan.unit_directory.to_string()),
        warnings: plan.warnings.clone(),
        resource_changes: plan.changes.iter().map(|change| write_change(plan, change)).collect(),
        resource_drift: plan.drift.iter().map(write_drift).collect(),
        orphans: plan.orphans.iter().map(write_orphan).collect(),
        unmanaged: plan
            .unmanaged
            .iter()
            .map(|u| UnmanagedJson {
                name: u.name.clone(),
                path: u.path.clone(),
                running: u.running,
                imperative: u.imperative.map(|how| how.as_str().to_owned()),
            })
            .collect(),
        leftovers: plan.leftovers.iter().map(write_leftover).collect(),
        undecided: plan
            .undecided
            .iter()
            .map(|u| UndecidedJson {
                name: u.name.clone(),
                reason: u.reason.clone(),
                range: u.place.as_ref().map(write_range),
            })
            .collect(),
        renames: plan
            .renames
            .iter()
            .map(|r| RenameJson { from: r.from.to_string(), to: r.to.to_string() })
            .collect(),
        containers: plan.containers.iter().map(ToString::to_string).collect(),
        unchanged: plan.unchanged,
        errored: false,
        fingerprint: FingerprintJson {
            host: plan.fingerprint.host.clone(),
            sources: plan
                .fingerprint
                .sources
                .iter()
                .map(|s| SourceJson { path: s.path.to_string(), sha256: s.sha256.clone() })
                .collect(),
        },
    }
}

fn write_change(plan: &Plan, change: &ResourceChange) -> ChangeJson {
    ChangeJson {
        address: change.address.to_string(),
        mode: "managed",
        resource_type: resource_type(&change.address),
        name: resource_name(&change.address),
        provider_name: "conex",
        container: change.address.container().map(ToString::to_string),
        kind: change.address.kind_word().to_owned(),
        change: write_inner(
            change.kind,
            change.before.as_deref(),
            change.after.as_deref(),
            change.disruption,
            &change.replace_paths,
        ),
        action_reason: change.reason.as_str().to_owned(),
        notes: change.notes.clone(),
        causes: change
            .causes
            .iter()
            .map(|cause| CauseJson {
                option: cause.option.clone(),
                range: cause.place.as_ref().map(write_range),
            })
            .collect(),
        depends_on: change.depends_on.iter().map(|d| d.on.to_string()).collect(),
        only_after: change
            .depends_on
            .iter()
            .filter(|d| d.strength == Strength::After)
            .map(|d| d.on.to_string())
            .collect(),
        actions: change.actions.iter().map(ActionJson::from).collect(),
        system_changes: (change.address.kind() == Some(Kind::System))
            .then(|| plan.system_changes.get(change.address.container()?))
            .flatten()
            .map(systems::write),
    }
}

/// The type as OpenTofu's readers take it: `conex_unit`.
fn resource_type(address: &Address) -> String {
    format!("conex_{}", address.kind_word().replace('-', "_"))
}

fn resource_name(address: &Address) -> String {
    address.container().map_or("host", |name| name.as_str()).to_owned()
}

fn write_inner(
    kind: ChangeKind,
    before: Option<&Attributes>,
    after: Option<&Attributes>,
    disruption: Disruption,
    replace_paths: &[String],
) -> InnerJson {
    let mut unknown = Gaps::default();
    let (before_sensitive, after_sensitive) = (marks::sensitive(before), marks::sensitive(after));
    let before = before.map(|attributes| known_part(attributes, &mut unknown.before));
    let after_unknown = after.map_or(Map::new(), marks::unknown);
    let after = after.map(|attributes| known_part(attributes, &mut unknown.after));
    InnerJson {
        actions: kind.words().iter().map(|word| (*word).to_owned()).collect(),
        before,
        after,
        after_unknown: Value::Object(after_unknown),
        before_sensitive,
        after_sensitive,
        disruption: disruption.to_string(),
        replace_paths: replace_paths.iter().map(|path| vec![path.clone()]).collect(),
        unknown,
    }
}

fn write_drift(drift: &Drift) -> DriftJson {
    let (before, after) = (drift.before.as_deref(), drift.after.as_deref());
    let kind = if after.is_some() { ChangeKind::Update } else { ChangeKind::Delete };
    DriftJson {
        address: drift.address.to_string(),
        mode: "managed",
        resource_type: resource_type(&drift.address),
        name: resource_name(&drift.address),
        provider_name: "conex",
        container: drift.address.container().map(ToString::to_string),
        kind: drift.address.kind_word().to_owned(),
        change: write_inner(kind, before, after, Disruption::None, &[]),
    }
}

fn write_orphan(orphan: &Orphan) -> OrphanJson {
    OrphanJson {
        container: orphan.container.to_string(),
        kind: orphan.kind.to_string(),
        path: orphan.path.clone(),
        message: orphan.message.clone(),
        command: orphan.command.clone(),
    }
}

fn write_leftover(leftover: &Leftover) -> LeftoverJson {
    LeftoverJson {
        kind: leftover.kind.as_str().to_owned(),
        container: leftover.container.clone(),
        name: leftover.name.clone(),
        managed: leftover.managed,
    }
}

fn read_leftover(json: LeftoverJson) -> Result<Leftover, Wrong> {
    let all =
        [LeftoverKind::Interface, LeftoverKind::Forward, LeftoverKind::Machine, LeftoverKind::Conf];
    Ok(Leftover {
        kind: one_of(all, |kind| kind.as_str() == json.kind, || json.kind.clone())?,
        container: json.container,
        name: json.name,
        managed: json.managed,
    })
}

pub(super) fn write_range(place: &Place) -> RangeJson {
    let position = |p: Position| PositionJson { line: p.line, column: p.column, byte: p.byte };
    RangeJson {
        filename: place.file.to_string(),
        start: position(place.start),
        end: position(place.end),
    }
}

pub(super) fn read_range(range: RangeJson) -> Place {
    let position = |p: PositionJson| Position { byte: p.byte, line: p.line, column: p.column };
    Place { file: range.filename.into(), start: position(range.start), end: position(range.end) }
}

/// The plan of a mirror.
pub(super) fn read(mut json: PlanJson) -> Result<Plan, Wrong> {
    let mut system_changes = BTreeMap::new();
    for change in &mut json.resource_changes {
        let changes = change.system_changes.take().map(systems::read);
        if let Some((name, changes)) = read_address(&change.address)?.container().zip(changes) {
            system_changes.insert(name.clone(), changes);
        }
    }
    Ok(Plan {
        system_changes,
        unit_directory: read_unit_directory(json.unit_directory)?,
        warnings: json.warnings,
        host: match json.host {
            HostJson::Machine(id) => HostIdentity::Machine(id),
            HostJson::Directory(path) => HostIdentity::Directory(path),
            HostJson::Memory(_) => HostIdentity::Memory,
        },
        fingerprint: Fingerprint {
            host: json.fingerprint.host,
            sources: json
                .fingerprint
                .sources
                .into_iter()
                .map(|s| SourceFile { path: s.path.into(), sha256: s.sha256 })
                .collect(),
        },
        changes: json.resource_changes.into_iter().map(read_change).collect::<Result<_, _>>()?,
        containers: json.containers.iter().map(|name| read_name(name)).collect::<Result<_, _>>()?,
        unchanged: json.unchanged,
        origin: json.input.map(|input| Origin {
            file: input.file,
            flake: input.flake,
            host: input.host,
            nixpkgs: input.nixpkgs,
        }),
        drift: json.resource_drift.into_iter().map(read_drift).collect::<Result<_, _>>()?,
        orphans: json.orphans.into_iter().map(read_orphan).collect::<Result<_, _>>()?,
        unmanaged: json
            .unmanaged
            .into_iter()
            .map(|u| Unmanaged {
                name: u.name,
                path: u.path,
                running: u.running,
                imperative: u.imperative.as_deref().and_then(Imperative::parse),
            })
            .collect(),
        leftovers: json.leftovers.into_iter().map(read_leftover).collect::<Result<_, _>>()?,
        undecided: json
            .undecided
            .into_iter()
            .map(|u| Undecided { name: u.name, reason: u.reason, place: u.range.map(read_range) })
            .collect(),
        renames: json
            .renames
            .into_iter()
            .map(|r| Ok(Rename { from: read_name(&r.from)?, to: read_name(&r.to)? }))
            .collect::<Result<_, Wrong>>()?,
    })
}

fn read_change(json: ChangeJson) -> Result<ResourceChange, Wrong> {
    let only_after = json
        .only_after
        .iter()
        .map(|address| read_address(address))
        .collect::<Result<std::collections::BTreeSet<_>, _>>()?;
    let depends_on = json.depends_on.iter().map(|address| {
        let on = read_address(address)?;
        let strength = if only_after.contains(&on) { Strength::After } else { Strength::Requires };
        Ok(Dependency { on, strength })
    });
    let depends_on = depends_on.collect::<Result<_, Wrong>>()?;
    let inner = json.change;
    let kinds = [
        ChangeKind::NoOp,
        ChangeKind::Create,
        ChangeKind::Update,
        ChangeKind::Delete,
        ChangeKind::Replace,
    ];
    Ok(ResourceChange {
        address: read_address(&json.address)?,
        kind: one_of(kinds, |kind| kind.words() == inner.actions, || inner.actions.join(","))?,
        disruption: read_disruption(&inner.disruption)?,
        replace_paths: inner.replace_paths.into_iter().map(|path| path.join(".")).collect(),
        before: read_side(inner.before, inner.unknown.before)?,
        after: read_side(inner.after, inner.unknown.after)?,
        reason: read_reason(&json.action_reason)?,
        notes: json.notes,
        causes: json
            .causes
            .into_iter()
            .map(|cause| Cause { option: cause.option, place: cause.range.map(read_range) })
            .collect(),
        depends_on,
        actions: json.actions.into_iter().map(ActionJson::read).collect::<Result<_, _>>()?,
    })
}

fn read_drift(json: DriftJson) -> Result<Drift, Wrong> {
    Ok(Drift {
        address: read_address(&json.address)?,
        before: read_side(json.change.before, json.change.unknown.before)?,
        after: read_side(json.change.after, json.change.unknown.after)?,
    })
}

fn read_orphan(json: OrphanJson) -> Result<Orphan, Wrong> {
    Ok(Orphan {
        container: read_name(&json.container)?,
        kind: Kind::parse(&json.kind).ok_or_else(|| format!("the kind `{}`", json.kind))?,
        path: json.path,
        message: json.message,
        command: json.command,
    })
}

/// A plan that does not say has the usual one.
fn read_unit_directory(path: Option<String>) -> Result<UnitDirectory, Wrong> {
    let Some(path) = path else { return Ok(UnitDirectory::default()) };
    UnitDirectory::new(&path).ok_or_else(|| format!("the unit directory {path:?}"))
}

fn read_name(name: &str) -> Result<conex_model::ContainerName, Wrong> {
    conex_model::ContainerName::new(name).map_err(|reason| format!("the name {name:?}: {reason}"))
}

fn read_address(address: &str) -> Result<Address, Wrong> {
    address.parse().map_err(|error: conex_model::InvalidAddress| error.to_string())
}

fn one_of<T>(
    all: impl IntoIterator<Item = T>,
    is: impl Fn(&T) -> bool,
    shown: impl Fn() -> String,
) -> Result<T, Wrong> {
    all.into_iter().find(is).ok_or_else(|| format!("`{}` is not understood", shown()))
}

fn read_disruption(word: &str) -> Result<Disruption, Wrong> {
    use Disruption::{Live, None, Recreate, Reload, Restart};
    let all = [None, Live, Reload, Restart, Recreate];
    one_of(all, |d| d.as_str() == word, || word.to_owned())
}

fn read_reason(word: &str) -> Result<Reason, Wrong> {
    let all = [
        Reason::New,
        Reason::Configuration,
        Reason::Drift,
        Reason::Removed,
        Reason::NotWanted,
        Reason::Interrupted,
        Reason::Dependency,
        Reason::Rendering,
        Reason::Requested,
    ];
    one_of(all, |r| r.as_str() == word, || word.to_owned())
}
