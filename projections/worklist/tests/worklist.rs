//! Pages, filters and counts over many declarations.
#![allow(clippy::unwrap_used)]

use docket_domain::vocabulary::{StepState, Tab};
use docket_domain::{Kind, State, UnitId};
use docket_projection::testing::{Cast, Ground, PlainLog, history, views};
use docket_projection::{Folded, Gate, Views};
use docket_worklist::{Counts, Cursor, Filter, From, Item, Question, Worklist, WorklistProjector};
use std::collections::BTreeMap;
use std::sync::Arc;

docket_projection::on_both_engines!(
    counts_are_exact_and_every_tab_lists_as_many,
    pages_follow_one_another_newest_submission_first,
    filters_narrow_rows_and_total_but_not_the_counts,
    a_cursor_holds_across_generations,
    what_waits_for_a_signature_is_found_by_id,
    lists_mask_people_but_not_the_legal_user,
);

type Passes<'a> = Box<dyn Fn(&Item) -> bool + 'a>;

struct Desk {
    _ground: Ground,
    views: Views,
    worklist: Worklist,
    declarations: Vec<docket_domain::declaration::Declaration>,
}

/// 120 declarations on their ways.
async fn desk(ground: Ground) -> Desk {
    let log = PlainLog::default();
    let views = views(&ground, &log, vec![Arc::new(WorklistProjector)]).await;
    log.append(&history(120, 1_500, 11)).await;
    views.catch_up().await.unwrap();
    let worklist = Worklist::new(views.view(docket_worklist::NAME).unwrap());
    let mut folded: BTreeMap<_, Folded> = BTreeMap::new();
    for (stream, envelope) in log.history().await {
        folded
            .entry(stream.clone())
            .or_insert_with(|| Folded::new(stream))
            .apply(&envelope);
    }
    let declarations = folded
        .into_values()
        .filter_map(|folded| match folded.state {
            State::Declaration(Some(declaration)) => Some(*declaration),
            _ => None,
        });
    Desk {
        _ground: ground,
        views,
        worklist,
        declarations: declarations.collect(),
    }
}

impl Desk {
    async fn all(&self, unit: UnitId, filter: &Filter, limit: u32) -> Vec<Item> {
        let (mut items, mut from) = (Vec::new(), From::Start);
        loop {
            let question = Question {
                unit,
                filter: filter.clone(),
                from,
                limit,
            };
            let page = self.worklist.page(&question).await.unwrap();
            assert!(page.items.len() <= limit as usize);
            items.extend(page.items);
            match page.next_cursor {
                Some(cursor) => from = From::Cursor(cursor.to_string().parse::<Cursor>().unwrap()),
                None => return items,
            }
        }
    }

    fn expected(&self, unit: UnitId, tab: Tab) -> usize {
        let shown = self
            .declarations
            .iter()
            .filter_map(|declaration| declaration.step_shown_to(unit));
        shown
            .filter(|step| tab == Tab::All || step.state.tab() == tab)
            .count()
    }
}

fn units() -> impl Iterator<Item = UnitId> {
    (0..10).map(Cast::unit)
}

fn in_tab(tab: Tab) -> Filter {
    Filter {
        tab,
        ..Filter::default()
    }
}

async fn counts_are_exact_and_every_tab_lists_as_many(ground: Ground) {
    let desk = desk(ground).await;
    for unit in units() {
        let counts: Counts = desk.worklist.counts(unit, &[]).await.unwrap();
        for (tab, n) in counts.iter() {
            assert_eq!(n as usize, desk.expected(unit, tab), "{unit} {tab}");
            let items = desk.all(unit, &in_tab(tab), 7).await;
            assert_eq!(items.len(), n as usize);
            assert!(items.iter().all(|item| tab == Tab::All || item.tab == tab));
        }
    }
}

async fn pages_follow_one_another_newest_submission_first(ground: Ground) {
    let desk = desk(ground).await;
    let unit = Cast::unit(8);
    let whole = desk.all(unit, &Filter::default(), 100).await;
    assert!(whole.len() > 20, "{}", whole.len());
    assert!(
        whole.is_sorted_by_key(|item| (std::cmp::Reverse(item.submitted_at), item.declaration_id))
    );
    for limit in [1, 3, 20] {
        assert_eq!(desk.all(unit, &Filter::default(), limit).await, whole);
    }
    for (page, expected) in whole.chunks(6).enumerate() {
        let question = Question {
            unit,
            filter: Filter::default(),
            from: From::Page(page as u32 + 1),
            limit: 6,
        };
        assert_eq!(desk.worklist.page(&question).await.unwrap().items, expected);
    }
    let far = Question {
        unit,
        filter: Filter::default(),
        from: From::Page(2_000),
        limit: 6,
    };
    assert_eq!(desk.worklist.page(&far).await.unwrap().items, vec![]);
}

fn only(change: impl FnOnce(&mut Filter)) -> Filter {
    let mut filter = Filter::default();
    change(&mut filter);
    filter
}

/// Filters on texts, each with what passes it.
fn by_text(some: &Item) -> Vec<(Filter, Passes<'_>)> {
    let starts = |item: &Item, text: &str| item.number.starts_with(text);
    let named = |item: &Item| {
        item.applicant
            .as_deref()
            .is_some_and(|name| name.starts_with('张'))
    };
    vec![
        (
            only(|f| f.number = Some(some.number.clone())),
            Box::new(|i| i.number == some.number),
        ),
        (
            only(|f| f.number = Some("2026030200".into())),
            Box::new(move |i| starts(i, "2026030200")),
        ),
        (only(|f| f.name = Some("张".into())), Box::new(named)),
        (only(|f| f.name = Some("静".into())), Box::new(|_| false)),
        (
            only(|f| f.phone = Some("13800000000".into())),
            Box::new(|_| true),
        ),
        (
            only(|f| f.phone = Some("1380000000".into())),
            Box::new(|_| false),
        ),
        (
            only(|f| f.id_number = Some("500112199506120027".into())),
            Box::new(|_| true),
        ),
    ]
}

/// Filters on the rest, each with what passes it.
fn by_value(some: &Item) -> Vec<(Filter, Passes<'_>)> {
    let day = some.submitted_at.day();
    let on_day = only(|f| (f.submitted_from, f.submitted_to) = (Some(day), Some(day)));
    vec![
        (
            only(|f| f.work_units = Some(vec![some.work_unit])),
            Box::new(|i| i.work_unit == some.work_unit),
        ),
        (only(|f| f.work_units = Some(vec![])), Box::new(|_| false)),
        (on_day, Box::new(move |i| i.submitted_at.day() == day)),
        (
            only(|f| f.submitted_to = Some(day.pred())),
            Box::new(move |i| i.submitted_at.day() < day),
        ),
        (
            only(|f| f.kinds = vec![Kind::Initial]),
            Box::new(|i| i.kind == Kind::Initial),
        ),
    ]
}

async fn filters_narrow_rows_and_total_but_not_the_counts(ground: Ground) {
    let desk = desk(ground).await;
    let unit = Cast::unit(8);
    let whole = desk.all(unit, &Filter::default(), 100).await;
    let some = whole[whole.len() / 2].clone();
    let counts = desk.worklist.counts(unit, &[]).await.unwrap();
    for (filter, passes) in by_text(&some).into_iter().chain(by_value(&some)) {
        let expected: Vec<Item> = whole.iter().filter(|item| passes(item)).cloned().collect();
        assert_eq!(desk.all(unit, &filter, 5).await, expected, "{filter:?}");
        let question = Question {
            unit,
            filter,
            from: From::Start,
            limit: 5,
        };
        let page = desk.worklist.page(&question).await.unwrap();
        assert_eq!(
            (page.total, page.total_capped),
            (expected.len() as u64, false),
            "{question:?}"
        );
        if question.filter.kinds.is_empty() {
            assert_eq!(page.counts, counts);
        }
    }
}

async fn a_cursor_holds_across_generations(ground: Ground) {
    let desk = desk(ground).await;
    let unit = Cast::unit(8);
    let question = |from| Question {
        unit,
        filter: Filter::default(),
        from,
        limit: 5,
    };
    let cursor = desk
        .worklist
        .page(&question(From::Start))
        .await
        .unwrap()
        .next_cursor
        .unwrap();
    let second = desk
        .worklist
        .page(&question(From::Cursor(cursor)))
        .await
        .unwrap();
    desk.views
        .rebuild(&[docket_worklist::NAME], Gate::Strict, &|_| {})
        .await
        .unwrap();
    assert_eq!(
        desk.worklist
            .page(&question(From::Cursor(cursor)))
            .await
            .unwrap(),
        second
    );
}

async fn what_waits_for_a_signature_is_found_by_id(ground: Ground) {
    let desk = desk(ground).await;
    for unit in units() {
        let mut expected: Vec<_> = desk
            .declarations
            .iter()
            .filter(|declaration| {
                declaration
                    .step_shown_to(unit)
                    .is_some_and(|step| step.state == StepState::ToSign)
            })
            .map(|declaration| declaration.id)
            .collect();
        expected.sort_unstable();
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = desk.worklist.pending_to_sign(unit, after, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(*last);
            found.extend(page);
        }
        assert_eq!(found, expected);
    }
}

async fn lists_mask_people_but_not_the_legal_user(ground: Ground) {
    let desk = desk(ground).await;
    let mut item = desk
        .all(Cast::unit(8), &in_tab(Tab::ToReview), 5)
        .await
        .swap_remove(0);
    item.applicant = Some("欧阳明月".to_owned());
    let handler = item.handler.as_mut().unwrap();
    handler.name = Some("张静怡".to_owned());
    let masked = item.clone().masked();
    assert_eq!(masked.applicant.as_deref(), Some("欧*"));
    assert_eq!(masked.phone.as_deref(), Some("138****0000"));
    assert_eq!(masked.id_number.as_deref(), Some("5001**********0027"));
    assert_eq!(masked.handler.unwrap().name.as_deref(), Some("张*"));
    item.handler.as_mut().unwrap().name = Some("法人用户".to_owned());
    assert_eq!(
        item.masked().handler.unwrap().name.as_deref(),
        Some("法人用户")
    );
}
