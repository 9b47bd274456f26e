//! What somebody may have meant.

use conex_model::{Diagnostic, Edit, Fix};
pub use conex_parser::nearest;

/// Proposes another name; with an edit if the name stands in the source.
pub(crate) fn rename(problem: &mut Diagnostic, name: &str, written: bool) {
    problem.help = Some(format!("Did you mean `{name}'?"));
    if let Some(place) = problem.place.clone().filter(|_| written) {
        let edits = vec![Edit { place, text: crate::loc::quoted(name) }];
        problem.fix = Some(Fix { title: format!("rename to {name}"), edits });
    }
}
