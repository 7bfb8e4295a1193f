//! Bulk replay: ranges of streams read, folded and written, overlapped; indexes last.

use super::{Progress, Rebuild};
use crate::container::{Loader, Result};
use crate::error::ViewError;
use crate::fold::{Changes, Target, fold_streams};
use crate::generation::Generation;
use crate::home::Ticket;
use crate::mark::Mark;
use crate::model::Model;
use crate::source::{Source, open_each};
use crate::views::Views;
use docket_domain::Category;
use docket_store::{Log, StreamRange};
use futures::StreamExt;
use futures::future::try_join_all;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::time::Instant;

/// Streams read, folded and written together.
const STREAMS: usize = 256;

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
    pub(super) seconds: f64,
}

impl Views {
    /// Bulk replay up to a position into new generations.
    pub(super) async fn replay(
        &self,
        claimed: Vec<Claimed>,
        up_to: u64,
        how: Rebuild,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<(Vec<(Arc<Model>, Arc<Generation>)>, Replayed)> {
        let started = Instant::now();
        let mut builds = Vec::new();
        for claimed in claimed {
            builds.push(self.begin(claimed).await?);
        }
        let events = self.load(&mut builds, up_to, how, progress).await?;
        let end = Mark::find(self.inner.log.as_ref(), up_to).await?;
        let built = try_join_all(builds.into_iter().map(|build| self.finish(build, end))).await?;
        Ok((
            built,
            Replayed {
                events,
                seconds: started.elapsed().as_secs_f64(),
            },
        ))
    }

    async fn begin(&self, (model, number, ticket): Claimed) -> Result<Build> {
        let loader = self.inner.home.loader(&model, number, ticket).await?;
        Ok(Build {
            model,
            number,
            loader,
        })
    }

    /// Reads, folds and writes, overlapped.
    async fn load(
        &self,
        builds: &mut [Build],
        up_to: u64,
        how: Rebuild,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<u64> {
        let targets: Arc<[Target]> = builds
            .iter()
            .map(|build| build.model.target(Arc::default()))
            .collect();
        let ranges = self.ranges(&targets, up_to).await?;
        let total = ranges.len() as u64;
        let reads = ranges.into_iter().map(|range| {
            let (log, source, targets) = (
                self.inner.log.clone(),
                self.inner.source.clone(),
                targets.clone(),
            );
            async move {
                let read = tokio::spawn(async move {
                    read_range(log.as_ref(), source.as_ref(), &range, &targets).await
                });
                read.await
                    .map_err(|error| ViewError::Backend(error.to_string()))?
            }
        });
        let mut reads = futures::stream::iter(reads).buffered(how.jobs.get() + 1);
        let (started, mut events, mut done) = (Instant::now(), 0, 0);
        while let Some(read) = reads.next().await {
            let (count, changes) = read?;
            try_join_all(
                builds
                    .iter_mut()
                    .zip(changes)
                    .map(|(build, changes)| build.loader.add(changes)),
            )
            .await?;
            (events, done) = (events + count, done + 1);
            let rate = (events as f64 / started.elapsed().as_secs_f64().max(0.001)) as u64;
            progress(Progress {
                done: up_to * done / total,
                total: up_to,
                rate,
            });
        }
        Ok(events)
    }

    /// The streams to read, cut into ranges.
    async fn ranges(&self, targets: &[Target], up_to: u64) -> Result<Vec<StreamRange>> {
        let categories: BTreeSet<Category> = targets
            .iter()
            .flat_map(|target| target.categories.iter().copied())
            .collect();
        let mut ranges = Vec::new();
        for category in categories {
            let mut from = None;
            for to in self
                .inner
                .log
                .split_streams(category.code(), STREAMS)
                .await?
            {
                ranges.push(StreamRange {
                    category: category.code().to_owned(),
                    from,
                    to: Some(to.clone()),
                    up_to,
                });
                from = Some(to);
            }
        }
        Ok(ranges)
    }

    async fn finish(&self, build: Build, end: Mark) -> Result<(Arc<Model>, Arc<Generation>)> {
        let hold = build.loader.finish(end).await?;
        let generation = self
            .inner
            .home
            .generation(&self.inner.registry, &build.model, build.number, hold)
            .await?;
        Ok((build.model, Arc::new(generation)))
    }
}

async fn read_range(
    log: &dyn Log,
    source: &dyn Source,
    range: &StreamRange,
    targets: &[Target],
) -> Result<(u64, Vec<Changes>)> {
    let recorded = log.read_range(range).await?;
    let events = open_each(source, &recorded, true).await?;
    Ok((recorded.len() as u64, fold_streams(events, targets)))
}
