//! One fold for all projectors of a pass: each event is opened and folded once.

mod group;
mod ranges;

use crate::projector::{Folded, Projector};
use crate::source::{Broken, Opened, Source, SourceError, open_each};
use crate::table::{Source as RowsOf, Table};
use crate::value::Row;
use docket_codec::erases;
use docket_domain::time::Instant;
use docket_domain::{Category, Stream};
use docket_store::{Log, Recorded, StreamId};
use futures::StreamExt;
use group::fold_group;
use lru::LruCache;
pub(crate) use ranges::{Turn, ranges};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Events of one stream read at once; a declaration has fewer than 100.
const STREAM_EVENTS_MAX: usize = 100_000;
/// Streams refolded at the same time after a cache miss.
const REFOLDS: usize = 8;

/// A projector taking part in a pass.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) projector: Arc<dyn Projector>,
    pub(crate) tables: Arc<[Table]>,
    pub(crate) categories: Arc<BTreeSet<Category>>,
    /// Streams it has parked, by stored name.
    pub(crate) parked: Arc<HashSet<String>>,
}

impl Target {
    /// Whether it has a table of such rows.
    fn has(&self, source: RowsOf) -> bool {
        self.tables.iter().any(|table| table.source == source)
    }
}

/// The rows a pass asks of one generation.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) streams: Vec<StreamRows>,
    pub(crate) parked: Vec<Parked>,
}

/// The rows of one stream.
#[derive(Debug)]
pub(crate) struct StreamRows {
    pub(crate) stream: Stream,
    /// All rows of state tables, by the table's place.
    pub(crate) states: Vec<(usize, Row)>,
    /// Rows of event tables, and whole ranges of history tables, by the table's place.
    pub(crate) entries: Vec<(usize, Row)>,
    /// What becomes of the ranges that stand, unless `entries` has all of them.
    pub(crate) turns: Vec<Turn>,
    /// Whether `entries` is all that should stand, so that others must go.
    pub(crate) complete: bool,
}

/// A stream that waits for somebody to look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// The stream's stored name.
    pub stream: String,
    /// Version of the first event that could not be applied.
    pub version: u64,
    /// Its place in the log.
    pub position: u64,
    /// When it was recorded: the rows are behind since then.
    pub since: Instant,
    /// Why.
    pub error: String,
}

/// The events of one stream in a pass, with what came before them.
struct Group {
    stream: Stream,
    start: Folded,
    events: Vec<Result<Opened, Broken>>,
    complete: bool,
}

/// Folds batches of the log, keeping the states of streams that moved lately.
pub(crate) struct Folder {
    log: Arc<dyn Log>,
    source: Arc<dyn Source>,
    cache: LruCache<String, Folded>,
}

impl Folder {
    pub(crate) fn new(log: Arc<dyn Log>, source: Arc<dyn Source>, states: usize) -> Folder {
        let states = NonZeroUsize::new(states).unwrap_or(NonZeroUsize::MIN);
        Folder {
            log,
            source,
            cache: LruCache::new(states),
        }
    }

    /// The changes a batch makes, one entry per target.
    pub(crate) async fn pass(
        &mut self,
        batch: Vec<Recorded>,
        targets: &[Target],
    ) -> Result<Vec<Changes>, SourceError> {
        let wanted: Vec<Recorded> = batch
            .into_iter()
            .filter(|event| is_wanted(event, targets))
            .collect();
        if wanted.is_empty() {
            return Ok(targets.iter().map(|_| Changes::default()).collect());
        }
        let up_to = wanted.last().map_or(0, |event| event.position);
        let opened = open_each(self.source.as_ref(), &wanted, false).await?;
        let groups = self.starts(grouped(opened), up_to).await?;
        let mut changes: Vec<Changes> = targets.iter().map(|_| Changes::default()).collect();
        for group in groups {
            let name = group.stream.to_string();
            match fold_group(group, targets, &mut changes) {
                Some(folded) => _ = self.cache.put(name, folded),
                None => _ = self.cache.pop(&name),
            }
        }
        Ok(changes)
    }

    /// Folds a whole stream anew, as of a position.
    pub(crate) async fn refold(
        &mut self,
        stream: &str,
        up_to: u64,
        targets: &[Target],
    ) -> Result<Vec<Changes>, SourceError> {
        let mut changes: Vec<Changes> = targets.iter().map(|_| Changes::default()).collect();
        let Some(stream) = StreamId::parse(stream).as_ref().and_then(domain_stream) else {
            return Ok(changes);
        };
        let events = history(
            self.log.as_ref(),
            self.source.as_ref(),
            &stream,
            u64::MAX,
            up_to,
        )
        .await?;
        let group = Group {
            start: Folded::new(stream.clone()),
            stream,
            events,
            complete: true,
        };
        self.cache.pop(&group.stream.to_string());
        fold_group(group, targets, &mut changes);
        Ok(changes)
    }

    /// Finds the state before each group: in the cache, or by folding what the log holds.
    async fn starts(
        &mut self,
        groups: Vec<(Stream, Vec<Result<Opened, Broken>>)>,
        up_to: u64,
    ) -> Result<Vec<Group>, SourceError> {
        let cached: Vec<_> = groups
            .into_iter()
            .map(|(stream, events)| {
                let folded = self.cache.pop(&stream.to_string());
                (stream, events, folded)
            })
            .collect();
        let (log, source) = (self.log.as_ref(), self.source.as_ref());
        let loading = cached
            .into_iter()
            .map(|(stream, events, folded)| start(log, source, stream, events, folded, up_to));
        let mut loading = futures::stream::iter(loading).buffered(REFOLDS);
        let mut groups = Vec::new();
        while let Some(group) = loading.next().await {
            groups.push(group?);
        }
        Ok(groups)
    }
}

async fn start(
    log: &dyn Log,
    source: &dyn Source,
    stream: Stream,
    events: Vec<Result<Opened, Broken>>,
    cached: Option<Folded>,
    up_to: u64,
) -> Result<Group, SourceError> {
    if events.iter().any(erases_any) {
        let events = history(log, source, &stream, u64::MAX, up_to).await?;
        return Ok(Group {
            start: Folded::new(stream.clone()),
            stream,
            events,
            complete: true,
        });
    }
    let before = events.first().map_or(0, |event| version(event) - 1);
    if before == 0 {
        return Ok(Group {
            start: Folded::new(stream.clone()),
            stream,
            events,
            complete: false,
        });
    }
    if let Some(start) = cached.filter(|folded| folded.version == before) {
        return Ok(Group {
            stream,
            start,
            events,
            complete: false,
        });
    }
    let mut start = Folded::new(stream.clone());
    let past = history(log, source, &stream, before, up_to).await?;
    // Folded from the first event on, the group finds what is broken or left out.
    let is_whole = (1..=before).eq(past.iter().map(version)) && past.iter().all(Result::is_ok);
    if !is_whole {
        return Ok(Group {
            stream,
            start,
            events: past,
            complete: true,
        });
    }
    past.iter()
        .flatten()
        .for_each(|opened| start.apply(&opened.envelope));
    Ok(Group {
        stream,
        start,
        events,
        complete: false,
    })
}

/// A stream's events from the log, up to a version and a position.
async fn history(
    log: &dyn Log,
    source: &dyn Source,
    stream: &Stream,
    up_to_version: u64,
    up_to: u64,
) -> Result<Vec<Result<Opened, Broken>>, SourceError> {
    let name = StreamId::new(stream.category.code(), &stream.id);
    let limit = usize::try_from(up_to_version)
        .unwrap_or(STREAM_EVENTS_MAX)
        .min(STREAM_EVENTS_MAX);
    let mut events = log.read_stream(&name, 0, limit).await?;
    events.retain(|event| event.position <= up_to);
    // Past the cache: the key of what was erased by another process may still be in it.
    open_each(source, &events, true).await
}

/// Folds events that are whole streams, in stream order: a bulk replay.
pub(crate) fn fold_streams(
    events: Vec<Result<Opened, Broken>>,
    targets: &[Target],
) -> Vec<Changes> {
    let mut changes: Vec<Changes> = targets.iter().map(|_| Changes::default()).collect();
    for (stream, events) in grouped(events) {
        let group = Group {
            start: Folded::new(stream.clone()),
            stream,
            events,
            complete: true,
        };
        fold_group(group, targets, &mut changes);
    }
    changes
}

/// Events by stream, streams in the order in which they first stand.
fn grouped(events: Vec<Result<Opened, Broken>>) -> Vec<(Stream, Vec<Result<Opened, Broken>>)> {
    let mut places: HashMap<Stream, usize> = HashMap::new();
    let mut groups: Vec<(Stream, Vec<Result<Opened, Broken>>)> = Vec::new();
    for event in events {
        if let (Some((last, events)), Ok(opened)) = (groups.last_mut(), &event)
            && *last == opened.stream
        {
            events.push(event);
            continue;
        }
        let stream = match &event {
            Ok(opened) => opened.stream.clone(),
            Err(broken) => match domain_stream(&broken.event.stream) {
                Some(stream) => stream,
                None => continue,
            },
        };
        let place = *places.entry(stream.clone()).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, events)) => events.push(event),
            None => groups.push((stream, vec![event])),
        }
    }
    groups
}

fn version(event: &Result<Opened, Broken>) -> u64 {
    match event {
        Ok(opened) => opened.envelope.version,
        Err(broken) => broken.event.version,
    }
}

/// Whether an event, which may be broken, destroys its stream's key, so that all rows of the stream
/// are folded anew.
fn erases_any(event: &Result<Opened, Broken>) -> bool {
    match event {
        Ok(opened) => erases(opened.envelope.event.kind()),
        Err(broken) => erases(&broken.event.kind),
    }
}

/// The stream as the rules see it; `None` for a category that this binary does not know, which
/// none of its projectors reads.
pub(crate) fn domain_stream(stream: &StreamId) -> Option<Stream> {
    Category::parse(stream.category()).map(|category| Stream::new(category, stream.id()))
}

fn is_wanted(event: &Recorded, targets: &[Target]) -> bool {
    Category::parse(event.stream.category()).is_some_and(|category| {
        targets
            .iter()
            .any(|target| target.categories.contains(&category))
    })
}
