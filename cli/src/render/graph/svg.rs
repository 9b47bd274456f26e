//! A plan as a drawing in SVG.

use std::fmt::Write as _;

use conex_model::{Plan, ResourceChange, Strength};

use super::Graph;
use super::layout::{self, Layout};
use crate::render::html::escape;
use crate::render::words;

const NODE: (usize, usize) = (150, 40);
const GAP: (usize, usize) = (60, 14);
const MARGIN: usize = 16;
/// The height of the name of a lane.
const LANE: usize = 28;

/// What the drawing looks like, in light and in dark.
pub(crate) const STYLE: &str = ".plan-graph{font:13px system-ui,sans-serif;color:#1f2328}
.plan-graph .lane{fill:currentColor;fill-opacity:.05}
.plan-graph .lane-name{fill:currentColor;font-weight:600}
.plan-graph .edge{fill:none;stroke:currentColor;stroke-opacity:.55;stroke-width:1.3}
.plan-graph .after{stroke-dasharray:5 4}
.plan-graph .tip{fill:currentColor;fill-opacity:.7}
.plan-graph .node rect{stroke:#1f2328;stroke-opacity:.45}
.plan-graph .node text{fill:#1f2328}
.plan-graph .node .small{font-size:11px}
.plan-graph a:focus rect,.plan-graph a:hover rect{stroke-opacity:1;stroke-width:2.5}
@media (prefers-color-scheme:dark){.plan-graph{color:#e6edf3}}
";

/// A file of its own.
pub(crate) fn standalone(plan: &Plan) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    draw(&mut out, plan, Some(STYLE), false);
    out
}

/// The element in a page, where each node links to its change; the style is
/// the page's.
pub(crate) fn drawing(plan: &Plan) -> String {
    let mut out = String::new();
    draw(&mut out, plan, None, true);
    out
}

fn draw(out: &mut String, plan: &Plan, style: Option<&str>, links: bool) {
    let graph = Graph::new(plan);
    let layout = layout::of(&graph);
    let (width, height) = size(&layout);
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plan-graph\" role=\"group\" \
         aria-labelledby=\"graph-title graph-desc\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\">"
    );
    let _ = writeln!(
        out,
        "<title id=\"graph-title\">The graph of the plan</title>\n\
         <desc id=\"graph-desc\">{} in order from left to right, a lane for each container. An \
         arrow leads from a change to one that has to be done before; a dashed one says only that \
         it comes later.</desc>",
        crate::ui::count(graph.nodes.len(), "change")
    );
    if let Some(style) = style {
        let _ = writeln!(out, "<style>{style}</style>");
    }
    out.push_str(
        "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" \
         markerHeight=\"7\" orient=\"auto\"><path class=\"tip\" d=\"M0 0 8 4 0 8z\"/></marker></defs>\n",
    );
    lanes(out, &layout, width);
    edges(out, &graph, &layout);
    for (index, change) in graph.nodes.iter().enumerate() {
        node(out, change, index, corner(&layout, index), links);
    }
    out.push_str("</svg>\n");
}

fn size(layout: &Layout) -> (usize, usize) {
    let width = layout.layers * (NODE.0 + GAP.0);
    let height = layout.rows * (NODE.1 + GAP.1) + layout.lanes.len() * LANE;
    (width.saturating_sub(GAP.0).max(240) + 3 * MARGIN, height + 2 * MARGIN)
}

/// Where a row of a lane begins.
fn top(row: usize, lane: usize) -> usize {
    MARGIN + (lane + 1) * LANE + row * (NODE.1 + GAP.1)
}

fn corner(layout: &Layout, node: usize) -> (usize, usize) {
    let (layer, row, lane) = layout.cells[node];
    (MARGIN + MARGIN / 2 + layer * (NODE.0 + GAP.0), top(row, lane))
}

fn lanes(out: &mut String, layout: &Layout, width: usize) {
    for (lane, (name, first, rows)) in layout.lanes.iter().enumerate() {
        let y = top(*first, lane) - LANE;
        let height = LANE + rows * (NODE.1 + GAP.1) - GAP.1 / 2;
        let _ = writeln!(
            out,
            "<rect class=\"lane\" x=\"{MARGIN}\" y=\"{y}\" width=\"{}\" height=\"{height}\" \
             rx=\"8\"/><text class=\"lane-name\" x=\"{}\" y=\"{}\">{}</text>",
            width - 2 * MARGIN,
            MARGIN + MARGIN / 2,
            y + 19,
            escape(name)
        );
    }
}

fn edges(out: &mut String, graph: &Graph<'_>, layout: &Layout) {
    for (from, to, strength) in &graph.edges {
        let ((x1, y1), (x2, y2)) = (corner(layout, *from), corner(layout, *to));
        let (y1, y2) = (y1 + NODE.1 / 2, y2 + NODE.1 / 2);
        let x2 = x2 + NODE.0;
        let bend = GAP.0 / 2;
        let class = match strength {
            Strength::Requires => "edge requires",
            Strength::After => "edge after",
        };
        let _ = writeln!(
            out,
            "<path class=\"{class}\" marker-end=\"url(#tip)\" d=\"M{x1} {y1}C{} {y1} {} {y2} {x2} {y2}\"/>",
            x1.saturating_sub(bend),
            x2 + bend,
        );
    }
}

fn node(
    out: &mut String,
    change: &ResourceChange,
    index: usize,
    (x, y): (usize, usize),
    links: bool,
) {
    let address = escape(&change.address.to_string());
    let fate = escape(words::fate(change));
    let (symbol, _) = words::symbol(change.kind);
    let disruption = change.disruption;
    if links {
        let _ = write!(out, "<a href=\"#change-{index}\" aria-label=\"{address} {fate}\">");
    }
    let _ = write!(
        out,
        "<g class=\"node\" id=\"node-{index}\" data-address=\"{address}\" \
         data-disruption=\"{disruption}\"><title>{address} {fate}</title>\
         <rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" rx=\"6\" fill=\"{}\"/>\
         <text x=\"{}\" y=\"{}\">{} {}</text>\
         <text class=\"small\" x=\"{}\" y=\"{}\">{}</text></g>",
        NODE.0,
        NODE.1,
        words::colour(change),
        x + 10,
        y + 17,
        escape(symbol.trim()),
        escape(change.address.kind_word()),
        x + 10,
        y + 32,
        words::impact(change),
    );
    out.push_str(if links { "</a>\n" } else { "\n" });
}
