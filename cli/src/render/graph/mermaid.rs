//! A plan as a graph in the language of Mermaid, which Markdown on the usual
//! platforms draws.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use conex_model::{Disruption, Plan, Strength};

use super::Graph;
use crate::render::words;
use crate::ui::printable;

/// The graph, a subgraph for each container.
pub(crate) fn mermaid(plan: &Plan) -> String {
    let graph = Graph::new(plan);
    let mut lanes: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for node in 0..graph.nodes.len() {
        lanes.entry(graph.lane(node)).or_default().push(node);
    }
    let mut out = String::from("flowchart RL\n");
    for (lane, (name, nodes)) in lanes.iter().enumerate() {
        let _ = writeln!(out, "  subgraph lane{lane}[{}]", quote(name));
        for node in nodes {
            let change = graph.nodes[*node];
            let label = quote(&format!("{}: {}", change.address.kind_word(), words::fate(change)));
            let _ = writeln!(out, "    n{node}[{label}]:::rung_{}", change.disruption);
        }
        out.push_str("  end\n");
    }
    for (from, to, strength) in &graph.edges {
        let arrow = match strength {
            Strength::Requires => "-->",
            Strength::After => "-.->",
        };
        let _ = writeln!(out, "  n{from} {arrow} n{to}");
    }
    for disruption in words::DISRUPTIONS {
        let used = |node: &&conex_model::ResourceChange| node.disruption == disruption;
        if graph.nodes.iter().any(used) {
            let _ = writeln!(out, "  classDef rung_{disruption} {}", style(disruption));
        }
    }
    out
}

fn style(disruption: Disruption) -> String {
    format!("fill:{},color:{},stroke:{}", words::fill(disruption), words::INK, words::INK)
}

/// A label in quotes: Mermaid has entities for what would end it or be taken
/// for HTML.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in printable(text).chars() {
        match c {
            '"' => out.push_str("#quot;"),
            '#' => out.push_str("#35;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '&' => out.push_str("#amp;"),
            '`' => out.push_str("#96;"),
            '\n' => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn nothing_ends_a_label() {
        assert_eq!(quote("a\"]<b>\n#&`\u{1b}"), "\"a#quot;]#lt;b#gt; #35;#amp;#96;?\"");
    }
}
