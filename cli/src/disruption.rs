//! `docs/disruption.md`: the rules of least disruption as a document, made from
//! the planner's own table and kept up to date by a test.

use std::fmt::Write as _;

use conex_planner::rungs::{CASES, RULES};

/// With `CONEX_UPDATE_DOCS` set, the document is written instead.
#[test]
fn the_document_has_the_rules_of_the_planner() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/disruption.md");
    let expected = document();
    if std::env::var_os("CONEX_UPDATE_DOCS").is_some() {
        std::fs::write(path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == expected,
        "docs/disruption.md is out of date: run CONEX_UPDATE_DOCS=1 cargo test -p conex disruption"
    );
}

fn document() -> String {
    let mut out = String::from(
        "# What a change does to a running container

<!-- Made from the program itself; see cli/src/disruption.rs. -->

conex takes the gentlest way that suffices, from the first to the last:

- **none**: nothing; what changed counts when the container next starts
- **live**: the host changes something around the running container: an address, a
  route, a bridge, a forwarded port, a mount, a limit
- **reload**: the new system is activated inside, without a reboot
- **restart**: the container is stopped and started
- **recreate**: it is stopped and starts with another root directory; the old one is kept

| option | is set, or gets an entry | is changed | is unset, or loses an entry | why not gentler |
| --- | --- | --- | --- | --- |
",
    );
    for rule in RULES.iter().filter(|rule| !OWN.contains(&rule.option)) {
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {} | {} |",
            rule.option, rule.set, rule.changed, rule.unset, rule.why
        );
    }
    out.push_str("\n## What else counts\n\n| when | then |\n| --- | --- |\n");
    for (case, meaning) in CASES {
        let _ = writeln!(out, "| {case} | {meaning} |");
    }
    out
}

/// What the planner compares and is no option.
const OWN: [&str; 4] = ["contents", "file", "interface", "running"];
