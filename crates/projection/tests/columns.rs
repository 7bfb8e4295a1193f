//! The laws of every column type: round trip, equality, order.
#![allow(clippy::unwrap_used)]

use docket_domain::time::{Day, Instant};
use docket_domain::{Category, Envelope};
use docket_projection::testing::{Ground, PlainLog, history, views};
use docket_projection::{
    ColumnType, Folded, Gate, Projector, Row, Rows, Table, Value, Views, contains,
};
use sea_query::{Expr, ExprTrait, NullOrdering, Order, Query, SelectStatement};
use std::sync::Arc;
use uuid::Uuid;

docket_projection::on_both_engines!(
    values_come_back_equal_and_in_order_live_and_after_a_rebuild,
    every_typed_parameter_finds_its_row,
    queries_mean_the_same,
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

async fn every_typed_parameter_finds_its_row(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, vec![Arc::new(Samples)]).await;
    log.append(&history(1, 3, 1)).await;
    views.catch_up().await.unwrap();
    let view = views.view("samples").unwrap();
    for (name, kind) in TYPES {
        for (at, value) in samples(kind).into_iter().enumerate() {
            let mut equal = Query::select();
            equal.expr(Expr::col("sample").count()).from(name);
            equal.and_where(Expr::col("sample").eq(value.clone().bind()));
            let mut below = Query::select();
            below.expr(Expr::col("sample").count()).from(name);
            below.and_where(Expr::col("sample").lt(value.bind()));
            let mut counted = Vec::new();
            for select in [equal, below] {
                let mut rows = view.select(&select).await.unwrap();
                counted.push(rows[0].take::<u64>().unwrap());
            }
            assert_eq!(counted, [1, at as u64], "{name}");
        }
    }
}

/// The samples that a query finds, in its order.
async fn found(views: &Views, select: &SelectStatement) -> Vec<Option<String>> {
    let view = views.view("samples").unwrap();
    let mut rows = view.select(select).await.unwrap();
    rows.iter_mut().map(|row| row.take().unwrap()).collect()
}

async fn queries_mean_the_same(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, vec![Arc::new(Samples)]).await;
    log.append(&history(1, 3, 1)).await;
    views.catch_up().await.unwrap();
    let texts = || Query::select().column("again").from("texts").to_owned();
    let mut part = texts();
    part.and_where(contains("sample", "A"))
        .order_by("sample", Order::Asc);
    let some = |texts: &[&str]| -> Vec<Option<String>> {
        texts.iter().map(|text| Some((*text).to_owned())).collect()
    };
    assert_eq!(
        found(&views, &part).await,
        some(&["A", "a", "a\nb", "a'b", "a\\b"])
    );
    for (literal, expected) in [
        ("É", some(&[])),
        ("é", some(&["é"])),
        ("\\", some(&["a\\b"])),
        ("%", some(&[])),
        ("_", some(&[])),
    ] {
        let mut part = texts();
        part.and_where(contains("sample", literal));
        assert_eq!(found(&views, &part).await, expected, "{literal}");
    }
    for (order, nulls, first) in [
        (Order::Asc, NullOrdering::First, None),
        (Order::Asc, NullOrdering::Last, Some(" ")),
        (Order::Desc, NullOrdering::First, None),
        (Order::Desc, NullOrdering::Last, Some("𠮷")),
    ] {
        let mut ordered = texts();
        ordered.order_by_with_nulls("again", order, nulls).limit(1);
        assert_eq!(found(&views, &ordered).await, [first.map(str::to_owned)]);
    }
    let mut page = texts();
    page.and_where(Expr::col("sample").gt("Z"))
        .and_where(Expr::col("sample").lt("b"))
        .order_by("sample", Order::Asc)
        .limit(2)
        .offset(1);
    assert_eq!(found(&views, &page).await, some(&["a\nb", "a'b"]));
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
