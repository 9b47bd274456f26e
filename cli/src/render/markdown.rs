//! Markdown for a terminal.
//!
//! As much of it as descriptions of options and the explanations of findings
//! use: paragraphs, lists, code, links, and the roles and notes of nixpkgs'
//! dialect.

use crate::ui::{Role, Theme};

/// How wide paragraphs are.
const WIDTH: usize = 80;

/// A text, each line indented.
pub(crate) fn markdown(theme: Theme, text: &str, indent: usize) -> String {
    let mut out = String::new();
    let mut lines = text.trim_end().lines().peekable();
    while let Some(line) = lines.next() {
        let trimmed = line.trim_start();
        if let Some(info) = trimmed.strip_prefix("```") {
            let inside =
                std::iter::from_fn(|| lines.next().filter(|l| !l.trim_start().starts_with("```")));
            code(theme, &mut out, info, inside, indent);
        } else if let Some(kind) = trimmed.strip_prefix("::: {.") {
            let word = capitalised(kind.trim_end_matches('}'));
            push(&mut out, indent, &format!("{}:", theme.paint(Role::Heading, word)));
        } else if trimmed == ":::" {
        } else if trimmed.is_empty() {
            out.push('\n');
        } else if let Some(heading) = heading(trimmed) {
            push(&mut out, indent, &theme.paint(Role::Heading, heading).to_string());
        } else {
            let mut paragraph = trimmed.to_owned();
            while let Some(next) = lines.next_if(|next| continues(next)) {
                paragraph.push(' ');
                paragraph.push_str(next.trim());
            }
            wrapped(&mut out, &inline(&paragraph), indent);
        }
    }
    out
}

fn heading(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches('#');
    (rest.len() < line.len()).then(|| rest.strip_prefix(' ')).flatten()
}

/// Whether a line goes on with the paragraph before it.
fn continues(line: &str) -> bool {
    let line = line.trim_start();
    !line.is_empty()
        && !is_item(line)
        && heading(line).is_none()
        && !line.starts_with("```")
        && !line.starts_with(":::")
}

fn is_item(line: &str) -> bool {
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    line.starts_with("- ")
        || line.starts_with("* ")
        || number.len() < line.len() && number.starts_with(". ")
}

fn push(out: &mut String, indent: usize, line: &str) {
    if !line.is_empty() {
        out.extend(std::iter::repeat_n(' ', indent));
        out.push_str(line);
    }
    out.push('\n');
}

/// A block of code; what stands behind its language is its caption.
fn code<'a>(
    theme: Theme,
    out: &mut String,
    info: &str,
    lines: impl Iterator<Item = &'a str>,
    indent: usize,
) {
    if let Some((_, caption)) = info.split_once(' ') {
        let caption = format!("{}:", capitalised(caption));
        push(out, indent, &theme.paint(Role::Heading, caption).to_string());
    }
    for line in lines {
        push(out, indent + 4, line);
    }
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Breaks a paragraph between its words; lines of an item of a list are
/// indented like its text.
fn wrapped(out: &mut String, text: &str, indent: usize) {
    let hanging = if is_item(text) { text.find(' ').map_or(0, |space| space + 1) } else { 0 };
    let mut line = String::new();
    for word in text.split_whitespace() {
        let width = line.chars().count() + 1 + word.chars().count();
        if !line.trim_start().is_empty() && indent + width > WIDTH {
            push(out, indent, &line);
            line = " ".repeat(hanging);
        } else if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    push(out, indent, &line);
}

/// The text of a paragraph: without roles (``{option}`a.b` ``) and emphasis,
/// and with the target of a link behind it. Code stays in its backticks.
fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '`' {
            let end = rest[1..].find('`').map_or(rest.len(), |end| end + 2);
            out.push_str(&rest[..end]);
            rest = &rest[end..];
        } else if let Some(role) = role(rest) {
            rest = &rest[role..];
        } else if let Some((shown, target, length)) = link(rest) {
            out.push_str(&inline(shown));
            if !target.starts_with('#') && target != shown {
                out.push_str(&format!(" ({target})"));
            }
            rest = &rest[length..];
        } else if let Some(after) = rest.strip_prefix("**") {
            rest = after;
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// The length of `{name}` before a backtick.
fn role(text: &str) -> Option<usize> {
    let name = text.strip_prefix('{')?;
    let end = name.find('}')?;
    let plain = name[..end].bytes().all(|byte| byte.is_ascii_lowercase());
    (plain && name[end + 1..].starts_with('`')).then_some(end + 2)
}

/// `[shown](target)` and its length.
fn link(text: &str) -> Option<(&str, &str, usize)> {
    let inside = text.strip_prefix('[')?;
    let (shown, rest) = inside.split_once("](")?;
    let (target, _) = rest.split_once(')')?;
    let plain = !shown.contains(['[', ']']) && !target.contains(char::is_whitespace);
    plain.then_some((shown, target, shown.len() + target.len() + 4))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::Ui;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(markdown(Ui::PLAIN.stdout, text, 2), expected);
    }

    #[test]
    fn paragraphs_are_wrapped() {
        let text = "one two three four five six seven\neight nine ten eleven twelve thirteen fourteen fifteen sixteen\n";
        check(
            text,
            "  one two three four five six seven eight nine ten eleven twelve thirteen\n  fourteen fifteen sixteen\n",
        );
    }

    #[test]
    fn roles_links_and_emphasis_are_taken_off() {
        check(
            "See {manpage}`systemd.exec(5)`, [the manual](https://x.org/a) and **not** `{a}`.",
            "  See `systemd.exec(5)`, the manual (https://x.org/a) and not `{a}`.\n",
        );
        check("A lone ` and [ and { stay.", "  A lone ` and [ and { stay.\n");
    }

    #[test]
    fn code_and_lists_keep_their_lines() {
        check(
            "- one\n- two\n\n```nix wrong\n{\n  a = 1;\n}\n```\n::: {.note}\nMind.\n:::\n",
            "  - one\n  - two\n\n  Wrong:\n      {\n        a = 1;\n      }\n  Note:\n  Mind.\n",
        );
    }
}
