//! Settings are obeyed or refused: every verb with every setting, so that no verb can forget one.

use crate::help::verbs;
use crate::process::{Place, docket, run, stderr, stdout};
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::Value;
use std::fs;
use std::process::Output;

on_both_engines!(
    a_demo_s_folder_leaves_what_was_named_where_it_was_named,
    a_replaced_view_is_kept_as_long_as_was_asked,
);

const NONE: &[&str] = &[];
const LOG: &[&str] = &["--config", "--database-url"];
const KEYS: &[&str] = &["--config", "--database-url", "--key-file"];
const LOOKS: &[&str] = &["--config", "--database-url", "--key-file", "--views"];
const WORKS: &[&str] = &[
    "--config",
    "--database-url",
    "--key-file",
    "--views",
    "--keep-views",
];

const SHIPPED: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../schemas/workflows/review.v1.toml"
);

/// Every verb, what it is given besides, and the settings that it uses.
const VERBS: &[(&str, &[&str], &[&str])] = &[
    ("demo", &["--once"], WORKS),
    ("serve", &["--listen", "127.0.0.1:0"], WORKS),
    ("migrate", &[], KEYS),
    ("replay", &["20260303QJWR"], KEYS),
    ("projections list", &[], LOOKS),
    ("projections status", &[], LOOKS),
    ("projections plan", &["--all"], LOOKS),
    ("projections rebuild", &["--all"], WORKS),
    ("projections rollback", &["worklist"], WORKS),
    ("projections verify", &["--all"], WORKS),
    ("projections repair", &["worklist"], WORKS),
    ("projections parked", &[], LOOKS),
    ("projections parked retry", &[], WORKS),
    ("projections drop-old", &[], WORKS),
    ("worklist diff", &["--from", "1", "--to", "2"], LOOKS),
    ("workflow check", &[SHIPPED], NONE),
    ("workflow show", &["review"], NONE),
    ("calendar load", &["/dev/null"], KEYS),
    ("calendar show", &["2026"], KEYS),
    ("log head", &[], LOG),
    ("log verify", &[], KEYS),
    ("log accept-restored", &[], LOOKS),
    ("database check", &[], LOG),
    ("doctor", &[], LOOKS),
    ("openapi", &[], NONE),
    ("completions", &["bash"], NONE),
];

fn ended(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), stdout(output) + &stderr(output))
}

#[test]
fn no_verb_is_left_out() {
    let mut all = verbs(&[]);
    let groups: Vec<Vec<String>> = all
        .iter()
        .filter(|path| {
            all.iter()
                .any(|other| other.len() > path.len() && other.starts_with(path))
        })
        .cloned()
        .collect();
    // `projections parked` is a verb and a group.
    all.retain(|path| !groups.contains(path) || path.join(" ") == "projections parked");
    let mut all: Vec<String> = all.iter().map(|path| path.join(" ")).collect();
    let mut table: Vec<&str> = VERBS.iter().map(|(verb, _, _)| *verb).collect();
    all.sort();
    table.sort_unstable();
    assert_eq!(all, table);
}

#[test]
fn every_verb_obeys_or_refuses_every_setting() {
    let (place, other) = (Place::demo(Engine::Sqlite), Place::founded(Engine::Sqlite));
    let broken_key = place.folder().join("broken.key");
    fs::write(&broken_key, "no key").unwrap();
    let broken_key = broken_key.to_str().unwrap();
    let no_folder = place.folder().join("no-folder");
    fs::write(&no_folder, "a file").unwrap();
    let no_folder = no_folder.to_str().unwrap();
    for (verb, rest, uses) in VERBS {
        // `serve` refuses a demo's log before it comes to the views.
        let here = match *verb {
            "serve" => &other,
            _ => &place,
        };
        let with = |settings: &[&str]| {
            let words: Vec<&str> = verb.split(' ').chain(rest.iter().copied()).collect();
            ended(&here.run(&[&words, settings].concat()))
        };
        for setting in WORKS {
            let (value, code, told) = match *setting {
                "--config" => ("/nowhere/docket.toml", 2, "/nowhere/docket.toml"),
                "--database-url" => ("mysql://h/x", 2, "no database URL"),
                "--key-file" => (broken_key, 1, "broken.key"),
                "--views" => (no_folder, 1, "no-folder"),
                _ => ("7", 1, "broken.key"),
            };
            if !uses.contains(setting) {
                let refused = with(&[setting, value]);
                let wanted = format!("does not use {setting}");
                assert!(
                    refused.0 == Some(2) && refused.1.contains(&wanted),
                    "{verb} {setting}: {refused:?}"
                );
                continue;
            }
            // Minutes are right whatever they are: that they are taken shows in another failure.
            let noticed = match *setting {
                "--keep-views" => with(&[setting, value, "--key-file", broken_key]),
                "--views" if *verb == "doctor" => continue,
                // Where no views lie, none has seen anything.
                "--views" if *verb == "log accept-restored" => continue,
                _ => with(&[setting, value]),
            };
            assert!(
                noticed.0 == Some(code) && noticed.1.contains(told),
                "{verb} {setting}: {noticed:?}"
            );
        }
    }
}

#[test]
fn every_line_of_the_file_counts() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let config = path("docket.toml");
    let lines = format!(
        "database_url = \"sqlite:{}\"\nkey_file = \"{}\"\nviews = \"{}\"\nkeep_views = 0\n\
         listen = \"localhost:0\"\nadmin_listen = \":0\"\njurisdiction = \"临江市\"\n",
        path("log/x.db"),
        path("x.key"),
        path("my-views")
    );
    fs::write(&config, lines).unwrap();
    let output = run(&["demo", "--once", "--config", &config]);
    assert!(output.status.success(), "{}", stderr(&output));
    for made in ["log/x.db", "x.key", "my-views/registry.db"] {
        assert!(folder.path().join(made).exists(), "{made}");
    }
    let list = run(&["projections", "list", "--config", &config, "--json"]);
    let list: Value = serde_json::from_str(&stdout(&list)).unwrap();
    let list = list["projections"].as_array().unwrap();
    assert!(list.iter().all(|view| view["kept"].is_null()), "{list:?}");
    for (line, told) in [
        ("listen = \"nonsense\"", "listen is no address"),
        ("admin_listen = \"nonsense\"", "admin_listen is no address"),
    ] {
        fs::write(&config, line).unwrap();
        let refused = run(&["demo", "--once", "--config", &config]);
        assert_eq!(refused.status.code(), Some(2));
        assert!(stderr(&refused).contains(told), "{}", stderr(&refused));
    }
}

fn a_demo_s_folder_leaves_what_was_named_where_it_was_named(engine: Engine) {
    let place = Place::new(engine);
    let key = place.folder().join("keys-own-place.key");
    let data = place.folder().join("data");
    let mut command = docket(&["demo", "--once", "--keep-views", "0", "--data"]);
    command.arg(&data).arg("--key-file").arg(&key);
    if let Some(database) = place.database() {
        command.env("DOCKET_DATABASE_URL", database.url());
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(key.exists() && !data.join("docket.key").exists());
    assert_eq!(data.join("docket.db").exists(), engine == Engine::Sqlite);
}

fn a_replaced_view_is_kept_as_long_as_was_asked(engine: Engine) {
    for (minutes, is_kept) in [("0", false), ("5", true)] {
        let place = Place::demo(engine);
        let rebuild = [
            "projections",
            "rebuild",
            "worklist",
            "--keep-views",
            minutes,
        ];
        place.json(&rebuild);
        let status = place.json(&["projections", "status", "worklist"]);
        let kept = &status["projections"][0]["projection"]["kept"];
        assert_eq!(kept.is_u64(), is_kept, "{status}");
    }
}

#[test]
fn no_error_shows_a_secret() {
    let secret = "postgres://docket:geheim@127.0.0.1:1/records";
    let misspelt = format!("--database_url={secret}");
    for words in [
        &["serve", secret][..],
        &[secret],
        &["log", "head", &misspelt],
        &["log", "head", "--database-url", secret],
        &[
            "log",
            "head",
            "--database-url",
            "postgres://docket:ge@geheim@h/x",
        ],
        &[
            "log",
            "head",
            "--database-url",
            "postgres://docket:geheim@h:port/x",
        ],
        &["log", "head", "--config", secret],
        &["replay", "x", "--key-file", secret],
        &["serve", "--listen", secret],
        &["serve", "--keep-views", secret],
        &["replay", secret],
    ] {
        let output = run(words);
        assert!(!output.status.success(), "{words:?}");
        let said = stdout(&output) + &stderr(&output);
        assert!(!said.contains("geheim"), "{words:?}: {said}");
    }
    for (name, value) in [
        ("DOCKET_DATABASE_URL", "postgres://docket:geheim@h:port/x"),
        ("DOCKET_DATABASE_URL", secret),
        ("DOCKET_LISTEN", secret),
        ("DOCKET_KEEP_VIEWS", secret),
        ("DOCKET_VIEWS", secret),
        ("DOCKET_LOG", secret),
        ("DOCKET_DATABSE_URL", secret),
        ("PGPORT", "geheim"),
        ("PGOPTIONS", "-c geheim"),
    ] {
        let mut command = docket(&["serve"]);
        command.env("DOCKET_DATABASE_URL", "postgres://127.0.0.1:1/x");
        let output = command.env(name, value).output().unwrap();
        assert!(!output.status.success(), "{name}");
        let said = stdout(&output) + &stderr(&output);
        assert!(!said.contains("geheim"), "{name}: {said}");
    }
}

#[test]
fn what_counts_for_the_log_counts_for_the_views() {
    let place = Place::demo(Engine::Postgres);
    let url = place.database().unwrap().url();
    let (user, rest) = url
        .strip_prefix("postgres://")
        .unwrap()
        .split_once('@')
        .unwrap();
    let (server, name) = rest.split_once('/').unwrap();
    let (host, port) = server.split_once(':').unwrap();
    let list = |variables: &[(&str, &str)]| {
        let mut command = place.docket(&["projections", "list", "--json"]);
        command.env("DOCKET_DATABASE_URL", "postgres://");
        command.envs(variables.iter().copied());
        command.output().unwrap()
    };
    let all = [
        ("PGHOST", host),
        ("PGPORT", port),
        ("PGUSER", user),
        ("PGDATABASE", name),
        ("PGPASSWORD", "not asked for"),
    ];
    let output = list(&all);
    assert!(output.status.success(), "{}", stderr(&output));
    for (variable, value) in [
        ("PGSSLMODE", "require"),
        ("PGCHANNELBINDING", "require"),
        ("PGOPTIONS", "-c statement_timeout=1"),
    ] {
        let refused = list(&[&all[..], &[(variable, value)]].concat());
        assert_eq!(refused.status.code(), Some(2), "{variable}");
    }
}
