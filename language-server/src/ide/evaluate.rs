//! The value of an expression inside of a text, where it is known without the
//! configuration around it: what is bound around it by `let`, `rec` and
//! `with`, and `lib`. Everything else that a module is given is not known.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use conex_evaluator::{Evaluator, Heap, Limits, View as ValueView};
use conex_parser::Span;
use conex_parser::structure::VariableKind;

use super::{View, values};

/// As much as somebody waits for who only points at something.
const LIMITS: Limits = Limits { steps: 400_000, bytes: 64 << 20 };

/// How the value of an expression looks at an offset; `None` if it can not be
/// told.
pub(super) fn value(view: &View<'_>, offset: u32, expression: &str) -> Option<String> {
    evaluated(view, offset, expression, |evaluator, value| {
        let value = evaluator.force(value).ok()?;
        if evaluator.is_function(value) {
            return Some("a function".to_owned());
        }
        if let ValueView::Attrs(set) = value.view() {
            // Large sets, `lib` for one, are not for reading.
            const MANY: usize = 30;
            let all = evaluator.all_attrs(set).ok()?;
            if all.len() > MANY {
                return Some(format!("a set of {} attributes", all.len()));
            }
        }
        evaluator.force_deep(value).ok()?;
        Some(values::shortened(evaluator.show(value)))
    })
}

/// The names of the attributes of a set at an offset, and which are functions.
pub(super) fn attributes(view: &View<'_>, offset: u32, expression: &str) -> Vec<(String, bool)> {
    let names = evaluated(view, offset, expression, |evaluator, value| {
        let set = evaluator.force_attrs(value).ok()?;
        let all = set.as_slice(evaluator.heap());
        let mut names = Vec::new();
        for attr in all {
            let function = evaluator.force(attr.value).is_ok_and(|it| evaluator.is_function(it));
            names.push((evaluator.name(attr.name).to_owned(), function));
        }
        names.sort();
        Some(names)
    });
    names.unwrap_or_default()
}

/// Evaluates an expression as if it stood at an offset.
fn evaluated<T>(
    view: &View<'_>,
    offset: u32,
    expression: &str,
    read: impl for<'h> FnOnce(&mut Evaluator<'h>, conex_evaluator::Value<'h>) -> Option<T>,
) -> Option<T> {
    let program = program(view, offset, expression);
    let heap = Heap::new();
    let mut settings = conex_options::settings();
    settings.limits = LIMITS;
    settings.stop = Some(Arc::new(AtomicBool::new(false)));
    let mut evaluator = Evaluator::new(&heap, view.io, settings);
    let lib = conex_options::library(&mut evaluator).ok()?;
    let directory = view.path.parent()?;
    let function = evaluator.eval_text("«here»", &program, directory).ok()?;
    let value = evaluator.call(function, &[lib]).ok()?;
    read(&mut evaluator, value)
}

/// The expression with the definitions around it, the outermost first.
fn program(view: &View<'_>, offset: u32, expression: &str) -> String {
    let around = |scope: Span| scope.start <= offset && offset <= scope.end;
    let mut scopes: Vec<Span> = Vec::new();
    for variable in view.structure.variables.iter().filter(|it| around(it.scope)) {
        if !scopes.contains(&variable.scope) {
            scopes.push(variable.scope);
        }
    }
    scopes.sort_by_key(|scope| (scope.start, std::cmp::Reverse(scope.end)));
    let mut program = String::from("lib: ");
    for scope in scopes {
        program.push_str("let ");
        for variable in view.structure.variables.iter().filter(|it| it.scope == scope) {
            let name = &variable.name;
            let value = variable.value.map(|value| view.slice(value));
            let _ = match (variable.kind, value) {
                // These are bound around it.
                (VariableKind::Inherited(false), _) => Ok(()),
                (VariableKind::Formal, None) if name == "lib" => Ok(()),
                (VariableKind::Inherited(true), Some(set)) => {
                    writeln!(program, "{name} = {set}.{name};")
                }
                (_, Some(value)) => writeln!(program, "{name} = {value};"),
                (_, None) => writeln!(program, "{name} = throw \"not known\";"),
            };
        }
        program.push_str("in ");
    }
    program.push_str(expression);
    program
}
