//! No byte of a secret in anything but the files that need it.

use crate::environment::Environment;

/// Secrets as they stand in configurations, with what of them must not show.
const SECRETS: [(&str, &str); 8] = [
    ("extraFlags = [ \"--setenv=DB_PASSWORD=hunter2-xyzzy\" ];", "hunter2-xyzzy"),
    ("extraFlags = [ \"-E\" \"API_TOKEN=plugh-100%-$x\\y\" ];", "plugh"),
    ("extraFlags = [ \"--set-credential=db:swordfish\" ];", "swordfish"),
    ("extraFlags = [ \"--set-credential\" \"db:swordfish\" ];", "swordfish"),
    ("extraFlags = [ \"--setenv=X=ghp_0123456789abcdefghijABCD\" ];", "ghp_0123456789"),
    ("bindMounts.\"/k\".hostPath = \"/run/AGE-SECRET-KEY-1QPZRY9X8GF2TVDW0\";", "QPZRY9X8GF2"),
    ("specialArgs.password = \"correct-horse\";", "correct-horse"),
    ("extraFlags = [ \"--setenv=J=eyJhbGciOi.eyJzdWIiOiJ4In0.c2lnbmF0dXJl\" ];", "eyJzdWIi"),
];

fn environment(option: &str) -> Environment {
    let environment = Environment::new();
    environment.write(
        "configuration.nix",
        format!("{{ containers.web = {{ autoStart = true; {option} config = {{ }}; }}; }}\n"),
    );
    environment
}

fn all_files(directory: &std::path::Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            all_files(&path, found);
        } else if path.is_file() {
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            found.push((path.display().to_string(), text));
        }
    }
}

/// Every way to look at a plan.
fn shown(environment: &Environment) -> String {
    let mut all = String::new();
    for arguments in [
        &["plan", "--root", "host", "--out", "plan.json"][..],
        &["plan", "--root", "host", "--json"],
        &["plan", "--root", "host", "--compact"],
        &["show", "plan.json"],
        &["show", "plan.json", "--json"],
        &["show", "plan.json", "--markdown"],
        &["show", "plan.json", "--html"],
        &["graph", "plan.json", "--format", "dot"],
        &["graph", "plan.json", "--format", "mermaid"],
        &["graph", "plan.json", "--format", "svg"],
        &["explain", "containers.web.unit", "--root", "host"],
        &["explain", "containers.web", "plan.json"],
    ] {
        let run = environment.run(arguments).success();
        all.push_str(&run.to_string());
    }
    all.push_str(&environment.read("plan.json"));
    all
}

#[test]
fn no_byte_of_a_secret_is_shown_and_the_files_have_it() {
    for (option, secret) in SECRETS {
        let environment = environment(option);
        let mut all = shown(&environment);
        let in_files = !option.starts_with("specialArgs");
        assert_eq!(all.contains("(sensitive, sha256:"), in_files, "{option}: {all}");
        let run = environment.run(&["apply", "plan.json", "--root", "host"]).success();
        all.push_str(&run.to_string());
        all.push_str(&shown(&environment));
        assert!(!all.contains(secret), "{option}: {all}");

        let mut files = Vec::new();
        all_files(&environment.path("host"), &mut files);
        let with: Vec<_> = files.iter().filter(|(_, text)| text.contains(secret)).collect();
        // Only root reads the last one; it is what a rollback makes the others of.
        let may = ["web.conf", "@web.service", "generations/1/desired.json"];
        let may = |path: &str| may.iter().any(|end| path.ends_with(end));
        assert!(with.iter().all(|(path, _)| may(path)), "{option}: {with:?}");
        assert_eq!(with.len(), if in_files { 3 } else { 0 }, "{option}");
        environment.run(&["plan", "--root", "host", "--detailed-exitcode"]).success();
    }
}

#[test]
fn a_saved_plan_does_what_an_apply_without_one_does() {
    let (option, _) = SECRETS[1];
    let (direct, saved) = (environment(option), environment(option));
    direct.run(&["apply", "--root", "host", "--auto-approve"]).success();
    saved.run(&["plan", "--root", "host", "--out", "plan.json"]).success();
    saved.run(&["apply", "plan.json", "--root", "host"]).success();
    for file in ["etc/nixos-containers/web.conf", "etc/systemd/system/container@web.service"] {
        assert_eq!(direct.read(&format!("host/{file}")), saved.read(&format!("host/{file}")));
    }
}

#[test]
fn a_changed_secret_is_a_change_and_its_old_plan_is_refused() {
    let environment = environment(SECRETS[0].0);
    environment.run(&["plan", "--root", "host", "--out", "plan.json"]).success();
    environment.edit("xyzzy", "other");
    let run = environment.run(&["apply", "plan.json", "--root", "host"]).code(1);
    assert!(run.stderr.contains("needs secrets of containers.web"), "{run}");
    assert!(run.stderr.contains("configuration.nix is not what it was"), "{run}");
    assert!(run.stderr.contains("nothing was changed"), "{run}");
    std::fs::remove_file(environment.path("configuration.nix")).unwrap();
    let run = environment.run(&["apply", "plan.json", "--root", "host"]).code(1);
    assert!(run.stderr.contains("nothing was changed"), "{run}");
    assert!(!environment.path("host").exists());
}

#[test]
fn a_secret_that_changes_restarts_the_container_and_is_marked() {
    let environment = environment(SECRETS[0].0);
    environment.run(&["apply", "--root", "host", "--auto-approve"]).success();
    environment.edit("xyzzy", "other");
    let run = environment.run(&["plan", "--root", "host", "--json"]).success();
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let changes = json["resource_changes"].as_array().unwrap();
    let unit = changes.iter().find(|change| change["address"] == "containers.web.unit").unwrap();
    for side in ["before_sensitive", "after_sensitive"] {
        assert_eq!(unit["change"][side], serde_json::json!({ "extraFlags": [true] }), "{run}");
    }
    let service = changes.iter().find(|c| c["address"] == "containers.web.service").unwrap();
    assert_eq!(service["change"]["disruption"], "restart");
}

#[test]
fn what_an_older_conex_recorded_is_not_shown_and_is_no_change() {
    let environment = environment(SECRETS[0].0);
    environment.run(&["apply", "--root", "host", "--auto-approve"]).success();
    let state = environment.read("host/var/lib/conex/state.json");
    let mark = state.find("(sensitive, sha256:").unwrap();
    let mark = &state[mark..mark + "(sensitive, sha256:01234567)".len()];
    environment.write("host/var/lib/conex/state.json", state.replace(mark, "hunter2-xyzzy"));
    let run = environment.run(&["plan", "--root", "host", "--detailed-exitcode"]).success();
    assert!(!run.to_string().contains("hunter2"), "{run}");
    environment.edit("xyzzy", "other");
    let run = environment.run(&["plan", "--root", "host", "--json"]).success();
    assert!(!run.to_string().contains("hunter2"), "{run}");
}

#[test]
fn the_token_in_the_url_of_a_flake_is_a_secret() {
    let environment = Environment::new();
    let flake = "git+https://oauth2:glpat-0123456789abcdefXYZ@git.example.org/site";
    environment.write("configuration.nix", format!("{{ containers.web.flake = \"{flake}\"; }}\n"));
    let mut all = shown(&environment);
    assert!(all.contains("git+https://oauth2:(sensitive, sha256:"), "{all}");
    all.push_str(&environment.run(&["apply", "plan.json", "--root", "host"]).success().to_string());
    assert!(!all.contains("0123456789abcdefXYZ"), "{all}");
    let conf = environment.read("host/etc/nixos-containers/web.conf");
    assert!(conf.contains(&format!("FLAKE={flake}\n")), "{conf}");
}
