//! Are the rows those that the log asks for? Found by folding it again, mended stream by stream.

mod unproven;

pub use unproven::Unproven;

use crate::container::{Applied, Difference, Differences, Moment, Result, Shape};
use crate::fold::{Target, fold_streams};
use crate::generation::Generation;
use crate::model::Model;
use crate::progress::{Phase, Progress, Stage, Tell};
use crate::registry::{Report, ReportKind};
use crate::source::open_each;
use crate::statement::{self, Bounds};
use crate::table::Table;
use crate::value::{Row, Value};
use crate::views::Views;
use docket_domain::{Category, Stream};
use docket_store::{StreamId, StreamRange};
use std::collections::BTreeSet;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use unproven::UnprovenStreams;

/// Streams looked at together.
const STREAMS: usize = 256;
/// How often a row is looked at again before it counts as wrong: what was erased a moment ago is
/// gone from the log and not yet from the view.
const LOOKS: usize = 4;
/// The wait before it is: whoever feeds the view is that far behind at most, unless something is
/// wrong.
const AGAIN: Duration = Duration::from_millis(500);

/// Rounds of a repair: the rows, the counts that wrong rows had spoilt, and what came in between.
const ROUNDS: usize = 4;

/// How much is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Every stream and every row.
    All,
    /// About so many streams, in groups of neighbours, and the rows that stand between them.
    Sample {
        /// How many.
        streams: NonZeroU64,
        /// Chooses the groups.
        seed: u64,
    },
}

/// What was found in a view.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Verified {
    /// Its name.
    pub name: String,
    /// The generation.
    pub generation: u32,
    /// The position of the last look.
    pub position: u64,
    /// Streams folded.
    pub streams: u64,
    /// Rows compared.
    pub rows: u64,
    /// Streams that are parked: their rows stand still until they are retried.
    pub parked: u64,
    /// Events that the log does not prove or that cannot be read: the log is to blame, and of their
    /// streams no row is compared.
    pub unproven: Vec<Unproven>,
    /// Rows that are not what the log asks for.
    pub differences: Differences,
    /// Seconds it took.
    pub seconds: f64,
}

/// A view that was mended.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Repaired {
    /// What was wrong.
    pub found: Verified,
    /// Streams whose rows were written anew.
    pub streams: u64,
    /// What is wrong still: nothing, unless an event cannot be applied.
    pub left: Differences,
}

impl Verified {
    /// Whether log and rows are right.
    pub fn is_right(&self) -> bool {
        self.unproven.is_empty() && self.differences.is_empty()
    }

    /// What is kept of it.
    pub fn report(&self, at: docket_domain::time::Instant) -> Report {
        Report::new(&self.name, ReportKind::Verify, self.generation, at, self)
    }
}

impl Repaired {
    /// What is kept of it: a verification that found what is left.
    pub fn report(&self, at: docket_domain::time::Instant) -> Report {
        let left = Verified {
            differences: self.left.clone(),
            ..self.found.clone()
        };
        left.report(at)
    }
}

/// Looks at one generation.
struct Inspection<'a> {
    views: &'a Views,
    model: &'a Model,
    generation: Arc<Generation>,
    targets: [Target; 1],
    found: Verified,
}

impl Views {
    /// Compares the rows of a view with what the log asks for, group by group; each group at one
    /// moment of its own, so that nothing is held for long. What is read of the log is proven first:
    /// a forged event says nothing of a view.
    ///
    /// # Errors
    /// When log or view cannot be read. Differences are no error.
    pub async fn verify(
        &self,
        name: &str,
        scope: Scope,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Verified> {
        let model = self.model(name)?;
        let mut inspection = Inspection::of(self, model).await?;
        let began = Instant::now();
        let stage = Stage::begin(Phase::Verifying, 0, progress);
        let groups = inspection.groups(scope).await?;
        stage.expect(groups.len() as u64);
        let mut doubtful = Vec::new();
        for group in groups {
            let seen = inspection.differences_in(&group).await?;
            inspection.found.streams += seen.streams;
            inspection.found.rows += seen.rows;
            inspection.found.unproven.extend(seen.unproven);
            if !seen.differences.is_empty() {
                doubtful.push(group);
            }
            stage.add(1);
        }
        inspection.look_again(doubtful).await?;
        inspection.look_at_counts().await?;
        inspection.found.seconds = began.elapsed().as_secs_f64();
        Ok(inspection.found)
    }

    /// Verifies a whole view and writes anew what is wrong, while it answers. Where more is wrong
    /// than is named, it mends nothing: that is a view to build anew. Of a stream with an event that
    /// the log does not prove it touches no row.
    ///
    /// # Errors
    /// As [`Views::verify`].
    pub async fn repair(
        &self,
        name: &str,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Repaired> {
        let found = self.verify(name, Scope::All, progress).await?;
        let model = self.model(name)?;
        let mut left = found.clone();
        let mut streams = 0;
        for _ in 0..ROUNDS {
            if left.differences.is_empty() || left.differences.more > 0 {
                break;
            }
            streams += self.mend(model, &left.differences, progress).await?;
            left = self.verify(name, Scope::All, progress).await?;
        }
        Ok(Repaired {
            found,
            streams,
            left: left.differences,
        })
    }

    /// Writes the streams of differing rows anew, and all counts where one is wrong; answers how
    /// many streams.
    async fn mend(
        &self,
        model: &Model,
        differences: &Differences,
        progress: Tell<'_>,
    ) -> Result<u64> {
        let mut streams = BTreeSet::new();
        for difference in &differences.rows {
            let table = model.tables.iter();
            let mut table = table.filter(|table| table.name == difference.table);
            if let Some(table) = table.next() {
                streams.insert(Stream::new(table.category, &difference.owner));
            }
        }
        let stage = Stage::begin(Phase::Mending, streams.len() as u64, progress);
        let mut mended = 0;
        for stream in streams {
            let mut folder = self.inner.folder.lock().await;
            let generation = model.live()?;
            let stream = stream.to_string();
            for _ in 0..LOOKS {
                if self
                    .refold(&mut folder, model, &generation, &stream)
                    .await?
                {
                    mended += 1;
                    break;
                }
            }
            stage.add(1);
        }
        let counts: Vec<String> = model.tables.iter().map(Table::counts_name).collect();
        let miscounted = |row: &Difference| counts.contains(&row.table);
        if !differences.rows.iter().any(miscounted) {
            return Ok(mended);
        }
        let _paused = self.inner.folder.lock().await;
        let generation = model.live()?;
        for _ in 0..LOOKS {
            generation.reload().await?;
            if generation
                .container
                .recount(generation.checkpoint())
                .await?
                == Applied::Done
            {
                break;
            }
        }
        Ok(mended)
    }
}

impl<'a> Inspection<'a> {
    async fn of(views: &'a Views, model: &'a Model) -> Result<Self> {
        let generation = model.live()?;
        let parked = generation.container.parked().await?.len() as u64;
        Ok(Inspection {
            views,
            model,
            found: Verified {
                name: model.name.to_owned(),
                generation: generation.number,
                position: 0,
                streams: 0,
                rows: 0,
                parked,
                unproven: Vec::new(),
                differences: Differences::default(),
                seconds: 0.0,
            },
            generation,
            targets: [model.target(Arc::default())],
        })
    }

    /// The groups to look at.
    async fn groups(&self, scope: Scope) -> Result<Vec<StreamRange>> {
        let size = match scope {
            Scope::All => STREAMS,
            Scope::Sample { streams, .. } => {
                usize::try_from(streams.get()).map_or(STREAMS, |streams| streams.min(STREAMS))
            }
        };
        let mut groups = Vec::new();
        for category in self.model.categories.iter() {
            groups.extend(self.views.groups(*category, size).await?);
        }
        if let Scope::Sample { streams, seed } = scope {
            let wanted = streams.get().div_ceil(size as u64);
            choose(&mut groups, wanted, seed);
        }
        Ok(groups)
    }

    /// Looks again at groups that differed, a few times, and notes what differs still.
    async fn look_again(&mut self, mut doubtful: Vec<StreamRange>) -> Result<()> {
        for look in 1..=LOOKS {
            if doubtful.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(AGAIN).await;
            let mut still = Vec::new();
            for group in doubtful {
                let seen = self.differences_in(&group).await?;
                if look == LOOKS {
                    self.found.differences.extend(seen.differences);
                } else if !seen.differences.is_empty() {
                    still.push(group);
                }
            }
            doubtful = still;
        }
        Ok(())
    }

    async fn differences_in(&mut self, group: &StreamRange) -> Result<Seen> {
        let mut moment = self.generation.container.moment().await?;
        self.found.position = moment.position;
        let inner = &self.views.inner;
        let range = StreamRange {
            up_to: moment.position,
            ..group.clone()
        };
        let recorded = inner.log.read_range(&range).await?;
        let events = open_each(inner.source.as_ref(), &recorded, true).await?;
        let unproven = UnprovenStreams::among(&events);
        let streams: BTreeSet<&StreamId> = recorded.iter().map(|event| &event.stream).collect();
        let mut seen = Seen {
            streams: streams.len() as u64,
            ..Seen::default()
        };
        let changes = fold_streams(events, &self.targets)
            .pop()
            .unwrap_or_default();
        let mut should: Vec<Vec<Row>> = self.model.tables.iter().map(|_| Vec::new()).collect();
        for rows in changes.streams {
            let rows = rows.states.into_iter().chain(rows.entries);
            rows.for_each(|(at, row)| should[at].push(row));
        }
        for (table, mut should) in self.model.tables.iter().zip(should) {
            if table.category.code() == group.category {
                let mut stands = rows_between(&mut moment, table, group).await?;
                unproven.leave_out(table, &mut should);
                unproven.leave_out(table, &mut stands);
                seen.rows += stands.len() as u64;
                seen.differences.note(&table.shape(), should, stands);
            }
        }
        seen.unproven = unproven.into_events().collect();
        Ok(seen)
    }

    /// Compares the tables of counts with the rows that they count.
    async fn look_at_counts(&mut self) -> Result<()> {
        let mut moment = self.generation.container.moment().await?;
        for table in self.model.tables.iter() {
            let Some(shape) = table.counts_shape() else {
                continue;
            };
            let should = read(&mut moment, &shape, &statement::counted(table)).await?;
            let all = statement::page(&shape, &(None, None));
            let stands = read(&mut moment, &shape, &all).await?;
            self.found.differences.note(&shape, should, stands);
        }
        Ok(())
    }
}

/// What one look at a group found.
#[derive(Default)]
struct Seen {
    streams: u64,
    rows: u64,
    unproven: Vec<Unproven>,
    differences: Differences,
}

impl Views {
    /// The streams of a category, cut into groups that together leave no place between them.
    async fn groups(&self, category: Category, size: usize) -> Result<Vec<StreamRange>> {
        let (mut groups, mut from) = (Vec::new(), None);
        loop {
            let code = category.code();
            let to = self
                .inner
                .log
                .next_streams(code, from.as_ref(), size)
                .await?;
            groups.push(StreamRange {
                category: code.to_owned(),
                from,
                to: to.clone(),
                up_to: u64::MAX,
            });
            match to {
                Some(_) => from = to,
                None => break,
            }
        }
        Ok(groups)
    }
}

async fn rows_between(moment: &mut Moment, table: &Table, group: &StreamRange) -> Result<Vec<Row>> {
    let bound = |stream: &Option<StreamId>| {
        let stream = stream.as_ref()?;
        table.owner_of(stream.id()).map(Value::bind)
    };
    let bounds: Bounds = (bound(&group.from), bound(&group.to));
    let shape = table.shape();
    read(moment, &shape, &statement::page(&shape, &bounds)).await
}

async fn read(
    moment: &mut Moment,
    shape: &Shape<'_>,
    statement: &sea_query::SelectStatement,
) -> Result<Vec<Row>> {
    let mut rows = moment.handle().select(statement).await?;
    shape.typed(&mut rows);
    Ok(rows)
}

/// Leaves so many, chosen by a seed.
fn choose<T>(all: &mut Vec<T>, wanted: u64, seed: u64) {
    let mut state = seed;
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    while all.len() > wanted {
        let at = next(&mut state) % all.len() as u64;
        all.swap_remove(usize::try_from(at).unwrap_or_default());
    }
}

/// The next number of a SplitMix64 sequence: even enough to choose by, nothing more.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
