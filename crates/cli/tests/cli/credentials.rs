//! What `--credentials` writes is true.

use crate::client::Client;
use crate::process::{Place, Server};
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::{Value, json};

on_both_engines!(
    every_token_signs_somebody_in,
    units_committees_and_settings_are_as_promised,
    every_example_leads_to_a_draft_that_can_be_submitted,
);

fn client(server: &Server, person: &Value) -> Client {
    Client {
        address: server.address.clone(),
        token: person["token"].as_str().unwrap().to_owned(),
        unit: None,
    }
}

fn every_token_signs_somebody_in(engine: Engine) {
    let place = Place::demo(engine);
    let server = Server::start(&place);
    let people = server.credentials["people"].as_array().unwrap();
    for role in [
        "applicant",
        "legal_user",
        "operator",
        "auditor",
        "system_operator",
    ] {
        assert!(
            people.iter().any(|person| person["role"] == role),
            "nobody is {role}"
        );
    }
    for person in people {
        let me = client(&server, person).expect(200, "GET", "/me", &[], None);
        assert_eq!(me["name"], person["name"]);
        if let Some(unit) = person.get("unit_id") {
            let member = me["units"]
                .as_array()
                .unwrap()
                .iter()
                .find(|known| known["unit_id"] == *unit);
            let member = member.expect("the person belongs to the unit");
            assert_eq!(
                person.get("menus").unwrap_or(&member["menus"]),
                &member["menus"]
            );
        }
    }
    server.stop();
}

fn units_committees_and_settings_are_as_promised(engine: Engine) {
    let place = Place::demo(engine);
    let server = Server::start(&place);
    let list = |name: &str| server.credentials[name].as_array().unwrap();
    assert!(list("units").len() >= 12);
    assert!(list("units").iter().any(|unit| unit["ready"] == false));
    assert!(
        list("units")
            .iter()
            .any(|unit| unit["ready"] == true && unit["sign_off"] == false)
    );
    let december = "2026-12-01T18:00:00+08:00";
    let open = list("committees").iter().filter(|one| {
        ["submit", "work_unit", "superior", "committee"]
            .iter()
            .all(|stage| one["deadlines"][stage] == december)
    });
    assert_eq!(open.count(), 2);
    let staged = json!({
        "submit": "2026-04-30T18:00:00+08:00", "work_unit": "2026-05-31T18:00:00+08:00",
        "superior": "2026-06-30T18:00:00+08:00", "committee": "2026-07-31T18:00:00+08:00",
    });
    assert_eq!(
        list("committees")
            .iter()
            .filter(|one| one["deadlines"] == staged)
            .count(),
        1
    );
    for kind in ["initial", "confirmation"] {
        assert_eq!(
            list("settings")
                .iter()
                .filter(|setting| setting["kind"] == kind)
                .count(),
            2
        );
    }
    server.stop();
}

fn every_example_leads_to_a_draft_that_can_be_submitted(engine: Engine) {
    let place = Place::demo(engine);
    let server = Server::start(&place);
    let people = server.credentials["people"].as_array().unwrap();
    let free: Vec<&Value> = people
        .iter()
        .filter(|person| person.get("examples").is_some())
        .collect();
    assert!(free.len() >= 12, "{}", free.len());
    for person in free {
        let client = client(&server, person);
        assert_eq!(
            client.expect(200, "GET", "/declarations/mine", &[], None)["items"],
            json!([])
        );
        for kind in ["review", "initial", "confirmation"] {
            submit(&client, &person["examples"][kind]);
        }
    }
    server.stop();
    let again = Server::start(&place);
    let people = again.credentials["people"].as_array().unwrap();
    assert!(
        people.iter().all(|person| person.get("examples").is_none()),
        "they are busy now"
    );
}

/// Does what the example says and nothing else, and leaves out each section once.
fn submit(client: &Client, example: &Value) {
    let created = client.expect(201, "POST", "/declarations", &[], Some(&example["body"]));
    let path = format!(
        "/declarations/{}",
        created["declaration_id"].as_str().unwrap()
    );
    let mut version = created["version"].to_string();
    let sections = example["sections"].as_object().unwrap();
    let (basic, others): (Vec<_>, Vec<_>) = sections.iter().partition(|(name, _)| *name == "basic");
    for (name, body) in basic.into_iter().chain(others) {
        let before = client.expect(200, "GET", &format!("{path}/completeness"), &[], None);
        assert_eq!(before["complete"], false, "{name} is not needed");
        let quoted = format!("\"{version}\"");
        let saved = client.expect(
            200,
            "PUT",
            &format!("{path}/sections/{name}"),
            &[("If-Match", &quoted)],
            Some(body),
        );
        version = saved["version"].to_string();
    }
    let complete = client.expect(200, "GET", &format!("{path}/completeness"), &[], None);
    assert_eq!(complete["complete"], true, "{complete}");
    client.expect(200, "POST", &format!("{path}/submit"), &[], None);
}
