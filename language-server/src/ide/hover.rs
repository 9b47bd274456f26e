//! What something is, for who points at it.

use std::fmt::Write as _;

use conex_model::{Value, quote_name};
use conex_options::OptionDoc;
use conex_parser::Span;
use conex_parser::structure::{Step, Use, Variable, VariableKind};

use super::{Documented, View, builtins, evaluate, values};

/// An answer in Markdown, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hover {
    /// Where that stands.
    pub span: Span,
    /// What it is.
    pub markdown: String,
}

/// What is at an offset.
pub fn hover(view: &View<'_>, offset: u32) -> Option<Hover> {
    if let Some((path, span, option)) = view.option_at(offset) {
        let values = merged(view, &path, span);
        if let Some(option) = option {
            return Some(Hover { span, markdown: documentation(option, &path) + &values });
        }
        if let Some(markdown) = of_container(view, &path) {
            return Some(Hover { span, markdown });
        }
        if !values.is_empty() {
            return Some(Hover { span, markdown: format!("**{}**\n{values}", shown(&path)) });
        }
    }
    if let Some((used, selected)) = view.structure.use_at(offset) {
        return of_use(view, used, selected);
    }
    let variable = view.structure.variable_at(offset)?;
    let variable = view.structure.variables.get(variable)?;
    Some(Hover { span: variable.span, markdown: of_variable(view, variable) })
}

/// The path as options are shown.
pub(super) fn shown(path: &[Step]) -> String {
    let steps = super::options::normal(path);
    let names: Vec<String> = steps
        .iter()
        .map(|step| match step {
            Step::Name(name) => quote_name(name).to_string(),
            Step::Any => "<name>".to_owned(),
            Step::Element => "*".to_owned(),
            Step::Elsewhere => "?".to_owned(),
        })
        .collect();
    names.join(".")
}

fn documentation(option: &Documented, path: &[Step]) -> String {
    format!("**{}**\n\n{}", shown(path), describe(option))
}

/// All that is known of an option.
pub(super) fn describe(option: &Documented) -> String {
    let OptionDoc {
        description, type_, default, example, since, declarations, alias_of, own, ..
    } = &option.doc;
    let mut text = format!("{}\n\n", description.trim());
    let mut fact = |name: &str, value: &str| {
        let _ = writeln!(text, "- *{name}:* {}", value.trim_end().replace('\n', "\n  "));
    };
    if let Some(target) = alias_of {
        fact("the same as", &format!("`{target}`"));
    } else {
        fact("type", type_);
    }
    for (name, value) in [("default", default), ("example", example)] {
        if let Some(value) = value {
            fact(name, &code(value));
        }
    }
    match since {
        Some(since) => fact("since", &format!("NixOS {since}")),
        None if *own => fact("since", "only conex has it, NixOS does not"),
        None => {}
    }
    for (name, value) in &option.facts {
        fact(name, value);
    }
    for place in declarations {
        fact("declared at", &format!("`{place}`"));
    }
    text
}

fn code(text: &str) -> String {
    match text.contains('\n') {
        true => format!("\n```nix\n{text}\n```"),
        false => format!("`{text}`"),
    }
}

/// The merged value in each host; what is the same in several is told once.
fn merged(view: &View<'_>, path: &[Step], span: Span) -> String {
    let mut told: Vec<String> = Vec::new();
    for (host, desired) in view.hosts() {
        let Some(located) = values::at(desired, path, &|place| view.is_around(place, span)) else {
            continue;
        };
        let of_host = if host.is_empty() { String::new() } else { format!(" of `{host}`") };
        let mut text = match &located.value {
            Value::Unknown(unknown) => {
                format!("Its value{of_host} is not known yet: {}.\n", unknown.reason)
            }
            value => format!("Its value{of_host}:\n```nix\n{}\n```\n", values::show(value)),
        };
        let places: Vec<_> = located.places.iter().map(|place| format!("`{place}`")).collect();
        if places.len() > 1 {
            let _ = writeln!(text, "merged from {}", places.join(", "));
        }
        if !told.contains(&text) {
            told.push(text);
        }
    }
    if told.is_empty() { String::new() } else { format!("\n{}", told.concat()) }
}

/// A container: what is set of it, on each host.
fn of_container(view: &View<'_>, path: &[Step]) -> Option<String> {
    let mut text = String::new();
    for (host, desired) in view.hosts() {
        let Some((container, rest)) = values::container(desired, path) else { continue };
        if !rest.is_empty() {
            return None;
        }
        let of_host =
            if host.is_empty() { String::new() } else { format!(" of the host `{host}`") };
        let set = container.options.iter().filter(|(_, located)| !located.places.is_empty());
        let set = set.map(|(name, located)| (name.clone(), located.clone())).collect();
        let set = values::show(&Value::Attrs(set));
        let _ = writeln!(text, "**{}**: a container{of_host}\n```nix\n{set}\n```", shown(path));
    }
    (!text.is_empty()).then_some(text)
}

/// A variable where it is used, or an attribute that is selected from it.
fn of_use(view: &View<'_>, used: &Use, selected: usize) -> Option<Hover> {
    let names: Vec<_> = used.selected.iter().take(selected).map(|name| name.text.clone()).collect();
    let names: Vec<String> = names.into_iter().collect::<Option<_>>()?;
    let span = match selected.checked_sub(1) {
        Some(last) => used.selected.get(last)?.span,
        None => used.span,
    };
    if used.name == "config" && !names.is_empty() {
        let path: Vec<Step> = names.iter().cloned().map(Step::Name).collect();
        let values = merged(view, &path, span);
        let option = view.options.find(&path);
        let known = option.map(|option| documentation(option, &path)).unwrap_or_default();
        let markdown = known + &values;
        return (!markdown.is_empty()).then_some(Hover { span, markdown });
    }
    if selected == 0 {
        let markdown = match used.variable.and_then(|it| view.structure.variables.get(it)) {
            Some(variable) => of_variable(view, variable),
            None => of_with(view, used)?,
        };
        return Some(Hover { span, markdown });
    }
    let expression = std::iter::once(&used.name).chain(&names);
    let expression: Vec<_> = expression.map(|name| quote_name(name).to_string()).collect();
    let mut markdown = evaluated(view, used.span, &expression.join("."))?;
    if let (Some(name), Some((_, set))) = (names.last(), expression.split_last()) {
        let about = evaluate::documentation(view, used.span.start, &set.join("."), name);
        markdown.extend(about.map(|about| format!("\n{about}\n")));
    }
    Some(Hover { span, markdown })
}

/// A builtin, or what a `with` brings.
fn of_with(view: &View<'_>, used: &Use) -> Option<String> {
    if let Some(value) = evaluated(view, used.span, &used.name) {
        let about = builtins::documentation(&used.name);
        return Some(value + &about.map(|about| format!("\n{about}\n")).unwrap_or_default());
    }
    if !["with lib;", "with pkgs.lib;"].iter().any(|with| view.text.contains(with)) {
        return None;
    }
    let value = evaluated(view, used.span, &format!("lib.{}", used.name))?;
    let about = evaluate::documentation(view, used.span.start, "lib", &used.name);
    Some(value + &about.map(|about| format!("\n{about}\n")).unwrap_or_default())
}

fn evaluated(view: &View<'_>, at: Span, expression: &str) -> Option<String> {
    let value = evaluate::value(view, at.start, expression)?;
    Some(format!("```nix\n{expression} = {value}\n```\n"))
}

fn of_variable(view: &View<'_>, variable: &Variable) -> String {
    let name = &variable.name;
    let what = match variable.kind {
        VariableKind::Let => "a variable",
        VariableKind::Recursive => "an attribute of a `rec` set",
        VariableKind::Inherited(_) => "an inherited name",
        VariableKind::Argument | VariableKind::Formal => "an argument",
    };
    let mut text = format!("`{name}`: {what}");
    if let Some(about) = argument(name).filter(|_| variable.kind == VariableKind::Formal) {
        let _ = write!(text, ", {about}");
    }
    text.push('\n');
    let value = variable.value.and_then(|value| evaluate::value(view, value.end, name));
    match (value, variable.value) {
        (Some(value), _) => {
            let _ = writeln!(text, "```nix\n{name} = {value}\n```");
        }
        (None, Some(span)) => {
            let value = values::shortened(view.slice(span).to_owned());
            let _ = writeln!(text, "```nix\n{name} = {value};\n```");
        }
        (None, None) => {}
    }
    text
}

/// What modules are given.
fn argument(name: &str) -> Option<&'static str> {
    Some(match name {
        "config" => "the merged values of all options",
        "lib" => "the library of nixpkgs",
        "pkgs" => "the packages of nixpkgs",
        "options" => "the options with their declarations",
        "modulesPath" => "where the modules of NixOS are",
        "name" => "the name of this attribute",
        _ => return None,
    })
}
