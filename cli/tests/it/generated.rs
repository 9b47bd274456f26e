//! Properties of generated configurations, each written as people write them.
//!
//! The generator is a small one of its own, so that a seed is the same
//! configuration for ever: a failure names the seed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::environment::{Environment, Run};

const APPLY: [&str; 4] = ["apply", "--root", "host", "--auto-approve"];
const PLAN: [&str; 4] = ["plan", "--root", "host", "--json"];
const SETTLED: [&str; 4] = ["plan", "--root", "host", "--detailed-exitcode"];

const NAMES: [&str; 6] = ["web", "db", "cache-1", "backup.site-2", "Upper-Case", "mail"];

/// Options that can be had in any company. `@` is the container's number.
const OPTIONS: [(&str, &[&str]); 21] = [
    ("autoStart", &["true", "false"]),
    ("restartIfChanged", &["true", "false"]),
    ("timeoutStartSec", &["\"2min\"", "\"90s\""]),
    ("ephemeral", &["true", "false"]),
    ("root", &["\"/srv/@/a\"", "\"/srv/@/b\""]),
    ("hostAddress", &["\"10.@.0.1\"", "\"10.@.0.254\""]),
    ("hostAddress6", &["\"fd0@::1\"", "\"fd0@::ff\""]),
    ("localAddress", &["\"10.@.0.2\"", "\"10.@.0.3\""]),
    ("localAddress6", &["\"fd0@::2\"", "\"fd0@::3\""]),
    ("localMacAddress", &["\"02:00:00:00:0@:01\"", "\"02:00:00:00:0@:02\""]),
    ("forwardPorts", &["[ { hostPort = 80@; } ]", "[ { hostPort = 80@; containerPort = 80; } ]"]),
    ("interfaces", &["[ \"eth@\" ]", "[ \"eth@\" \"wlan@\" ]"]),
    ("macvlans", &["[ \"lan@\" ]", "[ ]"]),
    ("extraVeths", &["{ ve-x@.hostAddress = \"10.@.9.1\"; }", "{ ve-x@.hostBridge = \"br9\"; }"]),
    ("privateUsers", &["\"pick\"", "\"identity\"", "65536"]),
    (
        "bindMounts",
        &["{ \"/a\" = { }; }", "{ \"/a\".isReadOnly = false; \"/b\".hostPath = \"/c\"; }"],
    ),
    ("tmpfs", &["[ \"/tmp\" ]", "[ \"/tmp\" \"/var/cache:size=1M\" ]"]),
    ("allowedDevices", &["[ { node = \"/dev/fuse\"; modifier = \"rw\"; } ]", "[ ]"]),
    ("enableTun", &["true", "false"]),
    ("additionalCapabilities", &["[ \"CAP_NET_RAW\" ]", "[ \"CAP_SYS_TIME\" ]"]),
    ("extraFlags", &["[ \"--setenv=A=1\" ]", "[ \"--setenv=A=2\" \"--setenv=B=\" ]"]),
];

/// What a container runs.
const SYSTEMS: [(&str, &str); 5] = [
    ("config", "{ services.nginx.enable = true; }"),
    ("config", "{ pkgs, ... }: { environment.systemPackages = [ pkgs.hello ]; }"),
    ("config", "{ lib, ... }: { services.openssh.ports = lib.mkForce [ 2022 ]; }"),
    ("path", "\"/nix/var/nix/profiles/@\""),
    ("flake", "\"github:example/site/@\""),
];

/// How a container is written.
#[derive(Debug, Clone, Copy)]
enum Style {
    Direct,
    Dots,
    Condition,
    Merge,
    Priorities,
    TwoFiles,
    Function,
    List,
    GenAttrs,
}

const STYLES: [Style; 9] = [
    Style::Direct,
    Style::Dots,
    Style::Condition,
    Style::Merge,
    Style::Priorities,
    Style::TwoFiles,
    Style::Function,
    Style::List,
    Style::GenAttrs,
];

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % n as u64).unwrap()
    }

    fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

#[derive(Debug, Clone)]
struct Container {
    name: &'static str,
    number: usize,
    style: Style,
    options: BTreeMap<&'static str, String>,
}

impl Container {
    fn generate(random: &mut Random, number: usize) -> Self {
        let (name, style) = (NAMES[number], random.pick(&STYLES));
        let mut container = Self { name, number, style, options: BTreeMap::new() };
        container.set("privateNetwork", "true");
        let (option, system) = random.pick(&SYSTEMS);
        container.set(option, system);
        for (option, values) in OPTIONS {
            if random.below(3) == 0 {
                container.set(option, random.pick(values));
            }
        }
        container
    }

    fn set(&mut self, option: &'static str, value: &str) {
        self.options.insert(option, value.replace('@', &self.number.to_string()));
    }

    /// What the options come to: without those at their defaults.
    fn effective(&self) -> BTreeMap<&'static str, String> {
        let mut options = self.options.clone();
        options.retain(|option, value| match *option {
            "restartIfChanged" => value == "false",
            _ => value != "false" && value != "[ ]",
        });
        if options.contains_key("ephemeral") {
            options.remove("root");
        }
        options
    }

    /// Gives one option another value, or none.
    fn mutate(&mut self, random: &mut Random) -> String {
        let before = self.effective();
        while self.effective() == before {
            // The system as often as all others together.
            if random.below(4) == 0 {
                let (option, system) = random.pick(&SYSTEMS);
                self.options.retain(|option, _| !matches!(*option, "config" | "path" | "flake"));
                self.set(option, system);
            } else {
                let (option, values) = random.pick(&OPTIONS);
                if self.options.remove(option).is_none() || random.below(2) == 0 {
                    self.set(option, random.pick(values));
                }
            }
        }
        format!("{:?} from {before:?} to {:?}", self.name, self.options)
    }

    fn address(&self) -> String {
        conex_model::quote_name(self.name)
    }

    /// The module that has the container, as an element of `imports`, and the
    /// file it needs besides.
    fn module(&self) -> (String, Option<String>) {
        let (name, all) = (format!("\"{}\"", self.name), self.body(0..usize::MAX, ""));
        let half = self.options.len() / 2;
        let (first, rest) = (self.body(0..half, ""), self.body(half..usize::MAX, ""));
        let module = match self.style {
            Style::Direct => format!("{{ containers.{name} = {all}; }}"),
            Style::Dots => {
                let prefix = format!("systemd.containers.{name}.");
                self.body(0..usize::MAX, &prefix)
            }
            Style::Condition => format!("{{ containers.{name} = lib.mkIf (1 < 2) {all}; }}"),
            Style::Merge => format!(
                "({{ lib, ... }}: {{ containers.{name} = \
                 lib.mkMerge [ {first} (lib.mkIf true {rest}) (lib.mkIf false {{ x = 1; }}) ]; }})"
            ),
            Style::Priorities => format!(
                "{{ imports = [ {{ containers.{name}.autoStart = lib.mkDefault false; }} ]; \
                 containers.{name} = lib.mkForce {all}; }}"
            ),
            Style::TwoFiles => {
                let file = format!("{{ systemd.containers.{name} = {first}; }}\n");
                return (
                    format!("./m{}.nix {{ containers.{name} = {rest}; }}", self.number),
                    Some(file),
                );
            }
            Style::Function => {
                let file = format!(
                    "{{ name, extra ? {{ }} }}: {{ config, lib, ... }}: \
                     {{ containers.${{name}} = {all} // extra; }}\n"
                );
                return (
                    format!("(import ./m{}.nix {{ name = {name}; }})", self.number),
                    Some(file),
                );
            }
            Style::List => format!(
                "{{ containers = builtins.listToAttrs \
                 (map (name: {{ inherit name; value = {all}; }}) [ {name} ]); }}"
            ),
            Style::GenAttrs => {
                format!("{{ containers = with lib; genAttrs [ {name} ] (name: {all}); }}")
            }
        };
        (module, None)
    }

    /// Some of the options as a set.
    fn body(&self, which: std::ops::Range<usize>, prefix: &str) -> String {
        let mut body = "{ ".to_owned();
        for (i, (option, value)) in self.options.iter().enumerate() {
            if which.contains(&i) {
                let _ = write!(body, "{prefix}{option} = {value}; ");
            }
        }
        body.push('}');
        body
    }
}

fn write(environment: &Environment, containers: &[Container]) {
    let mut text = "{ lib, ... }:\n{\n  imports = [\n".to_owned();
    for container in containers {
        let (module, file) = container.module();
        let _ = writeln!(text, "    {module}");
        if let Some(file) = file {
            environment.write(&format!("m{}.nix", container.number), file);
        }
    }
    text.push_str("  ];\n}\n");
    environment.write("configuration.nix", text);
}

/// Checks that a plan has something to do and does it to one container only.
#[track_caller]
fn only(plan: &Run, container: &Container, what: &str) {
    let addresses = plan.addresses();
    let prefix = format!("containers.{}.", container.address());
    assert!(!addresses.is_empty(), "{what}: nothing is planned");
    assert!(addresses.iter().all(|found| found.starts_with(&prefix)), "{what}: {addresses:?}");
}

fn check(seed: u64) {
    let mut random = Random(seed);
    let environment = Environment::new();
    let number = 2 + random.below(NAMES.len() - 2);
    let mut containers: Vec<Container> =
        (0..number).map(|number| Container::generate(&mut random, number)).collect();
    let settle = |what: &str| {
        let run = environment.run(&APPLY);
        assert_eq!(run.code, 0, "seed {seed}, {what}: {run}");
        let run = environment.run(&SETTLED);
        assert_eq!(run.code, 0, "seed {seed}, {what}: {run}");
    };
    write(&environment, &containers);
    settle("all");

    let changed = random.below(number);
    let mutation = containers[changed].mutate(&mut random);
    let what = format!("seed {seed}, {mutation}");
    write(&environment, &containers);
    only(&environment.run(&PLAN).success(), &containers[changed], &what);
    settle(&mutation);

    let removed = containers.remove(random.below(number));
    let what = format!("seed {seed}, without {:?}", removed.name);
    write(&environment, &containers);
    let plan = environment.run(&PLAN).success();
    only(&plan, &removed, &what);
    settle(&what);
    assert!(
        !environment.path(&format!("host/etc/nixos-containers/{}.conf", removed.name)).exists()
    );
    if removed.options.get("ephemeral").is_none_or(|value| value == "false") {
        let default = format!("\"/var/lib/nixos-containers/{}\"", removed.name);
        let root = removed.options.get("root").unwrap_or(&default).trim_matches('"');
        let kept = format!("\"path\":\"{root}\"");
        assert!(plan.stdout.contains(&kept), "{what}: {root} is not named");
        assert!(environment.path(&format!("host{root}")).is_dir(), "{what}: {root} is gone");
    }
}

#[test]
fn generated_configurations_settle_and_change_alone() {
    (0..16).for_each(check);
}

#[test]
fn more_generated_configurations_settle_and_change_alone() {
    (1000..1016).for_each(check);
}
