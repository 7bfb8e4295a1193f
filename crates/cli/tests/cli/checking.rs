//! `docket database check`.

use crate::process::{Place, docket, run, stderr, stdout};
use docket_testkit::engines::Engine;
use docket_testkit::postgres::{Cluster, Database, Proxy};
use serde_json::Value;
use std::process::Output;

/// Each check that was made, and how it was found.
fn checked(output: &Output) -> Vec<(String, String)> {
    let value: Value =
        serde_json::from_str(&stdout(output)).unwrap_or_else(|_| panic!("{}", stderr(output)));
    let findings = value["findings"].as_array().unwrap();
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    findings
        .iter()
        .map(|finding| (text(finding, "check"), text(finding, "verdict")))
        .collect()
}

fn check(url: &str) -> Output {
    run(&["database", "check", url, "--json"])
}

fn not_fine(output: &Output) -> Vec<(String, String)> {
    let mut checked = checked(output);
    checked.retain(|(_, verdict)| verdict != "fine");
    checked
}

fn named(findings: &[(&str, &str)]) -> Vec<(String, String)> {
    let findings = findings.iter();
    findings
        .map(|(check, verdict)| ((*check).to_owned(), (*verdict).to_owned()))
        .collect()
}

#[test]
fn a_sound_database_is_fine_with_a_log_and_without() {
    let empty = Database::new();
    let output = check(&empty.url());
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert_eq!(not_fine(&output), []);
    let checks: Vec<String> = checked(&output)
        .into_iter()
        .map(|(check, _)| check)
        .collect();
    for wanted in [
        "server",
        "server_version",
        "encoding",
        "collation",
        "time_zone",
        "fsync",
        "full_page_writes",
        "synchronous_commit",
        "clock",
        "connections",
        "create_privilege",
        "role_settings",
        "session",
        "session_settings",
        "advisory_locks",
        "prepared_statements",
        "listen",
        "schemas_and_copy",
        "log",
    ] {
        assert!(checks.iter().any(|check| check == wanted), "{wanted}");
    }
    let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'docket%'";
    assert_eq!(empty.psql(schemas), "0", "nothing stays behind");
    let place = Place::founded(Engine::Postgres);
    let output = place.run(&["database", "check", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let text = stdout(&place.run(&["database", "check"]));
    assert!(text.contains("advisory_locks"), "{text}");
}

#[test]
fn whatever_docket_would_suffer_from_is_named() {
    let server = Cluster::with()
        .setting("fsync", "off")
        .setting("max_connections", "30")
        .setting("log_statement", "all")
        .start();
    server.psql(
        "postgres",
        "CREATE ROLE clerk LOGIN; ALTER ROLE clerk SET statement_timeout = '5s'",
    );
    server.psql(
        "postgres",
        "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0",
    );
    let port = server.port();
    let output = check(&format!("postgres://clerk@127.0.0.1:{port}/latin"));
    assert_eq!(output.status.code(), Some(1));
    let wanted = [
        ("encoding", "wrong"),
        ("statement_log", "warning"),
        ("fsync", "wrong"),
        ("connections", "wrong"),
        ("create_privilege", "wrong"),
        ("role_settings", "warning"),
        ("schemas_and_copy", "wrong"),
    ];
    assert_eq!(not_fine(&output), named(&wanted));
    let said = stdout(&output);
    assert!(
        said.contains("GRANT CREATE ON DATABASE latin TO clerk"),
        "{said}"
    );
    assert!(said.contains("role clerk: statement_timeout=5s"), "{said}");
}

#[test]
fn a_server_that_refuses_to_be_listened_to_is_a_warning() {
    let database = Database::new();
    let proxy = Proxy::before(&database.url());
    proxy.garble("LISTEN", "LISTEM");
    let output = check(&proxy.url());
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert_eq!(not_fine(&output), named(&[("listen", "warning")]));
}

#[test]
fn a_cluster_is_looked_at_server_by_server() {
    let primary = Cluster::start();
    let standby = Cluster::with().standby_of(&primary).start();
    let (one, other) = (standby.port(), primary.port());
    let both = format!("postgres://docket@127.0.0.1:{one},127.0.0.1:{other}/postgres");
    let output = check(&both);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(stdout(&output).contains("a standby"));
    let alone = check(&standby.url("postgres"));
    assert_eq!(alone.status.code(), Some(1));
    assert_eq!(not_fine(&alone), named(&[("primary", "wrong")]));
    primary.stop_immediate();
    let output = check(&both);
    assert_eq!(output.status.code(), Some(1));
    let wanted = [("server", "wrong"), ("primary", "wrong")];
    assert_eq!(not_fine(&output), named(&wanted));
}

#[test]
fn privileges_that_a_node_lacks_are_named_one_by_one() {
    let place = Place::founded(Engine::Postgres);
    let database = place.database().unwrap();
    let role = format!("checked_{}", database.name());
    database.psql(&format!("CREATE ROLE {role} LOGIN"));
    let url = database.url().replace("docket@", &format!("{role}@"));
    let output = check(&url);
    let said = stdout(&output);
    database.psql(&format!("DROP ROLE {role}"));
    assert_eq!(output.status.code(), Some(1));
    let lacks = not_fine(&output);
    assert!(
        lacks
            .iter()
            .filter(|(check, _)| check == "privilege")
            .count()
            >= 10,
        "{lacks:?}"
    );
    assert!(
        said.contains("GRANT INSERT ON docket_log.events TO"),
        "{said}"
    );
}

#[test]
fn what_is_no_postgresql_is_a_usage_error() {
    for words in [
        &["database", "check", "sqlite:x.db"][..],
        &["database", "check", "mysql://h/x"],
        &["database", "check"],
    ] {
        let mut command = docket(words);
        let folder = tempfile::tempdir().unwrap();
        let output = command.current_dir(folder.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
