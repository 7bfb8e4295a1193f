//! Random histories through the real engine on a real log: its answers are those of the rules
//! alone, and every view holds the same rows live, delivered again and rebuilt, also after
//! declarations were erased. `DOCKET_HISTORIES` says how many, `DOCKET_SEED` which is the first.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

use docket_codec::{
    Codec, CommandStamp, Entropy as _, KeyRing, LogAt, Metadata, OsEntropy, Reader, erases,
    stream_of,
};
use docket_declaration_view::DeclarationProjector;
use docket_directory::DirectoryProjector;
use docket_domain::declaration::DraftDeleted;
use docket_domain::time::Instant;
use docket_domain::{Author, Event, RULES, Stream};
use docket_engine::{Clock, Engine, EngineParts, Failure, Founding, Order, bootstrap, definitions};
use docket_handling_record::HandlingRecordProjector;
use docket_my_declarations::MyDeclarationsProjector;
use docket_projection::{Config, Gate, Place, Projector, Row, Views};
use docket_store::{Append, Expected, KeyChange, Log, StreamAppend, StreamId};
use docket_testkit::World;
use docket_testkit::engines::{self, Scratch};
use docket_testkit::histories::{Generator, Step};
use docket_testkit::on_both_engines;
use docket_testkit::town::StandingClock;
use docket_worklist::WorklistProjector;
use docket_worklist_history::WorklistHistoryProjector;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

on_both_engines!(async:
    random_histories_answer_like_the_rules_and_rebuild_to_the_live_rows,
);

const HISTORIES: u64 = 4;
const COMMANDS: usize = 200;

/// An engine and its views on a database, under a clock that the history moves.
struct Node {
    engine: Engine,
    clock: Arc<StandingClock>,
    log: Arc<dyn Log>,
    ring: Arc<KeyRing>,
    views: Views,
}

async fn node(scratch: &Scratch) -> Node {
    let log = scratch.log(Uuid::from_u128(1)).await;
    let ring = Arc::new(KeyRing::generate(&OsEntropy));
    let clock = Arc::new(StandingClock::at(World::founding()[0].at));
    let parts = EngineParts {
        log: Arc::clone(&log),
        ring: Arc::clone(&ring),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        entropy: Arc::new(OsEntropy),
        definitions: definitions(),
        quarantine: Arc::default(),
        cached_states: NonZeroUsize::new(64).unwrap(),
    };
    let founding = Founding {
        jurisdiction: "测试市".into(),
        demo: false,
    };
    let engine = bootstrap(parts, &founding).await.unwrap();
    let views = open_views(scratch, &log, &ring).await;
    Node {
        engine,
        clock,
        log,
        ring,
        views,
    }
}

async fn open_views(scratch: &Scratch, log: &Arc<dyn Log>, ring: &Arc<KeyRing>) -> Views {
    let projectors: Vec<Arc<dyn Projector>> = vec![
        Arc::new(DirectoryProjector),
        Arc::new(WorklistProjector),
        Arc::new(WorklistHistoryProjector),
        Arc::new(HandlingRecordProjector),
        Arc::new(DeclarationProjector),
        Arc::new(MyDeclarationsProjector),
    ];
    let config = Config {
        place: match scratch.database() {
            None => Place::Folder(scratch.folder().join("views")),
            Some(database) => Place::Postgres(database.url().parse().unwrap()),
        },
        incarnation: docket_domain::log::FIRST_INCARNATION,
        log: Arc::clone(log),
        source: Arc::new(Reader::new(Arc::clone(log), Arc::clone(ring))),
        projectors,
        histories: Vec::new(),
        keep: Duration::ZERO,
    };
    Views::open(config, &|_| {}).await.unwrap()
}

impl Node {
    async fn run(&self, step: &Step) -> Result<Vec<String>, Failure> {
        self.clock.set(step.at);
        let order = Order::new(step.actor.clone(), step.command.clone(), Uuid::now_v7());
        let accepted = self.engine.execute(order).await?;
        Ok(accepted
            .events
            .into_iter()
            .map(|event| event.kind)
            .collect())
    }

    async fn wait(&self) {
        let head = self.engine.log().head().await.unwrap().position;
        for name in self.views.names() {
            let view = self.views.view(name).unwrap();
            view.wait(head, Duration::from_secs(30)).await.unwrap();
        }
    }
}

/// Runs one history on the engine, comparing each answer with that of the rules alone.
async fn relive(node: &Node, seed: u64) -> usize {
    for step in World::founding() {
        node.run(step).await.unwrap();
    }
    let mut generator = Generator::new(seed);
    let mut deleted = 0;
    for number in 0..COMMANDS {
        let (step, expected) = generator.step();
        let answer = node.run(&step).await;
        match (expected, answer) {
            (Ok(executed), Ok(kinds)) => {
                let own: Vec<&str> = executed.kinds_on(&step.command.subject());
                assert_eq!(own, kinds, "seed {seed}, command {number}: {step:?}");
                let drafts = executed.events.iter();
                deleted += drafts
                    .filter(|recorded| matches!(recorded.envelope.event, Event::DraftDeleted(_)))
                    .count();
            }
            (Err(refusal), Err(Failure::Refused(refused))) => {
                assert_eq!(
                    refusal.code, refused.code,
                    "seed {seed}, command {number}: {step:?}"
                );
            }
            (expected, answer) => {
                panic!("seed {seed}, command {number}: {step:?}: {expected:?} but {answer:?}")
            }
        }
    }
    deleted
}

/// Erases some declarations whatever their state, each with the event that says so: what no rule
/// allows, but every fold must stand.
async fn erase_some(node: &Node, seed: u64) -> usize {
    let log = node.log.as_ref();
    let events = log.read_all(0, usize::MAX).await.unwrap();
    let gone = events.iter().filter(|event| erases(&event.kind));
    let gone: BTreeSet<&StreamId> = gone.map(|event| &event.stream).collect();
    let standing: BTreeSet<&StreamId> = events
        .iter()
        .map(|event| &event.stream)
        .filter(|stream| stream.category() == "declaration" && !gone.contains(stream))
        .collect();
    let chosen: Vec<&StreamId> = standing
        .into_iter()
        .enumerate()
        .filter(|(at, _)| (*at as u64 + seed).is_multiple_of(3))
        .map(|(_, stream)| stream)
        .collect();
    for stream in &chosen {
        log.append(erasure(node, stream).await).await.unwrap();
    }
    chosen.len()
}

async fn erasure(node: &Node, stream: &StreamId) -> Append {
    let own = Stream::log(node.log.id());
    let key = node.engine.reader().key(&own).await.unwrap();
    let head = node.log.head().await.unwrap();
    let command = Uuid::now_v7();
    let metadata = Metadata {
        at: Instant::from_micros(head.recorded_at),
        author: Author::SYSTEM,
        on_behalf_of: None,
        command: CommandStamp {
            id: command,
            name: "erase".into(),
        },
        correlation: None,
        causation: None,
        traceparent: None,
        definition: None,
        rules: RULES,
        warnings: Vec::new(),
    };
    let event = Codec::encode(
        LogAt::newest(node.log.id()),
        &stream_of(stream).unwrap(),
        &DraftDeleted {}.into(),
        &metadata,
        None,
        key.key().unwrap(),
        OsEntropy.nonce(),
    );
    Append {
        command,
        at: head.recorded_at,
        streams: vec![StreamAppend {
            stream: stream.clone(),
            expected: Expected::Any,
            events: vec![event.unwrap()],
        }],
        documents: Vec::new(),
        keys: vec![KeyChange::Destroy {
            stream: stream.clone(),
        }],
    }
}

type Dump = Vec<BTreeMap<&'static str, Vec<Row>>>;

/// Every row of every view, with nothing parked.
async fn dump(views: &Views, seed: u64) -> Dump {
    let mut all = Vec::new();
    for name in views.names() {
        assert_eq!(
            views.parked(name).await.unwrap(),
            vec![],
            "seed {seed}: {name}"
        );
        all.push(views.dump(name).await.unwrap());
    }
    all
}

/// Delivers the log again from a position, which leaves what should stand.
async fn deliver_again(views: &Views, from: u64) {
    for name in views.names() {
        views.rewind(name, from).await.unwrap();
    }
    views.catch_up().await.unwrap();
}

/// Rebuilds every view behind a strict gate.
async fn rebuild(views: &Views, seed: u64) {
    let names = views.names();
    let rebuilt = views.rebuild(&names, Gate::Strict, &|_| {}).await;
    let rebuilt = rebuilt.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    assert_eq!(rebuilt.len(), names.len());
}

fn number(variable: &str, otherwise: u64) -> u64 {
    let given = std::env::var(variable).ok();
    given.map_or(otherwise, |given| given.parse().unwrap())
}

async fn random_histories_answer_like_the_rules_and_rebuild_to_the_live_rows(
    engine: engines::Engine,
) {
    let first = number("DOCKET_SEED", 1);
    let mut deleted = 0;
    for seed in first..first + number("DOCKET_HISTORIES", HISTORIES) {
        let scratch = Scratch::new(engine);
        let node = node(&scratch).await;
        let runner = node.views.start();
        deleted += relive(&node, seed).await;
        node.wait().await;
        runner.stop().await;
        let live = dump(&node.views, seed).await;
        let head = node.log.head().await.unwrap().position;
        for from in [head - 1, head / 2, 0] {
            deliver_again(&node.views, from).await;
            assert_eq!(dump(&node.views, seed).await, live, "seed {seed}: {from}");
        }
        rebuild(&node.views, seed).await;
        assert_eq!(dump(&node.views, seed).await, live, "seed {seed}: rebuilt");
        node.views.close().await;

        assert!(erase_some(&node, seed).await > 0);
        let views = open_views(&scratch, &node.log, &node.ring).await;
        deliver_again(&views, 0).await;
        let erased = dump(&views, seed).await;
        assert_ne!(erased, live, "seed {seed}: nothing was erased");
        rebuild(&views, seed).await;
        assert_eq!(dump(&views, seed).await, erased, "seed {seed}: erased");
        views.close().await;
    }
    assert!(deleted > 0, "no history deleted a draft");
}
