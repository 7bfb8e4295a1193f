//! The version before and the next serve one log, the level is raised under load, and from then on
//! the version before answers nothing it cannot judge.

use crate::client::{Answer, Client};
use crate::nodes::{Build, MACHINE, Node, Place};
use crate::steps::{
    LOOKS_MAX, PAUSE, SEQ, last_position, sign, to_sign, turn_sign_off, until, worklist,
};
use crate::town::{Deployed, Stored};
use docket_domain::DeclarationId;
use docket_testkit::engines::Engine;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::thread;

/// Declarations signed while the level is raised, how many of them before at least, and how many of
/// each client's after it.
const UNDER_LOAD: usize = 80;
const BEFORE: usize = 15;
const AFTER: usize = 3;
/// Left for what is looked at in quiet.
const IN_QUIET: usize = 6;

docket_testkit::on_both_engines!(async: two_versions_serve_one_log_until_the_level_is_raised);

async fn two_versions_serve_one_log_until_the_level_is_raised(engine: Engine) {
    let _beside_others = MACHINE.read().await;
    let place = Place::apart(engine);
    let before = Build::present();
    let next = Build::next();
    let town = Deployed::found(&place, UNDER_LOAD + IN_QUIET).await;
    let (quiet, load) = town.to_sign.split_at(IN_QUIET);
    let old = before.serve(&place, "old");
    let new = next.serve(&place, "new");

    both_judge_and_write_what_both_read(&town, quiet, &old, &new).await;
    the_version_before_raises_nothing(&before, &place);
    assert_eq!(doctor_on_the_level(&next, &place), "warning");
    raised_under_load(&town, load, &place, [&old, &new], &next).await;
    the_old_node_answers_nothing_it_cannot_judge(&town, quiet, &old).await;
    the_new_node_goes_on(&town, quiet, &old, &new).await;
    the_old_projector_has_stopped_and_parked_nothing(&town, &place, &old);
    the_new_node_signs_for_the_unit_while_the_old_one_runs(&town, quiet[5], &new).await;

    old.stop();
    let refused = before.refused_to_serve(&place, "old");
    assert!(
        refused.contains("level 2") && refused.contains("levels up to 1"),
        "{refused}"
    );
    // Who only looks is not turned away.
    let head = before.run(&place, &["log", "head", "--json"]).json();
    assert_eq!(head["level"], 2);
    assert_eq!(doctor_on_the_level(&next, &place), "fine");
    before.run(&place, &["log", "verify"]).done();

    new.stop();
    let new = next.serve(&place, "new");
    turn_sign_off(&town, &new, true);
    next.run(&place, &["projections", "rebuild", "--all"])
        .done();
    new.stop();
}

async fn both_judge_and_write_what_both_read(
    town: &Deployed,
    quiet: &[DeclarationId],
    old: &Node,
    new: &Node,
) {
    let nodes = [town.operator(old), town.operator(new)];
    for (index, id) in quiet[..4].iter().enumerate() {
        let (one, other) = (&nodes[index % 2], &nodes[(index + 1) % 2]);
        let signed = sign(one, *id, 200);
        let position = last_position(&signed);
        assert_eq!(sign(other, *id, 409)["code"], "WRONG_STATE");
        assert_eq!(worklist(one, position), worklist(other, position));
    }
    for node in &nodes {
        assert_eq!(ready(node).status, 200);
    }
    let signed = town.stored("SignedFor").await;
    assert_eq!(signed.len(), 4);
    assert!(signed.iter().all(is_of_level_1), "{signed:?}");
}

fn the_version_before_raises_nothing(before: &Build, place: &Place) {
    let above = before.run(place, &["migrate", "--level", "2"]);
    assert_eq!(above.code, Some(2));
    assert!(above.stderr.contains("levels up to 1"), "{}", above.stderr);
    let newest = before.run(place, &["migrate", "--level", "latest", "--json"]);
    assert_eq!(newest.json()["level"], 1);
}

fn doctor_on_the_level(build: &Build, place: &Place) -> Value {
    let findings = build.run(place, &["doctor", "--json"]).told();
    let findings = findings["findings"].as_array().unwrap();
    let level = findings.iter().find(|finding| finding["check"] == "level");
    level.unwrap()["verdict"].clone()
}

/// Four clients sign, two on each node, while the level is raised. Who is told `NODE_TOO_OLD` goes
/// to the other node, as a load balancer would.
async fn raised_under_load(
    town: &Deployed,
    load: &[DeclarationId],
    place: &Place,
    nodes: [&Node; 2],
    next: &Build,
) {
    let (done, turned_away) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let raise_ended = AtomicBool::new(false);
    let raised = thread::scope(|scope| {
        for (index, part) in load.chunks(UNDER_LOAD / 4).enumerate() {
            let clients = [nodes[index % 2], nodes[1]].map(|node| town.operator(node));
            let (done, turned_away, raise_ended) = (&done, &turned_away, &raise_ended);
            scope.spawn(move || {
                let (during, after) = part.split_at(part.len() - AFTER);
                let mut client = &clients[0];
                for id in during {
                    turned_away.fetch_add(sign_somewhere(&mut client, &clients[1], *id), SEQ);
                    done.fetch_add(1, SEQ);
                }
                until("the level is raised", || raise_ended.load(SEQ));
                for id in after {
                    turned_away.fetch_add(sign_somewhere(&mut client, &clients[1], *id), SEQ);
                }
            });
        }
        until("some are signed", || done.load(SEQ) >= BEFORE);
        let raised = next.run(place, &["migrate", "--level", "2", "--json"]);
        raise_ended.store(true, SEQ);
        raised.json()
    });
    assert_eq!(turned_away.load(SEQ), 2, "both clients of the old node");
    assert_eq!(
        (&raised["level"], &raised["level_known"]),
        (&2.into(), &2.into())
    );
    let place_of_the_raise = town.stored("LevelRaised").await[0].position;
    let mut signed = BTreeMap::new();
    for event in town.stored("SignedFor").await {
        let right = match event.position < place_of_the_raise {
            true => is_of_level_1(&event),
            false => is_of_level_2(&event),
        };
        assert!(right, "raised at {place_of_the_raise}: {event:?}");
        *signed.entry(event.stream).or_insert(0) += 1;
    }
    assert_eq!(signed.len(), UNDER_LOAD + 4);
    assert!(signed.values().all(|times| *times == 1), "{signed:?}");
}

/// Goes over to the other node where this one is too old; answers how often.
fn sign_somewhere<'a>(client: &mut &'a Client, other: &'a Client, id: DeclarationId) -> usize {
    let answer = client.ask("POST", &to_sign(id), &[], None).unwrap();
    match (answer.status, answer.body["code"].as_str()) {
        (200, _) => 0,
        (503, Some("NODE_TOO_OLD")) => {
            *client = other;
            sign(client, id, 200);
            1
        }
        _ => panic!("{answer:?}"),
    }
}

/// Neither what it would accept nor what it would refuse; nothing of it is in the log.
async fn the_old_node_answers_nothing_it_cannot_judge(
    town: &Deployed,
    quiet: &[DeclarationId],
    old: &Node,
) {
    let operator = town.operator(old);
    let size = town.size().await;
    for id in [quiet[4], quiet[0]] {
        assert_eq!(sign(&operator, id, 503)["code"], "NODE_TOO_OLD");
        let actions = format!("/declarations/{id}/allowed-actions");
        let actions = operator.expect(503, "GET", &actions, &[], None);
        assert_eq!(actions["code"], "NODE_TOO_OLD");
    }
    let unready = ready(&operator);
    assert_eq!(
        (unready.status, &unready.body["code"]),
        (503, &"NODE_TOO_OLD".into())
    );
    assert_eq!(town.size().await, size);
}

async fn the_new_node_goes_on(town: &Deployed, quiet: &[DeclarationId], old: &Node, new: &Node) {
    let operator = town.operator(new);
    let position = last_position(&sign(&operator, quiet[4], 200));
    let written = town.stored("SignedFor").await;
    assert!(is_of_level_2(written.last().unwrap()));
    worklist(&operator, position);
    assert_eq!(ready(&operator).status, 200);
    let waiting = format!("/worklist?kind=initial&min_position={position}");
    let waited = town.operator(old).expect(503, "GET", &waiting, &[], None);
    assert_eq!(waited["code"], "NODE_TOO_OLD");
}

/// Where the nodes share their read models, the new one may have carried those that mean the same to
/// both past the event before the old one met it. The old worklist is fed by the old node alone.
fn the_old_projector_has_stopped_and_parked_nothing(town: &Deployed, place: &Place, old: &Node) {
    let operator = town.system_operator(old);
    until("every projector of the old node stops", || {
        let list = operator.expect(200, "GET", "/admin/projections", &[], None);
        let views = list["items"].as_array().unwrap().clone();
        assert_eq!(views.len(), 6);
        assert!(views.iter().all(|view| view["parked"] == 0), "{views:?}");
        views.iter().all(|view| {
            let why = view["stopped"].as_str().unwrap_or_default();
            let stopped = why.contains("SignedFor schema 2") && why.contains("not known");
            let shared = place.shares_views() && view["name"] != "worklist";
            stopped || (shared && view["lag"] == 0)
        })
    });
}

/// The old node was there first, so it was the one to sign for units that turn 签收 off.
async fn the_new_node_signs_for_the_unit_while_the_old_one_runs(
    town: &Deployed,
    waiting: DeclarationId,
    new: &Node,
) {
    let before = town.stored("SignedFor").await.len();
    turn_sign_off(town, new, false);
    for _ in 0..LOOKS_MAX {
        let signed = town.stored("SignedFor").await;
        if let [signed] = &signed[before..] {
            assert!(signed.stream.contains(&waiting.to_string()), "{signed:?}");
            assert_eq!(
                (signed.schema, &signed.payload["by_system"]),
                (2, &true.into())
            );
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("nobody signs for the unit");
}

fn ready(client: &Client) -> Answer {
    client.ask_at_root("GET", "/readyz", &[], None).unwrap()
}

fn is_of_level_1(event: &Stored) -> bool {
    event.schema == 1 && event.payload["auto"] == false && event.payload.get("by_system").is_none()
}

fn is_of_level_2(event: &Stored) -> bool {
    event.schema == 2 && event.payload["by_system"] == false && event.payload.get("auto").is_none()
}
