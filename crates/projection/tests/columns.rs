//! The laws of every column type: round trip, equality, order.
#![allow(clippy::unwrap_used)]

use docket_domain::time::{Day, Instant};
use docket_domain::{Category, Envelope};
use docket_projection::testing::{Ground, PlainLog, history, views};
use docket_projection::{ColumnType, Folded, Gate, Projector, Row, Rows, Table, Value};
use std::sync::Arc;
use uuid::Uuid;

docket_projection::on_both_engines!(
    values_come_back_equal_and_in_order_live_and_after_a_rebuild,
);

/// One table per column type, whose key is a column of it: every declaration asks for every value.
struct Samples;

const TYPES: [(&str, ColumnType); 8] = [
    ("ids", ColumnType::Id),
    ("codes", ColumnType::Code),
    ("texts", ColumnType::Text),
    ("ints", ColumnType::Int),
    ("instants", ColumnType::Instant),
    ("days", ColumnType::Day),
    ("flags", ColumnType::Flag),
    ("bytes", ColumnType::Bytes),
];

/// Values in their order, the first and the last that a column can hold among them.
fn samples(kind: ColumnType) -> Vec<Value> {
    match kind {
        ColumnType::Id => [0, 1, 255, 256, u128::MAX]
            .map(|n| Value::Id(Uuid::from_u128(n)))
            .to_vec(),
        ColumnType::Code | ColumnType::Text => [
            "", " ", "A", "Z", "a", "a\nb", "a'b", "a\\b", "é", "张", "𠮷",
        ]
        .map(Value::from)
        .to_vec(),
        ColumnType::Int => [i64::MIN, -1, 0, 1, 1_772_413_200_000_001, i64::MAX]
            .map(Value::Int)
            .to_vec(),
        ColumnType::Instant => [i64::MIN, -1, 0, 1, 1_772_413_200_000_001, i64::MAX]
            .map(|micros| Value::Instant(Instant::from_micros(micros)))
            .to_vec(),
        ColumnType::Day => [i64::MIN, -1, 0, 1, 11_016, 20_000, i64::MAX]
            .map(|number| Value::Day(Day::from_number(number)))
            .to_vec(),
        ColumnType::Flag => vec![Value::from(false), Value::from(true)],
        ColumnType::Bytes => [&[][..], &[0], &[0, 1], &[1], &[255]]
            .map(|bytes| Value::Bytes(bytes.to_vec()))
            .to_vec(),
    }
}

impl Projector for Samples {
    fn name(&self) -> &'static str {
        "samples"
    }

    fn rule(&self) -> &'static str {
        ""
    }

    fn tables(&self) -> Vec<Table> {
        let table = |(name, kind): &(&'static str, ColumnType)| {
            Table::of_states(name, Category::Declaration, "declaration", ColumnType::Id)
                .key("sample", *kind)
                .optional("again", *kind)
        };
        TYPES.iter().map(table).collect()
    }

    fn rows(&self, folded: &Folded, rows: &mut Rows) {
        let id = Value::Id(folded.stream.id.parse().unwrap());
        for (name, kind) in TYPES {
            for (at, value) in samples(kind).into_iter().enumerate().rev() {
                let again = if at == 0 { Value::Null } else { value.clone() };
                rows.add(name, vec![id.clone(), value, again]);
            }
        }
    }

    fn entries(&self, _: &Folded, _: &Envelope, _: &mut Rows) {}
}

async fn values_come_back_equal_and_in_order_live_and_after_a_rebuild(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, vec![Arc::new(Samples)]).await;
    log.append(&history(1, 3, 1)).await;
    views.catch_up().await.unwrap();
    for _ in 0..2 {
        let dump = views.dump("samples").await.unwrap();
        for (name, kind) in TYPES {
            let column = |at: usize| {
                dump[name]
                    .iter()
                    .map(|row: &Row| row[at].clone())
                    .collect::<Vec<_>>()
            };
            assert_eq!(column(1), samples(kind), "{name}");
            assert_eq!(column(2)[1..], samples(kind)[1..], "{name}");
            assert_eq!(column(2)[0], Value::Null, "{name}");
        }
        views
            .rebuild(&["samples"], Gate::Strict, &|_| {})
            .await
            .unwrap();
    }
}

#[test]
fn a_row_that_does_not_fit_its_table_is_told_so() {
    let table = Table::of_states("t", Category::Declaration, "id", ColumnType::Id)
        .column("flag", ColumnType::Flag)
        .optional("text", ColumnType::Text);
    let id = || Value::Id(Uuid::nil());
    let yes = || Value::Flag(true);
    assert_eq!(table.misfit(&vec![id(), yes(), Value::Null]), None);
    for row in [
        vec![id(), yes()],
        vec![id(), Value::Int(1), Value::Null],
        vec![id(), Value::Null, Value::Null],
        vec![id(), yes(), Value::Int(0)],
        vec![id(), yes(), Value::from("zero \0 character")],
        vec![Value::from("x"), yes(), Value::Null],
    ] {
        assert!(table.misfit(&row).is_some(), "{row:?}");
    }
}
