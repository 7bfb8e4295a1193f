//! What docs/operations.md says about PostgreSQL, run as it stands there on a server of its own.

use crate::process::{docket, stderr, stdout};
use docket_testkit::postgres::{Cluster, try_psql};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

const PAGE: &str = include_str!("../../../../docs/operations.md");

/// The fenced blocks of a language below a heading, in order.
pub fn blocks(heading: &str, language: &str) -> Vec<String> {
    let start = format!("\n### {heading}\n");
    let (_, section) = PAGE.split_once(&start).expect("the page has the heading");
    let section = section.split("\n#").next().unwrap();
    let fence = format!("```{language}\n");
    let blocks = section.split(&fence).skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap().to_owned())
        .collect()
}

/// A server with the roles of the page, and an operator's shell in a folder.
struct Site {
    cluster: Cluster,
    folder: TempDir,
}

impl Site {
    /// As the page says: roles, database, `docket migrate --grant`.
    fn new() -> Self {
        let site = Self {
            cluster: Cluster::start(),
            folder: tempfile::tempdir().unwrap(),
        };
        let [as_superuser, ..] = &blocks("Roles", "sql")[..] else {
            panic!("the page has no roles");
        };
        site.cluster.psql("postgres", as_superuser);
        let commands = &blocks("Roles", "sh")[0];
        assert!(commands.starts_with("docket migrate"), "{commands}");
        site.succeeds(commands.lines().next().unwrap());
        assert!(site.folder.path().join("docket.key").exists());
        site
    }

    /// The URL of a role and database.
    fn url(&self, role: &str, database: &str) -> String {
        self.cluster
            .url(database)
            .replacen("docket@", &format!("{role}@"), 1)
    }

    /// Runs lines of the page in the shell; only its server's port is another.
    fn shell(&self, lines: &str) -> Output {
        let port = self.cluster.port().to_string();
        let docket = Path::new(env!("CARGO_BIN_EXE_docket")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let folders = [docket, self.cluster.binaries()].map(|folder| folder.display().to_string());
        let mut shell = Command::new("sh");
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DOCKET_")) {
            shell.env_remove(name);
        }
        shell
            .args([
                "-euc",
                &lines.replace("127.0.0.1/", &format!("127.0.0.1:{port}/")),
            ])
            .current_dir(self.folder.path())
            .env("PATH", format!("{}:{path}", folders.join(":")))
            .envs([("PGPORT", port.as_str()), ("PGUSER", "docket")])
            .output()
            .unwrap()
    }

    fn succeeds(&self, lines: &str) -> String {
        let output = self.shell(lines);
        assert!(output.status.success(), "{lines}: {}", stderr(&output));
        stdout(&output)
    }

    fn docket(&self, role: &str, args: &[&str]) -> Command {
        let mut command = docket(args);
        command
            .current_dir(self.folder.path())
            .env("DOCKET_DATABASE_URL", self.url(role, "docket"));
        command
    }

    fn run(&self, role: &str, args: &[&str]) -> String {
        let output = self.docket(role, args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", stderr(&output));
        stdout(&output)
    }

    /// `docket serve` as a role, once it answers.
    fn serve(&self, role: &str) -> Server {
        let mut command = self.docket(role, &["serve", "--json", "--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let output = child.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        assert!(line.contains("base_url"), "it does not serve: {line}");
        Server(child)
    }

    /// Everything the role that serves was given.
    fn given(&self) -> String {
        self.cluster.psql(
            "docket",
            "SELECT table_name, privilege_type FROM information_schema.role_table_grants
             WHERE grantee = 'docket_node' ORDER BY 1, 2;
             SELECT has_database_privilege('docket_node', 'docket', 'CONNECT'),
                    has_database_privilege('docket_node', 'docket', 'CREATE'),
                    has_database_privilege('docket_node', 'docket', 'TEMPORARY'),
                    has_schema_privilege('docket_node', 'docket_log', 'USAGE'),
                    has_schema_privilege('docket_node', 'docket_log', 'CREATE')",
        )
    }
}

/// A server that a failing test does not leave behind.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_role_that_serves_cannot_change_an_event_nor_can_the_owner_by_mistake() {
    let site = Site::new();
    let node = site.url("docket_node", "docket");
    let owner = site.url("docket_owner", "docket");
    for change in [
        "UPDATE docket_log.events SET payload = ''",
        "DELETE FROM docket_log.events",
        "TRUNCATE docket_log.events",
        "DELETE FROM docket_log.security_audit",
    ] {
        let refused = try_psql(&node, change).unwrap_err();
        assert!(refused.contains("permission denied"), "{change}: {refused}");
        let refused = try_psql(&owner, change).unwrap_err();
        assert!(refused.contains("append only"), "{change}: {refused}");
    }
    let commands = &blocks("Roles", "sh")[0];
    let doctor = commands.lines().nth(1).unwrap();
    assert!(doctor.starts_with("docket doctor"), "{doctor}");
    let told = site.succeeds(doctor);
    assert!(
        told.contains("docket_node can only append events"),
        "{told}"
    );
}

#[test]
fn what_the_page_grants_by_hand_is_what_migrate_grants() {
    let site = Site::new();
    let granted = site.given();
    assert!(granted.contains("events|INSERT"), "{granted}");
    site.cluster.psql(
        "docket",
        "REVOKE ALL ON ALL TABLES IN SCHEMA docket_log FROM docket_node;
         REVOKE ALL ON SCHEMA docket_log FROM docket_node;
         REVOKE ALL ON DATABASE docket FROM docket_node",
    );
    assert_eq!(site.given(), "f|f|f|f|f");
    let by_hand = &blocks("Roles", "sql")[1];
    try_psql(&site.url("docket_owner", "docket"), by_hand).unwrap();
    assert_eq!(site.given(), granted);
}

#[test]
fn an_analyst_reads_the_live_read_models_also_after_a_rebuild_and_nothing_else() {
    let site = Site::new();
    let server = site.serve("docket_node");
    site.cluster.psql(
        "docket",
        "CREATE ROLE docket_analyst LOGIN; GRANT CONNECT ON DATABASE docket TO docket_analyst",
    );
    let as_node = &blocks("Roles", "sql")[2];
    try_psql(&site.url("docket_node", "docket"), as_node).unwrap();
    let analyst = site.url("docket_analyst", "docket");
    let question = "SELECT count(*) FROM docket.series";
    assert_eq!(try_psql(&analyst, question).unwrap(), "27");
    site.run("docket_node", &["projections", "rebuild", "--all"]);
    assert_eq!(try_psql(&analyst, question).unwrap(), "27");
    for closed in ["docket_log.events", "docket_log.keys"] {
        let refused = try_psql(&analyst, &format!("SELECT * FROM {closed}")).unwrap_err();
        assert!(refused.contains("permission denied"), "{refused}");
    }
    drop(server);
}

#[test]
fn a_socket_is_a_host_too() {
    let site = Site::new();
    let url = "postgres://docket_node@%2Frun%2Fpostgresql/docket";
    assert!(PAGE.contains(url));
    let folder = site.cluster.folder().to_str().unwrap().replace('/', "%2F");
    let port = site.cluster.port();
    let url = url.replace("%2Frun%2Fpostgresql", &format!("{folder}:{port}"));
    let args = ["projections", "list", "--json", "--database-url", &url];
    let list: Value = serde_json::from_str(&site.run("docket_node", &args)).unwrap();
    // Nothing is built by looking.
    assert_eq!(list["projections"], serde_json::json!([]));
    assert_eq!(list["unbuilt"].as_array().unwrap().len(), 6);
}

#[test]
fn a_dump_is_restored_and_shown_to_be_whole() {
    let site = Site::new();
    let server = site.serve("docket_node");
    let [backup, restore, _] = &blocks("Backup and restore of PostgreSQL", "sh")[..] else {
        panic!("the page has other blocks");
    };
    site.succeeds(backup);
    let calendar = "printf '2031-01-01,off\\n' | docket calendar load - --confirm --database-url postgres://docket_node@127.0.0.1/docket";
    site.succeeds(calendar);
    drop(server);
    let head = fs::read(site.folder.path().join("head.json")).unwrap();
    let head: Value = serde_json::from_slice(&head).unwrap();
    let restore = with_head(restore, &head["size"].to_string(), &head["root"]);
    let told = site.succeeds(&restore);
    assert!(told.contains("every hash recomputed"), "{told}");
    let url = site.url("docket_owner", "docket_restored");
    let kept = try_psql(&url, "SELECT count(*) FROM docket_log.events");
    assert_eq!(kept.unwrap(), head["size"].to_string());
    let refused = try_psql(&url, "DELETE FROM docket_log.events").unwrap_err();
    assert!(refused.contains("append only"), "{refused}");
    // What is missing at the end is found by the head alone.
    let cut = "ALTER TABLE docket_log.events DISABLE TRIGGER never_changed;
               DELETE FROM docket_log.events WHERE position = (SELECT max(position) FROM docket_log.events)";
    try_psql(&url, cut).unwrap();
    let verify = restore.lines().last().unwrap();
    assert_eq!(site.shell(verify).status.code(), Some(3));
}

#[test]
fn a_base_backup_starts_and_its_log_is_whole() {
    let site = Site::new();
    let before: Value =
        serde_json::from_str(&site.run("docket_owner", &["log", "head", "--json"])).unwrap();
    let [.., base] = &blocks("Backup and restore of PostgreSQL", "sh")[..] else {
        panic!("the page has no base backup");
    };
    let folder = site.folder.path().join("backup");
    fs::create_dir(&folder).unwrap();
    site.succeeds(&base.replace("/backup", folder.to_str().unwrap()));
    let restored = Site {
        cluster: Cluster::with().on_files(folder.join("base")).start(),
        folder: tempfile::tempdir().unwrap(),
    };
    let size = before["size"].to_string();
    let root = before["root"].as_str().unwrap();
    let args = ["log", "verify", "--size", &size, "--root", root];
    let told = restored.run("docket_owner", &args);
    assert!(told.contains("every hash recomputed"), "{told}");
}

fn with_head(lines: &str, size: &str, root: &Value) -> String {
    assert!(lines.contains("--size 1200 --root 5f0c2a…"), "{lines}");
    lines.replace(
        "--size 1200 --root 5f0c2a…",
        &format!("--size {size} --root {}", root.as_str().unwrap()),
    )
}
