//! A container needs something to run, and one thing.

use conex_evaluator::{Evaluator, Symbol};
use conex_model::{Code, Container, Diagnostic, Related, Value};

use crate::def::Def;
use crate::instance::Instance;
use crate::loc::{self, Loc};
use crate::spot::Spot;
use crate::system::{Shared, System};

pub(super) fn check<'h>(
    sys: &Shared<'h>,
    ev: &mut Evaluator<'h>,
    container: &Container,
    instance: &'h Instance<'h>,
    defs: &[Def<'h>],
    loc: Loc<'h>,
) {
    let words = sys.words;
    let given = |name: &str| container.value(name).is_some_and(|value| *value != Value::Null);
    if given("config") {
        return check_single(sys, ev, container, instance, loc);
    }
    if given("path") || given("flake") {
        return;
    }
    // A definition that was refused is a definition.
    if defined(sys, ev, instance, [words.path, words.config, words.flake]) {
        return;
    }
    let name = loc::show(ev, loc);
    // What was refused may be what was meant to be run.
    let misspelt = System::groups(sys, ev, instance)
        .is_ok_and(|groups| groups.rest.iter().any(|(name, _)| *name != words.module));
    if misspelt || sys.findings.borrow().has(Code::InvalidModule, &name) {
        return;
    }
    let summary = format!("The container `{name}' has nothing to run");
    let spot = defs.first().map_or(Spot::Nowhere, |def| def.spot);
    let mut problem = sys.problem(ev, Code::NoSystem, summary, loc, spot);
    problem.place = sys.places.name(ev, spot).or(problem.place);
    problem.help = Some("Set one of `config', `path' and `flake'.".to_owned());
    sys.report(*problem);
}

/// In NixOS `config` makes a definition of `path`, with the usual priority;
/// and beside a `flake` it throws.
fn check_single<'h>(
    sys: &Shared<'h>,
    ev: &mut Evaluator<'h>,
    container: &Container,
    instance: &'h Instance<'h>,
    loc: Loc<'h>,
) {
    const PRIORITY: i64 = 100;
    let Some(config) = container.option("config") else { return };
    for (word, name) in [(sys.words.flake, "flake"), (sys.words.path, "path")] {
        let written = container.option(name).filter(|at| at.value != Value::Null);
        let Some(at) = written.filter(|at| !at.places.is_empty()) else { continue };
        let equal = defs_of(sys, ev, instance, word)
            .iter()
            .any(|def| def.doubt.is_none() && def.effective_priority() == PRIORITY);
        if name == "path" && !equal {
            continue;
        }
        let address = loc::show(ev, loc);
        let summary = format!("The container `{address}' has both `config' and `{name}'");
        let (first, last) = (config.places.first(), at.places.first());
        let mut problem =
            Diagnostic::new(Code::SeveralSystems, summary).at(first.max(last).cloned());
        problem.address = Some(format!("{address}.{}", if first > last { "config" } else { name }));
        let other = first.min(last).cloned();
        problem
            .related
            .extend(other.map(|place| Related { message: "the other one".to_owned(), place }));
        problem.help = Some("Keep the one that the container is to run.".to_owned());
        sys.report(problem);
        // The profile of a flake is a `path` too.
        return;
    }
}

/// The definitions of an option that count.
fn defs_of<'h>(
    sys: &Shared<'h>,
    ev: &mut Evaluator<'h>,
    instance: &'h Instance<'h>,
    name: Symbol,
) -> Vec<Def<'h>> {
    let (Some(schema), Ok(groups)) = (instance.schema(), System::groups(sys, ev, instance)) else {
        return Vec::new();
    };
    let entries = schema.tree.entries.iter().zip(groups.declared);
    let found = entries.into_iter().find(|(entry, _)| entry.name == name);
    found.and_then(|(_, defs)| sys.resolve(ev, defs).ok()).unwrap_or_default()
}

fn defined<'h>(
    sys: &Shared<'h>,
    ev: &mut Evaluator<'h>,
    instance: &'h Instance<'h>,
    names: [Symbol; 3],
) -> bool {
    let (Some(schema), Ok(groups)) = (instance.schema(), System::groups(sys, ev, instance)) else {
        return true;
    };
    let entries = schema.tree.entries.iter().zip(groups.declared);
    let words = sys.words;
    let mut named = entries.filter(|(entry, _)| names.contains(&entry.name));
    named.any(|(entry, defs)| {
        // The type itself derives a path from `flake`.
        defs.iter().any(|def| {
            let own = def.spot.module(ev).is_none_or(|module| ev.is_embedded(module));
            !own && sys
                .resolve(ev, std::slice::from_ref(def))
                .map_or(true, |resolved| !resolved.is_empty())
                // The others are refused when they are null.
                && (entry.name != words.flake || !sys.is_null(ev, def))
        })
    })
}

impl<'h> System<'h> {
    fn is_null(&self, ev: &mut Evaluator<'h>, def: &Def<'h>) -> bool {
        let resolved = self.resolve(ev, std::slice::from_ref(def)).unwrap_or_default();
        !resolved.is_empty()
            && resolved.iter().all(|def| matches!(def.value.view(), conex_evaluator::View::Null))
    }
}
