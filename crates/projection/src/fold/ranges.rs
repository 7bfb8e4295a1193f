//! Rows of history: from what a stream asked for after each event to the ranges in which it held.

use crate::table::Table;
use crate::value::{Row, Value};
use docket_domain::time::Instant;
use std::collections::BTreeMap;

/// What a stream asks of the history tables from an event on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Turn {
    /// The event's place in the log.
    pub(crate) position: u64,
    /// When it happened.
    pub(crate) at: Instant,
    /// All rows, without ranges, by the table's place.
    pub(crate) rows: Vec<(usize, Row)>,
}

/// All ranges of a stream in the table of a place: those that stand, as they were before the first
/// turn, and what the turns make of them. What stands from that turn on was made by the same events
/// before, and is made again.
pub(crate) fn ranges(at: usize, table: &Table, standing: Vec<Row>, turns: &[Turn]) -> Vec<Row> {
    let Some(first) = turns.first() else {
        return standing;
    };
    let mut ranges = Ranges::before(table, standing, first.position);
    for turn in turns {
        let asked = turn.rows.iter().filter(|(place, _)| *place == at);
        let asked: Vec<&Row> = asked.map(|(_, row)| row).collect();
        ranges.turn(turn, &asked);
    }
    ranges.ended.extend(ranges.open.into_values());
    ranges.ended
}

/// Ranges as of some event.
struct Ranges<'a> {
    table: &'a Table,
    ended: Vec<Row>,
    /// Those that go on, by the projector's key.
    open: BTreeMap<Vec<Value>, Row>,
}

impl<'a> Ranges<'a> {
    fn before(table: &'a Table, standing: Vec<Row>, position: u64) -> Self {
        let mut ranges = Ranges {
            table,
            ended: Vec::new(),
            open: BTreeMap::new(),
        };
        for mut row in standing {
            match table.range(&row) {
                (Some(from), _) if from >= position => {}
                (_, Some(to)) if to < position => ranges.ended.push(row),
                _ => {
                    table.end_at(&mut row, None);
                    ranges.open.insert(table.asked_key(&row).to_vec(), row);
                }
            }
        }
        ranges
    }

    fn turn(&mut self, turn: &Turn, asked: &[&Row]) {
        let goes_on = |row: &Row| asked.iter().any(|asked| self.table.says(row, asked));
        let gone: Vec<Vec<Value>> = self
            .open
            .iter()
            .filter(|(_, row)| !goes_on(row))
            .map(|(key, _)| key.clone())
            .collect();
        for key in gone {
            self.ended.extend(self.open.remove(&key).map(|mut row| {
                self.table.end_at(&mut row, Some((turn.position, turn.at)));
                row
            }));
        }
        for asked in asked {
            let key = self.table.asked_key(asked);
            if !self.open.contains_key(key) {
                let row = self.table.opened(asked, turn.position, turn.at);
                self.open.insert(key.to_vec(), row);
            }
        }
    }
}

#[cfg(test)]
mod tests;
