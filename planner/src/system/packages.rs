//! Packages, by the names of store objects.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use conex_model::{PackageChange, PackageFate};

/// What the outputs of a package are called beside `out`.
const OUTPUTS: [&str; 12] = [
    "bin", "data", "debug", "dev", "devdoc", "dist", "doc", "info", "lib", "man", "static",
    "terminfo",
];

/// What a system as a whole is called.
const SYSTEM: &str = "nixos-system-";

type Versions<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// The packages of which the versions differ.
pub(super) fn compare(
    before: &BTreeSet<Arc<str>>,
    after: &BTreeSet<Arc<str>>,
) -> Vec<PackageChange> {
    let (before, after) = (versions(before), versions(after));
    let names: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let sorted = |all: &Versions<'_>, name: &str| -> Vec<Arc<str>> {
        let mut all: Vec<&str> = all.get(name).into_iter().flatten().copied().collect();
        all.sort_by(|a, b| order(a, b));
        all.into_iter().map(Arc::from).collect()
    };
    names
        .into_iter()
        .filter(|name| before.get(name) != after.get(name))
        .map(|name| PackageChange {
            name: name.into(),
            before: sorted(&before, name),
            after: sorted(&after, name),
        })
        .collect()
}

/// What became of a package.
pub(super) fn fate(change: &PackageChange) -> PackageFate {
    match (change.before.last(), change.after.last()) {
        (None, _) => PackageFate::Added,
        (_, None) => PackageFate::Removed,
        (Some(before), Some(after)) => match order(before, after) {
            Ordering::Less => PackageFate::Upgraded,
            Ordering::Greater => PackageFate::Downgraded,
            Ordering::Equal => PackageFate::Changed,
        },
    }
}

/// What has a version is a package; the rest are files of the configuration.
fn versions(names: &BTreeSet<Arc<str>>) -> Versions<'_> {
    let mut versions = Versions::new();
    for name in names.iter().filter(|name| !name.starts_with(SYSTEM)) {
        if let Some((package, version)) = split(name) {
            versions.entry(package).or_default().insert(version);
        }
    }
    versions
}

/// A name and a version, as `builtins.parseDrvName` splits them, without the
/// name of an output.
fn split(name: &str) -> Option<(&str, &str)> {
    let is_version =
        |at: &usize| name.as_bytes().get(at + 1).is_some_and(|byte| !byte.is_ascii_alphabetic());
    let at = name.match_indices('-').map(|(at, _)| at).find(is_version)?;
    let (package, version) = (&name[..at], &name[at + 1..]);
    let version = match version.rsplit_once('-') {
        Some((version, output)) if OUTPUTS.contains(&output) => version,
        _ => version,
    };
    (!package.is_empty() && version.starts_with(|c: char| c.is_ascii_digit()))
        .then_some((package, version))
}

/// The order of versions, as `builtins.compareVersions` has it: parts are
/// numbers or words; `pre` comes before everything, a number after a word.
fn order(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (Parts(a), Parts(b));
    loop {
        let (left, right) = (a.next(), b.next());
        if left.is_none() && right.is_none() {
            return Ordering::Equal;
        }
        let (left, right) = (left.unwrap_or_default(), right.unwrap_or_default());
        match order_of_parts(left, right) {
            Ordering::Equal => {}
            order => return order,
        }
    }
}

fn order_of_parts(a: &str, b: &str) -> Ordering {
    let number = |part: &str| part.parse::<u64>().ok();
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ if a == b => Ordering::Equal,
        (None, Some(_)) if a.is_empty() || a == "pre" => Ordering::Less,
        (Some(_), None) if b.is_empty() || b == "pre" => Ordering::Greater,
        _ if a == "pre" => Ordering::Less,
        _ if b == "pre" => Ordering::Greater,
        (Some(_), None) => Ordering::Greater,
        (None, Some(_)) => Ordering::Less,
        _ => a.cmp(b),
    }
}

/// The parts of a version: `1.2pre3` has 1, 2, pre, 3.
struct Parts<'a>(&'a str);

impl<'a> Iterator for Parts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.0.trim_start_matches(['.', '-']);
        let first = rest.chars().next()?;
        let digits = first.is_ascii_digit();
        let ends = |c: char| matches!(c, '.' | '-') || c.is_ascii_digit() != digits;
        let (part, rest) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
        self.0 = rest;
        Some(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> BTreeSet<Arc<str>> {
        names.iter().map(|name| (*name).into()).collect()
    }

    #[test]
    fn names_are_split_at_the_version() {
        assert_eq!(split("nginx-1.28.0"), Some(("nginx", "1.28.0")));
        assert_eq!(split("openssl-3.0.7-bin"), Some(("openssl", "3.0.7")));
        assert_eq!(split("python3.12-requests-2.32.3"), Some(("python3.12-requests", "2.32.3")));
        assert_eq!(split("glibc-2.39-52"), Some(("glibc", "2.39-52")));
        assert_eq!(split("unit-nginx.service"), None);
        assert_eq!(split("etc"), None);
        assert_eq!(split("-1"), None);
    }

    // Recorded with `nix-instantiate --eval -E 'builtins.compareVersions a b'`.
    #[test]
    fn versions_have_the_order_of_nix() {
        use Ordering::{Equal, Greater, Less};
        for (a, b, expected) in [
            ("1.0", "2.3", Less),
            ("2.1", "2.3", Less),
            ("2.3", "2.3", Equal),
            ("2.5", "2.3", Greater),
            ("2.3.1", "2.3", Greater),
            ("2.3.1", "2.3a", Greater),
            ("2.3pre1", "2.3", Less),
            ("2.3pre3", "2.3pre12", Less),
            ("2.3a", "2.3c", Less),
            ("2.3pre1", "2.3c", Less),
            ("2.3pre1", "2.3q", Less),
            ("2.39-52", "2.39-9", Greater),
            ("1.a", "1.1", Less),
            ("1.", "1", Equal),
        ] {
            assert_eq!(order(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn a_package_comes_goes_and_changes() {
        let before =
            names(&["a-1.0", "b-2", "c-2.0", "d-1", "d-2", "same-1", "unit-x", "nixos-system-w-1"]);
        let after = names(&["b-10", "c-1.9", "d-2", "e-1", "same-1", "unit-y", "nixos-system-w-2"]);
        let changes = compare(&before, &after);
        let told: Vec<String> = changes
            .iter()
            .map(|c| format!("{} {} {:?} {:?}", c.name, fate(c).as_str(), c.before, c.after))
            .collect();
        assert_eq!(
            told,
            [
                r#"a removed ["1.0"] []"#,
                r#"b upgraded ["2"] ["10"]"#,
                r#"c downgraded ["2.0"] ["1.9"]"#,
                r#"d changed ["1", "2"] ["2"]"#,
                r#"e added [] ["1"]"#,
            ]
        );
    }
}
