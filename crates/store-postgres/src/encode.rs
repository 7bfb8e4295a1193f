use docket_store::ledger::{self, Encoding, NewRow};
use docket_store::page::integer;
use docket_store::{AuditEntry, NewEvent, StreamId};
use uuid::Uuid;

/// Events as they are: PostgreSQL takes a batch as one array for each column.
pub(crate) struct Columns;

pub(crate) type Prepared = ledger::Prepared<Columns>;
pub(crate) type Writes<'a> = ledger::Writes<'a, Columns>;

impl Encoding for Columns {
    type Name = ();
    type Columns = NewEvent;

    fn name(_: &StreamId) {}

    fn columns(event: NewEvent) -> (NewEvent, usize) {
        let bytes = event.payload.len() + event.metadata.len() + event.sealed.len() + 256;
        (event, bytes)
    }
}

/// The parameters of `append_events.sql`.
#[derive(Default)]
pub(crate) struct EventArrays<'a> {
    pub(crate) positions: Vec<i64>,
    pub(crate) streams: Vec<&'a str>,
    pub(crate) versions: Vec<i64>,
    pub(crate) kinds: Vec<&'a str>,
    pub(crate) schemas: Vec<i32>,
    pub(crate) payloads: Vec<&'a str>,
    pub(crate) sealed: Vec<&'a [u8]>,
    pub(crate) metadata: Vec<&'a str>,
    pub(crate) times: Vec<i64>,
    pub(crate) leaves: Vec<&'a [u8]>,
    pub(crate) commands: Vec<Option<Uuid>>,
    pub(crate) sizes: Vec<Option<i32>>,
}

impl<'a> EventArrays<'a> {
    pub(crate) fn of(rows: &'a [NewRow<'a, Columns>]) -> Self {
        let mut arrays = Self::default();
        for row in rows {
            let event = &row.event.columns;
            arrays.positions.push(integer(row.position));
            arrays.streams.push(row.stream.stream.as_str());
            arrays.versions.push(integer(row.version));
            arrays.kinds.push(&event.kind);
            arrays.schemas.push(i32::from(event.schema));
            arrays.payloads.push(&event.payload);
            arrays.sealed.push(&event.sealed);
            arrays.metadata.push(&event.metadata);
            arrays.times.push(row.recorded_at);
            arrays.leaves.push(&row.leaf);
            arrays
                .commands
                .push(row.command.map(|(command, _)| command));
            let size = row
                .command
                .map(|(_, size)| i32::try_from(size).unwrap_or(i32::MAX));
            arrays.sizes.push(size);
        }
        arrays
    }
}

/// The parameters of `audit.sql`.
#[derive(Default)]
pub(crate) struct AuditArrays<'a> {
    pub(crate) times: Vec<i64>,
    pub(crate) actors: Vec<Option<Uuid>>,
    pub(crate) units: Vec<Option<Uuid>>,
    pub(crate) actions: Vec<&'a str>,
    pub(crate) subjects: Vec<Option<&'a str>>,
    pub(crate) results: Vec<&'a str>,
    pub(crate) codes: Vec<Option<&'a str>>,
    pub(crate) correlations: Vec<Option<&'a str>>,
}

impl<'a> AuditArrays<'a> {
    pub(crate) fn of(entries: impl Iterator<Item = &'a AuditEntry>) -> Self {
        let mut arrays = Self::default();
        for entry in entries {
            arrays.times.push(entry.at);
            arrays.actors.push(entry.actor);
            arrays.units.push(entry.unit);
            arrays.actions.push(&entry.action);
            arrays.subjects.push(entry.subject.as_deref());
            arrays.results.push(&entry.result);
            arrays.codes.push(entry.code.as_deref());
            arrays.correlations.push(entry.correlation.as_deref());
        }
        arrays
    }
}
