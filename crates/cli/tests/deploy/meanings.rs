//! The next version gives the worklist another meaning: one column more. It is deployed beside the
//! version before, taken back, deployed again, and taken back after the version before was gone.

use crate::nodes::{Build, MACHINE, Node, Place};
use crate::readers::{Promised, while_looking};
use crate::steps::{SEQ, turn_sign_off, until, view};
use crate::town::Deployed;
use docket_testkit::engines::Engine;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicUsize;

docket_testkit::on_both_engines!(async: versions_with_other_meanings_serve_side_by_side_and_one_is_taken_back);

const DECLARATIONS: usize = 10;
/// Answers of the node before while the next version builds.
const ANSWERS: usize = 10;

/// What a node's log says of the column that the next version adds.
const ADDED: &str = r#"added: [\"events\"]"#;
const DROP_OLD: [&str; 4] = ["projections", "drop-old", "worklist", "--json"];

async fn versions_with_other_meanings_serve_side_by_side_and_one_is_taken_back(engine: Engine) {
    let _beside_others = MACHINE.read().await;
    let scene = Scene::set(engine).await;
    let old = scene.before.serve(&scene.place, "old");
    let stood = scene.place.containers();
    scene.what_is_not_built_yet_is_named_and_not_built_by_looking(&old);

    let new = scene.the_next_version_builds_beside_while_the_one_before_answers(&old);
    scene.each_serves_from_its_own_generation(&old, &new, (1, 2));
    scene.commands_at_either_are_seen_at_both(&old, &new);
    scene.the_new_column_is_told(&new, 2);
    scene
        .each_is_signed_for_once_by_the_reactor_of_one(&[&old, &new])
        .await;

    new.stop();
    scene.what_was_taken_back_is_dropped(&old, 2);
    assert_eq!(scene.place.containers(), stood);

    let new = scene.next.serve(&scene.place, "new");
    scene.each_serves_from_its_own_generation(&old, &new, (1, 3));
    old.stop();
    scene.what_the_version_before_left_is_dropped();
    scene
        .each_is_signed_for_once_by_the_reactor_of_one(&[&new])
        .await;
    let last = scene.promised.list(&scene.town.operator(&new));
    new.stop();

    let old = scene.before.serve(&scene.place, "old");
    assert_eq!(scene.promised.list(&scene.town.operator(&old)), last);
    scene.the_version_before_has_built_its_own_again(&old, 4);
    scene
        .each_is_signed_for_once_by_the_reactor_of_one(&[&old])
        .await;
    old.stop();
}

struct Scene {
    place: Place,
    before: Build,
    next: Build,
    town: Deployed,
    promised: Promised,
}

impl Scene {
    async fn set(engine: Engine) -> Self {
        let place = Place::shared(engine);
        let town = Deployed::found(&place, DECLARATIONS).await;
        Self {
            promised: Promised::of(&town).await,
            before: Build::present(),
            next: Build::next(),
            place,
            town,
        }
    }

    fn what_is_not_built_yet_is_named_and_not_built_by_looking(&self, old: &Node) {
        let stood = self.place.containers();
        let live = self.view(old);
        let status = self.status(&self.next);
        assert_eq!(
            status.of.len(),
            5,
            "what means the same has one generation for both"
        );
        let unbuilt = status.unbuilt.as_array().unwrap();
        assert_eq!(unbuilt.len(), 1, "{unbuilt:?}");
        assert_eq!(unbuilt[0]["name"], "worklist");
        assert_ne!(unbuilt[0]["fingerprint"], live["fingerprint"]);
        let theirs = [other(1, &live["fingerprint"], true)];
        assert_eq!(unbuilt[0]["others"], json!(theirs));
        let told = self
            .next
            .run(&self.place, &["projections", "status", "worklist"])
            .done();
        assert!(told.contains("worklist 尚未按本版本的定义建立"), "{told}");
        assert!(told.contains("其他版本的第 1 代"), "{told}");
        assert_eq!(self.place.containers(), stood);
        assert_eq!(self.view(old)["others"], json!([]));
    }

    /// It is frozen when its rows are there and do not answer yet.
    fn the_next_version_builds_beside_while_the_one_before_answers(&self, old: &Node) -> Node {
        let (operator, asked) = (self.town.operator(old), AtomicUsize::new(0));
        let read = || {
            self.promised.list(&operator);
            asked.fetch_add(1, SEQ);
        };
        while_looking(&[&read], || {
            let place = "rebuild.switching:stop";
            let starting = self.next.launch(&self.place, "new", Some(place));
            until("its rows are built", || starting.node.is_frozen());
            let said = starting.node.said();
            assert!(
                said.contains("beside the generation of another version of Docket"),
                "{said}"
            );
            assert!(said.contains(ADDED), "{said}");
            let others = self.view(old)["others"].clone();
            assert_eq!(others[0]["live"], false, "{others}");
            self.promised.sign(&operator, self.town.to_sign[0]);
            let so_far = asked.load(SEQ);
            until("lists come all along", || {
                asked.load(SEQ) >= so_far + ANSWERS
            });
            starting.node.wake();
            starting.answers()
        })
    }

    fn each_serves_from_its_own_generation(&self, old: &Node, new: &Node, generations: (u32, u32)) {
        let (before, next) = (self.status(&self.before), self.status(&self.next));
        let (theirs, ours) = (self.view(old), self.view(new));
        assert_eq!(
            (&theirs["generation"], &ours["generation"]),
            (&json!(generations.0), &json!(generations.1))
        );
        assert_eq!(
            theirs["others"],
            json!([other(generations.1, &ours["fingerprint"], true)])
        );
        assert_eq!(
            ours["others"],
            json!([other(generations.0, &theirs["fingerprint"], true)])
        );
        for (status, view) in [(&before, &theirs), (&next, &ours)] {
            assert_eq!(status.unbuilt, json!([]));
            let told = &status.of["worklist"];
            for name in ["generation", "fingerprint", "others"] {
                assert_eq!(told[name], view[name]);
            }
            assert!(
                self.place
                    .containers()
                    .contains(told["container"].as_str().unwrap())
            );
        }
        for (name, info) in before.of.iter().filter(|(name, _)| *name != "worklist") {
            let theirs = &next.of[name];
            assert_eq!(
                (&info["generation"], &info["others"]),
                (&theirs["generation"], &theirs["others"])
            );
        }
        self.what_is_published_has_the_new_column(true);
    }

    fn commands_at_either_are_seen_at_both(&self, old: &Node, new: &Node) {
        let nodes = [old, new].map(|node| self.town.operator(node));
        assert_eq!(self.promised.list(&nodes[0]), self.promised.list(&nodes[1]));
        for (index, id) in self.town.to_sign[1..5].iter().enumerate() {
            self.promised.sign(&nodes[index % 2], *id);
            let lists = nodes.each_ref().map(|node| self.promised.list(node));
            assert_eq!(lists[0], lists[1]);
        }
        // Also the rows with the new column, some of them built and some of them fed.
        self.next
            .run(&self.place, &["projections", "verify", "worklist"])
            .done();
    }

    fn the_new_column_is_told(&self, new: &Node, generation: u32) {
        let operator = self.town.system_operator(new);
        let path = "/admin/projections/worklist/reports";
        let reports = operator.expect(200, "GET", path, &[], None);
        let report = of_change(&reports["items"]);
        assert_eq!(report["generation"], generation);
        let change = &report["report"];
        assert_eq!(change["before"], 1);
        let tables = json!([{ "table": "worklist", "added": ["events"], "removed": [] }]);
        assert_eq!(change["tables"], tables);
        assert_eq!(
            (&change["compared"], &change["rows"]["rows"]),
            (&json!(true), &json!([]))
        );
        let told = of_change(&self.status(&self.next).of["worklist"]["reports"]);
        assert_eq!(&told["report"], change);
        let told = self
            .next
            .run(&self.place, &["projections", "status", "worklist"])
            .done();
        assert!(told.contains("worklist：新列 events"), "{told}");
    }

    /// 签收 is turned off at one node after the other, and on again.
    async fn each_is_signed_for_once_by_the_reactor_of_one(&self, nodes: &[&Node]) {
        turn_sign_off(&self.town, nodes[0], false);
        let id = self.town.submit().await;
        self.promised.note(self.town.size().await, id, false);
        for node in nodes {
            let operator = self.town.operator(node);
            until("the reactor has signed for all", || {
                self.promised.list(&operator)["counts"]["to_sign"] == 0
            });
        }
        turn_sign_off(&self.town, nodes[0], true);
        let mut signed = BTreeMap::new();
        for event in self.town.stored("SignedFor").await {
            *signed.entry(event.stream).or_insert(0) += 1;
        }
        let list = self.promised.list(&self.town.operator(nodes[0]));
        assert_eq!(list["counts"]["all"], signed.len());
        assert!(signed.values().all(|times| *times == 1), "{signed:?}");
    }

    /// The version before runs all along; the next one was stopped.
    fn what_was_taken_back_is_dropped(&self, old: &Node, generation: u32) {
        let others = self.view(old)["others"].clone();
        assert_eq!(others[0]["generation"], generation, "{others}");
        if self.place.database().is_some() {
            self.a_death_in_between_leaves_all_as_it_was(old);
        }
        // On PostgreSQL the locks of a node that was stopped outlive it for a moment.
        let dropped = RefCell::default();
        until("what was taken back is dropped", || {
            let told = self.before.run(&self.place, &DROP_OLD).json();
            *dropped.borrow_mut() = told["dropped"].as_array().unwrap().clone();
            !dropped.borrow().is_empty()
        });
        let dropped = dropped.into_inner();
        assert_eq!(dropped.len(), 1, "{dropped:?}");
        assert_eq!(dropped[0]["generation"], generation);
        assert_eq!(dropped[0]["fingerprint"], others[0]["fingerprint"]);
        self.what_is_published_has_the_new_column(false);
        assert_eq!(self.view(old)["others"], json!([]));
        self.promised.list(&self.town.operator(old));
    }

    /// It dies where people with psql would read what else answers, and where the schema would be gone.
    fn a_death_in_between_leaves_all_as_it_was(&self, old: &Node) {
        let (others, stood) = (self.view(old)["others"].clone(), self.place.containers());
        for place in ["drop.published", "drop.dropped"] {
            until("it dies there", || {
                let ended = self.before.run_to(place, &self.place, &DROP_OLD);
                if ended.code.is_some() {
                    assert_eq!(ended.json()["dropped"], json!([]), "{place} was passed");
                    return false;
                }
                true
            });
            self.what_is_published_has_the_new_column(true);
            assert_eq!(self.view(old)["others"], others);
            assert_eq!(self.place.containers(), stood);
        }
    }

    /// The next version runs alone. It drops what nobody uses by itself too, after some seconds.
    fn what_the_version_before_left_is_dropped(&self) {
        until("what the version before left is dropped", || {
            self.next.run(&self.place, &DROP_OLD).done();
            let status = self.status(&self.next);
            status.of["worklist"]["others"] == json!([])
                && self.place.containers().len() == status.of.len()
        });
    }

    /// The next version is gone, and so is what it had built.
    fn the_version_before_has_built_its_own_again(&self, old: &Node, generation: u32) {
        let live = self.view(old);
        assert_eq!(live["generation"], generation);
        assert_eq!(live["others"], json!([]));
        let change = of_change(&self.status(&self.before).of["worklist"]["reports"]);
        let tables = json!([{ "table": "worklist", "added": [], "removed": ["events"] }]);
        assert_eq!(change["report"]["tables"], tables);
        let next = self.status(&self.next);
        let theirs = [other(generation, &live["fingerprint"], true)];
        assert_eq!(next.unbuilt[0]["others"], json!(theirs));
        self.what_is_published_has_the_new_column(false);
        self.before
            .run(&self.place, &["projections", "verify", "worklist"])
            .done();
    }

    fn view(&self, node: &Node) -> Value {
        view(&self.town.system_operator(node), "worklist")
    }

    fn status(&self, build: &Build) -> Status {
        let status = build
            .run(&self.place, &["projections", "status", "--json"])
            .json();
        let views = status["projections"].as_array().unwrap().iter();
        let named = views.map(|view| {
            let info = view["projection"].clone();
            (info["name"].as_str().unwrap().to_owned(), info)
        });
        Status {
            of: named.collect(),
            unbuilt: status["unbuilt"].clone(),
        }
    }

    /// On PostgreSQL, what people with psql read has the column that the next version adds, or not.
    fn what_is_published_has_the_new_column(&self, has: bool) {
        let sql = "SELECT coalesce(bool_or(column_name = 'events')::text, 'nothing is published') \
                   FROM information_schema.columns \
                   WHERE table_schema = 'docket' AND table_name = 'worklist'";
        if let Some(database) = self.place.database() {
            assert_eq!(database.psql(sql), has.to_string());
        }
    }
}

/// What `docket projections status` says.
struct Status {
    of: BTreeMap<String, Value>,
    unbuilt: Value,
}

fn other(generation: u32, fingerprint: &Value, live: bool) -> Value {
    json!({ "generation": generation, "fingerprint": fingerprint, "live": live })
}

fn of_change(reports: &Value) -> Value {
    let mut reports = reports.as_array().unwrap().iter();
    let found = reports.find(|report| report["kind"] == "change");
    found.expect("a report of the change").clone()
}
