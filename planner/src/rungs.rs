//! The rules of least disruption: what a change of each option needs of a
//! running container. One table; what it does not know restarts.

use conex_model::{Attribute, Disruption};

use Disruption::{Live, None as Nothing, Recreate, Reload, Restart};

/// What one option's changes need.
#[derive(Debug)]
pub struct Rule {
    /// The option, or the attribute that is derived from options.
    pub option: &'static str,
    /// It was not set, or an entry is added.
    pub set: Disruption,
    /// It had another value, or an entry has.
    pub changed: Disruption,
    /// It is no longer set, or an entry goes.
    pub unset: Disruption,
    /// Why not gentler, as a clause.
    pub why: &'static str,
}

const fn all(option: &'static str, rung: Disruption, why: &'static str) -> Rule {
    Rule { option, set: rung, changed: rung, unset: rung, why }
}

/// The table, by option.
pub const RULES: [Rule; 33] = [
    all("additionalCapabilities", Restart, "a process keeps the capabilities it started with"),
    all("allowedDevices", Restart, "device nodes are made when the container starts"),
    all("autoStart", Nothing, "it counts when the host boots"),
    Rule {
        option: "bindMounts",
        set: Live,
        changed: Restart,
        unset: Restart,
        why: "a mount that the guest may be using is not taken away",
    },
    all("config", Reload, "the new system has to be activated inside"),
    all("dependsOn", Nothing, "it counts when the container starts"),
    all("enableTun", Restart, "device nodes are made when the container starts"),
    all("ephemeral", Restart, "the root is mounted when the container starts"),
    all("extraFlags", Restart, "systemd-nspawn reads its arguments when it starts"),
    all("extraVeths", Restart, "interfaces are handed over when the container starts"),
    all("flake", Reload, "the new system has to be activated inside"),
    all("forwardPorts", Live, "the host forwards the ports"),
    all("hostAddress", Live, "the address is on the host's side"),
    all("hostAddress6", Live, "the address is on the host's side"),
    all("hostBridge", Live, "the bridge is on the host's side"),
    all("interface", Restart, "the interface is made when the container starts"),
    all("interfaces", Restart, "interfaces are handed over when the container starts"),
    all("limits", Live, "systemd changes them on a running unit"),
    all("localAddress", Restart, "the guest takes its address when it starts"),
    all("localAddress6", Restart, "the guest takes its address when it starts"),
    all("localMacAddress", Restart, "the guest takes its address when it starts"),
    all("macvlans", Restart, "interfaces are handed over when the container starts"),
    all("networkNamespace", Restart, "a process keeps the namespace it started in"),
    all("path", Reload, "the new system has to be activated inside"),
    all("privateNetwork", Restart, "a process keeps the namespace it started in"),
    all("privateUsers", Restart, "a process keeps the user namespace it started in"),
    all("restartIfChanged", Nothing, "it tells how to treat other changes"),
    all("root", Recreate, "it starts with another root directory"),
    all("running", Restart, "it is not known what the container was started with"),
    all("timeoutStartSec", Nothing, "it counts when the container starts"),
    all("tmpfs", Restart, "it is mounted when the container starts"),
    // Not options of their own: where files are says nothing of a container.
    all("contents", Nothing, "the file is read when the container starts"),
    all("file", Nothing, "the file is read when the container starts"),
];

/// What else decides over it, for people: a case, and what it means.
pub const CASES: [(&str, &str); 9] = [
    ("the container is not running", "nothing: what changed counts when it starts"),
    (
        "`restartIfChanged` is false",
        "what needs more than a reload waits for the next start, and is shown as waiting",
    ),
    (
        "`updateStrategy` is `none`, `live` or `reload`",
        "what needs more than that waits for the next start, and is shown as waiting",
    ),
    ("`updateStrategy` is `restart`", "a restart takes the place of a reload"),
    (
        "`privateUsers` shifts the users (`pick`, or a number above 0)",
        "an added bind mount needs a restart: it can not be made with its users translated",
    ),
    (
        "no container with `forwardPorts` has started since the host booted",
        "an added one needs a restart: only such a start makes systemd's map of ports",
    ),
    ("the container is `ephemeral`", "a restart loses what it wrote since its start; that is said"),
    (
        "another container takes what it gives up (an address, a port, an interface)",
        "it is stopped first and started last, so that both can swap",
    ),
    ("an option that is not in the table", "a restart, and that is said"),
];

/// What a change of one attribute needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// The gentlest way.
    pub rung: Disruption,
    /// Why not gentler, as a clause.
    pub why: &'static str,
}

/// What a running container needs when an attribute changes. `shifted`: its
/// users are shifted.
pub fn need(
    option: &str,
    before: Option<&Attribute>,
    after: Option<&Attribute>,
    shifted: bool,
) -> Need {
    let Some(rule) = RULES.iter().find(|rule| rule.option == option) else {
        return Need { rung: Restart, why: "conex does not know a gentler way for this option" };
    };
    let (mut set, mut changed, mut unset) = kinds(before, after);
    if !(set || changed || unset) {
        (set, changed, unset) = (false, true, false);
    }
    let rung = [(set, rule.set), (changed, rule.changed), (unset, rule.unset)]
        .into_iter()
        .filter_map(|(happens, rung)| happens.then_some(rung))
        .max()
        .unwrap_or(Restart);
    if option == "bindMounts" && rung == Live && shifted {
        let why = "a mount can not be added to a running container with private users";
        return Need { rung: Restart, why };
    }
    Need { rung, why: rule.why }
}

/// Whether something is set, changed, unset: entry by entry in sets.
fn kinds(before: Option<&Attribute>, after: Option<&Attribute>) -> (bool, bool, bool) {
    match (before, after) {
        (None, None) => (false, false, false),
        (None, Some(_)) => (true, false, false),
        (Some(_), None) => (false, false, true),
        (Some(Attribute::Map(before)), Some(Attribute::Map(after))) => (
            after.keys().any(|key| !before.contains_key(key)),
            after.iter().any(|(key, value)| before.get(key).is_some_and(|old| old != value)),
            before.keys().any(|key| !after.contains_key(key)),
        ),
        (Some(before), Some(after)) => (false, before != after, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_but_for_its_end_and_has_no_row_twice() {
        let options: Vec<_> = RULES.iter().map(|rule| rule.option).collect();
        assert!(options[..31].is_sorted(), "{options:?}");
        let mut unique = options.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), options.len());
    }

    #[test]
    fn an_added_mount_is_live_and_a_removed_one_is_not() {
        let mount = |names: &[&str]| {
            Attribute::Map(names.iter().map(|n| ((*n).into(), Attribute::Bool(true))).collect())
        };
        let rung = |a: &[&str], b: &[&str], shifted| {
            need("bindMounts", Some(&mount(a)), Some(&mount(b)), shifted).rung
        };
        assert_eq!(rung(&["/a"], &["/a", "/b"], false), Live);
        assert_eq!(rung(&["/a"], &["/a", "/b"], true), Restart);
        assert_eq!(rung(&["/a", "/b"], &["/a"], false), Restart);
        assert_eq!(need("novel", None, None, false).rung, Restart);
    }
}
