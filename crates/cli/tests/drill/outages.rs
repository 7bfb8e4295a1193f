//! PostgreSQL goes away in every way it can: never a wrong answer, never a lost or doubled event,
//! and 503 with Retry-After where there is nothing better to say.

use crate::arena::{Arena, Kind, turn};
use crate::disk::Disk;
use crate::node::Node;
use crate::scene::{BUREAU, Scene};
use crate::verdict::{Summary, judge, whole};
use crate::wire;
use crate::worker::{Crew, Worker};
use docket_testkit::linear::{Answer, Call, What};
use docket_testkit::postgres::{Cluster, Cut, Proxy, try_psql};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{JoinHandle, sleep};
use std::time::Duration;
use tokio::time::Instant;

const CLIENTS: u32 = 6;
const SEED: u64 = 11;
const SUBJECTS: usize = 8;
/// The longest that others wait for a lock whose holder does not go on, and some time for a busy
/// machine.
const LOCK_FREE_WITHIN: Duration = Duration::from_secs(5 + 2);
/// How soon commands are accepted again once nothing is wrong any more.
const BACK_WITHIN: Duration = Duration::from_secs(30);

/// How a commit looks on the wire, and what the log's writer sends with it when it has events: the
/// read models commit on the same road, and are not meant.
const COMMIT_OF_EVENTS: &[&[u8]] = &[b"COMMIT\0", b"NOTIFY docket_log\n\0"];

/// Two nodes at work.
struct Play {
    arena: Arena,
    nodes: Vec<Node>,
    crew: Arc<Crew>,
    workers: Vec<JoinHandle<Worker>>,
}

impl Play {
    /// Sets the scene; `first` is how node 0 gets to the database, and a place to freeze at.
    async fn begin(arena: Arena, first: Option<String>, failpoint: Option<&str>) -> Self {
        let scene = Scene::set(&arena, SUBJECTS, 0).await;
        let nodes = vec![
            Node::on(&arena, 0, first.unwrap_or_else(|| arena.url())),
            Node::new(&arena, 1),
        ];
        nodes[1].start();
        nodes[0].launch(failpoint);
        nodes[0].wait_until_it_answers();
        let addresses = nodes.iter().map(|node| node.address.clone());
        let crew = Crew::new(scene, addresses.collect());
        let workers = crew.set_to_work(CLIENTS, SEED);
        Self {
            arena,
            nodes,
            crew,
            workers,
        }
    }

    fn cluster(&self) -> &Cluster {
        self.arena.cluster.as_ref().unwrap()
    }

    /// Waits until so many more commands were accepted, and says how long it took.
    fn goes_on(&self, commands: usize, within: Duration) -> Duration {
        let accepted = || self.crew.accepted.lock().unwrap().len();
        let (before, began) = (accepted(), Instant::now());
        while accepted() < before + commands {
            assert!(
                began.elapsed() < within,
                "nothing was accepted for {within:?}\n{}",
                self.nodes.iter().map(Node::said).collect::<String>()
            );
            sleep(Duration::from_millis(10));
        }
        began.elapsed()
    }

    /// Waits until the log grows, and says how long it took.
    fn log_grows(&self, within: Duration) -> Duration {
        let newest = "SELECT max(position) FROM docket_log.events";
        let head = || try_psql(&self.arena.url(), newest).unwrap();
        let (before, began) = (head(), Instant::now());
        while head() == before {
            assert!(began.elapsed() < within, "nothing is stored for {within:?}");
            sleep(Duration::from_millis(20));
        }
        began.elapsed()
    }

    /// Waits until a command is answered 503, and says how long it took.
    fn until_refused(&self) -> Duration {
        let before = self.crew.unavailable.load(Ordering::SeqCst);
        let began = Instant::now();
        while self.crew.unavailable.load(Ordering::SeqCst) == before {
            assert!(began.elapsed() < BACK_WITHIN, "everything is accepted");
            sleep(Duration::from_millis(10));
        }
        began.elapsed()
    }

    /// Ends the work and judges it; gives the calls too.
    async fn end(self) -> (Summary, Vec<Call>) {
        let base = self.crew.scene.base;
        self.goes_on(10, BACK_WITHIN);
        let calls = self.crew.call_it_a_day(self.workers);
        self.nodes.iter().for_each(Node::terminate);
        let (summary, _) = judge(&self.arena, base, calls.clone()).await;
        println!("{summary}");
        assert!(summary.accepted > 20, "no load: {summary}");
        (summary, calls)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_may_restart_while_commands_run() {
    let play = Play::begin(Arena::new(Kind::Postgres), None, None).await;
    play.goes_on(10, BACK_WITHIN);
    play.cluster().restart();
    play.goes_on(10, BACK_WITHIN);
    play.cluster().stop_immediate();
    sleep(Duration::from_secs(1));
    play.cluster().start_again();
    play.goes_on(10, BACK_WITHIN);
    play.cluster().kill();
    // Longer than anybody insists: all are told to come again.
    sleep(Duration::from_secs(7));
    play.cluster().start_again();
    let (summary, _) = play.end().await;
    assert!(summary.unknown > 0, "nobody noticed: {summary}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_is_lost_is_settled() {
    let arena = Arena::new(Kind::Postgres);
    let proxy = Proxy::before(&arena.url());
    let play = Play::begin(arena, Some(proxy.url()), None).await;
    let cuts = [
        Cut::Answer,
        Cut::Message,
        Cut::Answer,
        Cut::AnswerInSilence,
        Cut::Answer,
        Cut::Message,
    ];
    for (count, cut) in (1..).zip(cuts) {
        proxy.cut_next(cut, COMMIT_OF_EVENTS);
        let began = Instant::now();
        while proxy.lost() < count {
            assert!(
                began.elapsed() < BACK_WITHIN,
                "{count} {cut:?}: no commit came by\n{}",
                play.nodes[0].said()
            );
            sleep(Duration::from_millis(5));
        }
        play.goes_on(5, BACK_WITHIN);
    }
    let (summary, _) = play.end().await;
    assert!(summary.unknown > 0, "nobody noticed: {summary}");
}

/// One client alone, so that each answer is its own.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_gives_the_same_answer_whatever_was_cut() {
    let arena = Arena::new(Kind::Postgres);
    let proxy = Proxy::before(&arena.url());
    let scene = Scene::set(&arena, 0, 0).await;
    let node = Node::on(&arena, 0, proxy.url());
    node.start();
    let cuts = [Cut::Answer, Cut::Message, Cut::AnswerInSilence];
    for (count, cut) in (1..).zip(cuts) {
        let (actor, command) = scene.toggle(BUREAU, count % 2 == 0);
        let mut request = wire::request(&command);
        let key = uuid::Uuid::from_u128(count);
        request.headers = vec![("Idempotency-Key", key.to_string())];
        let badge = scene.badge(&actor);
        let send = || {
            let sent = request.send(&node.address, &badge, BACK_WITHIN);
            sent.expect("a node that runs answers")
        };
        proxy.cut_next(cut, COMMIT_OF_EVENTS);
        let (first, again) = (send(), send());
        assert_eq!(again.status, 200, "{cut:?}: {}", again.body);
        match first.status {
            200 => assert_eq!(first.body, again.body, "{cut:?}"),
            503 => assert!(first.headers.contains_key("retry-after"), "{cut:?}"),
            other => panic!("{cut:?}: {other} {}", first.body),
        }
        assert_eq!(again.body["events"][0]["type"], "SignOffToggled", "{cut:?}");
    }
    node.terminate();
    let entries = arena.entries().await;
    let toggles = entries[usize::try_from(scene.base).unwrap()..].iter();
    let toggles = toggles.filter(|entry| entry.envelope.event.kind() == "SignOffToggled");
    assert_eq!(toggles.count(), cuts.len());
    whole(&arena);
}

/// Once while it holds the lock, and once with a commit that is done and nobody knows of.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_frozen_with_the_lock_stops_nobody_and_wakes_to_nothing_wrong() {
    for place in ["log.locked:20:stop", "log.committing:40:stop"] {
        let play = Play::begin(Arena::new(Kind::Postgres), None, Some(place)).await;
        let frozen = &play.nodes[0];
        let began = Instant::now();
        while !frozen.is_frozen() {
            assert!(began.elapsed() < BACK_WITHIN, "the place is not come to");
            sleep(Duration::from_millis(2));
        }
        let waited = play.log_grows(LOCK_FREE_WITHIN);
        println!("{place}: others went on after {waited:?}");
        sleep(Duration::from_secs(2));
        frozen.wake();
        let woken = play.crew.began.elapsed();
        play.goes_on(20, BACK_WITHIN);
        let calls = play.end().await.1;
        let after = calls
            .iter()
            .filter(|call| call.node == 0 && u128::from(call.called_us) > woken.as_micros());
        let works = after.filter(|call| {
            matches!(
                &call.what,
                What::Command {
                    answer: Answer::Accepted(_),
                    ..
                }
            )
        });
        assert!(
            works.count() > 0,
            "{place}: the node accepts nothing any more"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_a_503_and_nothing_is_lost_by_it() {
    let turn = turn();
    let (disk, cluster) = Disk::with_server();
    let play = Play::begin(Arena::on(Some(cluster), turn), None, None).await;
    play.goes_on(10, BACK_WITHIN);
    disk.fill(play.cluster());
    let refused = play.until_refused();
    println!(
        "503 after {refused:?}: {}",
        last_lines(&play.cluster().log())
    );
    sleep(Duration::from_secs(2));
    disk.free(play.cluster());
    // A server whose write-ahead log could not grow is down; its operator starts it again.
    let began = Instant::now();
    while try_psql(&play.arena.url(), "SELECT 1").is_err() {
        if began.elapsed() > Duration::from_secs(5) {
            play.cluster().start_again();
        }
        sleep(Duration::from_millis(100));
    }
    play.goes_on(10, BACK_WITHIN);
    play.end().await;
    drop(disk);
}

fn last_lines(log: &str) -> String {
    let lines: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("ERROR") || line.contains("PANIC") || line.contains("FATAL"))
        .collect();
    lines[lines.len().saturating_sub(3)..].join(" | ")
}

/// What the database says when it sacrifices a transaction, raised by a trigger at random.
#[tokio::test(flavor = "multi_thread")]
async fn a_serialization_failure_or_a_deadlock_is_tried_again_or_a_503() {
    let play = Play::begin(Arena::new(Kind::Postgres), None, None).await;
    let url = play.arena.url();
    for code in ["40001", "40P01"] {
        let sabotage = format!(
            "CREATE OR REPLACE FUNCTION public.sabotage() RETURNS trigger LANGUAGE plpgsql AS $$ \
             BEGIN IF random() < 0.4 THEN RAISE EXCEPTION 'sabotage' USING ERRCODE = '{code}'; \
             END IF; RETURN NULL; END $$; \
             CREATE OR REPLACE TRIGGER sabotage AFTER INSERT ON docket_log.events \
             FOR EACH STATEMENT EXECUTE FUNCTION public.sabotage()"
        );
        try_psql(&url, &sabotage).unwrap();
        play.goes_on(30, BACK_WITHIN);
        try_psql(&url, "DROP TRIGGER sabotage ON docket_log.events").unwrap();
    }
    assert!(
        play.cluster().log().contains("sabotage"),
        "nobody was sacrificed"
    );
    play.end().await;
}

/// Somebody locks the table first and the log's lock second, the other way round than a node does.
#[tokio::test(flavor = "multi_thread")]
async fn a_real_deadlock_is_tried_again_or_a_503() {
    let play = Play::begin(Arena::new(Kind::Postgres), None, None).await;
    let crossing = "BEGIN; LOCK TABLE docket_log.events IN SHARE MODE; SELECT pg_sleep(0.2); \
                    SELECT pg_advisory_xact_lock(4921952873902404463); COMMIT";
    for _ in 0..4 {
        // Either side may be the one that is sacrificed.
        _ = try_psql(&play.arena.url(), crossing);
        play.goes_on(5, BACK_WITHIN);
    }
    assert!(
        play.cluster().log().contains("deadlock detected"),
        "there was none"
    );
    play.end().await;
}
