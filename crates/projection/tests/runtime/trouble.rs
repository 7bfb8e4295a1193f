//! What stops a view, and what it does not stop.

use super::*;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor};

docket_projection::on_both_engines!(
    an_unknown_event_stops_the_projector_and_parks_nothing,
    a_container_that_cannot_be_written_stops_no_other_view,
    a_missing_key_stops_the_view_until_it_is_there_and_parks_nothing,
);

async fn an_unknown_event_stops_the_projector_and_parks_nothing(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, tally()).await;
    let runner = views.start();
    let position = log.append_unknown().await;
    let ended = views.view("tally").unwrap().wait(position, LONG).await;
    assert!(matches!(ended, Err(WaitError::TooOld(_))), "{ended:?}");
    runner.stop().await;
    assert_eq!(views.parked("tally").await.unwrap(), vec![]);
    assert!(views.list().await.unwrap()[0].stopped.is_some());
}

/// Somebody who keeps the first generation of the tally from being written.
enum InTheWay {
    Sqlite(sqlx::SqliteConnection),
    Postgres(sqlx::PgConnection),
}

impl InTheWay {
    async fn of(ground: &Ground) -> InTheWay {
        match ground {
            Ground::Folder(dir) => {
                let file = SqliteConnectOptions::new().filename(dir.path().join("tally-1.db"));
                let mut other = file.connect().await.unwrap();
                other.execute("BEGIN IMMEDIATE").await.unwrap();
                InTheWay::Sqlite(other)
            }
            Ground::Database(database) => {
                let mut other = sqlx::PgConnection::connect(&database.url()).await.unwrap();
                let hold = "BEGIN; SELECT 1 FROM docket_tally_1.docket_checkpoint FOR UPDATE";
                sqlx::raw_sql(hold).execute(&mut other).await.unwrap();
                InTheWay::Postgres(other)
            }
        }
    }

    async fn leave(self) {
        match self {
            InTheWay::Sqlite(mut other) => {
                other.execute("ROLLBACK").await.unwrap();
                other.close().await.unwrap();
            }
            InTheWay::Postgres(other) => other.close().await.unwrap(),
        }
    }
}

async fn a_container_that_cannot_be_written_stops_no_other_view(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, twins()).await;
    let runner = views.start();
    let (tally, twin) = (views.view("tally").unwrap(), views.view("twin").unwrap());
    let other = InTheWay::of(&ground).await;
    let mut head = 0;
    for (stream, envelope) in history(4, 30, 1) {
        head = log.append(&[(stream, envelope)]).await;
        twin.wait(head, LONG).await.unwrap();
    }
    assert_eq!(tally.seen(), 0);
    let stopped = &views.list().await.unwrap()[0].stopped;
    assert!(
        stopped.as_ref().is_some_and(|why| why.contains("lock")),
        "{stopped:?}"
    );
    other.leave().await;
    tally.wait(head, LONG).await.unwrap();
    assert_eq!(views.list().await.unwrap()[0].stopped, None);
    assert_eq!(
        views.sums("tally").await.unwrap(),
        views.sums("twin").await.unwrap()
    );
    runner.stop().await;
}

async fn a_missing_key_stops_the_view_until_it_is_there_and_parks_nothing(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, tally()).await;
    let view = views.view("tally").unwrap();
    log.lose_keys(true);
    let head = log.append(&submitted(1).1).await;
    let runner = views.start();
    assert_eq!(
        view.wait(head, Duration::from_millis(300)).await,
        Err(WaitError::Behind { seen: 0 })
    );
    let stopped = &views.list().await.unwrap()[0].stopped;
    assert!(
        stopped.as_ref().is_some_and(|why| why.contains("key")),
        "{stopped:?}"
    );
    assert_eq!(views.parked("tally").await.unwrap(), vec![]);
    log.lose_keys(false);
    view.wait(head, LONG).await.unwrap();
    assert_eq!(views.list().await.unwrap()[0].stopped, None);
    runner.stop().await;
}
