//! Whether a log is the one that this node has seen: held against the head that it remembers and
//! against its views, before anything reads, writes or builds on it.

use crate::exit::Stop;
use crate::settings::Settings;
use anyhow::Context as _;
use docket_domain::log::{Incarnation, Restored};
use docket_engine::{Lost, Memory, MemoryFile, Witness, log_state, lost};
use docket_projection::{Place, witnesses};
use docket_store::{Log, LogError};

/// What a log is to this node.
pub struct Standing {
    /// The incarnation that the log is in.
    pub incarnation: Incarnation,
    /// The last loss that an operator accepted.
    pub restored: Option<Restored>,
    /// What it lost and nobody has accepted.
    pub lost: Option<Lost>,
}

/// Holds a log against everything beside it that has seen it.
///
/// # Errors
/// When something cannot be read, and with exit code 3 when this node remembers another log.
pub async fn find(log: &dyn Log, settings: &Settings) -> anyhow::Result<Standing> {
    let file = MemoryFile::beside(&settings.key_file);
    let memory = file.load()?;
    if let Some(other) = memory.as_ref().filter(|memory| memory.log_id() != log.id()) {
        return Err(another_log(log, settings, &file, other));
    }
    // A role that only looks may not read them, and a standby takes no connection that writes. Who
    // serves opens them right afterwards, and is refused there.
    let views = match (witnesses(&settings.views, log.id()).await, &settings.views) {
        (Err(error), Place::Postgres(_)) => {
            tracing::warn!(%error, "the read models could not be asked what they have seen of the log");
            Vec::new()
        }
        (views, _) => views.context("the read models cannot be looked at")?,
    };
    let views = views.into_iter().map(|found| Witness {
        name: format!("generation {} of the view {}", found.generation, found.view),
        incarnation: found.incarnation,
        newest: found.newest,
        root: None,
    });
    let remembered = memory.as_ref().and_then(|memory| {
        let name = format!(
            "the head that this node remembers in {}",
            file.path().display()
        );
        Witness::of_memory(name, memory)
    });
    let state = log_state(log).await?;
    Ok(Standing {
        incarnation: state.incarnation(),
        restored: state.restored,
        lost: lost(
            log,
            memory.as_ref(),
            remembered.into_iter().chain(views).collect(),
        )
        .await?,
    })
}

/// Refuses a log that has lost events, and answers its incarnation.
///
/// # Errors
/// With exit code 3, saying what proves it and what to do.
pub async fn hold(log: &dyn Log, settings: &Settings) -> anyhow::Result<Incarnation> {
    let standing = find(log, settings).await?;
    match standing.lost {
        None => Ok(standing.incarnation),
        Some(lost) => Err(Stop::different(format!(
            "{}: {lost}\n\
             Put the newest copy of the log back. If there is none, `docket log accept-restored` shows \
             what is lost and goes on without it.",
            settings.database
        ))),
    }
}

fn another_log(
    log: &dyn Log,
    settings: &Settings,
    file: &MemoryFile,
    remembered: &Memory,
) -> anyhow::Error {
    let path = file.path().display();
    Stop::different(format!(
        "{} holds the log {}, and {path} remembers the log {} up to position {}.\n\
         Name the right database and key file; if this node is to work on another log from now on, \
         move {path} away.",
        settings.database,
        log.id(),
        remembered.log_id(),
        remembered.size()
    ))
}

/// Remembers the newest head of a log, for verbs that are done with it. A long log of which nothing
/// is remembered yet is left to the servers.
pub async fn remember(log: &dyn Log, incarnation: Incarnation, settings_file: &MemoryFile) {
    if let Err(error) = try_to_remember(log, incarnation, settings_file).await {
        tracing::warn!(%error, "the newest head is not remembered");
    }
}

/// Events that are hashed for a first memory.
const SHORT: u64 = 10_000;

async fn try_to_remember(
    log: &dyn Log,
    incarnation: Incarnation,
    file: &MemoryFile,
) -> anyhow::Result<()> {
    let known = file.load()?;
    let known = known.filter(|known| known.incarnation() == incarnation);
    let mut memory = known.unwrap_or_else(|| Memory::new(log.id(), incarnation));
    let newest = match log.head().await {
        Err(LogError::Lost(_)) => return Ok(()),
        head => head?.position,
    };
    if newest.saturating_sub(memory.size()) > SHORT || newest == memory.size() {
        return Ok(());
    }
    memory.follow(log).await?;
    Ok(file.save(&memory)?)
}
