//! What a node of a newer version of Docket does to a log.

use docket_codec::{Codec, CommandStamp, KeyRing, LEVEL, LogAt, Metadata, stream_id};
use docket_domain::log::LevelRaised;
use docket_domain::time::Instant;
use docket_domain::{Author, DeclarationId, RULES, Stream};
use docket_store::{Append, Expected, Log, NewEvent, StreamAppend};
use uuid::Uuid;

/// Raises the level to one that this build does not know; answers the event's position.
///
/// # Panics
/// When the log refuses it.
pub async fn raise_level(log: &dyn Log, ring: &KeyRing) -> u64 {
    let stream = Stream::log(log.id());
    let own = stream_id(log.id(), &stream);
    let wrapped = log.keys(std::slice::from_ref(&own)).await;
    let wrapped = wrapped.expect("the log can be read").pop().flatten();
    let key = ring.unwrap(&own, &wrapped.expect("every log has a key of its own"));
    let key = key.expect("the ring is the log's");
    let metadata = metadata(log, "raise_level").await;
    let event = LevelRaised { level: LEVEL + 1 }.into();
    let at = LogAt::newest(log.id());
    let event = Codec::encode(at, &stream, &event, &metadata, None, &key, [0; 24])
        .expect("every build knows it");
    append(log, &stream, event, &metadata).await
}

/// Appends an event to a declaration that this build does not know; answers its position.
///
/// # Panics
/// When the log refuses it.
pub async fn append_unknown(log: &dyn Log, declaration: DeclarationId) -> u64 {
    let metadata = metadata(log, "of_the_future").await;
    let event = NewEvent {
        kind: "FromTheFuture".to_owned(),
        schema: 1,
        payload: "{}".to_owned(),
        sealed: vec![1],
        metadata: serde_json::to_string(&metadata).expect("metadata is plain JSON"),
    };
    append(log, &Stream::declaration(declaration), event, &metadata).await
}

async fn metadata(log: &dyn Log, name: &str) -> Metadata {
    let head = log.head().await.expect("the log can be read");
    Metadata {
        at: Instant::from_micros(head.recorded_at),
        author: Author::SYSTEM,
        on_behalf_of: None,
        command: CommandStamp {
            id: Uuid::from_u128(u128::from(u64::MAX - head.position)),
            name: name.to_owned(),
        },
        correlation: None,
        causation: None,
        traceparent: None,
        definition: None,
        rules: RULES,
        warnings: Vec::new(),
    }
}

async fn append(log: &dyn Log, stream: &Stream, event: NewEvent, metadata: &Metadata) -> u64 {
    let append = Append {
        command: metadata.command.id,
        at: metadata.at.micros(),
        streams: vec![StreamAppend {
            stream: stream_id(log.id(), stream),
            expected: Expected::Any,
            events: vec![event],
        }],
        documents: Vec::new(),
        keys: Vec::new(),
    };
    log.append(append).await.expect("the log takes it").position
}
