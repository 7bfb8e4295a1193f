use crate::{
    Append, AppendError, Appended, AuditEntry, Expected, Head, Header, KeyChange, Leaf, Log,
    LogError, NewEvent, Recorded, StreamAppend, StreamId, StreamRange, leaf,
};
use async_trait::async_trait;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use uuid::Uuid;

/// The log as plain collections under one lock: what every adapter is compared with. It forgets
/// everything when it is dropped.
pub struct MemoryLog {
    id: Uuid,
    contents: Mutex<Contents>,
    newest: watch::Sender<u64>,
}

#[derive(Default)]
struct Contents {
    events: Vec<Recorded>,
    /// Positions of a stream's events, oldest first.
    streams: BTreeMap<StreamId, Vec<u64>>,
    commands: HashMap<Uuid, (u64, u64)>,
    documents: HashMap<[u8; 32], Vec<u8>>,
    /// Empty where the key was destroyed.
    keys: HashMap<StreamId, Vec<u8>>,
    settings: HashMap<String, Vec<u8>>,
    audit: Vec<AuditEntry>,
}

impl MemoryLog {
    /// An empty log.
    pub fn new(log_id: Uuid) -> Self {
        Self {
            id: log_id,
            contents: Mutex::default(),
            newest: watch::Sender::new(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Log for MemoryLog {
    fn id(&self) -> Uuid {
        self.id
    }

    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        append.validate()?;
        let mut contents = self.lock();
        let appended = contents.append(self.id, append)?;
        self.newest.send_replace(contents.events.len() as u64);
        Ok(appended)
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after_version: u64,
        limit: usize,
    ) -> Result<Vec<Recorded>, LogError> {
        let contents = self.lock();
        let positions = contents.streams.get(stream).into_iter().flatten();
        let events = positions.map(|position| contents.event(*position));
        Ok(events
            .filter(|event| event.version > after_version)
            .take(limit)
            .cloned()
            .collect())
    }

    async fn read_all(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, LogError> {
        Ok(self.lock().behind(after).take(limit).cloned().collect())
    }

    async fn read_range(&self, range: &StreamRange) -> Result<Vec<Recorded>, LogError> {
        let contents = self.lock();
        let streams = contents
            .streams
            .iter()
            .filter(|(stream, _)| range.contains(stream));
        let positions = streams.flat_map(|(_, positions)| positions);
        Ok(positions
            .filter(|position| **position <= range.up_to)
            .map(|position| contents.event(*position).clone())
            .collect())
    }

    async fn next_streams(
        &self,
        category: &str,
        after: Option<&StreamId>,
        streams: usize,
    ) -> Result<Option<StreamId>, LogError> {
        let contents = self.lock();
        let behind = contents.streams.keys().filter(|stream| {
            stream.category() == category && after.is_none_or(|after| *stream > after)
        });
        Ok(behind.take(streams.max(1)).last().cloned())
    }

    async fn versions(&self, streams: &[StreamId]) -> Result<Vec<u64>, LogError> {
        let contents = self.lock();
        Ok(streams
            .iter()
            .map(|stream| contents.version(stream))
            .collect())
    }

    async fn command(&self, command: Uuid) -> Result<Option<Vec<Recorded>>, LogError> {
        let contents = self.lock();
        Ok(contents
            .commands
            .get(&command)
            .map(|(first, last)| contents.between(*first, *last).to_vec()))
    }

    async fn head(&self) -> Result<Head, LogError> {
        Ok(self.lock().head())
    }

    async fn leaves(&self, after: u64, limit: usize) -> Result<Vec<Leaf>, LogError> {
        Ok(self
            .lock()
            .behind(after)
            .take(limit)
            .map(|event| event.leaf)
            .collect())
    }

    async fn document(&self, hash: &[u8; 32]) -> Result<Option<Vec<u8>>, LogError> {
        Ok(self.lock().documents.get(hash).cloned())
    }

    async fn keys(&self, streams: &[StreamId]) -> Result<Vec<Option<Vec<u8>>>, LogError> {
        let contents = self.lock();
        Ok(streams
            .iter()
            .map(|stream| contents.keys.get(stream).cloned())
            .collect())
    }

    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, LogError> {
        Ok(self.lock().settings.get(name).cloned())
    }

    async fn put_setting(&self, name: &str, value: &[u8]) -> Result<(), LogError> {
        self.lock()
            .settings
            .insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    async fn audit(&self, entries: Vec<AuditEntry>) -> Result<(), LogError> {
        entries.iter().try_for_each(AuditEntry::validate)?;
        self.lock().audit.extend(entries);
        Ok(())
    }

    async fn audit_trail(&self, limit: usize) -> Result<Vec<AuditEntry>, LogError> {
        Ok(self
            .lock()
            .audit
            .iter()
            .rev()
            .take(limit)
            .cloned()
            .collect())
    }

    fn watch(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }
}

impl Contents {
    fn append(&mut self, log: Uuid, append: Append) -> Result<Appended, AppendError> {
        if let Some((first, last)) = self.commands.get(&append.command) {
            return Ok(Appended::of(self.between(*first, *last), true));
        }
        append
            .streams
            .iter()
            .try_for_each(|stream| self.expect(stream))?;
        append
            .keys
            .iter()
            .try_for_each(|change| self.expect_key(change))?;
        let before = self.head();
        for stream in append.streams {
            stream.events.into_iter().for_each(|event| {
                self.store(
                    log,
                    append.at.max(before.recorded_at),
                    &stream.stream,
                    event,
                )
            });
        }
        let (first, last) = (before.position + 1, self.head().position);
        if first <= last {
            self.commands.insert(append.command, (first, last));
        }
        append.documents.into_iter().for_each(|document| {
            self.documents
                .entry(document.hash)
                .or_insert(document.bytes);
        });
        append
            .keys
            .into_iter()
            .for_each(|change| self.change_key(change));
        Ok(Appended::of(self.between(first, last), false))
    }

    fn expect(&self, append: &StreamAppend) -> Result<(), AppendError> {
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
            KeyChange::Create { stream, .. } if self.keys.contains_key(stream) => {
                Err(AppendError::Conflict {
                    stream: stream.clone(),
                    expected: Expected::Absent,
                    actual: self.version(stream),
                })
            }
            _ => Ok(()),
        }
    }

    fn store(&mut self, log: Uuid, recorded_at: i64, stream: &StreamId, event: NewEvent) {
        let mut recorded = Recorded {
            position: self.events.len() as u64 + 1,
            stream: stream.clone(),
            version: self.version(stream) + 1,
            kind: event.kind,
            schema: event.schema,
            payload: event.payload,
            sealed: event.sealed,
            metadata: event.metadata,
            recorded_at,
            leaf: [0; 32],
        };
        recorded.leaf = leaf(&Header::of(log, &recorded));
        self.streams
            .entry(stream.clone())
            .or_default()
            .push(recorded.position);
        self.events.push(recorded);
    }

    fn change_key(&mut self, change: KeyChange) {
        match change {
            KeyChange::Create { stream, wrapped } => {
                self.keys.insert(stream, wrapped);
            }
            KeyChange::Destroy { stream } => {
                self.keys.entry(stream).and_modify(Vec::clear);
            }
        }
    }

    fn version(&self, stream: &StreamId) -> u64 {
        self.streams
            .get(stream)
            .map_or(0, |positions| positions.len() as u64)
    }

    fn head(&self) -> Head {
        self.events.last().map_or(
            Head {
                position: 0,
                recorded_at: 0,
            },
            |event| Head {
                position: event.position,
                recorded_at: event.recorded_at,
            },
        )
    }

    fn event(&self, position: u64) -> &Recorded {
        &self.between(position, position)[0]
    }

    fn between(&self, first: u64, last: u64) -> &[Recorded] {
        &self.events[first as usize - 1..last as usize]
    }

    fn behind(&self, after: u64) -> impl Iterator<Item = &Recorded> {
        self.events
            .iter()
            .skip(usize::try_from(after).unwrap_or(usize::MAX))
    }
}
