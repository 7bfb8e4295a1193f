use super::{Changes, Group, Parked, StreamRows, Target};
use crate::projector::{Folded, Rows};
use crate::source::{Broken, Opened};
use crate::table::Table;
use crate::value::Row;
use docket_domain::time::Instant;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Folds one group into the changes of every target; answers the state unless an event was broken.
pub(super) fn fold_group(
    group: Group,
    targets: &[Target],
    changes: &mut [Changes],
) -> Option<Folded> {
    let name = group.stream.to_string();
    let mut folded = group.start;
    let mut concerned: Vec<(usize, Rows)> = (0..targets.len())
        .filter(|at| {
            targets[*at].categories.contains(&group.stream.category)
                && !targets[*at].parked.contains(&name)
        })
        .map(|at| (at, Rows::default()))
        .collect();
    let mut last = None;
    for event in group.events {
        let opened = match event {
            Ok(opened) => opened,
            Err(broken) => {
                let parked = parked_by(&name, &broken);
                concerned
                    .iter()
                    .for_each(|(at, _)| changes[*at].parked.push(parked.clone()));
                return None;
            }
        };
        folded.apply(&opened.envelope);
        concerned.retain_mut(|(at, rows)| {
            let made = caught(|| {
                targets[*at]
                    .projector
                    .entries(&folded, &opened.envelope, rows)
            });
            made.map_err(|error| changes[*at].parked.push(parked_at(&name, &opened, error)))
                .is_ok()
        });
        last = Some(opened);
    }
    let last = last?;
    for (at, mut entries) in concerned {
        let target = &targets[at];
        let mut states = Rows::default();
        let made = caught(|| target.projector.rows(&folded, &mut states)).and_then(|()| {
            let entries = if folded.is_deleted() {
                Vec::new()
            } else {
                placed(&target.tables, entries.take())?
            };
            Ok((placed(&target.tables, states.take())?, entries))
        });
        match made {
            Ok((states, entries)) => changes[at].streams.push(StreamRows {
                stream: folded.stream.clone(),
                states,
                entries,
                complete: group.complete,
            }),
            Err(error) => changes[at].parked.push(parked_at(&name, &last, error)),
        }
    }
    Some(folded)
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
