//! What a rebuild would take, from what the last ones took.

use crate::container::Result;
use crate::progress::per_second;
use crate::registry::Pass;
use crate::views::Views;

/// Positions a second to expect of a replay where none was timed.
const REPLAYED: u64 = 100_000;
/// The same of a comparison, for what a young log has grown by since.
const COMPARED: u64 = 300_000;
/// A pass over fewer positions spends its time on beginning and ending: it says how long that takes,
/// and nothing of how fast a longer one is.
const YOUNG: u64 = 20_000;

/// What a rebuild would take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Plan {
    /// Positions of the log.
    pub events: u64,
    /// Positions of the log a second that the replay is expected to go through.
    pub rate: u64,
    /// Whether the rate is that of the last build. It is a guess before the first, and where the log
    /// was so much shorter then that its rate says nothing of the next.
    pub measured: bool,
    /// Seconds the replay will take at that rate, indexes included.
    pub replay_seconds: u64,
    /// Seconds the comparison of old and new will take, from the last one. Not known before each of
    /// the views was compared once.
    pub comparison_seconds: Option<u64>,
    /// Seconds of both; of the replay alone while those of the comparison are not known.
    pub eta_seconds: u64,
    /// Bytes on the disk, about: what the present generations take.
    pub bytes: u64,
}

impl Views {
    /// What a rebuild of these views would take.
    pub async fn plan(&self, names: &[&str]) -> Result<Plan> {
        let bytes = self.bytes(names).await?;
        let events = self.inner.log.head().await?.position;
        let slowest = self.slowest_build(names, events).await?;
        let seconds = match slowest {
            Some(built) => built.seconds_for(events, REPLAYED),
            None => events as f64 / REPLAYED as f64,
        };
        let replay_seconds = seconds.ceil() as u64;
        let comparison_seconds = self.comparison_seconds(names, events).await?;
        Ok(Plan {
            events,
            rate: per_second(events, seconds).max(1),
            measured: slowest.is_some_and(|built| built.says_of(events)),
            replay_seconds,
            comparison_seconds,
            eta_seconds: replay_seconds + comparison_seconds.unwrap_or(0),
            bytes,
        })
    }

    /// The last build of these views that would take longest today.
    async fn slowest_build(&self, names: &[&str], events: u64) -> Result<Option<Pass>> {
        let entries = self.inner.registry.entries().await?;
        let builds = entries
            .iter()
            .filter(|entry| names.contains(&entry.name.as_str()) && entry.built.rate > 0)
            .map(|entry| entry.built);
        Ok(builds.max_by(|one, other| {
            let seconds = |built: &Pass| built.seconds_for(events, REPLAYED);
            seconds(one).total_cmp(&seconds(other))
        }))
    }

    /// Views are compared one after the other.
    async fn comparison_seconds(&self, names: &[&str], events: u64) -> Result<Option<u64>> {
        let passes = self.inner.registry.comparisons().await?;
        let each = names.iter().map(|name| passes.get(*name));
        let each = each.map(|pass| Some(pass?.seconds_for(events, COMPARED)));
        let seconds: Option<f64> = each.sum();
        Ok(seconds.map(|seconds| seconds.ceil() as u64))
    }

    /// Bytes that the newest generations of these views take.
    async fn bytes(&self, names: &[&str]) -> Result<u64> {
        let mut bytes = 0;
        for name in names {
            let model = self.model(name)?;
            let newest = match model.live() {
                Ok(live) => Some(live.number),
                Err(_) => self.meaning_before(model).await?.map(|entry| entry.number),
            };
            if let Some(number) = newest {
                bytes += self.inner.home.bytes(name, number).await?;
            }
        }
        Ok(bytes)
    }
}

impl Pass {
    /// Seconds that a pass over so many positions takes. What a young log has grown by since goes at
    /// the usual rate.
    fn seconds_for(self, positions: u64, usual: u64) -> f64 {
        let took = self.positions as f64 / self.rate as f64;
        if self.says_of(positions) {
            return took * positions as f64 / self.positions.max(1) as f64;
        }
        took + positions.saturating_sub(self.positions) as f64 / usual as f64
    }

    /// Whether its rate is that of a pass over so many positions.
    fn says_of(self, positions: u64) -> bool {
        self.positions >= YOUNG || positions <= self.positions.saturating_mul(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_young_log_took_is_not_what_a_grown_one_will_take() {
        // Half a second, most of which it took to begin and to end.
        let young = Pass {
            positions: 300,
            rate: 600,
        };
        assert_eq!(young.seconds_for(300, 100_000), 0.5);
        let grown = young.seconds_for(1_000_300, 100_000);
        assert_eq!(grown, 10.5, "and not 1,667 seconds");
        assert!(young.says_of(600) && !young.says_of(1_000_300));
    }

    #[test]
    fn what_a_grown_log_took_is_what_it_will_take() {
        let pass = Pass {
            positions: 50_000,
            rate: 25_000,
        };
        assert_eq!(pass.seconds_for(100_000, 1_000_000), 4.0);
        assert!(pass.says_of(100_000));
    }
}
