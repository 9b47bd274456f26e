//! Containers that go with other units of the host.

use std::collections::BTreeSet;

use conex_switch::{
    Decision, Effect, Preview, System, Unit, decide, mounts, needed, preview, unreadable,
};

/// Units by their names, with their texts.
fn system(units: &[(&str, &str)]) -> System {
    let mut system = System { mounts: Some(mounts("")), ..System::default() };
    for (name, text) in units {
        system.units.insert((*name).to_owned(), Unit::parse([*text]));
    }
    system.wants.link("multi-user.target", "machines.target");
    system
}

const WEB: &str = "container@web.service";

/// What happens to `web`, which runs, as do these other units.
fn web(old: &System, new: &System, others: &[&'static str]) -> Preview {
    let mut active = BTreeSet::from([WEB, "multi-user.target", "machines.target"]);
    active.extend(others);
    let all = preview(old, new, &active);
    all.into_iter().find(|preview| preview.name == "web").unwrap()
}

#[test]
fn one_goes_with_the_unit_that_it_needs() {
    let host = |version: &str, more: &str| {
        let net = format!("[Service]\nExecStart=/{version}\n{more}");
        system(&[(WEB, "[Unit]\nRequires=net.service\n[Service]\n"), ("net.service", &net)])
    };
    let mut new = host("b", "");
    let stopped = web(&host("a", ""), &new, &["net.service"]);
    assert_eq!(stopped.effect, Effect::Stop);
    let follows = stopped.follows.unwrap();
    assert_eq!((&*follows.root, &*follows.because[0].key), ("net.service", "ExecStart"));
    new.wants.link("machines.target", WEB);
    assert_eq!(web(&host("a", ""), &new, &["net.service"]).effect, Effect::StopAndStart);
    // It does not run, is left alone, is restarted or reloaded.
    for (running, line, effect) in [
        (&[][..], "", Effect::Keep),
        (&["net.service"][..], "X-RestartIfChanged=false", Effect::Keep),
        (&["net.service"][..], "X-StopIfChanged=false", Effect::Restart),
        (&["net.service"][..], "X-ReloadIfChanged=true", Effect::Keep),
    ] {
        assert_eq!(web(&host("a", line), &host("b", line), running).effect, effect, "{line}");
    }
}

#[test]
fn one_goes_with_its_slice_when_that_is_gone() {
    let unit = (WEB, "[Service]\nSlice=machine-web.slice\n");
    let slice = |version: &str| format!("[Slice]\nTasksMax={version}\n");
    let (a, b) = (slice("1"), slice("2"));
    let old = system(&[unit, ("machine-web.slice", &a), ("machine.slice", &a)]);
    let active = ["machine-web.slice", "machine.slice"];
    let changed = system(&[unit, ("machine-web.slice", &b), ("machine.slice", &b)]);
    assert_eq!(web(&old, &changed, &active).effect, Effect::Keep);
    let gone = system(&[unit, ("machine-web.slice", &a)]);
    let stopped = web(&old, &gone, &active);
    assert_eq!(stopped.effect, Effect::Stop);
    let follows = stopped.follows.unwrap();
    assert_eq!((&*follows.unit, &*follows.root), ("machine-web.slice", "machine.slice"));
    assert!(follows.is_removed);
}

#[test]
fn one_goes_with_the_file_systems_that_it_is_on() {
    let host = |fstab: &str| {
        let mut host = system(&[(WEB, "[Unit]\nRequiresMountsFor=/srv/data/web /x\n[Service]\n")]);
        host.mounts = Some(mounts(fstab));
        host
    };
    let effect = |old: &str, new: &str| web(&host(old), &host(new), &["srv-data.mount"]).effect;
    let old = "# what is\n/dev/a /srv/data ext4 rw 0 0\n/dev/s none swap\n";
    assert_eq!(effect(old, old), Effect::Keep);
    assert_eq!(effect(old, ""), Effect::Stop);
    assert_eq!(effect(old, "/dev/b /srv/data ext4 rw"), Effect::Restart);
    assert_eq!(effect(old, "/dev/a /srv/data xfs rw"), Effect::Restart);
    assert_eq!(effect(old, "/dev/a /srv/data ext4 ro"), Effect::Keep);
    assert_eq!(effect(old, "/dev/a /srv/data ext4 rw\n/dev/c /srv/other ext4"), Effect::Keep);
    // What is below does not count, nor what only begins alike.
    let elsewhere = "/dev/a /srv/data/other ext4\n/dev/a /srv/dat ext4";
    assert_eq!(effect(elsewhere, ""), Effect::Keep);
    // An automount takes its mount with it.
    let automount = "/dev/a /srv/data ext4 x-systemd.automount";
    let active = ["srv-data.automount", "srv-data.mount"];
    let stopped = web(&host(automount), &host(""), &active);
    assert_eq!(stopped.effect, Effect::Stop);
}

#[test]
fn a_service_is_left_to_its_socket() {
    let host = |version: &str, more: &str| {
        let text = format!("[Service]\nExecStart=/{version}\n{more}");
        system(&[(WEB, &text), ("container@web.socket", "[Socket]\nListenStream=80\n")])
    };
    let stopped = web(&host("a", ""), &host("b", ""), &["container@web.socket"]);
    assert_eq!(stopped.effect, Effect::Stop);
    assert_eq!(stopped.socket.as_deref(), Some("container@web.socket"));
    let out = "X-NotSocketActivated=true";
    let stopped = web(&host("a", out), &host("b", out), &["container@web.socket"]);
    assert_eq!((stopped.effect, stopped.socket), (Effect::StopAndStart, None));
    // What needs the socket goes with it.
    let mut old = host("a", "");
    old.units.insert(
        "container@db.service".to_owned(),
        Unit::parse(["[Unit]\nPartOf=container@web.socket\n[Service]\n"]),
    );
    let mut new = host("b", "");
    new.units.insert("container@db.service".to_owned(), old.units["container@db.service"].clone());
    let active = BTreeSet::from([WEB, "container@db.service", "container@web.socket"]);
    assert_eq!(preview(&old, &new, &active)[0].effect, Effect::Stop);
}

#[test]
fn a_target_is_stopped_where_it_asks_for_it() {
    let unit = |text: &str| Unit::parse([text]).unwrap();
    let decision = |text: &str| decide("x.target", &unit("[Unit]\nA=1\n"), Some(&unit(text))).0;
    assert_eq!(decision("[Unit]\nA=2\n"), Decision::Keep);
    assert_eq!(decision("[Unit]\nX-StopOnReconfiguration=yes\n"), Decision::StopAndStart);
}

#[test]
fn of_a_system_that_is_not_built_what_is_not_known_is_as_it_was() {
    let unit = (WEB, "[Unit]\nRequires=net.service\nPartOf=own.service\n[Service]\n");
    let mut old = system(&[unit, ("net.service", "[Service]\n"), ("own.service", "[Service]\n")]);
    let mut new = system(&[unit]);
    let active = ["net.service", "own.service"];
    assert_eq!(web(&old, &new, &active).effect, Effect::Stop);
    new.partial = Some(BTreeSet::from(["own.service".to_owned()]));
    assert_eq!(web(&old, &new, &active).follows.unwrap().root, "net.service");
    old.upstream.insert("net.service".to_owned());
    assert_eq!(web(&old, &new, &active).effect, Effect::Keep);
    assert_eq!(needed(&old).into_iter().collect::<Vec<_>>(), active);
}

#[test]
fn an_instance_that_loses_its_drop_ins_is_stopped() {
    let mut old = system(&[("container@.service", "[Service]\nX-RestartIfChanged=false\n")]);
    let new = old.clone();
    old.instances
        .insert(WEB.to_owned(), Unit::parse(["[Service]\nX-RestartIfChanged=false\nNice=1\n"]));
    assert_eq!(web(&old, &new, &[]).effect, Effect::Stop);
    // One that gets some is a changed unit.
    assert_eq!(web(&new, &old, &[]).effect, Effect::Stale);
}

#[test]
fn a_unit_that_can_not_be_read_is_told() {
    let (good, bad) = ("[Service]\n", "[Service]\nExecStart=\"/x\n");
    let old = system(&[("a.service", good), ("b.service", bad)]);
    let new = system(&[("a.service", bad), ("b.service", bad)]);
    let told = |active: &[&'static str]| {
        let all = unreadable(&old, &new, &active.iter().copied().collect());
        all.into_iter().map(|(unit, _)| unit).collect::<Vec<_>>()
    };
    assert_eq!(told(&["a.service"]), ["a.service"]);
    // What is not active is not looked at.
    assert_eq!(told(&["c.service"]), [""; 0]);
}

#[test]
fn what_requires_a_unit_that_is_gone_does_not_start_again() {
    let unit = "[Unit]\nRequires=net.service\n[Service]\n";
    let mut old = system(&[(WEB, unit), ("net.service", "[Service]\n")]);
    old.wants.link("machines.target", WEB);
    let mut new = system(&[(WEB, unit)]);
    new.wants.link("machines.target", WEB);
    let stopped = web(&old, &new, &["net.service"]);
    assert_eq!(stopped.effect, Effect::Stop);
    assert_eq!(stopped.lacks.as_deref(), Some("net.service"));
    // A part of it starts without.
    let part = Unit::parse(["[Unit]\nPartOf=net.service\n[Service]\n"]);
    for system in [&mut old, &mut new] {
        system.units.insert(WEB.to_owned(), part.clone());
    }
    assert_eq!(web(&old, &new, &["net.service"]).effect, Effect::StopAndStart);
}
