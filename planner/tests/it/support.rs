//! Configurations built in code, for the tests of planner and executor.

use std::collections::BTreeMap;
use std::sync::Arc;

use conex_model::{
    Container, ContainerName, Desired, Located, Place, Position, Undecided, Unknown, Value,
};

/// A container under construction.
#[derive(Clone)]
pub(crate) struct Build {
    container: Container,
    line: u32,
}

/// A place on a line of a file.
pub(crate) fn place(file: &str, line: u32) -> Place {
    Place {
        file: file.into(),
        start: Position { byte: line * 100, line, column: 3 },
        end: Position { byte: line * 100 + 9, line, column: 12 },
    }
}

pub(crate) fn name(text: &str) -> ContainerName {
    ContainerName::new(text).unwrap()
}

/// A container with a known system and the defaults that matter.
pub(crate) fn container(text: &str) -> Build {
    empty(text).set("path", Value::str(format!("/nix/store/xxx-nixos-system-{text}")))
}

/// A container whose system is built from sources with that digest.
pub(crate) fn configured(text: &str, digest: &str) -> Build {
    empty(text).set("config", unknown("it is a system", Some(digest)))
}

/// A container without any option set.
pub(crate) fn empty(text: &str) -> Build {
    let container = Container {
        derivation: None,
        name: name(text),
        places: vec![place("/c/configuration.nix", 1)],
        options: BTreeMap::new(),
    };
    let defaults = [
        ("autoStart", Value::Bool(false)),
        ("restartIfChanged", Value::Bool(true)),
        ("ephemeral", Value::Bool(false)),
        ("timeoutStartSec", Value::str("1min")),
        ("privateNetwork", Value::Bool(false)),
        ("privateUsers", Value::str("no")),
        ("hostBridge", Value::Null),
        ("interfaces", Value::List(Vec::new())),
        ("bindMounts", Value::Attrs(BTreeMap::new())),
        ("flake", Value::Null),
    ];
    let mut build = Build { container, line: 1 };
    for (option, value) in defaults {
        build.container.options.insert(option.into(), Located::nowhere(value));
    }
    build
}

pub(crate) fn unknown(reason: &str, digest: Option<&str>) -> Value {
    Value::Unknown(Arc::new(Unknown {
        reason: reason.to_owned(),
        place: Some(place("/c/configuration.nix", 7)),
        digest: digest.map(str::to_owned),
    }))
}

pub(crate) fn list<const N: usize>(elements: [Value; N]) -> Value {
    Value::List(elements.into_iter().map(Located::nowhere).collect())
}

pub(crate) fn set<const N: usize>(attrs: [(&str, Value); N]) -> Value {
    Value::Attrs(attrs.into_iter().map(|(k, v)| (k.into(), Located::nowhere(v))).collect())
}

pub(crate) fn words<const N: usize>(elements: [&str; N]) -> Value {
    list(elements.map(Value::str))
}

pub(crate) fn bind(target: &str, source: Option<&str>, read_only: bool) -> Value {
    set([
        ("mountPoint", Value::str(target)),
        ("hostPath", source.map_or(Value::Null, Value::str)),
        ("isReadOnly", Value::Bool(read_only)),
    ])
}

pub(crate) fn forward(protocol: &str, host: i64, container: Option<i64>) -> Value {
    set([
        ("protocol", Value::str(protocol)),
        ("hostPort", Value::Int(host)),
        ("containerPort", container.map_or(Value::Null, Value::Int)),
    ])
}

impl Build {
    /// Sets an option, on a line of its own.
    #[must_use]
    pub(crate) fn set(mut self, option: &str, value: Value) -> Self {
        self.line += 1;
        let places = vec![place("/c/configuration.nix", self.line)];
        self.container.options.insert(option.into(), Located { value, places });
        self
    }

    #[must_use]
    pub(crate) fn text(self, option: &str, value: &str) -> Self {
        self.set(option, Value::str(value))
    }

    #[must_use]
    pub(crate) fn flag(self, option: &str, value: bool) -> Self {
        self.set(option, Value::Bool(value))
    }

    #[must_use]
    pub(crate) fn auto_start(self) -> Self {
        self.flag("autoStart", true)
    }

    /// A private network with the two ends.
    #[must_use]
    pub(crate) fn network(self, host: &str, local: &str) -> Self {
        self.flag("privateNetwork", true).text("hostAddress", host).text("localAddress", local)
    }
}

/// A configuration of these containers.
pub(crate) fn desired<const N: usize>(containers: [Build; N]) -> Desired {
    desired_of(containers.to_vec())
}

pub(crate) fn desired_of(containers: Vec<Build>) -> Desired {
    Desired {
        containers: containers
            .into_iter()
            .map(|build| (build.container.name.clone(), build.container))
            .collect(),
        ..Desired::default()
    }
}

pub(crate) fn undecided(mut desired: Desired, name: Option<&str>) -> Desired {
    desired.undecided.push(Undecided {
        name: name.map(str::to_owned),
        reason: "the condition depends on pkgs".to_owned(),
        place: None,
    });
    desired
}

/// The container that facts A.6 calls "full".
pub(crate) fn full(text: &str) -> Build {
    container(text)
        .auto_start()
        .network("10.0.0.1", "10.0.0.2")
        .set("forwardPorts", list([forward("tcp", 8080, Some(80)), forward("udp", 53, None)]))
        .set("interfaces", words(["eth1", "eth2"]))
        .text("privateUsers", "pick")
        .set(
            "bindMounts",
            set([
                ("/data", bind("/data", Some("/srv/data"), false)),
                ("/b", bind("/b", None, true)),
            ]),
        )
        .set("extraFlags", words(["--drop-capability=CAP_SYS_CHROOT"]))
}
