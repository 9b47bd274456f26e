//! What [`Guest`] sees and does in the containers of the test.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::super::guest::Guest;
use super::{in_host, leader, sh};
use crate::HostError;

fn output(guest: &Guest, program: &[&str]) -> (Option<i32>, String) {
    let piped = |command: &mut Command| {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    };
    let spawned = guest.spawn(program, None, piped).unwrap();
    let output = spawned.child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap().trim().replace('\r', ""))
}

#[test]
#[ignore = "for the end-to-end host"]
fn a_guest_is_looked_into() {
    in_host();
    let full = Guest::open("full", leader("full")).unwrap();
    let web = Guest::open("web", leader("web")).unwrap();
    assert!(full.has_bus() && full.has_systemd());
    assert!(!web.has_bus() && !web.has_systemd());
    let system = sh("cat /root/full-2");
    assert_eq!(web.running_system(), None);
    let root = format!("/proc/{}/root", leader("web"));
    sh(&format!("ln -s {system} {root}/run/current-system"));
    assert_eq!(web.running_system().as_deref(), Some(system.as_str()));
    // The profile is mounted into the container, and conex has set none.
    sh(&format!(
        "ln -sfn {system} {root}/nix/var/nix/profiles/system-1-link; \
                 ln -sfn system-1-link {root}/nix/var/nix/profiles/system"
    ));
    assert_eq!(web.profile_system().as_deref(), Some(system.as_str()));
    sh(&format!("rm {root}/nix/var/nix/profiles/system* {root}/run/current-system"));
    let gone = Guest::open("gone", 4_000_000).unwrap_err();
    assert!(matches!(gone, HostError::Guest { .. }), "{gone}");
}

#[test]
#[ignore = "for the end-to-end host"]
fn a_system_is_activated_inside() {
    in_host();
    let guest = Guest::open("full", leader("full")).unwrap();
    let system = sh("cat /root/full-2");
    guest.activate(&system, Duration::from_secs(30)).unwrap();
    let log = sh("cat /var/lib/nixos-containers/full/var/log/activations");
    assert!(log.contains(&format!("2 test {system}")), "{log}");

    let error = guest
        .activate("/nix/store/8b0vvb1w1rpcd5pj5q5kjnhx0qc9a1lw-none", Duration::from_secs(30))
        .unwrap_err();
    assert!(matches!(error, HostError::Program { .. }), "{error}");
    guest.activate("/etc", Duration::from_secs(1)).unwrap_err();

    // Without a systemd inside that runs it.
    let web = Guest::open("web", leader("web")).unwrap();
    let system = sh("cat /root/web-2");
    web.activate(&system, Duration::from_secs(30)).unwrap();
    let log = sh("cat /var/lib/nixos-containers/web/var/log/activations");
    assert!(log.contains(&format!("2 test {system}")), "{log}");
}

/// A system whose activation does this.
fn broken(name: &str, script: &str) -> String {
    let system = format!("/nix/store/8b0vvb1w1rpcd5pj5q5kjnhx0qc9a1lw-{name}");
    sh(&format!(
        "mkdir -p {system}/bin; printf '#!/bin/sh\\n%s\\n' '{script}' \
         > {system}/bin/switch-to-configuration; chmod +x {system}/bin/switch-to-configuration"
    ));
    system
}

#[test]
#[ignore = "for the end-to-end host"]
fn a_failing_or_hanging_activation_is_told() {
    in_host();
    let guest = Guest::open("full", leader("full")).unwrap();
    let fails = broken("fails", "echo the reason; echo and more >&2; exit 4");
    let error = guest.activate(&fails, Duration::from_secs(30)).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("the reason\n    and more") && text.contains("--failed"), "{text}");

    let hangs = broken("hangs", "exec sleep 543");
    let start = Instant::now();
    guest.activate(&hangs, Duration::from_secs(2)).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(20));
    assert_eq!(sh("pgrep -f 'sleep 54[3]' || true"), "", "it goes on inside");
    sh("rm -r /nix/store/8b0vvb1w1rpcd5pj5q5kjnhx0qc9a1lw-*");
}

#[test]
#[ignore = "for the end-to-end host"]
fn programs_run_with_a_systemd_and_without_one() {
    in_host();
    for (name, program) in
        [("full", "/usr/bin/sh"), ("full", "sh"), ("web", "sh"), ("jail", "/bin/sh")]
    {
        let guest = Guest::open(name, leader(name)).unwrap();
        let run = |script: &str| output(&guest, &[program, "-c", script]);
        assert_eq!(run("hostname; exit 3"), (Some(3), name.to_owned()));
        assert_eq!(run("echo '$HOME %n'"), (Some(0), "$HOME %n".to_owned()));
        assert_eq!(run("echo ${CONEX_E2E-clean}"), (Some(0), "clean".to_owned()));
        let pids = run("echo $PPID; readlink /proc/1/root; pwd").1;
        assert!(pids.ends_with("/\n/"), "{pids}");
        // It is one of the guest's processes, and sees no others.
        let own = run("grep -c . /proc/self/status; grep NSpid /proc/$$/status").1;
        assert_eq!(own.split_whitespace().count(), 3, "{own}");
        // No more rights than the guest has, whatever it does with the program.
        let bounding = run("grep CapBnd /proc/self/status").1;
        let own = sh(&format!("grep CapBnd /proc/{}/status", leader(name)));
        let read = |line: &str| u64::from_str_radix(line.split_whitespace().last().unwrap(), 16);
        // In users of its own a guest has all of them, over nothing but itself.
        let more = read(&bounding).unwrap() & !read(&own).unwrap();
        assert!(more == 0 || name == "jail", "{bounding} {own}");
        assert_ne!(run("mknod /dev/stolen b 254 0").0, Some(0));
    }
}
