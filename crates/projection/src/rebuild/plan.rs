//! What a rebuild would take, from what the last ones took.

use crate::container::Result;
use crate::views::Views;

/// Events a second to expect before anything was measured.
const RATE: u64 = 100_000;

/// What a rebuild would take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Plan {
    /// Positions of the log.
    pub events: u64,
    /// Positions of the log a second: of the last build, or a guess.
    pub rate: u64,
    /// Whether the rate is that of a build.
    pub measured: bool,
    /// Seconds the replay will take at that rate, indexes included.
    pub replay_seconds: u64,
    /// Seconds the comparison of old and new will take, at the rate of the last one. Not known
    /// before each of the views was compared once.
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
        let measured = self.replay_rate(names).await?;
        let rate = measured.unwrap_or(RATE);
        let replay_seconds = events.div_ceil(rate);
        let comparison_seconds = self.comparison_seconds(names, events).await?;
        Ok(Plan {
            events,
            rate,
            measured: measured.is_some(),
            replay_seconds,
            comparison_seconds,
            eta_seconds: replay_seconds + comparison_seconds.unwrap_or(0),
            bytes,
        })
    }

    /// Positions of the log a second of the slowest last build.
    async fn replay_rate(&self, names: &[&str]) -> Result<Option<u64>> {
        let entries = self.inner.registry.entries().await?;
        let rates = entries
            .iter()
            .filter(|entry| names.contains(&entry.name.as_str()) && entry.rate > 0);
        Ok(rates.map(|entry| entry.rate).min())
    }

    /// Views are compared one after the other.
    async fn comparison_seconds(&self, names: &[&str], events: u64) -> Result<Option<u64>> {
        let rates = self.inner.registry.comparisons().await?;
        let each = names.iter().map(|name| rates.get(*name));
        let each = each.map(|rate| Some(events as f64 / *rate? as f64));
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
