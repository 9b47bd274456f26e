//! Every plan conforms to `docs/plan.schema.json`, every preview to `docs/preview.schema.json`.

use std::path::Path;
use std::sync::Arc;

use conex_model::{
    Attributes, ContainerName, Desired, Kind, Leftover, LeftoverKind, Observed, ObservedContainer,
    ObservedResource,
};
use conex_planner::Request;
use regex_automata::meta::Regex;
use serde_json::Value;

use crate::environment::Environment;

const TESTDATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata");

fn schema(name: &str) -> Value {
    let path = format!("{}/../docs/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A validator of the keywords that the schema uses; another one is an error.
struct Validator {
    root: Value,
}

impl Validator {
    /// What is wrong, with where.
    fn check(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        for (keyword, argument) in schema.as_object().unwrap() {
            self.keyword(schema, keyword, argument, value, at)?;
        }
        Ok(())
    }

    fn keyword(
        &self,
        schema: &Value,
        keyword: &str,
        argument: &Value,
        value: &Value,
        at: &str,
    ) -> Result<(), String> {
        let fits = |fits: bool| {
            if fits { Ok(()) } else { Err(format!("{at}: {keyword} {argument}: {value}")) }
        };
        let number = || argument.as_u64().unwrap();
        match keyword {
            "$schema" | "title" | "description" | "$defs" => Ok(()),
            "$ref" => {
                let pointer = argument.as_str().unwrap().strip_prefix('#').unwrap();
                self.check(self.root.pointer(pointer).expect(pointer), value, at)
            }
            "type" => match argument {
                Value::Array(types) => fits(types.iter().any(|name| is(name, value))),
                name => fits(is(name, value)),
            },
            "const" => fits(value == argument),
            "enum" => fits(argument.as_array().unwrap().contains(value)),
            "oneOf" | "anyOf" => {
                let all = argument.as_array().unwrap().iter();
                let n = all.filter(|schema| self.check(schema, value, at).is_ok()).count();
                fits(n == 1 || (keyword == "anyOf" && n > 1))
            }
            "required" => {
                let mut names = argument.as_array().unwrap().iter();
                fits(names.all(|name| value.get(name.as_str().unwrap()).is_some()))
            }
            "properties" => value.as_object().into_iter().flatten().try_for_each(|(name, part)| {
                let schema = argument.get(name);
                schema.map_or(Ok(()), |schema| self.check(schema, part, &format!("{at}.{name}")))
            }),
            "additionalProperties" => {
                assert_eq!(argument, &Value::Bool(false));
                let mut names = value.as_object().into_iter().flat_map(|object| object.keys());
                fits(names.all(|name| schema["properties"].get(name).is_some()))
            }
            "items" => value
                .as_array()
                .into_iter()
                .flatten()
                .enumerate()
                .try_for_each(|(i, part)| self.check(argument, part, &format!("{at}[{i}]"))),
            "pattern" => {
                let regex = Regex::new(argument.as_str().unwrap()).unwrap();
                fits(value.as_str().is_none_or(|text| regex.is_match(text)))
            }
            "minimum" => fits(value.as_u64().is_none_or(|n| n >= number())),
            "maximum" => fits(value.as_u64().is_none_or(|n| n <= number())),
            "minLength" => fits(value.as_str().is_none_or(|text| text.len() as u64 >= number())),
            "maxLength" => fits(value.as_str().is_none_or(|text| text.len() as u64 <= number())),
            "minItems" => fits(value.as_array().is_none_or(|all| all.len() as u64 >= number())),
            "maxItems" => fits(value.as_array().is_none_or(|all| all.len() as u64 <= number())),
            other => panic!("{at}: the keyword {other}"),
        }
    }
}

fn is(name: &Value, value: &Value) -> bool {
    match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        other => panic!("the type {other}"),
    }
}

/// Plans and checks the plan, which is returned.
fn planned(environment: &Environment, arguments: &[&str]) -> Value {
    let run = environment.run(&[&["plan", "--root", "host", "--json"], arguments].concat());
    let plan = run.success().stdout;
    conforms(&plan);
    serde_json::from_str(&plan).unwrap()
}

/// The same of a plan that was made elsewhere.
#[track_caller]
pub(crate) fn conforms(plan: &str) {
    conforms_to("plan", plan);
}

/// What is printed is what the schema of this name says.
#[track_caller]
pub(crate) fn conforms_to(name: &str, text: &str) {
    let (root, value) = (schema(name), serde_json::from_str(text).unwrap());
    if let Err(wrong) = (Validator { root: root.clone() }).check(&root, &value, name) {
        panic!("{wrong}");
    }
}

fn apply(environment: &Environment, arguments: &[&str]) {
    let apply = ["apply", "--root", "host", "--auto-approve"];
    environment.run(&[&apply, arguments].concat()).success();
}

#[test]
fn plans_of_every_configuration_conform() {
    let mut count = 0;
    for directory in ["configurations", "."] {
        let entries = std::fs::read_dir(Path::new(TESTDATA).join(directory)).unwrap();
        for entry in entries {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            // A thousand containers say no more than a hundred.
            let wanted = directory != "." || name == "quick-start";
            if !path.is_dir() || !wanted || name == "thousand" {
                continue;
            }
            let environment = Environment::new();
            let path = path.to_str().unwrap();
            planned(&environment, &[path]);
            apply(&environment, &[path]);
            planned(&environment, &[path]);
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
}

#[test]
fn plans_of_all_that_can_happen_conform() {
    let environment = Environment::applied();
    let secret = "extraFlags = [ \"--setenv=A_TOKEN=x\" ]; autoStart = true;";
    environment.edit("autoStart = true;", secret);
    environment.edit("10.0.0.1\"", "10.0.0.254\"; forwardPorts = [ { hostPort = 80; } ]");
    let plan = planned(&environment, &[]);
    assert!(plan.to_string().contains("\"sensitive\""), "{plan}");
    apply(&environment, &[]);
    // Live: ports, addresses, a mount, limits; a reload; another root.
    environment.edit("hostPort = 80;", "hostPort = 81;");
    environment.edit("10.0.0.254", "10.0.0.253");
    environment.edit(
        "autoStart = true;",
        "autoStart = true; bindMounts.\"/srv\" = { }; limits.memoryMax = \"1G\";",
    );
    let plan = planned(&environment, &[]);
    for operation in ["bind-mount", "set-unit-properties", "add-forward", "remove-address"] {
        assert!(plan.to_string().contains(operation), "{operation}: {plan}");
    }
    environment.edit("autoStart = true;", "autoStart = true; root = \"/srv/other\";");
    planned(&environment, &[]);
    let plan = planned(&environment, &["--replace", "containers.web"]);
    assert!(plan.to_string().contains("replace_by_request"), "{plan}");
    planned(&environment, &["--refresh-only"]);
    // Drift, a container of others, one that goes, and one in doubt.
    std::fs::remove_file(environment.path("host/etc/nixos-containers/db.conf")).unwrap();
    environment.write("host/etc/nixos-containers/old.conf", "");
    environment.edit("containers.db", "services.unrelated.db");
    let plan = planned(&environment, &[]);
    assert!(plan["resource_drift"].as_array().is_some_and(|drift| !drift.is_empty()));
    assert!(plan["orphans"].as_array().is_some_and(|orphans| !orphans.is_empty()));
    assert!(plan["unmanaged"].as_array().is_some_and(|unmanaged| !unmanaged.is_empty()));
    let doubt =
        "{ lib, pkgs, ... }:\n{ containers.maybe = lib.mkIf pkgs.stdenv.isLinux { config = { }; };";
    environment.edit("{ lib, ... }:\n\n{", doubt);
    let plan = planned(&environment, &[]);
    assert!(plan["undecided"].as_array().is_some_and(|undecided| !undecided.is_empty()));
}

/// No rehearsal has any.
#[test]
fn a_plan_that_tells_of_leftovers_and_warns_conforms() {
    let name = ContainerName::new("web").unwrap();
    let attributes = Some(Arc::new(Attributes::new()));
    let network = ObservedResource { recorded: attributes.clone(), found: attributes };
    let mut container = ObservedContainer::default();
    container.resources.insert(Kind::Network, network);
    let left = |kind, managed| Leftover {
        kind,
        container: "web".to_owned(),
        name: "ve-web".to_owned(),
        managed,
    };
    let observed = Observed {
        containers: [(name, container)].into(),
        leftovers: vec![
            left(LeftoverKind::Interface, true),
            left(LeftoverKind::Machine, false),
            left(LeftoverKind::Conf, false),
        ],
        ..Observed::default()
    };
    let mut plan =
        conex_planner::plan(&Desired::default(), &observed, &Request::default()).unwrap();
    plan.warnings.push("mind".to_owned());
    let json = conex_planner::file::write(&plan).unwrap();
    assert!(json.contains("remove-interface"), "{json}");
    let validator = Validator { root: schema("plan") };
    let json: Value = serde_json::from_str(&json).unwrap();
    validator.check(&validator.root, &json, "plan").unwrap();
}

#[test]
fn the_validator_finds_what_is_wrong() {
    let environment = Environment::small();
    let plan = planned(&environment, &[]);
    let validator = Validator { root: schema("plan") };
    for (pointer, value) in [
        ("/format_version", Value::from("2.0")),
        ("/resource_changes/0/change/actions", serde_json::json!(["forget"])),
        ("/resource_changes/0/operations/0/operation", Value::from("format-disk")),
        ("/fingerprint/host", Value::from("abc")),
        ("/host", Value::Null),
    ] {
        let mut plan = plan.clone();
        *plan.pointer_mut(pointer).unwrap() = value;
        assert!(validator.check(&validator.root, &plan, "plan").is_err(), "{pointer}");
    }
    let mut more = plan;
    more["resource_changes"][0]["extra"] = Value::Null;
    assert!(validator.check(&validator.root, &more, "plan").is_err());
}
