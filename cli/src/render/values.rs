//! The merged options of every container, in the manner of Nix.

use std::fmt::Write as _;

use conex_model::{Desired, Located, Value};

use super::attributes::UNKNOWN;
use super::nix;
use crate::commands::Context;
use crate::ui::{Role, Theme};

/// One set for each container, with every option that has a value.
pub(crate) fn values(context: &Context, desired: &Desired, sources: bool) -> String {
    let mut writer = Writer { out: String::new(), context, theme: context.ui.stdout, sources };
    for (index, container) in desired.containers.values().enumerate() {
        if index > 0 {
            writer.out.push('\n');
        }
        let name = nix::name(container.name.as_str());
        let _ = writeln!(writer.out, "containers.{name} = {{");
        for (option, located) in &container.options {
            writer.option(option, located);
        }
        writer.out.push_str("};\n");
    }
    writer.out
}

struct Writer<'a> {
    out: String,
    context: &'a Context,
    theme: Theme,
    sources: bool,
}

impl Writer<'_> {
    fn option(&mut self, option: &str, located: &Located) {
        let _ = write!(self.out, "  {} = ", nix::name(option));
        self.value(&located.value, 2);
        self.out.push(';');
        let mut notes = Vec::new();
        if let Value::Unknown(unknown) = &located.value
            && !UNKNOWN.contains(&unknown.reason)
        {
            notes.push(unknown.reason.replace('\n', " "));
        }
        if self.sources {
            match located.places.as_slice() {
                [] => notes.push("default".to_owned()),
                places => notes.extend(places.iter().map(|place| self.context.paths.place(place))),
            }
        }
        if !notes.is_empty() {
            let note = self.theme.paint(Role::Faint, format!("# {}", notes.join(", ")));
            let _ = write!(self.out, "  {note}");
        }
        self.out.push('\n');
    }

    fn value(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Null => self.out.push_str("null"),
            Value::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Value::Int(value) => self.out.push_str(&value.to_string()),
            Value::Float(value) => self.out.push_str(&value.to_string()),
            Value::Str(text) => nix::push_string(&mut self.out, text),
            Value::Path(text) => self.out.push_str(&crate::ui::printable(text)),
            Value::Unknown(_) => self.out.push_str(UNKNOWN),
            Value::List(elements) if elements.is_empty() => self.out.push_str("[ ]"),
            Value::Attrs(attrs) if attrs.is_empty() => self.out.push_str("{ }"),
            Value::List(elements) => {
                self.out.push('[');
                for element in elements {
                    self.line(indent + 2);
                    self.value(&element.value, indent + 2);
                }
                self.line(indent);
                self.out.push(']');
            }
            Value::Attrs(attrs) => {
                self.out.push('{');
                for (name, element) in attrs {
                    self.line(indent + 2);
                    let _ = write!(self.out, "{} = ", nix::name(name));
                    self.value(&element.value, indent + 2);
                    self.out.push(';');
                }
                self.line(indent);
                self.out.push('}');
            }
        }
    }

    fn line(&mut self, indent: usize) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', indent));
    }
}
