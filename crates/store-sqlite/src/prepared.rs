use docket_store::ledger::{self, Encoding, NewRow};
use docket_store::{AuditEntry, NewEvent, StreamId};
use std::fmt::Write;
use uuid::Uuid;

/// Names and events as JSON, because SQLite takes a whole batch as one JSON array.
pub(crate) struct Json;

pub(crate) type Prepared = ledger::Prepared<Json>;
pub(crate) type Writes<'a> = ledger::Writes<'a, Json>;

impl Encoding for Json {
    type Name = String;
    /// The columns kind, schema, payload, sealed and metadata as JSON values with commas between.
    type Columns = String;

    fn name(stream: &StreamId) -> String {
        json(stream.as_str())
    }

    fn columns(event: NewEvent) -> (String, usize) {
        let columns = format!(
            "{},{},{},\"{}\",{}",
            json(&event.kind),
            event.schema,
            json(&event.payload),
            hex::encode(&event.sealed),
            json(&event.metadata)
        );
        let bytes = columns.len() + 256;
        (columns, bytes)
    }
}

/// Event rows as one JSON array; `None` without any.
pub(crate) fn event_rows(rows: &[NewRow<'_, Json>]) -> Option<String> {
    let mut text =
        String::with_capacity(rows.iter().map(|row| row.event.columns.len() + 256).sum());
    for row in rows {
        text.push(if text.is_empty() { '[' } else { ',' });
        let written = write!(
            text,
            "[{},{},{},{},{},\"{}\"",
            row.position,
            row.stream.name,
            row.version,
            row.event.columns,
            row.recorded_at,
            hex::encode(row.leaf)
        );
        written.expect("writing to a string cannot fail");
        match row.command {
            Some((command, size)) => write!(text, ",\"{}\",{size}]", command.simple())
                .expect("writing to a string cannot fail"),
            None => text.push_str(",null,null]"),
        }
    }
    (!text.is_empty()).then(|| {
        text.push(']');
        text
    })
}

/// Entries of the audit table as one JSON array.
pub(crate) fn audit_rows(entries: &[AuditEntry]) -> String {
    let hex = |id: Option<Uuid>| id.map(|id| id.simple().to_string());
    let rows: Vec<_> = entries
        .iter()
        .map(|entry| {
            let (actor, unit) = (hex(entry.actor), hex(entry.unit));
            (
                entry.at,
                actor,
                unit,
                &entry.action,
                &entry.subject,
                &entry.result,
                &entry.code,
                &entry.correlation,
            )
        })
        .collect();
    serde_json::to_string(&rows).expect("numbers and texts are always JSON")
}

/// A text as a JSON string.
pub(crate) fn json(text: &str) -> String {
    serde_json::to_string(text).expect("a text is always JSON")
}
