//! The list, its search, its counts and its stream.

use crate::support::Service;
use docket_domain::Kind;
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use futures::StreamExt;
use serde_json::{Value, json};

on_both_engines!(async:
    a_row_is_masked_and_carries_what_the_screen_shows,
    counts_ignore_the_filters_and_the_total_follows_them,
    personal_data_are_searched_in_a_body,
    a_list_is_walked_by_cursor_and_by_page,
    an_operator_sees_the_kinds_of_the_menus_ticked,
    a_query_waits_for_the_position_it_is_asked_for,
    the_stream_tells_the_counts_at_once_and_with_every_change_and_ends_with_the_server,
    an_applicants_list_shows_the_way_ahead,
);

fn ids(page: &Value) -> Vec<String> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["declaration_id"].as_str().unwrap().to_owned())
        .collect()
}

async fn a_row_is_masked_and_carries_what_the_screen_shows(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let applicant = &cast.applicants[0];
    let id = service
        .submitted(applicant, Kind::Review, &cast.school)
        .await;
    let page = service
        .get(&cast.school.first, "/worklist?kind=review&tab=to_sign")
        .ok()
        .await;
    assert_eq!(page.header("cache-control"), "no-store");
    let row = &page.body["items"][0];
    assert_eq!(
        (&row["declaration_id"], &row["tab"], &row["status_label"]),
        (&json!(id), &json!("to_sign"), &json!("待签收"))
    );
    assert_eq!(
        (&row["applicant"], &row["title_level"]),
        (&json!("钱*"), &json!("middle"))
    );
    assert_eq!(
        row["id_number"],
        format!("5001**********{}", &applicant.id_number[14..])
    );
    assert_eq!(row["committee"], "重庆市工程技术职称评审委员会");
    assert_eq!(
        (&row["work_unit"], &row["person_category"]),
        (&json!(cast.school.name), &json!("事业单位人员"))
    );
    assert_eq!(
        (&row["review_deadline"], &row["overdue"]),
        (&json!("2026-05-31T18:00:00+08:00"), &json!(false))
    );
    assert_eq!(row["actions"], json!(["sign"]));
    assert!(row.get("handler").is_none());
    assert!(!page.text.contains(&applicant.id_number));
}

async fn counts_ignore_the_filters_and_the_total_follows_them(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let first = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    service
        .signed(&cast.applicants[1], Kind::Initial, &cast.school)
        .await;
    let who = &cast.school.first;
    let page = service.get(who, "/worklist?tab=to_sign").ok().await;
    assert_eq!(
        (&page.body["total"], ids(&page.body)),
        (&json!(1), vec![first.clone()])
    );
    let counts = &page.body["counts"];
    assert_eq!(
        (&counts["to_sign"], &counts["to_review"], &counts["all"]),
        (&json!(1), &json!(1), &json!(2))
    );
    assert_eq!(counts.as_object().unwrap().len(), 8);
    let reviews = service.get(who, "/worklist?kind=review").ok().await;
    assert_eq!(reviews.body["counts"]["all"], 1);
    let number = page.body["items"][0]["number"].as_str().unwrap();
    let found = service
        .get(who, &format!("/worklist?number={number}"))
        .ok()
        .await;
    assert_eq!(
        (ids(&found.body), &found.body["counts"]["all"]),
        (vec![first.clone()], &json!(2))
    );
    for (filter, total) in [
        ("work_unit=%E8%8A%B1%E5%9B%AD", 2),
        ("work_unit=%E6%B2%A1%E6%9C%89", 0),
        ("submitted_from=2026-03-02&submitted_to=2026-03-02", 2),
        ("submitted_from=2026-03-03", 0),
        ("submitted_to=2026-03-01", 0),
    ] {
        let page = service.get(who, &format!("/worklist?{filter}")).ok().await;
        assert_eq!(page.body["total"], total, "{filter}");
    }
}

async fn personal_data_are_searched_in_a_body(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let applicant = &cast.applicants[0];
    let id = service
        .submitted(applicant, Kind::Review, &cast.school)
        .await;
    service
        .submitted(&cast.applicants[1], Kind::Review, &cast.school)
        .await;
    let search = |body| service.post(&cast.school.first, "/worklist/search", body);
    for (body, found) in [
        (json!({"name": "钱"}), 1),
        (json!({"name": "小一"}), 0),
        (json!({"phone": applicant.mobile}), 1),
        (json!({"phone": &applicant.mobile[..7]}), 0),
        (json!({"id_number": applicant.id_number.to_lowercase()}), 1),
        (json!({"tab": "to_sign", "limit": 1}), 1),
        (json!({"tab": "concluded"}), 0),
    ] {
        let page = search(body.clone()).ok().await;
        assert_eq!(ids(&page.body).len(), found, "{body}");
    }
    assert_eq!(
        ids(&search(json!({"name": "钱小一"})).ok().await.body),
        [id]
    );
    let wrong = search(json!({"nmae": "钱"}))
        .refused(422, "FIELD_INVALID")
        .await;
    assert_eq!(wrong.body["field"], "nmae");
}

async fn a_list_is_walked_by_cursor_and_by_page(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let mut submitted = Vec::new();
    for (minute, applicant) in cast.applicants.iter().enumerate() {
        service.clock.set(&format!("2026-03-02 09:{minute:02}"));
        submitted.push(
            service
                .submitted(applicant, Kind::Review, &cast.school)
                .await,
        );
    }
    submitted.reverse();
    let who = &cast.school.first;
    let mut walked = Vec::new();
    let mut path = "/worklist?limit=3".to_owned();
    loop {
        let page = service.get(who, &path).ok().await;
        walked.extend(ids(&page.body));
        match page.body["next_cursor"].as_str() {
            Some(cursor) => path = format!("/worklist?limit=3&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(walked, submitted);
    let second = service.get(who, "/worklist?limit=3&page=2").ok().await;
    assert_eq!(ids(&second.body), submitted[3..]);
    service
        .get(who, "/worklist?page=2&cursor=00")
        .refused(422, "FIELD_INVALID")
        .await;
}

async fn an_operator_sees_the_kinds_of_the_menus_ticked(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let school = &cast.school;
    service
        .submitted(&cast.applicants[0], Kind::Review, school)
        .await;
    let initial = service
        .submitted(&cast.applicants[1], Kind::Initial, school)
        .await;
    let menus = format!(
        "/units/{}/operators/{}/menus",
        school.id, school.second.person
    );
    service
        .put(&school.legal, &menus, json!({"menus": ["initial_audit"]}))
        .ok()
        .await;
    let page = service.get(&school.second, "/worklist").ok().await;
    assert_eq!(
        (ids(&page.body), &page.body["counts"]["all"]),
        (vec![initial], &json!(1))
    );
    service
        .get(&school.second, "/worklist?kind=review")
        .refused(403, "NO_PERMISSION")
        .await;
}

async fn a_query_waits_for_the_position_it_is_asked_for(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let signed = service.act(&cast.school.first, &id, "sign").ok().await;
    let path = format!("/worklist?min_position={}", signed.position());
    let page = service.get(&cast.school.first, &path).ok().await;
    assert_eq!(page.body["items"][0]["tab"], "to_review");
    service.freeze_views().await;
    let moved = service
        .act(&cast.school.first, &id, "approve-and-publicize")
        .ok()
        .await;
    assert_eq!(moved.header("docket-visible"), "false");
    let path = format!("/worklist?min_position={}", moved.position());
    let behind = service
        .get(&cast.school.first, &path)
        .refused(503, "BEHIND")
        .await;
    assert_eq!(
        (behind.header("retry-after"), &behind.body["position"]),
        ("1", &json!(signed.position()))
    );
    assert_eq!(
        behind.header("docket-position"),
        signed.position().to_string()
    );
    let stale = service
        .get(&cast.school.first, &format!("{path}&stale=ok"))
        .ok()
        .await;
    assert_eq!(
        (
            stale.header("docket-behind"),
            &stale.body["items"][0]["tab"]
        ),
        ("true", &json!("to_review"))
    );
}

async fn the_stream_tells_the_counts_at_once_and_with_every_change_and_ends_with_the_server(
    engine: Engine,
) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let mut who = cast.school.first.clone();
    who.unit = None;
    let path = format!("/worklist/stream?unit={}", cast.school.id);
    let response = service.get(&who, &path).response().await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut events = response.into_body().into_data_stream();
    let first = String::from_utf8(events.next().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(first.contains("\"all\":0"), "{first}");
    let id = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let second = String::from_utf8(events.next().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(second.contains("\"to_sign\":1"), "{second}");
    let position: u64 = second
        .lines()
        .find_map(|line| line.strip_prefix("id: "))
        .unwrap()
        .parse()
        .unwrap();
    assert!(position >= 1);
    service.act(&cast.school.first, &id, "sign").ok().await;
    let third = String::from_utf8(events.next().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(third.contains("\"to_review\":1"), "{third}");
    service.stop();
    assert!(events.next().await.is_none());
    service
        .get(&cast.applicants[1], &path)
        .refused(403, "NO_PERMISSION")
        .await;
}

async fn an_applicants_list_shows_the_way_ahead(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    service
        .signed(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let page = service
        .get(&cast.applicants[0], "/declarations/mine?limit=1")
        .ok()
        .await;
    let row = &page.body["items"][0];
    assert_eq!(
        (&row["status_label"], &row["target"]),
        (&json!("待单位审核"), &json!("重庆市工程技术职称评审委员会"))
    );
    let progress: Vec<(&str, &str)> = row["progress"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| {
            (
                point["label"].as_str().unwrap(),
                point["state"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(progress[..2], [("填写中", "done"), ("单位审核", "current")]);
    assert_eq!(progress.last(), Some(&("评审委员会审核", "ahead")));
    service
        .get(&cast.school.first, "/declarations/mine")
        .refused(403, "NO_PERMISSION")
        .await;
}
