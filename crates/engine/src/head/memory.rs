use docket_domain::log::Incarnation;
use docket_domain::time::Instant;
use docket_store::{Leaf, Log, LogError, Mark, Recorded, RootBuilder, read_proven};
use std::collections::VecDeque;
use uuid::Uuid;

/// Leaves that are remembered one by one, the newest: they tell where exactly another log leaves the
/// one that was seen.
const RECENT: usize = 128;
const PAGE: usize = 1_024;

/// What was seen of a log: how many events, the root over them, and the newest leaves. It takes as
/// much room for a long log as for a short one.
#[derive(Debug, Clone)]
pub struct Memory {
    pub(super) log_id: Uuid,
    pub(super) incarnation: Incarnation,
    pub(super) tree: RootBuilder,
    /// Oldest first.
    pub(super) recent: VecDeque<Leaf>,
    pub(super) at: Instant,
}

impl Memory {
    /// Of a log of which nothing was seen.
    pub fn new(log_id: Uuid, incarnation: Incarnation) -> Self {
        Self {
            log_id,
            incarnation,
            tree: RootBuilder::default(),
            recent: VecDeque::new(),
            at: Instant::from_micros(0),
        }
    }

    /// Takes the next event, whose leaf was proven.
    pub fn push(&mut self, event: &Recorded) {
        self.tree.push(event.leaf);
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(event.leaf);
        self.at = Instant::from_micros(event.recorded_at);
    }

    /// Takes the events of a log that are not in it yet.
    ///
    /// # Errors
    /// When the log cannot be read, or an event is not what its leaf says.
    pub async fn follow(&mut self, log: &dyn Log) -> Result<(), LogError> {
        loop {
            let events = read_proven(log, self.size(), PAGE).await?;
            if events.is_empty() {
                return Ok(());
            }
            events.iter().for_each(|event| self.push(event));
        }
    }

    /// The log.
    pub fn log_id(&self) -> Uuid {
        self.log_id
    }

    /// The incarnation it was seen in.
    pub fn incarnation(&self) -> Incarnation {
        self.incarnation
    }

    /// The same events seen in a later incarnation.
    pub fn in_incarnation(self, incarnation: Incarnation) -> Self {
        Self {
            incarnation,
            ..self
        }
    }

    /// How many events were seen.
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// The root over them.
    pub fn root(&self) -> [u8; 32] {
        self.tree.root()
    }

    /// The time of the newest event.
    pub fn at(&self) -> Instant {
        self.at
    }

    /// The newest event; `None` where nothing was seen.
    pub fn newest(&self) -> Option<Mark> {
        let leaf = *self.recent.back()?;
        let position = self.size();
        Some(Mark { position, leaf })
    }

    /// The last position up to which a log is the one that was seen: exactly, if it lies among the
    /// newest events, else as far as the tree proves it.
    ///
    /// # Errors
    /// As [`Memory::follow`].
    pub async fn proven_by(&self, log: &dyn Log) -> Result<u64, LogError> {
        let before = self.size() - self.recent.len() as u64;
        let events = read_proven(log, before, self.recent.len()).await?;
        let same = events
            .iter()
            .zip(&self.recent)
            .rposition(|(event, leaf)| event.leaf == *leaf);
        match same {
            Some(at) => Ok(before + 1 + at as u64),
            None => self.subtrees_in(log).await,
        }
    }

    /// The end of the last whole subtree that a log has too.
    async fn subtrees_in(&self, log: &dyn Log) -> Result<u64, LogError> {
        let mut proven = 0;
        let sizes = (0..u64::BITS).rev().map(|bit| 1 << bit);
        let sizes = sizes.filter(|size| self.size() & size != 0);
        for (size, expected) in sizes.zip(self.tree.subtrees()) {
            if root_of(log, proven, size).await? != Some(*expected) {
                break;
            }
            proven += size;
        }
        Ok(proven)
    }
}

/// The root over `size` events behind a position; `None` where the log ends before.
async fn root_of(log: &dyn Log, after: u64, size: u64) -> Result<Option<[u8; 32]>, LogError> {
    let mut tree = RootBuilder::default();
    while tree.size() < size {
        let wanted = usize::try_from(size - tree.size()).map_or(PAGE, |rest| rest.min(PAGE));
        let events = read_proven(log, after + tree.size(), wanted).await?;
        if events.is_empty() {
            return Ok(None);
        }
        events.iter().for_each(|event| tree.push(event.leaf));
    }
    Ok(Some(tree.root()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::head::given::log_of;

    /// A memory of `seen` events of a log that shares `common` of them with the one looked at, which
    /// has `now` events.
    async fn proven(seen: u64, common: u64, now: u64) -> u64 {
        let before = log_of(seen, |_| 0).await;
        let after = log_of(now, |number| u64::from(number > common)).await;
        let mut memory = Memory::new(before.id(), 1);
        memory.follow(&before).await.unwrap();
        assert_eq!(memory.size(), seen);
        memory.proven_by(&after).await.unwrap()
    }

    #[tokio::test]
    async fn where_a_log_went_another_way_is_known_exactly_among_the_newest_events() {
        for (seen, common, now) in [
            (10, 10, 10),
            (10, 10, 30),
            (10, 7, 7),
            (10, 7, 30),
            (200, 90, 95),
        ] {
            let found = proven(seen, common, now).await;
            assert_eq!(found, common.min(now), "{seen} {common} {now}");
        }
    }

    #[tokio::test]
    async fn further_back_it_is_known_as_far_as_the_tree_proves_it() {
        // 300 events are subtrees of 256, 32, 8 and 4; the newest 128 begin at 173.
        for (common, now, expected) in [(100, 400, 0), (0, 400, 0), (172, 400, 0)] {
            assert_eq!(proven(300, common, now).await, expected, "{common}");
        }
        // 520 are 512 and 8.
        assert_eq!(proven(700, 540, 560).await, 512);
    }
}
