//! How fast stored events are opened, on one core.
//!
//! `cargo run --release -p docket-codec --example decode_rate [DECLARATIONS]`

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)] // a program to look at

use docket_codec::{
    Codec, CommandStamp, DefinitionStamp, Entropy, KeyRing, LogAt, Metadata, OsEntropy, Reader,
    stream_id,
};
use docket_domain::time::Instant as At;
use docket_domain::{Author, Category, Event, Kind, PersonId, Role, Stream, UnitId};
use docket_store::{
    Append, Expected, Header, Log, MemoryLog, Recorded, StreamAppend, StreamRange, leaf,
};
use std::sync::Arc;
use std::time::Instant;
use uuid::Uuid;

const SAMPLES: &[&str] = &[
    include_str!("../../../fixtures/events/DraftCreated.v1.json"),
    include_str!("../../../fixtures/events/SectionSaved.v2.json"),
    include_str!("../../../fixtures/events/SectionSaved.v2.json"),
    include_str!("../../../fixtures/events/Submitted.v1.json"),
    include_str!("../../../fixtures/events/SignedFor.v1.json"),
    include_str!("../../../fixtures/events/ApprovedAndPublicized.v1.json"),
    include_str!("../../../fixtures/events/Reported.v2.json"),
    include_str!("../../../fixtures/events/SignedFor.v1.json"),
    include_str!("../../../fixtures/events/Returned.v1.json"),
    include_str!("../../../fixtures/events/CommitteeAccepted.v1.json"),
    include_str!("../../../fixtures/events/ReviewConcluded.v1.json"),
];

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let declarations: u128 = std::env::args()
        .nth(1)
        .map_or(4_000, |count| count.parse().unwrap());
    let log = Arc::new(MemoryLog::new(Uuid::from_u128(1)));
    let ring = Arc::new(KeyRing::generate(&OsEntropy));
    let samples: Vec<Event> = SAMPLES.iter().map(|text| sample(text)).collect();
    fill(&log, &ring, &samples, declarations).await;
    let range = StreamRange {
        category: "declaration".to_owned(),
        from: None,
        to: None,
        up_to: u64::MAX,
    };
    let events = log.read_range(&range).await.unwrap();
    let bytes: usize = events
        .iter()
        .map(|event| event.payload.len() + event.metadata.len() + event.sealed.len())
        .sum();
    println!(
        "{} events, {} bytes each",
        events.len(),
        bytes / events.len()
    );
    for round in 1..=3 {
        let start = Instant::now();
        let proven = events.iter().filter(|event| proves(log.id(), event));
        let proven = proven.count();
        println!(
            "round {round}: {:.2} µs an event to recompute its leaf",
            start.elapsed().as_secs_f64() * 1e6 / proven as f64
        );
    }
    let reader = Reader::new(log, ring);
    for round in 1..=3 {
        let start = Instant::now();
        let mut opened = 0;
        for page in events.chunks(4_096) {
            opened += reader.open_uncached(page).await.unwrap().len();
        }
        println!(
            "round {round}: {:.0} events/s in stream order",
            opened as f64 / start.elapsed().as_secs_f64()
        );
    }
}

fn proves(log: Uuid, event: &Recorded) -> bool {
    leaf(&Header::of(log, event)) == event.leaf
}

fn sample(text: &str) -> Event {
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    let schema = u16::try_from(value["schema"].as_u64().unwrap()).unwrap();
    let personal = value.get("personal").map(ToString::to_string);
    Event::decode(
        value["type"].as_str().unwrap(),
        schema,
        &value["payload"].to_string(),
        personal.as_deref(),
    )
    .unwrap()
}

async fn fill(log: &MemoryLog, ring: &KeyRing, samples: &[Event], declarations: u128) {
    for n in 0..declarations {
        let stream = Stream::new(Category::Declaration, Uuid::from_u128(n));
        let (key, create) = ring.create_key(&stream_id(log.id(), &stream), &OsEntropy);
        let encode = |event| {
            Codec::encode(
                LogAt::newest(log.id()),
                &stream,
                event,
                &metadata(),
                None,
                &key,
                OsEntropy.nonce(),
            )
            .unwrap()
        };
        let events = samples.iter().map(encode).collect();
        let streams = vec![StreamAppend {
            stream: stream_id(log.id(), &stream),
            expected: Expected::Absent,
            events,
        }];
        let command = Uuid::from_u128(n);
        log.append(Append {
            command,
            at: 0,
            streams,
            documents: vec![],
            keys: vec![create],
        })
        .await
        .unwrap();
    }
}

fn metadata() -> Metadata {
    let author = Author {
        person: Some(PersonId(Uuid::from_u128(1))),
        role: Role::Operator,
        unit: Some(UnitId(Uuid::from_u128(2))),
    };
    Metadata {
        at: At::parse("2026-03-02T09:00:00.123456+08:00").unwrap(),
        author,
        on_behalf_of: None,
        command: CommandStamp {
            id: Uuid::from_u128(3),
            name: "report".to_owned(),
        },
        correlation: Some("0197c0de-0000-7000-8000-000000000001".to_owned()),
        causation: None,
        traceparent: None,
        definition: Some(DefinitionStamp {
            kind: Kind::Review,
            version: 1,
            hash: "ab".repeat(32),
        }),
        rules: 1,
        warnings: Vec::new(),
    }
}
