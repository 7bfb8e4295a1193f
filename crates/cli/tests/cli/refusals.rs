//! What must not start, and why it says so.

use crate::process::{database_url, demo_data, run, stderr, stdout};
use std::fs;

#[test]
fn serve_refuses_a_demo_database() {
    let folder = demo_data();
    let output = run(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--database-url",
        &database_url(folder.path()),
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("made by `docket demo`"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn the_demo_refuses_a_database_that_is_none_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    assert!(
        run(&["migrate", "--database-url", &database_url(folder.path())])
            .status
            .success()
    );
    let output = run(&["demo", "--once", "--data", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("was not made by `docket demo`"),
        "{}",
        stderr(&output)
    );
    let verified = run(&[
        "log",
        "verify",
        "--json",
        "--database-url",
        &database_url(folder.path()),
    ]);
    assert!(verified.status.success(), "{}", stderr(&verified));
}

#[test]
fn a_wrong_key_file_refuses_to_start_and_says_which() {
    let (folder, other) = (demo_data(), tempfile::tempdir().unwrap());
    assert!(
        run(&["migrate", "--database-url", &database_url(other.path())])
            .status
            .success()
    );
    let wrong = other.path().join("docket.key");
    let url = database_url(folder.path());
    for verb in [
        &["migrate"][..],
        &["projections", "list"],
        &["replay", "20260303QJWR"],
    ] {
        let args: Vec<&str> = verb
            .iter()
            .copied()
            .chain([
                "--database-url",
                &url,
                "--key-file",
                wrong.to_str().unwrap(),
            ])
            .collect();
        let output = run(&args);
        assert_eq!(output.status.code(), Some(1), "{verb:?}");
        let message = stderr(&output);
        assert!(
            message.contains(wrong.to_str().unwrap()) && message.contains("key"),
            "{message}"
        );
    }
}

#[test]
fn a_log_without_its_key_file_gets_no_new_one() {
    let folder = demo_data();
    let key = folder.path().join("docket.key");
    fs::remove_file(&key).unwrap();
    let output = run(&["demo", "--once", "--data", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("docket.key"),
        "{}",
        stderr(&output)
    );
    assert!(!key.exists());
}

#[test]
fn a_bad_calendar_names_its_line_and_changes_nothing() {
    let folder = demo_data();
    let url = database_url(folder.path());
    let file = folder.path().join("2027.csv");
    fs::write(&file, "date,kind\n2027-01-01,off\n2027-02-30,off\n").unwrap();
    let before = run(&["log", "head", "--database-url", &url]);
    let output = run(&[
        "calendar",
        "load",
        file.to_str().unwrap(),
        "--database-url",
        &url,
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("line 3"), "{}", stderr(&output));
    assert_eq!(
        stdout(&before),
        stdout(&run(&["log", "head", "--database-url", &url]))
    );
}

#[test]
fn a_log_that_is_not_the_published_one_is_found() {
    let folder = demo_data();
    let url = database_url(folder.path());
    let head = run(&["log", "head", "--json", "--database-url", &url]);
    let head: serde_json::Value = serde_json::from_str(&stdout(&head)).unwrap();
    let (size, root) = (
        head["size"].to_string(),
        head["root"].as_str().unwrap().to_owned(),
    );
    let whole = run(&[
        "log",
        "verify",
        "--size",
        &size,
        "--root",
        &root,
        "--database-url",
        &url,
    ]);
    assert!(whole.status.success(), "{}", stderr(&whole));
    let other = "00".repeat(32);
    let output = run(&[
        "log",
        "verify",
        "--size",
        &size,
        "--root",
        &other,
        "--database-url",
        &url,
    ]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("not the published one"),
        "{}",
        stderr(&output)
    );
}
