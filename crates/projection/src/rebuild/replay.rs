//! Bulk replay: ranges of streams read, folded and written, overlapped; indexes last.
//!
//! What it holds of the log at any time are a few ranges, however long the log is.

mod feeds;
mod ranges;

use super::{Built, Pace, Rebuild};
use crate::container::{Loader, Packer, Piece, Result};
use crate::error::ViewError;
use crate::fold::{Target, fold_streams};
use crate::home::Ticket;
use crate::mark::Mark;
use crate::model::Model;
use crate::progress::{Phase, Stage, Tell, Told};
use crate::source::{Source, open_each};
use crate::views::Views;
use docket_domain::Category;
use docket_store::Log;
use feeds::Feeds;
use futures::future::try_join_all;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use ranges::{Cutter, Range, Share};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::time::{Instant, sleep};

/// A generation while it is built.
struct Build {
    model: Arc<Model>,
    number: u32,
    loader: Loader,
}

/// A view whose next generation is ours to build.
pub(super) type Claimed = (Arc<Model>, u32, Ticket);

/// What a replay measured.
#[derive(Clone, Copy)]
pub(super) struct Replayed {
    pub(super) events: u64,
    /// Positions of the log that it went through; 0 when its pace says nothing of what another
    /// would take.
    pub(super) positions: u64,
    pub(super) seconds: f64,
}

/// What folds a range, wherever it runs.
struct Fold {
    log: Arc<dyn Log>,
    source: Arc<dyn Source>,
    targets: Vec<Target>,
    packers: Vec<Packer>,
}

/// A range, folded: its events, and the rows of each target.
type Folded = (u64, Vec<Piece>);

impl Views {
    /// Bulk replay up to a position into new generations.
    pub(super) async fn replay(
        &self,
        claimed: Vec<Claimed>,
        up_to: u64,
        how: Rebuild,
        progress: Tell<'_>,
    ) -> Result<(Vec<Built>, Replayed)> {
        let started = Instant::now();
        let mut builds = Vec::new();
        for claimed in claimed {
            builds.push(self.begin(claimed, how.pace).await?);
        }
        let fold = Arc::new(self.fold(&builds));
        let mut feeds = Feeds::start(builds);
        let loaded = self.load(&fold, &mut feeds, up_to, how, progress).await;
        let (builds, events) = match loaded {
            Ok(events) => (feeds.finish().await?, events),
            Err(error) => {
                feeds.stop().await;
                return Err(error);
            }
        };
        let end = Mark::find(self.inner.log.as_ref(), up_to).await?;
        let steps = builds.iter().map(Build::steps).sum();
        let stage = Stage::begin(Phase::Indexing, steps, progress);
        let told = |steps| stage.add(steps);
        let built = builds
            .into_iter()
            .map(|build| self.finish(build, end, &told));
        let built = try_join_all(built).await?;
        Ok((
            built,
            Replayed {
                events,
                positions: match how.pace {
                    Pace::Full => up_to,
                    Pace::Polite => 0,
                },
                seconds: started.elapsed().as_secs_f64(),
            },
        ))
    }

    async fn begin(&self, (model, number, ticket): Claimed, pace: Pace) -> Result<Build> {
        let mut loader = self.inner.home.loader(&model, number, ticket).await?;
        if pace == Pace::Polite {
            loader.be_polite().await?;
        }
        Ok(Build {
            model,
            number,
            loader,
        })
    }

    fn fold(&self, builds: &[Build]) -> Fold {
        let targets = builds.iter();
        Fold {
            log: self.inner.log.clone(),
            source: self.inner.source.clone(),
            targets: targets
                .map(|build| build.model.target(Arc::default()))
                .collect(),
            packers: builds.iter().map(|build| build.loader.packer()).collect(),
        }
    }

    /// Reads, folds and writes, overlapped; politely, one after the other, and then nothing for as
    /// long as that took.
    async fn load(
        &self,
        fold: &Arc<Fold>,
        feeds: &mut Feeds,
        up_to: u64,
        how: Rebuild,
        progress: Tell<'_>,
    ) -> Result<u64> {
        let categories = fold.categories();
        let share = Share::find(fold.log.as_ref(), &categories, up_to).await?;
        let polite = how.pace == Pace::Polite;
        let mut folded = fold.ranges(categories, up_to, how);
        let stage = Stage::begin(Phase::Replaying, up_to, progress);
        let (mut begun, mut events) = (Instant::now(), 0);
        while let Some((count, pieces)) = folded.try_next().await? {
            feeds.add(pieces, polite).await?;
            events += count;
            stage.at(share.positions(events));
            if polite {
                sleep(begun.elapsed()).await;
                begun = Instant::now();
            }
        }
        stage.end();
        Ok(events)
    }

    async fn finish(&self, build: Build, end: Mark, told: Told<'_>) -> Result<Built> {
        let hold = build.loader.finish(end, told).await?;
        let generation = self
            .inner
            .home
            .generation(&self.inner.registry, &build.model, build.number, hold)
            .await?;
        told(1);
        Ok((build.model, Arc::new(generation)))
    }
}

impl Build {
    /// How many are told while it is finished.
    fn steps(&self) -> u64 {
        let indexes = self.model.tables.iter().map(|table| table.indexes.len());
        indexes.sum::<usize>() as u64 + 1
    }
}

impl Fold {
    fn categories(&self) -> BTreeSet<Category> {
        let targets = self.targets.iter();
        targets
            .flat_map(|target| target.categories.iter().copied())
            .collect()
    }

    /// All streams of the categories, range by range, in the order of their names; several are read
    /// and folded at the same time, and one is always read ahead.
    fn ranges(
        self: &Arc<Self>,
        categories: BTreeSet<Category>,
        up_to: u64,
        how: Rebuild,
    ) -> BoxStream<'static, Result<Folded>> {
        let ahead = match how.pace {
            Pace::Full => how.jobs.get() + 1,
            Pace::Polite => 1,
        };
        let cutter = Cutter::new(self.log.clone(), categories, up_to, how.pace);
        let fold = Arc::clone(self);
        cutter
            .ranges()
            .map_ok(move |range| {
                let fold = Arc::clone(&fold);
                async move {
                    let folded = tokio::spawn(async move { fold.range(range).await });
                    folded.await.map_err(|error| ViewError::died(&error))?
                }
            })
            .try_buffered(ahead)
            .boxed()
    }

    async fn range(&self, range: Range) -> Result<Folded> {
        let recorded = self.log.read_range(&range.streams).await?;
        range.held(recorded.len());
        let events = open_each(self.source.as_ref(), &recorded, true).await?;
        let changes = fold_streams(events, &self.targets);
        let packers = self.packers.iter();
        let pieces = packers
            .zip(changes)
            .map(|(packer, changes)| packer.pack(changes));
        Ok((recorded.len() as u64, pieces.collect()))
    }
}
