//! What operators do to read models, beside a server that answers.

use crate::client::Client;
use crate::containers;
use crate::process::{Place, Server, docket, stderr, stdout};
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use tokio::time::Instant;

on_both_engines!(
    a_rebuilt_view_is_rolled_back_and_forth_while_a_server_answers,
    what_is_kept_can_be_dropped_and_then_nothing_can_be_rolled_back,
    wrong_rows_are_told_by_exit_3_and_repaired,
    a_poisoned_event_parks_its_declaration_until_it_is_retried,
    status_and_plan_say_where_a_view_stands,
    a_rebuild_says_each_phase_and_a_plan_knows_what_the_last_one_took,
    rebuilds_killed_anywhere_leave_no_wrong_answer_and_no_orphan,
);

const LONG: Duration = Duration::from_secs(20);

/// The worklist of the school's legal user, as the server answers it.
fn worklist(server: &Server) -> Value {
    let people = server.credentials["people"].as_array().unwrap();
    let legal = people.iter().find(|person| person["role"] == "legal_user");
    let token = legal.unwrap()["token"].as_str().unwrap().to_owned();
    let client = Client {
        address: server.address.clone(),
        token,
        unit: None,
    };
    client.expect(200, "GET", "/worklist?kind=review&limit=100", &[], None)
}

fn projection(place: &Place, name: &str) -> Value {
    let list = place.json(&["projections", "list"]);
    let all = list["projections"].as_array().unwrap();
    all.iter()
        .find(|view| view["name"] == name)
        .unwrap()
        .clone()
}

fn a_rebuilt_view_is_rolled_back_and_forth_while_a_server_answers(engine: Engine) {
    let place = Place::demo(engine);
    let server = Server::start(&place);
    let before = worklist(&server);
    let head = place.json(&["log", "head"]);
    let first = projection(&place, "worklist")["generation"]
        .as_u64()
        .unwrap();
    let rebuilt = place.json(&["projections", "rebuild", "worklist", "--pace", "polite"]);
    let second = rebuilt["rebuilt"][0]["generation"].as_u64().unwrap();
    assert!(second > first);
    for (from, to) in [(second, first), (first, second), (second, first)] {
        let back = place.json(&["projections", "rollback", "worklist"]);
        assert_eq!(back["rolled_back"]["before"], json!(from));
        assert_eq!(back["rolled_back"]["generation"], json!(to));
        assert!(back["rolled_back"]["seconds"].as_f64().unwrap() > 0.0);
        assert_eq!(worklist(&server), before);
        let now = projection(&place, "worklist");
        assert_eq!(
            (&now["generation"], &now["kept"]),
            (&json!(to), &json!(from))
        );
    }
    let repaired = place.json(&["projections", "repair"]);
    assert_eq!(repaired["repaired"].as_array().unwrap().len(), 6);
    let after = place.json(&["log", "head"]);
    assert_eq!(
        after, head,
        "nothing that looks at events acts on a rebuild"
    );
    server.stop();
}

fn what_is_kept_can_be_dropped_and_then_nothing_can_be_rolled_back(engine: Engine) {
    let place = Place::demo(engine);
    place.json(&["projections", "rebuild", "worklist"]);
    let kept = projection(&place, "worklist")["kept"].clone();
    let dropped = place.json(&["projections", "drop-old", "worklist"]);
    assert_eq!(dropped["dropped"][0]["generation"], kept);
    assert_eq!(projection(&place, "worklist")["kept"], Value::Null);
    let refused = place.run(&["projections", "rollback", "worklist"]);
    assert_eq!(refused.status.code(), Some(4), "{}", stderr(&refused));
    assert!(stderr(&refused).contains("no earlier generation of worklist is kept"));
    let without = place.json(&["--keep-views", "0", "projections", "rebuild", "worklist"]);
    assert_eq!(without["rebuilt"][0]["differences"], json!([]));
    assert_eq!(projection(&place, "worklist")["kept"], Value::Null);
}

/// Writes to the live generation of the worklist behind the runtime's back.
fn tamper(place: &Place, sql: &str) {
    let container = projection(place, "worklist")["container"].clone();
    let container = container.as_str().unwrap();
    let written = containers::tamper(place.database(), container, sql);
    tokio::runtime::Runtime::new().unwrap().block_on(written);
}

fn wrong_rows_are_told_by_exit_3_and_repaired(engine: Engine) {
    let place = Place::demo(engine);
    let sound = place.run(&["projections", "verify", "--all"]);
    assert_eq!(sound.status.code(), Some(0), "{}", stdout(&sound));
    tamper(&place, "UPDATE worklist SET applicant = '改过的名字'");
    let found = place.run(&["projections", "verify", "worklist"]);
    assert_eq!(found.status.code(), Some(3));
    assert!(
        stdout(&found).contains("在 applicant 上不符"),
        "{}",
        stdout(&found)
    );
    assert!(!stdout(&found).contains("改过的名字"));
    let sample = place.run(&[
        "projections",
        "verify",
        "worklist",
        "--sample",
        "1000",
        "--seed",
        "7",
    ]);
    assert_eq!(sample.status.code(), Some(3));
    let refused = place.run(&["projections", "rebuild", "worklist"]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(stdout(&refused).contains("在 applicant 上不符"));
    assert!(
        stderr(&refused).contains("nothing was switched"),
        "{}",
        stderr(&refused)
    );
    let status = place.json(&["projections", "status", "worklist"]);
    let reports = &status["projections"][0]["projection"]["reports"];
    assert_eq!(reports[0]["kind"], "verify");
    assert!(reports[0]["report"]["differences"]["rows"][0]["owner"].is_string());
    let repaired = place.json(&["projections", "repair", "worklist"]);
    assert_eq!(repaired["repaired"][0]["left"]["rows"], json!([]));
    let sound = place.run(&["projections", "verify", "worklist"]);
    assert_eq!(sound.status.code(), Some(0), "{}", stdout(&sound));
}

fn a_poisoned_event_parks_its_declaration_until_it_is_retried(engine: Engine) {
    let place = Place::demo(engine);
    let server = Server::start(&place);
    let before = worklist(&server);
    let id = before["items"][0]["declaration_id"].as_str().unwrap();
    let replay = place.json(&["replay", id]);
    let last = replay["turns"].as_array().unwrap().last().unwrap();
    let position = last["position"].as_u64().unwrap().to_string();
    let mut poisoned = place.docket(&["projections", "rebuild", "worklist", "--gate", "report"]);
    let rebuilt = poisoned.env("DOCKET_POISON", &position).output().unwrap();
    assert_eq!(rebuilt.status.code(), Some(3), "{}", stderr(&rebuilt));
    assert!(stdout(&rebuilt).contains(id), "{}", stdout(&rebuilt));
    let parked = place.json(&["projections", "parked", "worklist"]);
    let stream = format!("declaration/{id}");
    assert_eq!(parked["parked"].as_array().unwrap().len(), 1);
    assert_eq!(parked["parked"][0]["parked"]["stream"], json!(stream));
    let until = Instant::now() + LONG;
    let behind = loop {
        let shown = worklist(&server);
        let behind: Vec<Value> = shown["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|item| !item["behind_since"].is_null())
            .cloned()
            .collect();
        if !behind.is_empty() {
            break behind;
        }
        assert!(Instant::now() < until, "the server shows nothing behind");
        thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(behind.len(), 1, "one parks alone");
    assert_eq!(behind[0]["declaration_id"], json!(id));
    assert_eq!(projection(&place, "worklist")["parked"], 1);
    let retried = place.json(&[
        "projections",
        "parked",
        "retry",
        "worklist",
        "--stream",
        &stream,
    ]);
    assert_eq!(retried["applied"][0]["stream"], json!(stream));
    let until = Instant::now() + LONG;
    while worklist(&server) != before {
        assert!(Instant::now() < until, "the row is behind still");
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(place.json(&["projections", "parked"])["parked"], json!([]));
    server.stop();
}

fn status_and_plan_say_where_a_view_stands(engine: Engine) {
    let place = Place::demo(engine);
    let plan = place.json(&["projections", "plan", "--all"]);
    let head = place.json(&["log", "head"]);
    assert_eq!(plan["plan"]["events"], head["size"], "{head}");
    assert!(plan["plan"]["rate"].as_u64().unwrap() > 0);
    assert!(plan["plan"]["bytes"].as_u64().unwrap() > 10_000);
    let status = place.json(&["projections", "status", "worklist"]);
    let view = &status["projections"][0]["projection"];
    assert_eq!(view["lag"], 0);
    assert_eq!(view["behind_since"], Value::Null);
    assert_eq!(status["unbuilt"], json!([]));
    let told = stdout(&place.run(&["projections", "status"]));
    assert!(told.contains("worklist 第 "), "{told}");
}

/// The phases that work of a name said it began, in their order.
fn phases<'a>(told: &'a str, name: &str) -> Vec<&'a str> {
    let begun = format!("{name}, ");
    let lines = told.lines();
    let phases = lines.filter_map(|line| line.strip_prefix(&begun));
    phases.filter(|phase| !phase.contains(':')).collect()
}

fn a_rebuild_says_each_phase_and_a_plan_knows_what_the_last_one_took(engine: Engine) {
    let place = Place::founded(engine);
    let args = ["projections", "plan", "worklist"];
    let plan = place.json(&args)["plan"].clone();
    assert_eq!(plan["comparison_seconds"], Value::Null, "{plan}");
    assert_eq!(plan["eta_seconds"], plan["replay_seconds"], "{plan}");
    let told = stdout(&place.run(&args));
    assert!(told.contains("新旧比对用时尚无实测"), "{told}");
    assert!(!told.contains("合计"), "{told}");

    let rebuilt = stderr(&place.run(&["projections", "rebuild", "worklist"]));
    let building = ["replaying", "indexing", "catching up", "switching"];
    assert_eq!(phases(&rebuilt, "building views"), building, "{rebuilt}");
    let right = [
        "replaying",
        "indexing",
        "catching up",
        "comparing",
        "switching",
    ];
    assert_eq!(phases(&rebuilt, "rebuild"), right, "{rebuilt}");
    assert_eq!(
        phases(&rebuilt, "read models"),
        ["catching up"],
        "{rebuilt}"
    );
    let unknown = "how long to compare was never measured";
    assert!(rebuilt.contains(unknown), "{rebuilt}");

    let plan = place.json(&args)["plan"].clone();
    let seconds = |name: &str| plan[name].as_u64().unwrap();
    assert!(seconds("comparison_seconds") > 0, "{plan}");
    let parts = seconds("replay_seconds") + seconds("comparison_seconds");
    assert_eq!(seconds("eta_seconds"), parts, "{plan}");
    let told = stdout(&place.run(&args));
    assert!(told.contains(&format!("合计约 {parts} 秒")), "{told}");
    assert!(!told.contains("尚无实测"), "{told}");

    let again = place.run(&["projections", "rebuild", "worklist", "--json"]);
    let rebuilt: Value = serde_json::from_str(&stdout(&again)).unwrap();
    let took = &rebuilt["rebuilt"][0]["comparison_seconds"];
    assert!(took.as_f64().unwrap() > 0.0, "{rebuilt}");
    let codes = [
        "replaying",
        "indexing",
        "catching_up",
        "comparing",
        "switching",
    ];
    assert_eq!(phases(&stderr(&again), "rebuild"), codes);
    assert!(stderr(&again).contains(" s in all"), "{}", stderr(&again));

    let verified = place.run(&["projections", "verify", "worklist"]);
    assert_eq!(phases(&stderr(&verified), "worklist"), ["verifying"]);
}

#[test]
fn a_name_that_does_not_exist_is_told_before_anything_is_opened() {
    let verbs: [&[&str]; 8] = [
        &["status"],
        &["plan"],
        &["rebuild"],
        &["rollback"],
        &["verify"],
        &["repair"],
        &["drop-old"],
        &["parked", "retry"],
    ];
    for verb in verbs {
        let mut command = docket(&["projections"]);
        // No server listens there: whoever opens it first fails with 1.
        command.env(
            "DOCKET_DATABASE_URL",
            "postgres://nobody@127.0.0.1:1/nothing",
        );
        let told = command.args(verb).arg("worklits").output().unwrap();
        assert_eq!(told.status.code(), Some(2), "{verb:?}: {}", stderr(&told));
        let said = stderr(&told);
        assert!(said.contains("there is no read model `worklits`; there are directory, worklist"));
    }
}

/// Kills of each engine unless `DOCKET_REBUILD_KILLS` says otherwise.
const KILLS: u64 = 12;
const FAILPOINTS: [&str; 4] = [
    "rebuild.claimed",
    "rebuild.replayed",
    "rebuild.switching",
    "rebuild.switched:2",
];
const BACK: [&str; 2] = ["rollback.switching", "rollback.switched"];

fn containers(place: &Place) -> BTreeSet<String> {
    containers::all(place.database(), place.folder())
}

/// Asks for the list all along; tells how often, and panics at the first answer that differs.
fn watch(server: &Server, right: &Value, over: &AtomicBool) -> u64 {
    let mut asked = 0;
    while !over.load(Ordering::Relaxed) {
        assert_eq!(worklist(server), *right, "asked {asked} times before");
        asked += 1;
    }
    asked
}

/// One kill: at a named place, or somewhere. Whether it came before the end.
fn kill_one(place: &Place, args: &[&str], failpoint: Option<&str>, after: Duration) -> bool {
    let mut command = place.docket(args);
    if let Some(failpoint) = failpoint {
        command.env("DOCKET_FAILPOINT", failpoint);
    }
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    if failpoint.is_none() {
        thread::sleep(after);
        child.kill().unwrap();
    }
    !child.wait().unwrap().success()
}

fn rebuilds_killed_anywhere_leave_no_wrong_answer_and_no_orphan(engine: Engine) {
    let kills = std::env::var("DOCKET_REBUILD_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let seed = std::env::var("DOCKET_SEED")
        .map_or(u64::from(std::process::id()), |seed| seed.parse().unwrap());
    println!("{kills} kills; repeat with DOCKET_SEED={seed}");
    let place = Place::demo(engine);
    let server = Server::start(&place);
    let right = worklist(&server);
    let rebuild = ["projections", "rebuild", "--all"];
    let began = Instant::now();
    assert!(place.run(&rebuild).status.success());
    let whole = began.elapsed();
    let (mut dice, mut killed, over) = (seed | 1, 0, AtomicBool::new(false));
    let asked = thread::scope(|scope| {
        let watching = scope.spawn(|| watch(&server, &right, &over));
        for kill in 0..usize::try_from(kills).unwrap() {
            let rolls_back = kill % 4 == 3;
            let named = rolls_back || kill % 3 == 0;
            let (args, places) = match rolls_back {
                true => (&["projections", "rollback", "worklist"][..], &BACK[..]),
                false => (&rebuild[..], &FAILPOINTS[..]),
            };
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let after = whole.mul_f64((dice >> 33) as f64 / (1_u64 << 31) as f64);
            let failpoint = named.then(|| places[kill / 3 % places.len()]);
            killed += u64::from(kill_one(&place, args, failpoint, after));
        }
        over.store(true, Ordering::Relaxed);
        watching.join().unwrap()
    });
    println!("{killed} of {kills} were killed; {asked} lists beside them, all right");
    assert!(killed * 2 > kills, "too few were killed to say anything");
    assert!(asked > kills, "the list was hardly asked for");
    let rebuilt = place.run(&rebuild);
    assert_eq!(rebuilt.status.code(), Some(0), "{}", stderr(&rebuilt));
    assert_eq!(worklist(&server), right);
    let verified = place.run(&["projections", "verify", "--all"]);
    assert_eq!(verified.status.code(), Some(0), "{}", stdout(&verified));
    let until = Instant::now() + Duration::from_secs(40);
    while containers(&place) != known(&place) {
        assert!(
            Instant::now() < until,
            "{:?} stand, {:?} are known",
            containers(&place),
            known(&place)
        );
        thread::sleep(Duration::from_millis(500));
    }
    server.stop();
}

/// The containers of the generations that answer and of those that are kept.
fn known(place: &Place) -> BTreeSet<String> {
    let list = place.json(&["projections", "list"]);
    let views = list["projections"].as_array().unwrap();
    let all = views.iter().flat_map(|view| {
        let container = view["container"].as_str().unwrap().to_owned();
        let kept = view["kept"].as_u64().map(|kept| {
            let live = view["generation"].to_string();
            let kept = kept.to_string();
            match container.strip_suffix(&format!("{live}.db")) {
                Some(stem) => format!("{stem}{kept}.db"),
                None => format!("{}{kept}", container.strip_suffix(&live).unwrap()),
            }
        });
        [Some(container), kept].into_iter().flatten()
    });
    all.collect()
}
