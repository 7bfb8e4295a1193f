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
        let version = self.log.versions(&[stream_id(stream)]).await?;
        if version.first() == Some(&known.version) {
            Ok(known)
        } else {
            self.refresh(stream).await
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
        Err(Failure::Corrupt("a decision never stops reading".into()))
    }

    /// Compares the versions of all used streams with the log; loads anew those that moved.
    pub(crate) async fn confirm(&self, facts: &mut Facts) -> Result<bool, Failure> {
        let used = facts.used();
        let streams: Vec<_> = used.iter().map(|(stream, _)| stream_id(stream)).collect();
        let versions = self.log.versions(&streams).await?;
        let moved: Vec<Stream> = used
            .into_iter()
            .zip(versions)
            .filter(|((_, seen), actual)| seen != actual)
            .map(|((stream, _), _)| stream)
            .collect();
        for stream in &moved {
            let seen = self.refresh(stream).await?;
            facts.load(stream.clone(), seen);
        }
        Ok(moved.is_empty())
    }

    /// A stream's state from the cache, or from the log.
    async fn load(&self, stream: &Stream) -> Result<Seen, Failure> {
        match self.cache.get(stream) {
            Some(seen) => Ok(seen),
            None => self.refresh(stream).await,
        }
    }

    /// Folds what the log holds beyond the cached state.
    pub(crate) async fn refresh(&self, stream: &Stream) -> Result<Seen, Failure> {
        let known = self.cache.get(stream);
        let mut seen = known.unwrap_or_else(|| Seen {
            version: 0,
            state: Arc::new(State::initial(stream.category)),
        });
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
