//! Where the nodes of a graph are drawn.
//!
//! In layers: a node is one further to the right than the furthest of those
//! that have to be done before it (the longest path). Each container has a
//! lane of its own; nodes of one lane and one layer stand below each other.

use std::collections::BTreeMap;

use super::Graph;

/// Where everything is, in cells.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Layer, row and lane of each node.
    pub(super) cells: Vec<(usize, usize, usize)>,
    /// The lanes from the top: name, first row, how many rows.
    pub(super) lanes: Vec<(String, usize, usize)>,
    /// How many layers.
    pub(super) layers: usize,
    /// How many rows.
    pub(super) rows: usize,
}

/// The layout; the same for the same graph.
pub(super) fn of(graph: &Graph<'_>) -> Layout {
    let layers = layers(graph);
    let mut lanes: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for node in 0..graph.nodes.len() {
        lanes.entry(graph.lane(node)).or_default().push(node);
    }
    let mut layout = Layout {
        cells: vec![(0, 0, 0); graph.nodes.len()],
        lanes: Vec::new(),
        layers: layers.iter().max().map_or(0, |last| last + 1),
        rows: 0,
    };
    for (name, nodes) in lanes {
        let mut filled: BTreeMap<usize, usize> = BTreeMap::new();
        for node in nodes {
            let row = filled.entry(layers[node]).or_default();
            layout.cells[node] = (layers[node], layout.rows + *row, layout.lanes.len());
            *row += 1;
        }
        let height = filled.values().max().copied().unwrap_or(0);
        layout.lanes.push((name, layout.rows, height));
        layout.rows += height;
    }
    layout
}

/// The layer of each node. The changes of a plan stand behind what they wait
/// for; a plan whose file says otherwise is drawn as well, if not as well.
fn layers(graph: &Graph<'_>) -> Vec<usize> {
    let mut layers = vec![0; graph.nodes.len()];
    for (from, to, _) in &graph.edges {
        if to < from {
            layers[*from] = layers[*from].max(layers[*to] + 1);
        }
    }
    layers
}
