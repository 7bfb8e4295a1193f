//! Reference tables: calendar, titles, workflow definitions.

use super::platform;
use crate::Kind;
use crate::calendar::{CalendarYear, DayKind};
use crate::decision::Decision;
use crate::event::Event;
use crate::facts::Facts;
use crate::reference::{CalendarYearLoaded, DefinitionPublished, SeriesDefined};
use crate::refusal::{Code, Refusal};
use crate::stream::{Category, Stream};

/// A notice of the State Council names more days off than these; fewer are rather a mistake.
const DAYS_OFF_MIN: usize = 5;

/// A year as a whole; the same year again changes nothing, and one with few days off is to be
/// confirmed (A78).
pub fn load_year(year: &CalendarYear, confirmed: bool, facts: &Facts) -> Result<Decision, Refusal> {
    platform(facts)?;
    let standing = facts
        .calendar()
        .and_then(|calendar| calendar.holidays.year(year.year()));
    if standing.as_ref() == Some(year) {
        return Ok(Decision::default());
    }
    let days = year.days().iter();
    let days_off = days.filter(|(_, kind)| *kind == DayKind::Off).count();
    if days_off < DAYS_OFF_MIN && !confirmed {
        let detail = format!("只有{days_off}个放假日，请核对后确认");
        return Err(Refusal::of_field(Code::FieldInvalid, "days").with_detail(detail));
    }
    let event = CalendarYearLoaded {
        calendar: year.clone(),
    };
    Ok(Decision::on(Stream::calendar(), vec![event.into()]))
}

/// A series as a whole; the same again changes nothing.
pub fn define_series(series: &SeriesDefined, facts: &Facts) -> Result<Decision, Refusal> {
    platform(facts)?;
    if facts
        .titles()
        .and_then(|titles| titles.series.get(&series.name))
        == Some(series)
    {
        return Ok(Decision::default());
    }
    Ok(Decision::on(
        Stream::catalogue(),
        vec![series.clone().into()],
    ))
}

/// Whether the parts are all of one definition, in order, and together have its hash.
fn is_whole(kind: Kind, first: &DefinitionPublished, parts: &[DefinitionPublished]) -> bool {
    let belongs = |(number, part): (u32, &DefinitionPublished)| {
        part.kind == kind
            && part.part == number
            && usize::try_from(part.parts) == Ok(parts.len())
            && (part.version, &part.hash) == (first.version, &first.hash)
    };
    let text: String = parts.iter().map(|part| part.text.as_str()).collect();
    (1..).zip(parts).all(belongs) && crate::workflow::hash_of(&text) == first.hash
}

/// A definition's version is published once and never changes.
pub fn publish(
    kind: Kind,
    parts: &[DefinitionPublished],
    facts: &Facts,
) -> Result<Decision, Refusal> {
    platform(facts)?;
    let first = parts
        .first()
        .ok_or_else(|| Refusal::of_field(Code::FieldRequired, "parts"))?;
    if !is_whole(kind, first, parts) {
        return Err(Refusal::of_field(Code::FieldInvalid, "parts"));
    }
    let standing = facts
        .published(kind)
        .and_then(|known| known.versions.get(&first.version));
    match standing {
        Some(known) if known.hash == first.hash => return Ok(Decision::default()),
        Some(_) => return Err(Refusal::of_field(Code::AlreadyExists, "version")),
        None => {}
    }
    let events = parts.iter().cloned().map(Event::from).collect();
    Ok(Decision::on(Stream::new(Category::Workflow, kind), events))
}
