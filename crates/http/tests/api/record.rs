//! 办理记录 over HTTP.

use crate::support::Service;
use crate::support::forms::publicity;
use docket_domain::Kind;
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::{Value, json};

on_both_engines!(async:
    the_record_is_newest_first_masked_and_with_the_deadline_on_the_newest_row,
    the_applicant_reads_it_without_the_recommendation,
    only_an_auditor_reads_it_unmasked_and_that_is_audited,
    a_drafts_record_knows_its_applicant,
);

async fn the_record_is_newest_first_masked_and_with_the_deadline_on_the_newest_row(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .signed(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let record = service
        .get(&cast.school.second, &format!("/declarations/{id}/record"))
        .ok()
        .await;
    let items = record.body["items"].as_array().unwrap();
    let events: Vec<&Value> = items.iter().map(|item| &item["event"]).collect();
    assert_eq!(events, ["签收申报书", "提交申报书", "填写申报书"]);
    assert_eq!(items[0]["operator"], "赵*");
    assert_eq!(
        items[0]["pending"],
        json!({"who": "赵*", "deadline": "2026-05-31T18:00:00+08:00"})
    );
    assert_eq!(items[1]["pending"], json!({"who": cast.school.name}));
    assert_eq!(
        (&items[2]["no"], &items[2]["operator"], &items[2]["note"]),
        (&json!(3), &json!("钱*"), &json!("无"))
    );
}

async fn the_applicant_reads_it_without_the_recommendation(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .publicized(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    service
        .report(&cast.school.first, &id, &cast.bureau, Some(publicity()))
        .await;
    let path = format!("/declarations/{id}/record");
    let note =
        |reply: crate::support::Reply| reply.body["items"][0]["note"].as_str().unwrap().to_owned();
    let own = note(service.get(&cast.applicants[0], &path).ok().await);
    assert_eq!(
        own,
        "报送至：渝北区教育委员会；公示时间：2026-03-02 至 2026-03-06"
    );
    let unit = note(service.get(&cast.bureau.first, &path).ok().await);
    assert_eq!(unit, format!("{own}；推荐意见：同意推荐"));
}

async fn only_an_auditor_reads_it_unmasked_and_that_is_audited(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .signed(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let path = format!("/declarations/{id}/record?unmasked=true");
    service
        .get(&cast.school.first, &path)
        .refused(403, "NO_PERMISSION")
        .await;
    service
        .get(&cast.applicants[0], &path)
        .refused(403, "NO_PERMISSION")
        .await;
    let record = service.get(&cast.auditor, &path).ok().await;
    assert_eq!(record.body["items"][0]["operator"], "赵甲");
    let newest = service.log.audit_trail(1).await.unwrap().remove(0);
    assert_eq!(newest.action, "view_record_unmasked");
}

async fn a_drafts_record_knows_its_applicant(engine: Engine) {
    let service = Service::start(engine).await;
    let applicant = &service.cast.applicants[0];
    let draft = service
        .draft(applicant, Kind::Initial, &service.cast.school)
        .await;
    let path = format!(
        "/declarations/{}/record?min_position={}",
        draft.id(),
        draft.position()
    );
    let record = service.get(applicant, &path).ok().await;
    assert_eq!(record.body["items"][0]["operator"], "钱*");
    assert!(record.header("docket-position").parse::<u64>().unwrap() >= draft.position());
}
