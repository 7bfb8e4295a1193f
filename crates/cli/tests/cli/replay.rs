//! `docket replay`: a history a court can read, in the terminal.

use crate::process::{Place, stderr, stdout};
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::{Value, json};
use sqlx::Connection;

on_both_engines!(
    a_declaration_is_replayed_by_its_number_and_up_to_a_version,
    without_unmasked_names_are_masked_and_words_withheld,
    a_turn_tells_under_which_rules_it_was_decided,
);

on_both_engines!(async:
    unmasked_shows_names_and_words_and_is_noted_first,
    a_saved_text_that_is_gone_is_told_and_ends_with_3,
);

/// Of the demo: returned by its work unit and by a superior, then passed.
const NUMBER: &str = "20260303QJWR";
const APPLICANT: &str = "曹映雪";

fn turn<'a>(history: &'a Value, event: &str) -> &'a Value {
    let turns = history["turns"].as_array().unwrap();
    let found = turns.iter().find(|turn| turn["event"] == event);
    found.unwrap_or_else(|| panic!("no {event}"))
}

fn a_declaration_is_replayed_by_its_number_and_up_to_a_version(engine: Engine) {
    let place = Place::demo(engine);
    let whole = place.json(&["replay", "20260303qjwr"]);
    let turns = whole["turns"].as_array().unwrap();
    assert_eq!(turns.last().unwrap()["label"], "评审通过");
    let id = whole["declaration_id"].as_str().unwrap();
    let part = place.json(&["replay", id, "--to", "8"]);
    assert_eq!(part["turns"].as_array().unwrap()[..], turns[..8]);
    let output = place.run(&["replay", "20260303XXXX"]);
    assert_eq!(output.status.code(), Some(1));
}

fn without_unmasked_names_are_masked_and_words_withheld(engine: Engine) {
    let place = Place::demo(engine);
    let text = stdout(&place.run(&["replay", NUMBER]));
    assert!(!text.contains(APPLICANT), "{text}");
    assert!(text.contains("申报人 曹*"), "{text}");
    assert!(
        text.contains("退回原因：（未显示，需 --unmasked）"),
        "{text}"
    );
    let heading = text.lines().nth(2).unwrap();
    for name in [
        "版本",
        "时间",
        "事件",
        "经办",
        "去向",
        "之后",
        "办理截止时间",
    ] {
        assert!(heading.contains(name), "{heading}");
    }
    let history = place.json(&["replay", NUMBER]);
    let returned = turn(&history, "Returned");
    assert_eq!(
        (&returned["reason"], &returned["withheld"]),
        (&Value::Null, &json!(["reason"]))
    );
    assert_eq!(returned["target"], "申报人");
    assert_eq!(
        turn(&history, "Reported")["withheld"],
        json!(["opinion", "responsible_person", "phone"])
    );
}

fn a_turn_tells_under_which_rules_it_was_decided(engine: Engine) {
    let place = Place::demo(engine);
    let history = place.json(&["replay", NUMBER]);
    let signed = turn(&history, "SignedFor");
    assert_eq!(
        (&signed["command"]["name"], &signed["author"]["role"]),
        (&json!("sign"), &json!("operator"))
    );
    assert_eq!(signed["definition"]["kind"], "review");
    let hash = signed["definition"]["hash"].as_str().unwrap();
    let id = signed["command"]["id"].as_str().unwrap();
    assert!(signed["rules"].as_u64().unwrap() > 0);
    let deadline = signed["deadline"].as_str().unwrap();
    assert!(deadline.starts_with("2026-"), "{deadline}");
    let text = stdout(&place.run(&["replay", NUMBER]));
    for told in [hash, id, "当时的办理截止时间", "经办账号"] {
        assert!(text.contains(told), "{told} in {text}");
    }
}

async fn unmasked_shows_names_and_words_and_is_noted_first(engine: Engine) {
    let place = Place::demo(engine);
    let before = place.log().await.audit_trail(1).await.unwrap();
    let history = place.json(&["replay", NUMBER, "--unmasked"]);
    let returned = turn(&history, "Returned");
    let reason = returned["reason"].as_str().unwrap();
    assert_eq!(returned["withheld"], json!([]));
    assert_eq!(turn(&history, "DraftCreated")["author"]["name"], APPLICANT);
    let text = stdout(&place.run(&["replay", NUMBER, "--unmasked"]));
    assert!(text.contains(&format!("退回原因：{reason}")), "{text}");
    let trail = place.log().await.audit_trail(2).await.unwrap();
    assert_ne!(trail[1..], before[..]);
    for row in trail {
        assert_eq!(
            (row.action.as_str(), row.result.as_str()),
            ("replay_unmasked", "done")
        );
        let id = history["declaration_id"].as_str().unwrap();
        assert_eq!(row.subject, Some(format!("declaration/{id}")));
    }
    place.run(&["replay", NUMBER]);
    let newest = place.log().await.audit_trail(3).await.unwrap();
    assert_eq!(
        newest
            .iter()
            .filter(|row| row.action == "replay_unmasked")
            .count(),
        2,
        "a masked replay shows nothing to note"
    );
}

async fn a_saved_text_that_is_gone_is_told_and_ends_with_3(engine: Engine) {
    let place = Place::demo(engine);
    let history = place.json(&["replay", NUMBER]);
    let saved = turn(&history, "SectionSaved");
    assert_eq!(saved["text"], "plain");
    let saved_at = saved["position"].as_u64().unwrap();
    lose(&place, saved_at).await;
    let output = place.run(&["replay", NUMBER]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let version = saved["version"].as_u64().unwrap();
    assert!(
        stderr(&output).contains(&format!("[{version}]")),
        "{}",
        stderr(&output)
    );
    assert!(stdout(&output).contains("内容缺失或被改动，日志中没有原因"));
    let before = place.json(&["replay", NUMBER, "--to", "1"]);
    assert_eq!(before["turns"].as_array().unwrap().len(), 1);
}

/// Removes the document that an event stored, as nobody may: with the trigger out of the way.
async fn lose(place: &Place, saved_at: u64) {
    let named = format!("WHERE position = {saved_at}");
    match place.database() {
        None => {
            let file = place.folder().join("docket.db");
            let url = format!("sqlite://{}", file.display());
            let mut file = sqlx::SqliteConnection::connect(&url).await.unwrap();
            let sql = format!(
                "DROP TRIGGER documents_are_removed_only_erased_or_superseded;
                 DELETE FROM documents WHERE lower(hex(hash)) =
                   (SELECT payload ->> '$.document' FROM events {named})"
            );
            let sql = sqlx::AssertSqlSafe(sql);
            sqlx::raw_sql(sql).execute(&mut file).await.unwrap();
            file.close().await.unwrap();
        }
        Some(database) => {
            database.psql(&format!(
                "ALTER TABLE docket_log.documents DISABLE TRIGGER only_erased_or_superseded;
                 DELETE FROM docket_log.documents WHERE encode(hash, 'hex') =
                   (SELECT payload::json ->> 'document' FROM docket_log.events {named})"
            ));
        }
    }
}
