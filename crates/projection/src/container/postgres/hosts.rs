//! The servers that a URL names: a primary and its standbys, one of which takes writes.

use super::server::Server;
use crate::container::Result;
use crate::error::ViewError;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection};
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// How long one server may take to answer, and how often it is asked whether it is the primary.
const WITHIN: Duration = Duration::from_secs(2);
const EVERY: Duration = Duration::from_millis(500);
const PORT: u16 = 5432;

pub(super) struct Hosts {
    /// How to connect, whatever the host.
    pub(super) options: PgConnectOptions,
    all: Vec<(String, u16)>,
    now: AtomicUsize,
    /// How often another one has become the primary, and when last.
    turns: AtomicU64,
    turned: Mutex<Option<Instant>>,
}

impl Hosts {
    /// Reads a URL; several hosts may stand in it, separated by commas.
    pub(super) fn parse(url: &str) -> Result<Hosts> {
        let (single, all) = split(url);
        // The text of the error holds no part of the URL.
        let options = PgConnectOptions::from_str(&single)
            .map_err(|error| ViewError::Backend(error.to_string()))?;
        Ok(Hosts {
            options,
            all,
            now: AtomicUsize::default(),
            turns: AtomicU64::default(),
            turned: Mutex::default(),
        })
    }

    pub(super) fn are_several(&self) -> bool {
        self.all.len() > 1
    }

    /// Leads options to the server that takes writes, as far as is known.
    pub(super) fn lead(&self, options: PgConnectOptions) -> PgConnectOptions {
        self.to(self.now.load(Ordering::Acquire), options)
    }

    fn to(&self, at: usize, options: PgConnectOptions) -> PgConnectOptions {
        match self.all.get(at) {
            Some((host, port)) if self.are_several() => options.host(host).port(*port),
            _ => options,
        }
    }

    /// Grows when another server becomes the primary.
    pub(super) fn turns(&self) -> u64 {
        self.turns.load(Ordering::Acquire)
    }

    /// Whether a connection of such an age leads to the server that was the primary before.
    pub(super) fn is_from_before(&self, age: Duration) -> bool {
        let turned = *self.turned.lock().unwrap_or_else(PoisonError::into_inner);
        turned.is_some_and(|turned| age > turned.elapsed())
    }

    /// Looks for the server that takes writes, from the one that did.
    pub(super) async fn find(&self) -> Result<PgConnection> {
        let now = self.now.load(Ordering::Acquire);
        for step in 0..self.all.len() {
            let at = (now + step) % self.all.len();
            let options = self.to(at, self.options.clone());
            let Ok(Ok(mut connection)) = timeout(WITHIN, options.connect()).await else {
                continue;
            };
            if takes_writes(&mut connection).await {
                self.turn_to(at);
                return Ok(connection);
            }
        }
        Err(ViewError::Unavailable(
            "no server of the database URL takes writes".to_owned(),
        ))
    }

    fn turn_to(&self, at: usize) {
        if self.now.swap(at, Ordering::AcqRel) != at {
            let mut turned = self.turned.lock().unwrap_or_else(PoisonError::into_inner);
            *turned = Some(Instant::now());
            self.turns.fetch_add(1, Ordering::AcqRel);
        }
    }
}

/// Asks the primary whether it still is one, and leads the server's pools to another one if it is
/// not. Ends with its server.
pub(super) async fn follow(server: Weak<Server>) {
    let mut asked: Option<PgConnection> = None;
    loop {
        sleep(EVERY).await;
        let Some(server) = server.upgrade() else {
            return;
        };
        let stands = match &mut asked {
            Some(connection) => takes_writes(connection).await,
            None => false,
        };
        if !stands {
            asked = server.find_primary().await;
        }
    }
}

async fn takes_writes(connection: &mut PgConnection) -> bool {
    let asked = sqlx::query_scalar::<_, bool>("SELECT pg_is_in_recovery()").fetch_one(connection);
    matches!(timeout(WITHIN, asked).await, Ok(Ok(false)))
}

/// The URL with its first host alone, and all of its hosts.
fn split(url: &str) -> (String, Vec<(String, u16)>) {
    let from = url.find("://").map_or(0, |at| at + 3);
    let to = url[from..]
        .find(['/', '?'])
        .map_or(url.len(), |at| from + at);
    let hosts = url[from..to].rfind('@').map_or(from, |at| from + at + 1);
    let list = &url[hosts..to];
    let first = list.split(',').next().unwrap_or_default();
    let single = format!("{}{first}{}", &url[..hosts], &url[to..]);
    (single, list.split(',').map(host_and_port).collect())
}

/// An IPv6 address stands in brackets.
fn host_and_port(text: &str) -> (String, u16) {
    match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            (host.to_owned(), port.parse().unwrap_or(PORT))
        }
        _ => (text.to_owned(), PORT),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_host_of_a_url_keeps_its_port_and_shares_the_rest() {
        let hosts = Hosts::parse("postgres://me:secret@one:5433,two,[::1]:5434/x").unwrap();
        let led = |at| {
            let options = hosts.to(at, hosts.options.clone());
            (options.get_host().to_owned(), options.get_port())
        };
        assert_eq!(led(0), ("one".to_owned(), 5433));
        assert_eq!(led(1), ("two".to_owned(), 5432));
        assert_eq!(led(2), ("[::1]".to_owned(), 5434));
        assert_eq!(hosts.options.get_database(), Some("x"));
        assert_eq!(hosts.options.get_username(), "me");
    }

    #[test]
    fn one_host_is_taken_as_it_stands() {
        for url in [
            "postgres://me@one:5433/x",
            "postgres:///x?host=/run/postgresql",
        ] {
            let hosts = Hosts::parse(url).unwrap();
            assert!(!hosts.are_several());
            let options = PgConnectOptions::from_str(url).unwrap();
            let led = hosts.lead(hosts.options.clone());
            assert_eq!(led.get_host(), options.get_host());
            assert_eq!(
                (led.get_port(), led.get_socket()),
                (options.get_port(), options.get_socket())
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn connections_made_before_a_turn_are_told_from_those_made_after() {
        let hosts = Hosts::parse("postgres://one,two/x").unwrap();
        assert!(!hosts.is_from_before(Duration::from_secs(9)));
        hosts.turn_to(0);
        assert_eq!(hosts.turns(), 0, "it was the first already");
        tokio::time::advance(Duration::from_secs(9)).await;
        hosts.turn_to(1);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(hosts.turns(), 1);
        assert!(hosts.is_from_before(Duration::from_secs(2)));
        assert!(!hosts.is_from_before(Duration::from_millis(900)));
    }
}
