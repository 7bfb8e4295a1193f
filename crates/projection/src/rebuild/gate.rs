//! Old and new compared at one position, before the new one may answer.

use super::{Built, Gate, Refused};
use crate::container::{Differences, Result, TableSum, sums_of};
use crate::error::ViewError;
use crate::generation::Generation;
use crate::live::Whose;
use crate::model::Model;
use crate::progress::{Phase, Stage, Tell, per_second};
use crate::registry::Pass;
use crate::views::Views;
use std::sync::Arc;
use tokio::time::Instant;

/// How often old and new are compared before a difference is one.
const MEETINGS: usize = 4;

/// A view, its new generation, and how that compares with the live one.
type Compared = (Arc<Model>, Arc<Generation>, Met);

/// Old and new at one position.
pub(super) struct Met {
    pub(super) position: u64,
    pub(super) old: Vec<TableSum>,
    pub(super) new: Vec<TableSum>,
    pub(super) differences: Vec<String>,
    /// The rows that differ, where any does.
    pub(super) rows: Differences,
    /// How long it took to compare them, in all meetings.
    pub(super) seconds: f64,
    /// How long it took to add both up, in this one.
    pass_seconds: f64,
}

/// Rows of both sides.
fn all_rows(old: &[TableSum], new: &[TableSum]) -> u64 {
    old.iter().chain(new).map(|sum| sum.rows).sum()
}

impl Views {
    /// Compares new generations with the live ones, one view after the other.
    pub(super) async fn compare_all(
        &self,
        built: Vec<Built>,
        progress: Tell<'_>,
    ) -> Result<Vec<Compared>> {
        let stage = Stage::begin(Phase::Comparing, 0, progress);
        for (_, generation) in &built {
            // There should be as many on the other side.
            stage.expect(2 * generation.container.rows().await?);
        }
        let mut compared = Vec::new();
        for (model, generation) in built {
            let met = self.compare(&model, &generation, &stage).await?;
            compared.push((model, generation, met));
        }
        stage.end();
        Ok(compared)
    }

    /// Compares with the live generation at one common position, a few times if need be, and keeps
    /// how fast that went.
    async fn compare(
        &self,
        model: &Arc<Model>,
        generation: &Arc<Generation>,
        stage: &Stage<'_>,
    ) -> Result<Met> {
        let live = model.live()?;
        let mut met = self.meet(model, generation, &live, stage).await?;
        for _ in 1..MEETINGS {
            if met.differences.is_empty() {
                break;
            }
            // What was erased behind the moment is gone from one and not yet from the other.
            self.move_on(model, &live).await?;
            stage.expect(all_rows(&met.old, &met.new));
            let before = met.seconds;
            met = self.meet(model, generation, &live, stage).await?;
            met.seconds += before;
        }
        self.keep_rate(model.name, &met).await;
        Ok(met)
    }

    /// Keeps how fast views were added up, for the next plan: where nothing differs, that is all
    /// there is to do. That it cannot be kept changes nothing in what was found.
    async fn keep_rate(&self, name: &str, met: &Met) {
        let pass = Pass {
            positions: met.position,
            rate: per_second(met.position, met.pass_seconds),
        };
        if pass.rate == 0 {
            return;
        }
        if let Err(error) = self.inner.registry.note_comparison(name, pass).await {
            tracing::debug!(%error, view = name, "how fast the view was compared is not kept");
        }
    }

    /// Holds one moment of the live generation, brings the new one to exactly its position, and
    /// compares.
    async fn meet(
        &self,
        model: &Arc<Model>,
        generation: &Arc<Generation>,
        live: &Generation,
        stage: &Stage<'_>,
    ) -> Result<Met> {
        let mut moment = live.container.moment().await?;
        let position = moment.position;
        self.advance(model, generation, position, &|_| {}).await?;
        let (began, told) = (Instant::now(), |rows| stage.add(rows));
        let old = sums_of(&mut moment.handle(), &model.tables, &told).await?;
        let new = generation.container.sums(&told).await?;
        let pass_seconds = began.elapsed().as_secs_f64();
        let differences = differences(&old, &new);
        let mut rows = Differences::default();
        if !differences.is_empty() {
            stage.expect(all_rows(&old, &new));
            let live = &mut moment.handle();
            rows = generation.container.compare_with(live, &told).await?;
        }
        Ok(Met {
            position,
            differences,
            rows,
            old,
            new,
            seconds: began.elapsed().as_secs_f64(),
            pass_seconds,
        })
    }

    /// Brings the live generation to the head of the log, and folds again what it has parked: a
    /// stream that can be read by now is no difference.
    async fn move_on(&self, model: &Model, live: &Generation) -> Result<()> {
        let head = self.inner.log.head().await?.position;
        while live.container.checkpoint().await? < head && self.step(Whose::All).await? {}
        for parked in live.container.parked().await? {
            self.retry(model.name, &parked.stream).await?;
        }
        Ok(())
    }
}

/// Lets all views pass or none: under a strict gate a difference in one keeps every other from
/// being switched too.
pub(super) fn pass(gate: Gate, compared: &[Compared]) -> Result<()> {
    let different = compared
        .iter()
        .filter(|(_, _, met)| !met.differences.is_empty());
    let refused: Vec<Refused> = different
        .map(|(model, generation, met)| Refused {
            name: model.name.to_owned(),
            switched: false,
            generation: generation.number,
            differences: met.differences.clone(),
            rows: met.rows.clone(),
        })
        .collect();
    match gate == Gate::Strict && !refused.is_empty() {
        true => Err(ViewError::Different(refused)),
        false => Ok(()),
    }
}

fn differences(old: &[TableSum], new: &[TableSum]) -> Vec<String> {
    old.iter()
        .zip(new)
        .filter(|(old, new)| old != new)
        .map(|(old, new)| match old.rows == new.rows {
            true => format!(
                "{}: {} rows each, but their contents differ",
                old.table, old.rows
            ),
            false => format!("{}: {} rows before, {} now", old.table, old.rows, new.rows),
        })
        .collect()
}
