//! What NixOS writes into the script that starts a container instead of its conf: a unit only
//! shows that it is another script.

use std::collections::BTreeMap;

/// The flags of systemd-nspawn that the script gives by itself.
const FLAGS: [&str; 4] = ["--capability", "--ephemeral", "--network-veth-extra", "--tmpfs"];

/// What a script says, by the names of flags, `systemd` and `container-init`.
pub type Script = BTreeMap<&'static str, String>;

/// Reads the script that starts a container.
pub fn script(text: &str) -> Script {
    let mut script = Script::new();
    let words = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let words =
        words.flat_map(str::split_whitespace).map(|word| word.trim_matches(['"', '\'', ')']));
    for word in words {
        let flag = word.find("--").map_or(word, |start| &word[start..]);
        let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
        if let Some(flag) = FLAGS.iter().find(|flag| **flag == name) {
            let values = script.entry(flag).or_default();
            if !values.is_empty() {
                values.push(' ');
            }
            values.push_str(value.trim_matches(['"', '\'']));
        } else if let Some(package) = package(word, "/bin/systemd-nspawn") {
            script.insert("systemd", package.to_owned());
        } else if package(word, "-container-init").is_some() {
            script.insert("container-init", word.to_owned());
        }
    }
    script
}

/// The name of a package in the store, of a path that ends so.
fn package<'a>(word: &'a str, end: &str) -> Option<&'a str> {
    let (_, name) = word.strip_suffix(end)?.strip_prefix("/nix/store/")?.split_at_checked(32)?;
    Some(name.trim_start_matches('-'))
}

/// What two scripts say differently: the values before and after. How a container begins is told
/// only if that is all there is.
pub(crate) fn differences(
    old: &Script,
    new: &Script,
) -> BTreeMap<String, (Option<String>, Option<String>)> {
    let names: std::collections::BTreeSet<&&str> = old.keys().chain(new.keys()).collect();
    let pair = |name: &str| (old.get(name).cloned(), new.get(name).cloned());
    let differing = names.into_iter().map(|name| ((*name).to_owned(), pair(name)));
    let mut all: BTreeMap<_, _> = differing.filter(|(_, (old, new))| old != new).collect();
    if all.len() > 1 {
        all.remove("container-init");
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_and_packages_are_found() {
        let store = |name: &str| format!("/nix/store/{}-{name}", "0".repeat(32));
        let text = format!(
            "# --tmpfs=/no\nextraFlags+=('--network-veth-extra=a' '--network-veth-extra=b')\n\
             exec {}/bin/systemd-nspawn \\\n  --keep-unit \\\n  --ephemeral \\\n  \
             --capability=\"CAP_A,CAP_B\" \\\n  --tmpfs=/x --tmpfs=/y:size=1m \\\n  {} \"$x/init\"\n",
            store("systemd-257.6"),
            store("container-init"),
        );
        let found = script(&text);
        let expected = [
            ("--capability", "CAP_A,CAP_B".to_owned()),
            ("--ephemeral", String::new()),
            ("--network-veth-extra", "a b".to_owned()),
            ("--tmpfs", "/x /y:size=1m".to_owned()),
            ("container-init", store("container-init")),
            ("systemd", "systemd-257.6".to_owned()),
        ];
        assert_eq!(found, Script::from(expected));
        let mut other = found.clone();
        other.insert("container-init", "x".into());
        assert_eq!(differences(&found, &other).len(), 1);
        other.remove("--tmpfs");
        let told = differences(&found, &other);
        assert_eq!(told.keys().collect::<Vec<_>>(), ["--tmpfs"]);
    }
}
