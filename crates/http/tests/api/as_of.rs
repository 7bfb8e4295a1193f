//! The list as it was.

use crate::support::Service;
use crate::support::cast::Who;
use crate::support::forms::publicity;
use docket_domain::Kind;
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::{Value, json};

on_both_engines!(async:
    every_page_that_was_read_is_read_again_with_nothing_to_do,
    a_time_finds_the_list_of_then,
    a_row_that_is_gone_from_the_list_is_in_the_list_of_then,
    deadlines_are_those_of_the_plan_of_then,
    the_past_is_filtered_and_paged_like_the_present,
    the_past_is_not_searched_by_people,
    a_moment_the_log_has_not_been_through_is_refused,
    the_past_of_a_unit_is_for_those_who_may_see_its_list_now,
    a_query_of_the_past_waits_for_its_position,
);

/// The newest position of the log.
async fn head(service: &Service) -> u64 {
    service.log.head().await.unwrap().position
}

/// The whole list now, with nothing to do: what the past has no answer to.
async fn now(service: &Service, who: &Who) -> Value {
    let path = format!("/worklist?min_position={}", head(service).await);
    let mut page = service.get(who, &path).ok().await.body;
    for item in page["items"].as_array_mut().unwrap() {
        item["actions"] = json!([]);
    }
    page
}

async fn then(service: &Service, who: &Who, as_of: impl std::fmt::Display) -> Value {
    let path = format!("/worklist?as_of={as_of}");
    service.get(who, &path).ok().await.body
}

async fn every_page_that_was_read_is_read_again_with_nothing_to_do(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let (first, second) = (&cast.school.first, &cast.school.second);
    let mut pages = Vec::new();
    let mut note = async |at: u64| pages.push((at, now(&service, first).await));
    note(head(&service).await).await;
    let id = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    note(head(&service).await).await;
    service
        .submitted(&cast.applicants[1], Kind::Initial, &cast.school)
        .await;
    note(head(&service).await).await;
    for (who, action) in [
        (first, "sign"),
        (second, "reassign"),
        (first, "reassign"),
        (first, "approve-and-publicize"),
    ] {
        service.act(who, &id, action).ok().await;
        note(head(&service).await).await;
    }
    service.clock.set("2026-03-09 10:00");
    service
        .report(first, &id, &cast.bureau, Some(publicity()))
        .await;
    note(head(&service).await).await;
    let tabs: Vec<&Value> = pages
        .iter()
        .map(|(_, page)| &page["counts"]["to_review"])
        .collect();
    assert_eq!(tabs, [0, 0, 0, 1, 1, 1, 0, 0], "the list moved");
    for (at, page) in &pages {
        assert_eq!(then(&service, first, at).await, *page, "position {at}");
    }
    let taken = pages[4].1["items"].as_array().unwrap();
    let handled = taken.iter().filter(|item| item.get("handler").is_some());
    let handled: Vec<_> = handled
        .map(|item| (&item["declaration_id"], &item["handler"]["me"]))
        .collect();
    assert_eq!(handled, [(&json!(id), &json!(false))], "the second had it");
}

async fn a_time_finds_the_list_of_then(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let who = &cast.school.first;
    service.clock.set("2026-03-02 10:00");
    let id = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    service.clock.set("2026-03-03 10:00");
    service.act(who, &id, "sign").ok().await;
    service.clock.set("2026-03-04 10:00");
    let tab = |page: &Value| page["items"][0]["tab"].clone();
    for (time, expected) in [
        ("2026-03-02T09:59:00%2B08:00", Value::Null),
        ("2026-03-02T12:00:00%2B08:00", json!("to_sign")),
        ("2026-03-03T09:59:59%2B08:00", json!("to_sign")),
        ("2026-03-03T10:00:00%2B08:00", json!("to_review")),
        ("2026-03-03T02:00:00Z", json!("to_review")),
        // A client that does not escape the sign.
        ("2026-03-03T09:59:59+08:00", json!("to_sign")),
        ("2026-03-04T10:00:00%2B08:00", json!("to_review")),
    ] {
        assert_eq!(tab(&then(&service, who, time).await), expected, "{time}");
    }
    let search = json!({"as_of": "2026-03-02T12:00:00+08:00", "tab": "to_sign"});
    let found = service.post(who, "/worklist/search", search).ok().await;
    assert_eq!(
        (tab(&found.body), &found.body["counts"]["to_sign"]),
        (json!("to_sign"), &json!(1))
    );
    for position in [
        json!(head(&service).await),
        json!(head(&service).await.to_string()),
    ] {
        let search = json!({"as_of": position});
        let found = service.post(who, "/worklist/search", search).ok().await;
        assert_eq!(tab(&found.body), "to_review");
    }
}

async fn a_row_that_is_gone_from_the_list_is_in_the_list_of_then(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .publicized(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let first = &cast.school.first;
    service
        .report(first, &id, &cast.bureau, Some(publicity()))
        .await;
    let reported = head(&service).await;
    let list = now(&service, &cast.bureau.first).await;
    assert_eq!(list["items"][0]["applicant"], "钱*");
    service.act(first, &id, "withdraw").ok().await;
    let empty = now(&service, &cast.bureau.first).await;
    assert_eq!(
        (&empty["total"], &empty["counts"]["all"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(then(&service, &cast.bureau.first, reported).await, list);
    let after = then(&service, &cast.bureau.first, head(&service).await).await;
    assert_eq!(after, empty);
}

async fn deadlines_are_those_of_the_plan_of_then(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let who = &cast.school.first;
    service
        .signed(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let (before, list) = (head(&service).await, now(&service, who).await);
    let plan = json!({"deadlines": {"work_unit": "2026-03-05T18:00:00+08:00"}});
    let path = format!("/committees/{}", cast.committee.0);
    service.put(&cast.office.legal, &path, plan).ok().await;
    service.clock.set("2026-03-06 10:00");
    let row = |page: &Value| {
        let row = &page["items"][0];
        (row["review_deadline"].clone(), row["overdue"].clone())
    };
    let late = (json!("2026-03-05T18:00:00+08:00"), json!(true));
    assert_eq!(row(&now(&service, who).await), late);
    assert_eq!(then(&service, who, before).await, list);
    assert_eq!(
        row(&list),
        (json!("2026-05-31T18:00:00+08:00"), json!(false))
    );
    // At the instant of that plan nothing was overdue, a day later it was.
    let (planned, _) = row(&then(&service, who, head(&service).await).await);
    assert_eq!(planned, late.0);
    let a_day_later = then(&service, who, "2026-03-05T18:00:00%2B08:00").await;
    assert_eq!(row(&a_day_later), late);
    let before_it = then(&service, who, "2026-03-05T17:59:59%2B08:00").await;
    assert_eq!(row(&before_it), (late.0, json!(false)));
}

async fn the_past_is_filtered_and_paged_like_the_present(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let who = &cast.school.first;
    let mut last = String::new();
    for (minute, applicant) in cast.applicants.iter().enumerate() {
        service.clock.set(&format!("2026-03-02 09:{minute:02}"));
        last = service
            .submitted(applicant, Kind::Review, &cast.school)
            .await;
    }
    let (at, list) = (head(&service).await, now(&service, who).await);
    let all = list["items"].as_array().unwrap();
    service.act(who, &last, "sign").ok().await;
    let mut walked = Vec::new();
    let mut path = format!("/worklist?limit=3&as_of={at}");
    loop {
        let page = service.get(who, &path).ok().await.body;
        assert_eq!(page["counts"], list["counts"]);
        walked.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/worklist?limit=3&as_of={at}&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(walked, *all);
    for (page, rows) in (1..).zip(all.chunks(2)) {
        let path = format!("/worklist?limit=2&page={page}");
        let jumped = service.get(who, &format!("{path}&as_of={at}")).ok().await;
        assert_eq!(jumped.body["items"].as_array().unwrap(), rows, "{path}");
        assert_eq!(jumped.body["total"], list["total"], "{path}");
    }
    let number = all[1]["number"].as_str().unwrap();
    for (filter, expected) in [
        ("tab=to_sign".to_owned(), &all[..]),
        ("tab=to_review".to_owned(), &[]),
        ("kind=initial".to_owned(), &[]),
        (format!("number={number}"), &all[1..2]),
        ("work_unit=%E6%B2%A1%E6%9C%89".to_owned(), &[]),
        ("submitted_from=2026-03-02".to_owned(), &all[..]),
        ("submitted_to=2026-03-01".to_owned(), &[]),
    ] {
        let path = format!("/worklist?as_of={at}&{filter}");
        let page = service.get(who, &path).ok().await.body;
        assert_eq!(page["items"].as_array().unwrap(), expected, "{filter}");
    }
}

async fn the_past_is_not_searched_by_people(engine: Engine) {
    let service = Service::start(engine).await;
    let who = &service.cast.school.first;
    let at = head(&service).await;
    for field in ["name", "phone", "id_number"] {
        let search = json!({"as_of": at, field: "1"});
        let refused = service
            .post(who, "/worklist/search", search)
            .refused(422, "FIELD_INVALID")
            .await;
        assert_eq!(refused.body["field"], field);
    }
}

async fn a_moment_the_log_has_not_been_through_is_refused(engine: Engine) {
    let service = Service::start(engine).await;
    let who = &service.cast.school.first;
    let head = head(&service).await;
    for bad in [
        "0".to_owned(),
        "-1".to_owned(),
        "yesterday".to_owned(),
        "2026-03-02".to_owned(),
        "99999999999999999999".to_owned(),
        (head + 1).to_string(),
        "2026-03-02T09:00:01%2B08:00".to_owned(),
        "2020-01-01T00:00:00Z".to_owned(),
    ] {
        let path = format!("/worklist?as_of={bad}");
        let refused = service.get(who, &path).refused(422, "FIELD_INVALID").await;
        assert_eq!(refused.body["field"], "as_of", "{bad}");
        assert!(!refused.body["detail"].as_str().unwrap().is_empty());
    }
    for bad in [json!(head + 1), json!("soon"), json!(true), json!("")] {
        let refused = service
            .post(who, "/worklist/search", json!({"as_of": bad}))
            .refused(422, "FIELD_INVALID")
            .await;
        assert_eq!(refused.body["field"], "as_of", "{bad}");
    }
    then(&service, who, head).await;
}

async fn the_past_of_a_unit_is_for_those_who_may_see_its_list_now(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let school = &cast.school;
    service
        .submitted(&cast.applicants[0], Kind::Review, school)
        .await;
    let initial = service
        .submitted(&cast.applicants[1], Kind::Initial, school)
        .await;
    let at = head(&service).await;
    let stranger = then(&service, &cast.stranger.first, at).await;
    assert_eq!(
        (&stranger["total"], &stranger["counts"]["all"]),
        (&json!(0), &json!(0))
    );
    let path = format!("/worklist?as_of={at}");
    service
        .get(&cast.applicants[0], &path)
        .refused(403, "NO_PERMISSION")
        .await;
    let menus = format!(
        "/units/{}/operators/{}/menus",
        school.id, school.second.person
    );
    service
        .put(&school.legal, &menus, json!({"menus": ["initial_audit"]}))
        .ok()
        .await;
    let page = then(&service, &school.second, at).await;
    assert_eq!(
        (&page["items"][0]["declaration_id"], &page["counts"]["all"]),
        (&json!(initial), &json!(1))
    );
    service
        .get(&school.second, &format!("{path}&kind=review"))
        .refused(403, "NO_PERMISSION")
        .await;
}

async fn a_query_of_the_past_waits_for_its_position(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let who = &cast.school.first;
    let id = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let before = head(&service).await;
    then(&service, who, before).await;
    service.freeze_views().await;
    service.act(who, &id, "sign").ok().await;
    let path = format!("/worklist?as_of={}", head(&service).await);
    service.get(who, &path).refused(503, "BEHIND").await;
    let stale = service.get(who, &format!("{path}&stale=ok")).ok().await;
    assert_eq!(
        (
            stale.header("docket-behind"),
            &stale.body["items"][0]["tab"]
        ),
        ("true", &json!("to_sign"))
    );
    assert_eq!(
        then(&service, who, before).await["items"][0]["tab"],
        "to_sign",
        "what was seen is answered at once"
    );
}
