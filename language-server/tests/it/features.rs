//! What can be asked about a text; `$0` marks the place in it.

use serde_json::{Value, json};

use crate::editor::{Editor, editor};

const FILE: &str = "configuration.nix";

/// The text without its mark, and where that was.
fn unmarked(marked: &str) -> (String, u32, u32) {
    let at = marked.find("$0").expect("no mark");
    let before = &marked[..at];
    let line = before.matches('\n').count();
    let column = before.len() - before.rfind('\n').map_or(0, |newline| newline + 1);
    (marked.replacen("$0", "", 1), u32::try_from(line).unwrap(), u32::try_from(column).unwrap())
}

/// An editor with a configuration open in which all was found out, and the
/// place of the mark.
fn opened(marked: &str, good: Option<&str>, files: &[(&str, &str)]) -> (Editor, Value) {
    let (text, line, column) = unmarked(marked);
    let good = good.unwrap_or(&text);
    let options = json!({ "inlayHints": { "enable": true }, "formatting": { "command": "rev" } });
    let mut all = vec![(FILE, good)];
    all.extend(files);
    let mut editor = editor().options(options).start(&all);
    editor.open(FILE, good);
    editor.diagnostics_of(FILE, 1);
    if good != text {
        editor.replace(FILE, 2, &text);
        editor.diagnostics_of(FILE, 2);
    }
    editor.ignore_pushed();
    let at = editor.at(FILE, line, column);
    (editor, at)
}

fn ask(method: &str, marked: &str) -> Value {
    let (mut editor, at) = opened(marked, None, &[]);
    let answer = editor.request(&format!("textDocument/{method}"), at).unwrap();
    editor.end();
    answer
}

fn hover(marked: &str) -> String {
    ask("hover", marked)["contents"]["value"].as_str().unwrap_or("nothing").to_owned()
}

#[track_caller]
fn check_hover(marked: &str, expected: &[&str]) {
    let found = hover(marked);
    for part in expected {
        assert!(found.contains(part), "{part:?} is not in:\n{found}");
    }
}

#[test]
fn hover_tells_what_an_option_is_and_what_it_is_here() {
    let text =
        "{\n  containers.web = { path = \"/s\"; host$0Address = \"10.0.0.\" + \"1\"; };\n}\n";
    check_hover(
        text,
        &[
            "**containers.web.hostAddress**",
            "The IPv4 address of the host's end",
            "*type:* null or string",
            "*default:* `null`",
            "*declared at:* `<nixos-modules/containers.nix>",
            "*a change:* live",
            "Its value:\n```nix\n\"10.0.0.1\"\n```",
        ],
    );
}

#[test]
fn hover_finds_options_wherever_they_are_set() {
    check_hover("{ config.containers.web.auto$0Start = true; }", &["containers.web.autoStart**"]);
    check_hover("{ systemd.containers.web.auto$0Start = true; }", &["containers.web.autoStart**"]);
    check_hover(
        "{ lib, ... }: { containers = lib.mkIf true { web = lib.mkMerge [ { auto$0Start = true; } ]; }; }",
        &["containers.web.autoStart**", "Its value:\n```nix\ntrue"],
    );
    check_hover(
        "{ lib, ... }: { containers = lib.genAttrs [ \"a\" ] (name: { auto$0Start = true; }); }",
        &["containers.<name>.autoStart**", "*type:* boolean"],
    );
    check_hover(
        "{ containers.web.forwardPorts = [ { hostPort = 1; } { host$0Port = 2; } ]; }",
        &["containers.web.forwardPorts.*.hostPort**", "Its value:\n```nix\n2\n```"],
    );
}

#[test]
fn hover_tells_what_functions_do() {
    let module = |value: &str| format!("{{ lib, ... }}: {{ containers.a.path = {value}; }}");
    check_hover(&module("lib.mk$0If true \"/s\""), &["mkIf :: bool -> a -> a", "lib.mkIf = a"]);
    check_hover(&module("lib.strings.concat$0Lines [ ]"), &["each with a newline behind it"]);
    // Of the scope around a set, and from one set to the next.
    check_hover(&module("lib.strings.escape$0 [ ]"), &["`escape :: "]);
    check_hover(&module("lib.any$0 x [ ]"), &["`any predicate list`: Whether"]);
    check_hover(&module("builtins.elem$0At [ ] 0"), &["`elemAt list index`: The element"]);
    check_hover(&module("to$0String 1"), &["`toString value`: The value as a text"]);
    check_hover(&module("with lib; op$0tionalString true"), &["if the condition holds"]);
    let own = "let\n  f = {\n    # Adds one.\n    inc = x: x + 1;\n  };\nin { containers.a.path = f.in$0c 1; }";
    check_hover(own, &["Adds one."]);
}

#[test]
fn functions_of_nixpkgs_are_documented_by_its_own_comments() {
    let library = "{ lists = import ./lists.nix; inherit (import ./lists.nix) other; inherit (lists) twice; x = 1; }";
    let library = format!("rec {library}");
    let lists = "{\n  /**\n    Takes a list twice.\n\n    # Type\n    ```\n    twice :: [a] -> [a]\n    ```\n  */\n  twice = list: list ++ list;\n  other = 1;\n}";
    let files = [("nixpkgs/lib/default.nix", &*library), ("nixpkgs/lib/lists.nix", lists)];
    let (text, line, column) =
        unmarked("{ lib, ... }: { containers.a.path = lib.tw$0ice \"/s\"; }");
    let mut editor = editor().nixpkgs("nixpkgs").start(&files);
    editor.open(FILE, &text);
    editor.diagnostics_of(FILE, 1);
    let at = editor.at(FILE, line, column);
    let hover = editor.request("textDocument/hover", at.clone()).unwrap();
    let text = hover["contents"]["value"].as_str().unwrap();
    assert!(text.contains("Takes a list twice.\n\n# Type\n```\ntwice ::"), "{text}");
    let items = editor.request("textDocument/completion", at).unwrap();
    let items = items["items"].as_array().unwrap();
    let twice = items.iter().find(|item| item["label"] == "twice").unwrap();
    assert!(twice["documentation"]["value"].as_str().unwrap().contains("Takes a list twice."));
    editor.ignore_pushed();
    editor.end();
}

#[test]
fn options_of_nixos_complete_as_they_are_called_elsewhere() {
    let host = "{ imports = [ ./db.nix ./declared.nix ]; services.openssh.enable = true; containers.web.config = ./web.nix; }";
    let db = "{ containers.db.config = { lib, ... }: { services.postgresql.enable = true; services.postgresql.port = 5; services.openssh.port = 1; }; }";
    let declared =
        "{ lib, ... }: { options.my.site.name = lib.mkOption { type = lib.types.str; }; }";
    let web = "{ services.nginx.enable = true; }";
    let files = [("db.nix", db), ("declared.nix", declared), ("web.nix", web)];
    let check = |marked: &str, expected: &[(&str, &str)]| {
        let items = complete(marked, host, &files);
        let found: Vec<_> = items
            .iter()
            .map(|item| (item["label"].as_str().unwrap(), item["detail"].as_str().unwrap_or("")))
            .collect();
        for one in expected {
            assert!(found.contains(one), "{one:?} is not among {found:?}");
        }
        found.iter().map(|(label, _)| (*label).to_owned()).collect::<Vec<_>>().join(" ")
    };
    let with = |text: &str| host.replace("services.openssh.enable = true;", text);
    // What the host, other containers and the files of systems call them.
    let services = [
        ("openssh", "used in db.nix"),
        ("postgresql", "used in db.nix"),
        ("nginx", "used in web.nix"),
    ];
    assert_eq!(check(&with("services.$0"), &services), "nginx openssh postgresql");
    assert_eq!(
        check(&with("containers.new.config.services = { $0 };"), &services),
        "nginx openssh postgresql"
    );
    assert_eq!(
        check(
            &with("containers.new.config = { pkgs, ... }: { services.postgresql.$0 };"),
            &[("enable", "used in db.nix"), ("port", "used in db.nix"),]
        ),
        "enable port"
    );
    // In the same file, too, but not what stands beside it.
    let beside =
        "containers.a.config.time.timeZone = \"UTC\"; containers.b.config.time = { x = 1; $0 };";
    assert_eq!(check(&with(beside), &[("timeZone", "used in configuration.nix")]), "timeZone");
    check(&with("my.site.$0"), &[("name", "used in declared.nix")]);
    check(
        &with("$0"),
        &[("services", "used in db.nix and 1 more"), ("my", "used in declared.nix")],
    );
    // What conex declares is not asked elsewhere.
    check_complete("{ containers.web.$0 }", &["autoStart"], &["services"]);
}

/// With the `lib` of a real nixpkgs, if one is named.
#[test]
fn most_functions_of_a_real_nixpkgs_are_documented() {
    let Ok(lib) = std::env::var("CONEX_NIXPKGS_LIB") else {
        return eprintln!("skipped: CONEX_NIXPKGS_LIB does not name nixpkgs' lib");
    };
    let nixpkgs = std::path::Path::new(&lib).parent().unwrap();
    let (text, line, column) = unmarked("{ lib, ... }: { containers.a.path = lib.$0x; }");
    let mut editor = editor().nixpkgs(nixpkgs.to_str().unwrap()).start(&[]);
    editor.open(FILE, &text);
    let at = editor.at(FILE, line, column);
    let begin = std::time::Instant::now();
    let items = editor.request("textDocument/completion", at).unwrap();
    let items = items["items"].as_array().unwrap();
    let functions = items.iter().filter(|item| item["kind"] == 3);
    let (documented, silent): (Vec<_>, Vec<_>) =
        functions.partition(|item| item["documentation"]["value"].is_string());
    eprintln!(
        "{} functions, {} without documentation, in {:?}: {:?}",
        documented.len(),
        silent.len(),
        begin.elapsed(),
        silent.iter().map(|item| item["label"].as_str().unwrap()).collect::<Vec<_>>()
    );
    assert!(documented.len() > 400 && silent.len() < documented.len() / 10);
    editor.ignore_pushed();
    editor.end();
}

#[test]
fn functions_complete_with_what_they_do() {
    for (marked, label, expected) in [
        ("{ lib, ... }: { containers = lib.mk$0 }", "mkForce", "overrides ordinary ones"),
        ("{ lib, ... }: { containers = lib.strings.$0 }", "toLower", "`toLower :: string"),
        ("{ containers = builtins.$0 }", "foldl'", "Combines all elements from the left"),
        ("{ containers.a.path = $0 }", "toString", "The value as a text"),
    ] {
        let (mut editor, at) = opened(marked, Some("{ }"), &[]);
        let found = editor.request("textDocument/completion", at).unwrap();
        let items = found["items"].as_array().unwrap();
        let item = items.iter().find(|item| item["label"] == label).unwrap();
        let text = item["documentation"]["value"].as_str().unwrap_or_default();
        assert!(text.contains(expected), "{marked}: {text}");
        editor.end();
    }
}

#[test]
fn hover_tells_what_is_set_of_a_container() {
    check_hover(
        "{ containers.we$0b = { path = \"/s\"; hostAddress = \"10.0.0.${toString 1}\"; }; }",
        &["**containers.web**: a container", "hostAddress = \"10.0.0.1\";\n  path = \"/s\";"],
    );
}

#[test]
fn hover_tells_what_is_read_and_what_variables_are() {
    let text = "{ config, lib, ... }:\nlet base = \"10.0.\"; number = 2 + 3; in\n{\n  containers.web = { path = \"/s\"; autoStart = true; hostAddress = USE; };\n}\n";
    let with = |used: &str| text.replace("USE", used);
    check_hover(
        &with("config.containers.web.auto$0Start"),
        &["containers.web.autoStart**", "true"],
    );
    check_hover(&with("toString num$0ber"), &["`number`: a variable", "number = 5"]);
    check_hover(&with("ba$0se + lib.x"), &["base = \"10.0.\""]);
    check_hover(&with("con$0fig.x"), &["the merged values of all options"]);
    check_hover(&with("lib.mk$0If"), &["lib.mkIf = a function"]);
    check_hover(&with("let f = x: f x; endless = f 1; in end$0less"), &["endless = f 1;"]);
}

fn complete(marked: &str, good: &str, files: &[(&str, &str)]) -> Vec<Value> {
    let (mut editor, at) = opened(marked, Some(good), files);
    let answer = editor.request("textDocument/completion", at).unwrap();
    editor.end();
    answer["items"].as_array().unwrap().clone()
}

const GOOD: &str = "{ config, lib, ... }: { containers.web = { path = \"/s\"; autoStart = true; }; containers.\"b.c\".path = \"/s\"; }";

#[track_caller]
fn check_complete(marked: &str, expected: &[&str], absent: &[&str]) {
    let items = complete(marked, GOOD, &[("web.nix", "{ }"), ("dir/x.nix", "{ }")]);
    let labels: Vec<_> = items.iter().map(|item| item["label"].as_str().unwrap()).collect();
    for label in expected {
        assert!(labels.contains(label), "{label} is not among {labels:?}");
    }
    for label in absent {
        assert!(!labels.contains(label), "{label} is among {labels:?}");
    }
}

#[test]
fn options_are_completed_wherever_they_can_be_set() {
    let all = ["autoStart", "hostAddress", "forwardPorts"];
    check_complete("{ containers.web.$0 }", &all, &["containers", "hostPort"]);
    check_complete("{ containers.web = { au$0 }; }", &all, &[]);
    check_complete(
        "{ containers.web = {\n  autoStart = true;\n  ho$0\n  path = \"/s\";\n}; }",
        &all[1..],
        &["autoStart", "path"],
    );
    check_complete(
        "{ containers.web.forwardPorts = [ { $0 } ]; }",
        &["hostPort", "protocol"],
        &["autoStart"],
    );
    check_complete("{ containers.web.bindMounts.\"/data\".$0 }", &["hostPath", "isReadOnly"], &[]);
    check_complete("{ con$0 }", &["containers"], &["autoStart"]);
    check_complete("{ containers.web.a$0 = true; }", &["autoStart"], &[]);
}

#[test]
fn values_are_completed() {
    check_complete("{ containers.web.autoStart = $0 }", &["true", "false"], &["null"]);
    check_complete("{ containers.web.autoStart = t$0; }", &["true", "false"], &[]);
    check_complete(
        "{ containers.web.forwardPorts = [ { protocol = $0; } ]; }",
        &["\"tcp\"", "\"udp\""],
        &[],
    );
    check_complete(
        "{ containers.web.forwardPorts = [ { protocol = \"$0\"; } ]; }",
        &["tcp", "udp"],
        &[],
    );
    check_complete("{ containers.web.dependsOn = [ \"$0\" ]; }", &["web"], &[]);
    check_complete("{ containers.web.dependsOn = [ $0 ]; }", &["web"], &[]);
    check_complete("{ imports = [ ./$0 ]; }", &["web.nix", "dir"], &[".git"]);
    check_complete("{ imports = [ ./dir/$0 ]; }", &["x.nix"], &["web.nix"]);
    check_complete("{ containers.web.bindMounts.x.hostPath = \"/pro$0\"; }", &["proc"], &["etc"]);
}

#[test]
fn attributes_and_variables_are_completed() {
    check_complete("{ lib, ... }: { containers = lib.mk$0 }", &["mkIf", "mkForce"], &["autoStart"]);
    check_complete("{ config, ... }: { x = config.containers.$0; }", &["web", "b.c"], &[]);
    check_complete("{ config, ... }: { x = config.containers.web.$0; }", &["autoStart"], &[]);
    check_complete("let set = { one = 1; two = { }; }; in { x = set.$0; }", &["one", "two"], &[]);
    check_complete("let variable = 1; in { x = var$0; }", &["variable", "builtins"], &[]);
}

#[test]
fn a_completed_option_replaces_what_was_typed_and_is_documented() {
    let items = complete("{ containers.web.autoS$0 }", GOOD, &[]);
    let item = items.iter().find(|item| item["label"] == "autoStart").unwrap();
    assert_eq!(item["textEdit"]["newText"], "autoStart");
    assert_eq!(item["textEdit"]["range"]["start"], json!({ "line": 0, "character": 17 }));
    assert_eq!(item["textEdit"]["range"]["end"], json!({ "line": 0, "character": 22 }));
    assert_eq!(item["detail"], "boolean");
    assert!(item["documentation"]["value"].as_str().unwrap().contains("*default:* `false`"));
}

/// The targets as `name line:column`.
fn targets(answer: &Value) -> Vec<String> {
    let locations = answer.as_array().unwrap().iter();
    let shown = locations.map(|location| {
        let name = location["uri"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let start = &location["range"]["start"];
        format!("{name} {}:{}", start["line"], start["character"])
    });
    shown.collect()
}

#[track_caller]
fn check_definition(marked: &str, expected: &[&str]) {
    let files = [
        ("web.nix", "{ lib, ... }:\n{ containers.web.hostAddress = lib.mkDefault \"10.0.0.1\"; }"),
        ("dir/default.nix", "{ }"),
    ];
    let (mut editor, at) = opened(marked, None, &files);
    let answer = editor.request("textDocument/definition", at).unwrap();
    editor.end();
    let found: Vec<_> =
        targets(&answer).into_iter().filter(|it| !it.starts_with("containers.nix")).collect();
    assert_eq!(found, expected);
    let declared = targets(&answer).iter().any(|it| it.starts_with("containers.nix"));
    assert_eq!(declared, marked.contains("containers.web.host"), "{answer}");
}

#[test]
fn definitions_are_gone_to() {
    check_definition("let a = 1; in\n{ x = $0a; }", &["configuration.nix 0:4"]);
    check_definition("let a = 1; in let a = 2; in { inherit $0a; }", &["configuration.nix 0:18"]);
    check_definition("{ imports = [ ./we$0b.nix ./dir ]; }", &["web.nix 0:0"]);
    check_definition("{ imports = [ ./web.nix ./d$0ir ]; }", &["default.nix 0:0"]);
    let both = "{ config, ... }: { imports = [ ./web.nix ]; networking.x = config.containers.web.host$0Address; }";
    check_definition(both, &["web.nix 1:45"]);
    check_definition(
        "{ imports = [ ./web.nix ]; containers.web.hostAdd$0ress6 = \"fc00::1\"; }",
        &[],
    );
    check_definition(
        "{ containers.web.path = \"/s\";\n  containers.db = { path = \"/s\"; dependsOn = [ \"we$0b\" ]; }; }",
        &["configuration.nix 0:17"],
    );
}

#[test]
fn references_are_all_uses_of_a_variable() {
    let text = "let $0a = 1; b = a; in { inherit a; c = { a }: a; d = \"${toString a}\"; }";
    let (mut editor, mut at) = opened(text, None, &[]);
    at["context"] = json!({ "includeDeclaration": true });
    let answer = editor.request("textDocument/references", at).unwrap();
    editor.end();
    let columns: Vec<_> =
        targets(&answer).iter().map(|it| it.rsplit(':').next().unwrap().to_owned()).collect();
    assert_eq!(columns, ["4", "15", "31", "64"]);
}

/// The text after the edits of an answer.
fn edited(text: &str, edits: &Value) -> String {
    let mut edits: Vec<_> = edits.as_array().unwrap().iter().collect();
    let start = |edit: &Value| {
        let at = |end: &str| {
            let at = &edit["range"][end];
            let line = usize::try_from(at["line"].as_u64().unwrap()).unwrap();
            let begin: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
            begin + usize::try_from(at["character"].as_u64().unwrap()).unwrap()
        };
        at("start")..at("end")
    };
    edits.sort_by_key(|edit| std::cmp::Reverse(start(edit).start));
    let mut text_now = text.to_owned();
    for edit in edits {
        text_now.replace_range(start(edit), edit["newText"].as_str().unwrap());
    }
    text_now
}

#[track_caller]
fn check_rename(marked: &str, expected: Result<&str, &str>) {
    let (mut editor, mut at) = opened(marked, None, &[]);
    at["newName"] = json!("new");
    let answer = editor.request("textDocument/rename", at);
    let uri = editor.uri(FILE);
    editor.end();
    match expected {
        Ok(expected) => {
            let text = unmarked(marked).0;
            assert_eq!(edited(&text, &answer.unwrap()["changes"][uri]), expected);
        }
        Err(expected) => {
            let (_, message) = answer.unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
    }
}

#[test]
fn variables_are_renamed_where_nothing_else_changes() {
    check_rename("let $0a = 1; in { b = a; }", Ok("let new = 1; in { b = new; }"));
    check_rename("let a = 1; in { inherit $0a; }", Ok("let new = 1; in { a = new; }"));
    check_rename(
        "let a = 1; b = 2; in { inherit $0a b; }",
        Ok("let new = 1; b = 2; in { inherit  b; a = new; }"),
    );
    check_rename("{ f = $0x: x + (x: x) 1; }", Ok("{ f = new: new + (x: x) 1; }"));
    check_rename(
        "let $0a.b = 1; a.c = 2; in { x = a; }",
        Ok("let new.b = 1; new.c = 2; in { x = new; }"),
    );
    check_rename("{ $0lib, ... }: { x = lib; }", Err("by which others call"));
    check_rename("rec { $0a = 1; b = a; }", Err("others may select"));
    check_rename("let $0a = 1; new = 2; in { x = a; }", Err("already"));
    check_rename("{ x = tr$0ue; }", Err("no variable here"));
}

#[test]
fn the_outline_has_the_definitions_as_they_lie() {
    let text = "$0let a = 1; in {\n  containers.web = { path = \"/s\"; };\n}\n";
    let answer = ask("documentSymbol", text);
    let shown = |symbol: &Value| format!("{} {}", symbol["name"].as_str().unwrap(), symbol["kind"]);
    let outer: Vec<_> = answer.as_array().unwrap().iter().map(shown).collect();
    assert_eq!(outer, ["a 13", "containers.web 2"]);
    assert_eq!(shown(&answer[1]["children"][0]), "path 7");
    assert_eq!(answer[1]["detail"], "container");
}

#[track_caller]
fn check_action(marked: &str, title: &str, expected: &str) {
    let (mut editor, at) = opened(marked, None, &[]);
    let range = json!({ "start": at["position"], "end": at["position"] });
    let params = json!({
        "textDocument": at["textDocument"], "range": range, "context": { "diagnostics": [] },
    });
    let answer = editor.request("textDocument/codeAction", params).unwrap();
    let uri = editor.uri(FILE);
    editor.end();
    let actions = answer.as_array().unwrap();
    let titles: Vec<_> = actions.iter().map(|action| &action["title"]).collect();
    let action = actions.iter().find(|action| action["title"] == title);
    let action = action.unwrap_or_else(|| panic!("{title} is not among {titles:?}"));
    assert_eq!(edited(&unmarked(marked).0, &action["edit"]["changes"][uri]), expected);
    assert_eq!(action["diagnostics"].as_array().unwrap().len(), 1);
}

#[test]
fn what_is_wrong_is_mended() {
    check_action(
        "{ containers.web = { path = \"/s\"; auto$0start = true; }; }",
        "rename to autoStart",
        "{ containers.web = { path = \"/s\"; autoStart = true; }; }",
    );
    check_action(
        "{ containers.w$0eb = { autoStart = true; }; }",
        "add path",
        "{ containers.web = { autoStart = true; path = \"\"; }; }",
    );
    check_action(
        "{\n  containers.w$0eb = {\n    autoStart = true;\n  };\n}\n",
        "add config",
        "{\n  containers.web = {\n    autoStart = true;\n    config = { };\n  };\n}\n",
    );
}

#[test]
fn what_is_missing_is_added_beside_what_has_no_set() {
    check_action(
        "{\n  containers.w$0eb.autoStart = true;\n}\n",
        "add path",
        "{\n  containers.web.autoStart = true;\n  containers.web.path = \"\";\n}\n",
    );
    check_action(
        "{ containers.web = { path = \"/s\"; privateNetwork = true; forwardPorts = [ $0{ containerPort = 3; } ]; }; }",
        "add hostPort",
        "{ containers.web = { path = \"/s\"; privateNetwork = true; forwardPorts = [ { containerPort = 3; hostPort = null; } ]; }; }",
    );
}

#[test]
fn computed_values_are_hinted_at() {
    let text = "{ lib, ... }:\n{\n  containers.web-frontend-production = {\n    path = \"/s\"; privateNetwork = true;\n    hostAddress = \"10.0.0.${toString 7}\";\n    localAddress = \"10.0.0.8\";\n  };\n}\n$0";
    let (mut editor, at) = opened(text, None, &[]);
    let range = json!({ "start": { "line": 0, "character": 0 }, "end": at["position"] });
    let params = json!({ "textDocument": at["textDocument"], "range": range });
    let answer = editor.request("textDocument/inlayHint", params).unwrap();
    editor.end();
    let hints: Vec<_> = answer
        .as_array()
        .unwrap()
        .iter()
        .map(|hint| {
            format!(
                "{}:{} {}",
                hint["position"]["line"],
                hint["position"]["character"],
                hint["label"].as_str().unwrap()
            )
        })
        .collect();
    // The name of the interface is NixOS' (a hash of the container's name).
    let interface = conex_model::interface_name("web-frontend-production");
    assert_eq!(hints, [format!("2:36 {interface}"), "4:40 = \"10.0.0.7\"".to_owned()]);
}

#[test]
fn a_lens_plans_a_container() {
    let (mut editor, at) = opened("{ $0containers.web.path = \"/s\"; }", None, &[]);
    let lenses = editor.request("textDocument/codeLens", at).unwrap();
    let command = &lenses[0]["command"];
    assert_eq!(command["title"], "what would change");
    let params = json!({ "command": command["command"], "arguments": command["arguments"] });
    // What is typed counts, saved or not.
    let typed = "{ containers.web.path = \"/other\"; }";
    editor.replace(FILE, 2, typed);
    let plan = editor.request("workspace/executeCommand", params).unwrap();
    let path = editor.path(FILE).display().to_string();
    let texts = json!({ path.as_str(): typed });
    let expected = format!("the plan of containers.web in {path}\n{texts}");
    assert_eq!(plan, expected.as_str());
    assert_eq!(editor.wait_for_notification("window/showMessage")["message"], expected.as_str());
    editor.end();
}

#[test]
fn a_formatter_is_run_if_there_is_one() {
    // `rev` turns each line around.
    let (mut editor, at) = opened("$0}{\n", None, &[]);
    let mut params = json!({ "textDocument": at["textDocument"] });
    params["options"] = json!({ "tabSize": 2, "insertSpaces": true });
    let edits = editor.request("textDocument/formatting", params.clone()).unwrap();
    assert_eq!(edited("}{\n", &edits), "{}\n");
    let missing = json!({ "settings": { "formatting": { "command": "no-such-formatter" } } });
    editor.notify("workspace/didChangeConfiguration", missing);
    let (_, message) = editor.request("textDocument/formatting", params).unwrap_err();
    assert_eq!(message, "no-such-formatter is not installed");
    editor.end();
}
