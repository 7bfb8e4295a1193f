//! What somebody forged in the database is served to nobody, nothing is decided on it, and it harms
//! nothing but its own stream.

use crate::client::{Answer, Client};
use crate::process::{Place, Server, stderr};
use docket_store::{Header, Log, Recorded, leaf};
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};
use std::collections::BTreeSet;

on_both_engines!(async:
    a_forged_conclusion_is_served_to_nobody,
    a_forger_who_recomputes_the_leaf_still_lacks_the_key,
    reasons_that_were_exchanged_are_served_to_nobody,
    rights_cannot_be_forged_without_a_key,
    an_event_that_was_taken_out_is_missed_in_its_own_stream,
    a_key_that_was_emptied_erases_nothing,
);

/// What somebody does who may do everything to the database, and nothing to the key file.
async fn forge(place: &Place, sql: &str) {
    match place.database() {
        Some(database) => {
            let off = ["events", "keys", "documents"]
                .map(|table| format!("ALTER TABLE docket_log.{table} DISABLE TRIGGER USER;"))
                .concat();
            database.psql(&format!("{off} SET search_path TO docket_log; {sql}"));
        }
        None => {
            let url = format!("sqlite://{}", place.folder().join("docket.db").display());
            let mut file = SqliteConnection::connect(&url).await.unwrap();
            let triggers: Vec<String> =
                sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'trigger'")
                    .fetch_all(&mut file)
                    .await
                    .unwrap();
            let drops: String = triggers
                .iter()
                .map(|name| format!("DROP TRIGGER {name};"))
                .collect();
            let sql = sqlx::AssertSqlSafe(format!("{drops} {sql}"));
            sqlx::raw_sql(sql).execute(&mut file).await.unwrap();
            file.close().await.unwrap();
        }
    }
}

/// Bytes as both engines read them in a statement.
fn bytes(place: &Place, bytes: &[u8]) -> String {
    match place.database() {
        Some(_) => format!("'\\x{}'::bytea", hex::encode(bytes)),
        None => format!("x'{}'", hex::encode(bytes)),
    }
}

/// Puts an event in the place of the one that stands there, with a leaf that is right.
async fn put(place: &Place, log: &dyn Log, event: &Recorded) {
    let leaf = leaf(&Header::of(log.id(), event));
    let sql = format!(
        "UPDATE events SET payload = '{}', metadata = '{}', sealed = {}, leaf = {} WHERE position = {}",
        event.payload,
        event.metadata,
        bytes(place, &event.sealed),
        bytes(place, &leaf),
        event.position
    );
    forge(place, &sql).await;
}

async fn events(place: &Place) -> Vec<Recorded> {
    place.log().await.read_all(0, usize::MAX).await.unwrap()
}

/// The last declaration that was concluded with 评审通过.
fn passed(events: &[Recorded]) -> &Recorded {
    let mut newest = events.iter().rev();
    let is_passed = |event: &&Recorded| {
        event.kind == "ReviewConcluded" && event.payload.contains(r#""passed":true"#)
    };
    newest.find(is_passed).expect("the demo concludes reviews")
}

struct People<'a>(&'a Server);

impl People<'_> {
    fn client(&self, person: &Value) -> Client {
        Client {
            address: self.0.address.clone(),
            token: person["token"].as_str().unwrap().to_owned(),
            unit: person
                .get("unit_id")
                .and_then(Value::as_str)
                .map(str::to_owned),
        }
    }

    /// Whoever reads declarations.
    fn auditor(&self) -> Client {
        let mut all = self.0.credentials["people"].as_array().unwrap().iter();
        let auditor = all.find(|person| person["role"].as_str().unwrap().contains("auditor"));
        self.client(auditor.unwrap())
    }

    /// The legal users of units that have a step in an event.
    fn of_steps(&self, event: &Recorded) -> Vec<Client> {
        let payload: Value = serde_json::from_str(&event.payload).unwrap();
        let units: BTreeSet<&str> = payload["steps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| step["unit"].as_str().unwrap())
            .collect();
        let all = self.0.credentials["people"].as_array().unwrap().iter();
        all.filter(|person| person["role"] == "legal_user")
            .filter(|person| units.contains(person["unit_id"].as_str().unwrap()))
            .map(|person| self.client(person))
            .collect()
    }
}

fn is_corrupt(answer: &Answer, position: u64, what: &str) {
    assert_eq!(
        (
            answer.status,
            &answer.body["code"],
            &answer.body["position"]
        ),
        (500, &json!("CORRUPT"), &json!(position)),
        "{what}: {}",
        answer.body
    );
}

/// Every way to a declaration answers CORRUPT with the place; another one is served as ever.
async fn is_served_to_nobody(place: &Place, event: &Recorded, position: u64, healthy: &str) {
    let server = Server::start(place);
    let people = People(&server);
    let auditor = people.auditor();
    let path = format!("/declarations/{}", event.stream.id());
    let answer = auditor.ask("GET", &path, &[], None).unwrap();
    is_corrupt(&answer, position, "the declaration");
    // What was taken out is missed at the end of what can be replayed.
    let replay = auditor.ask("GET", &format!("{path}/replay"), &[], None);
    let replay = replay.unwrap();
    let missed = replay.body["position"].as_u64().unwrap();
    assert!(missed >= position, "{missed}");
    is_corrupt(&replay, missed, "its replay");
    let units = people.of_steps(event);
    assert!(!units.is_empty(), "nobody of its units has a token");
    for unit in &units {
        for (method, of, body) in [
            ("GET", "", None),
            ("GET", "/allowed-actions", None),
            ("POST", "/sign", Some(json!({}))),
            ("POST", "/terminate", Some(json!({"reason": "不实"}))),
        ] {
            let answer = unit
                .ask(method, &format!("{path}{of}"), &[], body.as_ref())
                .unwrap();
            is_corrupt(&answer, position, of);
        }
    }
    auditor.expect(200, "GET", &format!("/declarations/{healthy}"), &[], None);
    let head = events(place).await.len();
    server.stop();
    assert_eq!(head, events(place).await.len(), "nothing was decided on it");
}

/// Another declaration than that of an event.
fn another<'a>(events: &'a [Recorded], event: &Recorded) -> &'a str {
    let mut declarations = events
        .iter()
        .filter(|other| other.kind == "Submitted" && other.stream != event.stream);
    declarations.next().unwrap().stream.id()
}

async fn a_forged_conclusion_is_served_to_nobody(engine: Engine) {
    let place = Place::demo(engine);
    let events = events(&place).await;
    let event = passed(&events);
    let sql = format!(
        "UPDATE events SET payload = replace(payload, '\"passed\":true', '\"passed\":false') \
         WHERE position = {}",
        event.position
    );
    forge(&place, &sql).await;
    is_served_to_nobody(&place, event, event.position, another(&events, event)).await;
}

async fn a_forger_who_recomputes_the_leaf_still_lacks_the_key(engine: Engine) {
    let place = Place::demo(engine);
    let events = events(&place).await;
    let event = passed(&events);
    let mut forged = event.clone();
    forged.payload = forged
        .payload
        .replace(r#""passed":true"#, r#""passed":false"#);
    put(&place, place.log().await.as_ref(), &forged).await;
    is_served_to_nobody(&place, event, event.position, another(&events, event)).await;
}

async fn reasons_that_were_exchanged_are_served_to_nobody(engine: Engine) {
    let place = Place::demo(engine);
    let events = events(&place).await;
    let event = passed(&events);
    // Two events of one stream under one key: the conclusion and the acceptance before it.
    let mut pair: Vec<Recorded> = events
        .iter()
        .filter(|other| other.stream == event.stream)
        .rev()
        .take(2)
        .cloned()
        .collect();
    let [last, before] = &mut pair[..] else {
        panic!("a conclusion comes second at the earliest")
    };
    std::mem::swap(&mut last.sealed, &mut before.sealed);
    let log = place.log().await;
    for forged in [&*last, &*before] {
        put(&place, log.as_ref(), forged).await;
    }
    is_served_to_nobody(&place, event, before.position, another(&events, event)).await;
}

/// Menus, plans and roles stand in payloads; they are sealed against change all the same.
async fn rights_cannot_be_forged_without_a_key(engine: Engine) {
    let place = Place::demo(engine);
    let events = events(&place).await;
    let menus = events
        .iter()
        .find(|event| event.kind == "OperatorMenusSaved")
        .expect("the demo has operators with menus");
    let mut forged = menus.clone();
    let start = forged.payload.find(r#""menus":["#).unwrap() + r#""menus":["#.len();
    let end = start + forged.payload[start..].find(']').unwrap();
    forged.payload.replace_range(start..end, r#""users""#);
    put(&place, place.log().await.as_ref(), &forged).await;
    // A demo reads everybody's rights when it starts.
    let credentials = place.folder().join("credentials.json");
    let refused = place
        .spawn_demo_told("127.0.0.1:0", &credentials)
        .wait_with_output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let said = format!("OperatorMenusSaved at position {}", menus.position);
    assert!(stderr(&refused).contains(&said), "{}", stderr(&refused));
}

async fn an_event_that_was_taken_out_is_missed_in_its_own_stream(engine: Engine) {
    let place = Place::demo(engine);
    let events = events(&place).await;
    let event = passed(&events);
    let mut own = events.iter().filter(|other| other.stream == event.stream);
    let (Some(_), Some(taken), Some(after)) = (own.next(), own.next(), own.next()) else {
        panic!("a concluded declaration has a history")
    };
    forge(
        &place,
        &format!("DELETE FROM events WHERE position = {}", taken.position),
    )
    .await;
    is_served_to_nobody(&place, event, after.position, another(&events, event)).await;
}

async fn a_key_that_was_emptied_erases_nothing(engine: Engine) {
    let place = Place::demo(engine);
    let events = events(&place).await;
    let event = passed(&events);
    let first = events
        .iter()
        .find(|other| other.stream == event.stream)
        .unwrap();
    let sql = format!(
        "UPDATE keys SET wrapped = {} WHERE stream = '{}'",
        bytes(&place, &[]),
        event.stream
    );
    forge(&place, &sql).await;
    is_served_to_nobody(&place, event, first.position, another(&events, event)).await;
}
