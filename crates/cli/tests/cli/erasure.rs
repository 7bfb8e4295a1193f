//! A deleted draft leaves nothing.

use crate::client::Client;
use crate::process::{Server, demo_data, files};
use docket_store::{Log, StreamId};
use docket_store_sqlite::SqliteLog;
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::time::Duration;

on_both_engines!(async:
    a_deleted_drafts_name_is_nowhere_in_the_files,
);

const SECRET: &str = "曾用名唐雨石，此句只在这一份草稿里";

/// The write-ahead logs are emptied in the background.
const WITHIN: Duration = Duration::from_secs(10);

fn holds(folder: &Path, text: &str) -> Vec<String> {
    let found = files(folder).into_iter().filter(|path| {
        fs::read(path)
            .unwrap()
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    });
    found.map(|path| path.display().to_string()).collect()
}

/// The server runs on meanwhile.
async fn wait_until_gone(folder: &Path, name: &str) {
    for text in [SECRET, name] {
        let since = tokio::time::Instant::now();
        while !holds(folder, text).is_empty() && since.elapsed() < WITHIN {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(
            holds(folder, text),
            Vec::<String>::new(),
            "{text}, while the server runs"
        );
    }
}

async fn a_deleted_drafts_name_is_nowhere_in_the_files(engine: Engine) {
    let place = Place::demo(engine);
    let server = Server::start(&place);
    let people = server.credentials["people"].as_array().unwrap().clone();
    let person = people
        .iter()
        .find(|person| person.get("examples").is_some())
        .unwrap();
    let name = person["name"].as_str().unwrap();
    let token = person["token"].as_str().unwrap().to_owned();
    let client = Client {
        address: server.address.clone(),
        token,
        unit: None,
    };
    let created = client.expect(
        201,
        "POST",
        "/declarations",
        &[],
        Some(&person["examples"]["review"]["body"]),
    );
    let id = created["declaration_id"].as_str().unwrap();
    let mut basic = person["examples"]["review"]["sections"]["basic"].clone();
    basic["name"] = json!(name);
    basic["eligibility"] = json!(SECRET);
    client.expect(
        200,
        "PUT",
        &format!("/declarations/{id}/sections/basic"),
        &[("If-Match", "\"1\"")],
        Some(&basic),
    );
    let shown = client.expect(200, "GET", &format!("/declarations/{id}"), &[], None);
    assert!(shown.to_string().contains(SECRET), "{shown}");
    let deleted = client.expect(200, "DELETE", &format!("/declarations/{id}"), &[], None);
    let mine = client.expect(
        200,
        "GET",
        &format!("/declarations/mine?min_position={}", deleted["position"]),
        &[],
        None,
    );
    assert_eq!(mine["items"], json!([]));
    client.expect(404, "GET", &format!("/declarations/{id}"), &[], None);
    wait_until_gone(place.folder(), name).await;
    server.stop();
    for text in [SECRET, name] {
        assert_eq!(
            holds(place.folder(), text),
            Vec::<String>::new(),
            "{text}, after it"
        );
    }
    // The search finds what is there: the name of an operator, which the directory keeps.
    assert!(!holds(place.folder(), "裴思远").is_empty());
    let log = SqliteLog::open(&place.folder().join("docket.db"), uuid::Uuid::nil())
        .await
        .unwrap();
    assert_eq!(
        log.keys(&[StreamId::new("declaration", id)]).await.unwrap(),
        [Some(Vec::new())]
    );
    log.close().await.unwrap();
}
