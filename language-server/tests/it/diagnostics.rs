//! Findings in the editor.

use serde_json::{Value, json};

use crate::editor::{Editor, editor, shown};

const GOOD: &str = "{\n  containers.web = { path = \"/system\"; autoStart = true; };\n}\n";
const BAD: &str = "{\n  containers.web = { path = \"/system\"; autostart = true; };\n}\n";
const UNKNOWN: &str = "error unknown-option 1:39-1:48";

#[test]
fn a_mistake_shows_while_it_is_typed_and_goes_when_it_is_mended() {
    let mut editor = editor().start(&[("configuration.nix", GOOD)]);
    editor.open_file("configuration.nix");
    assert!(editor.diagnostics_of("configuration.nix", 1).is_empty());
    let start = json!({ "line": 1, "character": 43 });
    let end = json!({ "line": 1, "character": 44 });
    let change = |text| json!([{ "range": { "start": start, "end": end }, "text": text }]);
    editor.change("configuration.nix", 2, change("s"));
    assert_eq!(editor.diagnostics_of("configuration.nix", 2), [UNKNOWN]);
    editor.change("configuration.nix", 3, change("S"));
    assert!(editor.diagnostics_of("configuration.nix", 3).is_empty());
    editor.end();
}

#[test]
fn changes_apply_one_after_the_other_and_full_texts_as_well() {
    let mut editor = editor().start(&[("configuration.nix", GOOD)]);
    editor.open("configuration.nix", "");
    let at = |line: u32| json!({ "line": line, "character": 0 });
    editor.change(
        "configuration.nix",
        2,
        json!([
            { "text": "{\n}\n" },
            { "range": { "start": at(1), "end": at(1) }, "text": "  nonsense\n" },
            { "range": { "start": at(1), "end": at(2) },
              "text": "  containers.web = { path = \"/system\"; autostart = true; };\n" },
        ]),
    );
    assert_eq!(editor.diagnostics_of("configuration.nix", 2), [UNKNOWN]);
    editor.ignore_pushed();
    editor.end();
}

#[test]
fn a_file_is_checked_as_part_of_the_host_that_imports_it() {
    let host = "{ imports = [ ./web.nix ];\n  containers.web.hostAddress = 5;\n}";
    let mut editor = editor()
        .start(&[("configuration.nix", host), ("web.nix", "{ containers.web.path = \"/s\"; }")]);
    editor.open_file("web.nix");
    assert_eq!(editor.diagnostics("configuration.nix"), ["error wrong-type 1:31-1:32"]);
    assert!(editor.diagnostics_of("web.nix", 1).is_empty());
    // The text in the editor counts, not the one on the disk.
    editor.replace("web.nix", 2, "{ containers.web.pathh = \"/s\"; }");
    assert_eq!(editor.diagnostics_of("web.nix", 2), ["error unknown-option 0:17-0:22"]);
    editor.ignore_pushed();
    // Closed, it is that on the disk again.
    editor.close("web.nix");
    assert!(editor.diagnostics("web.nix").is_empty());
    editor.ignore_pushed();
    editor.end();
}

#[test]
fn a_file_that_no_host_imports_is_checked_by_itself() {
    let files = [("configuration.nix", GOOD), ("package.nix", "{ }")];
    let mut editor = editor().start(&files);
    editor.open("package.nix", "{ foo }: let unused = 1; in nothing\n");
    assert_eq!(
        editor.diagnostics("package.nix"),
        [
            "warning unused-argument 0:2-0:5",
            "warning unused-variable 0:13-0:19",
            "error undefined-variable 0:28-0:35"
        ],
    );
    // As soon as one does, it is part of that.
    editor.open("configuration.nix", "{ imports = [ ./package.nix ]; }");
    editor.replace("package.nix", 2, "{ containers.x.autostart = true; }");
    assert_eq!(editor.diagnostics_of("package.nix", 2)[0], "error unknown-option 0:15-0:24");
    editor.ignore_pushed();
    editor.end();
}

#[test]
fn a_module_without_any_host_is_one() {
    let mut editor = editor().start(&[]);
    editor.open("web.nix", BAD);
    assert_eq!(editor.diagnostics("web.nix"), [UNKNOWN]);
    editor.close("web.nix");
    assert!(editor.diagnostics("web.nix").is_empty());
    editor.end();
}

#[test]
fn without_a_folder_the_configuration_beside_a_file_counts() {
    let files = [("configuration.nix", "{ imports = [ ./web.nix ]; }"), ("web.nix", BAD)];
    let mut editor = editor().without_folder().start(&files);
    editor.open_file("web.nix");
    assert_eq!(editor.diagnostics_of("web.nix", 1), [UNKNOWN]);
    editor.ignore_pushed();
    editor.end();
}

#[test]
fn without_a_folder_the_configuration_of_the_repository_counts() {
    let host = "{ imports = [ ./hosts/web.nix ]; }";
    let files = [("configuration.nix", host), ("hosts/web.nix", BAD), (".git/HEAD", "")];
    let mut editor = editor().without_folder().start(&files);
    editor.open_file("hosts/web.nix");
    assert_eq!(editor.diagnostics_of("hosts/web.nix", 1), [UNKNOWN]);
    // It is a part of that host, whose mistakes show as well.
    editor.open("configuration.nix", "{ imports = [ ./hosts/web.nix ]; containers.web.a = 1; }");
    assert_eq!(editor.findings("configuration.nix"), ["error unknown-option 0:48-0:49"]);
    editor.ignore_pushed();
    editor.end();
}

#[test]
fn entries_come_from_options_or_from_conex_toml() {
    let files = [("hosts/a.nix", "{ imports = [ ../web.nix ]; }"), ("web.nix", BAD)];
    let mut by_option = editor().options(json!({ "entries": ["hosts/a.nix"] })).start(&files);
    by_option.open_file("web.nix");
    assert_eq!(by_option.diagnostics("web.nix"), [UNKNOWN]);
    by_option.ignore_pushed();
    by_option.end();

    let mut by_file =
        editor().start(&[&files[..], &[("conex.toml", "entries = [\"hosts/a.nix\"]")]].concat());
    by_file.open_file("web.nix");
    assert_eq!(by_file.diagnostics("web.nix"), [UNKNOWN]);
    by_file.ignore_pushed();
    by_file.end();
}

#[test]
fn all_hosts_of_a_flake_are_checked() {
    let flake = "{\n  outputs = { nixpkgs, ... }: {\n    nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = [ ./a.nix ]; };\n    nixosConfigurations.b = nixpkgs.lib.nixosSystem { modules = [ ./b.nix ]; };\n  };\n}\n";
    let mut editor = editor().start(&[("flake.nix", flake), ("a.nix", GOOD), ("b.nix", BAD)]);
    editor.open_file("a.nix");
    assert_eq!(editor.diagnostics("b.nix"), [UNKNOWN]);
    assert!(editor.diagnostics_of("a.nix", 1).is_empty());
    editor.replace("a.nix", 2, BAD);
    assert_eq!(editor.diagnostics_of("a.nix", 2), [UNKNOWN]);
    editor.end();
}

#[test]
fn half_typed_text_keeps_what_was_found_elsewhere() {
    let text = "{\n  containers.a.autostart = true;\n\n  containers.b.autostart = true;\n}\n";
    let mut editor = editor().start(&[("configuration.nix", text)]);
    editor.open_file("configuration.nix");
    let before = editor.diagnostics_of("configuration.nix", 1);
    assert!(before.contains(&"error unknown-option 3:15-3:24".to_owned()), "{before:?}");
    let typed = text.replace("\n\n", "\n  networking =\n\n");
    editor.replace("configuration.nix", 2, &typed);
    let while_typing = editor.diagnostics_of("configuration.nix", 2);
    assert!(while_typing.iter().any(|it| it.contains("syntax-error")), "{while_typing:?}");
    assert!(
        while_typing.contains(&"error unknown-option 1:15-1:24".to_owned()),
        "{while_typing:?}"
    );
    assert!(
        while_typing.contains(&"error unknown-option 4:15-4:24".to_owned()),
        "{while_typing:?}"
    );
    editor.end();
}

/// While all that changes is half-typed nothing is evaluated; what others
/// change meanwhile counts all the same.
#[test]
fn a_half_typed_file_does_not_hold_up_what_changes_elsewhere() {
    let host = "{ imports = [ ./web.nix ]; containers.b.autostart = true; }";
    let mut editor = editor().start(&[("configuration.nix", host), ("web.nix", GOOD)]);
    editor.open_file("configuration.nix");
    editor.open_file("web.nix");
    let of_host = ["error unknown-option 0:40-0:49"];
    assert_eq!(editor.diagnostics_of("configuration.nix", 1), of_host);
    assert!(editor.diagnostics_of("web.nix", 1).is_empty());
    for version in 2..5 {
        let typed = GOOD.replace("true;", &"(".repeat(version as usize));
        editor.replace("web.nix", version, &typed);
        let found = editor.diagnostics_of("web.nix", version);
        assert!(found.iter().all(|it| it.starts_with("error syntax-error")), "{found:?}");
        assert!(!found.is_empty());
    }
    // Another mistake in the host; what is found there stays where it is.
    editor.replace("configuration.nix", 2, &host.replace("imports", "\nimports"));
    let kept = editor.diagnostics_of("configuration.nix", 2);
    assert_eq!(kept, ["error unknown-option 1:38-1:47"]);
    // Nobody imports it any more: then it is no matter.
    editor.replace("configuration.nix", 3, "{ containers.b.autostart = 1; }");
    assert_eq!(editor.diagnostics_of("configuration.nix", 3), ["error unknown-option 0:15-0:24"]);
    editor.ignore_pushed();
    editor.replace("web.nix", 5, GOOD);
    assert!(editor.diagnostics_of("web.nix", 5).is_empty());
    editor.end();
}

#[test]
fn syntax_can_be_left_to_others() {
    let options = json!({ "conex": { "diagnostics": { "syntax": false } } });
    let mut editor = editor().options(options).start(&[]);
    editor.open("web.nix", "{ containers.x.autostart = let unused = 1; in true;");
    assert!(editor.diagnostics("web.nix").is_empty());
    editor.replace("web.nix", 2, "{ containers.x.autostart = true; }");
    assert_eq!(editor.diagnostics_of("web.nix", 2)[0], "error unknown-option 0:15-0:24");
    editor.end();
}

#[test]
fn columns_are_counted_as_the_editor_wants() {
    let text = "{ containers.x.\"\u{1f600}\u{e9}\" = true; }";
    for (encoding, end) in [("utf-8", 23), ("utf-16", 20), ("utf-32", 19)] {
        let capabilities = json!({ "general": { "positionEncodings": ["utf-99", encoding] } });
        let mut editor = editor().can(capabilities).start(&[]);
        assert_eq!(editor.capabilities["positionEncoding"], encoding);
        editor.open("web.nix", text);
        let found = editor.diagnostics("web.nix");
        assert!(found.contains(&format!("error unknown-option 0:15-0:{end}")), "{found:?}");
        editor.end();
    }
}

#[test]
fn who_pulls_is_not_pushed_to() {
    let capabilities = json!({
        "textDocument": { "diagnostic": {} },
        "workspace": { "diagnostics": { "refreshSupport": true } },
    });
    let host = "{ imports = [ ./web.nix ];\n  containers.web.path = \"/s\"; }";
    let files = [("configuration.nix", host), ("web.nix", "{ }")];
    let mut editor = editor().can(capabilities).start(&files);
    assert_eq!(editor.capabilities["diagnosticProvider"]["interFileDependencies"], true);
    editor.open_file("configuration.nix");
    editor.open_file("web.nix");
    let report = editor.pull("web.nix");
    assert_eq!((&report["kind"], &report["items"]), (&json!("full"), &json!([])));
    editor.replace("web.nix", 2, "{ containers.web.autostart = 1; }");
    let report = editor.pull("web.nix");
    assert_eq!(shown(&report["items"][0]), "error unknown-option 0:17-0:26");
    let previous = report["resultId"].clone();
    let params = json!({
        "textDocument": { "uri": editor.uri("web.nix") }, "previousResultId": previous,
    });
    let again = editor.request("textDocument/diagnostic", params).unwrap();
    assert_eq!(again["kind"], "unchanged");
    // What an edit of one file does to another one is asked for again.
    editor.pull("configuration.nix");
    editor.replace("configuration.nix", 2, "{ }");
    let refresh = editor.wait_for_request("workspace/diagnostic/refresh");
    editor.grant(refresh);
    assert_eq!(editor.pull("web.nix")["items"], json!([]));
    editor.end();
}

/// What a pull over all files answers: each file with its findings, or that it
/// is unchanged, and the result ids to send the next time.
fn pull_all(editor: &mut Editor, known: &Value) -> (Vec<String>, Value) {
    let params = json!({ "previousResultIds": known });
    let report = editor.request("workspace/diagnostic", params).unwrap();
    let (mut told, mut ids) = (Vec::new(), Vec::new());
    for item in report["items"].as_array().unwrap() {
        let name = item["uri"].as_str().unwrap().rsplit('/').next().unwrap();
        let found = match item["items"].as_array() {
            Some(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
            None => String::new(),
        };
        let kind = item["kind"].as_str().unwrap();
        told.push(format!("{name} {} {kind} {found}", item["version"]).trim_end().to_owned());
        ids.push(json!({ "uri": item["uri"], "value": item["resultId"] }));
    }
    (told, Value::Array(ids))
}

#[test]
fn all_files_can_be_asked_about_at_once() {
    let capabilities = json!({ "textDocument": { "diagnostic": {} } });
    let host = "{ imports = [ ./web.nix ./db.nix ./fine.nix ]; }";
    let files =
        [("configuration.nix", host), ("web.nix", BAD), ("db.nix", BAD), ("fine.nix", "{ }")];
    let mut editor = editor().can(capabilities).start(&files);
    assert_eq!(editor.capabilities["diagnosticProvider"]["workspaceDiagnostics"], true);
    // Nothing need be open.
    let (told, ids) = pull_all(&mut editor, &json!([]));
    let full = |name: &str, version: &str| format!("{name} {version} full {UNKNOWN}");
    assert_eq!(told, [full("db.nix", "null"), full("web.nix", "null")]);
    let (told, ids) = pull_all(&mut editor, &ids);
    assert_eq!(told, ["db.nix null unchanged", "web.nix null unchanged"]);
    // What is gone is told once, what came is told.
    editor.open("web.nix", "{ }");
    editor.open("fine.nix", BAD);
    let (told, ids) = pull_all(&mut editor, &ids);
    assert_eq!(told, ["db.nix null unchanged", &full("fine.nix", "1"), "web.nix 1 full"]);
    let (told, _) = pull_all(&mut editor, &ids);
    assert_eq!(told, ["db.nix null unchanged", "fine.nix 1 unchanged", "web.nix 1 unchanged"]);
    // An id of one way to ask is that of the other.
    let previous = &ids[1];
    let params = json!({
        "textDocument": { "uri": previous["uri"] }, "previousResultId": previous["value"],
    });
    assert_eq!(editor.request("textDocument/diagnostic", params).unwrap()["kind"], "unchanged");
    // What is no file is known to nobody.
    let (told, _) = pull_all(&mut editor, &json!([{ "uri": "untitled:1", "value": "1" }]));
    assert_eq!(told.len(), 2);
    editor.end();
}

#[test]
fn who_knows_everything_is_told_that_there_is_more() {
    let capabilities = json!({
        "textDocument": { "diagnostic": {} },
        "workspace": { "diagnostics": { "refreshSupport": true } },
    });
    let host = "{ imports = [ ./web.nix ]; }";
    let files = [("configuration.nix", host), ("web.nix", "{ }")];
    let mut editor = editor().can(capabilities).start(&files);
    editor.open_file("web.nix");
    assert!(pull_all(&mut editor, &json!([])).0.is_empty());
    editor.replace("web.nix", 2, BAD);
    let refresh = editor.wait_for_request("workspace/diagnostic/refresh");
    editor.grant(refresh);
    let (told, _) = pull_all(&mut editor, &json!([]));
    assert_eq!(told, [format!("web.nix 2 full {UNKNOWN}")]);
    editor.end();
}

#[test]
fn files_that_change_on_the_disk_are_looked_at() {
    let host = "{ imports = [ ./web.nix ]; }";
    let capabilities = json!({
        "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } },
    });
    let mut editor = editor().can(capabilities).start(&[("configuration.nix", host)]);
    let registration = editor.wait_for_request("client/registerCapability");
    assert_eq!(
        registration.params["registrations"][0]["method"],
        "workspace/didChangeWatchedFiles"
    );
    editor.grant(registration);
    editor.open_file("configuration.nix");
    assert_eq!(editor.diagnostics("configuration.nix"), ["error missing-file 0:14-0:23"]);
    editor.write("web.nix", BAD);
    let event = |kind| json!({ "changes": [{ "uri": editor.uri("web.nix"), "type": kind }] });
    editor.notify("workspace/didChangeWatchedFiles", event(1));
    assert!(editor.diagnostics("configuration.nix").is_empty());
    assert_eq!(editor.diagnostics("web.nix"), [UNKNOWN]);
    std::fs::remove_file(editor.path("web.nix")).unwrap();
    let event = json!({ "changes": [{ "uri": editor.uri("web.nix"), "type": 3 }] });
    editor.notify("workspace/didChangeWatchedFiles", event);
    assert_eq!(editor.diagnostics("configuration.nix"), ["error missing-file 0:14-0:23"]);
    assert!(editor.diagnostics("web.nix").is_empty());
    editor.end();
}

#[test]
fn several_folders_come_and_go() {
    let files = [("a/configuration.nix", BAD), ("b/configuration.nix", BAD)];
    let mut editor = editor().options(json!({})).without_folder().start(&files);
    let folder = |name: &str| json!({ "uri": editor.uri(name), "name": name });
    let both = json!({ "event": { "added": [folder("a"), folder("b")], "removed": [] } });
    let one = json!({ "event": { "added": [], "removed": [folder("b")] } });
    editor.notify("workspace/didChangeWorkspaceFolders", both);
    assert_eq!(editor.diagnostics("a/configuration.nix"), [UNKNOWN]);
    assert_eq!(editor.diagnostics("b/configuration.nix"), [UNKNOWN]);
    editor.notify("workspace/didChangeWorkspaceFolders", one);
    assert!(editor.diagnostics("b/configuration.nix").is_empty());
    editor.end();
}
