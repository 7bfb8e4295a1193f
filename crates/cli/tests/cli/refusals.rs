//! What must not start, and why it says so.

use crate::process::{Place, docket, files, run, stderr, stdout};
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use std::fs;
use std::path::PathBuf;
use std::process::Output;

on_both_engines!(
    serve_refuses_a_demo_database,
    the_demo_refuses_a_database_that_is_none_of_its_own,
    a_wrong_key_file_refuses_to_start_and_says_which,
    a_log_without_its_key_file_gets_no_new_one,
    nothing_but_a_founding_makes_anything,
    a_system_is_founded_once,
    a_log_without_events_is_no_system,
    a_bad_calendar_names_its_line_and_changes_nothing,
    a_log_that_is_not_the_published_one_is_found,
);

fn assert_failed(output: &Output, says: &str) {
    let message = stderr(output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains(says), "{message}");
}

fn assert_done(output: &Output) {
    assert!(output.status.success(), "{}", stderr(output));
}

fn serve_refuses_a_demo_database(engine: Engine) {
    let place = Place::demo(engine);
    let output = place.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_failed(&output, "made by `docket demo`");
}

fn the_demo_refuses_a_database_that_is_none_of_its_own(engine: Engine) {
    let place = Place::founded(engine);
    let output = place.run_demo(&["--once"]);
    assert_failed(&output, "was not made by `docket demo`");
    assert_done(&place.run(&["log", "verify", "--json"]));
}

fn a_wrong_key_file_refuses_to_start_and_says_which(engine: Engine) {
    let (place, other) = (Place::demo(engine), Place::founded(Engine::Sqlite));
    let wrong = other.key_file().to_str().unwrap().to_owned();
    for verb in [
        &["migrate"][..],
        &["projections", "list"],
        &["replay", "20260303QJWR"],
    ] {
        let output = place.run(&[verb, &["--key-file", &wrong]].concat());
        assert_failed(&output, &format!("the key file {wrong} does not open"));
    }
}

fn a_log_without_its_key_file_gets_no_new_one(engine: Engine) {
    let place = Place::demo(engine);
    fs::remove_file(place.key_file()).unwrap();
    assert_failed(&place.run_demo(&["--once"]), "docket.key");
    assert!(!place.key_file().exists());
}

/// Every verb that needs a log and does not found one.
const ON_A_LOG: &[&[&str]] = &[
    &["serve", "--listen", "127.0.0.1:0"],
    &["migrate"],
    &["migrate", "--level", "latest"],
    &["doctor"],
    &["log", "head"],
    &["log", "verify"],
    &["replay", "20260303QJWR"],
    &["calendar", "show", "2026"],
    &["projections", "list"],
    &["projections", "rebuild", "--all"],
    &["worklist", "diff", "--from", "1", "--to", "2"],
];

/// What lies in the place: files, and on PostgreSQL schemas of ours.
fn contents(place: &Place) -> (Vec<PathBuf>, String) {
    let schemas = "SELECT string_agg(nspname, ' ') FROM pg_namespace WHERE nspname LIKE 'docket%'";
    let made = place.database().map(|database| database.psql(schemas));
    (files(place.folder()), made.unwrap_or_default())
}

fn nothing_but_a_founding_makes_anything(engine: Engine) {
    let place = Place::new(engine);
    for verb in ON_A_LOG {
        let output = place.run(verb);
        assert_failed(&output, "there is no log at");
        assert!(
            stderr(&output).contains("`docket migrate --new`"),
            "{verb:?}"
        );
        assert_eq!(contents(&place), (vec![], String::new()), "{verb:?}");
    }
    if engine == Engine::Sqlite {
        // Neither the folder of a file system that is not mounted, nor a log in an empty file.
        let missing = place.folder().join("not/mounted/docket.db");
        let url = format!("sqlite:{}", missing.display());
        let output = docket(&["serve", "--database-url", &url]).output().unwrap();
        assert_failed(&output, "Is the folder mounted");
        assert_eq!(contents(&place).0, Vec::<PathBuf>::new());
        let empty = place.folder().join("docket.db");
        fs::write(&empty, "").unwrap();
        assert_failed(&place.run(&["serve"]), "there is no log at");
        assert_eq!(contents(&place).0, std::slice::from_ref(&empty));
        assert_eq!(fs::metadata(&empty).unwrap().len(), 0);
    }
}

fn a_system_is_founded_once(engine: Engine) {
    let place = Place::founded(engine);
    let head = stdout(&place.run(&["log", "head"]));
    let again = place.run(&["migrate", "--new"]);
    assert_eq!(again.status.code(), Some(4), "{}", stderr(&again));
    assert!(stderr(&again).contains("there is a log at"));
    assert_done(&place.run(&["migrate"]));
    assert_eq!(stdout(&place.run(&["log", "head"])), head);
}

/// A founding that was cut short left tables; only a founding goes on from there.
fn a_log_without_events_is_no_system(engine: Engine) {
    let place = Place::new(engine);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async { drop(place.log().await) });
    drop(runtime);
    for verb in ON_A_LOG {
        assert_failed(&place.run(verb), "a log without any event");
        assert!(!place.key_file().exists(), "{verb:?}");
    }
    assert_done(&place.run(&["migrate", "--new"]));
    assert_done(&place.run(&["log", "verify"]));
}

fn a_bad_calendar_names_its_line_and_changes_nothing(engine: Engine) {
    let place = Place::demo(engine);
    let file = place.folder().join("2027.csv");
    fs::write(&file, "date,kind\n2027-01-01,off\n2027-02-30,off\n").unwrap();
    let before = place.run(&["log", "head"]);
    let output = place.run(&["calendar", "load", file.to_str().unwrap()]);
    assert_failed(&output, "line 3");
    assert_eq!(stdout(&before), stdout(&place.run(&["log", "head"])));
}

fn a_log_that_is_not_the_published_one_is_found(engine: Engine) {
    let place = Place::demo(engine);
    let head = place.json(&["log", "head"]);
    let (size, root) = (head["size"].to_string(), head["root"].as_str().unwrap());
    let verify = |root: &str| place.run(&["log", "verify", "--size", &size, "--root", root]);
    assert_done(&verify(root));
    let output = verify(&"00".repeat(32));
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let told = stdout(&output);
    assert!(told.contains("not the published one"), "{told}");
    assert!(stderr(&output).contains("1 findings: 1 head"));
}

#[test]
fn no_message_shows_the_password_of_the_database() {
    for (url, code) in [
        ("postgres://docket:geheim@127.0.0.1:1/docket", 1),
        ("postgres://docket:geheim@127.0.0.1:no/docket", 2),
        ("postgres:docket:geheim@127.0.0.1", 2),
        (
            "postgres://127.0.0.1:1/docket?user=docket&password=geheim",
            1,
        ),
    ] {
        for verb in [
            &["log", "head"][..],
            &["migrate"],
            &["--help"],
            &["serve", "--help"],
        ] {
            let output = run(&[verb, &["--database-url", url]].concat());
            let expected = if verb.contains(&"--help") { 0 } else { code };
            assert_eq!(output.status.code(), Some(expected), "{}", stderr(&output));
            let said = stdout(&output) + &stderr(&output);
            assert!(!said.contains("geheim"), "{said}");
        }
    }
}

#[test]
fn roles_and_folders_of_views_are_for_one_engine_each() {
    let place = Place::new(Engine::Sqlite);
    let output = place.run(&["migrate", "--grant", "docket_node"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    let place = Place::new(Engine::Postgres);
    let output = place.run(&["migrate", "--views", "views"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
}
