//! The files of a container.

use std::io::Write as _;
use std::process::{Command, Stdio};

use conex_model::{Action, Address, Kind, Observed, Plan, Text, Value};
use conex_planner::{Request, plan};

use crate::support::*;

pub(crate) fn plan_new(build: Build) -> Plan {
    plan(&desired([build]), &Observed::default(), &Request::default()).unwrap()
}

/// The contents that a plan writes for a resource, gaps as `<…>`.
pub(crate) fn written(plan: &Plan, name_: &str, kind: Kind) -> String {
    let change = plan.change(&Address::new(&name(name_), kind)).expect("a change");
    let [Action::WriteFile { contents, .. }] = change.actions.as_slice() else {
        panic!("{:?}", change.actions)
    };
    shown(contents)
}

fn shown(text: &Text) -> String {
    text.pieces()
        .iter()
        .map(|piece| match piece {
            conex_model::Piece::Literal(text) => text.to_string(),
            conex_model::Piece::System => "<system>".to_owned(),
            conex_model::Piece::Unknown(unknown) => format!("<{}>", unknown.reason),
            conex_model::Piece::Secret(secret) => format!("<secret {}>", secret.digest()),
        })
        .collect()
}

#[test]
fn the_smallest_conf_has_the_bytes_of_the_nixos_module() {
    let plan = plan_new(container("web"));
    assert_eq!(
        written(&plan, "web", Kind::Conf),
        "SYSTEM_PATH=/nix/store/xxx-nixos-system-web\n\n\n\n\nPRIVATE_USERS=no\nINTERFACES=\"\"\n\
         MACVLANS=\"\"\n\nEXTRA_NSPAWN_FLAGS=\"\"\n"
    );
}

#[test]
fn the_fullest_conf_has_the_bytes_of_the_nixos_module() {
    let plan = plan_new(full("web"));
    assert_eq!(
        written(&plan, "web", Kind::Conf),
        "SYSTEM_PATH=/nix/store/xxx-nixos-system-web\n\n\nPRIVATE_NETWORK=1\n\n\
         HOST_PORT=tcp:8080:80,udp:53:53\n\nHOST_ADDRESS=10.0.0.1\n\n\nLOCAL_ADDRESS=10.0.0.2\n\
         \n\n\n\n\nPRIVATE_USERS=pick\nINTERFACES=\"eth1 eth2\"\nMACVLANS=\"\"\nAUTO_START=1\n\n\
         EXTRA_NSPAWN_FLAGS=\" --bind-ro=/b --bind=/srv/data:/data \
         --drop-capability=CAP_SYS_CHROOT\"\n"
    );
}

#[test]
fn a_system_that_is_not_built_leaves_a_gap() {
    let plan = plan_new(configured("web", "d1"));
    let conf = written(&plan, "web", Kind::Conf);
    assert!(conf.starts_with("SYSTEM_PATH=<system>\n"), "{conf}");
    assert!(!written(&plan, "web", Kind::Unit).contains('<'));
}

#[test]
fn what_is_not_known_leaves_a_gap_or_is_named() {
    let plan = plan_new(
        container("web")
            .flag("privateNetwork", true)
            .set("hostAddress", unknown("it depends on pkgs", None))
            .set("tmpfs", unknown("it depends on lib", None)),
    );
    let conf = written(&plan, "web", Kind::Conf);
    assert!(conf.contains("HOST_ADDRESS=<it depends on pkgs>\n"), "{conf}");
    let unit = written(&plan, "web", Kind::Unit);
    assert!(unit.ends_with("# tmpfs: <it depends on lib>\n"), "{unit}");
}

#[test]
fn the_unit_has_what_the_nixos_module_gives_it() {
    let plan = plan_new(full("web").set("tmpfs", words(["/tmp:size=1G"])).set(
        "allowedDevices",
        list([set([("node", Value::str("/dev/x")), ("modifier", Value::str("rw"))])]),
    ));
    let unit = written(&plan, "web", Kind::Unit);
    for line in [
        "Description=Container 'web'",
        "RequiresMountsFor=/var/lib/nixos-containers/web /b /srv/data",
        "After=network.target sys-subsystem-net-devices-eth1.device sys-subsystem-net-devices-eth2.device",
        "Type=notify",
        "RestartForceExitStatus=133",
        "SuccessExitStatus=133",
        "TimeoutStartSec=1min",
        "Slice=machine.slice",
        "Delegate=true",
        "KillMode=mixed",
        "KillSignal=TERM",
        "SyslogIdentifier=container web",
        "DevicePolicy=closed",
        "DeviceAllow=/dev/net/tun rwm",
        "DeviceAllow=/dev/x rw",
        "EnvironmentFile=-/etc/nixos-containers/web.conf",
        "Environment=\"HOST_INTERFACES=ve-web\"",
        "WantedBy=machines.target",
    ] {
        assert!(unit.lines().any(|l| l == line), "{line} is not in\n{unit}");
    }
    let start = unit.lines().find(|line| line.starts_with("ExecStart=")).unwrap();
    for flag in [
        "--keep-unit -M web -D /var/lib/nixos-containers/web",
        "--notify-ready=yes",
        "--kill-signal=SIGRTMIN+3",
        "--private-users=pick",
        "--private-network",
        "--network-veth",
        "--port=tcp:8080:80 --port=udp:53:53",
        "--network-interface=eth1 --network-interface=eth2",
        "--bind-ro=/nix/store:/nix/store:idmap",
        "--bind=/nix/var/nix/profiles/per-container/web:/nix/var/nix/profiles:idmap",
        "--link-journal=try-guest",
        "--tmpfs=/tmp:size=1G",
        "--bind-ro=/b --bind=/srv/data:/data",
        "--drop-capability=CAP_SYS_CHROOT",
    ] {
        assert!(start.contains(flag), "{flag} is not in {start}");
    }
    // Addresses and the system come from the conf.
    assert!(!unit.contains("10.0.0") && !unit.contains("/nix/store/xxx"), "{unit}");
}

#[test]
fn what_systemd_would_expand_is_escaped() {
    let plan = plan_new(
        container("web")
            .set("bindMounts", set([("a", bind("/mnt/a b$c%d", Some("/srv/it's"), true))])),
    );
    let unit = written(&plan, "web", Kind::Unit);
    assert!(unit.contains("--bind-ro=/srv/it\\'s:/mnt/a\\sb$$c%%d"), "{unit}");
}

/// The scripts in the unit, by the names of their variables.
fn scripts(unit: &str) -> Vec<(&str, String)> {
    unit.lines()
        .filter_map(|line| line.strip_prefix("Environment=\"")?.strip_suffix('"')?.split_once('='))
        .map(|(name, text)| {
            let text = text.replace("%%", "%").replace("\\n", "\n");
            (name, text.replace("\\\"", "\"").replace("\\\\", "\\"))
        })
        .collect()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test asks another program")]
fn shellcheck_finds_nothing_in_the_scripts() {
    if Command::new("shellcheck").arg("--version").output().is_err() {
        eprintln!("skipped: there is no shellcheck");
        return;
    }
    let plan = plan_new(full("web").set(
        "extraVeths",
        set([(
            "ve1",
            set([
                ("hostAddress6", Value::str("fd00::1")),
                ("localAddress6", Value::str("fd00::2")),
            ]),
        )]),
    ));
    let unit = written(&plan, "web", Kind::Unit);
    let scripts = scripts(&unit);
    for name in ["GUARD", "CLEAR", "START", "GUEST_WAIT", "GUEST_SETUP", "HOST_SETUP", "RELOAD"] {
        let script = &scripts.iter().find(|(found, _)| *found == name).unwrap().1;
        // Some are parts of another: what they call is there. Signals have no names that
        // every shell knows, and other variables are the environment's.
        let said = piped(
            Command::new("shellcheck").args(["--shell=sh", "--exclude=SC2154,SC2172", "-"]),
            script,
        );
        assert!(said.is_empty(), "{name}:\n{script}\n{said}");
    }
}

/// What a program says of a text.
fn piped(command: &mut Command, text: &str) -> String {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}
