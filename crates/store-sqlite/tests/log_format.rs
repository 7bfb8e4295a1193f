//! A stranger's program, the one on docs/log-format.md, comes to the same hashes as the log.

#![allow(clippy::unwrap_used)]

mod place;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use docket_store::{Expected, Header, Log, Recorded, StreamId, root, verify};
use docket_store_conformance::given::{LOG, With, accept, append};
use place::Place;
use std::path::Path;
use std::process::{Command, Output};

const PAGE: &str = include_str!("../../../docs/log-format.md");

/// Runs the program of the page; `None` on a machine without Python.
fn check(arguments: &[&str]) -> Option<Output> {
    let program = PAGE
        .split_once("```python\n")
        .unwrap()
        .1
        .split_once("```")
        .unwrap()
        .0;
    Command::new("python3")
        .arg("-c")
        .arg(program)
        .args(arguments)
        .output()
        .ok()
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

async fn filled() -> Place {
    let place = Place::new();
    let log = place.log().await;
    for number in 0..25 {
        accept(
            &log,
            append(number)
                .on("职称", Expected::Any, 3)
                .on(number, Expected::Absent, 2),
        )
        .await;
    }
    log.close().await.unwrap();
    place
}

#[tokio::test]
async fn the_program_of_the_page_checks_a_database() {
    let place = filled().await;
    let log = place.log().await;
    let verified = verify(&log, None, &mut |_| {}).await.unwrap();
    let early = hex::encode(root(&log.leaves(0, 70).await.unwrap()));
    let Some(output) = check(&[&text(&place.file()), "70", &early]) else {
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(
        said.trim(),
        format!("log {LOG} size 125 root {}", hex::encode(verified.root))
    );
}

#[tokio::test]
async fn the_program_of_the_page_finds_a_changed_event() {
    let place = filled().await;
    place
        .execute("DROP TRIGGER events_are_never_updated")
        .await
        .unwrap();
    place
        .execute("UPDATE events SET metadata = '{}' WHERE position = 77")
        .await
        .unwrap();
    let Some(output) = check(&[&text(&place.file())]) else {
        return;
    };
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(
        said.trim(),
        "position 77: the stored leaf is not the hash of the stored event"
    );
}

fn item(event: &Recorded) -> serde_json::Value {
    serde_json::json!({
        "header": BASE64_STANDARD.encode(Header::of(LOG, event).bytes()),
        "payload": event.payload,
        "sealed": BASE64_STANDARD.encode(&event.sealed),
        "metadata": event.metadata,
        "leaf": hex::encode(event.leaf),
        "opened": null,
    })
}

/// The answer of `GET /declarations/{id}/events`, as the page describes it.
async fn answer(log: &dyn Log) -> serde_json::Value {
    let events = log.read_stream(&declaration(1), 0, 1_000).await.unwrap();
    let items = events.iter().map(item);
    serde_json::json!({
        "stream": declaration(1).as_str(),
        "version": events.len(),
        "items": items.collect::<Vec<_>>(),
    })
}

/// Two declarations of 75 events each.
async fn with_declarations() -> Place {
    let place = Place::new();
    let log = place.log().await;
    for number in 0..25 {
        let mut given = append(number)
            .on(1, Expected::Any, 3)
            .on(2, Expected::Any, 3);
        given.streams[0].stream = declaration(1);
        given.streams[1].stream = declaration(2);
        accept(&log, given).await;
    }
    log.close().await.unwrap();
    place
}

fn declaration(id: u8) -> StreamId {
    StreamId::new("declaration", id)
}

#[tokio::test]
async fn the_program_of_the_page_checks_the_events_of_one_declaration() {
    let place = with_declarations().await;
    let log = place.log().await;
    let whole = answer(&log).await;
    let file = place.file().with_extension("json");
    let said = |answer: &serde_json::Value| {
        std::fs::write(&file, answer.to_string()).unwrap();
        let output = check(&[&text(&file), &LOG.to_string(), "1"])?;
        let said = [&output.stdout[..], &output.stderr].concat();
        let said = String::from_utf8_lossy(&said).trim().to_owned();
        Some((output.status.success(), said))
    };
    let Some(checked) = said(&whole) else { return };
    assert_eq!(
        checked,
        (true, format!("log {LOG} events 75 of declaration/1"))
    );
    let refused = |answer: &serde_json::Value, words: &str| {
        let (passed, said) = said(answer).unwrap();
        assert!(!passed && said.contains(words), "{words}: {said}");
    };
    let mut changed = whole.clone();
    changed["items"][3]["payload"] = serde_json::json!("{}");
    refused(&changed, "the header is not that of the parts");
    let mut cut = whole.clone();
    cut["items"].as_array_mut().unwrap().truncate(70);
    refused(&cut, "the answer is cut: 70 of 75 events");
    let mut left_out = whole.clone();
    left_out["items"].as_array_mut().unwrap().remove(5);
    refused(&left_out, "version 6 of the stream is missing");
    // The sixth event of the other declaration in the place of this one's.
    let other = log.read_stream(&declaration(2), 5, 1).await.unwrap();
    let mut mixed = whole.clone();
    mixed["items"][5] = item(&other[0]);
    refused(
        &mixed,
        "an event of declaration/2 among those of declaration/1",
    );
    let mut another = whole;
    another["stream"] = serde_json::json!("declaration/2");
    refused(&another, "the answer is about declaration/2");
}
