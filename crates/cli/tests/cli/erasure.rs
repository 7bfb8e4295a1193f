//! A deleted draft leaves nothing.

use crate::client::Client;
use crate::process::{Place, Server, files};
use docket_store::StreamId;
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use docket_testkit::postgres::Database;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::Duration;

on_both_engines!(async:
    a_deleted_drafts_name_is_nowhere,
);

const SECRET: &str = "曾用名唐雨石，此句只在这一份草稿里";

/// The write-ahead logs of SQLite are emptied in the background.
const WITHIN: Duration = Duration::from_secs(10);

/// Where a text stands: files on SQLite, tables on PostgreSQL.
fn holds(place: &Place, text: &str) -> Vec<String> {
    match place.database() {
        None => files_with(place.folder(), text),
        Some(database) => tables_with(database, text),
    }
}

fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let found = files(folder).into_iter().filter(|path| {
        fs::read(path)
            .unwrap()
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    });
    found.map(|path| path.display().to_string()).collect()
}

/// Every table with a row that holds the text, as text or as bytes.
fn tables_with(database: &Database, text: &str) -> Vec<String> {
    let bytes = hex::encode(text);
    let question = format!(
        "SELECT format('SELECT DISTINCT %L FROM %s AS t WHERE t::text ~ %L',
                       c.oid::regclass, c.oid::regclass, '{text}|{bytes}')
         FROM pg_class AS c WHERE relkind = 'r' AND relnamespace <> 'pg_catalog'::regnamespace
         \\gexec"
    );
    let found = database.psql(&question);
    found.lines().map(str::to_owned).collect()
}

/// What an operator does who wants it out of the server's files, and which of them hold a text then.
fn server_files_with(database: &Database, text: &str) -> String {
    database.psql("VACUUM (FULL, ANALYZE)");
    database.psql("CHECKPOINT");
    let bytes = hex::encode(text);
    database.psql(&format!(
        "SELECT file FROM pg_database AS d, pg_ls_dir('base/' || d.oid) AS file
         WHERE d.datname = current_database()
           AND position(decode('{bytes}', 'hex') IN pg_read_binary_file('base/' || d.oid || '/' || file)) > 0"
    ))
}

/// The server runs on meanwhile.
async fn wait_until_gone(place: &Place, name: &str) {
    for text in [SECRET, name] {
        let since = tokio::time::Instant::now();
        while !holds(place, text).is_empty() && since.elapsed() < WITHIN {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(
            holds(place, text),
            Vec::<String>::new(),
            "{text}, while the server runs"
        );
    }
}

async fn a_deleted_drafts_name_is_nowhere(engine: Engine) {
    let place = Place::demo(engine);
    let server = Server::start(&place);
    let people = server.credentials["people"].as_array().unwrap().clone();
    let person = people
        .iter()
        .find(|person| person.get("examples").is_some())
        .unwrap();
    let name = person["name"].as_str().unwrap();
    let client = Client {
        address: server.address.clone(),
        token: person["token"].as_str().unwrap().to_owned(),
        unit: None,
    };
    let id = write_and_delete(&client, &person["examples"]["review"], name);
    wait_until_gone(&place, name).await;
    server.stop();
    for text in [SECRET, name] {
        assert_eq!(
            holds(&place, text),
            Vec::<String>::new(),
            "{text}, after it"
        );
        if let Some(database) = place.database() {
            assert_eq!(
                server_files_with(database, text),
                "",
                "{text}, in the files"
            );
        }
    }
    // The search finds what is there: the name of an operator, which the directory keeps.
    assert!(!holds(&place, "裴思远").is_empty());
    if let Some(database) = place.database() {
        assert_ne!(server_files_with(database, "裴思远"), "");
    }
    let keys = place
        .log()
        .await
        .keys(&[StreamId::new("declaration", &id)])
        .await;
    assert_eq!(keys.unwrap(), [Some(Vec::new())]);
}

/// A draft that holds the secret and a name is read back, and deleted.
fn write_and_delete(client: &Client, example: &Value, name: &str) -> String {
    let created = client.expect(201, "POST", "/declarations", &[], Some(&example["body"]));
    let id = created["declaration_id"].as_str().unwrap();
    let mut basic = example["sections"]["basic"].clone();
    basic["name"] = json!(name);
    basic["eligibility"] = json!(SECRET);
    let path = format!("/declarations/{id}");
    let headers = [("If-Match", "\"1\"")];
    let section = format!("{path}/sections/basic");
    client.expect(200, "PUT", &section, &headers, Some(&basic));
    let shown = client.expect(200, "GET", &path, &[], None);
    assert!(shown.to_string().contains(SECRET), "{shown}");
    let deleted = client.expect(200, "DELETE", &path, &[], None);
    let mine = format!("/declarations/mine?min_position={}", deleted["position"]);
    let mine = client.expect(200, "GET", &mine, &[], None);
    assert_eq!(mine["items"], json!([]));
    client.expect(404, "GET", &path, &[], None);
    id.to_owned()
}
