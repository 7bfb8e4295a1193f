use docket_store::{
    Append, AuditEntry, Document, Expected, Header, KeyChange, NewEvent, StreamId, sealed_hash,
    sha256,
};
use uuid::Uuid;

/// An append with everything done that does not need the writer: hashed and written as JSON, by
/// the task of the caller.
pub(crate) struct Prepared {
    pub(crate) command: Uuid,
    pub(crate) at: i64,
    pub(crate) streams: Vec<PreparedStream>,
    pub(crate) documents: Vec<Document>,
    pub(crate) keys: Vec<KeyChange>,
    /// About how much it adds to a transaction.
    pub(crate) bytes: usize,
}

pub(crate) struct PreparedStream {
    pub(crate) stream: StreamId,
    pub(crate) expected: Expected,
    /// The stream's name as a JSON string.
    pub(crate) name: String,
    pub(crate) events: Vec<PreparedEvent>,
}

pub(crate) struct PreparedEvent {
    /// Complete but for position, version and time.
    pub(crate) header: Header,
    /// The columns kind, schema, payload, sealed and metadata as JSON values with commas between.
    pub(crate) columns: String,
}

impl Prepared {
    pub(crate) fn new(log: Uuid, append: Append) -> Self {
        let streams: Vec<_> = append
            .streams
            .into_iter()
            .map(|stream| PreparedStream {
                name: json(stream.stream.as_str()),
                expected: stream.expected,
                events: stream
                    .events
                    .into_iter()
                    .map(|event| PreparedEvent::new(log, &stream.stream, event))
                    .collect(),
                stream: stream.stream,
            })
            .collect();
        let rows: usize = streams
            .iter()
            .flat_map(|stream| &stream.events)
            .map(|event| event.columns.len() + 256)
            .sum();
        let documents: usize = append
            .documents
            .iter()
            .map(|document| document.bytes.len())
            .sum();
        Self {
            command: append.command,
            at: append.at,
            streams,
            documents: append.documents,
            keys: append.keys,
            bytes: rows + documents,
        }
    }

    /// How many events it holds.
    pub(crate) fn events(&self) -> usize {
        self.streams.iter().map(|stream| stream.events.len()).sum()
    }
}

impl PreparedEvent {
    fn new(log: Uuid, stream: &StreamId, event: NewEvent) -> Self {
        let sealed = event.sealed.as_deref().map_or_else(
            || "null".to_owned(),
            |sealed| format!("\"{}\"", hex::encode(sealed)),
        );
        let columns = format!(
            "{},{},{},{},{}",
            json(&event.kind),
            event.schema,
            json(&event.payload),
            sealed,
            json(&event.metadata)
        );
        let header = Header {
            log,
            position: 0,
            stream: stream.clone(),
            version: 0,
            schema: event.schema,
            recorded_at: 0,
            payload_hash: sha256(event.payload.as_bytes()),
            sealed_hash: sealed_hash(event.sealed.as_deref()),
            metadata_hash: sha256(event.metadata.as_bytes()),
            kind: event.kind,
        };
        Self { header, columns }
    }
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
