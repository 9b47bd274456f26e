//! What options of NixOS are called elsewhere.
//!
//! Which options NixOS has is known to a nixpkgs only, and evaluating that is
//! not for who waits. But names that stand in other files, in other containers
//! and in the host's own modules are an honest source: they are told as what
//! they are, used elsewhere.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use conex_parser::structure::{EntryKind, Step, Structure, structure};

use super::complete::is_cursor;
use super::options::normal;
use super::{View, looks_like_a_module};

/// Paths of options in a text, each once.
type Paths = Arc<[Vec<Step>]>;

/// What the texts of files define, from one question to the next.
#[derive(Debug, Default)]
pub struct Defined {
    known: BTreeMap<Arc<str>, (Arc<str>, Paths)>,
}

/// What is never an option: how modules are put together, and what conex
/// declares itself.
const OF_MODULES: [&str; 8] =
    ["_file", "_module", "containers", "disabledModules", "freeformType", "imports", "key", "meta"];

/// What so many files define is kept.
const MOST: usize = 10_000;

/// A name that stands below a path somewhere.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Elsewhere {
    pub(super) name: String,
    /// In which files.
    pub(super) files: Vec<String>,
}

/// The path of an option of NixOS: of the host, or of the system of a
/// container.
pub(super) fn of_system(path: &[Step]) -> Option<Vec<Step>> {
    let mut path = normal(path);
    if let [Step::Name(set), _, Step::Name(config), ..] = &path[..]
        && (set.as_str(), config.as_str()) == ("containers", "config")
    {
        path = normal(&path[3..]);
    }
    if let Some(Step::Name(first)) = path.first()
        && first == "options"
    {
        path.remove(0);
    }
    let of_modules =
        |step: &Step| matches!(step, Step::Name(name) if OF_MODULES.contains(&&**name));
    let is_system = !path.first().is_some_and(of_modules) && !path.contains(&Step::Elsewhere);
    is_system.then_some(path)
}

/// The names below a path of a system that stand elsewhere, those in most files
/// first. `own` is what the text is made of that is asked about.
pub(super) fn below(view: &View<'_>, own: &Structure, path: &[Step]) -> Vec<Elsewhere> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut look = |file: &Path, paths: &[Vec<Step>]| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        for defined in paths {
            let same = defined.iter().zip(path).all(|(a, b)| a == b || *a == Step::Any);
            let Some(Step::Name(next)) = defined.get(path.len()).filter(|_| same) else {
                continue;
            };
            let files = found.entry(next.clone()).or_default();
            if files.iter().all(|known| **known != *name) {
                files.push(name.clone().into_owned());
            }
        }
    };
    look(view.path, &paths(own));
    let mut defined = view.world.defined.borrow_mut();
    for (file, text) in view.analyses.iter().flat_map(|analysis| &analysis.texts) {
        let path = Path::new(&**file);
        // What conex carries in itself declares no options of NixOS.
        if !file.starts_with('<') && !path.starts_with("/nix/store") && path != view.path {
            look(path, &defined.of(file, text));
        }
    }
    let mut all: Vec<_> =
        found.into_iter().map(|(name, files)| Elsewhere { name, files }).collect();
    all.sort_by_key(|it| std::cmp::Reverse(it.files.len()));
    all
}

impl Defined {
    fn of(&mut self, file: &Arc<str>, text: &Arc<str>) -> Paths {
        match self.known.get(file) {
            Some((same, paths)) if same == text => paths.clone(),
            _ => {
                let paths = of_text(text);
                // Of files that are not read any more nobody tells.
                if self.known.len() >= MOST {
                    self.known.clear();
                }
                self.known.insert(file.clone(), (text.clone(), paths.clone()));
                paths
            }
        }
    }
}

/// The options of NixOS that a text defines or declares, if it is a module.
fn of_text(text: &str) -> Paths {
    match looks_like_a_module(text) {
        true => paths(&structure(text)).into(),
        false => Paths::default(),
    }
}

fn paths(structure: &Structure) -> Vec<Vec<Step>> {
    let entries = structure.entries.iter().enumerate();
    let attributes = entries.filter(|(_, entry)| {
        entry.kind == EntryKind::Attribute && !entry.names.iter().any(is_cursor)
    });
    let mut all: Vec<_> =
        attributes.filter_map(|(index, _)| of_system(&structure.path(index))).collect();
    all.retain(|path| !path.is_empty());
    all.sort_by_cached_key(|path| format!("{path:?}"));
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let of = |step: &Step| match step {
            Step::Name(name) => name.clone(),
            step => format!("{step:?}"),
        };
        let join = |path: &Vec<Step>| path.iter().map(of).collect::<Vec<_>>().join(".");
        of_text(text).iter().map(join).collect()
    }

    #[test]
    fn options_of_systems_are_told_from_all_else() {
        for (text, expected) in [
            ("{ services.nginx.enable = true; }", &["services.nginx.enable"][..]),
            ("{ config.time.timeZone = \"UTC\"; imports = [ { b = 1; } ]; }", &["time.timeZone"]),
            ("{ options.my.port = lib.mkOption { }; }", &["my.port"]),
            (
                "{ containers.web = { autoStart = true; config = { lib, ... }: { networking.firewall.enable = false; }; }; }",
                &["networking.firewall.enable"],
            ),
            ("{ pkgs ? import <nixpkgs> { } }: pkgs.mkShell { a = 1; }", &[]),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
