//! A standby takes over under a running node, as docs/operations.md says.

use crate::client::{Answer, Client};
use crate::lost::is;
use crate::operations::blocks;
use crate::process::docket;
use docket_testkit::postgres::Cluster;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Child, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// How long a node may take to find a primary once there is one.
const WITHIN: Duration = Duration::from_secs(20);
const STEP: Duration = Duration::from_millis(100);

/// A primary whose commits wait for its standby.
fn pair() -> (Cluster, Cluster) {
    let primary = Cluster::start();
    let standby = Cluster::with().standby_of(&primary).start();
    primary.psql("postgres", &blocks("A standby", "sql")[0]);
    let in_step = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'quorum'";
    until(|| (primary.psql("postgres", in_step) == "1").then_some(()));
    (primary, standby)
}

pub fn until<T>(mut found: impl FnMut() -> Option<T>) -> T {
    let steps = WITHIN.as_millis() / STEP.as_millis();
    for _ in 0..steps {
        if let Some(found) = found() {
            return found;
        }
        sleep(STEP);
    }
    panic!("not within {WITHIN:?}");
}

/// A primary with a standby that does not wait for each other.
fn loose_pair() -> (Cluster, Cluster) {
    let primary = Cluster::start();
    let standby = Cluster::with().standby_of(&primary).start();
    (primary, standby)
}

/// The standby has all that was committed, and hears of nothing more.
fn cut_off(primary: &Cluster, standby: &Cluster) {
    let written = primary.psql("postgres", "SELECT pg_current_wal_lsn()");
    let followed = format!("SELECT pg_last_wal_replay_lsn() >= '{written}'");
    until(|| (standby.psql("postgres", &followed) == "t").then_some(()));
    standby.psql("postgres", "ALTER SYSTEM SET primary_conninfo = ''");
    standby.psql("postgres", "SELECT pg_reload_conf()");
    let heard = "SELECT count(*) FROM pg_stat_wal_receiver";
    until(|| (standby.psql("postgres", heard) == "0").then_some(()));
}

#[test]
fn a_node_says_that_a_standby_lacked_commits_until_that_is_accepted_and_goes_on() {
    let (primary, standby) = loose_pair();
    primary.psql("postgres", "CREATE DATABASE records");
    let (one, two) = (primary.port(), standby.port());
    let url = format!("postgres://docket@127.0.0.1:{one},127.0.0.1:{two}/records");
    let folder = tempfile::tempdir().unwrap();
    let (_node, credentials) = Node::start(folder.path(), &url);
    let (client, examples) = applicant(&credentials);
    let body = |kind: &str| examples[kind]["body"].clone();
    client.expect(201, "POST", "/declarations", &[], Some(&body("review")));
    cut_off(&primary, &standby);
    let lost = client.expect(201, "POST", "/declarations", &[], Some(&body("initial")));
    let lost = lost["position"].as_u64().unwrap();
    primary.kill();
    standby.promote();
    let mine = || client.ask("GET", "/declarations/mine", &[], None).unwrap();
    until(|| is(&mine(), 503, "LOG_RESTORED").then_some(()));
    let refused = client.ask("POST", "/declarations", &[], Some(&body("initial")));
    assert!(is(&refused.unwrap(), 503, "LOG_RESTORED"));
    let accept = |from: Option<String>| {
        let mut command = docket(&["log", "accept-restored", "--json"]);
        command.args(from.iter().flat_map(|from| ["--lost-from", from]));
        command.env("DOCKET_DATABASE_URL", &url);
        command.env("DOCKET_KEY_FILE", folder.path().join("docket.key"));
        let output = command.output().unwrap();
        let told: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (output.status.code(), told)
    };
    // What is lost is known once the node has remembered it.
    let shown = until(|| match accept(None) {
        (Some(3), told) if told["seen"].as_u64() >= Some(lost) => Some(told),
        _ => None,
    });
    let from = shown["lost_from"].as_u64().unwrap();
    assert!(from <= lost, "{shown}");
    let (exit, accepted) = accept(Some(from.to_string()));
    assert_eq!((exit, &accepted["incarnation"]), (Some(0), &Value::from(2)));
    let listed = until(|| Some(mine()).filter(|mine| mine.status == 200));
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 1);
    client.expect(201, "POST", "/declarations", &[], Some(&body("initial")));
}

/// A demo on two servers, once it answers, and what it tells.
struct Node(Child);

impl Node {
    fn start(folder: &Path, url: &str) -> (Self, Value) {
        let file = folder.join("credentials.json");
        let mut command = docket(&["demo", "--listen", "127.0.0.1:0", "--data"]);
        command.arg(folder).arg("--credentials").arg(&file);
        command.env("DOCKET_DATABASE_URL", url);
        let mut node = Self(command.stdout(Stdio::null()).spawn().unwrap());
        loop {
            if let Ok(text) = fs::read_to_string(&file) {
                return (node, serde_json::from_str(&text).unwrap());
            }
            assert!(node.0.try_wait().unwrap().is_none(), "it ended by itself");
            sleep(STEP);
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An applicant without a declaration, and what he would declare.
pub fn applicant(credentials: &Value) -> (Client, Value) {
    let people = credentials["people"].as_array().unwrap();
    let person = people
        .iter()
        .find(|person| person.get("examples").is_some())
        .unwrap();
    let address = credentials["base_url"].as_str().unwrap();
    let client = Client {
        address: address.strip_prefix("http://").unwrap().to_owned(),
        token: person["token"].as_str().unwrap().to_owned(),
        unit: None,
    };
    (client, person["examples"].clone())
}

#[test]
fn a_log_is_proven_and_looked_after_on_a_standby_which_is_told_to_be_one() {
    let (primary, standby) = pair();
    primary.psql("postgres", "CREATE DATABASE records");
    let folder = tempfile::tempdir().unwrap();
    let on = |cluster: &Cluster, args: &[&str]| {
        let mut command = docket(args);
        command.env("DOCKET_DATABASE_URL", cluster.url("records"));
        command.env("DOCKET_KEY_FILE", folder.path().join("docket.key"));
        command.output().unwrap()
    };
    let told = |output: &Output| -> Value {
        let said = String::from_utf8_lossy(&output.stderr);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
    };
    assert!(on(&primary, &["demo", "--once"]).status.success());
    let head = told(&on(&primary, &["log", "head", "--json"]));
    let proven = until(|| {
        let output = on(&standby, &["log", "verify", "--json"]);
        let here = output.status.success().then(|| told(&output));
        here.filter(|here| here["size"] == head["size"])
    });
    assert_eq!(proven["root"], head["root"]);
    assert_eq!(
        (&proven["standby"], &proven["whole"]),
        (&true.into(), &true.into())
    );
    let doctor = told(&on(&standby, &["doctor", "--json"]));
    let verdict = |check: &str| {
        let mut findings = doctor["findings"].as_array().unwrap().iter();
        findings.find(|finding| finding["check"] == check).unwrap()["verdict"].clone()
    };
    for (check, due) in [
        ("log", "fine"),
        ("primary", "warning"),
        ("calendar_this_year", "fine"),
    ] {
        assert_eq!(verdict(check), due, "{doctor:#}");
    }
    // Nothing but looking works there.
    assert!(!on(&standby, &["projections", "list"]).status.success());
    primary.psql(
        "records",
        "ALTER TABLE docket_log.events ENABLE TRIGGER never_changed",
    );
    let output = until(|| {
        let output = on(&standby, &["log", "verify", "--json"]);
        (output.status.code() == Some(3)).then_some(output)
    });
    assert_eq!(told(&output)["findings"][0]["part"], "schema");
}

#[test]
fn a_node_goes_on_at_the_standby_with_all_that_was_answered() {
    let (primary, standby) = pair();
    primary.psql("postgres", "CREATE DATABASE records");
    let (one, two) = (primary.port(), standby.port());
    let url = format!("postgres://docket@127.0.0.1:{one},127.0.0.1:{two}/records");
    let folder = tempfile::tempdir().unwrap();
    let (_node, credentials) = Node::start(folder.path(), &url);
    let (client, examples) = applicant(&credentials);
    let body = |kind: &str| examples[kind]["body"].clone();
    let before = client.expect(201, "POST", "/declarations", &[], Some(&body("review")));
    primary.kill();
    let key = [("Idempotency-Key", "00000000-0000-4000-8000-000000000001")];
    let create = || {
        client
            .ask("POST", "/declarations", &key, Some(&body("initial")))
            .unwrap()
    };
    let during = create();
    assert_eq!(during.status, 503, "{}", during.body);
    standby.promote();
    let after = until(|| match create() {
        Answer { status: 201, body } => Some(body),
        Answer { status: 503, .. } => None,
        other => panic!("{other:?}"),
    });
    let mine = format!("/declarations/mine?min_position={}", after["position"]);
    let mine = until(|| match client.ask("GET", &mine, &[], None).unwrap() {
        Answer { status: 200, body } => Some(body),
        Answer { status: 503, .. } => None,
        other => panic!("{other:?}"),
    });
    let listed = mine["items"].to_string();
    for answered in [&before, &after] {
        let id = answered["declaration_id"].as_str().unwrap();
        assert!(listed.contains(id), "{listed}");
    }
    assert_eq!(mine["items"].as_array().unwrap().len(), 2, "{listed}");
}
