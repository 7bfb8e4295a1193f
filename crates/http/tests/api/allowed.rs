//! Allowed actions and what dialogs choose from.

use crate::support::cast::Who;
use crate::support::forms::publicity;
use crate::support::{Reply, Service};
use docket_domain::Kind;
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::{Value, json};

on_both_engines!(async:
    what_is_withheld_is_refused_with_the_same_code,
    a_dialog_begins_with_what_is_known,
    an_applicant_is_offered_the_applicants_actions,
    the_picker_offers_the_own_terminal_unit_first_then_ready_units_by_name,
    a_superior_returns_to_the_nearest_unit_first,
);

async fn allowed(service: &Service, who: &Who, id: &str) -> Reply {
    service
        .get(who, &format!("/declarations/{id}/allowed-actions"))
        .ok()
        .await
}

fn action<'a>(reply: &'a Reply, code: &str) -> &'a Value {
    reply.body["actions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|action| action["action"] == code)
        .unwrap()
}

/// Every unit action that needs no field, with its route.
const PLAIN: [(&str, &str); 4] = [
    ("sign", "sign"),
    ("approve_and_publicize", "approve-and-publicize"),
    ("withdraw", "withdraw"),
    ("reassign", "reassign"),
];

async fn what_is_withheld_is_refused_with_the_same_code(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .signed(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    for who in [&cast.school.first, &cast.school.second, &cast.school.legal] {
        let offered = allowed(&service, who, &id).await;
        for (code, route) in PLAIN {
            let offer = action(&offered, code);
            if offer["allowed"] == true {
                continue;
            }
            let refused = service.act(who, &id, route).send().await;
            assert_eq!(refused.body["code"], offer["refusal"]["code"], "{code}");
            assert_eq!(refused.body["title"], offer["refusal"]["title"], "{code}");
        }
    }
    let offered = allowed(&service, &cast.school.first, &id).await;
    assert_eq!(action(&offered, "approve_and_publicize")["allowed"], true);
    assert_eq!(offered.header("etag"), format!("\"{}\"", offered.version()));
    service
        .act(&cast.school.first, &id, "approve-and-publicize")
        .ok()
        .await;
}

async fn a_dialog_begins_with_what_is_known(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let contacts = json!({
        "address": {"city": "重庆市", "district": "渝北区", "detail": "花园路1号"},
        "contacts": {"titles": {"person": "联小系", "phone": "023-67890000"}},
    });
    service
        .put(
            &cast.school.legal,
            &format!("/units/{}/contacts", cast.school.id),
            contacts,
        )
        .ok()
        .await;
    let id = service
        .publicized(&cast.applicants[0], Kind::Initial, &cast.school)
        .await;
    let offered = allowed(&service, &cast.school.first, &id).await;
    let report = action(&offered, "report");
    assert_eq!(report["allowed"], true);
    let names: Vec<&str> = report["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "responsible_person",
            "phone",
            "opinion",
            "needs_interview",
            "publicity",
            "target_unit_id"
        ]
    );
    assert_eq!(report["fields"][0]["default"], "联小系");
    assert_eq!(report["fields"][1]["default"], "023-67890000");
    assert_eq!(report["fields"][2]["max"], 200);
    assert_eq!(report["fields"][3]["default"], false);
    assert_eq!(report["fields"][5]["label"], "报送单位");
    let back = action(&offered, "return");
    assert_eq!(
        back["fields"][0]["options"],
        json!([{"value": "applicant", "label": "申报人"}])
    );
    assert_eq!(back["fields"][0]["default"], "applicant");
}

async fn an_applicant_is_offered_the_applicants_actions(engine: Engine) {
    let service = Service::start(engine).await;
    let applicant = &service.cast.applicants[0];
    let id = service
        .draft(applicant, Kind::Initial, &service.cast.school)
        .await
        .id();
    let offered = allowed(&service, applicant, &id).await;
    let codes: Vec<&str> = offered.body["actions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["action"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["save_section", "delete", "submit", "resubmit"]);
    assert_eq!(
        action(&offered, "submit")["refusal"],
        json!({"code": "INCOMPLETE", "title": "申报材料不完整"})
    );
    assert_eq!(action(&offered, "delete")["allowed"], true);
}

async fn the_picker_offers_the_own_terminal_unit_first_then_ready_units_by_name(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .publicized(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let path = format!("/declarations/{id}/report-targets");
    let all = service.get(&cast.school.first, &path).ok().await;
    let items = all.body["items"].as_array().unwrap();
    assert_eq!(items[0]["unit_id"], json!(cast.office.id));
    assert_eq!(
        (&items[0]["terminal"], &items[0]["step_type"]),
        (&json!(true), &json!("committee"))
    );
    let of = |unit: &crate::support::cast::UnitOf| {
        items
            .iter()
            .filter(|item| item["unit_id"] == json!(unit.id))
            .count()
    };
    assert_eq!(
        (of(&cast.office), of(&cast.bureau), of(&cast.unready)),
        (1, 1, 0)
    );
    let own = items
        .iter()
        .find(|item| item["unit_id"] == json!(cast.school.id))
        .unwrap();
    assert_eq!(
        (&own["selectable"], &own["refusal"]["code"]),
        (&json!(false), &json!("TARGET_IN_CHAIN"))
    );
    let found = service
        .get(&cast.school.first, &format!("{path}?q=%E6%95%99%E8%82%B2"))
        .ok()
        .await;
    let found: Vec<&Value> = found.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["name"])
        .collect();
    assert_eq!(found, ["重庆市工程职称评审办公室", "渝北区教育委员会"]);
    service
        .get(&cast.applicants[0], &path)
        .refused(403, "NO_PERMISSION")
        .await;
}

async fn a_superior_returns_to_the_nearest_unit_first(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .publicized(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    service
        .report(&cast.school.first, &id, &cast.bureau, Some(publicity()))
        .await;
    service.act(&cast.bureau.first, &id, "sign").ok().await;
    let path = format!("/declarations/{id}/return-targets");
    let targets = service.get(&cast.bureau.first, &path).ok().await;
    let expected = json!({"items": [
        {"to": cast.school.id, "name": cast.school.name, "default": true},
        {"to": "applicant", "name": "申报人", "default": false},
    ]});
    assert_eq!(targets.body, expected);
    let back = json!({"to": cast.school.id, "reason": "请核对"});
    service
        .post(
            &cast.bureau.first,
            &format!("/declarations/{id}/return"),
            back,
        )
        .ok()
        .await;
    assert_eq!(
        service.tab(&cast.school.first, &id).await.as_deref(),
        Some("to_review")
    );
    let closed = service.get(&cast.bureau.first, &path).ok().await;
    assert_eq!(closed.body, json!({"items": []}));
}
