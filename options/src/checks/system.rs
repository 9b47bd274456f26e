//! A container needs something to run.

use conex_evaluator::Evaluator;
use conex_model::{Code, Container, Value};

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
    if given("path") || given("config") || given("flake") {
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

fn defined<'h>(
    sys: &Shared<'h>,
    ev: &mut Evaluator<'h>,
    instance: &'h Instance<'h>,
    names: [conex_evaluator::Symbol; 3],
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
