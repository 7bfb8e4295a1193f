//! Pages and counts as of positions, and what moved between two, against lists that were read then.
#![allow(clippy::unwrap_used)]

use docket_domain::time::Instant;
use docket_domain::vocabulary::Tab;
use docket_domain::{Kind, UnitId};
use docket_projection::testing::{Cast, Dice, Ground, PlainLog, history, views};
use docket_projection::{AsOf, Gate, Past, Views};
use docket_worklist::{
    Counts, Filter, From, Handler, Item, Page, Question, Worklist, WorklistProjector,
};
use docket_worklist_history::{Moved, WorklistHistory, WorklistHistoryProjector};
use std::collections::BTreeMap;
use std::sync::Arc;

docket_projection::on_both_engines!(
    every_list_that_was_read_then_is_read_again,
    filters_narrow_the_list_as_it_was,
    what_moved_is_the_difference_of_two_lists,
    all_rows_of_a_declaration_know_what_describes_it,
    a_row_is_behind_from_the_event_on_that_could_not_be_read,
);

fn units() -> impl Iterator<Item = UnitId> {
    (0..10).map(Cast::unit)
}

fn question(unit: UnitId, filter: Filter, from: From, limit: u32) -> Question {
    Question {
        unit,
        filter,
        from,
        limit,
    }
}

/// A log that grew while its worklist was looked at.
struct Then {
    _ground: Ground,
    views: Views,
    history: WorklistHistory,
    /// Whole lists with their counts, by position and unit.
    read: BTreeMap<(u64, UnitId), Page>,
}

/// What the history knows of an item.
fn codes(item: Item) -> Item {
    Item {
        version: 0,
        applicant: None,
        phone: None,
        id_number: None,
        person_category: None,
        specialty_group: None,
        series: String::new(),
        title: String::new(),
        specialty: None,
        direction: None,
        application_type: None,
        handler: item.handler.map(|handler| Handler {
            person: handler.person,
            name: None,
        }),
        ..item
    }
}

async fn then(ground: Ground, seed: u64) -> Then {
    let log = PlainLog::default();
    let views = views(
        &ground,
        &log,
        vec![
            Arc::new(WorklistProjector),
            Arc::new(WorklistHistoryProjector),
        ],
    )
    .await;
    let worklist = Worklist::new(views.view(docket_worklist::NAME).unwrap());
    let history_of = WorklistHistory::new(views.view(docket_worklist_history::NAME).unwrap());
    let mut dice = Dice::new(seed);
    let mut read = BTreeMap::new();
    let events = history(40, 500, seed);
    let mut rest = &events[..];
    while !rest.is_empty() {
        let (batch, later) = rest.split_at(rest.len().min(1 + dice.roll(60) as usize));
        let position = log.append(batch).await;
        views.catch_up().await.unwrap();
        for unit in units() {
            let all = question(unit, Filter::default(), From::Start, 1_000);
            read.insert((position, unit), worklist.page(&all).await.unwrap());
        }
        rest = later;
    }
    Then {
        _ground: ground,
        views,
        history: history_of,
        read,
    }
}

impl Then {
    async fn past(&self, position: u64) -> Past {
        let asked = AsOf::Position(position);
        self.views.past(asked, Instant::MIN).await.unwrap()
    }

    async fn whole(&self, unit: UnitId, filter: &Filter, past: Past, limit: u32) -> Vec<Item> {
        let (mut items, mut from) = (Vec::new(), From::Start);
        loop {
            let question = question(unit, filter.clone(), from, limit);
            let page = self.history.page(&question, past).await.unwrap();
            assert!(page.items.len() <= limit as usize);
            items.extend(page.items);
            match page.next_cursor {
                Some(cursor) => from = From::Cursor(cursor),
                None => return items,
            }
        }
    }

    /// Jumps to each page, the one behind the last too, which is empty.
    async fn jumps_like(&self, unit: UnitId, filter: &Filter, past: Past, expected: &[Item]) {
        const LIMIT: usize = 3;
        for page in 1..=expected.len() / LIMIT + 2 {
            let from = From::Page(u32::try_from(page).unwrap());
            let question = question(unit, filter.clone(), from, LIMIT as u32);
            let found = self.history.page(&question, past).await.unwrap();
            let right = expected.iter().skip((page - 1) * LIMIT).take(LIMIT);
            let right: Vec<&Item> = right.collect();
            assert_eq!(
                found.items.iter().collect::<Vec<_>>(),
                right,
                "{question:?}"
            );
            assert_eq!(found.total, expected.len() as u64, "{question:?}");
        }
    }
}

async fn every_list_that_was_read_then_is_read_again(ground: Ground) {
    let then = then(ground, 21).await;
    let mut rows = 0;
    for ((position, unit), page) in &then.read {
        let past = then.past(*position).await;
        let all = question(*unit, Filter::default(), From::Start, 1_000);
        let found = then.history.page(&all, past).await.unwrap();
        let items: Vec<Item> = page.items.iter().cloned().map(codes).collect();
        assert_eq!(found.items, items, "{position} {unit}");
        assert_eq!(found.counts, page.counts, "{position} {unit}");
        assert_eq!(found.total, page.total, "{position} {unit}");
        assert_eq!(then.whole(*unit, &Filter::default(), past, 3).await, items);
        then.jumps_like(*unit, &Filter::default(), past, &items)
            .await;
        rows += items.len();
    }
    assert!(rows > 300, "{rows}");
    // The same from a generation that was built at once.
    let names = [docket_worklist_history::NAME];
    let rebuilt = then.views.rebuild(&names, Gate::Strict, &|_| {}).await;
    assert_eq!(rebuilt.unwrap()[0].differences, Vec::<String>::new());
    let ((position, unit), page) = then.read.iter().nth(then.read.len() / 2).unwrap();
    let past = then.past(*position).await;
    let all = question(*unit, Filter::default(), From::Start, 1_000);
    assert_eq!(
        then.history.page(&all, past).await.unwrap().counts,
        page.counts
    );
}

async fn filters_narrow_the_list_as_it_was(ground: Ground) {
    let then = then(ground, 22).await;
    let busiest = then.read.iter().max_by_key(|(_, page)| page.items.len());
    let ((position, unit), page) = busiest.unwrap();
    let past = then.past(*position).await;
    let some = page.items[page.items.len() / 2].clone();
    let day = some.submitted_at.day();
    type Passes<'a> = Box<dyn Fn(&Item) -> bool + 'a>;
    let only = |change: &dyn Fn(&mut Filter)| {
        let mut filter = Filter::default();
        change(&mut filter);
        filter
    };
    let filters: Vec<(Filter, Passes)> = vec![
        (only(&|f| f.tab = some.tab), Box::new(|i| i.tab == some.tab)),
        (
            only(&|f| f.kinds = vec![some.kind]),
            Box::new(|i| i.kind == some.kind),
        ),
        (
            only(&|f| f.number = Some(some.number.clone())),
            Box::new(|i| i.number == some.number),
        ),
        (
            only(&|f| f.work_units = Some(vec![some.work_unit])),
            Box::new(|i| i.work_unit == some.work_unit),
        ),
        (
            only(&|f| (f.submitted_from, f.submitted_to) = (Some(day), Some(day))),
            Box::new(|i| i.submitted_at.day() == day),
        ),
        (
            only(&|f| f.submitted_from = Some(day.next())),
            Box::new(|i| i.submitted_at.day() > day),
        ),
    ];
    for (filter, passes) in filters {
        let expected = page.items.iter().filter(|item| passes(item));
        let expected: Vec<Item> = expected.cloned().map(codes).collect();
        let found = then.whole(*unit, &filter, past, 2).await;
        assert_eq!(found, expected, "{filter:?}");
        then.jumps_like(*unit, &filter, past, &expected).await;
        let question = question(*unit, filter, From::Page(1), 1);
        let first = then.history.page(&question, past).await.unwrap();
        assert_eq!(first.total, expected.len() as u64, "{question:?}");
        if question.filter.kinds.is_empty() {
            assert_eq!(first.counts, page.counts, "filters leave the counts");
        }
    }
}

fn sum<'a>(pages: impl Iterator<Item = &'a Page>) -> Counts {
    let mut sum = Counts::default();
    for page in pages {
        let tabs = page.counts.iter().filter(|(tab, _)| *tab != Tab::All);
        tabs.filter(|(_, n)| *n > 0)
            .for_each(|(tab, n)| sum.add(tab, n));
    }
    sum
}

/// Rows whose tab differs between two pages of a unit.
fn moved(before: &Page, after: &Page, unit: UnitId) -> Vec<Moved> {
    let mut rows: BTreeMap<(String, _), Moved> = BTreeMap::new();
    for (page, late) in [(before, false), (after, true)] {
        for item in &page.items {
            let key = (item.number.clone(), item.declaration_id);
            let row = rows.entry(key).or_insert_with(|| Moved {
                unit,
                number: item.number.clone(),
                declaration: item.declaration_id,
                kind: item.kind,
                before: None,
                after: None,
            });
            match late {
                true => row.after = Some(item.tab),
                false => row.before = Some(item.tab),
            }
        }
    }
    rows.into_values()
        .filter(|row| row.before != row.after)
        .collect()
}

async fn what_moved_is_the_difference_of_two_lists(ground: Ground) {
    let then = then(ground, 23).await;
    let mut positions: Vec<u64> = then.read.keys().map(|(position, _)| *position).collect();
    positions.dedup();
    let mut gone = 0;
    for (from, to) in positions
        .iter()
        .zip(&positions[1..])
        .chain([(&positions[0], positions.last().unwrap())])
    {
        let mut all = Vec::new();
        for unit in units() {
            let (before, after) = (&then.read[&(*from, unit)], &then.read[&(*to, unit)]);
            let expected = moved(before, after, unit);
            gone += expected.iter().filter(|row| row.after.is_none()).count();
            let diff = then
                .history
                .diff(*from, *to, Some(unit), Kind::ALL.as_slice());
            let diff = diff.await.unwrap();
            assert_eq!(diff.moved, expected, "{from} to {to} in {unit}");
            assert_eq!(
                (diff.before, diff.after),
                (before.counts.clone(), after.counts.clone())
            );
            all.extend(expected);
        }
        let diff = then.history.diff(*from, *to, None, Kind::ALL.as_slice());
        let diff = diff.await.unwrap();
        assert_eq!(diff.moved, all, "{from} to {to}");
        let at = |position: u64| then.read.range((position, Cast::unit(0))..).take(10);
        assert_eq!(diff.before, sum(at(*from).map(|(_, page)| page)));
        assert_eq!(diff.after, sum(at(*to).map(|(_, page)| page)));
    }
    assert!(gone > 0, "no report was taken back");
    let still = then
        .history
        .diff(positions[3], positions[3], None, Kind::ALL.as_slice());
    assert_eq!(still.await.unwrap().moved, []);
}

async fn all_rows_of_a_declaration_know_what_describes_it(ground: Ground) {
    let then = then(ground, 24).await;
    let worklist = Worklist::new(then.views.view(docket_worklist::NAME).unwrap());
    for page in then.read.values() {
        let ids: Vec<_> = page.items.iter().map(|item| item.declaration_id).collect();
        let now = worklist.any_of(&ids).await.unwrap();
        for item in &page.items {
            let now = &now[&item.declaration_id];
            assert_eq!(
                (&now.series, &now.title, &now.specialty, &now.direction),
                (&item.series, &item.title, &item.specialty, &item.direction)
            );
            assert_eq!((&now.applicant, &now.phone), (&item.applicant, &item.phone));
        }
    }
}

async fn a_row_is_behind_from_the_event_on_that_could_not_be_read(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, vec![Arc::new(WorklistHistoryProjector)]).await;
    let list = WorklistHistory::new(views.view(docket_worklist_history::NAME).unwrap());
    // One declaration alone, as far as it goes.
    let events = (1..).map(|seed| history(1, 60, seed));
    let events = events.into_iter().find(|events| events.len() > 12).unwrap();
    let broken = log.append(&events).await;
    log.break_at(broken, true);
    views.catch_up().await.unwrap();
    assert_eq!(
        views
            .parked(docket_worklist_history::NAME)
            .await
            .unwrap()
            .len(),
        1
    );
    let mut seen = 0;
    for position in [broken - 1, broken] {
        let past = views.past(AsOf::Position(position), Instant::MIN).await;
        let past = past.unwrap();
        for unit in units() {
            let all = question(unit, Filter::default(), From::Start, 10);
            for item in list.page(&all, past).await.unwrap().items {
                let since = (position == broken).then_some(events.last().unwrap().1.at);
                assert_eq!(item.behind_since, since, "{position}");
                seen += 1;
            }
        }
    }
    assert!(seen >= 2, "{seen}");
}
