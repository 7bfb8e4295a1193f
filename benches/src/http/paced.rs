use super::client::{Client, Request};
use crate::lag::{mean, percentile};
use anyhow::Result;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Connections that share a pace: enough that one slow answer holds up no other.
const CONNECTIONS: u64 = 16;

/// What was answered at a pace.
#[derive(Debug, Default)]
pub struct Paced {
    /// From when each request was due, not from when it could be sent, to its answer.
    pub latencies: Vec<Duration>,
    /// Answers other than 200, and what they said.
    pub failed: Vec<String>,
}

/// What to ask next; owned, so that tasks can hold it.
#[derive(Debug, Clone)]
pub struct Asked {
    /// `GET`, `POST`.
    pub method: &'static str,
    /// Path and query.
    pub path: String,
    /// The bearer token.
    pub token: String,
    /// The unit acted for.
    pub unit: Option<String>,
    /// The idempotency key of a command.
    pub key: Option<String>,
}

/// Sends requests at a rate, whatever the answers take, until `over` says so. `next` is given the
/// number of the request.
///
/// # Errors
/// When a connection breaks.
pub async fn pace(
    host: &str,
    rate: u64,
    over: Arc<AtomicBool>,
    next: impl Fn(u64) -> Option<Asked> + Send + Sync + 'static,
) -> Result<Paced> {
    let (began, sent, next) = (Instant::now(), Arc::new(AtomicU64::new(0)), Arc::new(next));
    let callers = (0..CONNECTIONS.min(rate)).map(|_| {
        let (host, over) = (host.to_owned(), Arc::clone(&over));
        let (sent, next) = (Arc::clone(&sent), Arc::clone(&next));
        tokio::spawn(async move {
            let mut client = Client::connect(&host).await?;
            let mut paced = Paced::default();
            while !over.load(Ordering::Relaxed) {
                let nth = sent.fetch_add(1, Ordering::Relaxed);
                let due = began + Duration::from_nanos(nth * 1_000_000_000 / rate);
                sleep_until(due).await;
                let Some(asked) = next(nth) else { break };
                let answer = client.send(&asked.request()).await?;
                paced.latencies.push(due.elapsed());
                if answer.status != 200 {
                    paced
                        .failed
                        .push(format!("{}: {}", answer.status, answer.body));
                }
            }
            anyhow::Ok(paced)
        })
    });
    let mut all = Paced::default();
    for paced in futures::future::try_join_all(callers).await? {
        let paced = paced?;
        all.latencies.extend(paced.latencies);
        all.failed.extend(paced.failed);
    }
    Ok(all)
}

impl Asked {
    fn request(&self) -> Request<'_> {
        Request {
            method: self.method,
            path: &self.path,
            token: &self.token,
            unit: self.unit.as_deref(),
            key: self.key.as_deref(),
            body: "",
        }
    }
}

impl Paced {
    /// The share of requests answered within a time.
    pub fn percentile(&self, share: f64) -> Duration {
        percentile(self.latencies.clone(), share)
    }

    /// All of it in words.
    pub fn words(&self) -> String {
        let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
        format!(
            "{} answers, {} failed; mean {:.1} ms, p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms",
            self.latencies.len(),
            self.failed.len(),
            ms(mean(&self.latencies)),
            ms(self.percentile(0.5)),
            ms(self.percentile(0.99)),
            ms(self.percentile(1.0)),
        )
    }
}
