//! A plan in Markdown, for a comment on a change under review.
//!
//! Texts from elsewhere stand in code spans and fences only, and those are
//! longer than any run of backticks in them.

use std::fmt::Write as _;

use conex_model::{ChangeKind, Disruption, Kind, Plan, ResourceChange};

use super::{html::escape, plan, words};
use crate::commands::Context;
use crate::ui::{count, printable};

/// The usual platforms take comments of 65,536 characters.
const LONGEST: usize = 60_000;

/// The comment.
pub(crate) fn markdown(context: &Context, shown: &Plan) -> String {
    let mut out = String::from("### conex plan\n\n");
    if shown.is_empty() {
        out.push_str("**No changes.** The containers match the configuration.\n");
    } else {
        let _ = writeln!(out, "**Plan:** {}.\n", shown.summary());
    }
    let mut changes: Vec<&ResourceChange> = shown.changes.iter().collect();
    changes.sort_by(|a, b| a.address.cmp(&b.address));
    interruptions(&mut out, &changes);
    if !changes.is_empty() {
        let rows: Vec<String> = changes.iter().map(|change| row(context, change)).collect();
        out.push_str("|   | Resource | What happens | Running container | Why |\n");
        out.push_str("|---|---|---|---|---|\n");
        // Half for the table, half for the details.
        fitting(&mut out, &rows, LONGEST / 2, "changes");
        let details: Vec<String> =
            changes.iter().map(|change| detail(context, shown, change)).collect();
        fitting(&mut out, &details, LONGEST, "changes in detail");
    }
    for (title, lines) in plan::notices(context, shown) {
        let items: Vec<String> = lines.iter().map(|line| format!("- {}\n", code(line))).collect();
        let _ = writeln!(out, "\n**{title}**\n");
        fitting(&mut out, &items, LONGEST + 4000, "lines");
    }
    out
}

/// What a reviewer looks for first: the containers that stop, with why it can
/// not be gentler.
fn interruptions(out: &mut String, changes: &[&ResourceChange]) {
    let stopping = |change: &&&ResourceChange| {
        let stops = change.kind == ChangeKind::Delete;
        let service = change.address.kind() == Some(Kind::Service);
        service && (stops || change.disruption >= Disruption::Restart)
    };
    let stopping: Vec<_> = changes.iter().filter(stopping).collect();
    if stopping.is_empty() {
        return;
    }
    let items: Vec<String> = stopping
        .iter()
        .map(|change| {
            let address = code(&change.address.to_string());
            let notes: Vec<String> = plan::notes(change).iter().map(|note| code(note)).collect();
            format!("- {address} {}: {}\n", words::fate(change), notes.join(", "))
        })
        .collect();
    let _ = writeln!(out, "**Interrupted:** {}\n", count(stopping.len(), "container"));
    fitting(out, &items, LONGEST / 4, "containers");
    out.push('\n');
}

/// As many pieces as there is room for, and how many are left out.
fn fitting(out: &mut String, pieces: &[String], most: usize, what: &str) {
    for (at, piece) in pieces.iter().enumerate() {
        if out.len() + piece.len() > most {
            let _ = writeln!(out, "\n{} more {what} left out for length.", pieces.len() - at);
            return;
        }
        out.push_str(piece);
    }
}

fn row(context: &Context, change: &ResourceChange) -> String {
    let (symbol, _) = words::symbol(change.kind);
    let reasons = plan::reasons(context, change);
    let why = match reasons.split_first() {
        None => String::new(),
        Some((first, [])) => code(first),
        Some((first, more)) => format!("{} and {} more", code(first), more.len()),
    };
    format!(
        "| {} | {} | {} | {} | {why} |\n",
        code(symbol.trim()),
        code(&change.address.to_string()),
        words::fate(change),
        words::impact(change),
    )
}

fn detail(context: &Context, shown: &Plan, change: &ResourceChange) -> String {
    let mut text = String::new();
    let mut comments = plan::reasons(context, change);
    comments.extend(plan::notes(change).iter().cloned());
    for comment in comments {
        let _ = writeln!(text, "# {}", printable(&comment).replace('\n', " "));
    }
    for line in plan::attributes(change).lines().chain(plan::system(shown, change).lines()) {
        let _ = writeln!(text, "{}", diff_line(line));
    }
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    format!(
        "\n<details><summary><code>{}</code> {}</summary>\n\n{fence}diff\n{text}{fence}\n\n</details>\n",
        escape(&change.address.to_string()),
        words::fate(change),
    )
}

/// The symbol at the beginning of the line, where highlighting looks for it.
fn diff_line(line: &str) -> String {
    let line = line.strip_prefix("      ").unwrap_or(line);
    let start = line.len() - line.trim_start().len();
    let symbol = match line.get(start..start + 2) {
        Some("+ ") => '+',
        Some("- ") => '-',
        Some("~ ") => '!',
        _ => return format!("  {line}"),
    };
    format!("{symbol} {}{}", &line[..start], &line[start + 2..])
}

/// A code span on one line, also in a table.
fn code(text: &str) -> String {
    let text = printable(text).replace(['\n', '\r', '\0'], " ").replace('|', "\\|");
    let ticks = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_ends_where_it_should() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a|b\n`c``"), "``` a\\|b `c`` ```");
    }

    #[test]
    fn the_symbol_of_a_diff_is_in_front() {
        assert_eq!(diff_line("      + a = 1"), "+ a = 1");
        assert_eq!(diff_line("          ~ a = 1"), "!     a = 1");
        assert_eq!(diff_line("        }"), "    }");
    }
}
