//! Erased, superseded, withheld and missing are four things.

use crate::support::Service;
use crate::support::cast::Who;
use crate::support::forms::sections;
use docket_domain::Kind;
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::{Value, json};

on_both_engines!(async:
    an_earlier_text_is_read_by_auditors_and_by_the_applicant_alone,
    the_text_of_a_deleted_draft_is_erased,
    a_collected_text_is_superseded,
    a_text_that_is_gone_without_a_reason_is_corrupt_and_harms_no_other,
    a_text_that_was_exchanged_is_corrupt_too,
);

async fn save(service: &Service, who: &Who, id: &str, section: &str, body: Value) -> u64 {
    let path = format!("/declarations/{id}");
    let version = service.get(who, &path).ok().await.version();
    let saved = service.put(who, &format!("{path}/sections/{section}"), body);
    saved.if_match(version).ok().await.version()
}

fn basic() -> Value {
    sections(Kind::Review).remove(0).1
}

fn changed(text: &str) -> Value {
    let mut body = basic();
    body["summary"] = json!(text);
    body
}

/// A draft whose 基本信息 was saved twice, at versions 2 and 3.
async fn saved_twice(service: &Service) -> String {
    let cast = &service.cast;
    let id = service
        .draft(&cast.applicants[0], Kind::Review, &cast.school)
        .await
        .id();
    assert_eq!(
        save(service, &cast.applicants[0], &id, "basic", changed("初稿")).await,
        2
    );
    assert_eq!(
        save(service, &cast.applicants[0], &id, "basic", changed("定稿")).await,
        3
    );
    id
}

fn section(id: &str, version: u64) -> String {
    format!("/declarations/{id}/sections/basic?as_of_version={version}")
}

/// The hash of the document that the event of a version stored, and its position.
async fn document(service: &Service, id: &str, version: usize) -> (String, u64) {
    let path = format!("/declarations/{id}/events");
    let events = service.get(&service.cast.auditor, &path).ok().await.body;
    let opened = &events["items"][version - 1]["opened"];
    let hash = opened["data"]["document"].as_str().unwrap().to_owned();
    (hash, opened["position"].as_u64().unwrap())
}

/// Removes a document as nobody may: with the trigger out of the way.
async fn lose(service: &Service, hash: &str) {
    let on_sqlite = format!(
        "DROP TRIGGER documents_are_removed_only_erased_or_superseded;
         DELETE FROM documents WHERE hash = x'{hash}'"
    );
    let on_postgres = format!(
        "ALTER TABLE docket_log.documents DISABLE TRIGGER only_erased_or_superseded;
         DELETE FROM docket_log.documents WHERE hash = '\\x{hash}'"
    );
    service.around_the_log(&on_sqlite, &on_postgres).await;
}

async fn an_earlier_text_is_read_by_auditors_and_by_the_applicant_alone(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = saved_twice(&service).await;
    for who in [&cast.applicants[0], &cast.auditor] {
        for (version, text) in [(2, "初稿"), (3, "定稿")] {
            let shown = service.get(who, &section(&id, version)).ok().await;
            let saved = &shown.body["saved"];
            assert_eq!(saved["body"]["summary"], text);
            assert_eq!(
                (&saved["content"], &saved["version"]),
                (&json!("plain"), &json!(version))
            );
            assert_eq!(shown.header("etag"), "\"3\"");
            let newest = service.log.audit_trail(1).await.unwrap().remove(0);
            assert_eq!(
                (newest.action.as_str(), newest.actor),
                ("view_section", Some(who.person.0))
            );
        }
    }
    for (version, code) in [(0, "FIELD_INVALID"), (4, "FIELD_INVALID")] {
        let outside = service.get(&cast.auditor, &section(&id, version));
        outside.refused(422, code).await;
    }
    let none_yet = service.get(&cast.auditor, &section(&id, 1));
    none_yet.refused(404, "NOT_FOUND").await;
    let stranger = service.get(&cast.applicants[1], &section(&id, 2));
    stranger.refused(404, "NOT_FOUND").await;
    let unit = service.get(&cast.school.first, &section(&id, 2));
    unit.refused(404, "NOT_FOUND").await;
    service.fill(&cast.applicants[0], &id, Kind::Review).await;
    service.act(&cast.applicants[0], &id, "submit").ok().await;
    let unit = service.get(&cast.school.first, &section(&id, 2));
    unit.refused(403, "NO_PERMISSION").await;
}

async fn the_text_of_a_deleted_draft_is_erased(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = saved_twice(&service).await;
    service
        .delete(&cast.applicants[0], &format!("/declarations/{id}"))
        .ok()
        .await;
    let shown = service.get(&cast.auditor, &section(&id, 2)).ok().await;
    assert_eq!(shown.body["saved"]["content"], "erased");
    assert_eq!(shown.body["saved"]["body"], Value::Null);
    let own = service.get(&cast.applicants[0], &section(&id, 2));
    own.refused(404, "NOT_FOUND").await;
    let events = service
        .get(&cast.auditor, &format!("/declarations/{id}/events"))
        .ok()
        .await;
    assert_eq!(events.body["items"][1]["opened"]["content"], "erased");
    assert_eq!(events.body["items"][0]["opened"]["content"], Value::Null);
}

async fn a_collected_text_is_superseded(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = saved_twice(&service).await;
    let (hash, saved_at) = document(&service, &id, 2).await;
    let (_, later_at) = document(&service, &id, 3).await;
    let collected = |documents: &str, superseded: &str, hash: &str| {
        format!(
            "INSERT INTO {superseded} (hash, saved_at, later_at) VALUES ({hash}, {saved_at}, {later_at});
             DELETE FROM {documents} WHERE hash = {hash}"
        )
    };
    let on_sqlite = collected("documents", "superseded", &format!("x'{hash}'"));
    let on_postgres = collected(
        "docket_log.documents",
        "docket_log.superseded",
        &format!("'\\x{hash}'"),
    );
    service.around_the_log(&on_sqlite, &on_postgres).await;
    let then = service.get(&cast.auditor, &section(&id, 2)).ok().await;
    assert_eq!(then.body["saved"]["content"], "superseded");
    assert_eq!(then.body["saved"]["body"], Value::Null);
    let now = service.get(&cast.auditor, &section(&id, 3)).ok().await;
    assert_eq!(now.body["saved"]["content"], "plain");
    let replay = format!("/declarations/{id}/replay?to_version=2");
    let replay = service.get(&cast.auditor, &replay).ok().await;
    assert_eq!(
        replay.body["state"]["sections"]["basic"]["content"],
        "superseded"
    );
    let events = service
        .get(&cast.auditor, &format!("/declarations/{id}/events"))
        .ok()
        .await;
    assert_eq!(events.body["items"][1]["opened"]["content"], "superseded");
    assert_eq!(events.body["items"][2]["opened"]["content"], "plain");
}

async fn a_text_that_is_gone_without_a_reason_is_corrupt_and_harms_no_other(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = saved_twice(&service).await;
    service.fill(&cast.applicants[0], &id, Kind::Review).await;
    let (hash, position) = document(&service, &id, 4).await;
    lose(&service, &hash).await;
    let refused = service
        .get(&cast.auditor, &section(&id, 4))
        .refused(500, "CORRUPT")
        .await;
    assert_eq!(refused.body["position"], position);
    let earlier = service.get(&cast.auditor, &section(&id, 3)).ok().await;
    assert_eq!(earlier.body["saved"]["body"]["summary"], "定稿");
    for who in [&cast.applicants[0], &cast.auditor] {
        let shown = service.get(who, &format!("/declarations/{id}")).ok().await;
        let lost = &shown.body["sections"]["basic"];
        assert_eq!(
            (&lost["content"], &lost["body"], &lost["problem"]["code"]),
            (&json!("missing"), &Value::Null, &json!("CORRUPT"))
        );
        assert_eq!(lost["position"], position);
        let whole = &shown.body["sections"]["education"];
        assert_eq!(whole["content"], "plain");
        assert_eq!(whole["body"]["rows"][0]["school"], "某某大学");
    }
    let replay = service
        .get(&cast.auditor, &format!("/declarations/{id}/replay"))
        .ok()
        .await;
    let sections = &replay.body["state"]["sections"];
    assert_eq!(sections["basic"]["content"], "missing");
    assert_eq!(sections["education"]["content"], "plain");
    let events = service
        .get(&cast.auditor, &format!("/declarations/{id}/events"))
        .ok()
        .await;
    assert_eq!(events.body["items"][3]["opened"]["content"], "missing");
}

async fn a_text_that_was_exchanged_is_corrupt_too(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = saved_twice(&service).await;
    let (hash, position) = document(&service, &id, 3).await;
    let (other, _) = document(&service, &id, 2).await;
    let on_sqlite = format!(
        "DROP TRIGGER documents_are_never_updated;
         UPDATE documents SET bytes = (SELECT bytes FROM documents WHERE hash = x'{other}') WHERE hash = x'{hash}'"
    );
    let on_postgres = format!(
        "ALTER TABLE docket_log.documents DISABLE TRIGGER never_changed;
         UPDATE docket_log.documents SET bytes = (SELECT bytes FROM docket_log.documents WHERE hash = '\\x{other}')
         WHERE hash = '\\x{hash}'"
    );
    service.around_the_log(&on_sqlite, &on_postgres).await;
    let refused = service
        .get(&cast.auditor, &section(&id, 3))
        .refused(500, "CORRUPT")
        .await;
    assert_eq!(refused.body["position"], position);
}
