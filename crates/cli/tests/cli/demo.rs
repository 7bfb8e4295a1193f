//! The show.

use crate::client::Client;
use crate::process::{Place, Server, docket, stderr, stdout};
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::json;
use std::fs;
use std::time::Duration;

on_both_engines!(
    the_demo_shows_worklist_record_replay_and_rebuild_and_ends,
    the_show_is_one_object_as_json,
    seeding_that_was_killed_goes_on_and_ends_the_same,
    the_clock_stands_where_it_was_moved_to_after_a_restart,
);

fn the_demo_shows_worklist_record_replay_and_rebuild_and_ends(engine: Engine) {
    let output = Place::new(engine).run_demo(&["--once"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    insta::assert_snapshot!("demo", stdout(&output));
}

/// Without any setting it needs nothing but itself.
#[test]
fn the_demo_alone_plays_in_a_folder_that_goes_with_it() {
    let temporary = tempfile::tempdir().unwrap();
    let mut command = docket(&["demo", "--once"]);
    command
        .env("TMPDIR", temporary.path())
        .current_dir(temporary.path());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
}

fn the_show_is_one_object_as_json(engine: Engine) {
    let output = Place::new(engine).run_demo(&["--once", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let show: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let counts = show["worklist"]["counts"].as_object().unwrap();
    assert_eq!(counts.len(), 8);
    assert!(
        counts.values().all(|count| count.as_u64() > Some(0)),
        "{counts:?}"
    );
    assert_eq!(show["record"]["items"].as_array().unwrap().len(), 4);
    assert_eq!(show["replay"]["turns"][0]["event"], "DraftCreated");
    let rebuilt = show["rebuild"].as_array().unwrap();
    assert!(
        rebuilt
            .iter()
            .all(|view| view["old"] == view["new"] && view["differences"] == serde_json::json!([]))
    );
}

fn seeding_that_was_killed_goes_on_and_ends_the_same(engine: Engine) {
    let place = Place::new(engine);
    for life_ms in [300, 600, 900] {
        let mut child = place.spawn_demo("127.0.0.1:0", &place.folder().join("unused.json"));
        std::thread::sleep(Duration::from_millis(life_ms));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let resumed = place.run_demo(&["--once"]);
    assert_eq!(resumed.status.code(), Some(0), "{}", stderr(&resumed));
    let whole = Place::demo(engine).run_demo(&["--once"]);
    assert_eq!(stdout(&resumed), stdout(&whole));
}

fn the_clock_stands_where_it_was_moved_to_after_a_restart(engine: Engine) {
    let place = Place::demo(engine);
    let now = |server: &Server, days: u32| {
        let client = Client {
            address: server.address.clone(),
            token: String::new(),
            unit: None,
        };
        let moved = client.expect(
            200,
            "POST",
            "/demo/clock",
            &[],
            Some(&json!({ "advance_days": days })),
        );
        moved["now"].as_str().unwrap().to_owned()
    };
    let server = Server::start(&place);
    assert!(now(&server, 0).starts_with("2026-03-12T09:0"));
    let moved = now(&server, 8);
    assert!(moved.starts_with("2026-03-20T09:0"), "{moved}");
    drop(server); // kill -9
    let server = Server::start(&place);
    let later = now(&server, 0);
    assert!(
        later > moved && later.starts_with("2026-03-20T09:0"),
        "{later}"
    );
    server.stop();
}
