use crate::held::Held;
use crate::report::{Counts, Finding, Findings, Part, Report};
use crate::unchecked::Unchecked;
use docket_codec::{KeyRing, stream_id};
use docket_domain::Stream;
use docket_store::{Inspect, LogError, PublishedHead, StreamId};
use std::time::Duration;
use tokio::time::Instant;

/// Rows read at once.
pub(crate) const PAGE: usize = 1_000;

/// How a log is checked.
#[derive(Clone, Copy, Default)]
pub struct Check<'a> {
    /// The key file. Without it nothing sealed is opened, and the report says so.
    pub ring: Option<&'a KeyRing>,
    /// A head that was published earlier and kept elsewhere.
    pub head: Option<PublishedHead>,
    /// Whether it rests as long as it works, to leave the machine to others.
    pub polite: bool,
}

/// What is checked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Events in the order of the log, with what they name.
    Events,
    /// Where events stand in their streams.
    Places,
    /// Rows of keys.
    Keys,
    /// Rows of documents.
    Documents,
}

impl Phase {
    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Phase::Events => "events",
            Phase::Places => "streams",
            Phase::Keys => "keys",
            Phase::Documents => "documents",
        }
    }
}

/// How far a check has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What it is at.
    pub phase: Phase,
    /// How many are done.
    pub done: u64,
    /// Of how many; 0 where nobody counted them.
    pub total: u64,
}

/// Why a check could not be done.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The database cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The key file is another log's.
    #[error("{0}")]
    KeyFile(String),
}

/// Told from time to time how far a check has come.
pub(crate) type Told<'a> = &'a (dyn Fn(Progress) + Sync);

/// Reads everything a log's database holds and proves it, up to the newest event of when it began.
/// Whatever is appended meanwhile is left for the next check.
///
/// # Errors
/// When the database cannot be read. What is wrong with the log is in the report.
pub async fn verify(
    log: &dyn Inspect,
    check: Check<'_>,
    told: &(dyn Fn(Progress) + Sync),
) -> Result<Report, VerifyError> {
    let mut session = Session::begin(log, check, told).await?;
    session.surroundings().await?;
    session.events().await?;
    session.places().await?;
    session.keys().await?;
    session.documents().await?;
    Ok(session.finish())
}

/// A check under way.
pub(crate) struct Session<'a> {
    pub(crate) log: &'a dyn Inspect,
    pub(crate) ring: Option<&'a KeyRing>,
    pub(crate) head: Option<PublishedHead>,
    polite: bool,
    /// When the page at hand was begun.
    page: Instant,
    told: Told<'a>,
    /// The newest position of when the check began.
    pub(crate) up_to: u64,
    /// The stream whose key is the log's own.
    pub(crate) own: StreamId,
    /// The log's own key.
    pub(crate) own_key: Held,
    pub(crate) report: Report,
}

impl<'a> Session<'a> {
    async fn begin(
        log: &'a dyn Inspect,
        check: Check<'a>,
        told: Told<'a>,
    ) -> Result<Self, LogError> {
        let newest = log.head().await?;
        let own = stream_id(log.id(), &Stream::log(log.id()));
        let wrapped = log.keys(std::slice::from_ref(&own)).await?.pop().flatten();
        Ok(Self {
            own_key: Held::of(check.ring, &own, wrapped),
            log,
            ring: check.ring,
            head: check.head,
            polite: check.polite,
            page: Instant::now(),
            told,
            up_to: newest.position,
            own,
            report: Report {
                size: newest.position,
                root: None,
                recorded_at: newest.recorded_at,
                counts: Counts::default(),
                findings: Findings::default(),
                unchecked: Vec::new(),
            },
        })
    }

    /// Notes what is wrong at a position.
    pub(crate) fn found_at(&mut self, part: Part, position: u64, what: impl Into<String>) {
        self.found(Finding {
            part,
            position: Some(position),
            stream: None,
            what: what.into(),
        });
    }

    /// Notes what is wrong with what lies beside a stream.
    pub(crate) fn found_of(&mut self, part: Part, stream: &str, what: impl Into<String>) {
        self.found(Finding {
            part,
            position: None,
            stream: Some(stream.to_owned()),
            what: what.into(),
        });
    }

    pub(crate) fn found(&mut self, finding: Finding) {
        self.report.findings.add(finding);
    }

    /// Ends a page: tells how far it has come, and rests if it shall be polite.
    pub(crate) async fn turn(&mut self, phase: Phase, done: u64, total: u64) {
        (self.told)(Progress { phase, done, total });
        if self.polite {
            // At least a moment, so that a page that came from memory does not spin.
            let rest = self.page.elapsed().max(Duration::from_millis(1));
            tokio::time::sleep(rest).await;
        } else {
            tokio::task::yield_now().await;
        }
        self.page = Instant::now();
    }

    fn finish(mut self) -> Report {
        let proven = self.head.map_or(0, |head| head.size.min(self.up_to));
        self.report.unchecked.extend(Unchecked::behind(proven));
        if self.ring.is_none() {
            self.report.unchecked.extend([
                Unchecked::SealsWithoutKeyFile,
                Unchecked::DocumentsWithoutKeyFile,
                Unchecked::KeysWithoutKeyFile,
            ]);
        }
        let unknown = self.report.counts.unknown;
        if unknown > 0 {
            self.report.unchecked.push(Unchecked::NewerTypes(unknown));
        }
        self.report
    }
}
