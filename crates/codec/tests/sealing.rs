//! Laws of sealed parts: they come back as they were, and only under their own circumstances.

#![allow(clippy::unwrap_used)]

use docket_codec::{
    Codec, EncodeError, KeyRing, KeyState, LogAt, OsEntropy, ReadError, Reader, Request, stream_id,
};
use docket_domain::claim::ClaimTaken;
use docket_domain::declaration::{DraftDeleted, HandlerChanged, People, Remark, Terminated};
use docket_domain::unit::SignOffToggled;
use docket_domain::{Category, Event, PersonId, Stream};
use docket_store::{Header, Log, MemoryLog, NewEvent, Recorded, leaf};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::sync::Arc;
use uuid::Uuid;

mod given;
use given::{LOG, aad_by_hand, key, metadata, sealed_by_hand, stream_for, with_leaf};

const NONCE: [u8; 24] = [9; 24];

fn recorded(stream: &Stream, event: NewEvent) -> Recorded {
    with_leaf(Recorded {
        position: 7,
        stream: stream_id(LOG, stream),
        version: 3,
        kind: event.kind,
        schema: event.schema,
        payload: event.payload,
        sealed: event.sealed,
        metadata: event.metadata,
        recorded_at: 0,
        leaf: [0; 32],
    })
}

fn terminated(names: Vec<(u128, String)>, text: String) -> Event {
    let names = names
        .into_iter()
        .map(|(id, name)| (PersonId(Uuid::from_u128(id)), name))
        .collect();
    Terminated {
        steps: vec![],
        year: 2026,
        personal: Some(Remark { names, text }),
    }
    .into()
}

fn stored(event: &Event, request: Option<&Request>) -> Recorded {
    let stream = stream_for(true);
    let event = Codec::encode(
        LogAt::newest(LOG),
        &stream,
        event,
        &metadata(),
        request,
        &key(5),
        NONCE,
    )
    .unwrap();
    recorded(&stream, event)
}

fn decode(recorded: &Recorded) -> Result<docket_codec::Opened, ReadError> {
    Codec::decode(LOG, recorded, &KeyState::Known(key(5)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_was_sealed_comes_back(
        names in vec((any::<u128>(), ".{0,8}"), 0..4),
        text in ".{0,300}",
        client in option::of(option::of("[0-9.]{1,15}")),
    ) {
        let request = client.map(|client| Request::new("POST /declarations", None, text.as_bytes(), client));
        let event = terminated(names, text);
        let recorded = stored(&event, request.as_ref());
        let opened = decode(&recorded).unwrap();
        prop_assert_eq!(opened.envelope.event, event);
        prop_assert_eq!(opened.request, request);
        prop_assert_eq!(opened.metadata, metadata());
        prop_assert_eq!(opened.stream, stream_for(true));
        prop_assert_eq!((opened.envelope.version, opened.envelope.position), (3, 7));
        prop_assert_eq!((opened.envelope.at, opened.envelope.author), (metadata().at, metadata().author));
        prop_assert!(!opened.erased);
    }

    #[test]
    fn no_byte_of_a_sealed_part_can_be_changed(text in ".{0,60}", at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let mut recorded = stored(&terminated(vec![], text), None);
        let at = at.index(recorded.sealed.len());
        recorded.sealed[at] ^= 1_u8 << bit;
        let refused = decode(&with_leaf(recorded));
        prop_assert!(matches!(refused, Err(ReadError::Corrupt { position: 7, .. })), "{:?}", refused);
    }

    #[test]
    fn no_part_of_a_sealed_part_can_be_left_out(text in ".{0,60}", length in any::<prop::sample::Index>()) {
        let mut recorded = stored(&terminated(vec![], text), None);
        let length = length.index(recorded.sealed.len());
        recorded.sealed.truncate(length);
        let refused = decode(&with_leaf(recorded));
        prop_assert!(matches!(refused, Err(ReadError::Corrupt { .. })), "{:?}", refused);
    }

    #[test]
    fn the_key_of_another_stream_opens_nothing(text in ".{0,60}", other in 6_u8..) {
        let recorded = stored(&terminated(vec![], text), None);
        let refused = Codec::decode(LOG, &recorded, &KeyState::Known(key(other)));
        prop_assert!(matches!(refused, Err(ReadError::Corrupt { .. })), "{:?}", refused);
    }

    #[test]
    fn a_destroyed_key_opens_as_erased(text in ".{1,60}", client in option::of("[0-9.]{1,15}")) {
        let request = Request::new("POST /declarations", None, text.as_bytes(), client);
        let recorded = stored(&terminated(vec![(1, text.clone())], text), Some(&request));
        let opened = Codec::decode(LOG, &recorded, &KeyState::Destroyed).unwrap();
        prop_assert!(opened.erased);
        prop_assert_eq!(opened.request, None);
        prop_assert_eq!(opened.envelope.event, Terminated { steps: vec![], year: 2026, personal: None }.into());
    }
}

#[test]
fn a_sealed_part_is_bound_to_log_stream_type_and_schema() {
    let recorded = stored(
        &HandlerChanged {
            steps: vec![],
            from: None,
            personal: Some(People::default()),
        }
        .into(),
        None,
    );
    decode(&recorded).unwrap();
    let mut elsewhere = recorded.clone();
    elsewhere.leaf = leaf(&Header::of(Uuid::from_u128(2), &recorded));
    let other_log = Codec::decode(Uuid::from_u128(2), &elsewhere, &KeyState::Known(key(5)));
    assert!(matches!(other_log, Err(ReadError::Corrupt { .. })));
    type Change = fn(&mut Recorded);
    let changes: [(&str, Change); 5] = [
        ("stream", |event| {
            let other = Stream::new(Category::Declaration, Uuid::from_u128(0x302));
            event.stream = stream_id(LOG, &other);
        }),
        ("type", |event| event.kind = "CommitteeAccepted".to_owned()),
        ("payload", |event| event.payload.push(' ')),
        ("metadata", |event| event.metadata.push(' ')),
        ("metadata's instant", |event| {
            event.metadata = event.metadata.replacen(":00", ":01", 1);
        }),
    ];
    for (name, change) in changes {
        let mut changed = recorded.clone();
        change(&mut changed);
        let refused = decode(&with_leaf(changed)).unwrap_err().to_string();
        assert!(
            refused.contains("or what it belongs to"),
            "{name}: {refused}"
        );
    }
    let section = Recorded {
        kind: "SectionSaved".to_owned(),
        schema: 1,
        payload: r#"{"section":"basic","form":1,"document":"","bytes":1,"size":1}"#.to_owned(),
        ..recorded
    };
    let mut schema = sealed_by_hand(section, 5, b"{}");
    decode(&schema).unwrap();
    schema.schema = 2;
    let refused = decode(&with_leaf(schema));
    assert!(matches!(refused, Err(ReadError::Corrupt { .. })));
}

/// What stands in the log is compared with its leaf before anything is believed of it, its type
/// least of all: one that no build knows would stop every reader.
#[test]
fn nothing_is_read_of_an_event_that_its_leaf_does_not_prove() {
    let recorded = stored(&terminated(vec![], "原因".to_owned()), None);
    type Change = fn(&mut Recorded);
    let changes: [Change; 8] = [
        |event| event.position += 1,
        |event| event.version += 1,
        |event| event.recorded_at += 1,
        |event| event.kind = "CertificateIssued".to_owned(),
        |event| event.schema = 77,
        |event| event.stream = docket_store::StreamId::new("certificate", 1),
        |event| event.sealed.clear(),
        |event| event.leaf = [7; 32],
    ];
    for (at, change) in changes.into_iter().enumerate() {
        let mut changed = recorded.clone();
        change(&mut changed);
        for state in [KeyState::Known(key(5)), KeyState::Destroyed] {
            let refused = Codec::decode(LOG, &changed, &state);
            let corrupt = matches!(&refused, Err(ReadError::Corrupt { what, .. })
                if what == "its leaf is not the hash of what is stored");
            assert!(corrupt, "change {at}: {refused:?}");
        }
    }
}

/// The reasons of two returns of one stream stay where they were written.
#[test]
fn two_sealed_parts_of_one_stream_cannot_be_exchanged() {
    let reason = |position: u64, text: &str| {
        let event = stored(&terminated(vec![], String::new()), None);
        let event = Recorded {
            position,
            metadata: event
                .metadata
                .replace("000901", &format!("00090{position}")),
            ..event
        };
        let plain = format!(r#"{{"data":{{"names":{{}},"text":"{text}"}}}}"#);
        sealed_by_hand(event, 5, plain.as_bytes())
    };
    let (mut one, mut other) = (reason(1, "甲"), reason(2, "乙"));
    for event in [&one, &other] {
        decode(event).unwrap();
    }
    std::mem::swap(&mut one.sealed, &mut other.sealed);
    for event in [one, other] {
        let refused = decode(&with_leaf(event));
        assert!(matches!(refused, Err(ReadError::Corrupt { .. })));
    }
}

#[test]
fn an_event_whose_key_is_gone_is_corrupt() {
    let recorded = stored(&terminated(vec![], "原因".to_owned()), None);
    let refused = Codec::decode(LOG, &recorded, &KeyState::None);
    assert!(matches!(
        refused,
        Err(ReadError::Corrupt { position: 7, .. })
    ));
}

#[test]
fn an_event_names_nobody_outside_its_sealed_part() {
    let name = "沈知夏";
    let recorded = stored(
        &terminated(vec![(1, name.to_owned())], format!("{name}撤回")),
        None,
    );
    assert!(!recorded.payload.contains(name) && !recorded.metadata.contains(name));
    assert_eq!(recorded.payload, r#"{"steps":[],"year":2026}"#);
}

#[test]
fn the_sealed_bytes_are_those_of_the_description() {
    let event = terminated(vec![], "原因".to_owned());
    let plain = r#"{"data":{"names":{},"text":"原因"}}"#;
    let stored = stored(&event, None);
    assert_eq!(stored, sealed_by_hand(stored.clone(), 5, plain.as_bytes()));
}

/// As docs/log-format.md gives it, so that a stranger who holds a stream's key opens it in another
/// language.
#[test]
fn the_page_gives_a_sealed_part_and_how_it_opens() {
    let page = include_str!("../../../docs/log-format.md");
    let event = Recorded {
        position: 258,
        stream: stream_id(LOG, &stream_for(true)),
        version: 3,
        kind: "Returned".to_owned(),
        schema: 1,
        payload: r#"{"steps":[],"to":"applicant"}"#.to_owned(),
        sealed: Vec::new(),
        metadata: serde_json::to_string(&metadata()).unwrap(),
        recorded_at: 1_772_413_200_000_001,
        leaf: [0; 32],
    };
    let plain = r#"{"data":{"names":{},"text":"材料不全"}}"#;
    let event = sealed_by_hand(event, 5, plain.as_bytes());
    let Event::Returned(returned) = decode(&event).unwrap().envelope.event else {
        panic!("another event")
    };
    assert_eq!(returned.personal.unwrap().text, "材料不全");
    let lines = [
        ("log", LOG.to_string()),
        ("stream", event.stream.to_string()),
        ("type", event.kind.clone()),
        ("schema", event.schema.to_string()),
        ("payload", event.payload.clone()),
        ("metadata", event.metadata.clone()),
        ("key", hex::encode([5; 32])),
        ("nonce", hex::encode(NONCE)),
        ("plain text", plain.to_owned()),
        ("aad", hex::encode(aad_by_hand(&event))),
        ("sealed", hex::encode(&event.sealed)),
    ];
    let lines: String = lines
        .iter()
        .map(|(name, value)| format!("{name:<12} {value}\n"))
        .collect();
    let vector = format!("### A sealed part\n\n```\n{lines}```\n");
    assert!(
        page.contains(&vector),
        "docs/log-format.md must hold:\n{vector}"
    );
}

#[test]
fn where_nothing_is_personal_the_logs_own_key_seals_nothing_but_the_place() {
    for (stream, event) in [
        (
            Stream::new(Category::Number, "20260302A1B2"),
            Event::from(ClaimTaken {
                by: Uuid::from_u128(1),
            }),
        ),
        (stream_for(true), Event::from(DraftDeleted {})),
    ] {
        let plain = Codec::encode(
            LogAt::newest(LOG),
            &stream,
            &event,
            &metadata(),
            None,
            &key(5),
            NONCE,
        )
        .unwrap();
        let recorded = recorded(&stream, plain);
        assert_eq!(recorded, sealed_by_hand(recorded.clone(), 5, b"{}"));
        let opened = decode(&recorded).unwrap();
        assert_eq!((opened.envelope.event, opened.erased), (event, false));
        for state in [KeyState::None, KeyState::Destroyed] {
            let refused = Codec::decode(LOG, &recorded, &state);
            assert!(matches!(refused, Err(ReadError::KeyMissing { .. })));
        }
    }
}

/// Level 0 is below every form there is.
#[test]
fn an_event_whose_type_came_later_than_the_logs_level_is_not_written() {
    let stream = Stream::new(Category::Unit, Uuid::from_u128(3));
    let event = Event::from(SignOffToggled { on: true });
    let log = LogAt { id: LOG, level: 0 };
    let refused = Codec::encode(log, &stream, &event, &metadata(), None, &key(5), NONCE);
    assert_eq!(
        refused,
        Err(EncodeError::AboveLevel {
            kind: "SignOffToggled",
            level: 0,
            what: "its type came later"
        })
    );
}

#[test]
fn nobody_is_named_under_a_key_that_is_never_destroyed() {
    let keyless = stream_for(false);
    let refused = Codec::encode(
        LogAt::newest(LOG),
        &keyless,
        &terminated(vec![], String::new()),
        &metadata(),
        None,
        &key(5),
        NONCE,
    );
    assert_eq!(
        refused,
        Err(EncodeError::NotSealable {
            stream: stream_id(LOG, &keyless),
            kind: "Terminated"
        })
    );
}

#[test]
fn under_the_logs_own_key_stands_the_fingerprint_and_not_the_client() {
    let stream = Stream::new(Category::Number, "20260302A1B2");
    let request = Request::new("POST /x", None, b"{}", Some("192.0.2.7".to_owned()));
    let event = ClaimTaken {
        by: Uuid::from_u128(1),
    }
    .into();
    let stored = Codec::encode(
        LogAt::newest(LOG),
        &stream,
        &event,
        &metadata(),
        Some(&request),
        &key(5),
        NONCE,
    )
    .unwrap();
    let opened = decode(&recorded(&stream, stored)).unwrap();
    assert_eq!(
        opened.request,
        Some(Request {
            client: None,
            ..request
        })
    );
    assert_eq!(opened.metadata, metadata());
}

#[test]
fn metadata_of_a_newer_build_is_read_past_its_new_fields() {
    let mut recorded = stored(&SignOffToggled { on: true }.into(), None);
    recorded
        .metadata
        .insert_str(1, r#""weather":{"sky":"blue"},"#);
    let recorded = sealed_by_hand(recorded, 5, b"{}");
    assert_eq!(decode(&recorded).unwrap().metadata, metadata());
}

#[tokio::test]
async fn a_category_of_a_newer_build_is_unknown() {
    let log: Arc<dyn Log> = Arc::new(MemoryLog::new(LOG));
    let reader = Reader::new(log, Arc::new(KeyRing::generate(&OsEntropy)));
    let mut recorded = stored(&SignOffToggled { on: true }.into(), None);
    recorded.stream = docket_store::StreamId::new("certificate", 1);
    assert!(matches!(
        reader.open(&[with_leaf(recorded)]).await,
        Err(ReadError::Unknown { position: 7, .. })
    ));
}
