//! 审核通过并公示 (§5.4): the work unit's step goes public; the handler stays. The planned 公示时间
//! is printed on the sheet and stands in the report dialog at first; it never binds the report (A74).

use super::chain::{by_actor, moved};
use super::report::{in_order, long_enough};
use super::{Permit, guards};
use crate::calendar::CalendarMissing;
use crate::decision::Decision;
use crate::declaration::events::{ApprovedAndPublicized, Publicity};
use crate::facts::Facts;
use crate::refusal::{Code, Refusal, Warning};
use crate::time::Day;
use crate::vocabulary::StepState;

pub fn decide(
    permit: &Permit<'_>,
    given: Option<Publicity>,
    facts: &Facts,
) -> Result<Decision, Refusal> {
    let step = permit.unit_step()?;
    let publicity_from = earliest_start(permit, facts);
    if let Some(given) = given {
        check(permit, given, publicity_from, facts)?;
    }
    let planned = planned(permit, given, facts);
    let event = ApprovedAndPublicized {
        steps: vec![moved(step, StepState::Publicizing)],
        publicity_from,
        publicity: planned.ok(),
        personal: by_actor(facts),
    };
    Ok(
        Decision::on(permit.declaration.stream(), vec![event.into()])
            .warning(warnings_of(permit, planned, facts)),
    )
}

/// The first day on which a publicity of the present content may start (A8).
fn earliest_start(permit: &Permit<'_>, facts: &Facts) -> Day {
    permit.declaration.publicity_from.unwrap_or(facts.at.day())
}

/// A given range is in order, not before the content was approved and long enough. It may lie
/// ahead, and with a calendar that is not loaded it is not counted.
fn check(
    permit: &Permit<'_>,
    given: Publicity,
    earliest: Day,
    facts: &Facts,
) -> Result<(), Refusal> {
    in_order(given, Some(earliest))?;
    match long_enough(&given, permit.definition.publicity_days, facts) {
        Ok(false) => Err(Refusal::of_field(Code::PublicityTooShort, "publicity")),
        Ok(true) | Err(CalendarMissing { .. }) => Ok(()),
    }
}

/// The planned range: the given one, or from today to the earliest end.
fn planned(
    permit: &Permit<'_>,
    given: Option<Publicity>,
    facts: &Facts,
) -> Result<Publicity, CalendarMissing> {
    match given {
        Some(given) => long_enough(&given, permit.definition.publicity_days, facts).map(|_| given),
        None => default_publicity(permit.definition.publicity_days, facts),
    }
}

/// From today to the earliest day on which a publicity of so many working days may end.
///
/// # Errors
/// [`CalendarMissing`] when that day lies in a year whose holidays were not loaded.
pub fn default_publicity(days: u32, facts: &Facts) -> Result<Publicity, CalendarMissing> {
    let start = facts.at.day();
    let calendar = facts
        .calendar()
        .ok_or(CalendarMissing { year: start.year() })?;
    let end = calendar.holidays.earliest_end(start, days)?;
    Ok(Publicity { start, end })
}

/// What the dialog warns of while no range is given.
pub fn warnings(permit: &Permit<'_>, facts: &Facts) -> Vec<Warning> {
    warnings_of(permit, planned(permit, None, facts), facts)
}

/// PUBLICITY_CANNOT_FINISH (A15): the report is possible from the start of the day after the last,
/// which is not before the deadline. PUBLICITY_CANNOT_BE_COUNTED (A78): the calendar is missing.
fn warnings_of(
    permit: &Permit<'_>,
    planned: Result<Publicity, CalendarMissing>,
    facts: &Facts,
) -> Vec<Warning> {
    let Ok(planned) = planned else {
        return vec![Warning::PublicityCannotBeCounted];
    };
    let deadline = permit
        .step
        .and_then(|step| guards::deadline(permit.declaration, step, facts));
    match deadline {
        Some(deadline) if planned.end.next().start() >= deadline => {
            vec![Warning::PublicityCannotFinish]
        }
        _ => Vec::new(),
    }
}
