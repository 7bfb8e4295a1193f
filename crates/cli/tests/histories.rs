//! Random histories through the real engine on a real log: its answers are those of the rules
//! alone, and every view holds the same rows live and rebuilt.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

use docket_codec::{KeyRing, OsEntropy, Reader};
use docket_declaration_view::DeclarationProjector;
use docket_directory::DirectoryProjector;
use docket_domain::Event;
use docket_engine::{Clock, Engine, EngineParts, Failure, Founding, Order, bootstrap, definitions};
use docket_handling_record::HandlingRecordProjector;
use docket_my_declarations::MyDeclarationsProjector;
use docket_projection::{Config, Gate, Projector, Views};
use docket_store::Log;
use docket_store_sqlite::SqliteLog;
use docket_testkit::World;
use docket_testkit::histories::{Generator, Step};
use docket_testkit::town::StandingClock;
use docket_worklist::WorklistProjector;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const HISTORIES: u64 = 4;
const COMMANDS: usize = 200;

/// An engine and its views on a folder, under a clock that the history moves.
struct Node {
    engine: Engine,
    clock: Arc<StandingClock>,
    views: Views,
}

async fn node(folder: &Path) -> Node {
    let log: Arc<dyn Log> = Arc::new(
        SqliteLog::open(&folder.join("docket.db"), Uuid::from_u128(1))
            .await
            .unwrap(),
    );
    let ring = Arc::new(KeyRing::generate(&OsEntropy));
    let clock = Arc::new(StandingClock::at(World::founding()[0].at));
    let parts = EngineParts {
        log: Arc::clone(&log),
        ring: Arc::clone(&ring),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        entropy: Arc::new(OsEntropy),
        definitions: definitions(),
        cached_states: NonZeroUsize::new(64).unwrap(),
    };
    let founding = Founding {
        jurisdiction: "测试市".into(),
        demo: false,
    };
    let engine = bootstrap(parts, &founding).await.unwrap();
    let projectors: Vec<Arc<dyn Projector>> = vec![
        Arc::new(DirectoryProjector),
        Arc::new(WorklistProjector),
        Arc::new(HandlingRecordProjector),
        Arc::new(DeclarationProjector),
        Arc::new(MyDeclarationsProjector),
    ];
    let config = Config {
        dir: folder.join("views"),
        log: Arc::clone(&log),
        source: Arc::new(Reader::new(log, ring)),
        projectors,
        histories: Vec::new(),
    };
    let views = Views::open(config, &|_| {}).await.unwrap();
    Node {
        engine,
        clock,
        views,
    }
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_histories_answer_like_the_rules_and_rebuild_to_the_live_rows() {
    let first = std::env::var("DOCKET_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(1);
    let mut deleted = 0;
    for seed in first..first + HISTORIES {
        let folder = tempfile::tempdir().unwrap();
        let node = node(folder.path()).await;
        let runner = node.views.start();
        deleted += relive(&node, seed).await;
        node.wait().await;
        let names = node.views.names();
        let mut live = Vec::new();
        for name in &names {
            assert!(
                node.views.parked(name).await.unwrap().is_empty(),
                "seed {seed}: {name} parked"
            );
            live.push(node.views.dump(name).await.unwrap());
        }
        let rebuilt = node
            .views
            .rebuild(&names, Gate::Strict, &|_| {})
            .await
            .unwrap();
        assert_eq!(rebuilt.len(), names.len());
        for (name, live) in names.iter().zip(live) {
            assert_eq!(
                node.views.dump(name).await.unwrap(),
                live,
                "seed {seed}: {name}"
            );
        }
        runner.stop().await;
        node.views.close().await;
    }
    assert!(deleted > 0, "no history deleted a draft");
}
