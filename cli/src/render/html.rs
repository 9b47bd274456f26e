//! A plan as one page of HTML that needs nothing else: no network, no fonts,
//! no scripts from elsewhere.

use std::fmt::Write as _;

use conex_model::{Plan, ResourceChange, Strength};

use super::graph::{self, Graph};
use super::{plan, words};
use crate::commands::Context;
use crate::ui::printable;

const STYLE: &str = ":root{color-scheme:light dark;--line:#8884}
body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;padding:1.5rem;max-width:80rem;background:#fff;color:#1f2328}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}
.scroll{overflow:auto;max-height:75vh;border:1px solid var(--line);border-radius:8px}
details{border:1px solid var(--line);border-radius:8px;margin:.5rem 0;padding:.4rem .8rem}
details:target{outline:2px solid #6699ff}
summary{cursor:pointer}
code,pre{font:13px/1.45 ui-monospace,monospace}
pre{overflow:auto;margin:.5rem 0}
ul{margin:.3rem 0;padding-left:1.3rem}
.chip{display:inline-block;border-radius:1em;padding:0 .6em;font-size:.85em;color:#1f2328}
.add{color:#1a7f37}.del{color:#c0362c}.chg{color:#8a5a00}
@media (prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}.add{color:#4ac26b}.del{color:#ff8278}.chg{color:#e3b341}}
@media print{.scroll{max-height:none}}
";

/// Opens the change that a node or a link leads to; without scripts it is
/// scrolled to, closed.
const SCRIPT: &str = "function show(){var e=document.getElementById(location.hash.slice(1));\
if(e&&e.tagName==='DETAILS'){e.open=true;e.scrollIntoView();}}\
addEventListener('hashchange',show);show();\
document.addEventListener('click',function(e){var a=e.target.closest&&e.target.closest('a');\
if(a&&a.getAttribute('href')===location.hash)show();});";

/// The page.
pub(crate) fn html(context: &Context, shown: &Plan) -> String {
    let mut out = String::new();
    let summary = if shown.is_empty() {
        "No changes".to_owned()
    } else {
        format!("Plan: {}", shown.summary())
    };
    let _ = writeln!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{0}</title>\n<style>{STYLE}{1}</style>\n</head>\n<body>\n<main>\n\
         <h1>{0}</h1>\n<p>For {2}.</p>",
        escape(&summary),
        graph::STYLE,
        escape(&shown.host.to_string()),
    );
    let graph = Graph::new(shown);
    if !graph.nodes.is_empty() {
        drawing(&mut out, shown);
        changes(&mut out, context, shown, &graph);
    }
    notices(&mut out, context, shown);
    let _ = write!(out, "</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n");
    out
}

fn drawing(out: &mut String, shown: &Plan) {
    out.push_str("<h2 id=\"graph\">What happens, in order</h2>\n<p>");
    for disruption in words::DISRUPTIONS {
        let word = match disruption {
            conex_model::Disruption::None => "no disruption",
            conex_model::Disruption::Recreate => "recreate, stop",
            disruption => disruption.as_str(),
        };
        let fill = words::fill(disruption);
        let _ = write!(out, "<span class=\"chip\" style=\"background:{fill}\">{word}</span> ");
    }
    out.push_str(
        "An arrow leads from a change to one that has to be done before; a dashed one says only \
         that it comes later. The same is listed below.</p>\n<div class=\"scroll\" tabindex=\"0\">\n",
    );
    out.push_str(&graph::drawing(shown));
    out.push_str("</div>\n");
}

fn changes(out: &mut String, context: &Context, shown: &Plan, graph: &Graph<'_>) {
    out.push_str("<h2 id=\"changes\">Changes</h2>\n");
    for (index, change) in graph.nodes.iter().enumerate() {
        let (symbol, role) = words::symbol(change.kind);
        let _ = writeln!(
            out,
            "<details id=\"change-{index}\"><summary><code class=\"{}\">{}</code> \
             <code>{}</code> {} <span class=\"chip\" style=\"background:{}\">{}</span></summary>",
            class(role),
            escape(symbol.trim()),
            escape(&change.address.to_string()),
            escape(words::fate(change)),
            words::colour(change),
            words::impact(change),
        );
        why(out, context, change);
        waits(out, graph, index);
        diff(out, &plan::attributes(change));
        diff(out, &plan::system(shown, change));
        out.push_str("</details>\n");
    }
}

fn why(out: &mut String, context: &Context, change: &ResourceChange) {
    let mut lines = plan::reasons(context, change);
    lines.extend(words::disruption(change.disruption).map(str::to_owned));
    lines.extend(plan::notes(change).iter().cloned());
    list(out, &lines);
}

/// The edges as text: the drawing is for those who see it.
fn waits(out: &mut String, graph: &Graph<'_>, index: usize) {
    let mut lines = String::new();
    for (from, to, strength) in graph.edges.iter().filter(|(from, ..)| *from == index) {
        debug_assert_eq!(*from, index);
        let how = match strength {
            Strength::Requires => "needs",
            Strength::After => "comes after",
        };
        let address = escape(&graph.nodes[*to].address.to_string());
        let _ =
            writeln!(lines, "<li>{how} <a href=\"#change-{to}\"><code>{address}</code></a></li>");
    }
    if !lines.is_empty() {
        let _ = writeln!(out, "<ul>\n{lines}</ul>");
    }
}

fn diff(out: &mut String, text: &str) {
    if text.is_empty() {
        return;
    }
    out.push_str("<pre>");
    for line in text.lines() {
        let class = match line.trim_start().get(..2) {
            Some("+ ") => "add",
            Some("- ") => "del",
            Some("~ ") => "chg",
            _ => "",
        };
        let line = escape(line.strip_prefix("      ").unwrap_or(line));
        let _ = match class {
            "" => writeln!(out, "{line}"),
            class => writeln!(out, "<span class=\"{class}\">{line}</span>"),
        };
    }
    out.push_str("</pre>\n");
}

/// What is no change.
fn notices(out: &mut String, context: &Context, shown: &Plan) {
    for (title, lines) in plan::notices(context, shown) {
        let _ = writeln!(out, "<h2>{}</h2>", escape(title));
        list(out, &lines);
    }
}

fn list(out: &mut String, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    out.push_str("<ul>\n");
    for line in lines {
        let _ = writeln!(out, "<li>{}</li>", escape(line));
    }
    out.push_str("</ul>\n");
}

fn class(role: crate::ui::Role) -> &'static str {
    match role {
        crate::ui::Role::Create => "add",
        crate::ui::Role::Destroy => "del",
        _ => "chg",
    }
}

/// A text in HTML or XML, between tags or in quotes.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Neither HTML nor XML has them.
            '\0' | '\u{fffe}' | '\u{ffff}' => out.push('?'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_is_a_tag() {
        assert_eq!(escape("<a b='\"&\u{1b}\0"), "&lt;a b=&#39;&quot;&amp;??");
    }
}
