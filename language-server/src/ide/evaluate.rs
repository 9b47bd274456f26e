//! The value of an expression inside of a text, where it is known without the
//! configuration around it: what is bound around it by `let`, `rec` and
//! `with`, and `lib`. Everything else that a module is given is not known.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use conex_evaluator::{Evaluator, Heap, Limits, Value, View as ValueView};
use conex_parser::Span;
use conex_parser::structure::VariableKind;

use super::{View, World, library, values};

/// As much as somebody waits for who only points at something.
const LIMITS: Limits = Limits { steps: 400_000, bytes: 64 << 20 };

/// How the value of an expression looks at an offset; `None` if it can not be
/// told.
pub(super) fn value(view: &View<'_>, offset: u32, expression: &str) -> Option<String> {
    evaluated(view, offset, expression, |evaluator, _, value| {
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

/// An attribute of a set.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) is_function: bool,
    /// What is written about it, in Markdown.
    pub(super) documentation: Option<String>,
}

/// The attributes of a set at an offset.
pub(super) fn attributes(view: &View<'_>, offset: u32, expression: &str) -> Vec<Attribute> {
    let found = evaluated(view, offset, expression, |evaluator, lib, value| {
        let set = evaluator.force_attrs(value).ok()?;
        let all = set.as_slice(evaluator.heap());
        let mut found = Vec::new();
        for attr in all {
            let value = evaluator.force(attr.value);
            let is_function = value.is_ok_and(|it| evaluator.is_function(it));
            let documentation = library::documentation(evaluator, lib, attr);
            let name = evaluator.name(attr.name).to_owned();
            found.push(Attribute { name, is_function, documentation });
        }
        found.sort();
        Some(found)
    });
    found.unwrap_or_default()
}

/// What is written about an attribute of a set at an offset.
pub(super) fn documentation(view: &View<'_>, offset: u32, set: &str, name: &str) -> Option<String> {
    evaluated(view, offset, set, |evaluator, lib, value| {
        let (set, symbol) = (evaluator.force_attrs(value).ok()?, evaluator.symbol(name));
        let attr = *set.get(symbol)?;
        let _ = evaluator.force(attr.value);
        library::documentation(evaluator, lib, &attr)
    })
}

/// Evaluates an expression as if it stood at an offset.
fn evaluated<T>(
    view: &View<'_>,
    offset: u32,
    expression: &str,
    read: impl for<'h> FnOnce(&mut Evaluator<'h>, Value<'h>, Value<'h>) -> Option<T>,
) -> Option<T> {
    let program = program(view, offset, expression);
    let heap = Heap::new();
    let mut settings = conex_options::settings();
    settings.limits = LIMITS;
    settings.stop = Some(Arc::new(AtomicBool::new(false)));
    let World { io, nixpkgs, texts, .. } = view.world;
    let mut evaluator = Evaluator::with_texts(&heap, io, settings, texts.take());
    if let Some(nixpkgs) = nixpkgs {
        conex_options::give_library(&mut evaluator, nixpkgs);
    }
    let read = || {
        let lib = conex_options::library(&mut evaluator).ok()?;
        let directory = view.path.parent()?;
        let function = evaluator.eval_text("«here»", &program, directory).ok()?;
        let value = evaluator.call(function, &[lib]).ok()?;
        read(&mut evaluator, lib, value)
    };
    let found = read();
    texts.replace(evaluator.into_texts());
    found
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
