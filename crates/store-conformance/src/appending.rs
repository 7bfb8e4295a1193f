//! Accepted appends: where they stand and what comes back.

use crate::Place;
use crate::given::{AT, With, accept, append, command, conflict, event, size, stream, whole};
use docket_store::{Expected, Head, Header, Recorded, leaf};

/// An empty log: position 0, time 0, nothing to read.
pub async fn an_empty_log_has_no_head(place: &dyn Place) {
    let log = place.open().await;
    assert_eq!(log.id(), crate::given::LOG);
    assert_eq!(
        log.head().await.unwrap(),
        Head {
            position: 0,
            recorded_at: 0
        }
    );
    assert_eq!(log.read_all(0, 10).await.unwrap(), []);
    assert_eq!(log.leaves(0, 10).await.unwrap(), [[0; 32]; 0]);
    assert_eq!(log.command(command(1)).await.unwrap(), None);
}

/// Positions count the events of the whole log, versions those of a stream.
pub async fn positions_are_one_two_three(place: &dyn Place) {
    let log = place.open().await;
    accept(&*log, append(1).on("a", Expected::Absent, 2)).await;
    accept(&*log, append(2).on("b", Expected::Absent, 1)).await;
    let third = accept(&*log, append(3).on("a", Expected::Exact(2), 2)).await;
    assert_eq!(
        (third.first_position, third.position, third.repeated),
        (4, 5, false)
    );
    assert_eq!(third.versions, [(stream("a"), 4)]);
    let events = log.read_all(0, 10).await.unwrap();
    let places: Vec<_> = events
        .iter()
        .map(|event| (event.position, event.stream.id(), event.version))
        .collect();
    assert_eq!(
        places,
        [
            (1, "a", 1),
            (2, "a", 2),
            (3, "b", 1),
            (4, "a", 3),
            (5, "a", 4)
        ]
    );
}

/// Events get positions in the order of the append.
pub async fn several_streams_are_appended_together(place: &dyn Place) {
    let log = place.open().await;
    let appended = accept(
        &*log,
        append(1)
            .on("z", Expected::Absent, 2)
            .on("a", Expected::Any, 1)
            .on("m", Expected::Exact(0), 1),
    )
    .await;
    assert_eq!((appended.first_position, appended.position), (1, 4));
    assert_eq!(
        appended.versions,
        [(stream("z"), 2), (stream("a"), 1), (stream("m"), 1)]
    );
    let order: Vec<_> = log
        .read_all(0, 10)
        .await
        .unwrap()
        .into_iter()
        .map(|event| event.stream)
        .collect();
    assert_eq!(order, [stream("z"), stream("z"), stream("a"), stream("m")]);
}

/// Every part is stored as it was written, byte for byte.
pub async fn an_event_comes_back_as_it_was_given(place: &dyn Place) {
    let log = place.open().await;
    let mut given = append(1).on("甲/\"quoted\" \\ 'it'", Expected::Absent, 0);
    let mut odd = event(0);
    odd.payload =
        "{ \"b\" : 1.0e2,\n\t\"a\":\"\u{7f}\u{1}\u{1f} ' \\u0000 \u{10ffff} 𠮷\" , \"a\":2 }"
            .to_owned();
    odd.sealed = (0..=255).collect();
    given.streams[0].events = (0..12).map(event).chain([odd]).collect();
    accept(&*log, given.clone()).await;
    let stored = log
        .read_stream(&given.streams[0].stream, 0, 100)
        .await
        .unwrap();
    assert_eq!(stored.len(), 13);
    for (stored, given) in stored.iter().zip(&given.streams[0].events) {
        assert_eq!((&stored.kind, stored.schema), (&given.kind, given.schema));
        assert_eq!(
            (&stored.payload, &stored.metadata),
            (&given.payload, &given.metadata)
        );
        assert_eq!(stored.sealed, given.sealed);
    }
    assert!(stored.iter().any(|event| event.sealed.len() == 1));
}

/// The leaf covers the log, the place and all three parts.
pub async fn the_leaf_is_the_hash_of_the_header(place: &dyn Place) {
    let log = place.open().await;
    let stored = accept(&*log, append(1).on("a", Expected::Absent, 9)).await;
    for event in log.read_all(0, stored.position as usize).await.unwrap() {
        assert_eq!(event.leaf, leaf(&Header::of(log.id(), &event)));
    }
}

/// An instant before that of the newest event is raised to it.
pub async fn time_never_runs_backwards(place: &dyn Place) {
    let log = place.open().await;
    assert_eq!(
        accept(&*log, append(1).on("a", Expected::Any, 1).at(AT))
            .await
            .recorded_at,
        AT
    );
    assert_eq!(
        accept(&*log, append(2).on("b", Expected::Any, 2).at(AT - 1))
            .await
            .recorded_at,
        AT
    );
    assert_eq!(
        accept(&*log, append(3).on("a", Expected::Any, 1).at(AT + 1))
            .await
            .recorded_at,
        AT + 1
    );
    assert_eq!(
        accept(&*log, append(4).on("a", Expected::Any, 1).at(0))
            .await
            .recorded_at,
        AT + 1
    );
    assert_eq!(
        log.head().await.unwrap(),
        Head {
            position: 5,
            recorded_at: AT + 1
        }
    );
    let times: Vec<_> = log
        .read_all(0, 10)
        .await
        .unwrap()
        .iter()
        .map(|event| event.recorded_at - AT)
        .collect();
    assert_eq!(times, [0, 0, 0, 1, 1]);
}

/// Only streams to check: accepted or refused, never remembered.
pub async fn a_check_without_events_remembers_nothing(place: &dyn Place) {
    let log = place.open().await;
    accept(&*log, append(1).on("a", Expected::Absent, 1)).await;
    let checked = accept(
        &*log,
        append(2)
            .on("a", Expected::Exact(1), 0)
            .on("b", Expected::Absent, 0),
    )
    .await;
    assert_eq!(
        (checked.position, checked.first_position, checked.repeated),
        (0, 0, false)
    );
    assert_eq!(checked.versions, []);
    assert_eq!(log.command(command(2)).await.unwrap(), None);
    assert_eq!(
        conflict(&*log, append(2).on("a", Expected::Absent, 0)).await,
        (stream("a"), 1)
    );
    accept(&*log, append(2).on("a", Expected::Exact(1), 1)).await;
    whole(&*log, 2).await;
}

/// A checked stream keeps its version and is not named in the answer.
pub async fn a_check_rides_along_with_events(place: &dyn Place) {
    let log = place.open().await;
    accept(&*log, append(1).on("unit", Expected::Absent, 1)).await;
    let appended = accept(
        &*log,
        append(2)
            .on("unit", Expected::Exact(1), 0)
            .on("a", Expected::Absent, 1),
    )
    .await;
    assert_eq!(appended.versions, [(stream("a"), 1)]);
    assert_eq!(log.versions(&[stream("unit")]).await.unwrap(), [1]);
}

/// The same answer with `repeated`, however long ago, and the events by the command's id.
pub async fn a_repeated_command_answers_what_was_stored(place: &dyn Place) {
    let log = place.open().await;
    let given = append(7)
        .on("b", Expected::Absent, 2)
        .on("a", Expected::Absent, 1);
    let first = accept(&*log, given.clone()).await;
    for other in 10..30 {
        accept(&*log, append(other).on("a", Expected::Any, 1).at(AT + 5)).await;
    }
    let second = accept(&*log, given).await;
    assert_eq!(
        second,
        docket_store::Appended {
            repeated: true,
            ..first
        }
    );
    let events = log
        .command(command(7))
        .await
        .unwrap()
        .expect("the command is known");
    assert_eq!(events, log.read_all(0, 3).await.unwrap());
    assert_eq!(log.command(command(8)).await.unwrap(), None);
    whole(&*log, 23).await;
}

/// A repeat with other expectations, other events, or none at all is still a repeat.
pub async fn a_repeated_command_is_answered_before_anything_is_compared(place: &dyn Place) {
    let log = place.open().await;
    accept(&*log, append(1).on("a", Expected::Absent, 1)).await;
    assert!(
        accept(&*log, append(1).on("a", Expected::Exact(9), 5))
            .await
            .repeated
    );
    let checked = accept(&*log, append(1).on("other", Expected::Exact(3), 0)).await;
    assert_eq!((checked.repeated, checked.position), (true, 1));
    assert_eq!(size(&*log).await, 1);
}

/// A refusal is not remembered.
pub async fn a_refused_command_may_come_again(place: &dyn Place) {
    let log = place.open().await;
    assert_eq!(
        conflict(&*log, append(1).on("a", Expected::Exact(1), 1)).await,
        (stream("a"), 0)
    );
    assert!(
        !accept(&*log, append(1).on("a", Expected::Exact(0), 1))
            .await
            .repeated
    );
}

/// The largest append, also repeated and read back by its command.
pub async fn two_thousand_events_are_one_append(place: &dyn Place) {
    let log = place.open().await;
    let given = append(1)
        .on("a", Expected::Absent, 1_500)
        .on("b", Expected::Absent, 500);
    let appended = accept(&*log, given.clone()).await;
    assert_eq!(appended.position, 2_000);
    assert_eq!(
        accept(&*log, given).await,
        docket_store::Appended {
            repeated: true,
            ..appended
        }
    );
    let events: Vec<Recorded> = log
        .command(command(1))
        .await
        .unwrap()
        .expect("the command is known");
    assert_eq!(events.len(), 2_000);
    whole(&*log, 2_000).await;
}

/// A watcher sees the position of what was answered.
pub async fn the_newest_position_can_be_watched(place: &dyn Place) {
    let log = place.open().await;
    let mut watch = log.watch();
    assert_eq!(*watch.borrow_and_update(), 0);
    accept(&*log, append(1).on("a", Expected::Absent, 3)).await;
    assert_eq!(*watch.wait_for(|position| *position > 0).await.unwrap(), 3);
    assert_eq!(*log.watch().borrow(), 3);
}
