//! A plan as a graph: the changes, and arrows from each to what has to be done
//! before it. A dashed arrow says only that it comes later.

mod dot;
mod layout;
mod mermaid;
mod svg;

use std::collections::BTreeMap;

use conex_model::{Address, ChangeKind, Plan, ResourceChange, Strength};

pub(crate) use dot::dot;
pub(crate) use mermaid::mermaid;
pub(crate) use svg::{STYLE, drawing, standalone};

/// The changes that something is done for, with the edges between them.
pub(crate) struct Graph<'a> {
    pub(crate) nodes: Vec<&'a ResourceChange>,
    /// From, to, how: positions of nodes. `to` has to be done before `from`.
    pub(crate) edges: Vec<(usize, usize, Strength)>,
}

impl<'a> Graph<'a> {
    pub(crate) fn new(plan: &'a Plan) -> Self {
        let done = plan.changes.iter().filter(|change| change.kind != ChangeKind::NoOp);
        let nodes: Vec<&ResourceChange> = done.collect();
        let places: BTreeMap<&Address, usize> =
            nodes.iter().enumerate().map(|(at, change)| (&change.address, at)).collect();
        let mut edges = Vec::new();
        for (from, change) in nodes.iter().enumerate() {
            for dependency in &change.depends_on {
                if let Some(to) = places.get(&dependency.on) {
                    edges.push((from, *to, dependency.strength));
                }
            }
        }
        Self { nodes, edges }
    }

    /// What a node stands in a lane with: its container.
    pub(crate) fn lane(&self, node: usize) -> String {
        match self.nodes[node].address.container() {
            Some(name) => format!("containers.{}", conex_model::quote_name(name.as_str())),
            None => "host".to_owned(),
        }
    }
}
