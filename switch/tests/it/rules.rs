//! What happens to a unit that is active.

use conex_switch::{Comparison, Decision, Skipped, Unit, compare, decide, files};

fn unit(text: &str) -> Unit {
    Unit::parse([text]).unwrap()
}

#[track_caller]
fn compares(old: &str, new: &str, expected: Comparison) {
    assert_eq!(compare(&unit(old), &unit(new)).0, expected, "{old}\n---\n{new}");
}

#[track_caller]
fn decides(name: &str, old: &str, new: &str, expected: Decision) {
    assert_eq!(decide(name, &unit(old), Some(&unit(new))).0, expected, "{old}\n---\n{new}");
}

const SERVICE: &str = "[Unit]\nDescription=a\n[Service]\nExecStart=/bin/a\n";

#[test]
fn what_changes_nothing_for_a_running_unit_is_ignored() {
    for key in [
        "Description",
        "Documentation",
        "OnFailure",
        "OnSuccess",
        "OnFailureJobMode",
        "IgnoreOnIsolate",
        "StopWhenUnneeded",
        "RefuseManualStart",
        "RefuseManualStop",
        "AllowIsolate",
        "CollectMode",
        "SourcePath",
    ] {
        let (with, other) =
            (format!("{SERVICE}[Unit]\n{key}=x"), format!("{SERVICE}[Unit]\n{key}=y"));
        compares(SERVICE, &with, Comparison::Equal);
        compares(&with, SERVICE, Comparison::Equal);
        compares(&with, &other, Comparison::Equal);
        // Only in its own section.
        let elsewhere = format!("{SERVICE}{key}=x");
        compares(SERVICE, &elsewhere, Comparison::Restart);
    }
    compares(SERVICE, &format!("{SERVICE}[Install]\nWantedBy=x.target"), Comparison::Equal);
    compares("[Service]\nA=1", "[Unit]\nDescription=x\n[Service]\nA=1", Comparison::Equal);
    compares("[Unit]\nDescription=x\n[Service]\nA=1", "[Service]\nA=1", Comparison::Equal);
}

#[test]
fn everything_else_changes_the_unit() {
    compares(SERVICE, "[Unit]\nDescription=a\n[Service]\nExecStart=/bin/b\n", Comparison::Restart);
    compares(SERVICE, "[Unit]\nDescription=a\n", Comparison::Restart);
    compares("[Unit]\nDescription=a\n", SERVICE, Comparison::Restart);
    compares(SERVICE, &format!("{SERVICE}User=x"), Comparison::Restart);
    compares(&format!("{SERVICE}User=x"), SERVICE, Comparison::Restart);
    compares(SERVICE, &format!("{SERVICE}[Unit]\nAfter=x.service"), Comparison::Restart);
    compares(SERVICE, &format!("{SERVICE}[Unit]\nX-Restart-Triggers=x"), Comparison::Restart);
    compares("[Service]\nA=1\nA=2", "[Service]\nA=2\nA=1", Comparison::Restart);
}

#[test]
fn some_changes_ask_for_a_reload_only() {
    let with = |line: &str| format!("{SERVICE}{line}");
    compares(SERVICE, &with("[Unit]\nX-Reload-Triggers=a"), Comparison::Reload);
    compares(
        &with("[Unit]\nX-Reload-Triggers=a"),
        &with("[Unit]\nX-Reload-Triggers=b"),
        Comparison::Reload,
    );
    compares(&with("[Unit]\nX-Reload-Triggers=a"), SERVICE, Comparison::Equal);
    compares(&with("ExecReload=a"), &with("ExecReload=b"), Comparison::Reload);
    compares(&with("ExecReload=a"), SERVICE, Comparison::Equal);
    compares("[Mount]\nOptions=ro", "[Mount]\nOptions=rw", Comparison::Reload);
    compares("[Mount]\nWhat=x", "[Mount]\nWhat=x\nOptions=rw", Comparison::Restart);
    // The most counts.
    compares(&with("ExecReload=a\nUser=x"), &with("ExecReload=b\nUser=y"), Comparison::Restart);
}

#[test]
fn drop_ins_add_and_an_empty_value_takes_away() {
    let with = |drop_in| Unit::parse([SERVICE, drop_in]).unwrap();
    assert_eq!(compare(&unit(SERVICE), &with("[Service]\nExecStart=")).0, Comparison::Restart);
    let replaced = with("[Service]\nExecStart=\nExecStart=/bin/a");
    assert_eq!(compare(&unit(SERVICE), &replaced).0, Comparison::Equal);
    let twice = with("[Service]\nExecStart=/bin/a");
    assert_eq!(compare(&unit(SERVICE), &twice).0, Comparison::Restart);
}

#[test]
fn values_are_read_as_nixos_reads_them() {
    compares("[Service]\nEnvironment=\"A=1 2\"", "[Service]\nEnvironment=A=1 2", Comparison::Equal);
    compares("[Service]\n# x\nA = 1 \n; y", "[Service]\nA=1", Comparison::Equal);
    // Escapes are systemd's.
    let device = "[Unit]\nAfter=dev-disk-by\\x2dlabel-root.device\n";
    assert_eq!(unit(device).values("Unit", "After"), ["dev-disk-by\\x2dlabel-root.device"]);
    let error = Unit::parse(["[Service]\nA=\"open"]).unwrap_err();
    assert_eq!(error.line, 2, "{error}");
}

#[test]
fn a_changed_unit_says_itself_what_happens_to_it() {
    let new = |line: &str| format!("{SERVICE}User=x\n{line}");
    let decides = |line: &str, expected| decides("a.service", SERVICE, &new(line), expected);
    decides("", Decision::StopAndStart);
    decides("X-StopIfChanged=false", Decision::Restart);
    decides("X-ReloadIfChanged=true", Decision::Reload);
    decides("X-RestartIfChanged=false", Decision::Skip(Skipped::RestartIfChanged));
    decides("X-ReloadIfChanged=true\nX-RestartIfChanged=false", Decision::Reload);
    decides("[Unit]\nRefuseManualStop=true", Decision::Skip(Skipped::RefuseManualStop));
    decides("[Unit]\nX-OnlyManualStart=1", Decision::Skip(Skipped::OnlyManualStart));
    // The last value counts, and only NixOS' words for true are true.
    decides("X-RestartIfChanged=false\nX-RestartIfChanged=yes", Decision::StopAndStart);
    decides("X-ReloadIfChanged=True", Decision::StopAndStart);
    // What the old unit said of that does not count.
    super::rules::decides(
        "a.service",
        &format!("{SERVICE}X-RestartIfChanged=false"),
        SERVICE,
        Decision::StopAndStart,
    );
}

#[test]
fn a_unit_that_did_not_change_is_kept_whatever_it_says() {
    let text = format!("{SERVICE}X-StopIfChanged=false");
    decides("a.service", &text, &text, Decision::Keep);
    decides(
        "a.service",
        &format!("{SERVICE}ExecReload=a"),
        &format!("{SERVICE}ExecReload=b"),
        Decision::Reload,
    );
}

#[test]
fn kinds_of_units_have_rules_of_their_own() {
    let (old, new) = ("[Unit]\nAfter=a.service", "[Unit]\nAfter=b.service");
    for (name, expected) in [
        ("a.timer", Decision::Restart),
        ("srv.mount", Decision::Restart),
        ("-.mount", Decision::Reload),
        ("nix.mount", Decision::Reload),
        ("a.socket", Decision::Skip(Skipped::Kind)),
        ("a.slice", Decision::Skip(Skipped::Kind)),
        ("multi-user.target", Decision::Keep),
    ] {
        decides(name, old, new, expected);
    }
}

#[test]
fn a_unit_that_is_gone_or_masked_is_stopped() {
    let decides = |text: &str| decide("a.service", &unit(text), None).0;
    assert_eq!(decides(SERVICE), Decision::Stop);
    let stays = format!("{SERVICE}[Unit]\nX-StopOnRemoval=false");
    assert_eq!(decides(&stays), Decision::Skip(Skipped::StopOnRemoval));
    // systemd does not stop it, whatever NixOS asks for.
    let refuses = format!("{SERVICE}[Unit]\nRefuseManualStop=true");
    assert_eq!(decides(&refuses), Decision::Skip(Skipped::RefuseManualStop));
    let changed = decide("a.service", &unit(&refuses), Some(&unit("[Service]\nExecStart=/b"))).0;
    assert_eq!(changed, Decision::Skip(Skipped::RefuseManualStop));
}

#[test]
fn an_instance_is_its_template_if_it_has_no_file() {
    let all = |(file, drop_ins): (String, Vec<String>)| (file, drop_ins.join(" "));
    assert_eq!(
        all(files("container@web.service", |_| false)),
        (
            "container@.service".to_owned(),
            "container@.service.d container@web.service.d".to_owned()
        )
    );
    assert_eq!(
        all(files("container@web.service", |name| name == "container@web.service")),
        ("container@web.service".to_owned(), "container@web.service.d".to_owned())
    );
    assert_eq!(all(files("a.service", |_| false)), ("a.service".into(), "a.service.d".into()));
    // As NixOS' pattern has it.
    assert_eq!(files("container@a.b.service", |_| false).0, "container@a.b.service");
}
