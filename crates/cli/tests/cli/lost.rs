//! A log that lost events: an older copy put back, a write-ahead log that is gone, read models that
//! have seen more, and a server that runs through it.

use crate::client::{Answer, Client};
use crate::failover::{applicant, until};
use crate::process::{Place, Server, stderr, stdout};
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

on_both_engines!(
    an_older_copy_is_refused_until_the_loss_is_accepted_once_and_only_once,
    a_log_that_was_only_killed_is_the_same_log,
);

/// Applies for something; the position it was stored at.
fn declare(client: &Client, examples: &Value, kind: &str) -> u64 {
    let body = &examples[kind]["body"];
    let made = client.expect(201, "POST", "/declarations", &[], Some(body));
    made["position"].as_u64().unwrap()
}

/// What the node of a folder remembers.
fn remembered(folder: &Path) -> u64 {
    let text = fs::read_to_string(folder.join("docket.head")).unwrap_or_default();
    let head: Value = serde_json::from_str(&text).unwrap_or_default();
    head["size"].as_u64().unwrap_or(0)
}

/// Serves, has somebody apply, waits until that is remembered, and dies; the newest position.
fn serve_and_die(place: &Place) -> u64 {
    let server = Server::start(place);
    let (client, examples) = applicant(&server.credentials);
    declare(&client, &examples, "review");
    let seen = declare(&client, &examples, "initial");
    until(|| (remembered(place.folder()) >= seen).then_some(()));
    drop(server);
    remembered(place.folder())
}

/// A start of the server that is refused; what it tells.
fn refused(place: &Place) -> String {
    let output = place.run_demo(&["--listen", "127.0.0.1:0"]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    stderr(&output)
}

fn size(place: &Place) -> u64 {
    place.json(&["log", "head"])["size"].as_u64().unwrap()
}

/// The loss as it is shown, which changes nothing.
fn shown(place: &Place) -> Value {
    let before = size(place);
    let output = place.run(&["log", "accept-restored", "--json"]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert_eq!(size(place), before);
    serde_json::from_str(&stdout(&output)).unwrap()
}

fn accept(place: &Place, from: u64) -> Value {
    place.json(&["log", "accept-restored", "--lost-from", &from.to_string()])
}

/// Everything that has seen a log, but the log itself, put beside another copy of it.
fn carry_memories(from: &Path, to: &Path) {
    fs::copy(from.join("docket.head"), to.join("docket.head")).unwrap();
    carry_views(from, to);
}

fn carry_views(from: &Path, to: &Path) {
    let (from, to) = (from.join("views"), to.join("views"));
    if !from.exists() {
        return;
    }
    fs::remove_dir_all(&to).unwrap();
    fs::create_dir(&to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

fn an_older_copy_is_refused_until_the_loss_is_accepted_once_and_only_once(engine: Engine) {
    let place = Place::demo(engine);
    let older = place.copy();
    let seen = serve_and_die(&place);
    carry_memories(place.folder(), older.folder());
    let ends = size(&older);
    let told = refused(&older);
    for word in [
        "docket.head",
        "accept-restored",
        &ends.to_string(),
        &seen.to_string(),
    ] {
        assert!(told.contains(word), "{word}: {told}");
    }
    // Tools that read or build on it refuse it too, and change nothing.
    for verb in [&["projections", "rebuild", "worklist"][..], &["migrate"]] {
        let output = older.run(verb);
        assert_eq!(
            output.status.code(),
            Some(3),
            "{verb:?} {}",
            stderr(&output)
        );
    }
    assert_eq!(size(&older), ends);
    let loss = shown(&older);
    assert_eq!(
        (&loss["lost_from"], &loss["ends"], &loss["seen"]),
        (&json!(ends + 1), &json!(ends), &json!(seen))
    );
    let other = older.run(&["log", "accept-restored", "--lost-from", "2"]);
    assert_eq!(other.status.code(), Some(4), "{}", stderr(&other));
    let accepted = accept(&older, ends + 1);
    assert_eq!(
        (
            &accepted["accepted"],
            &accepted["incarnation"],
            &accepted["position"]
        ),
        (&json!(true), &json!(2), &json!(ends + 1))
    );
    assert_eq!(accepted["known_head"]["size"], seen);
    let again = accept(&older, ends + 1);
    assert_eq!(
        (&again["accepted"], &again["position"]),
        (&json!(false), &json!(ends + 1))
    );
    assert_eq!(size(&older), ends + 1);
    let verified = older.run(&["log", "verify"]);
    assert!(verified.status.success(), "{}", stderr(&verified));
    // And then nodes go on.
    let after = serve_and_die(&older);
    assert!(after > ends + 1, "{after}");
    let views = older.run(&["projections", "verify", "--all"]);
    assert!(
        views.status.success(),
        "{}{}",
        stdout(&views),
        stderr(&views)
    );
    let head = older.json(&["log", "head"]);
    assert_eq!(head["incarnation"], 2);
}

fn a_log_that_was_only_killed_is_the_same_log(engine: Engine) {
    let place = Place::demo(engine);
    let first = serve_and_die(&place);
    let second = serve_and_die(&place);
    assert!(second > first);
    let nothing = place.run(&["log", "accept-restored"]);
    assert_eq!(nothing.status.code(), Some(4), "{}", stderr(&nothing));
}

#[test]
fn read_models_alone_prove_that_events_are_missing() {
    let place = Place::demo(Engine::Sqlite);
    let older = place.copy();
    let seen = serve_and_die(&place);
    carry_views(place.folder(), older.folder());
    let _ = fs::remove_file(older.folder().join("docket.head"));
    let told = refused(&older);
    assert!(told.contains("of the view worklist has seen"), "{told}");
    let loss = shown(&older);
    assert_eq!(loss["seen"], seen);
    accept(&older, loss["lost_from"].as_u64().unwrap());
    serve_and_die(&older);
}

#[test]
fn a_write_ahead_log_that_is_gone_is_noticed() {
    let place = Place::demo(Engine::Sqlite);
    let before = size(&place);
    let seen = serve_and_die(&place);
    let wal = place.folder().join("docket.db-wal");
    assert!(fs::metadata(&wal).unwrap().len() > 0);
    fs::remove_file(wal).unwrap();
    let _ = fs::remove_file(place.folder().join("docket.db-shm"));
    let ends = size(&place);
    assert!(before <= ends && ends < seen, "{before} {ends} {seen}");
    refused(&place);
    assert_eq!(shown(&place)["lost_from"], ends + 1);
}

#[test]
fn a_server_runs_through_a_loss_and_the_right_copy_put_back_makes_up_for_it() {
    let place = Place::demo(Engine::Sqlite);
    let older = place.folder().join("older.db");
    fs::copy(place.folder().join("docket.db"), &older).unwrap();
    let ends = size(&place);
    let server = Server::start(&place);
    let (client, examples) = applicant(&server.credentials);
    let seen = declare(&client, &examples, "review");
    until(|| (remembered(place.folder()) >= seen).then_some(()));
    put_in_place(place.folder(), &older);
    let ask =
        |path: &str, headers: &[(&str, &str)]| client.ask("GET", path, headers, None).unwrap();
    let mine = || ask("/declarations/mine", &[]);
    until(|| is(&mine(), 503, "LOG_RESTORED").then_some(()));
    let body = &examples["initial"]["body"];
    let refused = client
        .ask("POST", "/declarations", &[], Some(body))
        .unwrap();
    assert!(is(&refused, 503, "LOG_RESTORED"), "{refused:?}");
    let ready = client.ask_at_root("GET", "/readyz", &[], None).unwrap();
    assert_eq!(
        (ready.status, &ready.body["status"]),
        (200, &json!("log_restored"))
    );
    let loss = shown(&place);
    assert_eq!(loss["lost_from"], ends + 1);
    accept(&place, ends + 1);
    until(|| (mine().status == 200).then_some(()));
    assert_eq!(mine().body["items"], json!([]));
    let head = until(|| Some(ask("/log/head", &[])).filter(|head| head.status == 200));
    assert_eq!(head.body["incarnation"], 2);
    let log = head.body["log_id"].as_str().unwrap();
    let known = |incarnation: u64| format!("{log}.{incarnation}");
    let of = |incarnation| ask("/me", &[("Docket-Log", &known(incarnation))]);
    assert!(is(&of(1), 409, "OTHER_LOG") && of(2).status == 200);
    let ahead = ask(
        &format!("/declarations/mine?min_position={}", seen + 50),
        &[],
    );
    assert!(is(&ahead, 409, "AHEAD_OF_LOG"), "{ahead:?}");
    let position = declare(&client, &examples, "review");
    until(|| (remembered(place.folder()) >= position).then_some(()));
    drop(server);
    serve_and_die(&place);
}

/// Puts a file in the place of the log's, as docs/operations.md says.
fn put_in_place(folder: &Path, copy: &Path) {
    for name in ["docket.db-wal", "docket.db-shm"] {
        let _ = fs::remove_file(folder.join(name));
    }
    fs::rename(copy, folder.join("docket.db")).unwrap();
}

/// Whether an answer is a problem of a code.
pub fn is(answer: &Answer, status: u16, code: &str) -> bool {
    answer.status == status && answer.body["code"] == code
}

#[test]
fn another_database_than_the_one_that_was_seen_is_refused() {
    let place = Place::demo(Engine::Sqlite);
    serve_and_die(&place);
    let other = Place::new(Engine::Sqlite);
    let output = other.run_demo(&["--once"]);
    assert!(output.status.success(), "{}", stderr(&output));
    fs::copy(
        place.folder().join("docket.head"),
        other.folder().join("docket.head"),
    )
    .unwrap();
    let told = refused(&other);
    assert!(told.contains("remembers the log"), "{told}");
}
