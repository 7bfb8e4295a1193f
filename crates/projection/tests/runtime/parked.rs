//! Streams that wait for somebody to look at them.

use super::*;

docket_projection::on_both_engines!(
    what_another_process_applied_again_is_fed_on,
    a_broken_event_parks_its_declaration_alone_until_a_retry,
    a_projector_that_panics_parks_the_declaration,
    the_rows_of_a_parked_stream_do_not_depend_on_how_its_events_were_delivered,
    a_strict_rebuild_takes_in_what_can_be_read_again,
    an_event_that_broke_behind_rows_parks_the_stream_as_a_rebuild_does,
    a_parked_draft_that_is_deleted_leaves_no_name,
);

async fn a_broken_event_parks_its_declaration_alone_until_a_retry(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, tally()).await;
    let ((mut first, before), (mut second, others)) = (submitted(1), submitted(2));
    let first_events = log.append(&before).await;
    log.append(&others).await;
    let broken = log.append(&[terminated(&mut first)]).await;
    let head = log.append(&[terminated(&mut second)]).await;
    log.break_at(broken, true);
    views.catch_up().await.unwrap();
    let parked = views.parked("tally").await.unwrap();
    assert_eq!(parked.len(), 1);
    assert_eq!(
        (parked[0].position, parked[0].version),
        (broken, first_events + 1)
    );
    let behind = views
        .view("tally")
        .unwrap()
        .behind_since([first.stream(), second.stream()])
        .await
        .unwrap();
    assert_eq!(behind.keys().collect::<Vec<_>>(), [&first.stream()]);
    assert_eq!(views.list().await.unwrap()[0].checkpoint, head);
    assert!(
        !views.retry("tally", &parked[0].stream).await.unwrap(),
        "it is broken still"
    );
    log.break_at(broken, false);
    assert!(views.retry("tally", &parked[0].stream).await.unwrap());
    assert_eq!(views.parked("tally").await.unwrap(), vec![]);
    let rebuilt = views
        .rebuild(&["tally"], Gate::Strict, &|_| {})
        .await
        .unwrap();
    assert!(rebuilt[0].differences.is_empty());
}

async fn a_projector_that_panics_parks_the_declaration(ground: Ground) {
    let log = PlainLog::default();
    let views = views(
        &ground,
        &log,
        vec![Arc::new(Tally {
            rule: "1",
            panics: true,
        })],
    )
    .await;
    let (mut walk, events) = submitted(1);
    log.append(&events).await;
    log.append(&[terminated(&mut walk)]).await;
    let head = log.append(&submitted(2).1).await;
    views.catch_up().await.unwrap();
    let parked = views.parked("tally").await.unwrap();
    assert_eq!(parked.len(), 1);
    let error = &parked[0].error;
    let place = "the projector tally failed at crates/projection/tests/runtime/tally.rs:";
    assert!(error.starts_with(place), "{error}");
    assert!(
        !error.contains("fears"),
        "a panic's message can quote a name: {error}"
    );
    assert_eq!(views.list().await.unwrap()[0].checkpoint, head);
}

/// A projector that fears a termination, over a log with an event that cannot be read either.
async fn frightened(ground: &Ground, log: &PlainLog) -> Views {
    let projector = Tally {
        rule: "1",
        panics: true,
    };
    views(ground, log, vec![Arc::new(projector)]).await
}

async fn the_rows_of_a_parked_stream_do_not_depend_on_how_its_events_were_delivered(
    ground: Ground,
) {
    let log = PlainLog::default();
    let (slow, fast) = (&ground, Ground::new(ground.engine()));
    let (one, all) = (frightened(slow, &log).await, frightened(&fast, &log).await);
    let (mut first, mut events) = submitted(1);
    events.push(terminated(&mut first));
    let (_, others) = submitted(2);
    events.extend(others.iter().cloned());
    let broken = (events.len() - others.len() + 2) as u64;
    log.break_at(broken, true);
    for event in events {
        log.append(&[event]).await;
        one.catch_up().await.unwrap();
    }
    all.catch_up().await.unwrap();
    assert_eq!(one.parked("tally").await.unwrap().len(), 2);
    let rows = one.dump("tally").await.unwrap();
    assert!(rows["tallies"].len() >= 2, "both show what could be folded");
    assert_eq!(all.parked("tally").await, one.parked("tally").await);
    assert_eq!(all.dump("tally").await.unwrap(), rows);
    for views in [&one, &all] {
        views
            .rebuild(&["tally"], Gate::Strict, &|_| {})
            .await
            .unwrap();
        assert_eq!(views.dump("tally").await.unwrap(), rows);
    }
}

async fn a_strict_rebuild_takes_in_what_can_be_read_again(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, tally()).await;
    let (mut walk, events) = submitted(1);
    let broken = log.append(&events).await;
    log.break_at(broken, true);
    log.append(&[terminated(&mut walk)]).await;
    views.catch_up().await.unwrap();
    log.break_at(broken, false);
    views
        .rebuild(&["tally"], Gate::Strict, &|_| {})
        .await
        .unwrap();
    assert_eq!(views.parked("tally").await.unwrap(), vec![]);
}

async fn an_event_that_broke_behind_rows_parks_the_stream_as_a_rebuild_does(ground: Ground) {
    let log = PlainLog::default();
    let first = views(&ground, &log, tally()).await;
    let (mut walk, events) = submitted(1);
    let submission = log.append(&events).await;
    first.catch_up().await.unwrap();
    first.close().await;
    log.break_at(submission, true);
    log.append(&[terminated(&mut walk)]).await;
    let second = views(&ground, &log, tally()).await;
    second.catch_up().await.unwrap();
    assert_eq!(
        second.parked("tally").await.unwrap()[0].position,
        submission
    );
    second
        .rebuild(&["tally"], Gate::Strict, &|_| {})
        .await
        .unwrap();
}

async fn a_parked_draft_that_is_deleted_leaves_no_name(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, tally()).await;
    let (mut walk, mut dice) = (Walk::new(3), Dice::new(2));
    let draft = walk.step(now(), &mut dice).unwrap();
    let name = Cast::name(PersonId(walk.declaration().applicant.0));
    log.append(&[draft]).await;
    views.catch_up().await.unwrap();
    let saved = walk.step(now(), &mut dice).unwrap();
    assert_ne!(saved.1.event.kind(), "DraftDeleted");
    let broken = log.append(&[saved]).await;
    log.break_at(broken, true);
    views.catch_up().await.unwrap();
    assert!(crate::erasing::holds(&ground, &name).await);
    log.append(&[walk.add(now(), applicant(), DraftDeleted {})])
        .await;
    views.catch_up().await.unwrap();
    assert_eq!(views.parked("tally").await.unwrap().len(), 1);
    assert!(!crate::erasing::holds(&ground, &name).await);
    views
        .rebuild(&["tally"], Gate::Strict, &|_| {})
        .await
        .unwrap();
}

async fn what_another_process_applied_again_is_fed_on(ground: Ground) {
    let log = PlainLog::default();
    let server = views(&ground, &log, tally()).await;
    let (mut walk, events) = submitted(1);
    let broken = log.append(&events).await;
    log.break_at(broken, true);
    server.catch_up().await.unwrap();
    let stream = server.parked("tally").await.unwrap()[0].stream.clone();
    log.break_at(broken, false);
    let tool = views(&ground, &log, tally()).await;
    assert!(tool.retry("tally", &stream).await.unwrap());
    tool.close().await;
    // The server has not looked since, and takes the stream for parked.
    log.append(&[terminated(&mut walk)]).await;
    server.catch_up().await.unwrap();
    assert_eq!(server.parked("tally").await.unwrap(), vec![]);
    let found = server
        .verify("tally", docket_projection::Scope::All, &|_| {})
        .await
        .unwrap();
    assert!(found.differences.is_empty(), "{found:?}");
}
