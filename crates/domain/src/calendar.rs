//! 公示 working days: the State Council's holiday calendar as data (domain.md §14.3, A16).
//!
//! A year is known when its notice was loaded, and only then is anything computed in it: Saturdays
//! and Sundays alone would be a guess, so a missing year is an answer of its own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::time::Day;

mod csv;
pub use csv::{CsvProblem, parse_csv};

/// What the notice says of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// 放假
    Off,
    /// 调休上班: a weekend day that is worked.
    Work,
}

/// Why a list of days is no calendar of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CalendarProblem {
    /// No day at all; every notice names some.
    #[error("{year} 年的节假日数据没有列出任何一天")]
    Empty {
        /// The year concerned.
        year: i32,
    },
    /// A day that lies in another year.
    #[error("{day} 不属于 {year} 年")]
    OtherYear {
        /// The year concerned.
        year: i32,
        /// The day out of place.
        day: Day,
    },
    /// A day that is named twice.
    #[error("{0} 重复列出")]
    Duplicate(Day),
}

/// One year's notice: the days that differ from the plain week, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawYear")]
pub struct CalendarYear {
    year: i32,
    days: Vec<(Day, DayKind)>,
}

#[derive(Deserialize)]
struct RawYear {
    year: i32,
    days: Vec<(Day, DayKind)>,
}

impl TryFrom<RawYear> for CalendarYear {
    type Error = CalendarProblem;

    fn try_from(raw: RawYear) -> Result<Self, CalendarProblem> {
        Self::new(raw.year, raw.days)
    }
}

impl CalendarYear {
    /// Sorts the days and checks that each belongs to the year and stands once.
    ///
    /// # Errors
    /// The first [`CalendarProblem`].
    pub fn new(year: i32, mut days: Vec<(Day, DayKind)>) -> Result<Self, CalendarProblem> {
        if days.is_empty() {
            return Err(CalendarProblem::Empty { year });
        }
        if let Some((day, _)) = days.iter().find(|(day, _)| day.year() != year) {
            return Err(CalendarProblem::OtherYear { year, day: *day });
        }
        days.sort_by_key(|(day, _)| *day);
        if let Some(pair) = days.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(CalendarProblem::Duplicate(pair[0].0));
        }
        Ok(Self { year, days })
    }

    /// The year.
    #[must_use]
    pub fn year(&self) -> i32 {
        self.year
    }

    /// The days the notice names, in order.
    #[must_use]
    pub fn days(&self) -> &[(Day, DayKind)] {
        &self.days
    }
}

/// The holidays of that year were never loaded: CALENDAR_MISSING.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("缺少{year}年度节假日数据，请联系管理员")]
pub struct CalendarMissing {
    /// The year without data.
    pub year: i32,
}

/// The loaded years.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HolidayCalendar {
    years: BTreeMap<i32, BTreeMap<Day, DayKind>>,
}

impl HolidayCalendar {
    /// A calendar of those years; of two with the same number the later one stands.
    #[must_use]
    pub fn from_years(years: impl IntoIterator<Item = CalendarYear>) -> Self {
        let mut calendar = Self::default();
        years.into_iter().for_each(|year| calendar.load(year));
        calendar
    }

    /// Adds a year, or corrects one by replacing it whole.
    pub fn load(&mut self, year: CalendarYear) {
        self.years
            .insert(year.year, year.days.into_iter().collect());
    }

    /// The years with data, in order.
    pub fn years(&self) -> impl Iterator<Item = i32> + '_ {
        self.years.keys().copied()
    }

    /// One year's notice, if it was loaded.
    #[must_use]
    pub fn year(&self, year: i32) -> Option<CalendarYear> {
        let days = self.years.get(&year)?;
        let days = days.iter().map(|(day, kind)| (*day, *kind)).collect();
        Some(CalendarYear { year, days })
    }

    /// Whether people work on that day.
    ///
    /// # Errors
    /// [`CalendarMissing`] when the day's year was not loaded.
    pub fn is_workday(&self, day: Day) -> Result<bool, CalendarMissing> {
        let year = day.year();
        let days = self.years.get(&year).ok_or(CalendarMissing { year })?;
        Ok(match days.get(&day) {
            Some(kind) => *kind == DayKind::Work,
            None => !day.is_weekend(),
        })
    }

    /// The workdays from `start` to `end`, both counted; 0 if `end` is before `start`.
    ///
    /// # Errors
    /// [`CalendarMissing`] for the first year touched that was not loaded.
    pub fn workdays_between(&self, start: Day, end: Day) -> Result<u32, CalendarMissing> {
        let mut workdays = 0;
        for number in start.number()..=end.number() {
            workdays += u32::from(self.is_workday(Day::from_number(number))?);
        }
        Ok(workdays)
    }

    /// The first day on which a range from `start` holds `days` workdays; `start` itself for 0.
    ///
    /// # Errors
    /// [`CalendarMissing`] when a year without data is reached before.
    pub fn earliest_end(&self, start: Day, days: u32) -> Result<Day, CalendarMissing> {
        let mut end = start;
        let mut workdays = u32::from(self.is_workday(start)?);
        while workdays < days {
            let next = end.next();
            if next == end {
                return Err(CalendarMissing {
                    year: end.year() + 1,
                });
            }
            end = next;
            workdays += u32::from(self.is_workday(end)?);
        }
        Ok(end)
    }
}

#[cfg(test)]
mod tests;
