//! A place in the past that is asked for: a position of the log, or a time.

use crate::error::ViewError;
use crate::views::Views;
use docket_domain::time::Instant;
use docket_store::{head_at, head_at_time};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use std::fmt;
use std::str::FromStr;

/// What somebody asks for. Written as the digits of a position, or as an RFC 3339 time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// The log as it was when it ended there.
    Position(u64),
    /// The log as it was then.
    Time(Instant),
}

/// The text is neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is neither a position nor a time such as 2026-03-02T09:00:00+08:00")]
pub struct NoAsOf;

impl FromStr for AsOf {
    type Err = NoAsOf;

    fn from_str(text: &str) -> Result<Self, NoAsOf> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().map(AsOf::Position).map_err(|_| NoAsOf);
        }
        Instant::parse(text).map(AsOf::Time).map_err(|_| NoAsOf)
    }
}

/// In JSON a position may be a number too.
impl<'de> Deserialize<'de> for AsOf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = AsOf;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a position or a time")
            }

            fn visit_u64<E: de::Error>(self, position: u64) -> Result<AsOf, E> {
                Ok(AsOf::Position(position))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<AsOf, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

/// A moment the log has been through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    /// The newest position then.
    pub position: u64,
    /// When that was.
    pub at: Instant,
}

/// Why there is no such moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPast {
    /// The log has not come there.
    #[error("that is in the future: the log ends at position {head}")]
    Future {
        /// Where it ends.
        head: u64,
    },
    /// The log had not begun.
    #[error("that is before the first event of the log")]
    BeforeTheLog,
    /// The log cannot be read.
    #[error(transparent)]
    View(#[from] ViewError),
}

impl Views {
    /// Finds a moment of the log. A time is that of the newest event recorded by then; one of the
    /// last seconds may still gain an event that is being decided.
    ///
    /// # Errors
    /// When the log has not been through it, or cannot be read.
    pub async fn past(&self, asked: AsOf, now: Instant) -> Result<Past, NoPast> {
        let log = self.inner.log.as_ref();
        let (found, at) = match asked {
            AsOf::Position(position) => {
                let found = head_at(log, position).await.map_err(ViewError::from)?;
                (found, found.map(|head| head.recorded_at))
            }
            AsOf::Time(at) => {
                let found = head_at_time(log, at.micros())
                    .await
                    .map_err(ViewError::from)?;
                let newest = Instant::from_micros(found.recorded_at);
                let come = at <= now.max(newest);
                (come.then_some(found), Some(at.micros()))
            }
        };
        match (found, at) {
            (Some(head), _) if head.position == 0 => Err(NoPast::BeforeTheLog),
            (Some(head), Some(at)) => Ok(Past {
                position: head.position,
                at: Instant::from_micros(at),
            }),
            _ => Err(NoPast::Future {
                head: log.head().await.map_err(ViewError::from)?.position,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn in_json_a_position_may_be_a_number() {
        let read = |text| serde_json::from_str::<AsOf>(text).ok();
        assert_eq!(read("12"), Some(AsOf::Position(12)));
        assert_eq!(read(r#""12""#), Some(AsOf::Position(12)));
        assert!(read(r#""2026-03-02T09:00:00+08:00""#).is_some());
        for bad in ["-1", "1.5", "true", "null", r#""""#, "[]"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn digits_are_a_position_and_anything_else_a_time() {
        let time = Instant::parse("2026-03-02T09:00:00+08:00").unwrap();
        for (text, asked) in [
            ("12", AsOf::Position(12)),
            ("2026-03-02T09:00:00+08:00", AsOf::Time(time)),
            ("2026-03-02T01:00:00Z", AsOf::Time(time)),
        ] {
            assert_eq!(text.parse(), Ok(asked), "{text}");
        }
        for bad in [
            "",
            "-1",
            "1.5",
            "99999999999999999999",
            "2026-03-02",
            "yesterday",
            "2026-13-02T09:00:00+08:00",
        ] {
            assert_eq!(bad.parse::<AsOf>(), Err(NoAsOf), "{bad}");
        }
    }
}
