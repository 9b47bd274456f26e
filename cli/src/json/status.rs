//! The containers of a host as JSON.

use conex_model::Imperative;
use serde_json::{Value as Json, json};

use crate::render::status::Row;

/// All of them in one document.
pub(crate) fn text(rows: &[Row]) -> String {
    let rows: Vec<Json> = rows
        .iter()
        .map(|row| {
            json!({
                "name": row.name,
                "state": row.state,
                "since": row.since.map(|since| humantime::format_rfc3339_seconds(since).to_string()),
                "autostart": row.autostart,
                "system": row.system,
                "addresses": row.addresses,
                "drift": row.drift,
                "managed": row.unmanaged.is_none(),
                "imperative": row.imperative.map(Imperative::as_str),
                "file": row.unmanaged,
            })
        })
        .collect();
    super::text(&json!({ "format_version": "1.0", "containers": rows }))
}
