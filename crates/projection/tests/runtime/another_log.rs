//! A views folder that belongs to another log, or to another time of this one.

use super::*;

docket_projection::on_both_engines!(
    views_of_another_log_are_built_anew,
    views_that_have_seen_more_than_a_restored_log_holds_are_built_anew,
    views_of_a_restored_log_that_has_grown_past_them_are_built_anew,
    views_older_than_the_backup_that_was_restored_are_kept,
);

/// What stands is what the log asks for, folded from nothing.
async fn agrees(views: &Views, log: &PlainLog) {
    let mut stands = views.dump("tally").await.unwrap();
    stands.retain(|_, rows| !rows.is_empty());
    let asked = docket_projection::rows_of(&Tally::PLAIN, &log.history().await);
    assert_eq!(stands, asked);
}

/// Feeds the views of a folder from a log and closes them.
async fn feed(ground: &Ground, log: &PlainLog) {
    let views = views(ground, log, tally()).await;
    views.catch_up().await.unwrap();
    agrees(&views, log).await;
    views.close().await;
}

async fn views_of_another_log_are_built_anew(ground: Ground) {
    let (old, new) = (PlainLog::of(1), PlainLog::of(2));
    old.append(&history(6, 60, 1)).await;
    feed(&ground, &old).await;
    let head = new.append(&history(2, 12, 2)).await;
    let views = views(&ground, &new, tally()).await;
    assert_eq!(views.list().await.unwrap()[0].checkpoint, head);
    agrees(&views, &new).await;
    assert_eq!(containers(&ground).await, ["tally-2"]);
}

async fn views_that_have_seen_more_than_a_restored_log_holds_are_built_anew(ground: Ground) {
    let (log, restored) = (PlainLog::default(), PlainLog::default());
    let events = history(6, 60, 1);
    log.append(&events).await;
    feed(&ground, &log).await;
    let head = restored.append(&events[..20]).await;
    let views = views(&ground, &restored, tally()).await;
    assert_eq!(views.list().await.unwrap()[0].checkpoint, head);
    agrees(&views, &restored).await;
}

async fn views_of_a_restored_log_that_has_grown_past_them_are_built_anew(ground: Ground) {
    let (log, restored) = (PlainLog::default(), PlainLog::default());
    let events = history(6, 60, 1);
    let (common, lost) = events.split_at(20);
    log.append(common).await;
    feed(&ground, &log).await;
    log.append(&lost[..1]).await;
    feed(&ground, &log).await;
    restored.append(common).await;
    restored.append(&submitted(40).1).await;
    restored.append(&submitted(41).1).await;
    let views = views(&ground, &restored, tally()).await;
    views.catch_up().await.unwrap();
    agrees(&views, &restored).await;
}

async fn views_older_than_the_backup_that_was_restored_are_kept(ground: Ground) {
    let (log, restored) = (PlainLog::default(), PlainLog::default());
    let events = history(6, 60, 1);
    log.append(&events[..20]).await;
    feed(&ground, &log).await;
    restored.append(&events[..30]).await;
    let views = views(&ground, &restored, tally()).await;
    assert_eq!(views.list().await.unwrap()[0].checkpoint, 20);
    assert_eq!(containers(&ground).await, ["tally-1"]);
}
