//! The options of one container as typed values.
//!
//! Nothing is checked here beyond what rendering rests on; that is the options
//! crate's. What has another kind than its option declares is an error.

use std::collections::BTreeMap;
use std::sync::Arc;

use conex_model::{
    Attribute, Code, Container, Diagnostic, Disruption, Imperative, Located, Unknown, Value,
    ValueKind, quote_name,
};

use sha2::{Digest, Sha256};

use crate::text::{Leaf, hex, identity};
use crate::{layout, sensitive};

/// What a container's system comes from.
#[derive(Debug, Clone)]
pub(crate) enum System {
    /// A path that exists already.
    Path(Arc<str>),
    /// The option `config`, and what it comes to if it was evaluated.
    Config(Arc<Unknown>, Option<Evaluated>),
    /// A flake, and the path that it came to if it is to be that again.
    Flake(Leaf, Option<Arc<str>>),
    /// The option `path`, not known yet.
    UnknownPath(Arc<Unknown>),
}

/// A system that was evaluated.
#[derive(Debug, Clone)]
pub(crate) struct Evaluated {
    pub(crate) path: Arc<str>,
    /// What builds it; without, it has to be there.
    pub(crate) derivation: Option<Arc<str>>,
}

/// A typed view of a container's options.
#[derive(Debug)]
pub(crate) struct Spec<'a> {
    pub(crate) container: &'a Container,
    /// How it comes to conex if it is in no configuration.
    pub(crate) imperative: Option<Imperative>,
    pub(crate) system: System,
    /// `None` for an ephemeral container.
    pub(crate) root: Option<Leaf>,
    pub(crate) auto_start: Option<bool>,
    pub(crate) restart_if_changed: bool,
    pub(crate) ephemeral: bool,
    pub(crate) timeout_start: Leaf,
    pub(crate) private_network: bool,
    pub(crate) network_namespace: Option<Leaf>,
    pub(crate) private_users: Leaf,
    pub(crate) interfaces: Vec<Leaf>,
    pub(crate) macvlans: Vec<Leaf>,
    pub(crate) ends: Ends,
    pub(crate) forwards: Vec<Forwarded>,
    pub(crate) veths: Vec<Veth>,
    pub(crate) binds: Vec<Bind>,
    pub(crate) devices: Vec<(Leaf, Leaf)>,
    pub(crate) capabilities: Vec<Leaf>,
    pub(crate) enable_tun: bool,
    pub(crate) tmpfs: Vec<Leaf>,
    pub(crate) extra_flags: Vec<Leaf>,
    /// The containers that start before it.
    pub(crate) depends_on: Vec<Leaf>,
    /// Settings of the unit that limit the container, in the order of
    /// [`LIMITS`].
    pub(crate) limits: Vec<(&'static str, Leaf)>,
    /// How far a change may go with the running container; `None` for as far
    /// as it needs.
    pub(crate) strategy: Option<Strategy>,
    /// Options whose shape is unknown; they are rendered as if they were not
    /// defined, and named where they would stand.
    pub(crate) vague: BTreeMap<&'static str, Arc<Unknown>>,
}

/// How far a change may go with the running container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strategy {
    /// No further than this; what needs more waits for the next start.
    AtMost(Disruption),
    /// A restart also where an activation would do.
    Restart,
}

/// The options in `limits`, with the settings of a unit that they are.
pub(crate) const LIMITS: [(&str, &str); 7] = [
    ("cpuQuota", "CPUQuota"),
    ("cpuWeight", "CPUWeight"),
    ("ioWeight", "IOWeight"),
    ("memoryHigh", "MemoryHigh"),
    ("memoryMax", "MemoryMax"),
    ("memorySwapMax", "MemorySwapMax"),
    ("tasksMax", "TasksMax"),
];

/// Both ends of a virtual Ethernet pair.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ends {
    pub(crate) bridge: Option<Leaf>,
    pub(crate) host: Option<Leaf>,
    pub(crate) host6: Option<Leaf>,
    pub(crate) local: Option<Leaf>,
    pub(crate) local6: Option<Leaf>,
    pub(crate) mac: Option<Leaf>,
}

#[derive(Debug, Clone)]
pub(crate) struct Forwarded {
    pub(crate) protocol: Leaf,
    pub(crate) host: Leaf,
    pub(crate) container: Leaf,
}

#[derive(Debug, Clone)]
pub(crate) struct Veth {
    pub(crate) name: Arc<str>,
    pub(crate) ends: Ends,
}

#[derive(Debug, Clone)]
pub(crate) struct Bind {
    pub(crate) target: Leaf,
    pub(crate) source: Option<Leaf>,
    pub(crate) read_only: bool,
}

impl Ends {
    pub(crate) fn any_address(&self) -> bool {
        [&self.host, &self.host6, &self.local, &self.local6].into_iter().any(Option::is_some)
    }
}

impl Spec<'_> {
    pub(crate) fn name(&self) -> &str {
        self.container.name.as_str()
    }

    /// The name of the host's end of the container's own veth pair, if there
    /// is one.
    pub(crate) fn interface(&self) -> Option<String> {
        let prefix = if self.ends.bridge.is_some() { "vb" } else { "ve" };
        self.has_veth().then(|| conex_model::interface_name(&format!("{prefix}-{}", self.name())))
    }

    fn has_veth(&self) -> bool {
        let ends = &self.ends;
        self.private_network && (ends.any_address() || ends.mac.is_some() || ends.bridge.is_some())
    }

    /// Whether the container's users are shifted.
    pub(crate) fn shifts_users(&self) -> bool {
        !matches!(self.private_users.as_str(), Some("no" | "identity" | "0" | ""))
    }

    /// An option as an attribute; null when it has no effect.
    pub(crate) fn attribute(&self, option: &str) -> Attribute {
        let attribute = self.container.value(option).map_or(Attribute::Null, Attribute::from);
        match attribute {
            Attribute::Map(mut limits) if option == "limits" => {
                limits.retain(|_, limit| *limit != Attribute::Null);
                Attribute::Map(limits)
            }
            attribute => sensitive::attribute(option, attribute),
        }
    }
}

/// Reads the options of a container; on failure, all that is wrong with them.
pub(crate) fn read(container: &Container) -> Result<Spec<'_>, Vec<Diagnostic>> {
    let mut reader = Reader { container, vague: BTreeMap::new(), errors: Vec::new() };
    let system = reader.system();
    let ephemeral = reader.flag("ephemeral", false);
    let spec = Spec {
        container,
        imperative: None,
        root: (!ephemeral).then(|| reader.root()),
        auto_start: reader.decided("autoStart"),
        restart_if_changed: reader.flag("restartIfChanged", true),
        ephemeral,
        timeout_start: reader.word("timeoutStartSec").unwrap_or_else(|| known("1min")),
        private_network: reader.flag("privateNetwork", false),
        network_namespace: reader.word("networkNamespace"),
        private_users: reader.word("privateUsers").unwrap_or_else(|| known("no")),
        interfaces: reader.words("interfaces"),
        macvlans: reader.words("macvlans"),
        ends: reader.ends(&container.options),
        forwards: reader.forwards(),
        veths: reader.veths(),
        binds: reader.binds(),
        devices: reader.devices(),
        capabilities: reader.words("additionalCapabilities"),
        enable_tun: reader.flag("enableTun", false),
        tmpfs: reader.words("tmpfs"),
        extra_flags: reader.words("extraFlags"),
        depends_on: reader.words("dependsOn"),
        limits: reader.limits(),
        strategy: reader.strategy(),
        vague: std::mem::take(&mut reader.vague),
        system: match system {
            Some(system) => system,
            None => return Err(reader.errors),
        },
    };
    if reader.errors.is_empty() { Ok(spec) } else { Err(reader.errors) }
}

/// A text, or a secret if it looks like one. Paths are none.
fn leaf(option: &str, text: &Arc<str>) -> Leaf {
    if !matches!(option, "path" | "root") && sensitive::is_secret(text) {
        return Leaf::Secret(text.clone());
    }
    Leaf::Text(text.clone())
}

fn known(text: &str) -> Leaf {
    Leaf::Text(text.into())
}

type Set = BTreeMap<Arc<str>, Located>;

struct Reader<'a> {
    container: &'a Container,
    vague: BTreeMap<&'static str, Arc<Unknown>>,
    errors: Vec<Diagnostic>,
}

/// The system that `config` says, built with the other options that the build
/// takes: another value of theirs is another system.
fn built_from(container: &Container, config: &Arc<Unknown>) -> Arc<Unknown> {
    let mut also = String::new();
    for option in BUILT_WITH {
        match container.value(option) {
            None | Some(Value::Null | Value::Unknown(_)) => {}
            Some(Value::Attrs(set)) if set.is_empty() => {}
            Some(value) => {
                also.push_str(option);
                push_value(&mut also, value);
            }
        }
    }
    if also.is_empty() {
        return config.clone();
    }
    let seed = format!("{} {also}", identity(config));
    let digest = hex(&Sha256::digest(seed.as_bytes()));
    Arc::new(Unknown { digest: Some(digest), ..(**config).clone() })
}

/// The options that the build of a system takes besides `config`.
const BUILT_WITH: [&str; 2] = ["nixpkgs", "specialArgs"];

/// The container without what only the build of its system takes, which may be
/// secret and reaches no file of the host. All else that is planned for it stays
/// the same. `None` if it has nothing of that kind.
pub(crate) fn without_arguments(container: &Container) -> Option<Container> {
    let Some(Value::Unknown(config)) = container.value("config") else { return None };
    let built = built_from(container, config);
    if built == *config {
        return None;
    }
    let mut container = container.clone();
    for option in BUILT_WITH {
        if let Some(located) = container.options.get_mut(option) {
            let reason = "only the build of the system takes it".to_owned();
            located.value = Value::Unknown(Arc::new(Unknown { reason, place: None, digest: None }));
        }
    }
    let config = container.options.get_mut("config");
    if let Some(located) = config {
        located.value = Value::Unknown(built);
    }
    Some(container)
}

/// A value without its places, so that no two values come to the same text.
fn push_value(out: &mut String, value: &Value) {
    match value {
        Value::List(elements) => {
            out.push('[');
            elements.iter().for_each(|element| push_value(out, &element.value));
            out.push(']');
        }
        Value::Attrs(set) => {
            out.push('{');
            for (name, located) in set {
                out.push_str(&format!("{name:?}="));
                push_value(out, &located.value);
            }
            out.push('}');
        }
        Value::Unknown(unknown) => out.push_str(&format!("unknown {:?};", identity(unknown))),
        plain => out.push_str(&format!("{plain:?};")),
    }
}

impl<'a> Reader<'a> {
    fn system(&mut self) -> Option<System> {
        let value = |name| self.container.value(name).filter(|v| v.kind() != ValueKind::Null);
        if value("flake").is_some() {
            let path = value("path").and_then(Value::as_str);
            let path = path.filter(|path| path.starts_with(layout::STORE)).map(Arc::from);
            return self.word("flake").map(|flake| System::Flake(flake, path));
        }
        let path = value("path");
        match (value("config"), path) {
            (Some(Value::Unknown(config)), path) => {
                let path = path.and_then(Value::as_str).map(Arc::from);
                let derivation = self.container.derivation.clone();
                let evaluated = path.map(|path| Evaluated { path, derivation });
                Some(System::Config(built_from(self.container, config), evaluated))
            }
            (_, Some(Value::Unknown(unknown))) => Some(System::UnknownPath(unknown.clone())),
            (_, Some(Value::Str(_) | Value::Path(_))) => match self.word("path") {
                Some(Leaf::Text(path)) => Some(System::Path(path)),
                _ => None,
            },
            (_, Some(_)) => {
                self.word("path");
                None
            }
            (Some(_), None) => {
                self.wrong("config", self.container.option("config"), "a system configuration");
                None
            }
            (None, None) => {
                let name = self.container.name.as_str();
                let mut error = Diagnostic::new(
                    Code::NoSystem,
                    format!("the container {name} has none of `path`, `config`, `flake`"),
                )
                .at(self.container.places.first().cloned());
                error.address = Some(format!("containers.{}", quote_name(name)));
                self.errors.push(error);
                None
            }
        }
    }

    fn root(&mut self) -> Leaf {
        let root = self
            .word("root")
            .unwrap_or_else(|| Leaf::Text(layout::root(self.container.name.as_str()).into()));
        let proper = |path: &str| {
            path.len() > 1
                && path.starts_with('/')
                && !path.split('/').any(|part| part == ".." || part == ".")
        };
        if root.as_str().is_some_and(|path| !proper(path)) {
            self.wrong("root", self.container.option("root"), "an absolute path without `..`");
        }
        root
    }

    /// Complains about an option.
    fn wrong(&mut self, option: &str, at: Option<&Located>, expected: &str) {
        let found = at.map_or("nothing".to_owned(), |at| at.value.kind().to_string());
        let address = format!("containers.{}.{option}", quote_name(self.container.name.as_str()));
        let mut error = Diagnostic::new(
            Code::Unplannable,
            format!("{address} can not be planned: expected {expected}, found {found}"),
        )
        .at(at.and_then(|at| at.places.first()).or(self.container.places.first()).cloned());
        error.address = Some(address);
        self.errors.push(error);
    }

    fn flag(&mut self, option: &'static str, default: bool) -> bool {
        let located = self.container.option(option);
        self.flag_of(option, located, default)
    }

    fn flag_of(&mut self, option: &'static str, located: Option<&Located>, default: bool) -> bool {
        match located.map(|located| &located.value) {
            None | Some(Value::Null) => default,
            Some(Value::Bool(value)) => *value,
            Some(Value::Unknown(unknown)) => {
                self.vague.insert(option, unknown.clone());
                default
            }
            Some(_) => {
                self.wrong(option, located, "a Boolean");
                default
            }
        }
    }

    /// A Boolean that is left alone when it is unknown.
    fn decided(&mut self, option: &'static str) -> Option<bool> {
        let value = self.flag(option, false);
        (!self.vague.contains_key(option)).then_some(value)
    }

    fn word(&mut self, option: &'static str) -> Option<Leaf> {
        let container = self.container;
        self.word_of(option, container.option(option)?)
    }

    /// A text or a number on one line; `None` for null.
    fn word_of(&mut self, option: &str, located: &Located) -> Option<Leaf> {
        match &located.value {
            Value::Null => None,
            Value::Str(text) | Value::Path(text) if text.contains(char::is_control) => {
                self.wrong(option, Some(located), "a text without control characters");
                None
            }
            Value::Str(text) | Value::Path(text) => Some(leaf(option, text)),
            Value::Int(number) => Some(Leaf::Text(number.to_string().into())),
            Value::Unknown(unknown) => Some(Leaf::Unknown(unknown.clone())),
            _ => {
                self.wrong(option, Some(located), "a text");
                None
            }
        }
    }

    fn list(&mut self, option: &'static str) -> &'a [Located] {
        let located = self.container.option(option);
        match located.map(|located| &located.value) {
            None | Some(Value::Null) => &[],
            Some(Value::List(elements)) => elements,
            Some(Value::Unknown(unknown)) => {
                self.vague.insert(option, unknown.clone());
                &[]
            }
            Some(_) => {
                self.wrong(option, located, "a list");
                &[]
            }
        }
    }

    fn words(&mut self, option: &'static str) -> Vec<Leaf> {
        let mut words: Vec<Leaf> = Vec::new();
        for element in self.list(option) {
            let word = self.word_of(option, element);
            let secret = sensitive::follows_credential(words.last().and_then(Leaf::as_str));
            words.extend(word.map(|word| match word {
                Leaf::Text(text) | Leaf::Secret(text) if secret => Leaf::Credential(text),
                word => word,
            }));
        }
        words
    }

    /// The members of a set of sets, or the elements of a list of sets.
    fn members(&mut self, option: &'static str) -> Vec<(&'a str, &'a Set)> {
        let located = self.container.option(option);
        let mut members = Vec::new();
        match located.map(|located| &located.value) {
            None | Some(Value::Null) => {}
            Some(Value::Attrs(set)) => {
                for (name, member) in set {
                    self.member(option, name, member, &mut members);
                }
            }
            Some(Value::List(elements)) => {
                for member in elements {
                    self.member(option, "", member, &mut members);
                }
            }
            Some(Value::Unknown(unknown)) => {
                self.vague.insert(option, unknown.clone());
            }
            Some(_) => self.wrong(option, located, "a set"),
        }
        members
    }

    fn member(
        &mut self,
        option: &'static str,
        name: &'a str,
        member: &'a Located,
        members: &mut Vec<(&'a str, &'a Set)>,
    ) {
        match &member.value {
            _ if name.contains(char::is_control) => {
                self.wrong(option, Some(member), "a name without control characters");
            }
            Value::Attrs(set) => members.push((name, set)),
            Value::Unknown(unknown) => {
                self.vague.insert(option, unknown.clone());
            }
            _ => self.wrong(option, Some(member), "a set"),
        }
    }

    fn part(&mut self, option: &'static str, set: &Set, part: &str) -> Option<Leaf> {
        self.word_of(option, set.get(part)?)
    }

    /// A part that has to be there.
    fn needed(&mut self, option: &'static str, set: &Set, part: &str) -> Option<Leaf> {
        let errors = self.errors.len();
        let word = self.part(option, set, part);
        if word.is_none() && self.errors.len() == errors {
            self.wrong(option, self.container.option(option), &format!("each to have `{part}`"));
        }
        word
    }

    fn ends(&mut self, set: &Set) -> Ends {
        Ends {
            bridge: self.part("hostBridge", set, "hostBridge"),
            host: self.part("hostAddress", set, "hostAddress"),
            host6: self.part("hostAddress6", set, "hostAddress6"),
            local: self.part("localAddress", set, "localAddress"),
            local6: self.part("localAddress6", set, "localAddress6"),
            mac: self.part("localMacAddress", set, "localMacAddress"),
        }
    }

    fn forwards(&mut self) -> Vec<Forwarded> {
        const OPTION: &str = "forwardPorts";
        let mut forwards = Vec::new();
        for (_, set) in self.members(OPTION) {
            let Some(host) = self.needed(OPTION, set, "hostPort") else { continue };
            forwards.push(Forwarded {
                protocol: self.part(OPTION, set, "protocol").unwrap_or_else(|| known("tcp")),
                container: self.part(OPTION, set, "containerPort").unwrap_or(host.clone()),
                host,
            });
        }
        forwards
    }

    fn veths(&mut self) -> Vec<Veth> {
        let members = self.members("extraVeths");
        members
            .into_iter()
            .map(|(name, set)| Veth { name: name.into(), ends: self.ends(set) })
            .collect()
    }

    fn binds(&mut self) -> Vec<Bind> {
        const OPTION: &str = "bindMounts";
        let members = self.members(OPTION);
        members
            .into_iter()
            .map(|(name, set)| Bind {
                target: self.part(OPTION, set, "mountPoint").unwrap_or_else(|| known(name)),
                source: self.part(OPTION, set, "hostPath"),
                read_only: self.flag_of(OPTION, set.get("isReadOnly"), true),
            })
            .collect()
    }

    fn limits(&mut self) -> Vec<(&'static str, Leaf)> {
        const OPTION: &str = "limits";
        let located = self.container.option(OPTION);
        match located.map(|located| &located.value) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Attrs(set)) => LIMITS
                .iter()
                .filter_map(|(option, setting)| Some((*setting, self.part(OPTION, set, option)?)))
                .collect(),
            Some(Value::Unknown(unknown)) => {
                self.vague.insert(OPTION, unknown.clone());
                Vec::new()
            }
            Some(_) => {
                self.wrong(OPTION, located, "a set");
                Vec::new()
            }
        }
    }

    /// An unknown strategy is none: nothing is done then that could wait.
    fn strategy(&mut self) -> Option<Strategy> {
        match self.word("updateStrategy")?.as_str() {
            Some("none") | None => Some(Strategy::AtMost(Disruption::None)),
            Some("live") => Some(Strategy::AtMost(Disruption::Live)),
            Some("reload") => Some(Strategy::AtMost(Disruption::Reload)),
            Some(_) => Some(Strategy::Restart),
        }
    }

    fn devices(&mut self) -> Vec<(Leaf, Leaf)> {
        const OPTION: &str = "allowedDevices";
        let mut devices = Vec::new();
        for (_, set) in self.members(OPTION) {
            let node = self.needed(OPTION, set, "node");
            let modifier = self.needed(OPTION, set, "modifier");
            devices.extend(node.zip(modifier));
        }
        devices
    }
}
