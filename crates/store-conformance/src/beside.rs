//! What lies beside the events: keys, documents, settings, the audit trail.

use crate::Place;
use crate::given::{AT, With, accept, append, command, conflict, size, stream};
use docket_store::{Append, AuditEntry, Expected, KeyChange, sha256};

fn create(mut append: Append, id: &str, wrapped: &[u8]) -> Append {
    append.keys.push(KeyChange::Create {
        stream: stream(id),
        wrapped: wrapped.to_vec(),
    });
    append
}

fn destroy(mut append: Append, id: &str) -> Append {
    append.keys.push(KeyChange::Destroy { stream: stream(id) });
    append
}

/// Never there, there, destroyed; and never there again.
pub async fn a_key_is_created_once_and_destroyed(place: &dyn Place) {
    let log = place.open().await;
    let both = [stream("b"), stream("a")];
    assert_eq!(log.keys(&both).await.unwrap(), [None, None]);
    accept(
        &*log,
        create(append(1).on("a", Expected::Absent, 1), "a", b"first"),
    )
    .await;
    assert_eq!(
        log.keys(&both).await.unwrap(),
        [None, Some(b"first".to_vec())]
    );
    let again = create(append(2).on("a", Expected::Exact(1), 1), "a", b"second");
    assert_eq!(conflict(&*log, again).await, (stream("a"), 1));
    accept(
        &*log,
        destroy(append(3).on("a", Expected::Exact(1), 1), "a"),
    )
    .await;
    assert_eq!(log.keys(&both).await.unwrap(), [None, Some(Vec::new())]);
    let after = create(append(4).on("a", Expected::Exact(2), 1), "a", b"third");
    assert_eq!(conflict(&*log, after).await, (stream("a"), 2));
    accept(
        &*log,
        destroy(append(5).on("a", Expected::Exact(2), 1), "a"),
    )
    .await;
    assert_eq!(log.keys(&both).await.unwrap(), [None, Some(Vec::new())]);
}

/// Neither keys nor documents nor events of it.
pub async fn a_key_of_a_refused_append_is_not_stored(place: &dyn Place) {
    let log = place.open().await;
    let refused =
        create(append(1).on("a", Expected::Exact(4), 1), "a", b"key").document("a", b"text");
    assert_eq!(conflict(&*log, refused).await, (stream("a"), 0));
    assert_eq!(log.keys(&[stream("a")]).await.unwrap(), [None]);
    assert_eq!(log.document(&sha256(b"text")).await.unwrap(), None);
    accept(
        &*log,
        create(append(2).on("a", Expected::Absent, 1), "a", b"key"),
    )
    .await;
    let refused =
        create(append(3).on("b", Expected::Absent, 1), "a", b"other").document("b", b"text");
    assert_eq!(conflict(&*log, refused).await, (stream("a"), 1));
    assert_eq!(
        log.keys(&[stream("a")]).await.unwrap(),
        [Some(b"key".to_vec())]
    );
    assert_eq!(size(&*log).await, 1);
}

/// There is nothing to forget, and a key may still come.
pub async fn destroying_a_key_that_never_was_changes_nothing(place: &dyn Place) {
    let log = place.open().await;
    accept(&*log, destroy(append(1).on("a", Expected::Absent, 1), "a")).await;
    assert_eq!(log.keys(&[stream("a")]).await.unwrap(), [None]);
    accept(
        &*log,
        create(append(2).on("a", Expected::Exact(1), 1), "a", b"key"),
    )
    .await;
    assert_eq!(
        log.keys(&[stream("a")]).await.unwrap(),
        [Some(b"key".to_vec())]
    );
}

/// The same ciphertext twice is no error; a repeat stores nothing.
pub async fn documents_are_stored_once(place: &dyn Place) {
    let log = place.open().await;
    let large: Vec<u8> = (0..256 * 1024_u32)
        .map(|number| (number % 251) as u8)
        .collect();
    let given = append(1)
        .on("a", Expected::Absent, 1)
        .document("a", &large)
        .document("a", b"")
        .document("a", b"");
    accept(&*log, given).await;
    accept(
        &*log,
        append(2)
            .on("a", Expected::Exact(1), 1)
            .document("a", &large),
    )
    .await;
    assert!(
        accept(
            &*log,
            append(2)
                .on("a", Expected::Exact(1), 1)
                .document("a", b"late")
        )
        .await
        .repeated
    );
    assert_eq!(log.document(&sha256(&large)).await.unwrap(), Some(large));
    assert_eq!(log.document(&sha256(b"")).await.unwrap(), Some(Vec::new()));
    assert_eq!(log.document(&sha256(b"late")).await.unwrap(), None);
}

/// The newest value stands, an empty one too.
pub async fn settings_are_overwritten(place: &dyn Place) {
    let log = place.open().await;
    assert_eq!(log.setting("check").await.unwrap(), None);
    for value in [&b"one"[..], &[0, 255, 39], &[]] {
        log.put_setting("check", value).await.unwrap();
        assert_eq!(log.setting("check").await.unwrap(), Some(value.to_vec()));
    }
    assert_eq!(log.setting("other").await.unwrap(), None);
    assert_eq!(size(&*log).await, 0);
}

fn entry(number: i64) -> AuditEntry {
    let some = number % 2 == 0;
    AuditEntry {
        at: AT + number,
        actor: some.then(|| command(number as u64)),
        unit: some.then(|| command(number as u64 + 1)),
        action: format!("sign \"{number}\""),
        subject: some.then(|| stream(number).to_string()),
        result: "refused".to_owned(),
        code: some.then(|| "NOT_HANDLER".to_owned()),
        correlation: some.then(|| "1'2".to_owned()),
    }
}

/// Entries keep their order and every field; the log does not grow.
pub async fn the_audit_trail_is_newest_first(place: &dyn Place) {
    let log = place.open().await;
    log.audit(vec![entry(1), entry(2)]).await.unwrap();
    log.audit(Vec::new()).await.unwrap();
    log.audit(vec![entry(3)]).await.unwrap();
    assert_eq!(
        log.audit_trail(10).await.unwrap(),
        [entry(3), entry(2), entry(1)]
    );
    assert_eq!(log.audit_trail(2).await.unwrap(), [entry(3), entry(2)]);
    assert_eq!(size(&*log).await, 0);
}

/// As in an append; nothing of the entries is stored.
pub async fn u_0000_in_an_audit_entry_is_refused(place: &dyn Place) {
    let log = place.open().await;
    let bad = AuditEntry {
        subject: Some("a\0".to_owned()),
        ..entry(1)
    };
    assert!(log.audit(vec![entry(2), bad]).await.is_err());
    assert_eq!(log.audit_trail(10).await.unwrap(), []);
}
