#![allow(clippy::unwrap_used)]
use super::*;
use crate::row;
use crate::table::ColumnType;
use crate::testing::Dice;
use docket_domain::Category;
use std::collections::BTreeSet;
use uuid::Uuid;

const OWNER: Uuid = Uuid::from_u128(1);

fn table() -> Table {
    Table::of_history("past", Category::Declaration, "thing", ColumnType::Id)
        .key("place", ColumnType::Int)
        .column("state", ColumnType::Code)
        .optional("note", ColumnType::Int)
}

fn at(position: u64) -> Instant {
    Instant::from_micros(position as i64 * 1_000)
}

/// The things that stand somewhere behind an event, as place and state.
fn turn(position: u64, rows: &[(i64, &'static str)]) -> Turn {
    let rows = rows.iter();
    Turn {
        position,
        at: at(position),
        rows: rows
            .map(|(place, state)| (0, row![OWNER, *place, *state, Value::Null]))
            .collect(),
    }
}

/// A range: place, from, state, to.
fn range(place: i64, from: u64, state: &'static str, to: Option<u64>) -> Row {
    row![
        OWNER,
        place,
        from,
        state,
        Value::Null,
        at(from),
        to,
        to.map(at)
    ]
}

fn made(standing: Vec<Row>, turns: &[Turn]) -> Vec<Row> {
    let mut rows = ranges(0, &table(), standing, turns);
    rows.sort();
    rows
}

#[test]
fn the_runtimes_columns_stand_behind_key_and_row() {
    let table = table();
    let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    assert_eq!(
        names,
        [
            "thing",
            "place",
            "from_position",
            "state",
            "note",
            "from_at",
            "to_position",
            "to_at"
        ]
    );
    assert_eq!(table.key, 3);
    let asked = row![OWNER, 7_i64, "open", Value::Null];
    assert_eq!(table.misfit(&asked), None);
    for bad in [
        row![OWNER, 7_i64, "open"],
        row![OWNER, 7_i64, Value::Null, Value::Null],
        row![OWNER, 7_i64, "open", "a note"],
        range(7, 1, "open", None),
    ] {
        assert!(table.misfit(&bad).is_some(), "{bad:?}");
    }
}

#[test]
fn a_row_holds_from_the_event_that_made_it_to_the_one_that_changed_it() {
    let turns = [turn(3, &[(1, "open")]), turn(9, &[(1, "done")])];
    assert_eq!(
        made(Vec::new(), &turns),
        [range(1, 3, "open", Some(9)), range(1, 9, "done", None)]
    );
}

#[test]
fn equal_rows_that_follow_one_another_are_one_range() {
    let turns = [
        turn(3, &[(1, "open")]),
        turn(4, &[(1, "open"), (2, "open")]),
        turn(5, &[(1, "open"), (2, "done")]),
    ];
    assert_eq!(
        made(Vec::new(), &turns),
        [
            range(1, 3, "open", None),
            range(2, 4, "open", Some(5)),
            range(2, 5, "done", None)
        ]
    );
}

#[test]
fn a_row_that_goes_and_comes_back_has_two_ranges() {
    let turns = [
        turn(1, &[]),
        turn(3, &[(1, "open")]),
        turn(4, &[]),
        turn(8, &[(1, "open")]),
    ];
    assert_eq!(
        made(Vec::new(), &turns),
        [range(1, 3, "open", Some(4)), range(1, 8, "open", None)]
    );
}

#[test]
fn a_later_batch_goes_on_where_the_one_before_ended() {
    let standing = vec![range(1, 3, "open", None), range(2, 3, "open", Some(5))];
    assert_eq!(
        made(standing, &[turn(9, &[(1, "done")])]),
        [
            range(1, 3, "open", Some(9)),
            range(1, 9, "done", None),
            range(2, 3, "open", Some(5))
        ]
    );
}

#[test]
fn what_stands_is_left_alone_where_nothing_happened() {
    let standing = vec![range(1, 3, "open", None)];
    assert_eq!(made(standing.clone(), &[]), standing);
    assert_eq!(made(standing.clone(), &[turn(4, &[(1, "open")])]), standing);
}

#[test]
fn events_that_come_again_make_what_they_made_before() {
    let turns = [
        turn(3, &[(1, "open")]),
        turn(5, &[(1, "done"), (2, "open")]),
        turn(7, &[(2, "done")]),
    ];
    let whole = made(Vec::new(), &turns);
    for from in 0..turns.len() {
        let mut again = made(whole.clone(), &turns[from..]);
        assert_eq!(again, whole, "again from turn {from}");
        // The events come in the batches of then, so that what stands is ahead of them for a while.
        again = made(whole.clone(), &turns[from..=from]);
        for turn in &turns[from + 1..] {
            again = made(again, std::slice::from_ref(turn));
        }
        assert_eq!(again, whole, "one by one from turn {from}");
    }
}

/// A stream that does this and that.
fn story(dice: &mut Dice) -> Vec<Turn> {
    const STATES: [&str; 3] = ["open", "done", "lost"];
    let mut position = 0;
    let turns = 1 + dice.roll(30);
    (0..turns)
        .map(|_| {
            position += 1 + dice.roll(4);
            let places = (0..3).filter(|_| dice.roll(3) > 0).collect::<Vec<i64>>();
            let rows = places
                .into_iter()
                .map(|place| (place, STATES[dice.roll(3) as usize]));
            turn(position, &rows.collect::<Vec<_>>())
        })
        .collect()
}

#[test]
fn however_events_are_cut_into_batches_the_ranges_are_the_same() {
    for seed in 1..=500 {
        let mut dice = Dice::new(seed);
        let turns = story(&mut dice);
        let whole = made(Vec::new(), &turns);
        let (mut standing, mut rest) = (Vec::new(), &turns[..]);
        while !rest.is_empty() {
            let (batch, later) = rest.split_at(1 + dice.roll(rest.len() as u64) as usize);
            standing = made(standing, batch);
            // Sometimes a batch comes once more.
            if dice.roll(4) == 0 {
                standing = made(standing, batch);
            }
            rest = later;
        }
        assert_eq!(standing, whole, "seed {seed}");
    }
}

#[test]
fn at_every_position_the_ranges_say_what_was_asked_for_last() {
    let table = table();
    for seed in 1..=500 {
        let turns = story(&mut Dice::new(seed));
        let rows = made(Vec::new(), &turns);
        for position in 0..=turns.last().unwrap().position + 1 {
            let holds = |row: &&Row| {
                let (from, to) = table.range(row);
                from.unwrap() <= position && to.is_none_or(|to| position < to)
            };
            let found: BTreeSet<(Value, Value)> = rows
                .iter()
                .filter(holds)
                .map(|row| (row[1].clone(), row[3].clone()))
                .collect();
            let last = turns.iter().rev().find(|turn| turn.position <= position);
            let asked = last.into_iter().flat_map(|turn| &turn.rows);
            let asked = asked.map(|(_, row)| (row[1].clone(), row[2].clone()));
            assert_eq!(found, asked.collect(), "seed {seed}, position {position}");
        }
    }
}
