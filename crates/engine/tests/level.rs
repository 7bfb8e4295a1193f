//! The level of the log: a node that does not know it answers nothing, however stale its cache.
#![allow(clippy::unwrap_used, missing_docs)]

use async_trait::async_trait;
use docket_codec::{EncodeError, LEVEL};
use docket_domain::declaration::DeclarationCommand;
use docket_domain::{Actor, Code, Command, DeclarationId, Kind, State, Stream, UnitId};
use docket_engine::reactors::{Candidates, Outcome, ReactorRunner, SignOffReactor};
use docket_engine::{
    BootstrapError, Clock, Engine, EngineParts, Failure, Founding, LevelError, Order, bootstrap,
    definitions, level_of_log,
};
use docket_store::{AuditEntry, Log, MemoryLog};
use docket_testkit::newer::raise_level;
use docket_testkit::town::{SeededEntropy, Town};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

async fn town() -> Town {
    let log: Arc<dyn Log> = Arc::new(MemoryLog::new(Uuid::from_u128(1)));
    Town::found(log, 7).await
}

fn parts(town: &Town) -> EngineParts {
    let entropy = Arc::new(SeededEntropy::new(7));
    let ring = docket_codec::KeyRing::generate(entropy.as_ref());
    EngineParts {
        log: Arc::clone(town.engine.log()),
        ring: Arc::new(ring),
        clock: Arc::clone(&town.clock) as Arc<dyn Clock>,
        entropy: Arc::new(SeededEntropy::new(99)),
        definitions: definitions(),
        quarantine: Arc::default(),
        cached_states: NonZeroUsize::new(1000).unwrap(),
    }
}

async fn submitted(town: &Town) -> DeclarationId {
    let applicant = town.person().await;
    let id = town.draft(applicant, Kind::Initial).await;
    town.act(Actor::applicant(applicant), id, DeclarationCommand::Submit)
        .await
        .unwrap();
    id
}

fn sign(town: &Town, id: DeclarationId, key: u128) -> Order {
    let command = DeclarationCommand::Sign;
    let command = Command::Declaration { id, command };
    Order::new(town.school.by_operator(), command, Uuid::from_u128(key))
}

async fn head(town: &Town) -> u64 {
    town.engine.log().head().await.unwrap().position
}

async fn audited(town: &Town) -> Vec<AuditEntry> {
    town.engine.log().audit_trail(100).await.unwrap()
}

fn too_old<T: std::fmt::Debug>(answer: Result<T, Failure>) -> String {
    match answer {
        Err(Failure::NodeTooOld(why)) => why,
        other => panic!("expected NODE_TOO_OLD, got {other:?}"),
    }
}

#[tokio::test]
async fn after_the_level_was_raised_a_warm_cache_neither_accepts_nor_refuses() {
    let town = town().await;
    let (first, second) = (submitted(&town).await, submitted(&town).await);
    let old = Engine::new(parts(&town));
    // Both answers are at hand: everything that either rests on is in the cache.
    old.execute(sign(&town, first, 1)).await.unwrap();
    let operator = town.school.by_operator();
    assert!(
        !old.allowed(second, operator.clone())
            .await
            .unwrap()
            .is_empty()
    );
    let refused = old.execute(sign(&town, first, 2)).await;
    assert!(
        matches!(&refused, Err(Failure::Refused(refusal)) if refusal.code == Code::WrongState),
        "{refused:?}"
    );
    raise_level(town.engine.log().as_ref(), town.engine.ring()).await;
    let (head_before, audited_before) = (head(&town).await, audited(&town).await);

    let why = too_old(old.execute(sign(&town, second, 3)).await);
    assert!(why.contains(&format!("level {}", LEVEL + 1)), "{why}");
    too_old(old.execute(sign(&town, first, 4)).await);
    too_old(old.allowed(second, operator.clone()).await);
    too_old(old.allowed_on_page(&[first, second], operator).await);
    too_old(old.level().await);
    let told = level_of_log(town.engine.log().as_ref()).await.unwrap();
    assert_eq!(told, LEVEL + 1, "who only looks is told");
    assert_eq!(head(&town).await, head_before);
    assert_eq!(audited(&town).await, audited_before);
}

/// Each of the two may be the first thing that a node is asked after the level was raised.
#[tokio::test]
async fn the_first_answer_after_the_raise_is_not_from_a_stale_level() {
    for accepts in [true, false] {
        let town = town().await;
        let id = submitted(&town).await;
        let old = Engine::new(parts(&town));
        if accepts {
            assert!(
                !old.allowed(id, town.school.by_operator())
                    .await
                    .unwrap()
                    .is_empty()
            );
        } else {
            old.execute(sign(&town, id, 1)).await.unwrap();
        }
        raise_level(town.engine.log().as_ref(), town.engine.ring()).await;
        too_old(old.execute(sign(&town, id, 2)).await);
        let seen = town.engine.state(&Stream::declaration(id)).await.unwrap();
        let State::Declaration(Some(declaration)) = seen.state.as_ref() else {
            panic!("no declaration")
        };
        assert_eq!(declaration.steps[0].signed.is_none(), accepts);
    }
}

#[tokio::test]
async fn a_repeat_is_answered_by_a_node_that_knows_the_level_only() {
    let town = town().await;
    let id = submitted(&town).await;
    let old = Engine::new(parts(&town));
    old.execute(sign(&town, id, 1)).await.unwrap();
    raise_level(town.engine.log().as_ref(), town.engine.ring()).await;
    too_old(old.execute(sign(&town, id, 1)).await);
}

#[tokio::test]
async fn a_declaration_under_a_definition_of_a_newer_build_is_not_judged() {
    let town = town().await;
    let id = submitted(&town).await;
    let old = Engine::new(EngineParts {
        definitions: definitions()
            .into_iter()
            .filter(|((kind, _), _)| *kind != Kind::Initial)
            .collect(),
        ..parts(&town)
    });
    let why = too_old(old.execute(sign(&town, id, 1)).await);
    assert!(why.contains("workflow initial"), "{why}");
    too_old(old.allowed(id, town.school.by_operator()).await);
}

/// A read model that stopped at an event it does not know: it says that it is behind.
struct Stopped;

#[async_trait]
impl Candidates for Stopped {
    async fn pending(
        &self,
        _: UnitId,
        _: u64,
        _: Option<DeclarationId>,
        _: usize,
    ) -> Result<Vec<DeclarationId>, Failure> {
        Err(Failure::Unavailable("the view has stopped".into()))
    }
}

#[tokio::test]
async fn after_the_level_was_raised_sign_off_is_left_to_a_newer_node() {
    let town = town().await;
    submitted(&town).await;
    town.toggle(&town.school, "青山小学", 1, false).await;
    let reactor = SignOffReactor::new(Arc::new(Engine::new(parts(&town))), Arc::new(Stopped));
    let log = Arc::clone(town.engine.log());
    let runner = ReactorRunner::start(log, reactor).await.unwrap();
    let running = tokio::spawn(runner.run());
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!running.is_finished(), "it is only behind");
    raise_level(town.engine.log().as_ref(), town.engine.ring()).await;
    let ended = tokio::time::timeout(Duration::from_secs(30), running).await;
    match ended.unwrap().unwrap() {
        Outcome::TooOld(why) => assert!(why.contains(&format!("level {}", LEVEL + 1)), "{why}"),
        Outcome::Closed => panic!("the log is open"),
    }
}

#[tokio::test]
async fn a_node_below_the_level_does_not_start() {
    let town = town().await;
    let founding = Founding {
        jurisdiction: "测试市".into(),
        demo: false,
    };
    assert!(bootstrap(parts(&town), &founding).await.is_ok());
    raise_level(town.engine.log().as_ref(), town.engine.ring()).await;
    let before = head(&town).await;
    match bootstrap(parts(&town), &founding).await {
        Err(BootstrapError::Failure(Failure::NodeTooOld(_))) => {}
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it started"),
    }
    assert_eq!(head(&town).await, before, "and writes nothing");
}

#[tokio::test]
async fn a_new_log_begins_at_the_level_of_the_build_and_is_never_lowered() {
    let town = town().await;
    assert_eq!(town.engine.level().await.unwrap(), LEVEL);
    let before = head(&town).await;
    assert_eq!(town.engine.raise_level(LEVEL).await.unwrap(), LEVEL);
    let lower = town.engine.raise_level(LEVEL - 1).await;
    assert!(
        matches!(lower, Err(LevelError::Lower { present: LEVEL })),
        "{lower:?}"
    );
    let above = town.engine.raise_level(LEVEL + 1).await;
    assert!(
        matches!(above, Err(LevelError::NotKnown { wanted }) if wanted == LEVEL + 1),
        "{above:?}"
    );
    assert_eq!(head(&town).await, before);
}

#[test]
fn what_the_level_has_no_form_for_is_no_corruption() {
    let error = EncodeError::AboveLevel {
        kind: "CertificateIssued",
        level: 1,
        what: "its type came later",
    };
    let failure = Failure::from(error);
    assert!(matches!(&failure, Failure::LogTooOld(_)), "{failure}");
    let text = failure.to_string();
    assert!(
        text.contains("docket migrate --level") && text.contains("CertificateIssued"),
        "{text}"
    );
}
