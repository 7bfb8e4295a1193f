use super::{Changes, Group, Parked, StreamRows, Target};
use crate::projector::{Folded, Rows};
use crate::source::{Broken, Opened};
use crate::table::Table;
use crate::value::Row;
use docket_domain::time::Instant;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Rows of state tables and of event tables, by the table's place.
type Made = (Vec<(usize, Row)>, Vec<(usize, Row)>);

/// A target's rows cannot follow an event.
struct Failed {
    /// The event's place in the group.
    event: usize,
    error: String,
}

/// Folds one group into the changes of every target; answers the state unless an event was broken.
/// Where an event cannot be applied the rows are those of the state before it, however the events
/// were cut into batches, and the stream is parked.
pub(super) fn fold_group(
    group: Group,
    targets: &[Target],
    changes: &mut [Changes],
) -> Option<Folded> {
    let name = group.stream.to_string();
    let concerned = concerned(&group, targets);
    let (events, broken) = readable(group.events);
    let (folded, entries) = fold(&group.start, &events, &concerned, targets);
    for (at, entries) in concerned.into_iter().zip(entries) {
        let target = &targets[at];
        let made = entries.and_then(|entries| make(target, &folded, entries, events.len()));
        let (made, failed) = match made {
            Ok(made) => (Some(made), None),
            Err(failed) => step_back(at, targets, &group.start, &events, failed),
        };
        // Without an event the rows of the start stand already, unless all are asked for.
        let made = made.filter(|_| group.complete || !events.is_empty());
        changes[at]
            .streams
            .extend(made.map(|(states, entries)| StreamRows {
                stream: group.stream.clone(),
                states,
                entries,
                complete: group.complete,
            }));
        let parked = match failed {
            Some(failed) => Some(parked_at(&name, &events[failed.event], failed.error)),
            None => broken.as_ref().map(|broken| parked_by(&name, broken)),
        };
        changes[at].parked.extend(parked);
    }
    broken.is_none().then_some(folded)
}

/// The targets that the group is for. A parked stream waits, but not with what was erased in it.
fn concerned(group: &Group, targets: &[Target]) -> Vec<usize> {
    let name = group.stream.to_string();
    let erases = group.events.iter().any(super::erases_any);
    (0..targets.len())
        .filter(|at| {
            targets[*at].categories.contains(&group.stream.category)
                && (erases || !targets[*at].parked.contains(&name))
        })
        .collect()
}

/// The events before the first one that cannot be read, and that one.
fn readable(events: Vec<Result<Opened, Broken>>) -> (Vec<Opened>, Option<Broken>) {
    let mut readable = Vec::with_capacity(events.len());
    for event in events {
        match event {
            Ok(opened) => readable.push(opened),
            Err(broken) => return (readable, Some(broken)),
        }
    }
    (readable, None)
}

/// The state behind the events, and for each target the rows of the events.
fn fold(
    start: &Folded,
    events: &[Opened],
    concerned: &[usize],
    targets: &[Target],
) -> (Folded, Vec<Result<Rows, Failed>>) {
    let mut folded = start.clone();
    let mut entries: Vec<Result<Rows, Failed>> =
        concerned.iter().map(|_| Ok(Rows::default())).collect();
    for (event, opened) in events.iter().enumerate() {
        folded.apply(&opened.envelope);
        for (at, entries) in concerned.iter().zip(&mut entries) {
            let Ok(rows) = entries else { continue };
            let projector = &targets[*at].projector;
            let applied = caught(|| {
                docket_store::poison!(opened.envelope.position);
                projector.entries(&folded, &opened.envelope, rows);
            });
            if let Err(error) = applied {
                *entries = Err(Failed { event, error });
            }
        }
    }
    (folded, entries)
}

/// The rows of a state behind so many events of a group.
fn make(
    target: &Target,
    folded: &Folded,
    mut entries: Rows,
    events: usize,
) -> Result<Made, Failed> {
    if folded.version == 0 {
        return Ok(Made::default());
    }
    if folded.is_deleted() {
        entries.take();
    }
    let mut states = Rows::default();
    let made = caught(|| target.projector.rows(folded, &mut states)).and_then(|()| {
        let states = placed(&target.tables, states.take())?;
        Ok((states, placed(&target.tables, entries.take())?))
    });
    made.map_err(|error| Failed {
        event: events.saturating_sub(1),
        error,
    })
}

/// The rows of the newest state before a failure that can be had, and what fails behind it.
fn step_back(
    at: usize,
    targets: &[Target],
    start: &Folded,
    events: &[Opened],
    mut failed: Failed,
) -> (Option<Made>, Option<Failed>) {
    while failed.event > 0 {
        let events = &events[..failed.event];
        let (folded, mut entries) = fold(start, events, &[at], targets);
        let made = entries
            .pop()
            .expect("one target was asked")
            .and_then(|entries| make(&targets[at], &folded, entries, events.len()));
        match made {
            Ok(made) => return (Some(made), Some(failed)),
            Err(earlier) => failed = earlier,
        }
    }
    let none = (start.version == 0).then(Made::default);
    (none, Some(failed))
}

/// Runs a projector's function; a panic in it parks a stream and stops nothing.
fn caught(run: impl FnOnce()) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        format!("the projector failed: {}", text.unwrap_or("no message"))
    })
}

/// Replaces the names of tables by their places and checks the rows.
fn placed(tables: &[Table], rows: Vec<(&'static str, Row)>) -> Result<Vec<(usize, Row)>, String> {
    let mut placed = Vec::with_capacity(rows.len());
    for (name, row) in rows {
        let at = tables
            .iter()
            .position(|table| table.name == name)
            .ok_or_else(|| format!("no table {name}"))?;
        if let Some(misfit) = tables[at].misfit(&row) {
            return Err(misfit);
        }
        placed.push((at, row));
    }
    Ok(placed)
}

fn parked_by(stream: &str, broken: &Broken) -> Parked {
    let event = &broken.event;
    Parked {
        stream: stream.to_owned(),
        version: event.version,
        position: event.position,
        since: Instant::from_micros(event.recorded_at),
        error: broken.what.clone(),
    }
}

fn parked_at(stream: &str, opened: &Opened, error: String) -> Parked {
    let envelope = &opened.envelope;
    Parked {
        stream: stream.to_owned(),
        version: envelope.version,
        position: envelope.position,
        since: envelope.at,
        error,
    }
}
