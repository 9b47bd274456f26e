//! What systems came to is kept, as long as it is what an evaluation would come to.

use serde_json::Value as Json;

use crate::environment::Environment;
use crate::preview::{lay_out, link};

const HOST: &str = r#"{ config, lib, pkgs, ... }:
let
  greeting = name: "hello ${name}";
in
{
  networking.hostName = "box";
  containers.plain = { autoStart = true; config = { }; };
  containers.text = {
    autoStart = true;
    privateNetwork = false;
    config.systemd.services.a.text = "one";
  };
  containers.host = {
    autoStart = true;
    config.systemd.services.a.text = greeting config.networking.hostName;
  };
  containers.file = { autoStart = true; config = ./file.nix; };
  containers.world = {
    autoStart = true;
    config = { lib, ... }: {
      systemd.services.a.text = lib.concatStringsSep " " [
        (builtins.getEnv "GREETING")
        (if builtins.pathExists ./there then "there" else "not there")
        (builtins.readFile ./data.txt)
        (toString (builtins.attrNames (builtins.readDir ./directory)))
      ];
    };
  };
}
"#;

/// A host that runs `HOST`, and keeps what its systems come to.
struct Host {
    environment: Environment,
    greeting: &'static str,
}

/// What a preview told, and how many systems it evaluated.
struct Told {
    json: Json,
    systems: String,
}

impl Host {
    fn new() -> Self {
        Self::of(HOST)
    }

    fn of(configuration: &str) -> Self {
        let environment = crate::nixpkgs::environment(configuration);
        environment.write("file.nix", "{ systemd.services.a.text = \"file\"; }");
        environment.write("data.txt", "data");
        environment.write("directory/a", "");
        lay_out(&environment, "configuration.nix", "old");
        link(&environment, "/nix/store/old", "host/run/current-system");
        for name in ["plain", "text", "host", "file", "world"] {
            let conf = format!("nixos-containers/{name}.conf");
            link(&environment, &format!("/etc/static/{conf}"), &format!("host/etc/{conf}"));
            environment.write(&format!("host/run/systemd/machines/{name}"), "");
        }
        Self { environment, greeting: "" }
    }

    /// A preview that keeps what it finds in a directory.
    fn preview_in(&self, cache: &str) -> Told {
        let arguments =
            ["preview", "configuration.nix", "--nixpkgs", "nixpkgs", "--root", "host", "--json"];
        let mut command = self.environment.command(&arguments);
        command.env("XDG_CACHE_HOME", self.environment.path(cache));
        let output = command.env("GREETING", self.greeting).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let systems = said.lines().find_map(|line| line.strip_prefix("Evaluated "));
        let systems = systems.unwrap_or_else(|| panic!("{said}")).to_owned();
        Told { json: serde_json::from_slice(&output.stdout).unwrap(), systems }
    }

    /// The same as without anything kept, with so many systems evaluated.
    #[track_caller]
    fn comes_to(&self, systems: &str) -> Told {
        let told = self.preview_in("cache");
        let fresh = self.preview_in("fresh");
        std::fs::remove_dir_all(self.environment.path("fresh")).unwrap();
        assert_eq!(told.json, fresh.json);
        assert!(fresh.systems.starts_with("5 of 5 "), "{}", fresh.systems);
        let expected = format!("{systems} of 5 systems of containers");
        assert!(told.systems.starts_with(&expected), "{} and not {expected}", told.systems);
        told
    }
}

fn effects(told: &Told) -> Vec<(String, String)> {
    let containers = told.json["containers"].as_array().unwrap().iter();
    let text = |json: &Json| json.as_str().unwrap().to_owned();
    containers.map(|c| (text(&c["container"]), text(&c["effect"]))).collect()
}

fn changed(told: &Told) -> Vec<String> {
    let effects = effects(told).into_iter().filter(|(_, effect)| effect != "keep");
    effects.map(|(name, _)| name).collect()
}

#[test]
fn nothing_is_evaluated_twice() {
    let host = Host::new();
    assert!(changed(&host.comes_to("5")).is_empty());
    let again = host.comes_to("0");
    assert_eq!(again.systems, "0 of 5 systems of containers.");
}

#[test]
fn a_change_of_one_container_evaluates_one() {
    let host = Host::new();
    host.comes_to("5");
    for (from, to, name) in [
        ("\"one\"", "\"two\"", "text"),
        ("\"hello ${name}\"", "\"bye ${name}\"", "host"),
        (
            "{ autoStart = true; config = { }; }",
            "{ autoStart = true; config = { systemd.services.b.text = \"x\"; }; }",
            "plain",
        ),
    ] {
        host.environment.edit(from, to);
        let told = host.comes_to("1");
        assert!(changed(&told).contains(&name.to_owned()), "{name}: {:?}", effects(&told));
        assert_eq!(host.comes_to("0").json, told.json);
    }
    // What the host says of itself matters to the one that asks.
    host.environment.edit("\"box\"", "\"cube\"");
    assert!(changed(&host.comes_to("1")).contains(&"host".to_owned()));
    host.environment.edit("privateNetwork = false", "privateNetwork = true");
    assert!(changed(&host.comes_to("1")).contains(&"text".to_owned()));
    // Which names there are matters to all.
    host.environment.edit("greeting = name", "unused = 1; greeting = name");
    host.comes_to("5");
}

#[test]
fn the_world_counts_as_it_was_asked() {
    let mut host = Host::new();
    host.comes_to("5");
    host.environment.write("file.nix", "{ systemd.services.a.text = \"another\"; }");
    assert_eq!(changed(&host.comes_to("1")), ["file"]);
    host.environment.write("there", "");
    assert_eq!(changed(&host.comes_to("1")), ["file", "world"]);
    host.environment.write("data.txt", "other data");
    host.comes_to("1");
    host.environment.write("directory/b", "");
    host.comes_to("1");
    host.greeting = "good morning";
    host.comes_to("1");
    host.environment.write("not-asked-for", "");
    host.environment.write("directory/b", "its contents");
    host.comes_to("0");
    // All of nixpkgs counts for all.
    let pkgs = host.environment.read("nixpkgs/pkgs/default.nix");
    host.environment.write("nixpkgs/pkgs/default.nix", format!("# Changed.\n{pkgs}"));
    host.comes_to("5");
}

/// A host that looks at more of its containers' systems than where they are: what stands in
/// for them does not do then.
#[test]
fn a_host_that_looks_into_its_containers_sees_them() {
    let looking = "environment.etc.\"nixos-containers/looking.conf\".text =
    \"NAME=${config.containers.plain.config.networking.hostName}\\nDRV=${config.containers.plain.path.drvPath}\\n\";
  containers.plain";
    let host = Host::of(&HOST.replacen("containers.plain", looking, 1));
    // What Nix makes of it is the old system.
    let told = host.comes_to("5");
    assert!(changed(&told).is_empty(), "{:?}", effects(&told));
    let conf = host.environment.read("host/nix/store/old/etc/nixos-containers/looking.conf");
    assert!(conf.starts_with("NAME=plain\nDRV=/nix/store/"), "{conf}");
    host.environment.edit("config = { };", "config = { networking.hostName = \"other\"; };");
    assert!(changed(&host.comes_to("1")).contains(&"looking".to_owned()));
    host.comes_to("0");
}

#[test]
fn what_differs_each_time_is_not_kept() {
    let host = Host::new();
    host.environment.edit("\"one\"", "toString builtins.currentTime");
    let evaluated = |cache| host.preview_in(cache).systems;
    assert!(evaluated("cache").starts_with("5 of 5"));
    assert!(evaluated("cache").starts_with("1 of 5"));
    assert!(evaluated("cache").starts_with("1 of 5"));
}

#[test]
fn lines_count_for_who_asks_for_them() {
    let host = Host::new();
    host.environment.edit("\"one\"", "toString (builtins.unsafeGetAttrPos \"x\" { x = 1; }).line");
    host.comes_to("5");
    host.environment.edit("config = { };", "config = {\n };");
    host.comes_to("2");
}

#[test]
fn what_is_kept_is_not_believed() {
    use std::os::unix::fs::PermissionsExt;
    let host = Host::new();
    host.comes_to("5");
    let files = || -> Vec<_> {
        let directory = host.environment.path("cache/conex/systems");
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    assert!(!files().is_empty());
    for file in files() {
        let mode = std::fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // Cut off at any place, or with anything in it that is not what was written.
    for file in files() {
        let bytes = std::fs::read(&file).unwrap();
        std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    }
    host.comes_to("5");
    for file in files() {
        std::fs::write(&file, [0xff; 4096]).unwrap();
    }
    host.comes_to("5");
    host.comes_to("0");
    // Others could have written it.
    for file in files() {
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o666)).unwrap();
    }
    host.comes_to("5");
}

#[test]
fn a_plan_has_what_systems_are_made_from() {
    let host = Host::new();
    host.comes_to("5");
    let cache = host.environment.path("cache").display().to_string();
    let plan = ["plan", "--root", "empty", "--nixpkgs", "nixpkgs", "--json"];
    let kept = host.environment.run_with(&plan, &[("XDG_CACHE_HOME", cache)]).success();
    assert_eq!(kept.stdout, host.environment.run(&plan).success().stdout);
}

#[test]
fn a_failure_is_told_each_time() {
    let host = Host::new();
    host.environment.edit("\"one\"", "throw \"no such thing\"");
    let arguments = ["preview", "configuration.nix", "--nixpkgs", "nixpkgs", "--root", "host"];
    let cache = || host.environment.path("cache").display().to_string();
    let run = || host.environment.run_with(&arguments, &[("XDG_CACHE_HOME", cache())]).code(1);
    let first = run();
    assert!(first.stderr.contains("no such thing"), "{first}");
    assert_eq!(run().stderr, first.stderr);
}

#[test]
fn what_is_said_is_said_again_and_nothing_else() {
    let host = Host::new();
    let base = "nixpkgs/nixos/modules/base.nix";
    let from = "config.system.build.toplevel = checked (";
    let text = host.environment.read(base);
    assert!(text.contains(from));
    let to = "config.system.build.toplevel = builtins.trace \"evaluated ${config.networking.hostName}\" checked (";
    host.environment.write(base, text.replacen(from, to, 1));
    let arguments = ["preview", "configuration.nix", "--nixpkgs", "nixpkgs", "--root", "host"];
    let cache = host.environment.path("cache").display().to_string();
    for _ in 0..2 {
        let run = host.environment.run_with(&arguments, &[("XDG_CACHE_HOME", cache.clone())]);
        let said: Vec<&str> =
            run.stderr.lines().filter_map(|line| line.split("evaluated ").nth(1)).collect();
        let said: std::collections::BTreeSet<&str> = said.into_iter().collect();
        // Not `nixos`, which is what a system is called that says nothing.
        assert_eq!(
            said.into_iter().collect::<Vec<_>>(),
            ["file", "host", "plain", "text", "world"]
        );
    }
}
