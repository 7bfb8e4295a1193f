//! A views folder that belongs to another log, or to another time of this one.

use super::*;
use docket_store::Log as _;

docket_projection::on_both_engines!(
    views_of_another_log_are_built_anew,
    views_that_have_seen_more_than_a_log_holds_refuse_it_until_that_is_accepted,
    views_of_a_restored_log_that_has_grown_past_them_refuse_it_until_that_is_accepted,
    a_second_loss_is_refused_again,
    a_place_without_views_proves_nothing_and_stays_empty,
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

/// The views refuse the log, and stand as they did; what they prove is told without them.
async fn refuse(ground: &Ground, log: &PlainLog, position: u64) {
    let refused = Views::open(config_of(ground, log), &|_| {}).await;
    let refused = refused.map(|_| ()).unwrap_err();
    assert!(
        matches!(&refused, ViewError::Lost { view, position: seen, .. } if view == "tally" && *seen == position),
        "{refused}"
    );
    let found = docket_projection::witnesses(&ground.place(), log.log.id())
        .await
        .unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|found| (found.view.as_str(), found.generation, found.newest.position))
        .collect();
    assert_eq!(found, [("tally", 1, position)]);
    assert_eq!(containers(ground).await, ["tally-1"]);
}

fn config_of(ground: &Ground, log: &PlainLog) -> docket_projection::Config {
    docket_projection::testing::config(std::time::Duration::ZERO, ground, log, tally())
}

async fn views_that_have_seen_more_than_a_log_holds_refuse_it_until_that_is_accepted(
    ground: Ground,
) {
    let (log, restored) = (PlainLog::default(), PlainLog::default());
    let events = history(6, 60, 1);
    let seen = log.append(&events).await;
    feed(&ground, &log).await;
    let head = restored.append(&events[..20]).await;
    refuse(&ground, &restored, seen).await;
    let restored = restored.in_next_incarnation();
    let views = views(&ground, &restored, tally()).await;
    assert_eq!(views.list().await.unwrap()[0].checkpoint, head);
    agrees(&views, &restored).await;
}

async fn views_of_a_restored_log_that_has_grown_past_them_refuse_it_until_that_is_accepted(
    ground: Ground,
) {
    let (log, restored) = (PlainLog::default(), PlainLog::default());
    let events = history(6, 60, 1);
    let (common, lost) = events.split_at(20);
    log.append(common).await;
    feed(&ground, &log).await;
    let seen = log.append(&lost[..1]).await;
    feed(&ground, &log).await;
    restored.append(common).await;
    restored.append(&submitted(40).1).await;
    restored.append(&submitted(41).1).await;
    refuse(&ground, &restored, seen).await;
    let restored = restored.in_next_incarnation();
    let views = views(&ground, &restored, tally()).await;
    views.catch_up().await.unwrap();
    agrees(&views, &restored).await;
}

/// Views that stood through the first loss know of it.
async fn a_second_loss_is_refused_again(ground: Ground) {
    let events = history(6, 60, 1);
    let (first, second) = (PlainLog::default(), PlainLog::default());
    first.append(&events[..20]).await;
    feed(&ground, &first).await;
    second.append(&events[..20]).await;
    let second = second.in_next_incarnation();
    second.append(&submitted(40).1).await;
    feed(&ground, &second).await;
    let third = PlainLog::default().in_next_incarnation();
    let seen = second.log.head().await.unwrap().position;
    third.append(&events[..18]).await;
    refuse(&ground, &third, seen).await;
    let third = third.in_next_incarnation();
    let views = views(&ground, &third, tally()).await;
    agrees(&views, &third).await;
}

async fn a_place_without_views_proves_nothing_and_stays_empty(ground: Ground) {
    let found = docket_projection::witnesses(&ground.place(), uuid::Uuid::nil()).await;
    assert_eq!(found.unwrap(), []);
    match &ground {
        Ground::Folder(folder) => {
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        }
        Ground::Database(database) => {
            let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'docket%'";
            assert_eq!(database.psql(schemas), "0");
        }
    }
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
