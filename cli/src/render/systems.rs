//! What changes in the system of a container, for people.

use std::fmt::Write as _;
use std::sync::Arc;

use conex_model::{
    Basis, PackageChange, PackageFate, SystemChanges, UnitChange, UnitEffect, UnitFate,
};
use conex_planner::system::fate;

use crate::ui::{Role, Theme, count, printable};

/// So many packages, and so many units, are listed.
const LISTED: usize = 10;

/// The lines below the system's resource.
pub(crate) fn changes(theme: Theme, changes: &SystemChanges) -> String {
    let mut out = String::new();
    if changes.basis == Basis::Derivations {
        comment(&mut out, theme, "not built yet: this compares what both are built from");
    }
    if changes.is_empty() {
        comment(&mut out, theme, "the same packages and units as before");
    }
    let packages = &changes.packages;
    list(&mut out, theme, "package", packages, |package| self::package(theme, package));
    list(&mut out, theme, "unit", &changes.units, |unit| self::unit(theme, unit));
    out
}

fn comment(out: &mut String, theme: Theme, text: &str) {
    let _ = writeln!(out, "    {}", theme.paint(Role::Faint, format!("# {text}")));
}

fn list<T>(out: &mut String, theme: Theme, noun: &str, all: &[T], line: impl Fn(&T) -> String) {
    if all.is_empty() {
        return;
    }
    let verb = if all.len() == 1 { "changes" } else { "change" };
    let _ = writeln!(out, "    {} {verb}:", count(all.len(), noun));
    for item in all.iter().take(LISTED) {
        let _ = writeln!(out, "      {}", line(item));
    }
    if let Some(more) = all.len().checked_sub(LISTED).filter(|more| *more > 0) {
        let _ = writeln!(out, "      {}", theme.paint(Role::Faint, format!("and {more} more")));
    }
}

fn package(theme: Theme, package: &PackageChange) -> String {
    let versions = |all: &[Arc<str>]| printable(&all.join(", ")).to_string();
    let (before, after) = (versions(&package.before), versions(&package.after));
    let name = printable(&package.name).to_string();
    match fate(package) {
        PackageFate::Added => format!("{} {name} {after}", theme.paint(Role::Create, "+")),
        PackageFate::Removed => format!("{} {name} {before}", theme.paint(Role::Destroy, "-")),
        fate => {
            let word = match fate {
                PackageFate::Downgraded => " (downgraded)",
                _ => "",
            };
            format!("{} {name} {before} -> {after}{word}", theme.paint(Role::Change, "~"))
        }
    }
}

fn unit(theme: Theme, unit: &UnitChange) -> String {
    let symbol = match unit.fate {
        UnitFate::Added => theme.paint(Role::Create, "+"),
        UnitFate::Removed => theme.paint(Role::Destroy, "-"),
        UnitFate::Changed => theme.paint(Role::Change, "~"),
    };
    let effect = match (unit.fate, unit.effect) {
        (UnitFate::Added, UnitEffect::Nothing) => "not started",
        (_, UnitEffect::Nothing) => "left as it is",
        (_, UnitEffect::Start) => "started",
        (_, UnitEffect::Stop) => "stopped",
        (_, UnitEffect::Reload) => "reloaded",
        (_, UnitEffect::Restart) => "restarted",
    };
    format!("{symbol} {}: {effect}", printable(&unit.name))
}
