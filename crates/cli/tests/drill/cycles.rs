//! Kill -9 again and again, at named places and random moments, while clients work.
//!
//! `cargo xtask drill --cycles 1000` sets `DOCKET_DRILL_CYCLES`, `DOCKET_DRILL_ENGINE` and
//! `DOCKET_SEED`; without them it is short.

use crate::arena::{Arena, Kind};
use crate::history::seed_of_this_run;
use crate::node::Node;
use crate::scene::Scene;
use crate::verdict::{judge, whole};
use crate::worker::Crew;
use docket_store::Log;
use docket_testkit::Seed;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::thread::sleep;
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

const CLIENTS: u32 = 8;
/// Cycles of one engine in the ordinary tests.
const CYCLES: usize = 20;
/// The read models are rebuilt and compared after so many cycles, and at the end.
const REBUILT_EVERY: usize = 200;
/// Every place with a name.
const PLACES: &[&str] = &[
    "log.drained",
    "log.locked",
    "log.looked",
    "log.inserted",
    "log.committing",
    "log.committed",
    "engine.decided",
    "engine.appended",
    "http.answering",
    "views.folded",
    "views.written",
    "views.committed",
];
/// How often a place may be passed before it strikes.
const PASSAGES_MAX: usize = 6;
/// How long a node may take to come to its place before it is killed anywhere.
const COMES_WITHIN: Duration = Duration::from_millis(2_500);
/// The longest a node lives past its first answer until a random moment.
const LIFE_MS_MAX: usize = 900;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_over_kills_on_sqlite() {
    cycles(Kind::Sqlite, "sqlite").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_over_kills_on_postgresql() {
    cycles(Kind::Postgres, "postgres").await;
}

async fn cycles(kind: Kind, name: &str) {
    let setting = |name: &str| std::env::var(name).ok();
    let wanted = setting("DOCKET_DRILL_ENGINE").unwrap_or_else(|| "both".into());
    if wanted != "both" && wanted != name {
        return println!("{name}: not asked for");
    }
    let count = setting("DOCKET_DRILL_CYCLES").map_or(CYCLES, |text| text.parse().unwrap());
    let number = seed_of_this_run();
    println!("{name}: {count} cycles, repeat with DOCKET_SEED={number}");
    let mut seed = Seed::new(number);
    let arena = Arena::new(kind);
    let scene = Scene::set(&arena, 12 + count / 25, 0).await;
    let base = scene.base;
    let nodes = [Node::new(&arena, 0), Node::new(&arena, 1)];
    nodes[1].start();
    let addresses = nodes.iter().map(|node| node.address.clone());
    let crew = Crew::new(scene, addresses.collect());
    let workers = crew.set_to_work(CLIENTS, number);
    let mut audit = Audit::new(arena.log().await, base);
    let mut struck: BTreeMap<&str, usize> = BTreeMap::new();
    let began = Instant::now();
    for cycle in 1..=count {
        let ended = live_and_die(&nodes[cycle % 2], &mut seed);
        *struck.entry(ended).or_default() += 1;
        audit.look(&crew).await;
        progress(name, cycle, count, began, audit.position);
        if cycle.is_multiple_of(REBUILT_EVERY) {
            whole(&arena);
        }
    }
    for node in &nodes {
        if node.died() {
            node.kill();
            node.start();
        }
    }
    let calls = crew.call_it_a_day(workers);
    nodes.iter().for_each(Node::terminate);
    let (summary, _) = judge(&arena, base, calls).await;
    println!("{name}: {count} kills in {:?}: {struck:?}", began.elapsed());
    println!("{name}: {summary}");
}

/// Starts a node (it is down, or is killed first), lets it work and kills it, or lets it kill
/// itself. Says what ended it.
fn live_and_die(node: &Node, seed: &mut Seed) -> &'static str {
    node.kill();
    let place = *seed.pick(PLACES);
    let at_a_place = seed.chance(70);
    let failpoint = format!("{place}:{}", 1 + seed.below(PASSAGES_MAX));
    node.launch(at_a_place.then_some(failpoint.as_str()));
    let began = Instant::now();
    // One in ten random moments counts from the start, so that starting is cut short too.
    let from_start = !at_a_place && seed.chance(10);
    while !from_start && !node.died() && !node.is_up() {
        let late = began.elapsed() > Duration::from_secs(60);
        assert!(!late, "the node does not answer\n{}", node.said());
        sleep(Duration::from_millis(5));
    }
    let life = Duration::from_millis(seed.below(LIFE_MS_MAX) as u64);
    let answered = Instant::now();
    let patience = if at_a_place { COMES_WITHIN } else { life };
    while answered.elapsed() < patience && !node.died() {
        sleep(Duration::from_millis(3));
    }
    let by_itself = node.died();
    assert!(
        at_a_place || !by_itself,
        "the node ended by itself\n{}",
        node.said()
    );
    node.kill();
    if by_itself { place } else { "random moment" }
}

fn progress(name: &str, cycle: usize, count: usize, began: Instant, events: u64) {
    let shown = if count > CYCLES { 10 } else { 5 };
    if !cycle.is_multiple_of(shown) && cycle != count {
        return;
    }
    let elapsed = began.elapsed().as_secs_f64();
    let rate = cycle as f64 / elapsed;
    println!(
        "{name}: cycle {cycle}/{count}, {rate:.1}/s, {:.0} s to go, {events} events",
        (count - cycle) as f64 / rate
    );
}

/// Looks at the log while it grows: no gap, nothing twice, and all that was acknowledged is there.
struct Audit {
    log: Arc<dyn Log>,
    position: u64,
    /// Where each command's last event stands.
    stands: BTreeMap<Uuid, u64>,
}

impl Audit {
    fn new(log: Arc<dyn Log>, base: u64) -> Self {
        Self {
            log,
            position: base,
            stands: BTreeMap::new(),
        }
    }

    async fn look(&mut self, crew: &Crew) {
        // Taken first: what was acknowledged until now must stand in what is read now.
        let accepted = {
            let mut all = crew.accepted.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *all)
        };
        loop {
            let page = self.log.read_all(self.position, 1_000).await.unwrap();
            if page.is_empty() {
                break;
            }
            for event in page {
                self.position += 1;
                assert_eq!(event.position, self.position, "the log has a gap");
                let metadata: serde_json::Value = serde_json::from_str(&event.metadata).unwrap();
                let command: Uuid = metadata["command"]["id"].as_str().unwrap().parse().unwrap();
                let before = self.stands.insert(command, self.position);
                let goes_on = before.is_none_or(|before| before + 1 == self.position);
                assert!(goes_on, "{command} stands twice");
            }
        }
        for (command, told) in accepted {
            assert_eq!(
                self.stands.get(&command),
                Some(&told),
                "{command} was told another position than it has"
            );
        }
    }
}
