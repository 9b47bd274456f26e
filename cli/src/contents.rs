//! What is in the systems of containers, read from the store of this machine
//! and from the derivations that were evaluated.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use conex_evaluator::DerivationFile;
use conex_planner::system::{Contents, Systems};

use crate::store::Store;
use crate::trees::{Tree, UNITS};

/// What makes the file of one unit is called so, with the unit's name.
const UNIT: &str = "unit-";
/// What collects the units of a system.
const ALL_UNITS: &str = "system-units";
const KINDS: [&str; 9] =
    ["automount", "mount", "path", "service", "slice", "socket", "swap", "target", "timer"];

/// The systems that are in a store, or that it knows the derivations of.
#[derive(Debug)]
pub(crate) struct InStore<'a> {
    store: &'a Store,
}

impl<'a> InStore<'a> {
    pub(crate) fn new(store: &'a Store) -> Self {
        Self { store }
    }
}

impl Systems for InStore<'_> {
    fn built(&mut self, path: &str) -> Option<Contents> {
        let mut contents = Contents::default();
        let mut seen = HashSet::new();
        let mut open = vec![path.to_owned()];
        while let Some(path) = open.pop() {
            if seen.insert(path.clone()) {
                contents.names.extend(name(&path).map(Arc::from));
                open.extend(self.store.path_info(&path)?.references);
            }
        }
        self.units(path, &mut contents);
        Some(contents)
    }

    fn derivation(&mut self, derivation: &str) -> Option<Contents> {
        let mut contents = Contents::default();
        let mut seen = HashSet::new();
        let mut open = vec![derivation.to_owned()];
        while let Some(path) = open.pop() {
            if !seen.insert(path.clone()) {
                continue;
            }
            let file = conex_evaluator::read_derivation(&self.store.read(&path)?)?;
            if let Some(name) = name(&path).and_then(|name| name.strip_suffix(".drv")) {
                note(&mut contents, name, &file);
            }
            open.extend(file.inputs);
        }
        Some(contents)
    }

    fn deriver(&mut self, path: &str) -> Option<String> {
        self.store.path_info(path)?.deriver
    }
}

impl InStore<'_> {
    /// The units of a built system.
    fn units(&self, system: &str, contents: &mut Contents) {
        let Ok(tree) = Tree::open(&self.store.on_disk(system), self.store.root()) else { return };
        let list = |path: &str| tree.list(path).unwrap_or_default();
        let text = |path: &str| tree.text(path).ok().flatten();
        let mut dropped: BTreeMap<String, String> = BTreeMap::new();
        for name in list(UNITS) {
            let path = format!("{UNITS}/{name}");
            let Some((unit, kind)) = name.rsplit_once('.') else { continue };
            match kind {
                "wants" | "requires" | "upholds" => {
                    contents.wanted.extend(list(&path).into_iter().map(Arc::from));
                }
                "d" => {
                    let texts =
                        list(&path).into_iter().filter_map(|f| text(&format!("{path}/{f}")));
                    dropped.insert(unit.to_owned(), texts.collect());
                }
                _ if KINDS.contains(&kind) => {
                    // What is masked is a link to nothing.
                    contents
                        .units
                        .insert(name.as_str().into(), text(&path).unwrap_or_default().into());
                }
                _ => {}
            }
        }
        for (unit, more) in dropped {
            let text = contents.units.entry(unit.into()).or_default();
            *text = format!("{text}\n{more}").into();
        }
    }
}

/// Takes note of a derivation that a system is built from. What is only
/// downloaded is the source of a package and none itself.
fn note(contents: &mut Contents, name: &str, file: &DerivationFile) {
    let variable =
        |name: &str| file.environment.get(name).map(|text| String::from_utf8_lossy(text));
    if variable("outputHash").is_some_and(|hash| !hash.is_empty()) {
        return;
    }
    contents.names.insert(name.into());
    if let Some((unit, text)) = name.strip_prefix(UNIT).zip(variable("text")) {
        let script = variable("buildCommand").unwrap_or_default();
        contents.units.insert(unescaped(unit, &script).into(), text.into());
    }
    if name == ALL_UNITS
        && let Some(script) = variable("buildCommand")
    {
        contents.wanted.extend(linked(&script).map(Arc::from));
    }
}

/// The name of a unit. That of a derivation has a `-` for each character that
/// store paths can not have; the script that writes the unit has the real one.
fn unescaped<'a>(unit: &'a str, script: &'a str) -> &'a str {
    let escaped = |name: &str| name.replace(['@', '\\', ':'], "-");
    let ends = |c: char| c.is_whitespace() || matches!(c, '/' | '\'' | '"' | '=' | ';');
    script.split(ends).find(|word| escaped(word) == unit).unwrap_or(unit)
}

/// The units that a script links to from the directories of what wants them:
/// `ln -sfn '../NAME' …`.
fn linked(script: &str) -> impl Iterator<Item = &str> {
    script.split("'../").skip(1).filter_map(|rest| rest.split('\'').next())
}

/// The name of a store object, behind its hash.
fn name(path: &str) -> Option<&str> {
    path.rsplit('/').next()?.split_once('-').map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_have_their_names_from_the_scripts_that_write_them() {
        let script = "mkdir -p $out\necho -n \"$text\" > $out/'sshd@.service'\n";
        assert_eq!(unescaped("sshd-.service", script), "sshd@.service");
        assert_eq!(unescaped("nginx.service", script), "nginx.service");
    }

    #[test]
    fn what_wants_a_unit_links_to_it() {
        let script =
            "mkdir -p $out/'a.target.wants'\nln -sfn '../b.service' $out/'a.target.wants'/\n";
        assert_eq!(linked(script).collect::<Vec<_>>(), ["b.service"]);
    }
}
