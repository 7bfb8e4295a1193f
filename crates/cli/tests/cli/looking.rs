//! Looking creates nothing: no file, no schema, no table, no privilege, no event.

use crate::process::{Place, files, stderr};
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use docket_testkit::postgres::Cluster;
use std::process::Output;

on_both_engines!(
    a_look_at_a_log_without_views_makes_none,
    a_look_at_views_changes_nothing
);

/// Every verb that only looks at a log or its views.
const LOOKS: &[&[&str]] = &[
    &["log", "head"],
    &["log", "verify"],
    &["doctor"],
    &["calendar", "show", "2026"],
    &["replay", "20260303QJWR"],
    &["projections", "list"],
    &["projections", "status"],
    &["projections", "plan", "--all"],
    &["projections", "parked"],
    &["worklist", "diff", "--from", "1", "--to", "2"],
    &["workflow", "show", "review"],
];

/// Everything of a database that a verb could make: schemas, tables and indexes, functions, with
/// owners and privileges; members of roles; and how long the log is.
const CATALOGUE: &str = "
SELECT 'schema', nspname, nspowner::regrole, nspacl::text FROM pg_namespace
WHERE nspname !~ '^pg_' ORDER BY 2;
SELECT 'relation', relnamespace::regnamespace, relname, relkind, relowner::regrole, relacl::text
FROM pg_class WHERE relnamespace::regnamespace::text !~ '^(pg_|information_schema)' ORDER BY 2, 3;
SELECT 'function', pronamespace::regnamespace, proname, proowner::regrole, proacl::text
FROM pg_proc WHERE pronamespace::regnamespace::text !~ '^(pg_|information_schema)' ORDER BY 2, 3;
SELECT 'default', defaclrole::regrole, defaclnamespace, defaclobjtype, defaclacl::text
FROM pg_default_acl ORDER BY 2, 3, 4;
SELECT 'member', roleid::regrole, member::regrole FROM pg_auth_members ORDER BY 2, 3;
SELECT 'database', datname, datacl::text FROM pg_database WHERE datname = current_database();
SELECT 'events', count(*), max(position) FROM docket_log.events;
SELECT 'settings', name, encode(value, 'hex') FROM docket_log.settings ORDER BY name;
SELECT 'audit', count(*) FROM docket_log.security_audit;
";

/// What lies in a place.
fn content(place: &Place) -> Vec<String> {
    let mut found: Vec<String> = files(place.folder())
        .iter()
        .map(|path| path.display().to_string())
        // SQLite's own, which go with whoever has a file open last.
        .filter(|path| !path.ends_with("-wal") && !path.ends_with("-shm"))
        .collect();
    found.sort();
    if let Some(database) = place.database() {
        found.extend(database.psql(CATALOGUE).lines().map(str::to_owned));
    }
    found
}

fn a_look_at_a_log_without_views_makes_none(engine: Engine) {
    let place = Place::founded(engine);
    let before = content(&place);
    for verb in LOOKS {
        let output = place.run(verb);
        // There is no such declaration, and no list of any time.
        let may_fail = ["replay", "worklist"].contains(&verb[0]);
        assert!(
            output.status.success() || may_fail,
            "{verb:?}: {}",
            stderr(&output)
        );
        assert_eq!(content(&place), before, "{verb:?}");
    }
}

fn a_look_at_views_changes_nothing(engine: Engine) {
    let place = Place::demo(engine);
    let before = content(&place);
    for verb in LOOKS {
        let output = place.run(verb);
        assert!(output.status.success(), "{verb:?}: {}", stderr(&output));
        assert_eq!(content(&place), before, "{verb:?}");
    }
}

/// A server whose log one role owns and another serves.
struct Office {
    server: Cluster,
    folder: tempfile::TempDir,
}

impl Office {
    fn new() -> Self {
        let server = Cluster::start();
        server.psql(
            "postgres",
            "CREATE ROLE docket_owner LOGIN; CREATE ROLE docket_node LOGIN; \
             CREATE ROLE stranger LOGIN",
        );
        server.psql("postgres", "CREATE DATABASE records OWNER docket_owner");
        server.psql("postgres", "REVOKE ALL ON DATABASE records FROM PUBLIC");
        server.psql("postgres", "GRANT CONNECT ON DATABASE records TO stranger");
        let office = Self {
            server,
            folder: tempfile::tempdir().unwrap(),
        };
        office.done(
            "docket_owner",
            &["migrate", "--new", "--grant", "docket_node"],
        );
        office
    }

    fn run(&self, role: &str, verb: &[&str]) -> Output {
        let port = self.server.port();
        let url = format!("postgres://{role}@127.0.0.1:{port}/records");
        let mut command = crate::process::docket(verb);
        command
            .env("DOCKET_DATABASE_URL", url)
            .env("DOCKET_KEY_FILE", self.folder.path().join("docket.key"));
        command.output().unwrap()
    }

    fn done(&self, role: &str, verb: &[&str]) {
        let output = self.run(role, verb);
        assert!(
            output.status.success(),
            "{role} {verb:?}: {}",
            stderr(&output)
        );
    }

    fn content(&self) -> String {
        self.server.psql("records", CATALOGUE)
    }
}

#[test]
fn whoever_looks_leaves_the_database_to_the_role_that_serves() {
    let office = Office::new();
    let looks = LOOKS
        .iter()
        .filter(|verb| !["replay", "worklist"].contains(&verb[0]));
    let before = office.content();
    for verb in looks.clone() {
        for role in ["docket_owner", "docket_node"] {
            office.done(role, verb);
            assert_eq!(office.content(), before, "{role} {verb:?}");
        }
    }
    // The role that serves makes the views, as if nobody had looked.
    office.done("docket_node", &["projections", "verify", "--all"]);
    let before = office.content();
    assert!(before.contains("docket_views|docket_node"), "{before}");
    for verb in looks {
        office.done("docket_node", verb);
        let output = office.run("docket_owner", verb);
        if verb[0] == "projections" {
            let said = stderr(&output);
            assert_eq!(output.status.code(), Some(1), "{verb:?}: {said}");
            assert!(
                said.contains("docket_owner lacks USAGE on SCHEMA docket"),
                "{said}"
            );
            assert!(said.contains("GRANT docket_node TO docket_owner"), "{said}");
        } else {
            assert!(output.status.success(), "{verb:?}: {}", stderr(&output));
        }
        assert_eq!(office.content(), before, "{verb:?}");
    }
    let remedy = "GRANT docket_node TO docket_owner";
    office.server.psql("records", remedy);
    office.done("docket_owner", &["projections", "list"]);
}

#[test]
fn a_privilege_that_is_missing_is_named_with_the_statement_that_gives_it() {
    let office = Office::new();
    let output = office.run("stranger", &["log", "head"]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    for part in [
        "stranger lacks ",
        "USAGE on SCHEMA docket_log",
        "GRANT USAGE ON SCHEMA docket_log TO stranger",
        "GRANT INSERT ON docket_log.events TO stranger",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // What is told is what it takes.
    let (_, remedies) = said.split_once("let its owner say: ").unwrap();
    let (remedies, _) = remedies.split_once(": ").unwrap();
    office.server.psql("records", remedies);
    office.done("stranger", &["log", "head"]);
    office.done("stranger", &["projections", "verify", "--all"]);
}
