//! A plan as a graph in the language of Graphviz.

use std::fmt::Write as _;

use conex_model::{ChangeKind, Plan, Strength};

use crate::render::words;

/// The changes, and arrows to what has to be done before.
pub(crate) fn dot(plan: &Plan) -> String {
    let mut out = String::from("digraph conex {\n  rankdir = \"RL\"\n  node [shape = \"box\"]\n");
    for change in plan.changes.iter().filter(|change| change.kind != ChangeKind::NoOp) {
        let address = quote(&change.address.to_string());
        let label = quote(&format!("{}\n{}", change.address, words::fate(change)));
        let _ = writeln!(out, "  {address} [label = {label}]");
    }
    for change in plan.changes.iter().filter(|change| change.kind != ChangeKind::NoOp) {
        let from = quote(&change.address.to_string());
        for dependency in &change.depends_on {
            let dashed = match dependency.strength {
                Strength::Requires => "",
                Strength::After => " [style = \"dashed\"]",
            };
            let to = quote(&dependency.on.to_string());
            let _ = writeln!(out, "  {from} -> {to}{dashed}");
        }
    }
    out.push_str("}\n");
    out
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
