//! The plan file.

use conex_model::{HostIdentity, Observed, UnitDirectory};
use conex_planner::file::{self, PlanFileError};
use conex_planner::{Request, plan};
use serde_json::Value as Json;

use crate::support::*;

fn sample() -> conex_model::Plan {
    let wanted = undecided(
        desired([
            full("web"),
            configured("backup.site-2", "d1").set(
                "bindMounts",
                set([("x", set([("hostPath", unknown("it depends on pkgs", None))]))]),
            ),
        ]),
        Some("db"),
    );
    plan(&wanted, &Observed::default(), &Request::default()).unwrap()
}

#[test]
fn a_plan_is_read_back_as_it_was() {
    let plan = sample();
    let json = file::write(&plan).unwrap();
    assert_eq!(file::read(json.as_bytes()).unwrap(), plan);
    assert_eq!(file::write(&plan).unwrap(), json);
}

#[test]
fn the_json_has_the_shape_of_opentofus() {
    let json: Json = serde_json::from_str(&file::write(&sample()).unwrap()).unwrap();
    assert_eq!(json["format_version"], "1.0");
    let changes = json["resource_changes"].as_array().unwrap();
    let at = |address: &str| changes.iter().find(|c| c["address"] == address).unwrap();
    let conf = at("containers.\"backup.site-2\".conf");
    assert_eq!(conf["container"], "backup.site-2");
    assert_eq!(conf["kind"], "conf");
    assert_eq!(conf["change"]["actions"][0], "create");
    assert_eq!(conf["change"]["before"], Json::Null);
    assert_eq!(conf["change"]["after_unknown"]["path"], true);
    assert_eq!(conf["change"]["after_unknown"]["bindMounts"]["x"]["hostPath"], true);
    assert_eq!(conf["change"]["after"].get("path"), None);
    assert_eq!(conf["causes"][0]["range"]["start"]["line"], 1);
    let network = at("containers.web.network");
    assert_eq!(network["change"]["after"]["hostAddress"], "10.0.0.1");
    assert_eq!(network["change"]["disruption"], "none");
    assert_eq!(json["undecided"][0]["name"], "db");
}

#[test]
fn a_file_that_is_cut_off_edited_or_newer_is_refused() {
    let json = file::write(&sample()).unwrap();
    let body = json.trim_end();
    for end in 0..body.len() {
        if body.is_char_boundary(end) && (end % 97 == 0 || end + 50 > body.len()) {
            assert_eq!(file::read(&body.as_bytes()[..end]), Err(PlanFileError::Truncated), "{end}");
        }
    }
    let edited = json.replace("10.0.0.1", "10.0.0.9");
    assert_eq!(file::read(edited.as_bytes()), Err(PlanFileError::Edited));
    let newer = json.replace("\"format_version\":\"1.0\"", "\"format_version\":\"2.0\"");
    assert!(matches!(file::read(newer.as_bytes()), Err(PlanFileError::NewerFormat { .. })));
    assert!(matches!(file::read(b"{}"), Err(PlanFileError::NotAPlan(_))));
    assert!(matches!(file::read(b"hello"), Err(PlanFileError::NotAPlan(_))));
}

#[test]
fn a_changed_byte_is_refused_or_harmless() {
    let plan = sample();
    let json = file::write(&plan).unwrap().into_bytes();
    for position in (0..json.len()).step_by(41) {
        let mut mutated = json.clone();
        mutated[position] ^= 0x04;
        if let Ok(read) = file::read(&mutated) {
            assert_eq!(read, plan, "byte {position}");
        }
    }
}

#[test]
fn a_plan_for_another_host_or_time_is_refused() {
    let plan = sample();
    let here = Observed::default();
    assert_eq!(file::verify(&plan, &here), Ok(()));
    let other = Observed { host: HostIdentity::Directory("/x".to_owned()), ..here.clone() };
    assert!(matches!(file::verify(&plan, &other), Err(PlanFileError::OtherHost { .. })));
    let units = UnitDirectory::new("/etc/units").unwrap();
    let moved = Observed { unit_directory: units, ..here.clone() };
    assert!(matches!(file::verify(&plan, &moved), Err(PlanFileError::OtherUnitDirectory { .. })));
    let later = Observed { current_system: Some("/nix/store/y".to_owned()), ..here };
    assert_eq!(file::verify(&plan, &later), Err(PlanFileError::Stale));
}
