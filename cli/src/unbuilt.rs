//! The system of a configuration that is not built, as far as a switch goes by it, and
//! where the configuration says what differs.

use std::collections::BTreeMap;

use conex_model::{ContainerName, Desired, Place};
use conex_switch::{System, TEMPLATE, Unit, conf, mounts, script};
use serde_json::Value as Json;

/// What a key of a conf or of a unit comes from.
const OPTIONS: [(&str, &[&str]); 35] = [
    ("--capability", &["additionalCapabilities", "enableTun"]),
    ("--ephemeral", &["ephemeral"]),
    ("--network-veth-extra", &["extraVeths"]),
    ("--tmpfs", &["tmpfs"]),
    ("AUTO_START", &["autoStart"]),
    ("After", &["dependsOn"]),
    ("CPUQuota", &["limits"]),
    ("CPUWeight", &["limits"]),
    ("DeviceAllow", &["allowedDevices", "enableTun"]),
    ("EXTRA_NSPAWN_FLAGS", &["bindMounts", "extraFlags"]),
    ("FLAKE", &["flake"]),
    ("HOST_ADDRESS", &["hostAddress"]),
    ("HOST_ADDRESS6", &["hostAddress6"]),
    ("HOST_BRIDGE", &["hostBridge"]),
    ("HOST_PORT", &["forwardPorts"]),
    ("IOWeight", &["limits"]),
    ("INTERFACES", &["interfaces"]),
    ("LOCAL_ADDRESS", &["localAddress"]),
    ("LOCAL_ADDRESS6", &["localAddress6"]),
    ("LOCAL_MAC_ADDRESS", &["localMacAddress"]),
    ("MACVLANS", &["macvlans"]),
    ("MemoryHigh", &["limits"]),
    ("MemoryMax", &["limits"]),
    ("MemorySwapMax", &["limits"]),
    ("NETWORK_NAMESPACE_PATH", &["networkNamespace"]),
    ("PRIVATE_NETWORK", &["privateNetwork"]),
    ("PRIVATE_USERS", &["privateUsers"]),
    ("RequiresMountsFor", &["bindMounts", "ephemeral"]),
    ("SYSTEM_PATH", &["config", "path"]),
    ("RuntimeDirectory", &["ephemeral"]),
    ("container-init", &["extraVeths"]),
    ("TasksMax", &["limits"]),
    ("TimeoutStartSec", &["timeoutStartSec"]),
    ("Wants", &["dependsOn"]),
    ("X-RestartIfChanged", &["restartIfChanged", "autoStart", "updateStrategy"]),
];

/// The keys of a drop-in by which its unit starts others.
const STARTS: [&str; 2] = ["Requires", "Wants"];

/// The system that [`conex_options::switch_to`] tells of.
pub(crate) fn system(text: &str) -> Result<System, serde_json::Error> {
    let json: Json = serde_json::from_str(text)?;
    let others = strings(&json["others"]).map(str::to_owned).collect();
    let mut system = System { partial: Some(others), ..System::default() };
    system.mounts = json["fstab"].as_str().map(mounts);
    for (name, unit) in entries(&json["units"]).filter(|(name, _)| *name == TEMPLATE) {
        add(&mut system, name, unit, "");
    }
    let template = json["units"][TEMPLATE]["text"].as_str().unwrap_or_default();
    for (name, unit) in entries(&json["units"]).filter(|(name, _)| *name != TEMPLATE) {
        add(&mut system, name, unit, template);
    }
    for (name, text) in entries(&json["scripts"]) {
        system.scripts.insert(name.to_owned(), script(text.as_str().unwrap_or_default()));
    }
    for (name, text) in entries(&json["confs"]) {
        system.confs.insert(name.to_owned(), conf(text.as_str().unwrap_or_default()));
    }
    Ok(system)
}

fn entries(json: &Json) -> impl Iterator<Item = (&str, &Json)> {
    json.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

fn strings(json: &Json) -> impl Iterator<Item = &str> {
    json.as_array().into_iter().flatten().filter_map(Json::as_str)
}

fn add(system: &mut System, name: &str, unit: &Json, template: &str) {
    if unit["enable"] == false {
        system.masked.insert(name.to_owned());
        return;
    }
    for wanting in strings(&unit["wantedBy"]) {
        system.wants.link(wanting, name);
    }
    for needing in strings(&unit["requiredBy"]) {
        system.wants.require(needing, name);
    }
    let text = unit["text"].as_str().unwrap_or_default();
    if unit["dropIn"] != true {
        system.units.insert(name.to_owned(), Unit::parse([text]));
    } else if name.starts_with("container@") {
        system.instances.insert(name.to_owned(), Unit::parse([template, text]));
    } else if let Some(others) = &mut system.partial {
        // What it is added to is not here.
        others.insert(name.to_owned());
        if let Ok(unit) = Unit::parse([text]) {
            STARTS.iter().flat_map(|key| unit.words("Unit", key)).for_each(|wanted| {
                system.wants.link(name, wanted);
            });
        }
    }
}

/// Where the options of a container are set that a key of its conf or unit comes from,
/// by the names of the options.
pub(crate) fn origins<'a>(
    desired: &'a Desired,
    name: &str,
    key: &str,
) -> BTreeMap<&'a str, &'a Place> {
    let container = ContainerName::new(name).ok().and_then(|name| desired.containers.get(&name));
    let Some(container) = container else { return BTreeMap::new() };
    let options = OPTIONS.iter().find(|(of, _)| *of == key).map_or(&[][..], |(_, options)| options);
    let set = options.iter().filter_map(|option| container.options.get_key_value(*option));
    set.filter_map(|(option, located)| Some((&**option, located.places.first()?))).collect()
}
