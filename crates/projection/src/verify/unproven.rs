use crate::source::{Broken, Opened};
use crate::table::Table;
use crate::value::{Row, Value};
use docket_store::StreamId;
use std::collections::BTreeMap;

/// An event that the log does not prove or that cannot be read. What rows its stream should have
/// cannot be said: those that stand may be all that is left of what was true.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Unproven {
    /// The stream's stored name.
    pub stream: String,
    /// Where the event stands in the log.
    pub position: u64,
    /// What is wrong, without a value of the event.
    pub what: String,
}

/// The streams of a group with such an event, each with its first one.
#[derive(Default)]
pub(super) struct UnprovenStreams(BTreeMap<StreamId, Unproven>);

impl UnprovenStreams {
    /// Those among opened events, which stand in the order of their streams.
    pub(super) fn among(events: &[Result<Opened, Broken>]) -> Self {
        let mut streams = BTreeMap::new();
        for Broken { event, what } in events.iter().filter_map(|event| event.as_ref().err()) {
            let first = || Unproven {
                stream: event.stream.to_string(),
                position: event.position,
                what: what.clone(),
            };
            streams.entry(event.stream.clone()).or_insert_with(first);
        }
        Self(streams)
    }

    /// Leaves rows of other streams.
    pub(super) fn leave_out(&self, table: &Table, rows: &mut Vec<Row>) {
        let owners = self
            .0
            .keys()
            .filter_map(|stream| table.owner_of(stream.id()));
        let owners: Vec<Value> = owners.collect();
        if !owners.is_empty() {
            rows.retain(|row| !owners.contains(&row[0]));
        }
    }

    /// Each of them.
    pub(super) fn into_events(self) -> impl Iterator<Item = Unproven> {
        self.0.into_values()
    }
}
