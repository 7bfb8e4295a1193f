//! A standby takes over that lacked the last commits: what the log has lost never was.
#![allow(clippy::unwrap_used, missing_docs)]

use async_trait::async_trait;
use docket_codec::KeyRing;
use docket_domain::administration::AdminCommand;
use docket_domain::declaration::DeclarationCommand;
use docket_domain::{Actor, Command, DeclarationId, Kind, State, Stream};
use docket_engine::{Engine, EngineParts, Order, definitions};
use docket_store::{
    Append, AppendError, Appended, AuditEntry, Head, Leaf, Log, LogError, MemoryLog, Recorded,
    StreamId, StreamRange,
};
use docket_testkit::town::{SeededEntropy, Town};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use tokio::sync::watch;
use uuid::Uuid;

const LOG: Uuid = Uuid::from_u128(1);

/// A primary with a standby that hears of commits until it is cut off.
struct Pair {
    primary: MemoryLog,
    standby: MemoryLog,
    cut_off: AtomicBool,
    taken_over: AtomicBool,
}

impl Pair {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            primary: MemoryLog::new(LOG),
            standby: MemoryLog::new(LOG),
            cut_off: AtomicBool::new(false),
            taken_over: AtomicBool::new(false),
        })
    }

    /// From now on commits are on the primary alone.
    fn cut_off(&self) {
        self.cut_off.store(true, SeqCst);
    }

    /// The primary is gone, and with it what only it had.
    fn take_over(&self) {
        self.taken_over.store(true, SeqCst);
    }

    fn present(&self) -> &MemoryLog {
        match self.taken_over.load(SeqCst) {
            true => &self.standby,
            false => &self.primary,
        }
    }

    fn followed(&self) -> bool {
        !self.cut_off.load(SeqCst)
    }
}

#[async_trait]
impl Log for Pair {
    fn id(&self) -> Uuid {
        LOG
    }

    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let appended = self.present().append(append.clone()).await?;
        if self.followed() {
            assert_eq!(self.standby.append(append).await?, appended);
        }
        Ok(appended)
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Recorded>, LogError> {
        self.present().read_stream(stream, after, limit).await
    }

    async fn read_all(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, LogError> {
        self.present().read_all(after, limit).await
    }

    async fn read_range(&self, range: &StreamRange) -> Result<Vec<Recorded>, LogError> {
        self.present().read_range(range).await
    }

    async fn next_streams(
        &self,
        category: &str,
        after: Option<&StreamId>,
        streams: usize,
    ) -> Result<Option<StreamId>, LogError> {
        self.present().next_streams(category, after, streams).await
    }

    async fn versions(&self, streams: &[StreamId]) -> Result<Vec<u64>, LogError> {
        self.present().versions(streams).await
    }

    async fn command(&self, command: Uuid) -> Result<Option<Vec<Recorded>>, LogError> {
        self.present().command(command).await
    }

    async fn head(&self) -> Result<Head, LogError> {
        self.present().head().await
    }

    async fn leaves(&self, after: u64, limit: usize) -> Result<Vec<Leaf>, LogError> {
        self.present().leaves(after, limit).await
    }

    async fn document(&self, hash: &[u8; 32]) -> Result<Option<Vec<u8>>, LogError> {
        self.present().document(hash).await
    }

    async fn keys(&self, streams: &[StreamId]) -> Result<Vec<Option<Vec<u8>>>, LogError> {
        self.present().keys(streams).await
    }

    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, LogError> {
        self.present().setting(name).await
    }

    async fn put_setting(&self, name: &str, value: &[u8]) -> Result<(), LogError> {
        if self.followed() {
            self.standby.put_setting(name, value).await?;
        }
        self.present().put_setting(name, value).await
    }

    async fn audit(&self, entries: Vec<AuditEntry>) -> Result<(), LogError> {
        self.present().audit(entries).await
    }

    async fn audit_trail(&self, limit: usize) -> Result<Vec<AuditEntry>, LogError> {
        self.present().audit_trail(limit).await
    }

    fn watch(&self) -> watch::Receiver<u64> {
        self.present().watch()
    }
}

/// A node that was started after the fail-over.
fn restarted(town: &Town) -> Engine {
    let entropy = Arc::new(SeededEntropy::new(7));
    Engine::new(EngineParts {
        log: Arc::clone(town.engine.log()),
        ring: Arc::new(KeyRing::generate(entropy.as_ref())),
        clock: town.clock.clone(),
        entropy: Arc::new(SeededEntropy::new(99)),
        definitions: definitions(),
        quarantine: Arc::default(),
        cached_states: NonZeroUsize::new(1000).unwrap(),
    })
}

#[tokio::test]
async fn a_command_is_decided_on_what_the_log_still_holds() {
    let pair = Pair::new();
    let town = Town::found(Arc::clone(&pair) as _, 7).await;
    let stream = Stream::unit(town.office.id);
    let grant = |id| {
        let command = AdminCommand::SetIssuingAuthority {
            unit: town.office.id,
            granted: true,
        };
        let command = Command::Administration(command);
        Order::new(Actor::SYSTEM, command, Uuid::from_u128(id))
    };
    let before = town.engine.state(&stream).await.unwrap().version;
    pair.cut_off();
    assert_eq!(town.engine.execute(grant(1)).await.unwrap().events.len(), 1);
    pair.take_over();
    let again = town.engine.execute(grant(2)).await.unwrap();
    assert_eq!((again.events.len(), again.version), (1, before + 1));
    let read = restarted(&town).state(&stream).await.unwrap();
    let known = town.engine.state(&stream).await.unwrap();
    assert_eq!((known.version, known.state), (read.version, read.state));
}

/// Under the same id, but with another key.
#[tokio::test]
async fn a_draft_that_was_lost_is_not_there_and_can_be_begun_again() {
    let pair = Pair::new();
    let town = Town::found(Arc::clone(&pair) as _, 7).await;
    let applicant = town.person().await;
    let actor = Actor::applicant(applicant);
    pair.cut_off();
    let id = town.draft(applicant, Kind::Review).await;
    let stream = Stream::declaration(id);
    town.engine.state(&stream).await.unwrap();
    pair.take_over();
    let gone = town.engine.state(&stream).await.unwrap();
    assert_eq!((gone.version, is_there(&gone.state)), (0, false));
    let create = DeclarationCommand::Create(Box::new(town.choices(Kind::Review)));
    town.act(actor.clone(), id, create).await.unwrap();
    town.fill(applicant, id, Kind::Review).await;
    let read = restarted(&town).state(&stream).await.unwrap();
    let known = town.engine.state(&stream).await.unwrap();
    assert!(is_there(&read.state));
    assert_eq!((known.version, known.state), (read.version, read.state));
}

#[tokio::test]
async fn what_may_be_done_to_a_lost_draft_is_answered_as_to_one_that_never_was() {
    let pair = Pair::new();
    let town = Town::found(Arc::clone(&pair) as _, 7).await;
    let applicant = town.person().await;
    let actor = Actor::applicant(applicant);
    pair.cut_off();
    let id = town.draft(applicant, Kind::Review).await;
    let never = DeclarationId(Uuid::from_u128(404));
    let ids = [id, never];
    let page = |actor: &Actor| town.engine.allowed_on_page(&ids, actor.clone());
    let warm = page(&actor).await.unwrap();
    assert_ne!(warm[0], warm[1]);
    pair.take_over();
    let page = page(&actor).await.unwrap();
    assert_eq!(page[0], page[1]);
}

fn is_there(state: &State) -> bool {
    matches!(state, State::Declaration(Some(_)))
}
