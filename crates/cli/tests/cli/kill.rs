//! Kill -9 of the server under load, at random moments.

use crate::client::{Answer, Client};
use crate::process::{Place, Server, listens, stderr};
use docket_store::Recorded;
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

on_both_engines!(async:
    every_answered_command_survives_kill_9,
);

const KILLS: u64 = 50;
const WORKERS: usize = 6;
/// The longest a server lives, in milliseconds; the shortest is none at all. One in five is counted
/// from its start, so that starting is cut short too, the others from the first answer.
const LIFE_MS_MAX: u64 = 900;

/// A generator that a printed seed repeats.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .map_or(default, |text| text.parse().unwrap())
}

/// A command that was answered.
struct Answered {
    declaration: String,
    events: Value,
}

/// What one worker did: its answers, and the events it wanted of each declaration, in order.
#[derive(Default)]
struct Story {
    answered: Vec<Answered>,
    wanted: BTreeMap<String, Vec<&'static str>>,
    repeats: u64,
}

/// One applicant and one operator of the work unit, who pass a declaration to and fro.
struct Worker {
    index: usize,
    applicant: Client,
    operator: Client,
    example: Value,
    stop: Arc<AtomicBool>,
    story: Story,
    commands: u64,
}

impl Worker {
    fn work(mut self) -> Story {
        while !self.stop.load(Ordering::Relaxed) {
            if self.one_declaration().is_none() {
                break;
            }
        }
        self.story
    }

    /// Drafts, fills, submits, signs and returns; every third draft is deleted instead.
    fn one_declaration(&mut self) -> Option<()> {
        let (applicant, operator) = (self.applicant.clone(), self.operator.clone());
        let body = self.example["body"].clone();
        let created = self.command(&applicant, "POST", "/declarations", None, Some(&body))?;
        let id = created["declaration_id"].as_str().unwrap().to_owned();
        let mut version = created["version"].to_string();
        self.took(&id, &created, "DraftCreated");
        let path = format!("/declarations/{id}");
        let mut sections: Vec<(String, Value)> = self.example["sections"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, body)| (name.clone(), body.clone()))
            .collect();
        sections.sort_by_key(|(name, _)| name != "basic");
        for (name, body) in sections {
            let saved = self.command(
                &applicant,
                "PUT",
                &format!("{path}/sections/{name}"),
                Some(&version),
                Some(&body),
            )?;
            version = saved["version"].to_string();
            self.took(&id, &saved, "SectionSaved");
        }
        if self.commands.is_multiple_of(3) {
            let deleted = self.command(&applicant, "DELETE", &path, None, None)?;
            self.took(&id, &deleted, "DraftDeleted");
            return Some(());
        }
        let reason = json!({ "to": "applicant", "reason": "材料不全" });
        for (client, action, body, event) in [
            (&applicant, "submit", None, "Submitted"),
            (&operator, "sign", None, "SignedFor"),
            (&operator, "return", Some(&reason), "Returned"),
        ] {
            let done = self.command(client, "POST", &format!("{path}/{action}"), None, body)?;
            self.took(&id, &done, event);
        }
        Some(())
    }

    /// Asks until it is answered, always under the same key: what a careful client does.
    fn command(
        &mut self,
        client: &Client,
        method: &str,
        path: &str,
        version: Option<&str>,
        body: Option<&Value>,
    ) -> Option<Value> {
        self.commands += 1;
        let key = format!(
            "00000000-0000-4000-8000-{:04x}{:08x}",
            self.index, self.commands
        );
        let quoted = version.map(|version| format!("\"{version}\""));
        let mut headers = vec![("Idempotency-Key", key.as_str())];
        headers.extend(quoted.as_deref().map(|version| ("If-Match", version)));
        let mut tries = 0;
        loop {
            match client.ask(method, path, &headers, body) {
                Ok(Answer {
                    status: 200 | 201,
                    body,
                }) => {
                    self.story.repeats += u64::from(tries > 0);
                    return Some(body);
                }
                Ok(Answer { status: 503, .. }) | Err(_) => {
                    tries += 1;
                    if self.stop.load(Ordering::Relaxed) {
                        return None;
                    }
                    thread::sleep(Duration::from_millis(10));
                }
                Ok(Answer { status, body }) => panic!("{method} {path}: {status} {body}"),
            }
        }
    }

    fn took(&mut self, declaration: &str, answer: &Value, event: &'static str) {
        assert_eq!(answer["declaration_id"], declaration);
        self.story
            .wanted
            .entry(declaration.to_owned())
            .or_default()
            .push(event);
        self.story.answered.push(Answered {
            declaration: declaration.to_owned(),
            events: answer["events"].clone(),
        });
    }
}

/// One worker for each applicant whose work unit has 签收 on and an operator.
fn workers(server: &Server, stop: &Arc<AtomicBool>) -> Vec<Worker> {
    let list = |name: &str| server.credentials[name].as_array().unwrap().clone();
    let client = |person: &Value, unit: Option<&Value>| Client {
        address: server.address.clone(),
        token: person["token"].as_str().unwrap().to_owned(),
        unit: unit.map(|unit| unit.as_str().unwrap().to_owned()),
    };
    let signs = |unit: &Value| {
        list("units")
            .iter()
            .any(|known| known["id"] == *unit && known["sign_off"] == true)
    };
    let found = list("people").into_iter().filter_map(|person| {
        let example = person.get("examples")?["initial"].clone();
        let unit = example["body"]["work_unit_id"].clone();
        let people = list("people");
        let operator = people
            .iter()
            .find(|other| other["role"] == "operator" && other["unit_id"] == unit)?;
        signs(&unit).then(|| {
            (
                client(&person, None),
                client(operator, Some(&unit)),
                example,
            )
        })
    });
    let taken = found.take(WORKERS).enumerate();
    let workers = taken.map(|(index, (applicant, operator, example))| Worker {
        index,
        applicant,
        operator,
        example,
        stop: Arc::clone(stop),
        story: Story::default(),
        commands: 0,
    });
    workers.collect()
}

async fn every_answered_command_survives_kill_9(engine: Engine) {
    let seed = number(
        "DOCKET_SEED",
        u64::from(std::process::id()) * 0x9e37_79b9 + 1,
    );
    let kills = number("DOCKET_KILLS", KILLS);
    println!("seed {seed}, {kills} kills; repeat with DOCKET_SEED={seed}");
    let place = Place::demo(engine);
    let server = Server::start(&place);
    let (address, stop) = (server.address.clone(), Arc::new(AtomicBool::new(false)));
    let running: Vec<JoinHandle<Story>> = workers(&server, &stop)
        .into_iter()
        .map(|worker| thread::spawn(|| worker.work()))
        .collect();
    assert_eq!(running.len(), WORKERS);
    drop(server); // kill -9
    let mut dice = Dice(seed);
    for _ in 1..kills {
        let mut child = start_again(&place, &address);
        if !dice.roll().is_multiple_of(5) {
            wait_until_it_answers(&mut child, &address);
        }
        thread::sleep(Duration::from_millis(dice.roll() % LIFE_MS_MAX));
        assert!(
            child.try_wait().unwrap().is_none(),
            "the server ended by itself"
        );
        child.kill().unwrap();
        child.wait().unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    let stories: Vec<Story> = running
        .into_iter()
        .map(|worker| worker.join().unwrap())
        .collect();
    check(&place, &stories).await;
}

fn start_again(place: &Place, address: &str) -> Child {
    assert!(!listens(address));
    place.spawn_demo(address, &place.folder().join("again.json"))
}

fn wait_until_it_answers(child: &mut Child, address: &str) {
    let client = Client {
        address: address.to_owned(),
        token: String::new(),
        unit: None,
    };
    while client.ask("GET", "/log/head", &[], None).is_err() {
        assert!(
            child.try_wait().unwrap().is_none(),
            "the server ended by itself"
        );
        thread::sleep(Duration::from_millis(5));
    }
}

/// Log, answers and read models after it all.
async fn check(place: &Place, stories: &[Story]) {
    let verified = place.run(&["log", "verify"]);
    assert_eq!(verified.status.code(), Some(0), "{}", stderr(&verified));
    let events = events(place).await;
    let (mut answered, mut repeats) = (0, 0);
    for story in stories {
        answered += story.answered.len();
        repeats += story.repeats;
        story
            .answered
            .iter()
            .for_each(|answer| is_in_the_log(answer, &events));
        story
            .wanted
            .iter()
            .for_each(|(declaration, wanted)| nothing_happened_twice(declaration, wanted, &events));
    }
    println!(
        "{} events, {answered} commands answered, {repeats} of them asked more than once",
        events.len()
    );
    assert!(
        answered > 500,
        "only {answered} commands were answered: no load"
    );
    let rebuilt = place.run(&["projections", "rebuild", "--all"]);
    assert_eq!(rebuilt.status.code(), Some(0), "{}", stderr(&rebuilt));
}

async fn events(place: &Place) -> Vec<Recorded> {
    let log = place.log().await;
    let mut events: Vec<Recorded> = Vec::new();
    loop {
        let page = log.read_all(events.len() as u64, 1_000).await.unwrap();
        if page.is_empty() {
            break;
        }
        events.extend(page);
    }
    for (index, event) in events.iter().enumerate() {
        assert_eq!(event.position, index as u64 + 1);
    }
    events
}

fn is_in_the_log(answer: &Answered, events: &[Recorded]) {
    let told = answer.events.as_array().unwrap();
    assert!(!told.is_empty());
    for event in told {
        let position = usize::try_from(event["position"].as_u64().unwrap()).unwrap();
        let stored = events
            .get(position - 1)
            .unwrap_or_else(|| panic!("position {position} was answered and is lost"));
        assert_eq!(
            stored.stream.as_str(),
            format!("declaration/{}", answer.declaration),
            "at position {position}"
        );
        assert_eq!(json!(stored.version), event["version"]);
        assert_eq!(json!(stored.kind), event["type"]);
    }
}

/// The stream holds what was answered, in order and once; the command under way at the end may
/// have happened too.
fn nothing_happened_twice(declaration: &str, wanted: &[&str], events: &[Recorded]) {
    let stream = format!("declaration/{declaration}");
    let happened: Vec<&str> = events
        .iter()
        .filter(|event| event.stream.as_str() == stream)
        .map(|event| event.kind.as_str())
        .collect();
    assert_eq!(happened[..wanted.len()], *wanted, "{declaration}");
    assert!(
        happened.len() <= wanted.len() + 1,
        "{declaration}: {happened:?}"
    );
}
