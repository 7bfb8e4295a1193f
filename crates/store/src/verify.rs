use crate::{Header, Log, LogError, Recorded, RootBuilder, StreamId, leaf};
use std::collections::HashMap;
use uuid::Uuid;

const PAGE: usize = 4_096;

/// A head that was published before, to be held against the log of today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishedHead {
    /// How many events the log had.
    pub size: u64,
    /// The root of their leaves.
    pub root: [u8; 32],
}

/// What a whole log was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// How many events it holds.
    pub size: u64,
    /// The root of their leaves, recomputed.
    pub root: [u8; 32],
    /// The time of the newest event, microseconds UTC; 0 for an empty log.
    pub recorded_at: i64,
}

/// Reads the whole log and recomputes every hash from the parts of the events; the stored leaf is
/// only compared, never used. Checks that positions and the versions of every stream have no gap,
/// that time never runs backwards, that the leaves the log hands out are those of the events, and
/// that a head published earlier still stands. `progress` is called with the position reached.
///
/// The first thing that is wrong is answered as [`LogError::Corrupt`]. Events cut off the end
/// leave a log that is whole in itself: only a published head proves them missing.
pub async fn verify(
    log: &dyn Log,
    published: Option<PublishedHead>,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<Verified, LogError> {
    let mut walk = Walk::new(log.id(), published);
    let up_to = log.head().await?.position;
    walk.check_published()?;
    while walk.root.size() < up_to {
        let after = walk.root.size();
        let events = log.read_all(after, PAGE).await?;
        let leaves = log.leaves(after, events.len()).await?;
        if events.is_empty() {
            return Err(corrupt(after + 1, "the event is missing"));
        }
        for (index, event) in events.iter().enumerate() {
            walk.step(event)?;
            if leaves.get(index) != Some(&event.leaf) {
                return Err(corrupt(
                    event.position,
                    "the list of leaves holds another leaf than the event",
                ));
            }
        }
        progress(walk.root.size());
    }
    walk.finish()
}

struct Walk {
    log: Uuid,
    published: Option<PublishedHead>,
    root: RootBuilder,
    versions: HashMap<StreamId, u64>,
    recorded_at: i64,
}

impl Walk {
    fn new(log: Uuid, published: Option<PublishedHead>) -> Self {
        Self {
            log,
            published,
            root: RootBuilder::default(),
            versions: HashMap::new(),
            recorded_at: 0,
        }
    }

    fn step(&mut self, event: &Recorded) -> Result<(), LogError> {
        let position = self.root.size() + 1;
        if event.position != position {
            return Err(corrupt(
                position,
                &format!("the event is missing, position {} follows", event.position),
            ));
        }
        self.check_version(event)?;
        if event.recorded_at < self.recorded_at {
            return Err(corrupt(
                position,
                "recorded_at lies before that of the event before",
            ));
        }
        self.recorded_at = event.recorded_at;
        let recomputed = leaf(&Header::of(self.log, event));
        if event.leaf != recomputed {
            return Err(corrupt(
                position,
                "the stored leaf is not the hash of the stored event",
            ));
        }
        self.root.push(recomputed);
        self.check_published()
    }

    fn check_version(&mut self, event: &Recorded) -> Result<(), LogError> {
        let version = self.versions.entry(event.stream.clone()).or_insert(0);
        *version += 1;
        if event.version == *version {
            return Ok(());
        }
        let what = format!(
            "stream {} has version {} where {} is due",
            event.stream, event.version, version
        );
        Err(corrupt(event.position, &what))
    }

    fn check_published(&self) -> Result<(), LogError> {
        match self.published {
            Some(head) if head.size == self.root.size() && head.root != self.root.root() => {
                Err(corrupt(
                    head.size,
                    "the root of the log up to here is not the published one",
                ))
            }
            _ => Ok(()),
        }
    }

    fn finish(self) -> Result<Verified, LogError> {
        let size = self.root.size();
        if let Some(head) = self.published.filter(|head| head.size > size) {
            return Err(corrupt(
                size + 1,
                &format!("the log ends, but {} events were published", head.size),
            ));
        }
        Ok(Verified {
            size,
            root: self.root.root(),
            recorded_at: self.recorded_at,
        })
    }
}

fn corrupt(position: u64, what: &str) -> LogError {
    LogError::Corrupt {
        position,
        what: what.to_owned(),
    }
}
