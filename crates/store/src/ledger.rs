//! For adapters: deciding a batch of appends against the part of the log that it concerns. Which
//! append is accepted, and what it becomes, is the same on every engine; only how rows are written
//! differs.

use crate::{
    Append, AppendError, Appended, Document, Expected, Header, KeyChange, Leaf, Mark, NewEvent,
    StreamId, leaf, sha256,
};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// How an engine wants names and events before they are written: what the caller's task can do so
/// that the writer need not.
pub trait Encoding: Sized {
    /// Kept of a stream's name.
    type Name: Send;
    /// Kept of an event beside its header.
    type Columns: Send;

    /// Prepares a name.
    fn name(stream: &StreamId) -> Self::Name;

    /// Prepares an event, and says about how many bytes it adds to a transaction.
    fn columns(event: NewEvent) -> (Self::Columns, usize);
}

/// An append with everything done that does not need the writer: hashed and encoded.
pub struct Prepared<E: Encoding> {
    /// See [`Append::command`].
    pub command: Uuid,
    /// See [`Append::at`].
    pub at: i64,
    /// See [`Append::streams`].
    pub streams: Vec<PreparedStream<E>>,
    /// See [`Append::documents`].
    pub documents: Vec<Document>,
    /// See [`Append::keys`].
    pub keys: Vec<KeyChange>,
    /// About how much it adds to a transaction.
    pub bytes: usize,
}

/// A stream of a prepared append.
pub struct PreparedStream<E: Encoding> {
    /// The stream.
    pub stream: StreamId,
    /// What the decision saw.
    pub expected: Expected,
    /// Its name as the engine wants it.
    pub name: E::Name,
    /// Its new events.
    pub events: Vec<PreparedEvent<E>>,
}

/// An event of a prepared append.
pub struct PreparedEvent<E: Encoding> {
    /// Complete but for position, version and time.
    pub header: Header,
    /// The event as the engine wants it.
    pub columns: E::Columns,
}

impl<E: Encoding> Prepared<E> {
    /// Hashes and encodes an append for a log.
    pub fn new(log: Uuid, append: Append) -> Self {
        let mut bytes: usize = append
            .documents
            .iter()
            .map(|document| document.bytes.len())
            .sum();
        let streams = append.streams.into_iter().map(|stream| {
            let events = stream.events.into_iter().map(|event| {
                let header = header(log, &stream.stream, &event);
                let (columns, size) = E::columns(event);
                bytes += size;
                PreparedEvent { header, columns }
            });
            PreparedStream {
                events: events.collect(),
                name: E::name(&stream.stream),
                expected: stream.expected,
                stream: stream.stream,
            }
        });
        Self {
            streams: streams.collect(),
            command: append.command,
            at: append.at,
            documents: append.documents,
            keys: append.keys,
            bytes,
        }
    }

    /// How many events it holds.
    pub fn events(&self) -> usize {
        self.streams.iter().map(|stream| stream.events.len()).sum()
    }
}

fn header(log: Uuid, stream: &StreamId, event: &NewEvent) -> Header {
    Header {
        log,
        position: 0,
        stream: stream.clone(),
        version: 0,
        kind: event.kind.clone(),
        schema: event.schema,
        recorded_at: 0,
        payload_hash: sha256(event.payload.as_bytes()),
        sealed_hash: sha256(&event.sealed),
        metadata_hash: sha256(event.metadata.as_bytes()),
    }
}

/// The part of the log that a batch concerns, as it stands after the appends accepted so far.
pub struct Ledger<'a> {
    /// The newest position.
    pub position: u64,
    /// Its time.
    pub recorded_at: i64,
    /// Of every stream of the batch.
    pub versions: HashMap<&'a StreamId, u64>,
    /// Streams of the batch that have or had a key.
    pub keys: HashSet<&'a StreamId>,
    /// Commands of the batch that stand in the log.
    pub commands: HashMap<Uuid, Appended>,
}

/// What the accepted appends of a batch write.
pub struct Writes<'a, E: Encoding> {
    /// Events in the order of their positions.
    pub rows: Vec<NewRow<'a, E>>,
    /// Ciphertexts.
    pub documents: Vec<&'a Document>,
    /// Keys to create.
    pub created: Vec<(&'a StreamId, &'a [u8])>,
    /// Keys to destroy.
    pub destroyed: Vec<&'a StreamId>,
}

/// An event with its place in the log.
pub struct NewRow<'a, E: Encoding> {
    /// Its position.
    pub position: u64,
    /// Its version.
    pub version: u64,
    /// Its time.
    pub recorded_at: i64,
    /// The hash of its header.
    pub leaf: Leaf,
    /// On the first event of an append: the command id and how many events it stores.
    pub command: Option<(Uuid, usize)>,
    /// Its stream.
    pub stream: &'a PreparedStream<E>,
    /// The rest of it.
    pub event: &'a PreparedEvent<E>,
}

impl<E: Encoding> NewRow<'_, E> {
    /// By what the log is recognised once it is stored.
    pub fn mark(&self) -> Mark {
        Mark {
            position: self.position,
            leaf: self.leaf,
        }
    }
}

impl<E: Encoding> Default for Writes<'_, E> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            documents: Vec::new(),
            created: Vec::new(),
            destroyed: Vec::new(),
        }
    }
}

/// The streams that appends concern, each once: whose versions a [`Ledger`] needs.
pub fn streams_of<'a, E: Encoding>(appends: &[&'a Prepared<E>]) -> Vec<&'a StreamId> {
    let mut asked = HashSet::new();
    let streams = appends.iter().flat_map(|append| &append.streams);
    let expected = streams.map(|stream| &stream.stream);
    let keys = appends.iter().flat_map(|append| &append.keys);
    expected
        .chain(keys.map(KeyChange::stream))
        .filter(|stream| asked.insert(*stream))
        .collect()
}

impl<'a> Ledger<'a> {
    /// Accepts or refuses one append; a refused one leaves no trace.
    ///
    /// # Errors
    /// [`AppendError::Conflict`] when a stream or a key is not as expected.
    pub fn decide<E: Encoding>(
        &mut self,
        append: &'a Prepared<E>,
        writes: &mut Writes<'a, E>,
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
            .try_for_each(|stream| self.expect(&stream.stream, stream.expected))?;
        append
            .keys
            .iter()
            .try_for_each(|change| self.expect_key(change))?;
        let appended = self.accept(append, writes);
        if appended.position > 0 {
            self.commands.insert(append.command, appended.clone());
        }
        writes.documents.extend(&append.documents);
        for change in &append.keys {
            match change {
                KeyChange::Create { stream, wrapped } => {
                    self.keys.insert(stream);
                    writes.created.push((stream, wrapped));
                }
                KeyChange::Destroy { stream } => writes.destroyed.push(stream),
            }
        }
        Ok(appended)
    }

    fn expect(&self, stream: &StreamId, expected: Expected) -> Result<(), AppendError> {
        let actual = self.version(stream);
        if expected.accepts(actual) {
            return Ok(());
        }
        Err(AppendError::Conflict {
            stream: stream.clone(),
            expected,
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

    fn accept<E: Encoding>(
        &mut self,
        append: &'a Prepared<E>,
        writes: &mut Writes<'a, E>,
    ) -> Appended {
        let size = append.events();
        if size == 0 {
            return Appended::of(&[], false);
        }
        let first_position = self.position + 1;
        self.recorded_at = self.recorded_at.max(append.at);
        let mut command = Some((append.command, size));
        let mut versions = Vec::new();
        let written = append
            .streams
            .iter()
            .filter(|stream| !stream.events.is_empty());
        for stream in written {
            for event in &stream.events {
                let row = self.place(stream, event, command.take());
                writes.rows.push(row);
            }
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

    fn place<E: Encoding>(
        &mut self,
        stream: &'a PreparedStream<E>,
        event: &'a PreparedEvent<E>,
        command: Option<(Uuid, usize)>,
    ) -> NewRow<'a, E> {
        let version = self.versions.entry(&stream.stream).or_default();
        *version += 1;
        self.position += 1;
        let header = Header {
            position: self.position,
            version: *version,
            recorded_at: self.recorded_at,
            ..event.header.clone()
        };
        NewRow {
            position: self.position,
            version: *version,
            recorded_at: self.recorded_at,
            leaf: leaf(&header),
            command,
            stream,
            event,
        }
    }

    fn version(&self, stream: &StreamId) -> u64 {
        self.versions.get(stream).copied().unwrap_or(0)
    }
}
