//! What only a database can promise: the log outlives its handle, and several handles are one log.

use crate::Place;
use crate::given::{AT, With, accept, append, command, conflict, stream, whole};
use crate::racing::at_once;
use docket_store::{Append, AuditEntry, Expected, KeyChange, sha256};

fn full(number: u64) -> Append {
    let mut given = append(number)
        .on("a", Expected::Absent, 5)
        .on("b", Expected::Absent, 2)
        .document("a", b"text");
    given.keys.push(KeyChange::Create {
        stream: stream("a"),
        wrapped: b"key".to_vec(),
    });
    given
}

/// Events, documents, keys, settings, audit.
pub async fn a_reopened_log_holds_everything(place: &dyn Place) {
    let log = place.open().await;
    accept(&*log, full(1)).await;
    log.put_setting("check", b"value").await.unwrap();
    let entry = AuditEntry {
        at: AT,
        actor: None,
        unit: None,
        action: "view".to_owned(),
        subject: None,
        result: "done".to_owned(),
        code: None,
        correlation: None,
    };
    log.audit(vec![entry.clone()]).await.unwrap();
    let before = log.read_all(0, 100).await.unwrap();
    drop(log);
    let log = place.open().await;
    assert_eq!(log.read_all(0, 100).await.unwrap(), before);
    assert_eq!(
        log.document(&sha256(b"text")).await.unwrap(),
        Some(b"text".to_vec())
    );
    assert_eq!(
        log.keys(&[stream("a")]).await.unwrap(),
        [Some(b"key".to_vec())]
    );
    assert_eq!(log.setting("check").await.unwrap(), Some(b"value".to_vec()));
    assert_eq!(log.audit_trail(10).await.unwrap(), [entry]);
    assert_eq!(*log.watch().borrow(), 7);
    whole(&*log, 7).await;
    assert_eq!(
        accept(&*log, append(2).on("a", Expected::Exact(5), 1).at(0))
            .await
            .recorded_at,
        AT
    );
}

/// The identity is drawn once.
pub async fn a_reopened_log_keeps_its_id(place: &dyn Place) {
    let first = place.open().await.id();
    assert_eq!(place.open().await.id(), first);
}

/// A repeat after a restart is a repeat.
pub async fn commands_are_remembered_after_reopening(place: &dyn Place) {
    let first = accept(&*place.open().await, full(1)).await;
    let log = place.open().await;
    assert_eq!(
        accept(&*log, full(1)).await,
        docket_store::Appended {
            repeated: true,
            ..first
        }
    );
    assert_eq!(
        log.command(command(1))
            .await
            .unwrap()
            .map(|events| events.len()),
        Some(7)
    );
}

/// Versions are read, never remembered by a handle.
pub async fn two_handles_share_one_log(place: &dyn Place) {
    let (one, two) = (place.open().await, place.open().await);
    for turn in 0..6 {
        let (now, other) = if turn % 2 == 0 {
            (&one, &two)
        } else {
            (&two, &one)
        };
        accept(&**now, append(turn).on("a", Expected::Exact(turn), 1)).await;
        assert_eq!(other.head().await.unwrap().position, turn + 1);
        assert_eq!(
            conflict(&**other, append(99).on("a", Expected::Exact(turn), 1)).await,
            (stream("a"), turn + 1)
        );
    }
    whole(&*two, 6).await;
}

/// As two processes would.
pub async fn two_handles_racing_leave_no_gap(place: &dyn Place) {
    let (one, two) = (place.open().await, place.open().await);
    let given = |offset: u64| {
        (0..100)
            .map(move |number| append(offset + number).on(number, Expected::Exact(0), 1))
            .collect()
    };
    let (first, second) = tokio::join!(at_once(&one, given(0)), at_once(&two, given(1_000)));
    for (first, second) in first.iter().zip(&second) {
        assert!(
            first.is_ok() != second.is_ok(),
            "exactly one wins, not {first:?} and {second:?}"
        );
    }
    whole(&*one, 100).await;
}

/// The watch of one handle wakes up for what another committed.
pub async fn a_handle_sees_the_commits_of_another(place: &dyn Place) {
    let (one, two) = (place.open().await, place.open().await);
    let mut watch = two.watch();
    accept(&*one, append(1).on("a", Expected::Absent, 3)).await;
    let seen = tokio::time::timeout(
        std::time::Duration::from_secs(10),
        watch.wait_for(|position| *position == 3),
    );
    assert!(
        seen.await.is_ok(),
        "the other handle never heard of the commit"
    );
}
