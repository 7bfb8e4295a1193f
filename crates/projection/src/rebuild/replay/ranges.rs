//! Which streams are read together.

use super::Pace;
use crate::container::Result;
use docket_domain::Category;
use docket_store::{Log, StreamId, StreamRange};
use futures::StreamExt;
use futures::stream::{BoxStream, try_unfold};
use std::collections::BTreeSet;
use std::collections::btree_set;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Events that a range is meant to hold: few enough to stay in the processor's caches on their way
/// through, many enough that asking for them costs next to nothing.
const EVENTS: usize = 2_048;
/// The same of a polite replay: a core is given back after a millisecond or two.
const EVENTS_POLITE: usize = 256;
/// Events of a stream, before anything is known of a category.
const EXPECTED: usize = 32;

/// Places of the log that are looked at to tell how much of it is read, and events at each.
const LOOKS: u64 = 16;
const LOOKED_AT: usize = 64;

/// Cuts categories into ranges, each when it is asked for: a list of all would grow with the log.
pub(super) struct Cutter {
    log: Arc<dyn Log>,
    categories: btree_set::IntoIter<Category>,
    up_to: u64,
    events: usize,
    /// The category being cut, and its last stream so far.
    at: Option<(Category, Option<StreamId>)>,
    /// How many streams the next range takes.
    streams: Arc<AtomicUsize>,
}

/// Streams that are read together.
pub(super) struct Range {
    pub(super) streams: StreamRange,
    /// How many there are, at most.
    many: usize,
    events: usize,
    next: Arc<AtomicUsize>,
}

impl Cutter {
    pub(super) fn new(
        log: Arc<dyn Log>,
        categories: BTreeSet<Category>,
        up_to: u64,
        pace: Pace,
    ) -> Cutter {
        Cutter {
            log,
            categories: categories.into_iter(),
            up_to,
            events: match pace {
                Pace::Full => EVENTS,
                Pace::Polite => EVENTS_POLITE,
            },
            at: None,
            streams: Arc::default(),
        }
    }

    /// The ranges, one behind the other.
    pub(super) fn ranges(self) -> BoxStream<'static, Result<Range>> {
        try_unfold(self, |mut cutter| async move {
            let range = cutter.next().await?;
            Ok(range.map(|range| (range, cutter)))
        })
        .boxed()
    }

    async fn next(&mut self) -> Result<Option<Range>> {
        loop {
            let Some((category, from)) = self.at.take() else {
                let Some(category) = self.categories.next() else {
                    return Ok(None);
                };
                self.streams = Arc::new(AtomicUsize::new(self.events / EXPECTED));
                self.at = Some((category, None));
                continue;
            };
            let many = self.streams.load(Ordering::Relaxed);
            let code = category.code();
            let to = self.log.next_streams(code, from.as_ref(), many).await?;
            let Some(to) = to else { continue };
            self.at = Some((category, Some(to.clone())));
            return Ok(Some(Range {
                streams: StreamRange {
                    category: code.to_owned(),
                    from,
                    to: Some(to),
                    up_to: self.up_to,
                },
                many,
                events: self.events,
                next: Arc::clone(&self.streams),
            }));
        }
    }
}

impl Range {
    /// Lets the ranges behind it be as long as is right for streams like these.
    pub(super) fn held(&self, events: usize) {
        let right = self.many * self.events / events.max(1);
        let right = right.clamp(self.many / 2, self.many * 2);
        self.next
            .store(right.clamp(1, self.events), Ordering::Relaxed);
    }
}

/// How much of the log is read.
pub(super) struct Share(f64);

impl Share {
    /// From a sample: of some categories' events, none knows the number without counting them.
    pub(super) async fn find(
        log: &dyn Log,
        categories: &BTreeSet<Category>,
        up_to: u64,
    ) -> Result<Share> {
        let (mut wanted, mut all) = (0_u32, 0_u32);
        for look in 0..LOOKS {
            for event in log.read_all(up_to / LOOKS * look, LOOKED_AT).await? {
                let category = Category::parse(event.stream.category());
                wanted += u32::from(category.is_some_and(|found| categories.contains(&found)));
                all += 1;
            }
        }
        Ok(Share(f64::from(wanted.max(1)) / f64::from(all.max(1))))
    }

    /// About how many positions of the log so many events are.
    pub(super) fn positions(&self, events: u64) -> u64 {
        (events as f64 / self.0) as u64
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use docket_store::{Append, Expected, MemoryLog, NewEvent, StreamAppend};
    use futures::TryStreamExt;
    use uuid::Uuid;

    async fn append(log: &MemoryLog, name: StreamId, events: usize) {
        let event = NewEvent {
            kind: "Happened".to_owned(),
            schema: 1,
            payload: "{}".to_owned(),
            sealed: vec![1],
            metadata: "{}".to_owned(),
        };
        let append = Append {
            command: Uuid::from_u128(u128::from(log.head().await.unwrap().position) + 1),
            at: 0,
            streams: vec![StreamAppend {
                stream: name,
                expected: Expected::Absent,
                events: vec![event; events],
            }],
            documents: Vec::new(),
            keys: Vec::new(),
        };
        log.append(append).await.unwrap();
    }

    #[tokio::test]
    async fn ranges_hold_all_streams_and_as_many_events_as_is_right() {
        let log = Arc::new(MemoryLog::new(Uuid::from_u128(1)));
        for number in 0..3_000 {
            let name = StreamId::new("declaration", format_args!("{number:05}"));
            append(&log, name, if number % 2 == 0 { 20 } else { 8 }).await;
            append(&log, StreamId::new("unit", format_args!("{number:05}")), 1).await;
        }
        let wanted = BTreeSet::from([Category::Declaration, Category::Unit]);
        let share = Share::find(log.as_ref(), &wanted, 45_000).await.unwrap();
        assert_eq!(share.positions(45_000), 45_000);
        let one = BTreeSet::from([Category::Unit]);
        let share = Share::find(log.as_ref(), &one, 45_000).await.unwrap();
        assert!((35_000..55_000).contains(&share.positions(3_000)));
        let cutter = Cutter::new(log.clone(), wanted, 45_000, Pace::Full);
        let mut ranges = cutter.ranges();
        let (mut sizes, mut all) = (Vec::new(), 0);
        while let Some(range) = ranges.try_next().await.unwrap() {
            let events = log.read_range(&range.streams).await.unwrap().len();
            range.held(events);
            sizes.push(events);
            all += events;
        }
        assert_eq!(all, 45_000, "{sizes:?}");
        assert!(sizes.len() < 40, "{sizes:?}");
        assert!(sizes.iter().all(|events| *events < 2 * EVENTS), "{sizes:?}");
    }
}
