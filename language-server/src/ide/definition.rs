//! Where something comes from, and where else it is.

use std::path::Path;

use conex_evaluator::FileKind;
use conex_model::Place;
use conex_parser::Span;
use conex_parser::structure::{Literal, Step, VariableKind};

use super::{Target, View, values};

/// Where what is at an offset comes from: the definition of a variable, the
/// file of a path, what an option was set to and where it is declared.
pub fn definition(view: &View<'_>, offset: u32) -> Vec<Target> {
    let within = |span: Span| span.start <= offset && offset <= span.end;
    let here = |literal: &&Literal| within(literal.span);
    if let Some(path) = view.structure.paths.iter().find(here) {
        return file(view, &path.text).into_iter().collect();
    }
    if let Some(string) = view.structure.strings.iter().find(here) {
        return of_string(view, string);
    }
    if let Some((path, span, _)) = view.option_at(offset) {
        let name =
            view.structure.name_at(offset).and_then(|(it, _)| view.structure.entries.get(it));
        let value = name.and_then(|entry| entry.value).unwrap_or(span);
        let found = of_option(view, &path, value);
        if !found.is_empty() {
            return found;
        }
    }
    if let Some((used, selected)) = view.structure.use_at(offset)
        && used.name == "config"
        && selected > 0
    {
        let names = used.selected.iter().take(selected).map(|name| name.text.clone());
        let path: Option<Vec<Step>> = names.map(|name| name.map(Step::Name)).collect();
        return of_option(view, &path.unwrap_or_default(), used.span);
    }
    let variable = view.structure.variable_at(offset);
    let variable = variable.and_then(|it| view.structure.variables.get(it));
    variable.map(|it| Target { path: view.path.to_owned(), span: it.span }).into_iter().collect()
}

fn target(place: &Place) -> Target {
    let span = Span::new(place.start.byte, place.end.byte);
    Target { path: Path::new(&*place.file).to_owned(), span }
}

/// Everything that defines an option, this place apart, and its declaration.
fn of_option(view: &View<'_>, path: &[Step], here: Span) -> Vec<Target> {
    let mut found = definitions(view, path, here);
    found.retain(|target| target.path != view.path || !overlaps(target.span, here));
    if let Some(option) = view.options.find(path) {
        found.extend(option.doc.declarations.iter().map(target));
    }
    found
}

fn overlaps(a: Span, b: Span) -> bool {
    a.start < b.end && b.start < a.end
}

/// Everything that defines an option or a container.
fn definitions(view: &View<'_>, path: &[Step], here: Span) -> Vec<Target> {
    let mut found = Vec::new();
    for (_, desired) in view.hosts() {
        match values::container(desired, path) {
            Some((container, rest)) if rest.is_empty() => {
                found.extend(container.places.iter().map(target));
            }
            _ => {
                let located = values::at(desired, path, &|place| view.is_around(place, here));
                found.extend(located.iter().flat_map(|it| &it.places).map(target));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// A string that names a file or a container.
fn of_string(view: &View<'_>, string: &Literal) -> Vec<Target> {
    if string.text.starts_with('/') {
        return file(view, &string.text).into_iter().collect();
    }
    let path = [Step::Name("containers".to_owned()), Step::Name(string.text.clone())];
    definitions(view, &path, string.span)
}

/// The file of a path; of a directory its `default.nix`.
fn file(view: &View<'_>, path: &str) -> Option<Target> {
    let mut path = view.file(path)?;
    if view.world.io.kind(&path).ok()? == FileKind::Directory {
        path = path.join("default.nix");
        view.world.io.kind(&path).ok()?;
    }
    Some(Target { path, span: Span::at(0) })
}

/// Where else what is at an offset is: the uses of a variable, and its
/// definition; everything that defines an option.
pub fn references(view: &View<'_>, offset: u32, with_definition: bool) -> Vec<Target> {
    let of_this_file = |span| Target { path: view.path.to_owned(), span };
    if let Some(index) = view.structure.variable_at(offset)
        && let Some(variable) = view.structure.variables.get(index)
    {
        let uses = view.structure.uses.iter().filter(|used| used.variable == Some(index));
        let definition = with_definition.then_some(variable.span);
        let mut all: Vec<_> = definition.into_iter().chain(uses.map(|used| used.span)).collect();
        all.sort_by_key(|span| span.start);
        all.dedup();
        return all.into_iter().map(of_this_file).collect();
    }
    match view.option_at(offset) {
        Some((path, span, _)) => definitions(view, &path, span),
        None => Vec::new(),
    }
}

/// A piece of text, and what it becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextEdit {
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub text: String,
}

/// What can be renamed at an offset; or why it can not.
pub fn renamed(view: &View<'_>, offset: u32) -> Result<Span, String> {
    let index = view.structure.variable_at(offset).ok_or("there is no variable here")?;
    let variable = view.structure.variables.get(index).ok_or("there is no variable here")?;
    match variable.kind {
        VariableKind::Formal => {
            Err(format!("`{}' is an argument by which others call the function", variable.name))
        }
        VariableKind::Recursive => {
            Err(format!("`{}' is an attribute that others may select", variable.name))
        }
        VariableKind::Inherited(_) => {
            Err(format!("`{}' is inherited: rename it where it comes from", variable.name))
        }
        VariableKind::Let | VariableKind::Argument => {
            let within = |span: Span| span.start <= offset && offset <= span.end;
            let used = view.structure.uses.iter().find(|used| within(used.span));
            Ok(used.map_or(variable.span, |used| used.span))
        }
    }
}

/// The edits that give the variable at an offset another name.
pub fn rename(view: &View<'_>, offset: u32, name: &str) -> Result<Vec<TextEdit>, String> {
    renamed(view, offset)?;
    let mut shown = String::new();
    conex_parser::show_name(&mut shown, name);
    if shown != name {
        return Err(format!("{name:?} is no name of a variable"));
    }
    let structure = &view.structure;
    let index = structure.variable_at(offset).unwrap_or_default();
    let Some(variable) = structure.variables.get(index) else { return Ok(Vec::new()) };
    let inside = |it: Span| variable.scope.start <= it.start && it.end <= variable.scope.end;
    let taken = |it: &&conex_parser::structure::Variable| {
        it.name == name && (inside(it.scope) || it.scope == variable.scope)
    };
    let free = |it: &&conex_parser::structure::Use| it.name == name && inside(it.span);
    if structure.variables.iter().any(|it| taken(&it)) || structure.uses.iter().any(|it| free(&it))
    {
        return Err(format!("there is a `{name}' already where `{}' can be used", variable.name));
    }
    // `a.b = 1; a.c = 2;` in a `let` are one variable.
    let parts = structure.entries.iter().filter(|entry| entry.set.is_none() && inside(entry.span));
    let first = parts.filter_map(|entry| entry.names.first());
    let own = first.filter(|it| it.text.as_deref() == Some(&*variable.name));
    let mut edits = vec![TextEdit { span: variable.span, text: name.to_owned() }];
    if variable.kind == VariableKind::Let {
        let more = own.filter(|it| structure.variable_at(it.span.start).is_none_or(|v| v == index));
        edits.extend(more.map(|it| TextEdit { span: it.span, text: name.to_owned() }));
    }
    for used in structure.uses.iter().filter(|used| used.variable == Some(index)) {
        match used.inherit {
            None => edits.push(TextEdit { span: used.span, text: name.to_owned() }),
            // What is inherited keeps its name: `inherit a;` is `a = a;`.
            Some((whole, 1)) => {
                edits.push(TextEdit { span: whole, text: format!("{} = {name};", used.name) });
            }
            Some((whole, _)) => {
                edits.push(TextEdit { span: used.span, text: String::new() });
                let text = format!(" {} = {name};", used.name);
                edits.push(TextEdit { span: Span::at(whole.end), text });
            }
        }
    }
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    edits.dedup();
    Ok(edits)
}
