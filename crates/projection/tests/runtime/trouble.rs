//! What stops a view, and what it does not stop.

use super::*;

#[tokio::test]
async fn an_unknown_event_stops_the_projector_and_parks_nothing() {
    use docket_store::{Append, Expected, Log, NewEvent, StreamAppend, StreamId};
    let (dir, log) = (tempfile::tempdir().unwrap(), PlainLog::default());
    let views = views(dir.path(), &log, tally()).await;
    let runner = views.start();
    let event = NewEvent {
        kind: "FromTheFuture".into(),
        schema: 1,
        payload: "{}".into(),
        sealed: None,
        metadata: "{}".into(),
    };
    let stream = StreamAppend {
        stream: StreamId::new("declaration", "x"),
        expected: Expected::Absent,
        events: vec![event],
    };
    let append = Append {
        command: uuid::Uuid::from_u128(9),
        at: 0,
        streams: vec![stream],
        documents: vec![],
        keys: vec![],
    };
    let position = log.log.append(append).await.unwrap().position;
    let ended = views.view("tally").unwrap().wait(position, LONG).await;
    assert!(matches!(ended, Err(WaitError::TooOld(_))), "{ended:?}");
    runner.stop().await;
    assert_eq!(views.parked("tally").await.unwrap(), vec![]);
    assert!(views.list().await.unwrap()[0].stopped.is_some());
}

#[tokio::test]
async fn a_container_that_cannot_be_written_stops_no_other_view() {
    use sqlx::{ConnectOptions, Connection, Executor};
    let (dir, log) = (tempfile::tempdir().unwrap(), PlainLog::default());
    let views = views(dir.path(), &log, twins()).await;
    let runner = views.start();
    let (tally, twin) = (views.view("tally").unwrap(), views.view("twin").unwrap());
    let file = sqlx::sqlite::SqliteConnectOptions::new().filename(dir.path().join("tally-1.db"));
    let mut other = file.connect().await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    let mut head = 0;
    for (stream, envelope) in history(4, 30, 1) {
        head = log.append(&[(stream, envelope)]).await;
        twin.wait(head, LONG).await.unwrap();
    }
    assert_eq!(tally.seen(), 0);
    let stopped = &views.list().await.unwrap()[0].stopped;
    assert!(
        stopped.as_ref().is_some_and(|why| why.contains("locked")),
        "{stopped:?}"
    );
    other.execute("ROLLBACK").await.unwrap();
    other.close().await.unwrap();
    tally.wait(head, LONG).await.unwrap();
    assert_eq!(views.list().await.unwrap()[0].stopped, None);
    assert_eq!(
        views.sums("tally").await.unwrap(),
        views.sums("twin").await.unwrap()
    );
    runner.stop().await;
}

#[tokio::test]
async fn a_missing_key_stops_the_view_until_it_is_there_and_parks_nothing() {
    let (dir, log) = (tempfile::tempdir().unwrap(), PlainLog::default());
    let views = views(dir.path(), &log, tally()).await;
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
