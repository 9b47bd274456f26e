//! Merged values: where they are in a configuration, and how they look.

use std::fmt::Write as _;

use conex_model::{Container, ContainerName, Desired, Located, Place, Value, quote_name};
use conex_parser::structure::Step;

use super::options::normal;

/// The container that a path leads into, and the steps in it.
pub(super) fn container<'d>(
    desired: &'d Desired,
    path: &[Step],
) -> Option<(&'d Container, Vec<Step>)> {
    let path = normal(path);
    match &path[..] {
        [Step::Name(set), Step::Name(name), rest @ ..] if set == "containers" => {
            let name = ContainerName::new(name).ok()?;
            Some((desired.containers.get(&name)?, rest.to_vec()))
        }
        _ => None,
    }
}

/// The value at a path. Which element of a list is meant is told by which
/// of them is around what is asked about.
pub(super) fn at<'d>(
    desired: &'d Desired,
    path: &[Step],
    is_around: &dyn Fn(&Place) -> bool,
) -> Option<&'d Located> {
    let (container, rest) = container(desired, path)?;
    let (first, rest) = rest.split_first()?;
    let Step::Name(first) = first else { return None };
    let mut located = container.option(first)?;
    for step in rest {
        located = match (&located.value, step) {
            (Value::Attrs(attrs), Step::Name(name)) => attrs.get(&**name)?,
            (Value::List(elements), Step::Element) => {
                let here = |one: &&Located| one.places.iter().any(is_around);
                elements.iter().rfind(here)?
            }
            _ => return None,
        };
    }
    Some(located)
}

/// Longer texts are cut.
const LONGEST: usize = 2_000;

/// A value in Nix syntax.
pub(super) fn show(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value, 0);
    shortened(out)
}

/// At most so much of a text as somebody reads who only looks.
pub(super) fn shortened(mut text: String) -> String {
    if text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

fn write_value(out: &mut String, value: &Value, depth: usize) {
    if out.len() > LONGEST {
        return;
    }
    let indent = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    let _ = match value {
        Value::Null => write!(out, "null"),
        Value::Bool(bool) => write!(out, "{bool}"),
        Value::Int(int) => write!(out, "{int}"),
        Value::Float(float) => write!(out, "{}", conex_parser::show_float(*float)),
        Value::Str(text) => {
            conex_parser::show_string(out, text);
            Ok(())
        }
        Value::Path(path) => write!(out, "{path}"),
        Value::Unknown(unknown) => write!(out, "(unknown: {})", unknown.reason),
        Value::List(elements) if elements.is_empty() => write!(out, "[ ]"),
        Value::Attrs(attrs) if attrs.is_empty() => write!(out, "{{ }}"),
        Value::List(elements) => {
            out.push('[');
            for element in elements {
                indent(out, depth + 1);
                write_value(out, &element.value, depth + 1);
            }
            indent(out, depth);
            write!(out, "]")
        }
        Value::Attrs(attrs) => {
            out.push('{');
            for (name, attr) in attrs {
                indent(out, depth + 1);
                let _ = write!(out, "{} = ", quote_name(name));
                write_value(out, &attr.value, depth + 1);
                out.push(';');
            }
            indent(out, depth);
            write!(out, "}}")
        }
    };
}
