//! Loading what a question reads, and making sure it still stands.

use crate::engine::Engine;
use crate::level::fit_to_judge;
use crate::order::Failure;
use docket_codec::stream_id;
use docket_domain::{Actor, Facts, Seen, State, Stream, evolve};
use std::sync::Arc;

/// Rounds of loading a question may take before something is wrong with it.
const ROUNDS_MAX: usize = 16;

impl Engine {
    /// Asks a question of the rules and answers it from states that the log confirms: a stale
    /// cache is refreshed and the question asked again.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn consult<T>(
        &self,
        actor: Actor,
        question: impl Fn(&Facts) -> T,
    ) -> Result<T, Failure> {
        let mut facts = self.facts(actor);
        for _ in 0..ROUNDS_MAX {
            let answer = self.ask(&mut facts, &question).await?;
            if self.confirm(&mut facts).await? {
                return Ok(answer);
            }
        }
        Err(Failure::Busy)
    }

    /// The present state of a stream, confirmed by the log.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn state(&self, stream: &Stream) -> Result<Seen, Failure> {
        let known = self.load(stream).await?;
        let versions = self
            .log
            .versions(&[stream_id(self.log.id(), stream)])
            .await?;
        let actual = versions.first().copied().unwrap_or_default();
        if actual == known.version {
            Ok(known)
        } else {
            self.renew(stream, known.version, actual).await
        }
    }

    /// Asks until every stream the question reads is loaded. A node that does not know the level of
    /// the log answers nothing; a stale level is found out as any other stale state is.
    pub(crate) async fn ask<T>(
        &self,
        facts: &mut Facts,
        question: &impl Fn(&Facts) -> T,
    ) -> Result<T, Failure> {
        for _ in 0..ROUNDS_MAX {
            facts.start();
            let answer = question(facts);
            let missing = facts.missing();
            if missing.is_empty() {
                fit_to_judge(facts)?;
                return Ok(answer);
            }
            let loaded =
                futures::future::try_join_all(missing.iter().map(|stream| self.load(stream)))
                    .await?;
            for (stream, seen) in missing.into_iter().zip(loaded) {
                facts.load(stream, seen);
            }
        }
        Err(Failure::corrupt("a decision never stops reading"))
    }

    /// Compares the versions of all used streams with the log; loads anew those that moved.
    pub(crate) async fn confirm(&self, facts: &mut Facts) -> Result<bool, Failure> {
        let used = facts.used();
        let log = self.log.id();
        let streams: Vec<_> = used
            .iter()
            .map(|(stream, _)| stream_id(log, stream))
            .collect();
        let versions = self.log.versions(&streams).await?;
        let mut stands = true;
        for ((stream, seen), actual) in used.into_iter().zip(versions) {
            if seen != actual {
                let seen = self.renew(&stream, seen, actual).await?;
                facts.load(stream, seen);
                stands = false;
            }
        }
        Ok(stands)
    }

    /// A stream's state from the cache, or from the log. A claim that this node has never seen is
    /// taken to be free without a look: nearly all are, and whoever answers from it, be it yes or
    /// no, has the log compare the versions.
    ///
    /// Nothing of a stream in quarantine is answered from memory: all of it is read again, which says
    /// where it is broken, or lifts the quarantine.
    async fn load(&self, stream: &Stream) -> Result<Seen, Failure> {
        if self.is_quarantined(stream) {
            self.cache.forget(stream);
            self.reader.drop_key(stream);
            return self.refresh(stream).await;
        }
        match self.cache.get(stream) {
            Some(seen) => Ok(seen),
            None if stream.category.is_claim() => {
                let free = unseen(stream);
                self.cache.put(stream.clone(), free.clone());
                Ok(free)
            }
            None => self.refresh(stream).await,
        }
    }

    fn is_quarantined(&self, stream: &Stream) -> bool {
        let quarantine = self.reader.quarantine();
        !quarantine.is_empty() && quarantine.of(&stream_id(self.log.id(), stream)).is_some()
    }

    /// A stream's state when the log says that it stands elsewhere than what was seen before it was
    /// asked. A log only grows, unless a standby took over that lacked the last commits: what was
    /// seen of a stream beyond the log's version never was, and is folded anew.
    async fn renew(&self, stream: &Stream, seen: u64, actual: u64) -> Result<Seen, Failure> {
        if seen > actual {
            tracing::warn!(%stream, seen, actual, "the log has lost events of a stream");
            self.cache.forget(stream);
            self.reader.drop_key(stream);
        }
        self.refresh(stream).await
    }

    /// Folds what the log holds beyond the cached state.
    async fn refresh(&self, stream: &Stream) -> Result<Seen, Failure> {
        let known = self.cache.get(stream);
        let mut seen = known.unwrap_or_else(|| unseen(stream));
        let events = self.reader.stream(stream, seen.version).await?;
        if !events.is_empty() {
            let state = Arc::make_mut(&mut seen.state);
            for opened in &events {
                evolve(state, &opened.envelope);
            }
            seen.version = events
                .last()
                .map_or(seen.version, |opened| opened.envelope.version);
        }
        self.cache.put(stream.clone(), seen.clone());
        Ok(seen)
    }
}

/// A stream without an event.
fn unseen(stream: &Stream) -> Seen {
    Seen {
        version: 0,
        state: Arc::new(State::initial(stream.category)),
    }
}
