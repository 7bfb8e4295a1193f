//! The reader over a log: keys fetched in bulk, erasure seen at once.

#![allow(clippy::unwrap_used)]

use docket_codec::{
    Codec, Content, DataKey, KeyRing, KeyState, LogAt, Opened, OsEntropy, ReadError, Reader,
    seal_document, stream_id,
};
use docket_domain::declaration::{DraftDeleted, People, SignedFor};
use docket_domain::log::LevelRaised;
use docket_domain::{Category, Event, PersonId, Stream};
use docket_store::{Append, Document, Expected, KeyChange, Log, MemoryLog, StreamAppend};
use std::sync::Arc;
use uuid::Uuid;

mod given;
use given::{LOG, metadata};

struct World {
    log: Arc<MemoryLog>,
    ring: Arc<KeyRing>,
    reader: Reader,
    /// The log's own.
    key: DataKey,
}

/// A log that holds one event, of its own stream.
async fn world() -> World {
    let log = Arc::new(MemoryLog::new(LOG));
    let ring = Arc::new(KeyRing::generate(&OsEntropy));
    let reader = Reader::new(Arc::clone(&log) as Arc<dyn Log>, Arc::clone(&ring));
    let own = Stream::log(LOG);
    let (key, create) = ring.create_key(&stream_id(LOG, &own), &OsEntropy);
    let world = World {
        log,
        ring,
        reader,
        key: key.clone(),
    };
    let event = LevelRaised { level: 1 }.into();
    world.append(&own, &event, &key, vec![create], vec![]).await;
    world
}

fn declaration(n: u128) -> Stream {
    Stream::new(Category::Declaration, Uuid::from_u128(n))
}

fn signed(name: &str) -> Event {
    let names = [(PersonId(Uuid::from_u128(1)), name.to_owned())].into();
    SignedFor {
        steps: vec![],
        auto: false,
        personal: Some(People { names }),
    }
    .into()
}

fn name_in(opened: &Opened) -> Option<&str> {
    let Event::SignedFor(event) = &opened.envelope.event else {
        panic!("another event")
    };
    event
        .personal
        .as_ref()
        .map(|people| people.names.values().next().unwrap().as_str())
}

impl World {
    fn another_reader(&self) -> Reader {
        Reader::new(
            Arc::clone(&self.log) as Arc<dyn Log>,
            Arc::clone(&self.ring),
        )
    }

    async fn append(
        &self,
        stream: &Stream,
        event: &Event,
        key: &DataKey,
        keys: Vec<KeyChange>,
        documents: Vec<Document>,
    ) {
        let nonce = docket_codec::Entropy::nonce(&OsEntropy);
        let event = Codec::encode(
            LogAt::newest(LOG),
            stream,
            event,
            &metadata(),
            None,
            key,
            nonce,
        )
        .unwrap();
        let streams = vec![StreamAppend {
            stream: stream_id(LOG, stream),
            expected: Expected::Any,
            events: vec![event],
        }];
        let command = docket_codec::Entropy::uuid(&OsEntropy, metadata().at);
        self.log
            .append(Append {
                command,
                at: 0,
                streams,
                documents,
                keys,
            })
            .await
            .unwrap();
    }

    async fn begin(&self, stream: &Stream, name: &str) -> DataKey {
        let (key, create) = self.ring.create_key(&stream_id(LOG, stream), &OsEntropy);
        self.append(stream, &signed(name), &key, vec![create], vec![])
            .await;
        key
    }

    async fn delete(&self, stream: &Stream) {
        let destroy = KeyChange::Destroy {
            stream: stream_id(LOG, stream),
        };
        let event = DraftDeleted {}.into();
        self.append(stream, &event, &self.key, vec![destroy], vec![])
            .await;
    }
}

#[tokio::test]
async fn events_of_many_streams_open_in_order_each_under_its_own_key() {
    let world = world().await;
    for round in 0..3 {
        for n in 0..40 {
            let stream = declaration(n);
            match world.reader.key(&stream).await.unwrap() {
                KeyState::Known(key) => {
                    world
                        .append(
                            &stream,
                            &signed(&format!("{round} {n}")),
                            &key,
                            vec![],
                            vec![],
                        )
                        .await;
                }
                _ => drop(world.begin(&stream, &format!("{round} {n}")).await),
            }
        }
    }
    let events = world.log.read_all(1, 1_000).await.unwrap();
    let cached = world.reader.open(&events).await.unwrap();
    assert_eq!(cached, world.reader.open_uncached(&events).await.unwrap());
    assert_eq!(cached, world.another_reader().open(&events).await.unwrap());
    for (at, opened) in cached.iter().enumerate() {
        assert_eq!(opened.envelope.position, at as u64 + 2);
        assert_eq!(
            name_in(opened),
            Some(format!("{} {}", at / 40, at % 40).as_str())
        );
    }
}

#[tokio::test]
async fn a_stream_is_read_whole_or_behind_a_version() {
    let world = world().await;
    let key = world.begin(&declaration(1), "1").await;
    for n in 2..=2_001 {
        world
            .append(
                &declaration(1),
                &signed(&n.to_string()),
                &key,
                vec![],
                vec![],
            )
            .await;
    }
    for (after, length) in [
        (0, 2_001),
        (1, 2_000),
        (1_001, 1_000),
        (1_002, 999),
        (2_001, 0),
    ] {
        let opened = world.reader.stream(&declaration(1), after).await.unwrap();
        assert_eq!(opened.len(), length, "after {after}");
        let versions: Vec<u64> = opened
            .iter()
            .map(|opened| opened.envelope.version)
            .collect();
        assert_eq!(versions, (after + 1..=2_001).collect::<Vec<_>>());
    }
    assert_eq!(world.reader.stream(&declaration(2), 0).await.unwrap(), []);
}

#[tokio::test]
async fn a_deleted_draft_opens_as_erased_although_its_key_was_cached() {
    let world = world().await;
    let stream = declaration(1);
    world.begin(&stream, "沈知夏").await;
    let before = world.log.read_all(1, 10).await.unwrap();
    assert_eq!(
        name_in(&world.reader.open(&before).await.unwrap()[0]),
        Some("沈知夏")
    );
    world.delete(&stream).await;
    let opened = world.reader.stream(&stream, 0).await.unwrap();
    assert_eq!(opened.len(), 2);
    assert!(opened[0].erased && name_in(&opened[0]).is_none());
    assert!(
        !opened[1].erased,
        "the deletion itself is sealed under the log's own key"
    );
    assert_eq!(
        world.reader.key(&stream).await.unwrap(),
        KeyState::Destroyed
    );
    assert!(world.reader.open(&before).await.unwrap()[0].erased);
}

#[tokio::test]
async fn a_forgotten_key_is_not_used_again() {
    let world = world().await;
    let stream = declaration(1);
    world.begin(&stream, "沈知夏").await;
    let events = world.log.read_all(1, 10).await.unwrap();
    world.reader.open(&events).await.unwrap();
    world.delete(&stream).await;
    world.reader.forget(&stream);
    assert!(world.reader.open(&events).await.unwrap()[0].erased);
}

#[tokio::test]
async fn a_reader_past_the_cache_sees_the_erasure_without_the_erasing_event() {
    let world = world().await;
    let stream = declaration(1);
    world.begin(&stream, "沈知夏").await;
    let events = world.log.read_all(1, 10).await.unwrap();
    world.reader.open(&events).await.unwrap();
    world.delete(&stream).await;
    assert!(world.reader.open_uncached(&events).await.unwrap()[0].erased);
}

/// What a DBA does to the row of a stream's key.
async fn with_key(world: &World, stream: &Stream, change: KeyChange) {
    let event = signed("罗景行");
    let none = DataKey::generate(&OsEntropy);
    world
        .append(&declaration(77), &event, &none, vec![change], vec![])
        .await;
    world.reader.drop_key(stream);
}

#[tokio::test]
async fn a_key_that_nothing_destroyed_is_missed_in_its_own_stream_only() {
    let world = world().await;
    let (emptied, never, whole) = (declaration(1), declaration(2), declaration(3));
    world.begin(&emptied, "沈知夏").await;
    world.begin(&whole, "沈知夏").await;
    let key = DataKey::generate(&OsEntropy);
    world
        .append(&never, &signed("沈知夏"), &key, vec![], vec![])
        .await;
    let destroy = KeyChange::Destroy {
        stream: stream_id(LOG, &emptied),
    };
    with_key(&world, &emptied, destroy).await;
    for (stream, position) in [(&emptied, 2), (&never, 4)] {
        let refused = world.reader.stream(stream, 0).await;
        assert!(
            matches!(&refused, Err(ReadError::Corrupt { position: at, .. }) if *at == position),
            "{refused:?}"
        );
        let finding = world.reader.quarantine().of(&stream_id(LOG, stream));
        assert_eq!(finding.map(|finding| finding.position), Some(position));
    }
    assert_eq!(world.reader.stream(&whole, 0).await.unwrap().len(), 1);
    assert_eq!(world.reader.quarantine().all().len(), 2);
}

#[tokio::test]
async fn a_key_that_was_overwritten_is_missed_in_its_own_stream_only() {
    let world = world().await;
    let (other, whole) = (declaration(1), declaration(2));
    let key = world.begin(&whole, "沈知夏").await;
    // Wrapped for another stream.
    let wrapped = world.ring.wrap(&stream_id(LOG, &whole), &key, [3; 24]);
    let create = KeyChange::Create {
        stream: stream_id(LOG, &other),
        wrapped,
    };
    world
        .append(&other, &signed("沈知夏"), &key, vec![create], vec![])
        .await;
    let refused = world.reader.stream(&other, 0).await;
    assert!(
        matches!(refused, Err(ReadError::Corrupt { position: 3, .. })),
        "{refused:?}"
    );
    assert_eq!(world.reader.stream(&whole, 0).await.unwrap().len(), 1);
}

#[tokio::test]
async fn another_key_file_opens_nothing_and_accuses_no_event() {
    let world = world().await;
    world.begin(&declaration(1), "沈知夏").await;
    let stranger = Reader::new(
        Arc::clone(&world.log) as Arc<dyn Log>,
        Arc::new(KeyRing::generate(&OsEntropy)),
    );
    let refused = stranger.stream(&declaration(1), 0).await;
    assert!(
        matches!(refused, Err(ReadError::KeyMissing { position: 2, .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_document_is_read_until_its_key_is_destroyed() {
    let world = world().await;
    let (stream, other) = (declaration(1), declaration(2));
    let key = world.begin(&stream, "沈知夏").await;
    world.begin(&other, "罗景行").await;
    let nonce = docket_codec::Entropy::nonce(&OsEntropy);
    let (hash, bytes) = seal_document(LOG, &stream, &key, nonce, "个人简历".as_bytes());
    let document = Document {
        hash,
        stream: stream_id(LOG, &stream),
        bytes,
    };
    world
        .append(&stream, &signed("沈知夏"), &key, vec![], vec![document])
        .await;
    let plain = Content::Plain("个人简历".as_bytes().to_vec());
    assert_eq!(world.reader.document(&stream, &hash).await.unwrap(), plain);
    assert!(matches!(
        world.reader.document(&other, &hash).await,
        Err(ReadError::Corrupt { .. })
    ));
    assert!(matches!(
        world.reader.document(&stream, &[0; 32]).await,
        Err(ReadError::Corrupt { position: 0, .. })
    ));
    world.delete(&stream).await;
    assert_eq!(
        world.reader.document(&stream, &hash).await.unwrap(),
        Content::Erased
    );
}
