//! The test vectors of docs/log-format.md are what the code computes.

use docket_store::{Header, Leaf, Recorded, StreamId, leaf, root};
use std::fmt::Write;
use uuid::Uuid;

const PAGE: &str = include_str!("../../../docs/log-format.md");

const LOG: Uuid = Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0001);

fn first_event() -> Recorded {
    Recorded {
        position: 1,
        stream: StreamId::new("log", "0198"),
        version: 1,
        kind: "LogCreated".to_owned(),
        schema: 1,
        payload: "{\"format\":1}".to_owned(),
        sealed: vec![0x01, 0x7f],
        metadata: "{}".to_owned(),
        recorded_at: 1_772_413_200_000_000,
        leaf: [0; 32],
    }
}

fn later_event() -> Recorded {
    Recorded {
        position: 258,
        stream: StreamId::new("declaration", "职称-1"),
        version: 3,
        kind: "SignedFor".to_owned(),
        schema: 2,
        payload: "{\"step\": \"签收\"}".to_owned(),
        sealed: vec![0x00, 0xff, 0x10],
        metadata: "{\"role\":\"operator\"}".to_owned(),
        recorded_at: 1_772_413_200_000_001,
        leaf: [0; 32],
    }
}

/// One event as the page shows it.
fn vector(title: &str, event: &Recorded) -> String {
    let header = Header::of(LOG, event);
    let mut text = format!("### {title}\n\n```\n");
    let fields = [
        ("log", LOG.to_string()),
        ("position", event.position.to_string()),
        ("stream", event.stream.to_string()),
        ("version", event.version.to_string()),
        ("type", event.kind.clone()),
        ("schema", event.schema.to_string()),
        ("recorded at", event.recorded_at.to_string()),
        ("payload", event.payload.clone()),
        ("sealed", format!("hex {}", hex::encode(&event.sealed))),
        ("metadata", event.metadata.clone()),
        ("header", hex::encode(header.bytes())),
        ("leaf", hex::encode(leaf(&header))),
    ];
    for (name, value) in fields {
        writeln!(text, "{name:<12} {value}").expect("writing to a string cannot fail");
    }
    text + "```\n"
}

fn roots() -> String {
    let leaves: Vec<Leaf> = (1..=7).map(|number| [number; 32]).collect();
    let mut text =
        "### Roots\n\nLeaf n is the byte n, 32 times: `0101…`, `0202…`, up to `0707…`.\n\n```\n"
            .to_owned();
    for size in [0, 1, 2, 3, 7] {
        let root = hex::encode(root(&leaves[..size]));
        writeln!(text, "{size} leaves   {root}").expect("writing to a string cannot fail");
    }
    text + "```\n"
}

fn is_on_the_page(text: &str) {
    assert!(PAGE.contains(text), "docs/log-format.md must hold:\n{text}");
}

#[test]
fn the_page_gives_the_headers_and_leaves_of_two_events() {
    is_on_the_page(&vector("The first event of a log", &first_event()));
    is_on_the_page(&vector("A later event", &later_event()));
}

#[test]
fn the_page_gives_the_roots() {
    is_on_the_page(&roots());
}
