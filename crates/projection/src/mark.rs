use docket_store::{Leaf, Log, LogError, Recorded};

/// Where a generation stands in its log: a position, and the leaf of the event there, by which a
/// log that was restored and has grown past it is told from the one it has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) position: u64,
    /// None before the first event.
    pub(crate) leaf: Option<Leaf>,
}

impl Mark {
    /// The mark of an event.
    pub(crate) fn of(event: &Recorded) -> Mark {
        Mark {
            position: event.position,
            leaf: Some(event.leaf),
        }
    }

    /// The mark that a position has in a log; one behind its head has no leaf.
    pub(crate) async fn find(log: &dyn Log, position: u64) -> Result<Mark, LogError> {
        let leaf = match position.checked_sub(1) {
            Some(before) => log.leaves(before, 1).await?.pop(),
            None => None,
        };
        Ok(Mark { position, leaf })
    }

    /// Whether the log has the same event here.
    pub(crate) async fn stands_in(self, log: &dyn Log) -> Result<bool, LogError> {
        let found = Mark::find(log, self.position).await?;
        Ok(found == self && (found.leaf.is_some() || self.position == 0))
    }
}
