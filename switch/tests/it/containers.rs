//! What a switch does to containers: the rows of what NixOS is known to do.

use std::collections::BTreeSet;
use std::slice::from_ref;

use conex_switch::{Effect, Preview, Skipped, System, TEMPLATE, Unit, conf, preview};

/// A container as NixOS' module writes it.
#[derive(Clone)]
struct Container {
    name: &'static str,
    auto_start: bool,
    restart_if_changed: bool,
    system: &'static str,
    exec_start: &'static str,
    exec_reload: &'static str,
    network: bool,
}

const WEB: Container = Container {
    name: "web",
    auto_start: true,
    restart_if_changed: true,
    system: "/nix/store/a-web",
    exec_start: "/nix/store/a-start",
    exec_reload: "/nix/store/a-reload",
    network: false,
};

impl Container {
    fn conf(&self) -> String {
        let network = if self.network { "PRIVATE_NETWORK=1\n" } else { "" };
        let auto = if self.auto_start { "AUTO_START=1\n" } else { "" };
        format!("SYSTEM_PATH={}\n{network}{auto}EXTRA_NSPAWN_FLAGS=\"\"\n", self.system)
    }

    /// `autoStart` alone turns on the triggers.
    fn unit(&self) -> String {
        let Self { exec_start, exec_reload, .. } = self;
        let restarts = self.auto_start && self.restart_if_changed;
        let mut text = "[Unit]\nDescription=Container '%i'\n".to_owned();
        if self.auto_start {
            // A file in the store with both, so that it differs when they do.
            let trigger = format!("{}{}", self.system, self.conf()).replace('\n', "");
            text.push_str(&format!("X-Restart-Triggers=/nix/store/{trigger}\n"));
        }
        text.push_str(&format!("[Service]\nExecStart={exec_start}\nExecReload={exec_reload}\n"));
        if !restarts {
            text.push_str("X-RestartIfChanged=false\n");
        }
        text
    }
}

fn system(containers: &[Container]) -> System {
    let mut system = System::default();
    system.wants.link("multi-user.target", "machines.target");
    for container in containers {
        let name = format!("container@{}.service", container.name);
        let unit = Unit::parse([container.unit().as_str()]).unwrap();
        if container.auto_start {
            system.wants.link("machines.target", &name);
        }
        system.units.insert(name, Ok(unit));
        system.confs.insert(container.name.to_owned(), conf(&container.conf()));
    }
    system
}

/// A switch while these containers run.
fn switch(old: &[Container], new: &[Container], running: &[&str]) -> Vec<Preview> {
    let units: Vec<String> =
        running.iter().map(|name| format!("container@{name}.service")).collect();
    let mut active: BTreeSet<&str> = units.iter().map(String::as_str).collect();
    active.extend(["multi-user.target", "machines.target"]);
    preview(&system(old), &system(new), &active)
}

fn one(old: &Container, new: &Container) -> Preview {
    let mut all = switch(from_ref(old), from_ref(new), &["web"]);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[test]
fn a_new_system_stops_and_starts_where_a_reload_would_do() {
    let preview = one(&WEB, &Container { system: "/nix/store/b-web", ..WEB });
    assert_eq!(preview.effect, Effect::StopAndStart);
    assert!(preview.could_reload);
    let (before, after) = &preview.conf["SYSTEM_PATH"];
    assert_eq!(before.as_deref(), Some("/nix/store/a-web"));
    assert_eq!(after.as_deref(), Some("/nix/store/b-web"));
}

#[test]
fn another_conf_stops_and_starts() {
    let preview = one(&WEB, &Container { network: true, ..WEB });
    assert_eq!((preview.effect, preview.could_reload), (Effect::StopAndStart, false));
    assert_eq!(preview.conf.keys().collect::<Vec<_>>(), ["PRIVATE_NETWORK"]);
}

#[test]
fn another_unit_text_stops_and_starts() {
    // As a newer systemd of the host does to every container.
    let preview = one(&WEB, &Container { exec_start: "/nix/store/b-start", ..WEB });
    assert_eq!((preview.effect, preview.could_reload), (Effect::StopAndStart, false));
    assert_eq!(preview.unit[0].key, "ExecStart");
}

#[test]
fn another_exec_reload_reloads() {
    let preview = one(&WEB, &Container { exec_reload: "/nix/store/b-reload", ..WEB });
    assert_eq!(preview.effect, Effect::Reload);
}

#[test]
fn without_restart_if_changed_it_is_left_on_its_old_system() {
    let old = Container { restart_if_changed: false, ..WEB };
    let preview = one(&old, &Container { system: "/nix/store/b-web", ..old.clone() });
    assert_eq!(preview.effect, Effect::Stale);
    assert_eq!(preview.skipped, Some(Skipped::RestartIfChanged));
    assert!(preview.could_reload);
}

#[test]
fn without_auto_start_it_is_silently_stale() {
    let old = Container { auto_start: false, ..WEB };
    // The unit is the same: nothing at all is printed by a switch.
    let preview = one(&old, &Container { system: "/nix/store/b-web", ..old.clone() });
    assert_eq!((preview.effect, preview.skipped), (Effect::Stale, None));
    assert!(preview.unit.is_empty() && preview.could_reload);
    // Another unit text is told, and changes nothing either.
    let preview = one(&old, &Container { exec_start: "/nix/store/b-start", ..old.clone() });
    assert_eq!(preview.skipped, Some(Skipped::RestartIfChanged));
}

#[test]
fn a_removed_one_is_stopped() {
    assert_eq!(switch(&[WEB], &[], &["web"])[0].effect, Effect::Stop);
    assert_eq!(switch(&[WEB], &[], &[])[0].effect, Effect::Gone);
}

#[test]
fn a_renamed_one_is_stopped_and_another_started() {
    let new = Container { name: "www", ..WEB };
    let effects: Vec<_> =
        switch(&[WEB], &[new], &["web"]).iter().map(|p| (p.name.clone(), p.effect)).collect();
    assert_eq!(effects, [("web".to_owned(), Effect::Stop), ("www".to_owned(), Effect::Start)]);
}

#[test]
fn a_new_one_is_started_with_auto_start_only() {
    assert_eq!(switch(&[], &[WEB], &[])[0].effect, Effect::Start);
    let manual = Container { auto_start: false, ..WEB };
    assert_eq!(switch(&[], &[manual], &[])[0].effect, Effect::New);
}

#[test]
fn one_that_was_stopped_by_hand_is_started_by_any_switch() {
    assert_eq!(switch(&[WEB], &[WEB], &[])[0].effect, Effect::Start);
    let manual = Container { auto_start: false, ..WEB };
    assert_eq!(switch(from_ref(&manual), from_ref(&manual), &[])[0].effect, Effect::Keep);
    let other = Container { system: "/nix/store/b-web", ..manual.clone() };
    assert_eq!(switch(&[manual], &[other], &[])[0].effect, Effect::Later);
}

#[test]
fn turning_auto_start_on_or_off_changes_the_unit() {
    let manual = Container { auto_start: false, ..WEB };
    assert_eq!(one(&manual, &WEB).effect, Effect::StopAndStart);
    let off = one(&WEB, &manual);
    assert_eq!((off.effect, off.skipped), (Effect::Stale, Some(Skipped::RestartIfChanged)));
}

#[test]
fn imperative_ones_are_skipped() {
    let host = |exec_start: &str| {
        let text = format!("[Service]\nExecStart={exec_start}\nX-RestartIfChanged=false\n");
        let mut system = System::default();
        system.units.insert(TEMPLATE.to_owned(), Unit::parse([text.as_str()]));
        system.confs.insert("mine".to_owned(), conf("PRIVATE_NETWORK=1\n"));
        system
    };
    let active = BTreeSet::from(["container@mine.service"]);
    let same = preview(&host("/a"), &host("/a"), &active);
    assert_eq!(same[0].effect, Effect::Keep);
    let changed = preview(&host("/a"), &host("/b"), &active);
    assert_eq!(changed[0].effect, Effect::Stale);
    assert_eq!(changed[0].skipped, Some(Skipped::RestartIfChanged));
}

#[test]
fn one_that_runs_from_somewhere_else_is_not_touched() {
    let active = BTreeSet::from(["container@web.service", "machines.target"]);
    let all = preview(&System::default(), &system(&[WEB]), &active);
    assert_eq!((all[0].effect, all[0].is_running), (Effect::Stale, true));
    // Nor one that no system has.
    let all = preview(&System::default(), &System::default(), &active);
    assert_eq!((all[0].effect, all[0].is_running), (Effect::Keep, true));
}

#[test]
fn an_imperative_one_that_is_declared_is_not_touched() {
    let text = "[Service]\nExecStart=/a\nX-RestartIfChanged=false\n";
    let mut old = System::default();
    old.units.insert(TEMPLATE.to_owned(), Unit::parse([text]));
    old.confs.insert("mine".to_owned(), conf("PRIVATE_NETWORK=1\n"));
    let mut new = old.clone();
    new.units.insert("container@mine.service".to_owned(), Unit::parse([text]));
    let active = BTreeSet::from(["container@mine.service"]);
    assert_eq!(preview(&old, &new, &active)[0].effect, Effect::Keep);
    let other = Unit::parse(["[Service]\nExecStart=/b\n"]);
    new.units.insert("container@mine.service".to_owned(), other);
    assert_eq!(preview(&old, &new, &active)[0].effect, Effect::Stale);
}

#[test]
fn a_masked_one_that_runs_is_compared_as_an_empty_unit() {
    let active = BTreeSet::from(["container@web.service"]);
    let mut masked = System::default();
    masked.masked.insert("container@web.service".to_owned());
    let effect = |old: &System, new: &System| preview(old, new, &active)[0].effect;
    assert_eq!(effect(&masked, &system(&[WEB])), Effect::StopAndStart);
    assert_eq!(effect(&masked, &masked), Effect::Stop);
    assert_eq!(effect(&system(&[WEB]), &masked), Effect::Stop);
}

/// Containers with a line of `[Unit]` each, which are started by hand.
fn with_lines(containers: &[(&str, &str, &str)]) -> System {
    let mut system = System::default();
    for (name, start, line) in containers {
        let text = format!("[Unit]\n{line}\n[Service]\nExecStart=/{start}\n");
        let unit = Unit::parse([text.as_str()]);
        system.units.insert(format!("container@{name}.service"), unit);
    }
    system
}

#[test]
fn what_needs_a_container_goes_with_it() {
    let host = |start| {
        with_lines(&[
            ("db", start, ""),
            ("web", "a", "Requires=container@db.service"),
            ("front", "a", "BindsTo=container@web.service"),
            ("after", "a", "After=container@db.service"),
        ])
    };
    let (old, mut new) = (host("a"), host("b"));
    let active = BTreeSet::from([
        "container@after.service",
        "container@db.service",
        "container@front.service",
        "container@web.service",
        "machines.target",
    ]);
    let effects = |new: &System| -> Vec<Effect> {
        preview(&old, new, &active).iter().map(|preview| preview.effect).collect()
    };
    // Nothing starts those again that no target wants.
    let stopped = [Effect::Keep, Effect::StopAndStart, Effect::Stop, Effect::Stop];
    assert_eq!(effects(&new), stopped);
    new.wants.link("machines.target", "container@web.service");
    let started = [Effect::Keep, Effect::StopAndStart, Effect::Stop, Effect::StopAndStart];
    assert_eq!(effects(&new), started);
    let web = &preview(&old, &new, &active)[3];
    let follows = web.follows.as_ref().unwrap();
    assert_eq!((&*follows.unit, &*follows.root), ("container@db.service", "container@db.service"));
    assert_eq!(follows.because[0].key, "ExecStart");
    let front = preview(&old, &new, &active)[2].follows.clone().unwrap();
    assert_eq!((&*front.unit, &*front.root), ("container@web.service", "container@db.service"));
}

#[test]
fn a_link_says_as_much_as_a_line() {
    let mut old = with_lines(&[("db", "a", ""), ("web", "a", "")]);
    old.wants.require("container@web.service", "container@db.service");
    let new = with_lines(&[("db", "b", ""), ("web", "a", "")]);
    let active = BTreeSet::from(["container@db.service", "container@web.service"]);
    let effects: Vec<Effect> =
        preview(&old, &new, &active).iter().map(|preview| preview.effect).collect();
    assert_eq!(effects, [Effect::StopAndStart, Effect::Stop]);
}

#[test]
fn what_is_started_starts_what_it_wants() {
    let host = |start| {
        with_lines(&[("db", "a", ""), ("web", start, "Wants=container@db.service"), ("x", "a", "")])
    };
    let active = BTreeSet::from(["container@web.service"]);
    let effects: Vec<Effect> =
        preview(&host("a"), &host("b"), &active).iter().map(|preview| preview.effect).collect();
    assert_eq!(effects, [Effect::Start, Effect::StopAndStart, Effect::Keep]);
}

#[test]
fn a_unit_that_can_not_be_read_ends_the_switch() {
    let mut broken = system(&[WEB]);
    broken.units.insert("container@web.service".to_owned(), Unit::parse(["[Service]\nA=\"open"]));
    let active = BTreeSet::from(["container@web.service"]);
    assert!(preview(&system(&[WEB]), &broken, &active)[0].unreadable.is_some());
}

#[test]
fn every_way_of_writing_a_conf_is_read() {
    // As nixos-container writes it, and as the NixOS module does.
    let imperative = "PRIVATE_NETWORK=1\nHOST_ADDRESS=10.233.1.1\nHOST_BRIDGE=\n";
    let declared = "SYSTEM_PATH=/nix/store/x\n\n\nPRIVATE_USERS=no\nINTERFACES=\"eth1 eth2\"\n";
    // By hand, as systemd takes it.
    let others = "# KEY=no\n  ; KEY=no\nEXTRA='a \"b\"'\n";
    let conf = conf(&format!("{imperative}{declared}{others}"));
    let get = |key: &str| conf.get(key).map(String::as_str);
    assert_eq!(get("HOST_ADDRESS"), Some("10.233.1.1"));
    assert_eq!(get("HOST_BRIDGE"), Some(""));
    assert_eq!(get("INTERFACES"), Some("eth1 eth2"));
    assert_eq!(get("SYSTEM_PATH"), Some("/nix/store/x"));
    assert_eq!(get("EXTRA"), Some("a \"b\""));
    assert_eq!(conf.len(), 7);
}
