//! Wrong rows are found, named and mended, and nothing that they hold is told.

use super::*;
use docket_projection::{Difference, Differences, Differs, Scope, Verified};
use sqlx::Connection;

docket_projection::on_both_engines!(
    rows_that_are_right_verify,
    a_corrupted_a_deleted_and_an_extra_row_are_found_and_mended,
    wrong_counts_are_found_and_mended,
    a_sample_looks_at_a_part_and_finds_what_is_wrong_there,
    the_gate_names_the_declarations_that_differ,
    a_view_that_lost_all_its_rows_is_told_and_built_anew,
    a_parked_stream_is_no_difference,
    an_event_that_the_log_does_not_prove_is_blamed_on_the_log_and_its_rows_stay,
    a_view_that_is_fed_meanwhile_verifies,
);

async fn tamper(ground: &Ground, sql: &str) {
    tamper_with(ground, "tally", sql).await;
}

/// Writes to the first generation of a view behind the runtime's back.
pub(crate) async fn tamper_with(ground: &Ground, view: &str, sql: &str) {
    match ground {
        Ground::Folder(dir) => {
            let path = dir.path().join(format!("{view}-1.db"));
            let url = format!("sqlite://{}", path.display());
            let mut file = sqlx::SqliteConnection::connect(&url).await.unwrap();
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()))
                .execute(&mut file)
                .await
                .unwrap();
            file.close().await.unwrap();
        }
        Ground::Database(database) => {
            database.psql(&format!("SET search_path TO docket_{view}_1; {sql}"));
        }
    }
}

async fn verify(views: &Views) -> Verified {
    views.verify("tally", Scope::All, &|_| {}).await.unwrap()
}

/// Views with some declarations, and the ids of those with rows.
async fn filled(ground: &Ground, log: &PlainLog) -> (Views, Vec<String>) {
    let views = views(ground, log, tally()).await;
    log.append(&history(40, 500, 6)).await;
    views.catch_up().await.unwrap();
    let dump = views.dump("tally").await.unwrap();
    let mut owners: Vec<String> = dump["tallies"]
        .iter()
        .map(|row| match &row[0] {
            Value::Id(id) => id.to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    owners.dedup();
    (views, owners)
}

/// An id as a literal of the engine.
fn literal(ground: &Ground, id: &str) -> String {
    match ground.engine() {
        Engine::Sqlite => format!("X'{}'", id.replace('-', "")),
        Engine::Postgres => format!("'{id}'"),
    }
}

async fn rows_that_are_right_verify(ground: Ground) {
    let log = PlainLog::default();
    let (views, owners) = filled(&ground, &log).await;
    let found = verify(&views).await;
    assert!(found.differences.is_empty(), "{found:?}");
    assert!(found.streams >= owners.len() as u64);
    let dump = views.dump("tally").await.unwrap();
    let rows: usize = dump.values().map(Vec::len).sum();
    assert_eq!(found.rows, rows as u64);
}

async fn a_corrupted_a_deleted_and_an_extra_row_are_found_and_mended(ground: Ground) {
    let log = PlainLog::default();
    let (views, owners) = filled(&ground, &log).await;
    let right = views.dump("tally").await.unwrap();
    let [corrupted, deleted] = [&owners[0], &owners[1]];
    let stranger = "ffffffff-ffff-7fff-bfff-fffffffffff0";
    let of = |id: &str| literal(&ground, id);
    tamper(
        &ground,
        &format!(
            "UPDATE tallies SET applicant = 'somebody else' WHERE declaration = {};
             DELETE FROM tally_events WHERE declaration = {} AND version = 1;
             INSERT INTO tallies (declaration, unit, version, state) VALUES ({}, {}, 1, 'draft');",
            of(corrupted),
            of(deleted),
            of(stranger),
            of(stranger)
        ),
    )
    .await;
    let found = verify(&views).await;
    let wrong = |table: &str, owner: &str, what| {
        let all = found.differences.rows.iter();
        all.filter(|row| row.table == table && row.owner == owner && row.what == what)
            .map(|row| row.columns.clone())
            .collect::<Vec<_>>()
    };
    assert!(
        wrong("tallies", corrupted, Differs::Changed).contains(&vec!["applicant"]),
        "{found:?}"
    );
    assert_eq!(wrong("tally_events", deleted, Differs::Missing).len(), 1);
    assert_eq!(wrong("tallies", stranger, Differs::Extra).len(), 1);
    assert!(!format!("{found:?}").contains("somebody else"));
    assert_eq!(refused_rows(&views).await, of_tallies(&found.differences));
    let repaired = views.repair("tally", &|_| {}).await.unwrap();
    assert_eq!(repaired.found.differences, found.differences);
    assert!(repaired.left.is_empty(), "{repaired:?}");
    assert_eq!(repaired.streams, 3);
    assert_eq!(views.dump("tally").await.unwrap(), right);
    assert!(verify(&views).await.differences.is_empty());
}

/// The rows that the gate of a rebuild refuses.
async fn refused_rows(views: &Views) -> Vec<Difference> {
    let rebuilt = views.rebuild(&["tally"], Gate::Strict, &|_| {}).await;
    let Err(ViewError::Different(refused)) = rebuilt else {
        panic!("{rebuilt:?}");
    };
    of_tallies(&refused[0].rows)
}

/// Rows that differ, but for those of counts, in an order of their own.
fn of_tallies(found: &Differences) -> Vec<Difference> {
    let rows = found.rows.iter();
    let mut rows: Vec<Difference> = rows
        .filter(|row| !row.table.ends_with("_counts"))
        .cloned()
        .collect();
    rows.sort();
    rows
}

async fn an_event_that_the_log_does_not_prove_is_blamed_on_the_log_and_its_rows_stay(
    ground: Ground,
) {
    let log = PlainLog::default();
    let (views, owners) = filled(&ground, &log).await;
    let right = views.dump("tally").await.unwrap();
    let [forged, corrupted] = [&owners[0], &owners[1]];
    let stream = docket_store::StreamId::new("declaration", forged);
    let events = docket_store::Log::read_stream(log.log.as_ref(), &stream, 0, 100);
    let last = events.await.unwrap().pop().unwrap();
    log.break_at(last.position, true);
    let found = verify(&views).await;
    assert!(
        found.differences.is_empty() && !found.is_right(),
        "{found:?}"
    );
    assert_eq!(found.unproven.len(), 1, "{found:?}");
    let unproven = &found.unproven[0];
    assert_eq!(
        (unproven.position, &unproven.stream),
        (last.position, &stream.to_string())
    );
    let spoil = "UPDATE tallies SET applicant = 'x' WHERE declaration =";
    tamper(&ground, &format!("{spoil} {}", literal(&ground, corrupted))).await;
    let repaired = views.repair("tally", &|_| {}).await.unwrap();
    assert_eq!(repaired.streams, 1, "the view's own fault is mended");
    assert_eq!(repaired.found.unproven, found.unproven);
    assert!(repaired.left.is_empty());
    assert_eq!(views.dump("tally").await.unwrap(), right);
    log.break_at(last.position, false);
    assert!(verify(&views).await.is_right());
}

async fn wrong_counts_are_found_and_mended(ground: Ground) {
    let log = PlainLog::default();
    let (views, _) = filled(&ground, &log).await;
    let right = views.sums("tally").await.unwrap();
    tamper(&ground, "UPDATE tallies_counts SET n = n + 7").await;
    let found = verify(&views).await;
    assert!(!found.differences.is_empty());
    assert!(
        found
            .differences
            .rows
            .iter()
            .all(|row| row.table == "tallies_counts" && row.columns == ["n"]),
        "{found:?}"
    );
    let repaired = views.repair("tally", &|_| {}).await.unwrap();
    assert!(repaired.left.is_empty(), "{repaired:?}");
    assert_eq!(views.sums("tally").await.unwrap(), right);
}

async fn a_sample_looks_at_a_part_and_finds_what_is_wrong_there(ground: Ground) {
    let log = PlainLog::default();
    let (views, _) = filled(&ground, &log).await;
    let sample = |streams, seed| Scope::Sample {
        streams: std::num::NonZeroU64::new(streams).unwrap(),
        seed,
    };
    let all = verify(&views).await;
    let part = views.verify("tally", sample(5, 1), &|_| {}).await.unwrap();
    assert!((1..=5).contains(&part.streams), "{part:?}");
    assert!(part.streams < all.streams);
    tamper(&ground, "UPDATE tallies SET version = version + 1").await;
    let mut found = 0;
    for seed in 0..20 {
        let part = views
            .verify("tally", sample(5, seed), &|_| {})
            .await
            .unwrap();
        found += part.differences.count();
    }
    assert!(found > 0);
}

async fn the_gate_names_the_declarations_that_differ(ground: Ground) {
    let log = PlainLog::default();
    let (views, owners) = filled(&ground, &log).await;
    let owner = &owners[2];
    let id = literal(&ground, owner);
    tamper(
        &ground,
        &format!("UPDATE tallies SET applicant = 'x' WHERE declaration = {id}"),
    )
    .await;
    let refused = views.rebuild(&["tally"], Gate::Strict, &|_| {}).await;
    let Err(ViewError::Different(refused)) = refused else {
        panic!("{refused:?}")
    };
    let line = format!("tallies: a row of {owner} differs in applicant");
    assert!(refused[0].lines(10).contains(&line), "{refused:?}");
    let rebuilt = views
        .rebuild(&["tally"], Gate::Report, &|_| {})
        .await
        .unwrap()
        .remove(0);
    assert!(
        rebuilt
            .rows
            .rows
            .iter()
            .all(|row: &Difference| row.owner == *owner)
    );
    assert!(!rebuilt.rows.is_empty());
    assert!(verify(&views).await.differences.is_empty());
}

async fn a_view_that_lost_all_its_rows_is_told_and_built_anew(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, tally()).await;
    log.append(&history(1_500, 9_000, 6)).await;
    views.catch_up().await.unwrap();
    let right = views.sums("tally").await.unwrap();
    tamper(&ground, "DELETE FROM tallies; DELETE FROM tally_events").await;
    let repaired = views.repair("tally", &|_| {}).await.unwrap();
    assert_eq!(repaired.streams, 0, "that is no view to mend");
    assert!(repaired.left.more > 0);
    let rebuilt = views
        .rebuild(&["tally"], Gate::Report, &|_| {})
        .await
        .unwrap();
    assert_eq!(rebuilt[0].rows.rows.len(), 1_000);
    assert!(rebuilt[0].rows.more > 0);
    assert_eq!(views.sums("tally").await.unwrap(), right);
}

async fn a_parked_stream_is_no_difference(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, tally()).await;
    let (mut walk, events) = submitted(1);
    log.append(&events).await;
    let end = log.append(&[terminated(&mut walk)]).await;
    log.break_at(end, true);
    views.catch_up().await.unwrap();
    let found = verify(&views).await;
    assert!(found.differences.is_empty(), "{found:?}");
    assert_eq!(found.parked, 1);
    let repaired = views.repair("tally", &|_| {}).await.unwrap();
    assert_eq!(repaired.streams, 0);
}

async fn a_view_that_is_fed_meanwhile_verifies(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, tally()).await;
    let runner = views.start();
    let view = views.view("tally").unwrap();
    let events = history(60, 900, 3);
    let writing = async {
        for events in events.chunks(3) {
            view.wait(log.append(events).await, LONG).await.unwrap();
        }
    };
    let looking = async {
        for _ in 0..10 {
            let found = verify(&views).await;
            assert!(found.differences.is_empty(), "{found:?}");
        }
    };
    tokio::join!(writing, looking);
    runner.stop().await;
}
