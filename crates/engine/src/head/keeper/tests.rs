#![allow(clippy::unwrap_used)]
use super::*;
use crate::head::given::{extend, log_of};
use docket_store::{Header, MemoryLog, leaf, root};

const WITHIN: Duration = Duration::from_secs(10);

async fn keeper(log: &Arc<MemoryLog>, file: Option<&MemoryFile>) -> HeadKeeper {
    HeadKeeper::start(Arc::clone(log) as _, 1, file.cloned())
}

async fn root_of(log: &MemoryLog) -> [u8; 32] {
    let events = log.read_all(0, usize::MAX).await.unwrap();
    let leaves: Vec<_> = events
        .iter()
        .map(|event| leaf(&Header::of(log.id(), event)))
        .collect();
    root(&leaves)
}

#[tokio::test]
async fn the_head_follows_the_log_and_is_remembered_by_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = MemoryFile::beside(&folder.path().join("docket.key"));
    let log = Arc::new(log_of(3_000, |_| 0).await);
    let first = keeper(&log, Some(&file)).await;
    let head = first.watch().hashed(3_000, WITHIN).await.published.unwrap();
    assert_eq!((head.size, head.root), (3_000, root_of(&log).await));
    extend(&log, 3_001..=3_005, |_| 0).await;
    let head = first.watch().hashed(3_005, WITHIN).await.published.unwrap();
    assert_eq!((head.size, head.root), (3_005, root_of(&log).await));
    first.stop().await;
    assert_eq!(file.load().unwrap().unwrap().size(), 3_005);
    extend(&log, 3_006..=3_010, |_| 0).await;
    let second = keeper(&log, Some(&file)).await;
    let head = second
        .watch()
        .hashed(3_010, WITHIN)
        .await
        .published
        .unwrap();
    assert_eq!(head.root, root_of(&log).await);
    second.stop().await;
    let remembered = file.load().unwrap().unwrap();
    assert_eq!((remembered.size(), remembered.root()), (3_010, head.root));
}

/// The leaves fit their events, the newest one too: only the root tells.
#[tokio::test]
async fn a_log_that_was_changed_far_back_is_told_by_what_is_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let file = MemoryFile::beside(&folder.path().join("docket.key"));
    let log = Arc::new(log_of(500, |_| 0).await);
    let before = keeper(&log, Some(&file)).await;
    before.watch().hashed(500, WITHIN).await.published.unwrap();
    before.stop().await;
    let forged = Arc::new(log_of(500, |number| u64::from(number == 7)).await);
    let after = keeper(&forged, Some(&file)).await;
    let found = after.watch().hashed(500, WITHIN).await;
    assert_eq!(found.published, None);
    assert_eq!(found.corrupt.map(|(position, _)| position), Some(500));
    after.stop().await;
}
