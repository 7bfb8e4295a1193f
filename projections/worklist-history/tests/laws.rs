//! What holds for every projector, over random histories; and what holds for this one: at every
//! position it says what the worklist said when the log ended there.
#![allow(clippy::unwrap_used)]

use docket_projection::testing::{Dice, Ground, PlainLog, history, holds_the_laws};
use docket_projection::{History, Projector, Row, Value, rows_of};
use docket_worklist::WorklistProjector;
use docket_worklist_history::WorklistHistoryProjector;
use std::collections::BTreeMap;
use std::sync::Arc;

docket_projection::on_both_engines!(
    live_rows_are_what_the_events_ask_for_and_a_rebuild_gives_the_same,
);

async fn live_rows_are_what_the_events_ask_for_and_a_rebuild_gives_the_same(ground: Ground) {
    for seed in 1..=4 {
        let ground = &Ground::new(ground.engine());
        let projector = Arc::new(WorklistHistoryProjector);
        holds_the_laws(ground, projector, History::new(), seed).await;
    }
}

/// Cells of rows by the names of their columns.
fn named(projector: &dyn Projector, rows: &[Row]) -> Vec<BTreeMap<&'static str, Value>> {
    let table = &projector.tables()[0];
    let names = table.columns.iter().map(|column| column.name);
    rows.iter()
        .map(|row| names.clone().zip(row.iter().cloned()).collect())
        .collect()
}

/// The rows of the history that hold at a position, without their ranges.
fn held(
    rows: &[BTreeMap<&'static str, Value>],
    position: i64,
) -> Vec<BTreeMap<&'static str, Value>> {
    let at = Value::Int(position);
    let held = rows.iter().filter(|row| {
        let (from, to) = (&row["from_position"], &row["to_position"]);
        *from <= at && (*to == Value::Null || *to > at)
    });
    held.cloned()
        .map(|mut row| {
            row.retain(|name, _| !name.starts_with("from_") && !name.starts_with("to_"));
            row
        })
        .collect()
}

#[tokio::test]
async fn at_every_position_it_says_what_the_worklist_said_when_the_log_ended_there() {
    let mut rows_seen = 0;
    for seed in 1..=40 {
        let log = PlainLog::default();
        let mut dice = Dice::new(seed);
        let (declarations, events) = (1 + dice.roll(12), 10 + dice.roll(120) as usize);
        log.append(&history(declarations, events, seed)).await;
        let told = log.history().await;
        let history = rows_of(&WorklistHistoryProjector, &told);
        let history = history.into_values().flatten().collect::<Vec<_>>();
        let history = named(&WorklistHistoryProjector, &history);
        for end in 0..=told.len() {
            let worklist = rows_of(&WorklistProjector, &told[..end].to_vec());
            let worklist = worklist.into_values().flatten().collect::<Vec<_>>();
            let mut then = named(&WorklistProjector, &worklist);
            let held = held(&history, end as i64);
            if let Some(row) = held.first() {
                let kept: Vec<_> = row.keys().copied().collect();
                then.iter_mut()
                    .for_each(|row| row.retain(|name, _| kept.contains(name)));
            }
            assert_eq!(held, then, "seed {seed}, position {end}");
            rows_seen += held.len();
        }
    }
    assert!(rows_seen > 10_000, "the walks show too little: {rows_seen}");
}

#[tokio::test]
async fn a_row_holds_nothing_of_a_person() {
    let log = PlainLog::default();
    log.append(&history(30, 400, 3)).await;
    let whole = rows_of(&WorklistHistoryProjector, &log.history().await);
    let text = format!("{whole:?}");
    assert!(whole["worklist_history"].len() > 50);
    for personal in ["500112199506120027", "13800000000", "张静怡", "李明"] {
        assert!(!text.contains(personal), "{personal}");
    }
    let worklist = rows_of(&WorklistProjector, &log.history().await);
    assert!(format!("{worklist:?}").contains("500112199506120027"));
}
