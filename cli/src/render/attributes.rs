//! The attributes of a resource, before and after.

use std::collections::BTreeSet;

use conex_model::{Attribute, Attributes};

use super::nix;
use crate::ui::{Role, Theme, count};

/// What stands for a value that is not known yet.
pub(crate) const UNKNOWN: &str = "(known after build)";

/// How attributes are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style<'a> {
    pub(crate) theme: Theme,
    /// Attributes whose change makes the container recreated.
    pub(crate) replace: &'a [String],
}

type Entries<'a> = Vec<(&'a str, &'a Attribute)>;

/// Appends one line or more for each attribute that differs, and one that
/// counts those that do not.
pub(crate) fn write(
    out: &mut String,
    style: Style<'_>,
    before: Option<&Attributes>,
    after: Option<&Attributes>,
) {
    let before: Entries<'_> = before.into_iter().flat_map(Attributes::iter).collect();
    let after: Entries<'_> = after.into_iter().flat_map(Attributes::iter).collect();
    Writer { out, style }.entries(&before, &after, 6, "attribute");
}

struct Writer<'a, 's> {
    out: &'a mut String,
    style: Style<'s>,
}

impl Writer<'_, '_> {
    fn entries(&mut self, before: &Entries<'_>, after: &Entries<'_>, indent: usize, noun: &str) {
        let find = |entries: &Entries<'_>, name: &str| -> Option<usize> {
            entries.iter().position(|(other, _)| *other == name)
        };
        let names: BTreeSet<&str> = before.iter().chain(after).map(|(name, _)| *name).collect();
        let mut changed = Vec::new();
        let mut hidden = 0;
        for name in names {
            let before = find(before, name).map(|i| before[i].1);
            let after = find(after, name).map(|i| after[i].1);
            if before == after {
                hidden += 1;
            } else {
                changed.push((name, nix::name(name), before, after));
            }
        }
        let width = changed.iter().map(|(_, shown, ..)| shown.len()).max().unwrap_or(0);
        for (name, shown, before, after) in changed {
            self.entry(name, &format!("{shown:width$} = "), before, after, indent);
        }
        self.hidden(hidden, noun, indent);
    }

    fn hidden(&mut self, hidden: usize, noun: &str, indent: usize) {
        if hidden > 0 {
            let text = format!("# ({} hidden)", count(hidden, &format!("unchanged {noun}")));
            let text = self.style.theme.paint(Role::Faint, text).to_string();
            self.line(indent + 2, &text);
        }
    }

    fn entry(
        &mut self,
        name: &str,
        label: &str,
        before: Option<&Attribute>,
        after: Option<&Attribute>,
        indent: usize,
    ) {
        match (before, after) {
            (None, Some(after)) => self.whole('+', label, after, indent),
            (Some(before), None) => self.whole('-', label, before, indent),
            (Some(before), Some(after)) => self.changed(name, label, before, after, indent),
            (None, None) => {}
        }
    }

    fn whole(&mut self, symbol: char, label: &str, value: &Attribute, indent: usize) {
        let mut text = String::new();
        self.value(&mut text, label, value, indent + 2);
        let end = if symbol == '-' && indent == 6 { " -> null" } else { "" };
        self.marked(symbol, &format!("{label}{text}{end}"), indent);
    }

    fn changed(
        &mut self,
        name: &str,
        label: &str,
        before: &Attribute,
        after: &Attribute,
        indent: usize,
    ) {
        match (before, after) {
            (Attribute::Map(before), Attribute::Map(after)) => {
                let before = before.iter().map(|(name, value)| (&**name, value)).collect();
                let after = after.iter().map(|(name, value)| (&**name, value)).collect();
                self.marked('~', &format!("{label}{{"), indent);
                self.entries(&before, &after, indent + 4, "element");
                self.line(indent + 2, "}");
            }
            (Attribute::List(before), Attribute::List(after)) => {
                self.marked('~', &format!("{label}["), indent);
                self.elements(before, after, indent + 4);
                self.line(indent + 2, "]");
            }
            _ => {
                let mut text = label.to_owned();
                self.value(&mut text, label, before, indent + 2);
                text.push_str(" -> ");
                self.value(&mut text, label, after, indent + 2);
                if matches!((before, after), (Attribute::Unknown(_), Attribute::Unknown(_))) {
                    text.push_str(" # its sources changed");
                }
                if self.style.replace.iter().any(|path| last(path) == name) {
                    let forces = self.style.theme.paint(Role::Destroy, "# forces replacement");
                    text.push_str(&format!(" {forces}"));
                }
                self.marked('~', &text, indent);
            }
        }
    }

    /// The digest of a file's contents, or of the sources of a system, says
    /// only whether it changed: a few of its digits are enough for people.
    fn value(&self, out: &mut String, label: &str, value: &Attribute, indent: usize) {
        match value {
            Attribute::Str(text) if is_of_digest(label) && is_digest(text) => {
                out.push_str(&format!("(sha256 {})", &text[..12]));
            }
            value => push_value(out, value, indent),
        }
    }

    /// The elements between what both lists begin and end with.
    fn elements(&mut self, before: &[Attribute], after: &[Attribute], indent: usize) {
        let same = |(a, b): &(&Attribute, &Attribute)| a == b;
        let start = before.iter().zip(after).take_while(same).count();
        let (before, after) = (&before[start..], &after[start..]);
        let end = before.iter().rev().zip(after.iter().rev()).take_while(same).count();
        for value in &before[..before.len() - end] {
            self.whole('-', "", value, indent);
        }
        for value in &after[..after.len() - end] {
            self.whole('+', "", value, indent);
        }
        self.hidden(start + end, "element", indent);
    }

    fn marked(&mut self, symbol: char, text: &str, indent: usize) {
        let role = match symbol {
            '+' => Role::Create,
            '-' => Role::Destroy,
            _ => Role::Change,
        };
        let symbol = self.style.theme.paint(role, symbol).to_string();
        self.line(indent, &format!("{symbol} {text}"));
    }

    fn line(&mut self, indent: usize, text: &str) {
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.out.push_str(text);
        self.out.push('\n');
    }
}

fn is_of_digest(label: &str) -> bool {
    ["contents ", "config "].iter().any(|name| label.starts_with(name))
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// Appends a value; what does not fit a line goes on below, `indent` deep.
fn push_value(out: &mut String, value: &Attribute, indent: usize) {
    match value {
        Attribute::Null => out.push_str("null"),
        Attribute::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Attribute::Int(value) => out.push_str(&value.to_string()),
        Attribute::Str(text) => nix::push_string(out, text),
        Attribute::Built | Attribute::Unknown(_) => out.push_str(UNKNOWN),
        Attribute::List(elements) if elements.is_empty() => out.push_str("[]"),
        Attribute::Map(map) if map.is_empty() => out.push_str("{}"),
        Attribute::List(elements) => {
            let lines = elements.iter().map(|element| (String::new(), element));
            push_block(out, '[', lines, ']', indent);
        }
        Attribute::Map(map) => {
            let lines = map.iter().map(|(name, value)| (format!("{} = ", nix::name(name)), value));
            push_block(out, '{', lines, '}', indent);
        }
    }
}

fn push_block<'a>(
    out: &mut String,
    open: char,
    lines: impl Iterator<Item = (String, &'a Attribute)>,
    close: char,
    indent: usize,
) {
    let pad = |out: &mut String, n: usize| out.extend(std::iter::repeat_n(' ', n));
    out.push(open);
    for (label, value) in lines {
        out.push('\n');
        pad(out, indent + 4);
        out.push_str(&label);
        push_value(out, value, indent + 4);
    }
    out.push('\n');
    pad(out, indent);
    out.push(close);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use conex_model::Unknown;

    use super::*;
    use crate::ui::Ui;

    #[test]
    fn what_is_the_same_is_counted_and_what_is_not_is_shown() {
        let unknown = |digest: &str| {
            let digest = Some(digest.to_owned());
            Attribute::Unknown(Arc::new(Unknown { reason: "x".to_owned(), place: None, digest }))
        };
        let port = |port| Attribute::Map([("hostPort".into(), Attribute::Int(port))].into());
        let mount = |path: &str, entries: &[&str]| {
            let entry = |name: &&str| (Arc::from(*name), Attribute::str("/same"));
            let mut map: std::collections::BTreeMap<_, _> = entries.iter().map(entry).collect();
            map.insert("/data".into(), Attribute::str(path));
            Attribute::Map(map)
        };
        let before = Attributes::new()
            .with("config", unknown("1"))
            .with("contents", Attribute::str("0123456789abcdef".repeat(4)))
            .with("forwardPorts", Attribute::List(vec![port(1), port(2), port(3)]))
            .with("binds", mount("/old", &["/a", "/b"]))
            .with("gone", Attribute::List(Vec::new()))
            .with("path", Attribute::str("/nix/store/old"))
            .with("root", Attribute::str("/a"))
            .with("same", Attribute::Bool(true));
        let after = Attributes::new()
            .with("config", unknown("2"))
            .with("contents", Attribute::str("fedcba9876543210".repeat(4)))
            .with("forwardPorts", Attribute::List(vec![port(1), port(4), port(3)]))
            .with("binds", mount("/new", &["/a", "/c"]))
            .with("new", Attribute::str("a\nb"))
            .with("path", Attribute::Built)
            .with("root", Attribute::str("/b"))
            .with("same", Attribute::Bool(true));
        let replace = ["root".to_owned()];
        let style = Style { theme: Ui::PLAIN.stdout, replace: &replace };
        let mut out = String::new();
        write(&mut out, style, Some(&before), Some(&after));
        insta::assert_snapshot!(out);
    }
}
