//! A stranger's program, the one on docs/log-format.md, comes to the same hashes as the log.

#![allow(clippy::unwrap_used)]

mod place;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use docket_store::{Expected, Header, Log, root, verify};
use docket_store_conformance::given::{LOG, With, accept, append, stream};
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

/// The answer of `GET /declarations/{id}/events`, as the page describes it.
async fn answer(log: &dyn Log) -> serde_json::Value {
    let events = log.read_stream(&stream("职称"), 0, 1_000).await.unwrap();
    let items = events.iter().map(|event| {
        serde_json::json!({
            "header": BASE64_STANDARD.encode(Header::of(LOG, event).bytes()),
            "payload": event.payload,
            "sealed": event.sealed.as_ref().map(|sealed| BASE64_STANDARD.encode(sealed)),
            "metadata": event.metadata,
            "leaf": hex::encode(event.leaf),
            "opened": null,
        })
    });
    serde_json::json!({ "items": items.collect::<Vec<_>>() })
}

#[tokio::test]
async fn the_program_of_the_page_checks_the_events_of_one_declaration() {
    let place = filled().await;
    let mut answer = answer(&place.log().await).await;
    let file = place.file().with_extension("json");
    std::fs::write(&file, answer.to_string()).unwrap();
    let Some(output) = check(&[&text(&file), &LOG.to_string()]) else {
        return;
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim(),
        format!("log {LOG} events 75 of one declaration")
    );
    answer["items"][3]["payload"] = serde_json::json!("{}");
    std::fs::write(&file, answer.to_string()).unwrap();
    let output = check(&[&text(&file), &LOG.to_string()]).unwrap();
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("the header is not that of the parts")
    );
}
