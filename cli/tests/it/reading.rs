//! `conex show --markdown`, `conex graph --format`, `conex explain` and
//! `conex apply --json`

use insta::assert_snapshot;
use serde_json::Value;

use crate::environment::Environment;

/// A container that restarts, with one that depends on it, and one that goes.
fn changed() -> Environment {
    let environment = Environment::small();
    environment
        .edit("autoStart = true;", "autoStart = true; forwardPorts = [ { hostPort = 80; } ];");
    environment.edit("containers.db = {", "containers.api = { autoStart = true; dependsOn = [ \"web\" ]; config = { }; };\n  containers.db = {");
    environment.run(&["apply", "--root", "host", "--auto-approve"]).success();
    environment.edit("10.0.0.2", "10.0.0.3");
    environment.edit("containers.db", "services.unrelated.db");
    environment.run(&["plan", "--root", "host", "--out", "plan.json"]).success();
    environment
}

#[test]
fn a_restart_says_what_it_interrupts() {
    let run = changed().run(&["plan", "--root", "host"]).success();
    let expected = "# interrupts the running container web; its forwarded ports tcp 80; api, which depends on it";
    assert!(run.stdout.contains(expected), "{run}");
}

#[test]
fn a_plan_may_be_a_line_for_each_change() {
    let environment = changed();
    let compact = environment.run(&["plan", "--root", "host", "--compact"]).success();
    assert_eq!(
        environment.run(&["show", "plan.json", "--compact"]).success().stdout,
        compact.stdout
    );
    assert_snapshot!(compact);
}

#[test]
fn a_plan_is_a_comment_for_a_review() {
    assert_snapshot!(changed().run(&["show", "plan.json", "--markdown"]));
}

#[test]
fn the_graph_is_mermaid_or_a_drawing() {
    let environment = changed();
    assert_snapshot!(environment.run(&["graph", "plan.json", "--format", "mermaid"]));
    assert_snapshot!(environment.run(&["graph", "plan.json", "--format", "svg"]));
}

#[test]
fn nothing_in_a_plan_is_taken_for_markup() {
    let environment = Environment::new();
    let nasty = "/a|b``-```</details><script>alert(1)</script>-]]-->\\\"#";
    let text = "{ containers.web = { config = { }; bindMounts.\"/x\".hostPath = \"@\"; tmpfs = [ \"@\" ]; }; }";
    environment.write("configuration.nix", text.replace('@', nasty));
    environment.run(&["plan", "--root", "host", "--out", "plan.json"]).success();
    let show = |arguments: &[&str]| environment.run(arguments).success().stdout;
    let html = show(&["show", "plan.json", "--html"]);
    assert!(!html.contains("<script>alert") && !html.contains("</details><script"), "{html}");
    assert!(html.contains("&lt;script&gt;alert(1)"), "{html}");
    let svg = show(&["graph", "plan.json", "--format", "svg"]);
    assert!(!svg.contains("<script"), "{svg}");
    let markdown = show(&["show", "plan.json", "--markdown"]);
    // Each fence is longer than what is in it, and ends with its own length.
    let fences = markdown.lines().filter(|line| line.starts_with("````")).count();
    assert!(fences > 0 && fences.is_multiple_of(2), "{markdown}");
    for row in markdown.lines().filter(|line| line.starts_with('|')) {
        assert_eq!(row.replace("\\|", "").matches('|').count(), 6, "{row}");
    }
}

#[test]
fn a_large_comment_is_cut_and_says_so() {
    let environment = Environment::new();
    environment.write(
        "configuration.nix",
        "{ lib, ... }: { containers = lib.genAttrs (map (n: \"c${toString n}\") (lib.range 1 100)) \
         (_: { autoStart = true; config = { }; }); }",
    );
    environment.run(&["plan", "--root", "host", "--out", "plan.json"]).success();
    let markdown = environment.run(&["show", "plan.json", "--markdown"]).success().stdout;
    assert!(markdown.len() < 65_536, "{}", markdown.len());
    assert!(markdown.contains("more changes left out for length"), "{markdown}");
    assert!(markdown.contains("more changes in detail left out for length"), "{markdown}");
    let svg = environment.run(&["graph", "plan.json", "--format", "svg"]).success().stdout;
    assert_eq!(svg.matches("class=\"node\"").count(), 801);
}

#[test]
fn a_change_is_explained() {
    let environment = changed();
    let explain = |address| environment.run(&["explain", address, "--root", "host"]);
    assert_snapshot!(explain("containers.web.service"));
    assert_snapshot!(explain("containers.db"));
    let from_plan = environment.run(&["explain", "containers.web.service", "plan.json"]);
    assert_eq!(from_plan, explain("containers.web.service"));
}

#[test]
fn what_stays_is_explained_and_what_is_not_there_has_a_neighbour() {
    let environment = changed();
    for (address, code, expected) in [
        ("containers.api", 0, "stays as it is: all of it is what the configuration asks for"),
        ("containers.api.unit", 0, "containers.api.unit stays as it is"),
        ("containers.api.unit", 0, "configured at configuration.nix:11:20"),
        ("containers.web.root", 0, "as the last apply left it"),
        ("containers.api.network", 0, "it is not there, and the configuration asks for none"),
        ("containers.db.root", 0, "to remove it: conex destroy db --purge"),
        ("containers.web.localAddress", 0, "containers.web.service will be restarted"),
        ("host.daemon-reload", 0, "systemd reads the unit files again"),
        ("containers.wbe", 1, "did you mean containers.web?"),
        ("containers.web.servcie", 1, "did you mean containers.web.service?"),
        ("web", 1, "did you mean containers.web?"),
        ("nonsense", 1, "an address is containers.NAME"),
    ] {
        let run = environment.run(&["explain", address, "--root", "host"]).code(code);
        assert!(format!("{}{}", run.stdout, run.stderr).contains(expected), "{address}: {run}");
    }
    let run = environment.run(&["explain", "containers.api", "plan.json"]).success();
    assert!(run.stdout.contains("the plan has no change of it"), "{run}");
}

/// The lines of a stream, with what each has to have.
fn stream(text: &str) -> Vec<Value> {
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        for key in ["@level", "@message", "@module", "@timestamp", "type"] {
            assert!(line[key].is_string(), "{key}: {line}");
        }
    }
    lines
}

#[test]
fn an_apply_tells_what_happens_line_by_line() {
    let environment = changed();
    let run = environment.run(&["apply", "plan.json", "--root", "host", "--json"]).success();
    assert_eq!(run.stderr, "");
    let lines = stream(&run.stdout);
    let of = |kind: &str| lines.iter().filter(|line| line["type"] == kind).collect::<Vec<_>>();
    assert_eq!(lines[0]["type"], "version");
    let planned = of("planned_change").len();
    assert_eq!((of("apply_start").len(), of("apply_complete").len()), (planned, planned));
    assert!(of("apply_progress").len() >= planned - 2);
    assert_eq!(of("change_summary").len(), 2);
    assert_eq!(of("change_summary")[1]["changes"]["operation"], "apply");
    let service = of("apply_start")
        .into_iter()
        .find(|line| line["hook"]["resource"]["addr"] == "containers.web.service")
        .unwrap();
    assert_eq!(service["hook"]["action"], "update");
    let message = lines.last().unwrap()["@message"].as_str().unwrap();
    assert!(message.starts_with("Apply complete! Resources: "), "{message}");
}

#[test]
fn a_stream_has_findings_and_failures() {
    let environment = Environment::small();
    let run = environment.run(&["apply", "--root", "host", "--json"]).code(1);
    let lines = stream(&run.stdout);
    assert_eq!(lines.last().unwrap()["type"], "diagnostic");
    assert!(run.stdout.contains("--auto-approve"), "{run}");
    environment.edit("autoStart = true;", "autoStart = 3;");
    let run = environment.run(&["apply", "--root", "host", "--json", "--auto-approve"]).code(1);
    let lines = stream(&run.stdout);
    assert_eq!(lines[1]["diagnostic"]["severity"], "error");
    assert_eq!(lines[1]["diagnostic"]["range"]["start"]["line"], 5);
    assert!(!environment.path("host").exists());
}

#[test]
fn there_are_no_colours_but_on_a_terminal() {
    let environment = changed();
    for arguments in [&["plan", "--root", "host"][..], &["explain", "containers.web", "plan.json"]]
    {
        let run = environment.run(arguments).success();
        assert!(!run.to_string().contains('\u{1b}'), "{run}");
    }
}
