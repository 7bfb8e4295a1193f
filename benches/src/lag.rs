use docket_projection::{View, Views};
use docket_store::Log;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::{JoinHandle, JoinSet};

/// How often the newest committed position is taken and waited for.
const EVERY: Duration = Duration::from_millis(10);
/// Beyond this a view is not behind but broken.
const PATIENCE: Duration = Duration::from_secs(60);

/// Measures how long a committed position takes to be seen by every view, while a load runs.
pub struct LagMeter {
    samples: Arc<Mutex<Vec<Duration>>>,
    sampler: JoinHandle<()>,
}

impl LagMeter {
    /// Starts.
    ///
    /// # Errors
    /// When a view is missing.
    pub fn start(views: &Views, log: &dyn Log) -> anyhow::Result<Self> {
        let names = views.names();
        let views = names.iter().map(|name| views.view(name));
        let views: Vec<View> = views.collect::<Result<_, _>>()?;
        let samples = Arc::new(Mutex::new(Vec::new()));
        let sampler = tokio::spawn(sample(views, log.watch(), Arc::clone(&samples)));
        Ok(Self { samples, sampler })
    }

    /// Ends and answers what was measured.
    pub fn stop(self) -> Lag {
        self.sampler.abort();
        let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        Lag::of(std::mem::take(&mut *samples))
    }
}

async fn sample(
    views: Vec<View>,
    head: tokio::sync::watch::Receiver<u64>,
    samples: Arc<Mutex<Vec<Duration>>>,
) {
    let mut ticks = tokio::time::interval(EVERY);
    let mut waits = JoinSet::new();
    loop {
        ticks.tick().await;
        let (position, began) = (*head.borrow(), Instant::now());
        let (views, samples) = (views.clone(), Arc::clone(&samples));
        waits.spawn(async move {
            for view in &views {
                // A view that stopped is told by the wait at the end of the run.
                _ = view.wait(position, PATIENCE).await;
            }
            let mut samples = samples.lock().unwrap_or_else(PoisonError::into_inner);
            samples.push(began.elapsed());
        });
        while waits.try_join_next().is_some() {}
    }
}

/// How long positions took from their commit to the last view that showed them, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Lag {
    /// Mean.
    pub mean: Duration,
    /// 99th percentile.
    pub p99: Duration,
    /// The longest.
    pub max: Duration,
    /// Mean of the first and of the second half: a lag without bounds grows.
    pub halves: (Duration, Duration),
    /// How many were taken.
    pub samples: usize,
}

impl Lag {
    /// Of samples in the order in which they came.
    pub fn of(samples: Vec<Duration>) -> Self {
        let (first, second) = samples.split_at(samples.len() / 2);
        let halves = (mean(first), mean(second));
        Self {
            mean: mean(&samples),
            halves,
            samples: samples.len(),
            p99: percentile(samples.clone(), 0.99),
            max: samples.into_iter().max().unwrap_or_default(),
        }
    }

    /// In words.
    pub fn words(&self) -> String {
        let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
        format!(
            "mean {:.1} ms (first half {:.1}, second half {:.1}), p99 {:.1} ms, max {:.1} ms of {} samples",
            ms(self.mean),
            ms(self.halves.0),
            ms(self.halves.1),
            ms(self.p99),
            ms(self.max),
            self.samples
        )
    }
}

/// The mean of durations; of none it is nothing.
pub fn mean(samples: &[Duration]) -> Duration {
    let count = u32::try_from(samples.len()).unwrap_or(u32::MAX).max(1);
    samples.iter().sum::<Duration>() / count
}

/// The duration that a share of all does not exceed.
pub fn percentile(mut samples: Vec<Duration>, share: f64) -> Duration {
    samples.sort_unstable();
    let at = (samples.len() as f64 * share).ceil() as usize;
    samples
        .get(at.saturating_sub(1))
        .copied()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_samples() {
        let samples: Vec<Duration> = (1..=200).rev().map(Duration::from_millis).collect();
        assert_eq!(percentile(samples.clone(), 0.5), Duration::from_millis(100));
        assert_eq!(
            percentile(samples.clone(), 0.99),
            Duration::from_millis(198)
        );
        assert_eq!(percentile(samples, 1.0), Duration::from_millis(200));
        assert_eq!(percentile(Vec::new(), 0.5), Duration::ZERO);
    }

    #[test]
    fn a_lag_that_grows_shows_in_its_halves() {
        let lag = Lag::of([1, 2, 9, 10].map(Duration::from_millis).to_vec());
        assert_eq!(lag.mean, Duration::from_micros(5_500));
        assert_eq!(
            lag.halves,
            (Duration::from_micros(1_500), Duration::from_micros(9_500))
        );
        assert_eq!(lag.max, Duration::from_millis(10));
    }
}
