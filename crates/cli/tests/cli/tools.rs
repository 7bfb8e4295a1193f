//! The tools, beside a running server too.

use crate::client::Client;
use crate::process::{Place, Server, run, stderr, stdout};
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

on_both_engines!(
    a_calendar_year_can_be_loaded_while_a_server_runs,
    a_view_can_be_rebuilt_while_a_server_runs,
    the_doctor_finds_a_sound_log_sound,
    a_server_stops_when_it_is_told_to_and_has_no_clock_to_move,
    what_is_pending_is_signed_when_a_unit_switches_sign_off_off,
);

fn json_of(args: &[&str]) -> Value {
    let output = run(args);
    assert!(output.status.success(), "{args:?}: {}", stderr(&output));
    serde_json::from_str(&stdout(&output)).unwrap()
}

fn a_calendar_year_can_be_loaded_while_a_server_runs(engine: Engine) {
    let place = Place::demo(engine);
    let server = Server::start(&place);
    let file = place.folder().join("2027.csv");
    fs::write(&file, "2027-01-01,off\n").unwrap();
    let loaded = place.json(&["calendar", "load", "--confirm", file.to_str().unwrap()]);
    assert_eq!(loaded["years"][0]["changed"], true);
    let auditor = Client {
        address: server.address.clone(),
        token: String::new(),
        unit: None,
    };
    let position = &loaded["years"][0]["position"];
    let head = auditor.expect(
        200,
        "GET",
        &format!("/log/head?min_position={position}"),
        &[],
        None,
    );
    assert!(head["size"].as_u64() >= position.as_u64(), "{head}");
    let shown = place.json(&["calendar", "show", "2027"]);
    assert_eq!(shown["days"], json!([["2027-01-01", "off"]]));
    let again = place.json(&["calendar", "load", "--confirm", file.to_str().unwrap()]);
    assert_eq!(again["years"][0]["changed"], false);
    server.stop();
}

fn a_view_can_be_rebuilt_while_a_server_runs(engine: Engine) {
    let place = Place::demo(engine);
    let server = Server::start(&place);
    let rebuilt = place.json(&["projections", "rebuild", "--all"]);
    assert_eq!(rebuilt["rebuilt"].as_array().unwrap().len(), 6);
    let list = place.json(&["projections", "list"]);
    let names: Vec<_> = list["projections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|view| view["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "directory",
            "worklist",
            "worklist-history",
            "handling-record",
            "declaration",
            "my-declarations"
        ]
    );
    assert!(
        list["projections"]
            .as_array()
            .unwrap()
            .iter()
            .all(|view| view["generation"] == 3)
    );
    let people = server.credentials["people"].as_array().unwrap();
    let legal = people
        .iter()
        .find(|person| person["role"] == "legal_user")
        .unwrap();
    let token = legal["token"].as_str().unwrap().to_owned();
    let client = Client {
        address: server.address.clone(),
        token,
        unit: None,
    };
    client.expect(200, "GET", "/worklist?kind=review", &[], None);
    let status = place.json(&["projections", "status", "worklist"]);
    assert_eq!(status["projections"][0]["parked"], json!([]));
    server.stop();
    assert_eq!(
        place
            .run(&["projections", "rebuild", "nothing"])
            .status
            .code(),
        Some(2)
    );
}

#[test]
fn workflow_files_are_checked_and_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let shipped = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../schemas/workflows/review.v1.toml"
    );
    assert_eq!(
        json_of(&["workflow", "check", shipped, "--json"])["valid"],
        true
    );
    let broken = folder.path().join("broken.toml");
    fs::write(
        &broken,
        fs::read_to_string(shipped)
            .unwrap()
            .replace("\"committee\"", "\"comittee\""),
    )
    .unwrap();
    let output = run(&["workflow", "check", broken.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("comittee"), "{}", stdout(&output));
    let drawn = run(&["workflow", "show", "initial"]);
    assert!(stdout(&drawn).contains("stateDiagram-v2"));
}

fn the_doctor_finds_a_sound_log_sound(engine: Engine) {
    let place = Place::demo(engine);
    let findings = place.json(&["doctor"]);
    let findings = findings["findings"].as_array().unwrap();
    let verdict = |check: &str| {
        let finding = findings.iter().find(|finding| finding["check"] == check);
        finding.unwrap()["verdict"].clone()
    };
    let of_engine = match engine {
        Engine::Sqlite => &["journal_mode", "synchronous"][..],
        Engine::Postgres => &[
            "server_version",
            "primary",
            "fsync",
            "full_page_writes",
            "synchronous_commit",
            "database_clock",
            "connections",
            "standbys",
        ],
    };
    for check in ["log", "key_file", "calendar_this_year"]
        .iter()
        .chain(of_engine)
    {
        assert_eq!(verdict(check), "fine", "{check}");
    }
    assert_eq!(verdict("calendar_next_year"), "warning");
    if engine == Engine::Postgres {
        assert_eq!(verdict("role"), "warning", "the owner could change events");
    }
}

#[test]
fn the_openapi_document_and_completions_are_printed() {
    assert_eq!(json_of(&["openapi"])["openapi"], "3.1.0");
    assert!(stdout(&run(&["completions", "bash"])).contains("_docket"));
}

fn a_server_stops_when_it_is_told_to_and_has_no_clock_to_move(engine: Engine) {
    let place = Place::founded(engine);
    let mut command = place.docket(&["serve", "--json", "--listen", "127.0.0.1:0"]);
    let mut server = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let told: Value = serde_json::from_str(&line).unwrap();
    let address = told["base_url"]
        .as_str()
        .unwrap()
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    let client = Client {
        address,
        token: String::new(),
        unit: None,
    };
    client.expect(200, "GET", "/log/head", &[], None);
    client.expect(
        404,
        "POST",
        "/demo/clock",
        &[],
        Some(&json!({ "advance_days": 1 })),
    );
    assert!(
        std::process::Command::new("kill")
            .args(["-TERM", &server.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(server.wait().unwrap().code(), Some(0));
}

fn what_is_pending_is_signed_when_a_unit_switches_sign_off_off(engine: Engine) {
    let place = Place::demo(engine);
    let server = Server::start(&place);
    let list = |name: &str| server.credentials[name].as_array().unwrap().clone();
    let unit = list("units")
        .into_iter()
        .find(|unit| unit["name"] == "启明智能制造有限公司")
        .unwrap();
    let id = unit["id"].as_str().unwrap();
    let people = list("people");
    let legal = people
        .iter()
        .find(|person| person["role"] == "legal_user" && person["unit_id"] == unit["id"])
        .unwrap();
    let token = legal["token"].as_str().unwrap().to_owned();
    let client = Client {
        address: server.address.clone(),
        token,
        unit: None,
    };
    let waiting = |position: &Value| {
        let path = format!("/worklist?kind=review&tab=to_sign&min_position={position}");
        client.expect(200, "GET", &path, &[], None)["counts"]["to_sign"]
            .as_u64()
            .unwrap()
    };
    assert_eq!(waiting(&json!(0)), 2);
    let profile = client.expect(200, "GET", &format!("/units/{id}/profile"), &[], None);
    let mut body = profile["profile"].clone();
    body["sign_off"] = json!(false);
    let saved = client.expect(
        200,
        "PUT",
        &format!("/units/{id}/profile"),
        &[],
        Some(&body),
    );
    let mut position = saved["position"].clone();
    for _ in 0..100 {
        if waiting(&position) == 0 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
        position = client.expect(200, "GET", "/log/head", &[], None)["size"].clone();
    }
    assert_eq!(waiting(&position), 0);
    server.stop();
}
