//! Instants and days.
//!
//! An [`Instant`] is a point of time in whole microseconds UTC, a [`Day`] a date of the civil
//! calendar in Asia/Shanghai, which is a fixed +08:00. Nothing here reads a clock: every instant
//! comes from outside.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, SecondsFormat};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const OFFSET_SECONDS: i32 = 8 * 3600;
const OFFSET_MICROS: i64 = OFFSET_SECONDS as i64 * MICROS_PER_SECOND;
const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;
/// 0001-01-01 and 9999-12-31, counted in days from 1970-01-01: what RFC 3339 can write.
const DAY_MIN: i64 = -719_162;
const DAY_MAX: i64 = 2_932_896;

/// Why a text is no instant or no day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not an RFC 3339 time with an offset between the years 1 and 9999.
    #[error("`{0}` is no RFC 3339 time such as 2026-03-02T09:00:00+08:00")]
    Instant(String),
    /// Not a date written `yyyy-mm-dd`, or a date that does not exist.
    #[error("`{0}` is no date written yyyy-mm-dd")]
    Day(String),
}

/// A point of time: whole microseconds since 1970-01-01T00:00:00Z.
///
/// Written in JSON as RFC 3339 with the offset +08:00, with six decimals only when the
/// microseconds are not zero. Ordered by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Instant {
    /// The first instant that can be written, 0001-01-01 00:00 local time.
    pub const MIN: Self = Self(DAY_MIN * MICROS_PER_DAY - OFFSET_MICROS);
    /// The last instant that can be written, one microsecond before the year 10000.
    pub const MAX: Self = Self((DAY_MAX + 1) * MICROS_PER_DAY - OFFSET_MICROS - 1);

    /// The instant of that many microseconds UTC; what lies outside the years 1 to 9999 becomes
    /// [`Self::MIN`] or [`Self::MAX`], so that every instant can be shown.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        if micros < Self::MIN.0 {
            Self::MIN
        } else if micros > Self::MAX.0 {
            Self::MAX
        } else {
            Self(micros)
        }
    }

    /// Microseconds UTC since 1970-01-01.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339 with any offset; digits below the microsecond are dropped.
    ///
    /// # Errors
    /// [`TimeError::Instant`] when the text is no such time.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let problem = || TimeError::Instant(text.to_owned());
        let micros = DateTime::parse_from_rfc3339(text)
            .map_err(|_| problem())?
            .timestamp_micros();
        let instant = Self::from_micros(micros);
        (instant.0 == micros).then_some(instant).ok_or_else(problem)
    }

    /// The civil day in Asia/Shanghai.
    #[must_use]
    pub fn day(self) -> Day {
        Day(self.local().date_naive())
    }

    /// The civil year in Asia/Shanghai.
    #[must_use]
    pub fn year(self) -> i32 {
        self.day().year()
    }

    /// The instant so many microseconds later (earlier if negative), kept within MIN and MAX.
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self::from_micros(self.0.saturating_add(micros))
    }

    /// The instant so many whole days later (earlier if negative).
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        self.plus_micros(days.saturating_mul(MICROS_PER_DAY))
    }

    /// RFC 3339 with +08:00, as in JSON.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        let format = if self.0 % MICROS_PER_SECOND == 0 {
            SecondsFormat::Secs
        } else {
            SecondsFormat::Micros
        };
        self.local().to_rfc3339_opts(format, false)
    }

    fn local(self) -> DateTime<FixedOffset> {
        let offset = FixedOffset::east_opt(OFFSET_SECONDS).expect("8 hours is an offset");
        DateTime::from_timestamp_micros(self.0)
            .expect("MIN and MAX are well within what chrono holds")
            .with_timezone(&offset)
    }
}

/// Local time as the screens show it: `yyyy-MM-dd HH:mm:ss`.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.local().format("%Y-%m-%d %H:%M:%S").to_string())
    }
}

impl FromStr for Instant {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        Self::parse(text)
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_rfc3339())
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Written(Self::parse))
    }
}

/// A date of the civil calendar in Asia/Shanghai, written `yyyy-mm-dd`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(NaiveDate);

impl Day {
    /// The day of that year, month (1-12) and day of month, if it exists and its year is 1-9999.
    #[must_use]
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day)
            .map(Self)
            .filter(|day| (1..=9999).contains(&day.year()))
    }

    /// Reads `yyyy-mm-dd`, exactly so.
    ///
    /// # Errors
    /// [`TimeError::Day`] when the text is no such date.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        parse_day(text).ok_or_else(|| TimeError::Day(text.to_owned()))
    }

    /// 00:00 local time of this day.
    #[must_use]
    pub fn start(self) -> Instant {
        Instant::from_micros(self.number() * MICROS_PER_DAY - OFFSET_MICROS)
    }

    /// The day after; the last day of 9999 is its own next day.
    #[must_use]
    pub fn next(self) -> Self {
        self.plus_days(1)
    }

    /// The day before; the first day of year 1 is its own day before.
    #[must_use]
    pub fn pred(self) -> Self {
        self.plus_days(-1)
    }

    /// The day so many days later (earlier if negative), kept within the years 1 to 9999.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        Self::from_number(self.number().saturating_add(days))
    }

    /// The year, e.g. 2026.
    #[must_use]
    pub fn year(self) -> i32 {
        self.0.year()
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(self) -> u32 {
        self.0.month()
    }

    /// The day of the month, 1 to 31.
    #[must_use]
    pub fn day_of_month(self) -> u32 {
        self.0.day()
    }

    /// Whether the day is a Saturday or a Sunday.
    #[must_use]
    pub fn is_weekend(self) -> bool {
        self.0.weekday().number_from_monday() > 5
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub fn number(self) -> i64 {
        let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).expect("the epoch exists");
        (self.0 - epoch).num_days()
    }

    /// The day so many days after 1970-01-01, kept within the years 1 to 9999.
    #[must_use]
    pub fn from_number(number: i64) -> Self {
        let days_from_year_one = number.clamp(DAY_MIN, DAY_MAX) - DAY_MIN + 1;
        i32::try_from(days_from_year_one)
            .ok()
            .and_then(NaiveDate::from_num_days_from_ce_opt)
            .map(Self)
            .expect("clamped to the years 1 to 9999")
    }

    /// The chrono date, for callers that format or compute further.
    #[must_use]
    pub fn date(self) -> NaiveDate {
        self.0
    }
}

fn parse_day(text: &str) -> Option<Day> {
    let bytes = text.as_bytes();
    let shape = bytes.len() == 10
        && bytes.iter().enumerate().all(|(i, b)| match i {
            4 | 7 => *b == b'-',
            _ => b.is_ascii_digit(),
        });
    if !shape {
        return None;
    }
    Day::from_ymd(
        text[..4].parse().ok()?,
        text[5..7].parse().ok()?,
        text[8..].parse().ok()?,
    )
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.format("%Y-%m-%d").to_string())
    }
}

impl FromStr for Day {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        Self::parse(text)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Written(Self::parse))
    }
}

/// Reads a time where it stands, without a copy of its text.
struct Written<T>(fn(&str) -> Result<T, TimeError>);

impl<T> de::Visitor<'_> for Written<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the text of a time or a day")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.0)(text).map_err(E::custom)
    }
}

#[cfg(test)]
mod tests;
