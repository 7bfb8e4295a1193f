//! A client: asks, writes down what it was told, and asks again under the same key until it knows.

use crate::client::{Badge, Reply, Request, Silence};
use crate::intent::{Chooser, Intent, Known};
use crate::scene::Scene;
use crate::wire;
use docket_domain::{Actor, Command};
use docket_engine::{command_id, derived_command_id};
use docket_testkit::Seed;
use docket_testkit::linear::{Answer, Asked, Call, List, What};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle, sleep};
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// How long a client waits before it asks again.
const AGAIN_AFTER: Duration = Duration::from_millis(15);
/// Of a hundred unknown outcomes, those that a client never asks about again.
const FORGETFUL: usize = 6;

/// What all clients of a drill share.
pub struct Crew {
    pub scene: Scene,
    pub nodes: Vec<String>,
    pub known: Known,
    pub stop: AtomicBool,
    pub began: Instant,
    /// Acceptances so far, by command with the position told.
    pub accepted: Mutex<Vec<(Uuid, u64)>>,
    /// Commands answered 503.
    pub unavailable: AtomicU64,
}

impl Crew {
    pub fn new(scene: Scene, nodes: Vec<String>) -> Arc<Self> {
        Arc::new(Self {
            scene,
            nodes,
            known: Known::default(),
            stop: AtomicBool::new(false),
            began: Instant::now(),
            accepted: Mutex::default(),
            unavailable: AtomicU64::new(0),
        })
    }

    /// Sets so many clients to work, half of them impatient.
    pub fn set_to_work(self: &Arc<Self>, clients: u32, seed: u64) -> Vec<JoinHandle<Worker>> {
        let start = |client| {
            let worker = Worker::new(self, client, seed);
            thread::spawn(move || worker.work())
        };
        (0..clients).map(start).collect()
    }

    /// Ends the work, and gives what all clients wrote down.
    ///
    /// # Panics
    /// When a client was told what no server should say.
    pub fn call_it_a_day(&self, workers: Vec<JoinHandle<Worker>>) -> Vec<Call> {
        self.stop.store(true, Ordering::SeqCst);
        let done = workers.into_iter().map(|worker| worker.join().unwrap());
        let mut calls = Vec::new();
        let mut broken = Vec::new();
        for worker in done {
            calls.extend(worker.calls);
            broken.extend(worker.broken);
        }
        assert!(broken.is_empty(), "{broken:#?}");
        calls
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
}

/// One client with what it wrote down.
pub struct Worker {
    client: u32,
    crew: Arc<Crew>,
    seed: Seed,
    node: usize,
    patience: Duration,
    keys: u64,
    seen: u64,
    pub calls: Vec<Call>,
    /// What no server should have said.
    pub broken: Vec<String>,
}

impl Worker {
    pub fn new(crew: &Arc<Crew>, client: u32, seed: u64) -> Self {
        let mut seed = Seed::new(seed ^ (u64::from(client) << 32));
        Self {
            client,
            crew: Arc::clone(crew),
            node: seed.below(crew.nodes.len()),
            seed,
            patience: Duration::from_secs(if client.is_multiple_of(2) { 1 } else { 20 }),
            keys: 0,
            seen: 0,
            calls: Vec::new(),
            broken: Vec::new(),
        }
    }

    fn work(mut self) -> Self {
        while !self.crew.stopped() {
            if self.seed.chance(20) {
                self.node = self.seed.below(self.crew.nodes.len());
            }
            let crew = Arc::clone(&self.crew);
            let mut chooser = Chooser {
                scene: &crew.scene,
                known: &crew.known,
                seed: &mut self.seed,
            };
            match chooser.next(self.seen) {
                Intent::Look { actor, list } => self.look(&actor, list),
                Intent::One {
                    actor,
                    command,
                    expected_version,
                } => self.insist(actor, command, expected_version),
                Intent::Each {
                    actor,
                    command,
                    items,
                } => {
                    let mut request = wire::list_action(&command, &items);
                    let key = self.key();
                    request.headers = vec![("Idempotency-Key", key.to_string())];
                    let list = command_id(&actor, &key.to_string());
                    let asked = items.iter().map(|id| {
                        let parts = ["item", &list.to_string(), &id.to_string()];
                        Arc::new(Asked {
                            id: derived_command_id(&parts),
                            actor: actor.clone(),
                            command: Command::Declaration {
                                id: *id,
                                command: command.clone(),
                            },
                            expected_version: None,
                        })
                    });
                    let asked: Vec<Arc<Asked>> = asked.collect();
                    let answers = |reply: &Reply| wire::answers(reply, &items);
                    self.until_known(&request, &asked, answers);
                }
            }
        }
        self
    }

    /// One command, asked until its outcome is known.
    pub fn insist(&mut self, actor: Actor, command: Command, expected_version: Option<u64>) {
        let mut request = wire::request(&command);
        let key = self.key();
        request.headers = vec![("Idempotency-Key", key.to_string())];
        if let Some(version) = expected_version {
            request.headers.push(("If-Match", format!("\"{version}\"")));
        }
        let asked = [Arc::new(Asked {
            id: command_id(&actor, &key.to_string()),
            actor,
            command,
            expected_version,
        })];
        self.until_known(&request, &asked, |reply| {
            wire::answer(reply).map(|answer| vec![answer])
        });
    }

    fn until_known(
        &mut self,
        request: &Request,
        asked: &[Arc<Asked>],
        read: impl Fn(&Reply) -> Result<Vec<Answer>, String>,
    ) {
        let badge = self.crew.scene.badge(&asked[0].actor);
        loop {
            let unknown = || vec![Answer::Unknown; asked.len()];
            let answers = match self.attempt(request, &badge) {
                None => None,
                Some((called_us, reply)) => {
                    let busy = reply.as_ref().is_some_and(|reply| reply.status == 503);
                    let unavailable = &self.crew.unavailable;
                    unavailable.fetch_add(u64::from(busy), Ordering::Relaxed);
                    let read = reply.map_or_else(|| Ok(unknown()), |reply| read(&reply));
                    let answers = read.unwrap_or_else(|wrong| {
                        let said = format!("{} {}: {wrong}", request.method, request.path);
                        self.broken.push(said);
                        unknown()
                    });
                    for (asked, answer) in asked.iter().zip(&answers) {
                        self.learn(asked, answer);
                        let asked = Arc::clone(asked);
                        let answer = answer.clone();
                        self.note(called_us, What::Command { asked, answer });
                    }
                    Some(answers)
                }
            };
            let open = answers.as_ref().is_none_or(|answers| {
                answers
                    .iter()
                    .any(|answer| matches!(answer, Answer::Unknown))
            });
            let forgets = answers.is_some() && self.seed.chance(FORGETFUL);
            if !open || forgets || self.crew.stopped() {
                return;
            }
            self.node = (self.node + 1) % self.crew.nodes.len();
            sleep(AGAIN_AFTER);
        }
    }

    fn look(&mut self, actor: &Actor, list: List) {
        let badge = self.crew.scene.badge(actor);
        let request = wire::page_request(&list);
        let Some((called_us, reply)) = self.attempt(&request, &badge) else {
            self.node = (self.node + 1) % self.crew.nodes.len();
            return sleep(AGAIN_AFTER);
        };
        let page = match reply.as_ref().map_or(Ok(None), wire::page) {
            Ok(page) => page,
            Err(wrong) => {
                self.broken.push(format!("GET {}: {wrong}", request.path));
                None
            }
        };
        if let Some(page) = &page {
            self.seen = self.seen.max(page.position);
            let rows = page.rows.iter();
            rows.for_each(|row| self.crew.known.see(list.unit, row));
        }
        self.note(called_us, What::Worklist { asked: list, page });
    }

    /// Sends a request: `None` if nobody was there, the reply if one came.
    fn attempt(&self, request: &Request, badge: &Badge) -> Option<(u64, Option<Reply>)> {
        let called_us = self.now_us();
        match request.send(&self.crew.nodes[self.node], badge, self.patience) {
            Ok(reply) => Some((called_us, Some(reply))),
            Err(Silence::Lost) => Some((called_us, None)),
            Err(Silence::NotSent) => None,
        }
    }

    fn learn(&mut self, asked: &Asked, answer: &Answer) {
        if let Answer::Refused(_) = answer {
            self.crew.known.doubt(&asked.command);
        }
        let Answer::Accepted(accepted) = answer else {
            return;
        };
        let known = &self.crew.known;
        known.note(&asked.actor, &asked.command, accepted.version);
        let Some(position) = accepted.position else {
            return;
        };
        self.seen = self.seen.max(position);
        if accepted
            .events
            .as_ref()
            .is_some_and(|events| !events.is_empty())
        {
            let mut all = self
                .crew
                .accepted
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            all.push((asked.id, position));
        }
    }

    fn note(&mut self, called_us: u64, what: What) {
        self.calls.push(Call {
            client: self.client,
            sequence: u32::try_from(self.calls.len()).unwrap(),
            node: u32::try_from(self.node).unwrap(),
            called_us,
            answered_us: self.now_us(),
            what,
        });
    }

    fn now_us(&self) -> u64 {
        u64::try_from(self.crew.began.elapsed().as_micros()).unwrap()
    }

    fn key(&mut self) -> Uuid {
        self.keys += 1;
        Uuid::from_u128((u128::from(self.client) << 64) | u128::from(self.keys) | (0xd << 100))
    }
}
