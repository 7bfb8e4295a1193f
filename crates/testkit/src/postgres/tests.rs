#![allow(clippy::unwrap_used)]

use super::database::Database;
use super::{Cluster, cluster, processes};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

#[test]
fn a_database_answers_and_keeps_its_promises() {
    let database = Database::new();
    assert_eq!(database.psql("SELECT 6 * 7, 'x'"), "42|x");
    let promises = "SELECT current_setting('fsync'), current_setting('synchronous_commit'), \
                    current_setting('full_page_writes')";
    assert_eq!(database.psql(promises), "on|on|on");
}

#[test]
fn two_databases_are_apart_and_gone_when_dropped() {
    let (one, other) = (Database::new(), Database::new());
    one.psql("CREATE TABLE here (id int)");
    assert_eq!(one.psql("SELECT to_regclass('here') IS NULL"), "f");
    assert_eq!(other.psql("SELECT to_regclass('here') IS NULL"), "t");
    let name = one.name().to_owned();
    drop(one);
    let left = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
    assert_eq!(other.psql(&left), "0");
}

#[test]
fn a_copy_holds_what_the_other_held_and_goes_its_own_way() {
    let one = Database::new();
    one.psql("CREATE TABLE here AS SELECT 7 AS id");
    let other = one.copy();
    one.psql("DELETE FROM here");
    assert_eq!(other.psql("SELECT id FROM here"), "7");
}

#[test]
fn what_was_committed_before_a_kill_is_there_after_the_next_start() {
    let cluster = Cluster::start();
    let port = cluster.port();
    cluster.psql(
        "postgres",
        "CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)",
    );
    cluster.kill();
    assert!(super::try_psql(&cluster.url("postgres"), "SELECT 1").is_err());
    cluster.start_again();
    assert_eq!(cluster.psql("postgres", "SELECT id FROM kept"), "7");
    cluster.stop_immediate();
    cluster.start_again();
    cluster.restart();
    assert_eq!(cluster.psql("postgres", "SELECT id FROM kept"), "7");
    assert_eq!(cluster.port(), port);
}

#[test]
fn a_standby_follows_its_primary_and_can_take_over() {
    let place = tempfile::tempdir().unwrap();
    let primary = Cluster::with().setting("wal_keep_size", "64MB").start();
    let options = Cluster::with().within(place.path()).standby_of(&primary);
    let standby = options.setting("hot_standby_feedback", "on").start();
    assert!(place.path().join("data/standby.signal").exists());
    primary.psql("postgres", "CREATE TABLE followed AS SELECT 7 AS id");
    let seen = "SELECT to_regclass('followed') IS NOT NULL";
    until("the standby has the table", || {
        standby.psql("postgres", seen) == "t"
    });
    primary.kill();
    standby.promote();
    standby.psql("postgres", "INSERT INTO followed VALUES (8)");
    assert_eq!(
        standby.psql("postgres", "SELECT sum(id) FROM followed"),
        "15"
    );
    drop(standby);
    assert!(!place.path().join("data").exists());
}

#[test]
fn a_url_leads_to_another_database_of_the_same_server() {
    let url = |server| cluster::with_database(server, "x");
    assert_eq!(url("postgres://a:b@h:1/postgres"), "postgres://a:b@h:1/x");
    assert_eq!(url("postgresql://h"), "postgresql://h/x");
    assert_eq!(url("postgres:///y?host=/tmp"), "postgres:///x?host=/tmp");
}

/// Set for the process that the test below kills.
const VICTIM: &str = "DOCKET_TESTKIT_VICTIM";

/// Begins the line in which it says what it runs.
const RUNS: &str = "the server of this process: ";

#[test]
fn a_killed_test_process_leaves_nothing_behind() {
    if std::env::var_os(VICTIM).is_some() {
        return live_until_killed();
    }
    let name = "postgres::tests::a_killed_test_process_leaves_nothing_behind";
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(VICTIM, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Held to the end: it must live until it is killed, not die of a closed pipe.
    let mut output = BufReader::new(victim.stdout.take().unwrap()).lines();
    let running = output
        .by_ref()
        .map_while(Result::ok)
        .find_map(|line| Some(line.strip_prefix(RUNS)?.to_owned()));
    let running = running.expect("the victim says what it runs");
    let (postmaster, folder) = running.split_once(' ').unwrap();
    let (postmaster, folder) = (postmaster.parse().unwrap(), Path::new(folder));
    assert!(processes::runs(postmaster) && folder.join("data").exists());
    victim.kill().unwrap();
    victim.wait().unwrap();
    until("the server is gone", || !processes::runs(postmaster));
    until("its folder is gone", || !folder.exists());
}

#[allow(clippy::print_stdout)] // it talks to the test that started it
fn live_until_killed() {
    let cluster = Cluster::start();
    let pid = std::fs::read_to_string(cluster.folder().join("pid")).unwrap();
    println!("\n{RUNS}{} {}", pid.trim(), cluster.folder().display());
    // Long enough for the other to kill it; a stray one ends by itself.
    sleep(Duration::from_secs(60));
    unreachable!("nobody killed this process");
}

fn until(what: &str, is: impl Fn() -> bool) {
    for _ in 0..1_000 {
        if is() {
            return;
        }
        sleep(Duration::from_millis(20));
    }
    panic!("not in 20 s: {what}");
}
