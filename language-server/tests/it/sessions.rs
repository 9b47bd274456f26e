//! What can go wrong in a session, and does not end it.

use conex_language_server::Ended;
use lsp_server::{ErrorCode, Message, Request};
use serde_json::{Value, json};

use crate::editor::editor;

#[test]
fn unknown_and_malformed_requests_are_refused() {
    let mut editor = editor().start(&[]);
    let (code, _) = editor.request("textDocument/nonsense", json!({})).unwrap_err();
    assert_eq!(code, ErrorCode::MethodNotFound as i32);
    let (code, _) = editor.request("textDocument/diagnostic", json!({ "a": 1 })).unwrap_err();
    assert_eq!(code, ErrorCode::InvalidParams as i32);
    editor.notify("textDocument/didOpen", json!([1, 2]));
    let logged = editor.wait_for_notification("window/logMessage");
    assert_eq!(logged["type"], 1);
    editor.notify("textDocument/nonsense", Value::Null);
    // A document that was never opened, a range that is nowhere, a file that
    // is none.
    let nowhere = json!({ "line": 9_999_999, "character": 9_999_999 });
    let range = json!({ "start": nowhere, "end": { "line": 0, "character": 0 } });
    editor.change("web.nix", 7, json!([{ "range": range, "text": "x" }]));
    editor.open("web.nix", "{ }");
    editor.change("web.nix", 2, json!([{ "range": range, "text": "{ containers.x = 1; }" }]));
    assert_eq!(editor.diagnostics_of("web.nix", 2).len(), 1);
    editor.ignore_pushed();
    let untitled = json!({
        "uri": "untitled:Untitled-1", "languageId": "nix", "version": 1, "text": "{",
    });
    editor.notify("textDocument/didOpen", json!({ "textDocument": untitled }));
    editor.end();
}

#[test]
fn requests_before_the_beginning_and_after_the_end_are_refused() {
    let mut editor = editor().start(&[]);
    assert_eq!(editor.request("shutdown", Value::Null), Ok(Value::Null));
    let (code, _) = editor.request("textDocument/diagnostic", json!({})).unwrap_err();
    assert_eq!(code, ErrorCode::InvalidRequest as i32);
    editor.notify("exit", Value::Null);
}

#[test]
fn an_editor_may_vanish() {
    let idle = editor().start(&[]);
    assert_eq!(idle.vanish(), Ended::Lost);
    let busy = editor().start(&[]);
    busy.open("web.nix", LONG);
    assert_eq!(busy.vanish(), Ended::Lost);
}

#[test]
fn a_newer_edit_gives_an_endless_evaluation_up() {
    let mut editor = editor().start(&[]);
    editor.open("web.nix", LONG);
    std::thread::sleep(std::time::Duration::from_millis(200));
    let begin = std::time::Instant::now();
    editor.replace("web.nix", 2, "{ containers.x.path = \"/s\"; }");
    assert!(editor.diagnostics_of("web.nix", 2).is_empty());
    assert!(begin.elapsed().as_secs() < 5, "{:?}", begin.elapsed());
    editor.end();
}

#[test]
fn what_takes_long_is_shown_and_can_be_stopped_and_is_told() {
    let capabilities = json!({ "window": { "workDoneProgress": true } });
    let mut editor = editor().can(capabilities).start(&[]);
    editor.open("web.nix", LONG);
    let create = editor.wait_for_request("window/workDoneProgress/create");
    let token = create.params["token"].clone();
    editor.grant(create);
    let begin = editor.wait_for_notification("$/progress");
    assert_eq!(begin["value"]["kind"], "begin");
    editor.notify("window/workDoneProgress/cancel", json!({ "token": token }));
    assert_eq!(editor.diagnostics("web.nix").len(), 1);
    assert_eq!(editor.wait_for_notification("$/progress")["value"]["kind"], "end");
    editor.end();
}

/// Runs for long, but not deep.
const LONG: &str = "{ containers.x.path = builtins.foldl' (a: b: builtins.foldl' (c: d: d) 0 (builtins.genList (x: x) 100000)) 0 (builtins.genList (x: x) 100000); }";

#[test]
fn a_question_that_waits_can_be_given_up() {
    let capabilities = json!({ "textDocument": { "diagnostic": {} } });
    let mut editor = editor().can(capabilities).start(&[]);
    editor.open("web.nix", LONG);
    let document = json!({ "uri": editor.uri("web.nix") });
    let id = editor.ask("textDocument/diagnostic", json!({ "textDocument": document }));
    editor.notify("$/cancelRequest", json!({ "id": 2 }));
    let (code, _) = editor.answer(&id).unwrap_err();
    assert_eq!(code, ErrorCode::RequestCanceled as i32);
    editor.replace("web.nix", 2, "{ }");
    assert_eq!(editor.pull("web.nix")["items"], json!([]));
    editor.end();
}

#[test]
fn a_directory_a_pipe_and_a_file_that_is_gone_are_no_end() {
    let mut editor = editor().start(&[("dir/x", "")]);
    editor.open("web.nix", "{ imports = [ ./dir ./gone.nix /dev/zero ]; }");
    assert_eq!(editor.diagnostics_of("web.nix", 1).len(), 3);
    editor.end();
}

#[test]
fn budgets_end_what_has_no_end_and_are_told() {
    let mut editor = editor().start(&[]);
    // Doubles with every step; calls itself without end.
    let doubled = "{ containers.x.path = builtins.foldl' (a: b: a + a) \"0123456789abcdef\" (builtins.genList (x: x) 60); }";
    let nested = "{ containers.x.path = let f = n: f (n + 1); in f 0; }";
    let itself = "{ containers.x.path = let a = a; in a; }";
    for (version, text, code) in [
        (1, doubled, "evaluation-limit"),
        (2, nested, "stack-overflow"),
        (3, itself, "infinite-recursion"),
    ] {
        match version {
            1 => editor.open("web.nix", text),
            _ => editor.replace("web.nix", version, text),
        }
        let found = editor.diagnostics_of("web.nix", version);
        assert!(found.iter().any(|it| it.contains(code)), "{found:?}");
    }
    editor.replace("web.nix", 4, "{ }");
    assert!(editor.diagnostics_of("web.nix", 4).is_empty());
    editor.end();
}

#[test]
fn files_and_folders_that_vanish_are_no_end() {
    let host = "{ imports = [ ./a/web.nix ]; }";
    let files = [("configuration.nix", host), ("a/web.nix", "{ containers.x.path = \"/s\"; }")];
    let mut editor = editor().start(&files);
    editor.open_file("configuration.nix");
    editor.open_file("a/web.nix");
    assert!(editor.diagnostics_of("a/web.nix", 1).is_empty());
    std::fs::remove_dir_all(editor.path("a")).unwrap();
    std::fs::remove_file(editor.path("configuration.nix")).unwrap();
    editor.ignore_pushed();
    // What is open is there as long as it is.
    editor.replace("a/web.nix", 2, "{ containers.x.paths = 1; }");
    assert_eq!(editor.diagnostics_of("a/web.nix", 2).len(), 1);
    editor.close("a/web.nix");
    assert_eq!(editor.findings("configuration.nix"), ["error missing-file 0:14-0:25"]);
    editor.close("configuration.nix");
    editor.end();
}

#[test]
fn an_editor_is_refused_until_it_introduces_itself() {
    let (server, client) = lsp_server::Connection::memory();
    let thread = std::thread::spawn(|| {
        conex_language_server::run(server, std::sync::Arc::new(crate::editor::Machine::default()))
    });
    let ask = |id: i32, method: &str, params| {
        client
            .sender
            .send(Message::Request(Request { id: id.into(), method: method.into(), params }))
            .unwrap();
        let Message::Response(response) = client.receiver.recv().unwrap() else { panic!() };
        response.response_result.unwrap_err().code
    };
    assert_eq!(ask(1, "textDocument/hover", json!({})), ErrorCode::ServerNotInitialized as i32);
    // What has to be there need not, and may be what it must not.
    client
        .sender
        .send(Message::Request(Request {
            id: 3.into(),
            method: "initialize".into(),
            params: json!({ "capabilities": { "general": 5 }, "workspaceFolders": {} }),
        }))
        .unwrap();
    let Message::Response(response) = client.receiver.recv().unwrap() else { panic!() };
    assert_eq!(response.response_result.unwrap()["serverInfo"]["name"], "conex");
    drop(client);
    assert_eq!(thread.join().unwrap(), Ended::Lost);
}
