//! The graph of changes: what has to be done before what.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use conex_model::{Address, Dependency, Kind, ResourceChange, Strength};
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::PlanError;

/// Changes with their dependencies. Nodes are positions in the list of
/// changes; an edge leads from what comes first to what waits for it.
#[derive(Debug)]
pub(crate) struct ActionGraph {
    graph: DiGraph<usize, Strength, u32>,
}

/// What a resource that comes or stays needs before it, of its own container.
fn before_making(kind: Kind) -> &'static [Kind] {
    use Kind::{Autostart, Conf, Gcroot, Network, Profile, Root, System, Unit};
    match kind {
        Kind::System | Kind::Root => &[],
        Kind::Profile => &[System],
        Kind::Gcroot => &[System, Profile],
        Kind::Network => &[Root],
        Kind::Conf => &[System, Profile, Gcroot, Root, Network],
        Kind::Unit => &[System, Profile, Gcroot, Root, Network, Conf],
        Kind::Autostart => &[System, Profile, Gcroot, Root, Network, Conf, Unit],
        Kind::Service => &[System, Profile, Gcroot, Root, Network, Conf, Unit, Autostart],
    }
}

/// What has to be gone before a resource goes.
fn before_removing(kind: Kind) -> &'static [Kind] {
    use Kind::{Autostart, Conf, Gcroot, Network, Profile, Root, Service, Unit};
    match kind {
        Kind::Service => &[],
        Kind::Autostart | Kind::Network => &[Service],
        Kind::Unit => &[Service, Autostart],
        Kind::Conf => &[Service, Autostart, Unit],
        Kind::Gcroot => &[Service, Autostart, Unit, Conf],
        Kind::Profile => &[Service, Autostart, Unit, Conf, Gcroot],
        Kind::Root => &[Service, Autostart, Unit, Conf, Network],
        Kind::System => &[Service, Autostart, Unit, Conf, Gcroot, Profile, Root],
    }
}

/// Gives the changes of one container their dependencies among each other.
/// `removed`: the whole container goes.
pub(crate) fn link_container(changes: &mut [ResourceChange], removed: bool) {
    let table = if removed { before_removing } else { before_making };
    let present: Vec<Kind> = changes.iter().filter_map(|change| change.address.kind()).collect();
    for change in changes {
        let (Some(kind), Some(name)) = (change.address.kind(), change.address.container()) else {
            continue;
        };
        let first: Vec<Kind> =
            table(kind).iter().copied().filter(|kind| present.contains(kind)).collect();
        for needed in &first {
            // What another one needs already is not repeated.
            if !first.iter().any(|other| table(*other).contains(needed)) {
                change.depends_on.push(Dependency {
                    on: Address::new(name, *needed),
                    strength: Strength::Requires,
                });
            }
        }
    }
}

impl ActionGraph {
    /// The graph of the changes' dependencies. Those on what does not change
    /// count as done.
    pub(crate) fn new(changes: &[ResourceChange]) -> Self {
        let mut graph = DiGraph::with_capacity(changes.len(), changes.len());
        let nodes: BTreeMap<&Address, NodeIndex<u32>> = changes
            .iter()
            .enumerate()
            .map(|(i, change)| (&change.address, graph.add_node(i)))
            .collect();
        for change in changes {
            for dependency in &change.depends_on {
                if let (Some(from), Some(to)) =
                    (nodes.get(&dependency.on), nodes.get(&change.address))
                {
                    graph.add_edge(*from, *to, dependency.strength);
                }
            }
        }
        Self { graph }
    }

    /// The positions in an order that respects the dependencies and otherwise
    /// keeps the given order.
    pub(crate) fn order(&self, changes: &[ResourceChange]) -> Result<Vec<usize>, PlanError> {
        let mut waiting: Vec<usize> = self
            .graph
            .node_indices()
            .map(|node| self.graph.edges_directed(node, Direction::Incoming).count())
            .collect();
        let mut ready: BinaryHeap<Reverse<usize>> =
            (0..waiting.len()).filter(|i| waiting[*i] == 0).map(Reverse).collect();
        let mut order = Vec::with_capacity(waiting.len());
        while let Some(Reverse(node)) = ready.pop() {
            order.push(node);
            for next in self.graph.neighbors(NodeIndex::new(node)) {
                waiting[next.index()] -= 1;
                if waiting[next.index()] == 0 {
                    ready.push(Reverse(next.index()));
                }
            }
        }
        if order.len() == changes.len() {
            return Ok(order);
        }
        let stuck = (0..waiting.len()).filter(|i| waiting[*i] > 0);
        Err(PlanError::Cycle(stuck.map(|i| changes[i].address.to_string()).collect()))
    }
}
