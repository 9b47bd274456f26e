//! The configurations of `testdata`: the good ones come to what a real Nix
//! with nixpkgs' own module system recorded for them, the bad ones to the one
//! mistake that they name.

use std::path::{Path, PathBuf};

use conex_model::{Desired, Place, Value};
use serde_json::{Map, Value as Json, json};

use crate::disk::Disk;
use crate::support::evaluate;

fn testdata() -> PathBuf {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata");
    data.canonicalize().unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .filter_map(|path| match path.is_dir() {
            true => Some(path.join("configuration.nix")),
            false => {
                (path.extension()? == "nix" && path.file_name()? != "record.nix").then_some(path)
            }
        })
        .filter(|path| path.exists())
        .collect();
    files.sort();
    files
}

fn value(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(bool) => json!(bool),
        Value::Int(int) => json!(int),
        Value::Float(float) => json!(float),
        Value::Str(text) | Value::Path(text) => json!(&**text),
        Value::List(elements) => {
            elements.iter().map(|element| self::value(&element.value)).collect()
        }
        Value::Attrs(attrs) => attrs
            .iter()
            .map(|(name, part)| (name.to_string(), self::value(&part.value)))
            .collect::<Map<_, _>>()
            .into(),
        // The recording does not know the reasons.
        Value::Unknown(_) => json!({ "unknown": "known after build" }),
    }
}

fn values(desired: &Desired) -> Json {
    let containers: Map<_, _> = desired
        .containers
        .iter()
        .map(|(name, container)| {
            let mut options: Map<_, _> = container
                .options
                .iter()
                .map(|(name, located)| (name.to_string(), value(&located.value)))
                .collect();
            for absent in ["config", "path", "root"] {
                options.entry(absent).or_insert(Json::Null);
            }
            (name.to_string(), Json::Object(options))
        })
        .collect();
    json!({ "containers": containers })
}

#[test]
fn good_configurations_come_to_what_nixpkgs_makes_of_them() {
    let mut folders = files(&testdata().join("configurations"));
    folders.push(testdata().join("quick-start/configuration.nix"));
    for file in folders {
        let found = evaluate(&Disk::default(), &file);
        assert!(found.diagnostics.is_empty(), "{}: {:#?}", file.display(), found.diagnostics);
        let Ok(expected) = std::fs::read_to_string(file.with_file_name("expected.json")) else {
            continue;
        };
        let expected: Json = serde_json::from_str(&expected).unwrap();
        let found = values(&found.desired);
        for (name, options) in expected["containers"].as_object().unwrap() {
            for (option, expected) in options.as_object().unwrap() {
                let found = &found["containers"][name][option];
                assert_eq!(found, expected, "{}: {name}.{option}", file.display());
            }
        }
        assert_eq!(found, expected, "{}", file.display());
    }
}

#[test]
fn undecided_containers_are_told() {
    let found =
        evaluate(&Disk::default(), &testdata().join("configurations/undecided/configuration.nix"));
    let undecided: Vec<_> =
        found.desired.undecided.iter().map(|u| (u.name.as_deref(), u.reason.as_str())).collect();
    assert_eq!(
        undecided,
        [(Some("cache"), "the condition depends on config.services.nix-serve.enable")]
    );
}

fn show(place: &Place) -> String {
    let (start, end) = (place.start, place.end);
    match start.line == end.line && start.column != end.column {
        true => format!("{}:{}-{}", start.line, start.column, end.column),
        false => format!("{}:{}-{}:{}", start.line, start.column, end.line, end.column),
    }
}

#[test]
fn bad_configurations_have_the_one_mistake_that_they_name() {
    let mut wrong = Vec::new();
    for file in files(&testdata().join("bad")) {
        let found = evaluate(&Disk::default(), &file);
        let places: Vec<_> = found
            .diagnostics
            .iter()
            .map(|d| {
                format!(
                    "{} {} {}",
                    d.place.as_ref().map_or("nowhere".into(), show),
                    d.code,
                    d.summary
                )
            })
            .collect();
        let mut expected = String::new();
        let read = found.desired.sources.iter().map(|source| PathBuf::from(&*source.path));
        let mut read: Vec<_> = read.chain([file.clone()]).collect();
        read.sort();
        read.dedup();
        for source in read {
            let text = String::from_utf8_lossy(&std::fs::read(source).unwrap()).into_owned();
            expected.extend(
                text.lines().filter_map(|line| line.strip_prefix("# error: ")).map(str::to_owned),
            );
        }
        let place = expected.split(' ').next().unwrap_or_default();
        let fine = matches!(&places[..], [one] if one.split(' ').next() == Some(place));
        if !fine {
            wrong.push(format!("{}: {expected}\n    {}", file.display(), places.join("\n    ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
