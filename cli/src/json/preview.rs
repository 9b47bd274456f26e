//! The preview of a switch as JSON.

use std::collections::BTreeMap;

use conex_switch::{Comparison, Difference, Effect, Preview, Skipped};
use serde_json::{Value as Json, json};

use crate::render::preview::Origins;

/// All containers, those that nothing happens to included.
pub(crate) fn json(
    previews: &[Preview],
    orphans: &[(String, String)],
    origins: Origins<'_>,
) -> String {
    let containers: Vec<Json> =
        previews.iter().map(|preview| container(preview, origins)).collect();
    super::text(&json!({
        "format_version": "1.0",
        "conex_version": env!("CARGO_PKG_VERSION"),
        "containers": containers,
        "orphans": orphans
            .iter()
            .map(|(name, path)| json!({ "container": name, "path": path }))
            .collect::<Vec<_>>(),
    }))
}

fn container(preview: &Preview, origins: Origins<'_>) -> Json {
    let causes = |key: &str| -> Vec<Json> {
        let all = origins(&preview.name, key).into_iter();
        all.map(|(option, place)| json!({ "option": option, "place": place })).collect()
    };
    let unit = preview.unit.iter().map(|difference| {
        let asks = match difference.asks {
            Comparison::Equal => "nothing",
            Comparison::Reload => "reload",
            Comparison::Restart => "restart",
        };
        json!({
            "section": difference.section,
            "key": difference.key,
            "before": difference.before,
            "after": difference.after,
            "asks": asks,
            "causes": causes(&difference.key),
        })
    });
    let values = |all: &BTreeMap<String, (Option<String>, Option<String>)>| -> Vec<Json> {
        let all = all.iter().map(|(name, (before, after))| {
            json!({ "name": name, "before": before, "after": after, "causes": causes(name) })
        });
        all.collect()
    };
    json!({
        "container": preview.name,
        "address": format!("containers.{}", conex_model::quote_name(&preview.name)),
        "effect": effect(preview.effect),
        "running": preview.is_running,
        "unit": unit.collect::<Vec<_>>(),
        "conf": values(&preview.conf),
        "script": values(&preview.script),
        "skipped_because": preview.skipped.map(skipped),
        "follows": preview.follows.as_ref().map(|follows| &follows.unit),
        "follows_from": preview.follows.as_ref().map(|follows| json!({
            "unit": follows.root,
            "removed": follows.is_removed,
            "differs": follows.because.iter().map(named).collect::<Vec<_>>(),
        })),
        "lacks": preview.lacks,
        "socket": preview.socket,
        "could_reload": preview.could_reload,
        "unreadable": preview.unreadable.as_ref().map(ToString::to_string),
    })
}

/// What of a unit differs, as its section and key.
fn named(difference: &Difference) -> Json {
    json!({ "section": difference.section, "key": difference.key })
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Keep => "keep",
        Effect::Later => "later",
        Effect::New => "new",
        Effect::Gone => "gone",
        Effect::Stale => "stale",
        Effect::Start => "start",
        Effect::Reload => "reload",
        Effect::Restart => "restart",
        Effect::StopAndStart => "stop-start",
        Effect::Stop => "stop",
    }
}

/// The key that says so.
pub(crate) fn skipped(skipped: Skipped) -> &'static str {
    match skipped {
        Skipped::RestartIfChanged => "X-RestartIfChanged=false",
        Skipped::RefuseManualStop => "RefuseManualStop=true",
        Skipped::OnlyManualStart => "X-OnlyManualStart=true",
        Skipped::StopOnRemoval => "X-StopOnRemoval=false",
        Skipped::Kind => "its kind",
    }
}
