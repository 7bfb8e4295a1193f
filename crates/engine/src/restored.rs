//! A log that does not hold what was seen of it, and how an operator accepts that.

use crate::engine::Engine;
use crate::head::Memory;
use crate::level::{ByHand, log_state};
use crate::order::Failure;
use docket_domain::log::{Incarnation, KnownHead, LogRestored, Restored};
use docket_domain::{State, Stream};
use docket_store::{Expected, Log, LogError, Mark};
use std::fmt;

/// How often accepting is tried while somebody else writes to the log's own stream.
const ATTEMPTS_MAX: usize = 8;

/// Something beside the log that has seen it up to an event.
#[derive(Debug, Clone)]
pub struct Witness {
    /// Its name for an operator, such as `the view worklist (generation 3)`.
    pub name: String,
    /// The incarnation it has seen.
    pub incarnation: Incarnation,
    /// The newest event that it has seen.
    pub newest: Mark,
    /// The root over all events up to there, where it is known.
    pub root: Option<[u8; 32]>,
}

impl Witness {
    /// What a node remembers; `None` where it remembers no event.
    pub fn of_memory(name: String, memory: &Memory) -> Option<Self> {
        Some(Self {
            name,
            incarnation: memory.incarnation(),
            newest: memory.newest()?,
            root: Some(memory.root()),
        })
    }

    async fn is_contradicted(&self, log: &dyn Log) -> Result<bool, LogError> {
        let before = self.newest.position - 1;
        let found = log.leaves(before, 1).await?;
        Ok(found.first() != Some(&self.newest.leaf))
    }
}

/// What a log lost.
#[derive(Debug, Clone)]
pub struct Lost {
    /// Where it ends.
    pub ends: u64,
    /// Up to where it is proven to be the log that was seen.
    pub proven: u64,
    /// Who has seen other events than it holds, the one that has seen most first; at least one.
    pub witnesses: Vec<Witness>,
}

impl Lost {
    /// The first position whose event may be another one than was seen.
    pub fn lost_from(&self) -> u64 {
        self.proven + 1
    }

    /// The witness who has seen most.
    pub fn known(&self) -> &Witness {
        self.witnesses.first().expect("a loss has a witness")
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen = self.known().newest.position;
        match self.ends < seen {
            true => write!(f, "the log ends at position {} and was longer", self.ends)?,
            false => write!(
                f,
                "the log goes on to position {} with other events than were seen",
                self.ends
            )?,
        }
        for witness in &self.witnesses {
            write!(
                f,
                "\n  {} has seen it up to position {}",
                witness.name, witness.newest.position
            )?;
        }
        write!(
            f,
            "\n  the last position that is proven to be as it was is {}",
            self.proven
        )
    }
}

/// Holds a log against what was seen of it: `None` where it holds all of that, or where what it does
/// not hold was accepted as lost.
///
/// # Errors
/// When the log cannot be read.
pub async fn lost(
    log: &dyn Log,
    memory: Option<&Memory>,
    witnesses: Vec<Witness>,
) -> Result<Option<Lost>, LogError> {
    let incarnation = log_state(log).await?.incarnation();
    let mut contradicted = Vec::new();
    let mut proven = 0;
    for witness in witnesses {
        let is_contradicted = witness.is_contradicted(log).await?;
        if !is_contradicted {
            proven = proven.max(witness.newest.position);
        } else if witness.incarnation >= incarnation {
            contradicted.push(witness);
        }
    }
    if contradicted.is_empty() {
        return Ok(None);
    }
    contradicted.sort_by_key(|witness| std::cmp::Reverse(witness.newest.position));
    if let Some(memory) = memory.filter(|memory| memory.log_id() == log.id()) {
        proven = proven.max(memory.proven_by(log).await?);
    }
    Ok(Some(Lost {
        ends: log.head().await?.position,
        proven,
        witnesses: contradicted,
    }))
}

impl Engine {
    /// The last loss that was accepted, confirmed by the log, and the incarnation that it is in.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn restored(&self) -> Result<(Incarnation, Option<Restored>), Failure> {
        let seen = self.state(&Stream::log(self.log.id())).await?;
        match seen.state.as_ref() {
            State::Log(log) => Ok((log.incarnation(), log.restored.clone())),
            _ => Err(Failure::corrupt("the log has another beginning")),
        }
    }

    /// Accepts a loss: nodes go on with what the log holds, in another incarnation. Accepted by
    /// several operators at once it is accepted once; answers the event that says so.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub async fn accept_restored(&self, lost: &Lost) -> Result<Restored, Failure> {
        let known = lost.known();
        let event = LogRestored {
            lost_from: lost.lost_from(),
            known_head: KnownHead {
                incarnation: known.incarnation,
                size: known.newest.position,
                root: known.root.map(hex::encode),
                leaf: hex::encode(known.newest.leaf),
            },
        };
        for _ in 0..ATTEMPTS_MAX {
            let level = self.level().await?;
            let (incarnation, last) = self.restored().await?;
            if let Some(last) = last.filter(|_| incarnation > known.incarnation) {
                return Ok(last);
            }
            let version = self.state(&Stream::log(self.log.id())).await?.version;
            let log = self.log.id().to_string();
            let by_hand = ByHand {
                name: "accept_restored",
                command: &["accept_restored", &log, &event.known_head.leaf],
                expected: Expected::Exact(version),
                level,
            };
            self.append_by_hand(by_hand, &[event.clone().into()])
                .await?;
        }
        Err(Failure::Busy)
    }
}
