use crate::prepared::{Prepared, PreparedStream};
use docket_store::{AppendError, Appended, Document, Expected, Header, KeyChange, StreamId, leaf};
use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use uuid::Uuid;

/// The part of the log that a batch concerns, as it stands after the appends accepted so far.
pub(crate) struct Ledger<'a> {
    pub(crate) position: u64,
    pub(crate) recorded_at: i64,
    /// Of every stream of the batch.
    pub(crate) versions: HashMap<&'a StreamId, u64>,
    /// Streams of the batch that have or had a key.
    pub(crate) keys: HashSet<&'a StreamId>,
    /// Commands of the batch that stand in the log.
    pub(crate) commands: HashMap<Uuid, Appended>,
}

/// What the accepted appends of a batch write.
#[derive(Default)]
pub(crate) struct Writes<'a> {
    /// A JSON array of event rows, still without its closing bracket; empty without events.
    pub(crate) rows: String,
    pub(crate) documents: Vec<&'a Document>,
    pub(crate) created: Vec<(&'a StreamId, &'a [u8])>,
    pub(crate) destroyed: Vec<&'a StreamId>,
}

impl<'a> Ledger<'a> {
    /// Accepts or refuses one append; a refused one leaves no trace.
    pub(crate) fn decide(
        &mut self,
        append: &'a Prepared,
        writes: &mut Writes<'a>,
    ) -> Result<Appended, AppendError> {
        if let Some(first) = self.commands.get(&append.command) {
            return Ok(Appended {
                repeated: true,
                ..first.clone()
            });
        }
        append
            .streams
            .iter()
            .try_for_each(|stream| self.expect(stream))?;
        append
            .keys
            .iter()
            .try_for_each(|change| self.expect_key(change))?;
        let appended = self.accept(append, writes);
        if appended.position > 0 {
            self.commands.insert(append.command, appended.clone());
        }
        writes.documents.extend(&append.documents);
        append
            .keys
            .iter()
            .for_each(|change| self.change_key(change, writes));
        Ok(appended)
    }

    fn expect(&self, append: &PreparedStream) -> Result<(), AppendError> {
        let actual = self.version(&append.stream);
        if append.expected.accepts(actual) {
            return Ok(());
        }
        Err(AppendError::Conflict {
            stream: append.stream.clone(),
            expected: append.expected,
            actual,
        })
    }

    fn expect_key(&self, change: &KeyChange) -> Result<(), AppendError> {
        match change {
            KeyChange::Create { stream, .. } if self.keys.contains(stream) => {
                Err(AppendError::Conflict {
                    stream: stream.clone(),
                    expected: Expected::Absent,
                    actual: self.version(stream),
                })
            }
            _ => Ok(()),
        }
    }

    fn accept(&mut self, append: &'a Prepared, writes: &mut Writes<'a>) -> Appended {
        let size = append.events();
        if size == 0 {
            return Appended::of(&[], false);
        }
        let first_position = self.position + 1;
        self.recorded_at = self.recorded_at.max(append.at);
        let mut versions = Vec::new();
        for stream in append
            .streams
            .iter()
            .filter(|stream| !stream.events.is_empty())
        {
            self.write_stream(stream, (first_position, append.command, size), writes);
            versions.push((stream.stream.clone(), self.version(&stream.stream)));
        }
        Appended {
            position: self.position,
            first_position,
            recorded_at: self.recorded_at,
            versions,
            repeated: false,
        }
    }

    fn write_stream(
        &mut self,
        stream: &'a PreparedStream,
        first: (u64, Uuid, usize),
        writes: &mut Writes<'a>,
    ) {
        let (first_position, command, size) = first;
        let mut version = self.version(&stream.stream);
        for event in &stream.events {
            self.position += 1;
            version += 1;
            let header = Header {
                position: self.position,
                version,
                recorded_at: self.recorded_at,
                ..event.header.clone()
            };
            let leaf = hex::encode(leaf(&header));
            let rows = &mut writes.rows;
            rows.push(if rows.is_empty() { '[' } else { ',' });
            let written = write!(
                rows,
                "[{},{},{},{},{},\"{}\"",
                self.position, stream.name, version, event.columns, self.recorded_at, leaf
            );
            written.expect("writing to a string cannot fail");
            if self.position == first_position {
                write!(rows, ",\"{}\",{}]", command.simple(), size)
                    .expect("writing to a string cannot fail");
            } else {
                rows.push_str(",null,null]");
            }
        }
        self.versions.insert(&stream.stream, version);
    }

    fn change_key(&mut self, change: &'a KeyChange, writes: &mut Writes<'a>) {
        match change {
            KeyChange::Create { stream, wrapped } => {
                self.keys.insert(stream);
                writes.created.push((stream, wrapped));
            }
            KeyChange::Destroy { stream } => writes.destroyed.push(stream),
        }
    }

    fn version(&self, stream: &StreamId) -> u64 {
        self.versions.get(stream).copied().unwrap_or(0)
    }
}

impl Writes<'_> {
    /// The rows as a whole JSON array, if there are any.
    pub(crate) fn finish_rows(&mut self) -> Option<String> {
        if self.rows.is_empty() {
            return None;
        }
        self.rows.push(']');
        Some(std::mem::take(&mut self.rows))
    }
}
