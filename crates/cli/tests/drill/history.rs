//! A recorded history of ten clients on two nodes, with nodes and database killed and frozen in it.

use crate::arena::{Arena, Kind};
use crate::node::Node;
use crate::scene::{CROWDED, Scene};
use crate::verdict::{all_signed_once, judge};
use crate::worker::{Crew, Worker};
use docket_domain::vocabulary::Tab;
use docket_domain::{Kind as DeclarationKind, UnitId};
use docket_testkit::Seed;
use docket_testkit::linear::List;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;
use tokio::time::Instant;

const CLIENTS: u32 = 10;
const SUBJECTS: usize = 12;
/// Declarations that wait for 签收 when their unit turns it off.
const CROWD: usize = 2_000;
/// How long the crowd may take to be signed for once nothing is killed any more.
const CROWD_WITHIN: Duration = Duration::from_secs(120);

/// What happens to the servers, in an order that the seed decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blow {
    KillNode(usize),
    FreezeNode(usize),
    KillDatabase,
    TurnSignOffOff,
    Nothing,
}

fn blows(kind: Kind, seed: &mut Seed) -> Vec<Blow> {
    let mut blows = vec![
        Blow::KillNode(0),
        Blow::KillNode(1),
        Blow::FreezeNode(0),
        Blow::FreezeNode(1),
        Blow::KillNode(0),
        Blow::FreezeNode(1),
        Blow::Nothing,
    ];
    if kind == Kind::Postgres {
        blows.extend([Blow::KillDatabase, Blow::KillDatabase]);
    }
    for index in (1..blows.len()).rev() {
        blows.swap(index, seed.below(index + 1));
    }
    // In the middle of it, with a kill right behind, while the reactor works.
    let middle = blows.len() / 2;
    blows.insert(middle, Blow::TurnSignOffOff);
    blows.insert(middle + 1, Blow::KillNode(seed.below(2)));
    blows
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_clients_on_two_sqlite_nodes_see_one_order() {
    one_order(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_clients_on_two_postgresql_nodes_see_one_order() {
    one_order(Kind::Postgres).await;
}

async fn one_order(kind: Kind) {
    let number = seed_of_this_run();
    println!("{kind:?}: repeat with DOCKET_SEED={number}");
    let mut seed = Seed::new(number);
    let arena = Arena::new(kind);
    let began = Instant::now();
    let scene = Scene::set(&arena, SUBJECTS, CROWD).await;
    println!("{kind:?}: set after {:?}", began.elapsed());
    let nodes = [Node::new(&arena, 0), Node::new(&arena, 1)];
    nodes.iter().for_each(Node::start);
    println!("{kind:?}: two nodes after {:?}", began.elapsed());
    let (base, crowd) = (scene.base, scene.crowd.clone());
    let unit = scene.places[CROWDED].staff.id;
    let addresses = nodes.iter().map(|node| node.address.clone());
    let crew = Crew::new(scene, addresses.collect());
    let workers = crew.set_to_work(CLIENTS, number);
    let mut clerk = Worker::new(&crew, CLIENTS, number);
    for blow in blows(kind, &mut seed) {
        sleep(Duration::from_millis(300 + seed.below(900) as u64));
        strike(blow, &nodes, &arena, &mut clerk, &crew, &mut seed);
    }
    wait_for_the_crowd(&crew, unit);
    let mut calls = crew.call_it_a_day(workers);
    assert!(clerk.broken.is_empty(), "{:?}", clerk.broken);
    calls.extend(clerk.calls);
    nodes.iter().for_each(Node::terminate);
    println!("{kind:?}: worked until {:?}", began.elapsed());
    let (summary, witness) = judge(&arena, base, calls).await;
    all_signed_once(&witness, unit, &crowd);
    println!("{kind:?}: {summary}; judged after {:?}", began.elapsed());
    assert!(summary.accepted > 50, "no load: {summary}");
}

fn strike(
    blow: Blow,
    nodes: &[Node; 2],
    arena: &Arena,
    clerk: &mut Worker,
    crew: &Arc<Crew>,
    seed: &mut Seed,
) {
    match blow {
        Blow::KillNode(node) => {
            nodes[node].kill();
            nodes[node].start();
        }
        Blow::FreezeNode(node) => {
            nodes[node].freeze();
            sleep(Duration::from_millis(300 + seed.below(2_000) as u64));
            nodes[node].wake();
        }
        Blow::KillDatabase => {
            let cluster = arena.cluster.as_ref().unwrap();
            cluster.kill();
            sleep(Duration::from_millis(seed.below(500) as u64));
            cluster.start_again();
        }
        Blow::TurnSignOffOff => {
            let (actor, command) = crew.scene.toggle(CROWDED, false);
            clerk.insist(actor, command, None);
        }
        Blow::Nothing => {}
    }
    for node in nodes {
        assert!(!node.died(), "{blow:?}: a node ended\n{}", node.said());
    }
}

/// Waits until the page of those who wait is empty on both nodes.
fn wait_for_the_crowd(crew: &Crew, unit: UnitId) {
    let list = List {
        unit,
        kind: DeclarationKind::Confirmation,
        tab: Tab::ToSign,
        limit: 1,
        min_position: 0,
    };
    let badge = crew
        .scene
        .badge(&crew.scene.places[CROWDED].staff.by_operator());
    let began = Instant::now();
    let request = crate::wire::page_request(&list);
    for node in &crew.nodes {
        loop {
            let reply = request.send(node, &badge, CROWD_WITHIN);
            let page = reply
                .ok()
                .and_then(|reply| crate::wire::page(&reply).unwrap());
            let waiting = page.map(|page| page.counts[&Tab::ToSign]);
            if waiting == Some(0) {
                break;
            }
            assert!(
                began.elapsed() < CROWD_WITHIN,
                "{waiting:?} of the crowd still wait at {node}"
            );
            sleep(Duration::from_millis(50));
        }
    }
}

/// A seed that a run prints and `DOCKET_SEED` repeats.
pub fn seed_of_this_run() -> u64 {
    let given = std::env::var("DOCKET_SEED").ok();
    given.map_or_else(
        || u64::from(std::process::id()) * 0x9e37_79b9 + 1,
        |text| text.parse().unwrap(),
    )
}
