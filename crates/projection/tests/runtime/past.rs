//! Tables of history: what stood when, live, delivered again, rebuilt, parked and erased.

use super::*;
use docket_domain::{Category, Event};
use docket_projection::{
    AsOf, ColumnType, Folded, NoPast, Past, Projector, Rows, Table, row, rows_of,
};

docket_projection::on_both_engines!(
    the_laws_hold_for_history,
    an_event_of_a_later_batch_ends_the_range_of_an_earlier_one,
    a_deleted_draft_leaves_no_range,
    a_parked_stream_keeps_its_ranges_and_a_retry_completes_them,
    the_ranges_of_a_parked_stream_do_not_depend_on_how_its_events_were_delivered,
    a_moment_of_the_log_is_found_by_position_and_by_time,
);

/// Where a declaration stood when, and which sections it had, drafts too.
struct Chronicle {
    /// Whether a termination makes it panic.
    panics: bool,
}

const NAME: &str = "chronicle";

impl Projector for Chronicle {
    fn name(&self) -> &'static str {
        NAME
    }

    fn rule(&self) -> &'static str {
        "1"
    }

    fn tables(&self) -> Vec<Table> {
        let (declaration, id) = (Category::Declaration, ColumnType::Id);
        let chronicle = Table::of_history("chronicle", declaration, "declaration", id)
            .key("unit", id)
            .column("status", ColumnType::Code)
            .optional("step", ColumnType::Code)
            .column("open", ColumnType::Flag)
            .index("chronicle_status", &["unit", "status", "from_position"])
            .count_by(&["status"]);
        let statuses = Table::of_history("statuses", declaration, "declaration", id)
            .column("status", ColumnType::Code)
            .optional("submitted_at", ColumnType::Instant);
        let now = Table::of_states("chronicle_now", declaration, "declaration", id)
            .column("version", ColumnType::Int);
        vec![chronicle, statuses, now]
    }

    fn rows(&self, folded: &Folded, rows: &mut Rows) {
        let Some(declaration) = folded.declaration() else {
            return;
        };
        let (id, status) = (declaration.id, declaration.status);
        rows.add("chronicle_now", row![id, folded.version]);
        rows.add("statuses", row![id, status, declaration.submitted_at]);
        for unit in declaration.units() {
            let step = declaration.step_shown_to(unit);
            rows.add(
                "chronicle",
                row![
                    id,
                    unit,
                    status,
                    step.map(|step| step.state),
                    step.is_some_and(|step| step.is_open())
                ],
            );
        }
    }

    fn entries(&self, _: &Folded, event: &Envelope, _: &mut Rows) {
        assert!(
            !(self.panics && matches!(event.event, Event::Terminated(_))),
            "this projector fears the end"
        );
    }
}

async fn chronicle(ground: &Ground, log: &PlainLog, panics: bool) -> Views {
    views(ground, log, vec![Arc::new(Chronicle { panics })]).await
}

type Ranges = Vec<(u64, Option<u64>)>;

/// The ranges of a table, by position.
async fn ranges(views: &Views, table: &str) -> Ranges {
    let rows = views.dump(NAME).await.unwrap().remove(table).unwrap();
    let tables = Chronicle { panics: false }.tables();
    let table = tables.iter().find(|one| one.name == table).unwrap();
    let number = |value: &Value| match value {
        Value::Int(number) => Some(*number as u64),
        _ => None,
    };
    let (from, to) = (
        table.position("from_position"),
        table.position("to_position"),
    );
    let mut ranges: Ranges = rows
        .iter()
        .map(|row| (number(&row[from]).unwrap(), number(&row[to])))
        .collect();
    ranges.sort_unstable();
    ranges
}

async fn stands_as_asked(views: &Views, log: &PlainLog) {
    let mut stands = views.dump(NAME).await.unwrap();
    stands.retain(|_, rows| !rows.is_empty());
    let asked = rows_of(&Chronicle { panics: false }, &log.history().await);
    assert_eq!(stands, asked);
}

/// A rebuild that would switch finds what is live.
async fn rebuilds_alike(views: &Views) {
    let rebuilt = views.rebuild(&[NAME], Gate::Strict, &|_| {}).await.unwrap();
    assert_eq!(rebuilt[0].differences, Vec::<String>::new());
}

async fn the_laws_hold_for_history(ground: Ground) {
    for seed in 1..=6 {
        let ground = &Ground::new(ground.engine());
        let projector = Arc::new(Chronicle { panics: false });
        holds_the_laws(ground, projector, History::new(), seed).await;
    }
}

async fn an_event_of_a_later_batch_ends_the_range_of_an_earlier_one(ground: Ground) {
    let log = PlainLog::default();
    let views = chronicle(&ground, &log, false).await;
    let (mut walk, events) = submitted(1);
    let submission = log.append(&events).await;
    views.catch_up().await.unwrap();
    let open = ranges(&views, "statuses").await;
    assert_eq!(open.last(), Some(&(submission, None)));
    let end = log.append(&[terminated(&mut walk)]).await;
    views.catch_up().await.unwrap();
    let closed = ranges(&views, "statuses").await;
    assert_eq!(
        closed[closed.len() - 2..],
        [(submission, Some(end)), (end, None)]
    );
    stands_as_asked(&views, &log).await;
    rebuilds_alike(&views).await;
    assert_eq!(ranges(&views, "statuses").await, closed);
}

async fn a_deleted_draft_leaves_no_range(ground: Ground) {
    let log = PlainLog::default();
    let views = chronicle(&ground, &log, false).await;
    let (mut walk, mut dice) = (Walk::new(3), Dice::new(2));
    log.append(&[walk.step(now(), &mut dice).unwrap()]).await;
    views.catch_up().await.unwrap();
    assert_eq!(ranges(&views, "statuses").await, [(1, None)]);
    log.append(&[walk.add(now(), applicant(), DraftDeleted {})])
        .await;
    views.catch_up().await.unwrap();
    assert_eq!(ranges(&views, "statuses").await, []);
    rebuilds_alike(&views).await;
    assert_eq!(ranges(&views, "statuses").await, []);
}

async fn a_parked_stream_keeps_its_ranges_and_a_retry_completes_them(ground: Ground) {
    let log = PlainLog::default();
    let views = chronicle(&ground, &log, false).await;
    let (mut walk, events) = submitted(1);
    let submission = log.append(&events).await;
    let broken = log.append(&[terminated(&mut walk)]).await;
    log.break_at(broken, true);
    log.append(&submitted(2).1).await;
    views.catch_up().await.unwrap();
    let kept = ranges(&views, "statuses").await;
    assert!(kept.contains(&(submission, None)), "{kept:?}");
    rebuilds_alike(&views).await;
    assert_eq!(ranges(&views, "statuses").await, kept);
    log.break_at(broken, false);
    assert!(views.retry(NAME, &walk.stream().to_string()).await.unwrap());
    let complete = ranges(&views, "statuses").await;
    assert!(
        complete.contains(&(submission, Some(broken))),
        "{complete:?}"
    );
    stands_as_asked(&views, &log).await;
    rebuilds_alike(&views).await;
}

async fn the_ranges_of_a_parked_stream_do_not_depend_on_how_its_events_were_delivered(
    ground: Ground,
) {
    let log = PlainLog::default();
    let fast = Ground::new(ground.engine());
    let one = chronicle(&ground, &log, true).await;
    let all = chronicle(&fast, &log, true).await;
    let (mut first, mut events) = submitted(1);
    events.push(terminated(&mut first));
    events.extend(submitted(2).1);
    for event in events {
        log.append(&[event]).await;
        one.catch_up().await.unwrap();
    }
    all.catch_up().await.unwrap();
    assert_eq!(one.parked(NAME).await.unwrap().len(), 1);
    let rows = one.dump(NAME).await.unwrap();
    assert!(!rows["chronicle"].is_empty());
    assert_eq!(all.dump(NAME).await.unwrap(), rows);
    for views in [&one, &all] {
        rebuilds_alike(views).await;
        assert_eq!(views.dump(NAME).await.unwrap(), rows);
    }
}

async fn a_moment_of_the_log_is_found_by_position_and_by_time(ground: Ground) {
    let log = PlainLog::default();
    let views = chronicle(&ground, &log, false).await;
    let past = |asked: &str, now: &str| {
        let (asked, now) = (asked.parse::<AsOf>().unwrap(), Instant::parse(now).unwrap());
        let views = views.clone();
        async move { views.past(asked, now).await }
    };
    let (start, later) = ("2026-03-02T09:00:00+08:00", "2026-03-09T09:00:00+08:00");
    assert_eq!(past(start, later).await, Err(NoPast::BeforeTheLog));
    let events = history(3, 20, 1);
    let head = log.append(&events).await;
    let at = |n: usize| events[n].1.at;
    for (asked, position, when) in [
        ("1".to_owned(), 1, at(0)),
        (head.to_string(), head, at(head as usize - 1)),
        (at(4).to_rfc3339(), 5, at(4)),
        (at(4).plus_micros(1).to_rfc3339(), 5, at(4).plus_micros(1)),
        (later.to_owned(), head, Instant::parse(later).unwrap()),
    ] {
        let found = past(&asked, later).await;
        let expected = Past { position, at: when };
        assert_eq!(found, Ok(expected), "{asked}");
    }
    for early in ["0", "2026-03-01T09:00:00+08:00"] {
        assert_eq!(
            past(early, later).await,
            Err(NoPast::BeforeTheLog),
            "{early}"
        );
    }
    for late in [(head + 1).to_string(), later.to_owned()] {
        let found = past(&late, start).await;
        assert_eq!(found, Err(NoPast::Future { head }), "{late}");
    }
    // What is recorded is past, whatever the clock of this node says.
    let newest = at(head as usize - 1).to_rfc3339();
    assert_eq!(past(&newest, start).await.unwrap().position, head);
}
