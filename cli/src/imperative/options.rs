//! The options of a container that is in no configuration, as a file.

use std::fmt::Write as _;

use conex_model::ContainerName;
use conex_switch::Conf;

use super::SYSTEM;
use super::system::string;
use crate::command_error::{CommandError, Result};
use crate::render::nix;

/// The options that such a container can be given.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) auto_start: bool,
    pub(crate) private_network: bool,
    /// Options with a text.
    pub(crate) texts: Vec<(&'static str, String)>,
    /// Options with a list of texts.
    pub(crate) lists: Vec<(&'static str, Vec<String>)>,
    pub(crate) ports: Vec<Port>,
    pub(crate) mounts: Vec<Mount>,
}

/// A forwarded port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Port {
    protocol: String,
    host: u16,
    container: u16,
}

/// A directory of the host in the container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mount {
    source: String,
    target: String,
    read_only: bool,
}

/// The keys of a conf that are options with a text.
const TEXTS: [(&str, &str); 8] = [
    ("HOST_BRIDGE", "hostBridge"),
    ("HOST_ADDRESS", "hostAddress"),
    ("HOST_ADDRESS6", "hostAddress6"),
    ("LOCAL_ADDRESS", "localAddress"),
    ("LOCAL_ADDRESS6", "localAddress6"),
    ("LOCAL_MAC_ADDRESS", "localMacAddress"),
    ("NETWORK_NAMESPACE_PATH", "networkNamespace"),
    ("PRIVATE_USERS", "privateUsers"),
];

/// The ports of `--port`, or of a conf: `[PROTOCOL:]HOST[:CONTAINER]`, several with commas
/// between, as systemd-nspawn has them.
pub(crate) fn ports(text: &str) -> Result<Vec<Port>> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| port(part).ok_or_else(|| bad_port(part))).collect()
}

fn port(text: &str) -> Option<Port> {
    let (protocol, numbers) = match text.split_once(':') {
        Some((protocol @ ("tcp" | "udp"), numbers)) => (protocol, numbers),
        _ => ("tcp", text),
    };
    let (host, container) = numbers.split_once(':').unwrap_or((numbers, numbers));
    Some(Port {
        protocol: protocol.to_owned(),
        host: host.parse().ok().filter(|port| *port != 0)?,
        container: container.parse().ok().filter(|port| *port != 0)?,
    })
}

fn bad_port(text: &str) -> CommandError {
    CommandError::user(format!("{text:?} is no port: 8080, 8080:80 or udp:53:53"))
}

/// The options that a conf says, whoever wrote it.
pub(crate) fn of_conf(conf: &Conf) -> Result<Options> {
    let get = |key: &str| conf.get(key).map(String::as_str).filter(|value| !value.is_empty());
    let words = |key| get(key).map(|text| text.split_whitespace().map(str::to_owned).collect());
    let mut options = Options {
        auto_start: get("AUTO_START") == Some("1"),
        private_network: get("PRIVATE_NETWORK") == Some("1"),
        ports: ports(get("HOST_PORT").unwrap_or_default())?,
        ..Options::default()
    };
    for (key, option) in TEXTS {
        // What nixos-container writes of both the bridge counts, for the host.
        let hidden = key == "HOST_ADDRESS" && get("HOST_BRIDGE").is_some();
        if let Some(value) = get(key).filter(|_| !hidden) {
            options.texts.push((option, value.to_owned()));
        }
    }
    for (key, option) in [("INTERFACES", "interfaces"), ("MACVLANS", "macvlans")] {
        options.lists.extend(words(key).map(|words| (option, words)));
    }
    let mut flags: Vec<String> = words("EXTRA_NSPAWN_FLAGS").unwrap_or_default();
    flags.retain(|flag| match mount(flag) {
        Some(mount) => {
            options.mounts.push(mount);
            false
        }
        None => true,
    });
    if !flags.is_empty() {
        options.lists.push(("extraFlags", flags));
    }
    Ok(options)
}

/// A flag that is a mount and nothing else.
fn mount(flag: &str) -> Option<Mount> {
    let (read_only, places) = match flag.strip_prefix("--bind-ro=") {
        Some(places) => (true, places),
        None => (false, flag.strip_prefix("--bind=")?),
    };
    let mut parts = places.split(':');
    let source = parts.next()?.to_owned();
    let target = parts.next().unwrap_or(&source).to_owned();
    let whole = parts.next().is_none() && source.starts_with('/') && target.starts_with('/');
    whole.then_some(Mount { source, target, read_only })
}

/// The file with these options.
pub(crate) fn module(name: &ContainerName, options: &Options) -> String {
    let mut out = format!(
        "# The options of this container. What is changed here counts with the next\n\
         # `conex update {name}`.\n{{\n  imports = [ ./{SYSTEM} ];\n  containers.{} = {{\n",
        nix::name(name.as_str())
    );
    let mut line = |text: &str| {
        let _ = writeln!(out, "    {text}");
    };
    if options.auto_start {
        line("autoStart = true;");
    }
    if options.private_network {
        line("privateNetwork = true;");
    }
    for (option, text) in &options.texts {
        line(&format!("{option} = {};", value(option, text)));
    }
    for (option, list) in &options.lists {
        let list: Vec<String> = list.iter().map(|text| string(text)).collect();
        line(&format!("{option} = [ {} ];", list.join(" ")));
    }
    for mount in &options.mounts {
        line(&format!(
            "bindMounts.{} = {{ hostPath = {}; isReadOnly = {}; }};",
            nix::name(&mount.target),
            string(&mount.source),
            mount.read_only
        ));
    }
    if !options.ports.is_empty() {
        let ports = options.ports.iter().map(|Port { protocol, host, container }| {
            format!(
                "{{ protocol = {}; hostPort = {host}; containerPort = {container}; }}",
                string(protocol)
            )
        });
        line(&format!("forwardPorts = [ {} ];", ports.collect::<Vec<_>>().join(" ")));
    }
    out.push_str("  };\n}\n");
    out
}

/// Users may be given as a number.
fn value(option: &str, text: &str) -> String {
    match option {
        "privateUsers" if text.bytes().all(|byte| byte.is_ascii_digit()) => text.to_owned(),
        _ => string(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_written_as_systemd_nspawn_has_them() {
        let one = |text| ports(text).unwrap().pop().unwrap();
        let of =
            |protocol: &str, host, container| Port { protocol: protocol.into(), host, container };
        assert_eq!(one("8080"), of("tcp", 8080, 8080));
        assert_eq!(one("8080:80"), of("tcp", 8080, 80));
        assert_eq!(one("udp:53:5353"), of("udp", 53, 5353));
        assert_eq!(ports("tcp:1:2,udp:3").unwrap().len(), 2);
        for bad in ["0", "x", "tcp:", "99999", "1:2:3"] {
            assert!(ports(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_conf_is_read_into_options() {
        let conf: Conf = [
            ("PRIVATE_NETWORK", "1"),
            ("HOST_ADDRESS", "10.233.1.1"),
            ("LOCAL_ADDRESS", "10.233.1.2"),
            ("HOST_BRIDGE", ""),
            ("HOST_PORT", "tcp:8080:80"),
            ("AUTO_START", "0"),
            ("PRIVATE_USERS", "65536"),
            ("EXTRA_NSPAWN_FLAGS", " --bind-ro=/b --bind=/srv/data:/data --drop-capability=X"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
        let name = ContainerName::new("web").unwrap();
        let module = module(&name, &of_conf(&conf).unwrap());
        for line in [
            "privateNetwork = true;",
            "hostAddress = \"10.233.1.1\";",
            "privateUsers = 65536;",
            "extraFlags = [ \"--drop-capability=X\" ];",
            "bindMounts.\"/b\" = { hostPath = \"/b\"; isReadOnly = true; };",
            "bindMounts.\"/data\" = { hostPath = \"/srv/data\"; isReadOnly = false; };",
            "forwardPorts = [ { protocol = \"tcp\"; hostPort = 8080; containerPort = 80; } ];",
        ] {
            assert!(module.contains(&format!("    {line}\n")), "{line}: {module}");
        }
        assert!(!module.contains("autoStart") && !module.contains("hostBridge"), "{module}");
    }
}
