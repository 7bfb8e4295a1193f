//! One row of the registry says which generation of a view answers; nodes follow it.

use crate::client::Client;
use crate::containers;
use crate::nodes::{Build, MACHINE, Node, Place};
use crate::readers::{Promised, while_looking};
use crate::steps::{SEQ, until, view};
use crate::town::Deployed;
use docket_domain::DeclarationId;
use docket_testkit::engines::Engine;
use serde_json::Value;
use sqlx::{Connection, PgConnection, SqliteConnection};
use std::fmt::Debug;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::Instant;

docket_testkit::on_both_engines!(async: nodes_follow_the_pointer_within_a_second_and_answer_right_meanwhile);

/// From the change of the pointer to the last question that is answered out of the generation before.
const WITHIN: Duration = Duration::from_secs(1);
/// Declarations, all but one signed while generations change.
const DECLARATIONS: usize = 1 + CHANGES.len() * SIGNED_MAX;
/// So many are signed during one change, so that some are left for the next.
const SIGNED_MAX: usize = 20;
/// What the first generation shows of one declaration, and no other does.
const MARK: &str = "只在首代";
/// What processes do to the worklist while servers answer, and how they end.
const CHANGES: [(&str, i32); 3] = [
    ("projections rebuild worklist --gate report", 3),
    ("projections rollback worklist", 0),
    (
        "--keep-views 0 projections rebuild worklist --gate report",
        3,
    ),
];

/// The first generation is marked behind the runtime's back, so that every list says by itself
/// whether it comes from there.
async fn nodes_follow_the_pointer_within_a_second_and_answer_right_meanwhile(engine: Engine) {
    // Nothing runs beside what is timed.
    let _alone = MACHINE.write().await;
    let place = Place::shared(engine);
    let docket = Build::present();
    let town = Deployed::found(&place, DECLARATIONS).await;
    let promised = Promised::of(&town).await;
    let nodes = ["one", "other"].map(|name| docket.serve(&place, name));
    let (marked, load) = town.to_sign.split_first().unwrap();
    let watched = nodes
        .each_ref()
        .map(|node| Watched::new(&town, node, *marked, &promised));
    mark(&docket, &place, &watched[0]).await;
    let pointer = Pointer::new(&place).await;
    let signer = Signer {
        left: Mutex::new(load.iter()),
        looks: Mutex::default(),
        allowed: AtomicUsize::new(0),
        watched: &watched,
    };
    let lookers: [&(dyn Fn() + Sync); 4] = [
        &|| pointer.look(),
        &|| watched[0].look(),
        &|| watched[1].look(),
        &|| signer.sign_one(),
    ];
    while_looking(&lookers, || {
        change_generations(&docket, &place, &pointer, &signer);
    });
    for node in &watched {
        node.judge(&pointer.moves(), engine);
    }
    nodes.into_iter().for_each(Node::stop);
}

/// One change after the other, each followed before the next; what nothing points to goes.
fn change_generations(docket: &Build, place: &Place, pointer: &Pointer, signer: &Signer<'_>) {
    let watched = signer.watched;
    until("there are answers", || {
        watched.iter().all(|node| node.looks() > 0)
    });
    for (changes, (verb, code)) in (1..).zip(CHANGES) {
        let before = signer.signed();
        signer.allowed.store(before + SIGNED_MAX, SEQ);
        let ended = docket.run(place, &verb.split(' ').collect::<Vec<_>>());
        assert_eq!(ended.code, Some(code), "{}", ended.stderr);
        until("the pointer is moved", || pointer.moves().len() == changes);
        let to = pointer.moves()[changes - 1].to;
        until("every node follows", || {
            watched.iter().all(|node| node.is_at(to))
        });
        let signed = signer.signed() - before;
        println!("{verb}: {signed} were signed meanwhile");
        assert!(signed > 0, "{verb}: nobody could sign");
    }
    until("what was replaced is gone", || {
        let stand = place.containers();
        let of_worklist = stand
            .iter()
            .filter(|container| container.contains("worklist") && !container.contains("history"));
        of_worklist.count() == 1
    });
}

/// Marks the generation that answers, which is the first.
async fn mark(docket: &Build, place: &Place, node: &Watched<'_>) {
    let status = docket
        .run(place, &["projections", "status", "worklist", "--json"])
        .json();
    let info = &status["projections"][0]["projection"];
    assert_eq!(info["generation"], 1);
    let number = node.marked_row()["number"].as_str().unwrap().to_owned();
    let sql = format!("UPDATE worklist SET specialty = '{MARK}' WHERE number = '{number}'");
    let container = info["container"].as_str().unwrap();
    containers::tamper(place.database(), container, &sql).await;
}

/// A server, and what it answered.
struct Watched<'a> {
    operator: Client,
    system_operator: Client,
    marked: String,
    promised: &'a Promised,
    looks: Mutex<Looks>,
}

#[derive(Default)]
struct Looks {
    /// Whether the mark was in the list.
    lists: Vec<Answer<bool>>,
    /// Which generation of the worklist answers.
    told: Vec<Answer<u64>>,
}

/// What a node answered.
#[derive(Debug, Clone, Copy)]
struct Answer<T> {
    asked: Instant,
    came: Instant,
    says: T,
}

impl<T> Answer<T> {
    fn to(ask: impl FnOnce() -> T) -> Self {
        let asked = Instant::now();
        let says = ask();
        Self {
            asked,
            came: Instant::now(),
            says,
        }
    }
}

impl<'a> Watched<'a> {
    fn new(town: &Deployed, node: &Node, marked: DeclarationId, promised: &'a Promised) -> Self {
        Self {
            operator: town.operator(node),
            system_operator: town.system_operator(node),
            marked: marked.to_string(),
            promised,
            looks: Mutex::default(),
        }
    }

    fn marked_row(&self) -> Value {
        let list = self.promised.list(&self.operator);
        let mut items = list["items"].as_array().unwrap().iter();
        let found = items.find(|item| item["declaration_id"] == self.marked);
        found.unwrap().clone()
    }

    fn look(&self) {
        let list = Answer::to(|| self.marked_row()["specialty"] == MARK);
        let told = Answer::to(|| {
            let generation = view(&self.system_operator, "worklist")["generation"].as_u64();
            generation.unwrap()
        });
        let mut looks = self.looks.lock().unwrap();
        looks.lists.push(list);
        looks.told.push(told);
    }

    fn looks(&self) -> usize {
        self.looks.lock().unwrap().lists.len()
    }

    fn is_at(&self, generation: u64) -> bool {
        let looks = self.looks.lock().unwrap();
        let marked = looks.lists.last().unwrap().says;
        let told = looks.told.last().unwrap().says;
        marked == is_first(generation) && told == generation
    }

    fn judge(&self, moves: &[Move], engine: Engine) {
        let looks = self.looks.lock().unwrap();
        let lists = turns(&looks.lists, moves, |marked, to| marked == is_first(to));
        let told = turns(&looks.told, moves, |told, to| told == to);
        let address = &self.operator.address;
        println!(
            "{engine:?}, {address}: lists turned after {lists:?}, /admin/projections after {told:?}, {} looks",
            looks.lists.len()
        );
        let slowest = lists.into_iter().chain(told).max().unwrap();
        assert!(slowest < WITHIN, "{address} turned after {slowest:?}");
    }
}

fn is_first(generation: u64) -> bool {
    generation == 1
}

/// How long after each move somebody asked last whose answer came out of the generation before.
///
/// # Panics
/// When an answer came out of any other than the two, or out of the one before after one that did
/// not.
fn turns<T: Copy + Debug>(
    answers: &[Answer<T>],
    moves: &[Move],
    comes_from: impl Fn(T, u64) -> bool,
) -> Vec<Duration> {
    let mut from = 1;
    let mut turns = Vec::new();
    for (moved, next) in moves
        .iter()
        .zip(moves.iter().skip(1).map(Some).chain([None]))
    {
        let during: Vec<_> = answers
            .iter()
            .filter(|answer| {
                answer.came >= moved.after && next.is_none_or(|next| answer.came < next.after)
            })
            .collect();
        let turned = during
            .iter()
            .position(|answer| comes_from(answer.says, moved.to));
        let (before, since) = during.split_at(turned.expect("the node turned"));
        assert!(
            before.iter().all(|answer| comes_from(answer.says, from)),
            "{during:?}"
        );
        assert!(
            since.iter().all(|answer| comes_from(answer.says, moved.to)),
            "{during:?}"
        );
        let last = before.last().map(|answer| answer.asked);
        turns.push(last.map_or(Duration::ZERO, |last| {
            last.saturating_duration_since(moved.after)
        }));
        from = moved.to;
    }
    turns
}

/// What the registry points to, asked all along.
struct Pointer {
    runtime: Handle,
    registry: Mutex<Registry>,
    track: Mutex<Track>,
}

enum Registry {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

#[derive(Default)]
struct Track {
    /// The last look, and what was found.
    last: Option<(Instant, u64)>,
    moves: Vec<Move>,
}

/// A move of the pointer.
#[derive(Debug, Clone, Copy)]
struct Move {
    to: u64,
    /// When it pointed elsewhere for the last time: not after the move.
    after: Instant,
}

impl Pointer {
    async fn new(place: &Place) -> Self {
        let registry = match place.database() {
            Some(database) => {
                Registry::Postgres(PgConnection::connect(&database.url()).await.unwrap())
            }
            None => {
                let file = place.folder().join("views").join("registry.db");
                let url = format!("sqlite://{}?mode=ro", file.display());
                Registry::Sqlite(SqliteConnection::connect(&url).await.unwrap())
            }
        };
        Self {
            runtime: Handle::current(),
            registry: Mutex::new(registry),
            track: Mutex::default(),
        }
    }

    fn look(&self) {
        let asked = Instant::now();
        let found = self
            .runtime
            .block_on(self.registry.lock().unwrap().generation());
        let mut track = self.track.lock().unwrap();
        if let Some((after, before)) = track.last.replace((asked, found))
            && before != found
        {
            track.moves.push(Move { to: found, after });
        }
    }

    fn moves(&self) -> Vec<Move> {
        self.track.lock().unwrap().moves.clone()
    }
}

impl Registry {
    async fn generation(&mut self) -> u64 {
        const OF_WORKLIST: &str = "WHERE name = 'worklist' AND state = 'live'";
        let number: i64 = match self {
            Self::Sqlite(file) => {
                let sql = format!("SELECT generation FROM generations_of_logs {OF_WORKLIST}");
                sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
                    .fetch_one(file)
                    .await
            }
            Self::Postgres(server) => {
                let sql = format!(
                    "SELECT generation FROM docket_views.generations_of_logs {OF_WORKLIST}"
                );
                sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
                    .fetch_one(server)
                    .await
            }
        }
        .unwrap();
        number.unsigned_abs()
    }
}

/// Signs for declarations, as fast as the readers can tell one from the next.
struct Signer<'a> {
    left: Mutex<std::slice::Iter<'a, DeclarationId>>,
    /// Looks of the nodes when the last one was signed.
    looks: Mutex<[usize; 2]>,
    /// How many may be signed by now.
    allowed: AtomicUsize,
    watched: &'a [Watched<'a>; 2],
}

impl Signer<'_> {
    /// Signs for the next one if each node was asked twice since the last.
    fn sign_one(&self) {
        if self.signed() >= self.allowed.load(SEQ) {
            return;
        }
        let now = self.watched.each_ref().map(Watched::looks);
        let mut looks = self.looks.lock().unwrap();
        if now.iter().zip(*looks).any(|(now, then)| *now < then + 2) {
            return;
        }
        *looks = now;
        let mut left = self.left.lock().unwrap();
        let Some(id) = left.next() else { return };
        let node = &self.watched[left.len() % 2];
        node.promised.sign(&node.operator, *id);
    }

    fn signed(&self) -> usize {
        DECLARATIONS - 1 - self.left.lock().unwrap().len()
    }
}
