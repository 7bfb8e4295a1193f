//! Accounts, units, catalogue, settings, workflows and the machine.

use crate::support::Service;
use axum::http::Method;
use docket_domain::Kind;
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::{Value, json};

on_both_engines!(async:
    everybody_learns_for_whom_to_act,
    a_unit_completes_its_profile_and_can_be_reported_to,
    operators_are_added_listed_masked_and_removed,
    switching_sign_off_is_an_event_of_the_unit,
    committees_are_set_up_planned_and_offered,
    an_accepting_unit_keeps_one_setting_per_kind,
    a_year_of_the_calendar_is_loaded_by_an_operator_of_the_system,
    workflows_are_public_data,
    the_catalogue_has_twenty_seven_series,
);

fn profile(name: &str, credit_code: &str) -> Value {
    json!({
        "name": name, "credit_code": credit_code, "registered_in": "重庆市巫溪县", "insured_in": "重庆市巫溪县",
        "nature": "事业单位", "grassroots": false, "expert_supervisor": "主管部门", "returnee_supervisor": "主管部门",
        "manufacturing_clusters": ["其他产业"], "science_layout": ["其他产业"], "sign_off": true,
    })
}

async fn everybody_learns_for_whom_to_act(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let me = service.get(&cast.school.first, "/me").ok().await;
    assert_eq!(
        (&me.body["name"], &me.body["account"]),
        (&json!("赵甲"), &json!("natural"))
    );
    assert_eq!(me.body["units"][0]["unit_id"], json!(cast.school.id));
    assert_eq!(
        me.body["units"][0]["menus"],
        json!(["review_audit", "initial_audit", "confirmation_audit"])
    );
    let legal = service.get(&cast.school.legal, "/me").ok().await;
    assert_eq!(
        (&legal.body["name"], &legal.body["acting_unit_id"]),
        (&json!("法人用户"), &json!(cast.school.id))
    );
    let foreign = service
        .get(&cast.auditor, "/me")
        .header("docket-unit", &cast.school.id.to_string());
    foreign.refused(403, "NO_PERMISSION").await;
    let auditor = service.get(&cast.auditor, "/me").ok().await;
    assert_eq!(auditor.body["roles"], json!(["auditor"]));
}

async fn a_unit_completes_its_profile_and_can_be_reported_to(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let unit = &cast.unready;
    let path = format!("/units/{}/profile", unit.id);
    let before = service.get(&unit.legal, &path).ok().await;
    assert_eq!(before.body["ready"], false);
    let code = before.body["credit_code"].as_str().unwrap().to_owned();
    let wrong = service.put(
        &unit.legal,
        &path,
        profile(&unit.name, "91500112MA5000001X"),
    );
    assert_eq!(
        wrong.refused(422, "FIELD_INVALID").await.body["field"],
        "credit_code"
    );
    let mut without = profile(&unit.name, &code);
    without.as_object_mut().unwrap().remove("sign_off");
    assert_eq!(
        service
            .put(&unit.legal, &path, without)
            .refused(422, "FIELD_REQUIRED")
            .await
            .body["field"],
        "sign_off"
    );
    let saved = service
        .put(&unit.legal, &path, profile(&unit.name, &code))
        .ok()
        .await;
    assert_eq!(saved.body["events"][0]["type"], "UnitProfileCompleted");
    let found = service
        .get(&cast.school.first, "/units?q=%E5%B7%AB%E6%BA%AA&ready=true")
        .ok()
        .await;
    assert_eq!(found.body["items"][0]["unit_id"], json!(unit.id));
    service
        .put(&cast.school.legal, &path, profile(&unit.name, &code))
        .refused(403, "NO_PERMISSION")
        .await;
    service
        .get(&cast.school.legal, &path)
        .refused(403, "NO_PERMISSION")
        .await;
}

async fn operators_are_added_listed_masked_and_removed(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let (school, person) = (&cast.school, &cast.applicants[3]);
    let path = format!("/units/{}/operators", school.id);
    let added = service
        .post(&school.legal, &path, json!({"id_number": person.id_number}))
        .ok()
        .await;
    assert_eq!(added.status, 201);
    let again = service.post(&school.legal, &path, json!({"person_id": person.person}));
    again.refused(409, "ALREADY_EXISTS").await;
    let unknown = service.post(
        &school.legal,
        &path,
        json!({"id_number": crate::support::cast::id_number(900)}),
    );
    assert_eq!(
        unknown.refused(422, "FIELD_INVALID").await.body["field"],
        "id_number"
    );
    service
        .post(&school.first, &path, json!({"person_id": person.person}))
        .refused(403, "NO_PERMISSION")
        .await;
    let list = service.get(&school.legal, &path).ok().await;
    assert_eq!(list.body["items"].as_array().unwrap().len(), 3);
    assert!(!list.text.contains(&person.id_number) && !list.text.contains(&person.name));
    let member = format!("{path}/{}", person.person);
    let menus = service.put(
        &school.legal,
        &format!("{member}/menus"),
        json!({"menus": ["no_such_menu"]}),
    );
    assert_eq!(
        menus.refused(422, "FIELD_INVALID").await.body["field"],
        "menus[0]"
    );
    service.delete(&school.legal, &member).ok().await;
    service
        .delete(&school.legal, &member)
        .refused(404, "NOT_FOUND")
        .await;
}

async fn switching_sign_off_is_an_event_of_the_unit(engine: Engine) {
    let service = Service::start(engine).await;
    let school = &service.cast.school;
    let path = format!("/units/{}/profile", school.id);
    let shown = service.get(&school.legal, &path).ok().await;
    let mut body = shown.body["profile"].clone();
    body["sign_off"] = json!(false);
    let saved = service.put(&school.legal, &path, body).ok().await;
    assert_eq!(saved.body["events"][0]["type"], "SignOffToggled");
}

async fn committees_are_set_up_planned_and_offered(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let body = json!({"name": "重庆市教师职称评审委员会", "office_id": cast.bureau.id, "series": ["中小学教师"]});
    service
        .post(&cast.school.legal, "/committees", body.clone())
        .refused(403, "NO_PERMISSION")
        .await;
    let made = service.post(&cast.operator, "/committees", body).ok().await;
    assert_eq!(made.status, 201);
    let id = made.body["id"].as_str().unwrap().to_owned();
    let find = |reply: crate::support::Reply| {
        let items = reply.body["items"].as_array().unwrap().clone();
        items.into_iter().find(|item| item["id"] == *id).unwrap()
    };
    let unplanned = find(service.get(&cast.applicants[0], "/committees").ok().await);
    assert_eq!(unplanned["refusal"]["code"], "SETTING_DISABLED");
    let plan = json!({
        "deadlines": {"submit": "2026-12-01T00:00:00+08:00"}, "notice": "须知",
        "attachments": [{"name": "学历证书", "required": true}],
    });
    service
        .put(&cast.operator, &format!("/committees/{id}"), plan.clone())
        .refused(403, "NO_PERMISSION")
        .await;
    let legal = &cast.bureau.legal;
    let mut falling = plan.clone();
    falling["deadlines"]["work_unit"] = json!("2026-11-30T00:00:00+08:00");
    let refused = service.put(legal, &format!("/committees/{id}"), falling);
    let refused = refused.refused(422, "FIELD_INVALID").await;
    assert_eq!(refused.body["field"], "deadlines.work_unit");
    service
        .put(legal, &format!("/committees/{id}"), plan)
        .ok()
        .await;
    let planned = find(
        service
            .get(
                &cast.applicants[0],
                "/committees?series=%E4%B8%AD%E5%B0%8F%E5%AD%A6%E6%95%99%E5%B8%88",
            )
            .ok()
            .await,
    );
    assert_eq!(
        (&planned["selectable"], &planned["submit_deadline"]),
        (&json!(true), &json!("2026-12-01T00:00:00+08:00"))
    );
    assert_eq!(planned["attachments"][0]["name"], "学历证书");
    let none = service
        .get(&cast.applicants[0], "/committees?title=%E6%97%A0")
        .ok()
        .await;
    assert_eq!(none.body["items"], json!([]));
}

async fn an_accepting_unit_keeps_one_setting_per_kind(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let body = |enabled: bool| {
        json!({
            "kind": "initial", "enabled": enabled, "address": {"city": "重庆市", "district": "渝北区"}, "person": "联小系", "phone": "023-1", "notice": "须知",
        })
    };
    let legal = &cast.accepting.legal;
    service
        .post(legal, "/recognition-settings", body(true))
        .refused(409, "SETTING_EXISTS")
        .await;
    service
        .post(&cast.school.legal, "/recognition-settings", body(true))
        .refused(403, "NO_PERMISSION")
        .await;
    let path = format!("/recognition-settings/{}", cast.initial);
    service.put(legal, &path, body(false)).ok().await;
    let draft = service.draft_body(Kind::Initial, &cast.school);
    service
        .post(&cast.applicants[0], "/declarations", draft)
        .refused(409, "SETTING_DISABLED")
        .await;
    let mut long = body(true);
    long["notice"] = json!("须".repeat(1001));
    service
        .put(legal, &path, long)
        .refused(422, "FIELD_TOO_LONG")
        .await;
    let authority = format!("/units/{}/issuing-authority", cast.stranger.id);
    service
        .put(legal, &authority, json!({"granted": true}))
        .refused(403, "NO_PERMISSION")
        .await;
    service
        .put(&cast.operator, &authority, json!({"granted": true}))
        .ok()
        .await;
    let made = service
        .post(&cast.stranger.legal, "/recognition-settings", body(true))
        .ok()
        .await;
    assert_eq!(made.status, 201);
}

async fn a_year_of_the_calendar_is_loaded_by_an_operator_of_the_system(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let body = json!({"days": [{"day": "2027-01-01", "kind": "off"}], "confirm": true});
    service
        .put(&cast.auditor, "/admin/calendar/2027", body.clone())
        .refused(403, "NO_PERMISSION")
        .await;
    let mut unsure = body.clone();
    unsure["confirm"] = json!(false);
    let few = service.put(&cast.operator, "/admin/calendar/2027", unsure);
    let few = few.refused(422, "FIELD_INVALID").await;
    assert_eq!(few.body["field"], "days");
    service
        .put(&cast.operator, "/admin/calendar/2027", body.clone())
        .ok()
        .await;
    service
        .put(&cast.operator, "/admin/calendar/2028", body)
        .refused(422, "FIELD_INVALID")
        .await;
    service
        .put(&cast.operator, "/admin/calendar/soon", json!({"days": []}))
        .refused(404, "NOT_FOUND")
        .await;
}

async fn workflows_are_public_data(engine: Engine) {
    let service = Service::start(engine).await;
    let list = service.call(Method::GET, "/workflows").ok().await;
    assert_eq!(list.body["items"].as_array().unwrap().len(), 3);
    let review = service.call(Method::GET, "/workflows/review").ok().await;
    assert_eq!(review.body["label"], "评审");
    assert_eq!(review.body["definition"]["tabs"][0]["label"], "待签收");
    let drawn = service
        .call(Method::GET, "/workflows/initial.mmd")
        .ok()
        .await;
    assert!(
        drawn.text.starts_with("stateDiagram") || drawn.text.contains("stateDiagram"),
        "{}",
        drawn.text
    );
    service
        .call(Method::GET, "/workflows/other")
        .refused(404, "NOT_FOUND")
        .await;
}

async fn the_catalogue_has_twenty_seven_series(engine: Engine) {
    let service = Service::start(engine).await;
    let series = service
        .get(&service.cast.applicants[0], "/catalogue/series")
        .ok()
        .await;
    assert_eq!(series.body["items"].as_array().unwrap().len(), 27);
    assert_eq!(
        series.body["items"][4]["titles"][2],
        json!({"title": "工程师", "level": "middle", "level_label": "中级"})
    );
}
