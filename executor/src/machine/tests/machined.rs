//! What [`Machined`] does, seen with `machinectl`.

use std::path::Path;

use super::super::guest::Guest;
use super::super::machined::Machined;
use super::super::systemd::Systemd;
use super::{in_host, leader, sh};

#[test]
#[ignore = "for the end-to-end host"]
fn machines_are_listed_with_their_leaders() {
    in_host();
    let systemd = Systemd::connect().unwrap();
    let machined = Machined::new(&systemd);
    let machines = machined.machines().unwrap();
    let names: Vec<&str> = machines.iter().map(|machine| machine.name.as_str()).collect();
    assert_eq!(names, ["full", "jail", "web"]);
    for machine in &machines {
        assert_eq!(machine.leader, leader(&machine.name));
        assert_eq!(machine.unit, format!("container@{}.service", machine.name));
        assert_eq!((machine.class.as_str(), &*machine.service), ("container", "systemd-nspawn"));
    }
    // It is started by the bus when it is needed.
    sh("systemctl stop systemd-machined.service");
    assert_eq!(machined.machines().unwrap(), machines);
}

#[test]
#[ignore = "for the end-to-end host"]
fn a_directory_is_mounted_into_a_running_container() {
    in_host();
    let systemd = Systemd::connect().unwrap();
    let machined = Machined::new(&systemd);
    let guest = Guest::open("web", leader("web")).unwrap();
    let (source, target) = (Path::new("/srv/live"), Path::new("/mnt/made/on the way"));
    sh("mkdir -p /srv/live; echo text > /srv/live/file");
    assert!(!guest.shows(source, target).unwrap());
    machined.bind_mount("web", "/srv/live", "/mnt/made/on the way", true).unwrap();
    assert!(guest.shows(source, target).unwrap());
    assert!(!guest.shows(source, Path::new("/mnt")).unwrap());
    let root = format!("/proc/{}/root", leader("web"));
    assert_eq!(sh(&format!("cat '{root}/mnt/made/on the way/file'")), "text");
    assert!(!Path::new("/var/lib/nixos-containers/web/mnt/made/on the way/file").exists());
    let readonly = sh(&format!("grep 'on.040the' /proc/{}/mountinfo", leader("web")));
    assert!(readonly.contains(" ro,"), "{readonly}");

    let error = machined.bind_mount("web", "/srv/none", "/mnt/x", true).unwrap_err();
    assert!(error.to_string().contains("/srv/none"), "{error}");
    machined.bind_mount("nobody", "/srv/live", "/mnt/x", true).unwrap_err();
    let error = machined.bind_mount("jail", "/srv/live", "/mnt/x", true).unwrap_err();
    println!("under private users: {error}");
}

#[test]
#[ignore = "for the end-to-end host"]
fn stale_machines_are_forgotten_and_others_ended() {
    in_host();
    let systemd = Systemd::connect().unwrap();
    let machined = Machined::new(&systemd);
    let root = "/var/lib/nixos-containers/stray";
    sh(&format!(
        "cp -a /var/lib/nixos-containers/web/. {root}; systemd-run --quiet --unit=stray \
         systemd-nspawn --keep-unit -M stray -D {root} --bind-ro=/nix/store \
         $(readlink -f /etc/e2e/busybox)/bin/busybox sleep 1000; \
         i=0; until machinectl show stray >/dev/null 2>&1; do sleep 0.1; i=$((i+1)); test $i -lt 100; done"
    ));
    machined.unregister("stray").unwrap();
    assert!(machined.machines().unwrap().iter().all(|machine| machine.name != "stray"));
    machined.unregister("stray").unwrap();
    machined.terminate("stray").unwrap();
    assert_eq!(sh("systemctl is-active stray.service"), "active");
    sh("systemctl stop stray.service");
}

#[test]
#[ignore = "for the end-to-end host"]
fn without_machined_there_are_no_machines() {
    in_host();
    let systemd = Systemd::connect().unwrap();
    let machined = Machined::new(&systemd);
    let away = "/usr/share/dbus-1/system-services/org.freedesktop.machine1.service";
    sh(&format!(
        "systemctl stop systemd-machined; mv {away} /tmp/; systemctl reload dbus; sleep 0.2"
    ));
    let machines = machined.machines();
    let mounted = machined.bind_mount("web", "/srv", "/mnt/x", true);
    sh(&format!("mv /tmp/org.freedesktop.machine1.service {away}; systemctl reload dbus"));
    assert_eq!(machines.unwrap(), []);
    let error = mounted.unwrap_err().to_string();
    assert!(error.contains("systemd-container"), "{error}");
}
