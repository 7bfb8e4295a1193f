//! Refused appends: nothing of them is stored.

use crate::Place;
use crate::given::{With, accept, append, conflict, event, invalid, size, stream, whole};
use docket_store::{CIPHERTEXT_BYTES_MAX, EVENTS_MAX, Expected, KeyChange, PAYLOAD_BYTES_MAX};

/// `Absent` is for a stream without events.
pub async fn absent_refuses_a_stream_that_exists(place: &dyn Place) {
    let log = place.open().await;
    accept(&*log, append(1).on("a", Expected::Absent, 2)).await;
    assert_eq!(
        conflict(&*log, append(2).on("a", Expected::Absent, 1)).await,
        (stream("a"), 2)
    );
    whole(&*log, 2).await;
}

/// `Exact` names the one version that is right.
pub async fn exact_refuses_any_other_version(place: &dyn Place) {
    let log = place.open().await;
    accept(&*log, append(1).on("a", Expected::Exact(0), 2)).await;
    for wrong in [0, 1, 3, u64::MAX] {
        assert_eq!(
            conflict(&*log, append(2).on("a", Expected::Exact(wrong), 1)).await,
            (stream("a"), 2)
        );
    }
    assert_eq!(
        accept(&*log, append(2).on("a", Expected::Exact(2), 1))
            .await
            .position,
        3
    );
}

/// `Any` counts: a stream that only grows.
pub async fn any_accepts_every_version(place: &dyn Place) {
    let log = place.open().await;
    for number in 1..=3 {
        assert_eq!(
            accept(&*log, append(number).on("a", Expected::Any, 1))
                .await
                .versions,
            [(stream("a"), number)]
        );
    }
}

/// All or nothing: the streams that would have been accepted stay as they were.
pub async fn one_refused_stream_refuses_the_whole_append(place: &dyn Place) {
    let log = place.open().await;
    accept(&*log, append(1).on("taken", Expected::Absent, 1)).await;
    let given = append(2)
        .on("a", Expected::Absent, 1)
        .on("taken", Expected::Absent, 1)
        .on("b", Expected::Absent, 1);
    assert_eq!(conflict(&*log, given).await, (stream("taken"), 1));
    assert_eq!(
        log.versions(&[stream("a"), stream("taken"), stream("b")])
            .await
            .unwrap(),
        [0, 1, 0]
    );
    whole(&*log, 1).await;
}

/// A stream that is only checked refuses as one that is appended to.
pub async fn a_failed_check_refuses_the_append(place: &dyn Place) {
    let log = place.open().await;
    accept(&*log, append(1).on("unit", Expected::Absent, 2)).await;
    let given = append(2)
        .on("a", Expected::Absent, 1)
        .on("unit", Expected::Exact(1), 0);
    assert_eq!(conflict(&*log, given).await, (stream("unit"), 2));
    assert_eq!(size(&*log).await, 2);
}

/// Two expectations of one stream would contradict each other.
pub async fn the_same_stream_twice_is_invalid(place: &dyn Place) {
    let log = place.open().await;
    invalid(
        &*log,
        append(1)
            .on("a", Expected::Any, 1)
            .on("a", Expected::Any, 1),
    )
    .await;
    invalid(
        &*log,
        append(1)
            .on("a", Expected::Any, 1)
            .on("a", Expected::Absent, 0),
    )
    .await;
}

/// The limit counts the events of all streams.
pub async fn more_than_two_thousand_events_are_invalid(place: &dyn Place) {
    let log = place.open().await;
    let most = EVENTS_MAX as u64;
    invalid(
        &*log,
        append(1)
            .on("a", Expected::Any, most)
            .on("b", Expected::Any, 1),
    )
    .await;
}

/// The limit counts bytes and is itself allowed.
pub async fn a_payload_over_16_kib_is_invalid(place: &dyn Place) {
    let log = place.open().await;
    let with = |length: usize| {
        let mut given = append(1).on("a", Expected::Any, 1);
        given.streams[0].events[0].payload = format!("\"{}\"", "x".repeat(length - 2));
        given
    };
    invalid(&*log, with(PAYLOAD_BYTES_MAX + 1)).await;
    let mut sealed = append(1).on("a", Expected::Any, 1);
    sealed.streams[0].events[0].sealed = vec![1; CIPHERTEXT_BYTES_MAX + 1];
    invalid(&*log, sealed).await;
    let mut bare = append(1).on("a", Expected::Any, 1);
    bare.streams[0].events[0].sealed.clear();
    invalid(&*log, bare).await;
    accept(&*log, with(PAYLOAD_BYTES_MAX)).await;
}

/// One engine would store it and the other fail.
pub async fn u_0000_is_invalid_in_every_text(place: &dyn Place) {
    let log = place.open().await;
    let texts: [fn(&mut docket_store::NewEvent) -> &mut String; 3] = [
        |event| &mut event.kind,
        |event| &mut event.payload,
        |event| &mut event.metadata,
    ];
    for text in texts {
        let mut given = append(1).on("a", Expected::Any, 1);
        text(&mut given.streams[0].events[0]).push('\0');
        invalid(&*log, given).await;
    }
    invalid(&*log, append(1).on("a\0b", Expected::Any, 1)).await;
    invalid(&*log, append(1).on("a\0b", Expected::Any, 0)).await;
}

/// What lies beside the log is vouched for by an event.
pub async fn documents_and_keys_need_an_event(place: &dyn Place) {
    let log = place.open().await;
    invalid(
        &*log,
        append(1).on("a", Expected::Any, 0).document("a", b"text"),
    )
    .await;
    let mut key = append(1).on("a", Expected::Any, 0);
    key.keys.push(KeyChange::Create {
        stream: stream("a"),
        wrapped: vec![1],
    });
    invalid(&*log, key).await;
}

/// The hash in an event must be that of what lies in `documents`.
pub async fn a_document_under_a_wrong_hash_is_invalid(place: &dyn Place) {
    let log = place.open().await;
    let mut given = append(1).on("a", Expected::Any, 1).document("a", b"text");
    given.documents[0].bytes[0] ^= 1;
    invalid(&*log, given).await;
    let mut nothing = append(1).on("a", Expected::Any, 0);
    nothing.streams[0].events.push(docket_store::NewEvent {
        schema: 0,
        ..event(1)
    });
    invalid(&*log, nothing).await;
}
