//! The level of the log: what may be written, and which nodes may still answer
//! (docs/adr/0009-the-log-has-a-level.md).

use crate::engine::Engine;
use crate::order::{Failure, derived_command_id};
use docket_codec::{Codec, CommandStamp, LEVEL, LogAt, Metadata, stream_id};
use docket_domain::event::EventData as _;
use docket_domain::log::{Level, LevelRaised, Log as LogState, LogRestored};
use docket_domain::{Author, Event, Facts, RULES, State, Stream, evolve};
use docket_store::{Append, AppendError, Expected, Log, LogError, StreamAppend};

/// How often raising is tried while somebody else writes to the log's own stream.
const ATTEMPTS_MAX: usize = 8;
const PAGE: usize = 1_000;

/// Why the level of a log stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum LevelError {
    /// Levels are never lowered: events of the level may be in the log.
    #[error("the log is at level {present} already, and a level is never lowered")]
    Lower {
        /// The log's level.
        present: Level,
    },
    /// Nobody could go on.
    #[error(
        "this version of Docket knows levels up to {LEVEL}; raise the log with the version that brings level {wanted}"
    )]
    NotKnown {
        /// The level asked for.
        wanted: Level,
    },
    /// The log.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl Engine {
    /// The level of the log, confirmed by the log.
    ///
    /// # Errors
    /// [`Failure::NodeTooOld`] when this build does not know it: it must not answer anything.
    pub async fn level(&self) -> Result<Level, Failure> {
        let seen = self.state(&Stream::log(self.log.id())).await?;
        let level = match seen.state.as_ref() {
            State::Log(log) => log.level(),
            _ => return Err(Failure::corrupt("the log has another beginning")),
        };
        known(level)
    }

    /// Lets events of a level be written from now on; answers the level before. Nodes that do not
    /// know the level answer nothing more.
    ///
    /// # Errors
    /// When the log is above it, this build does not know it, or the log cannot be written.
    pub async fn raise_level(&self, wanted: Level) -> Result<Level, LevelError> {
        if wanted > LEVEL {
            return Err(LevelError::NotKnown { wanted });
        }
        let stream = Stream::log(self.log.id());
        for _ in 0..ATTEMPTS_MAX {
            let present = self.level().await?;
            if wanted < present {
                return Err(LevelError::Lower { present });
            }
            if wanted == present {
                return Ok(present);
            }
            let version = self.state(&stream).await?.version;
            let events = vec![LevelRaised { level: wanted }.into()];
            let id = self.log.id().to_string();
            let written = ByHand {
                name: "raise_level",
                command: &["raise_level", &id, &wanted.to_string()],
                expected: Expected::Exact(version),
                level: present,
            };
            if self.append_by_hand(written, &events).await? {
                return Ok(present);
            }
        }
        Err(Failure::Busy.into())
    }

    /// Appends to the log's own stream what no rule decides; false when the stream moved.
    pub(crate) async fn append_by_hand(
        &self,
        by_hand: ByHand<'_>,
        events: &[Event],
    ) -> Result<bool, Failure> {
        let at = self.clock.now();
        let command = derived_command_id(by_hand.command);
        let metadata = Metadata {
            at,
            author: Author::SYSTEM,
            on_behalf_of: None,
            command: CommandStamp {
                id: command,
                name: by_hand.name.to_owned(),
            },
            correlation: None,
            causation: None,
            traceparent: None,
            definition: None,
            rules: RULES,
            warnings: Vec::new(),
        };
        let stream = Stream::log(self.log.id());
        let log = LogAt {
            id: self.log.id(),
            level: by_hand.level,
        };
        let (key, keys) = self.log_key_or_new(by_hand.expected).await?;
        let encode = |event| {
            let nonce = self.entropy.nonce();
            Codec::encode(log, &stream, event, &metadata, None, &key, nonce)
        };
        let append = Append {
            command,
            at: at.micros(),
            streams: vec![StreamAppend {
                stream: stream_id(log.id, &stream),
                expected: by_hand.expected,
                events: events.iter().map(encode).collect::<Result<_, _>>()?,
            }],
            documents: Vec::new(),
            keys,
        };
        match self.log.append(append).await {
            Ok(_) => Ok(true),
            Err(AppendError::Conflict { .. } | AppendError::Stale) => Ok(false),
            Err(AppendError::Log(error)) => Err(error.into()),
            Err(error @ AppendError::Invalid(_)) => Err(Failure::corrupt(error.to_string())),
        }
    }
}

/// The level of a log as its events say, for tools that only look at it: without keys, and also
/// where this build does not know the level.
///
/// # Errors
/// When the log cannot be read.
pub async fn level_of_log(log: &dyn Log) -> Result<Level, Failure> {
    Ok(log_state(log).await?.level())
}

/// What a log says about itself beside its beginning: its level, and its incarnation. Without keys.
///
/// # Errors
/// When the log cannot be read.
pub async fn log_state(log: &dyn Log) -> Result<LogState, LogError> {
    let stream = Stream::log(log.id());
    let mut state = State::initial(stream.category);
    let mut version = 0;
    loop {
        let page = log
            .read_stream(&stream_id(log.id(), &stream), version, PAGE)
            .await?;
        let Some(last) = page.last() else { break };
        version = last.version;
        let told = page
            .iter()
            .filter(|event| [LevelRaised::KIND, LogRestored::KIND].contains(&event.kind.as_str()));
        for recorded in told {
            let unopened = Codec::unopened(log.id(), recorded);
            let unopened = unopened.map_err(|error| LogError::Corrupt {
                position: recorded.position,
                what: error.to_string(),
            })?;
            evolve(&mut state, &unopened);
        }
    }
    Ok(match state {
        State::Log(log) => log,
        _ => LogState::default(),
    })
}

/// The circumstances of an append that no rule decides.
pub(crate) struct ByHand<'a> {
    /// What its metadata calls it.
    pub(crate) name: &'static str,
    /// What its permanent id derives from.
    pub(crate) command: &'a [&'a str],
    /// What the log's own stream must be like.
    pub(crate) expected: Expected,
    /// The level it is written at.
    pub(crate) level: Level,
}

/// Whether this build may judge by facts: it knows the level they come from, and the definitions
/// that their declarations keep.
pub(crate) fn fit_to_judge(facts: &Facts) -> Result<(), Failure> {
    known(facts.level())?;
    match facts.unknown_definition() {
        None => Ok(()),
        Some((kind, version)) => Err(Failure::NodeTooOld(format!(
            "this version of Docket does not know version {version} of the workflow {kind}"
        ))),
    }
}

fn known(level: Level) -> Result<Level, Failure> {
    if level > LEVEL {
        return Err(Failure::NodeTooOld(format!(
            "it is at level {level}, and this version of Docket knows levels up to {LEVEL}; \
             install the version that raised it"
        )));
    }
    Ok(level)
}
