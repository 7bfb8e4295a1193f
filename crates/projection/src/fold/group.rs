use super::{Changes, Group, Parked, RowsOf, StreamRows, Target, Turn, ranges};
use crate::panics::caught;
use crate::projector::{Folded, Rows};
use crate::source::{Broken, Opened};
use crate::table::Table;
use crate::value::Row;
use docket_domain::time::Instant;
use docket_domain::{Envelope, Stream};

/// Rows by the table's place.
type Placed = Vec<(usize, Row)>;

/// The rows of state tables and of event tables, and what becomes of those of history.
#[derive(Default)]
struct Made {
    states: Placed,
    entries: Placed,
    turns: Vec<Turn>,
}

/// What events ask for one after the other.
#[derive(Default)]
struct Entries {
    rows: Rows,
    turns: Vec<Turn>,
}

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
    let (events, broken) = readable(&name, group.start.version, group.events);
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
        let stream = group.stream.clone();
        let rows = made.map(|made| made.of(stream, &target.tables, group.complete));
        changes[at].streams.extend(rows);
        let parked = match failed {
            Some(failed) => Some(parked_at(&name, &events[failed.event], failed.error)),
            None => broken.clone(),
        };
        changes[at].parked.extend(parked);
    }
    broken.is_none().then_some(folded)
}

impl Made {
    /// As the rows of a stream; the ranges of a complete one are known without those that stand.
    fn of(mut self, stream: Stream, tables: &[Table], complete: bool) -> StreamRows {
        if complete {
            let turns = std::mem::take(&mut self.turns);
            let history = tables
                .iter()
                .enumerate()
                .filter(|(_, table)| is_history(table));
            for (at, table) in history {
                let rows = ranges(at, table, Vec::new(), &turns);
                self.entries.extend(rows.into_iter().map(|row| (at, row)));
            }
        }
        StreamRows {
            stream,
            states: self.states,
            entries: self.entries,
            turns: self.turns,
            complete,
        }
    }
}

fn is_history(table: &Table) -> bool {
    table.source == RowsOf::History
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

/// The events before the first one that cannot be read or follows a gap, and what parks the stream
/// there. Versions follow one another, so a gap says that an event was taken out of the log.
fn readable(
    name: &str,
    before: u64,
    events: Vec<Result<Opened, Broken>>,
) -> (Vec<Opened>, Option<Parked>) {
    let mut readable = Vec::with_capacity(events.len());
    for (due, event) in (before + 1..).zip(events) {
        match event {
            Ok(opened) if opened.envelope.version == due => readable.push(opened),
            Ok(opened) => {
                let error = format!("version {due} of the stream is missing");
                return (readable, Some(parked_at(name, &opened, error)));
            }
            Err(broken) => return (readable, Some(parked_by(name, &broken))),
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
) -> (Folded, Vec<Result<Entries, Failed>>) {
    let mut folded = start.clone();
    let mut entries: Vec<Result<Entries, Failed>> =
        concerned.iter().map(|_| Ok(Entries::default())).collect();
    for (event, opened) in events.iter().enumerate() {
        folded.apply(&opened.envelope);
        for (at, entries) in concerned.iter().zip(&mut entries) {
            let Ok(made) = entries else { continue };
            if let Err(error) = enter(&targets[*at], &folded, &opened.envelope, made) {
                *entries = Err(Failed { event, error });
            }
        }
    }
    (folded, entries)
}

/// Adds what one event asks for: its own rows, and those of history that hold from it on.
fn enter(
    target: &Target,
    after: &Folded,
    event: &Envelope,
    made: &mut Entries,
) -> Result<(), String> {
    run(target, || {
        docket_store::poison!(event.position);
        target.projector.entries(after, event, &mut made.rows);
    })?;
    if !target.has(RowsOf::History) {
        return Ok(());
    }
    let rows = asked(target, after, RowsOf::History)?;
    // The first says from where on what stands is made again, also where nothing turns.
    if made.turns.last().is_none_or(|last| last.rows != rows) {
        made.turns.push(Turn {
            position: event.position,
            at: event.at,
            rows,
        });
    }
    Ok(())
}

/// The rows that a state asks of tables of one kind.
fn asked(target: &Target, folded: &Folded, source: RowsOf) -> Result<Placed, String> {
    let mut rows = Rows::default();
    run(target, || target.projector.rows(folded, &mut rows))?;
    let mut rows = placed(&target.tables, rows.take())?;
    rows.retain(|(at, _)| target.tables[*at].source == source);
    Ok(rows)
}

/// The rows of a state behind so many events of a group.
fn make(
    target: &Target,
    folded: &Folded,
    mut entries: Entries,
    events: usize,
) -> Result<Made, Failed> {
    if folded.version == 0 {
        return Ok(Made::default());
    }
    if folded.is_deleted() {
        entries = Entries::default();
    }
    let states = match target.has(RowsOf::State) {
        true => asked(target, folded, RowsOf::State),
        false => Ok(Placed::new()),
    };
    let made = states.and_then(|states| {
        Ok(Made {
            states,
            entries: placed(&target.tables, entries.rows.take())?,
            turns: entries.turns,
        })
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
fn run(target: &Target, function: impl FnOnce()) -> Result<(), String> {
    caught(function).map_err(|place| {
        format!(
            "the projector {} failed at {place}",
            target.projector.name()
        )
    })
}

/// Replaces the names of tables by their places and checks the rows.
fn placed(tables: &[Table], rows: Vec<(&'static str, Row)>) -> Result<Placed, String> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use docket_domain::unit::SignOffToggled;
    use docket_domain::{Author, Category};

    fn opened(version: u64) -> Opened {
        Opened {
            stream: Stream::new(Category::Unit, "u"),
            envelope: Envelope {
                version,
                position: 10 * version,
                at: Instant::from_micros(0),
                author: Author::SYSTEM,
                event: SignOffToggled { on: true }.into(),
            },
        }
    }

    #[test]
    fn an_event_behind_a_gap_is_not_read_and_parks_its_stream() {
        for (before, versions, read, missing) in [
            (0, vec![1, 2, 3], 3, None),
            (4, vec![5, 6], 2, None),
            (0, vec![2, 3], 0, Some(1)),
            (0, vec![1, 3, 4], 1, Some(2)),
            (4, vec![6], 0, Some(5)),
        ] {
            let mut events = Vec::new();
            for version in versions {
                events.push(Ok(opened(version)));
            }
            let (readable, parked) = readable("unit/u", before, events);
            assert_eq!(readable.len(), read);
            let expected = missing.map(|due| format!("version {due} of the stream is missing"));
            assert_eq!(parked.map(|parked| parked.error), expected);
        }
    }
}
