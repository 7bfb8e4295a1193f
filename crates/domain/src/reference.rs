//! Reference data that lives in the log: the holiday calendar, the title table and the published
//! workflow definitions.

use crate::Kind;
use crate::calendar::{CalendarYear, HolidayCalendar};
use crate::catalogue::Level;
use crate::event::{Envelope, Event, event_data};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A year of the calendar was loaded, or corrected as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarYearLoaded {
    /// The year and its days.
    pub calendar: CalendarYear,
}
event_data!(CalendarYearLoaded, 1);

/// One title of a series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesTitle {
    /// 职称
    pub title: String,
    /// 层级
    pub level: Level,
}

/// A series of the title table, as it stands from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesDefined {
    /// Place in the ministry's table, from 1.
    pub number: u32,
    /// 系列
    pub name: String,
    /// Its titles.
    pub titles: Vec<SeriesTitle>,
    /// 专业, where the table names some; any other is accepted too.
    pub specialties: Vec<String>,
}
event_data!(SeriesDefined, 1);

/// A part of a workflow definition's expanded text; the parts joined have the hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefinitionPublished {
    /// Which kind it defines.
    pub kind: Kind,
    /// Version of the file.
    pub version: u32,
    /// SHA-256 of the whole text, hex.
    pub hash: String,
    /// Which part this is, from 1.
    pub part: u32,
    /// How many parts there are.
    pub parts: u32,
    /// The text of this part.
    pub text: String,
}
event_data!(DefinitionPublished, 1);

/// The calendar stream's state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    /// The loaded years.
    pub holidays: HolidayCalendar,
}

impl Calendar {
    pub(crate) fn apply(&mut self, envelope: &Envelope) {
        if let Event::CalendarYearLoaded(event) = &envelope.event {
            self.holidays.load(event.calendar.clone());
        }
    }
}

/// The catalogue stream's state: series by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TitleTable {
    /// The series by 系列 name.
    pub series: BTreeMap<String, SeriesDefined>,
}

impl TitleTable {
    /// The level of a title, if the table has it.
    pub fn level_of(&self, series: &str, title: &str) -> Option<Level> {
        let titles = &self.series.get(series)?.titles;
        titles
            .iter()
            .find(|entry| entry.title == title)
            .map(|entry| entry.level)
    }

    pub(crate) fn apply(&mut self, envelope: &Envelope) {
        if let Event::SeriesDefined(event) = &envelope.event {
            self.series.insert(event.name.clone(), event.clone());
        }
    }
}

/// The state of one kind's workflow stream: the published versions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Definitions {
    /// Version to hash and text.
    pub versions: BTreeMap<u32, PublishedDefinition>,
}

/// One published version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublishedDefinition {
    /// SHA-256 of the text, hex.
    pub hash: String,
    /// The expanded text, complete once all parts were read.
    pub text: String,
}

impl Definitions {
    pub(crate) fn apply(&mut self, envelope: &Envelope) {
        if let Event::DefinitionPublished(event) = &envelope.event {
            let version = self.versions.entry(event.version).or_default();
            version.hash.clone_from(&event.hash);
            version.text.push_str(&event.text);
        }
    }
}
