//! What somebody with all rights on the database can do to a log, and what then notices it. The cases
//! are the table of docs/threats.md.

mod cases;
mod ground;

use crate::process::{Place, stderr};
use cases::{Case, cases};
use docket_testkit::engines::Engine;
use ground::Ground;
use serde_json::Value;

mod what_a_log_holds_is_proven {
    use super::{Engine, every_case};

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn on_sqlite() {
        every_case(Engine::Sqlite).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn on_postgres() {
        every_case(Engine::Postgres).await;
    }
}

/// Only who holds the key file can tell a forgery with a right hash, and is told so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_key_file_a_check_says_what_it_could_not_see() {
    let ground = Ground::new(Engine::Sqlite).await;
    let at = ground.of("Submitted")[0];
    let forged = ground.place.copy();
    let forgery = ground.forge(at, |event| event.payload.push(' '));
    ground.behind(&forged, &forgery, "").await;
    let codes = |told: &Value| -> Vec<String> {
        let unchecked = told["unchecked"].as_array().unwrap().iter();
        let codes = unchecked.map(|what| what["code"].as_str().unwrap().to_owned());
        codes.collect()
    };
    let only_a_head = ["cut_tail", "older_copy", "fork", "forged_end"];
    let with_key = ground.place.json(&["log", "verify"]);
    assert_eq!(codes(&with_key), only_a_head);
    assert_eq!(with_key["checked"]["events"], ground.size());
    std::fs::remove_file(forged.key_file()).unwrap();
    let without = forged.json(&["log", "verify"]);
    let needs_key = [
        "seals_without_key_file",
        "documents_without_key_file",
        "keys_without_key_file",
    ];
    assert_eq!(codes(&without)[4..], needs_key);
    assert_eq!(without["checked"]["events_opened"], 0);
    // What needs no key is found all the same.
    let change = format!("UPDATE events SET payload = '{{}}' WHERE position = {at}");
    ground.behind(&forged, &change, "").await;
    let output = forged.run(&["log", "verify", "--json"]);
    assert_eq!(output.status.code(), Some(3));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found(&told), [("event".to_owned(), Some(at))]);
    // Another log's key file can tell nothing, and is not taken for a tampering.
    let other = Place::founded(Engine::Sqlite);
    let wrong = other.key_file().to_str().unwrap().to_owned();
    let output = ground.place.run(&["log", "verify", "--key-file", &wrong]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
}

/// All that `docket log verify` found: parts with their positions.
fn found(told: &Value) -> Vec<(String, Option<u64>)> {
    let findings = told["findings"].as_array().unwrap().iter();
    let mut found: Vec<_> = findings
        .map(|finding| {
            let part = finding["part"].as_str().unwrap().to_owned();
            (part, finding["position"].as_u64())
        })
        .collect();
    found.sort();
    found
}

async fn every_case(engine: Engine) {
    let ground = Ground::new(engine).await;
    let mut wrong = Vec::new();
    for case in cases(&ground) {
        if let Err(why) = try_case(&ground, &case).await {
            wrong.push(format!("{}: {why}", case.name));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cases:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

async fn try_case(ground: &Ground, case: &Case) -> Result<(), String> {
    let place = ground.place.copy();
    ground.behind(&place, &case.sql, &case.then).await;
    let output = place
        .docket(&["log", "verify", "--json"])
        .args(
            case.with_head
                .then(|| ground.head_arguments())
                .into_iter()
                .flatten(),
        )
        .output()
        .unwrap();
    let code = output.status.code();
    let told: Value = serde_json::from_slice(&output.stdout)
        .map_err(|_| format!("exit {code:?}, {}", stderr(&output)))?;
    let mut due: Vec<_> = case.found.clone();
    due.sort();
    let found = found(&told);
    let is_right = match case.exactly {
        true => found == due,
        false => due.iter().all(|one| found.contains(one)),
    };
    if !is_right {
        return Err(format!("found {:#}, due {due:?}", told["findings"]));
    }
    let exit = if due.is_empty() { 0 } else { 3 };
    if code != Some(exit) || told["whole"] != (exit == 0) {
        return Err(format!("exit {code:?} where {exit} is due"));
    }
    if case.with_head {
        return Ok(());
    }
    let doctor = place.docket(&["doctor", "--json"]).output().unwrap();
    let told: Value = serde_json::from_slice(&doctor.stdout)
        .map_err(|_| format!("the doctor says nothing: {}", stderr(&doctor)))?;
    let findings = told["findings"].as_array().unwrap();
    let log = findings.iter().find(|finding| finding["check"] == "log");
    let verdict = if due.is_empty() { "fine" } else { "wrong" };
    match log.map(|log| log["verdict"] == verdict) {
        Some(true) => Ok(()),
        _ => Err(format!("the doctor says {log:?} where {verdict} is due")),
    }
}
