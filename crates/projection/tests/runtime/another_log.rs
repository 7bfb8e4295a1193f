//! A views folder that belongs to another log, or to another time of this one.

use super::*;

/// What stands is what the log asks for, folded from nothing.
async fn agrees(views: &Views, log: &PlainLog) {
    let mut stands = views.dump("tally").await.unwrap();
    stands.retain(|_, rows| !rows.is_empty());
    let asked = docket_projection::rows_of(&Tally::PLAIN, &log.history().await);
    assert_eq!(stands, asked);
}

/// Feeds the views of a folder from a log and closes them.
async fn feed(dir: &Path, log: &PlainLog) {
    let views = views(dir, log, tally()).await;
    views.catch_up().await.unwrap();
    agrees(&views, log).await;
    views.close().await;
}

#[tokio::test]
async fn views_of_another_log_are_built_anew() {
    let dir = tempfile::tempdir().unwrap();
    let (old, new) = (PlainLog::of(1), PlainLog::of(2));
    old.append(&history(6, 60, 1)).await;
    feed(dir.path(), &old).await;
    let head = new.append(&history(2, 12, 2)).await;
    let views = views(dir.path(), &new, tally()).await;
    assert_eq!(views.list().await.unwrap()[0].checkpoint, head);
    agrees(&views, &new).await;
    assert_eq!(files(dir.path()), ["registry.db", "tally-2.db"]);
}

#[tokio::test]
async fn views_that_have_seen_more_than_a_restored_log_holds_are_built_anew() {
    let dir = tempfile::tempdir().unwrap();
    let (log, restored) = (PlainLog::default(), PlainLog::default());
    let events = history(6, 60, 1);
    log.append(&events).await;
    feed(dir.path(), &log).await;
    let head = restored.append(&events[..20]).await;
    let views = views(dir.path(), &restored, tally()).await;
    assert_eq!(views.list().await.unwrap()[0].checkpoint, head);
    agrees(&views, &restored).await;
}

#[tokio::test]
async fn views_of_a_restored_log_that_has_grown_past_them_are_built_anew() {
    let dir = tempfile::tempdir().unwrap();
    let (log, restored) = (PlainLog::default(), PlainLog::default());
    let events = history(6, 60, 1);
    let (common, lost) = events.split_at(20);
    log.append(common).await;
    feed(dir.path(), &log).await;
    log.append(&lost[..1]).await;
    feed(dir.path(), &log).await;
    restored.append(common).await;
    restored.append(&submitted(40).1).await;
    restored.append(&submitted(41).1).await;
    let views = views(dir.path(), &restored, tally()).await;
    views.catch_up().await.unwrap();
    agrees(&views, &restored).await;
}

#[tokio::test]
async fn views_older_than_the_backup_that_was_restored_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (log, restored) = (PlainLog::default(), PlainLog::default());
    let events = history(6, 60, 1);
    log.append(&events[..20]).await;
    feed(dir.path(), &log).await;
    restored.append(&events[..30]).await;
    let views = views(dir.path(), &restored, tally()).await;
    assert_eq!(views.list().await.unwrap()[0].checkpoint, 20);
    assert_eq!(files(dir.path()), ["registry.db", "tally-1.db"]);
}
