//! What an applicant sees of a declaration on its way (§13A.5, A43).
#![allow(clippy::unwrap_used)]

use docket_domain::Kind;
use docket_domain::declaration::DraftDeleted;
use docket_domain::time::Instant;
use docket_domain::vocabulary::{Status, StepState, StepType};
use docket_domain::workflow::Definition;
use docket_my_declarations::{Mine, MyDeclarations, MyDeclarationsProjector, NAME, PathStep};
use docket_projection::testing::{Cast, Dice, Ground, PlainLog, Walk, history, views};
use docket_projection::{Engine, History};
use std::ops::Range;
use std::sync::Arc;

type Way = &'static [(StepType, StepState)];

async fn listed(events: &History, person: u64) -> Vec<Mine> {
    all_listed(events, person..person + 1).await.swap_remove(0)
}

/// The lists of several people, the same on every engine.
async fn all_listed(events: &History, people: Range<u64>) -> Vec<Vec<Mine>> {
    let [sqlite, postgres] = Engine::ALL;
    let lists = listed_on(sqlite, events, people.clone()).await;
    assert_eq!(listed_on(postgres, events, people).await, lists);
    lists
}

async fn listed_on(engine: Engine, events: &History, people: Range<u64>) -> Vec<Vec<Mine>> {
    let (ground, log) = (Ground::new(engine), PlainLog::default());
    let views = views(&ground, &log, vec![Arc::new(MyDeclarationsProjector)]).await;
    log.append(events).await;
    views.catch_up().await.unwrap();
    let mine = MyDeclarations::new(views.view(NAME).unwrap());
    let mut lists = Vec::new();
    for person in people {
        lists.push(pages(&mine, person).await);
    }
    lists
}

async fn pages(mine: &MyDeclarations, person: u64) -> Vec<Mine> {
    let (mut items, mut after) = (Vec::new(), None);
    loop {
        let page = mine
            .list(Cast::person(100 + person), after, 2)
            .await
            .unwrap();
        items.extend(page.items);
        match page.next_cursor {
            Some(cursor) => after = Some(cursor.to_string().parse().unwrap()),
            None => return items,
        }
    }
}

fn at(n: i64) -> Instant {
    Instant::parse("2026-03-02T09:00:00+08:00")
        .unwrap()
        .plus_micros(n * 1_000_000)
}

fn definition(kind: Kind) -> Definition {
    Definition::builtin()
        .into_iter()
        .find(|definition| definition.kind == kind)
        .unwrap()
}

/// A draft of a kind.
fn draft(kind: Kind) -> (Walk, History) {
    let made = (1..).find_map(|seed| {
        let mut walk = Walk::new(1);
        let event = walk.step(at(0), &mut Dice::new(seed))?;
        (walk.declaration().kind == kind).then_some((walk, vec![event]))
    });
    made.unwrap()
}

fn bar(mine: &Mine) -> String {
    let points = mine.progress(&definition(mine.kind));
    points
        .iter()
        .map(|point| format!("{}:{}", point.label, point.reached.code()))
        .collect::<Vec<_>>()
        .join(" ")
}

async fn drafted(kind: Kind) -> Mine {
    listed(&draft(kind).1, 1).await.swap_remove(0)
}

fn on(mut mine: Mine, path: &[(StepType, StepState)]) -> Mine {
    let step = |(step_type, state): &(StepType, StepState)| PathStep {
        unit: Cast::unit(1),
        step_type: *step_type,
        state: *state,
    };
    mine.path = path.iter().map(step).collect();
    mine.open = path.iter().copied().find(|(_, state)| state.is_open());
    mine.status = Status::InProgress;
    mine
}

#[tokio::test]
async fn a_draft_shows_no_submission_and_a_grey_way() {
    let mine = drafted(Kind::Review).await;
    assert_eq!(
        (
            mine.submitted_at,
            mine.status_text(&definition(Kind::Review))
        ),
        (None, "填写中")
    );
    let way = "填写中:current 单位审核:ahead 单位公示:ahead 单位上报:ahead 主管部门审核:ahead 评审委员会审核:ahead";
    assert_eq!(bar(&mine), way);
    assert!(bar(&drafted(Kind::Initial).await).ends_with("受理单位审核:ahead"));
}

#[tokio::test]
async fn real_steps_come_first_and_the_usual_rest_stays_grey() {
    use StepState::{Publicizing, Reported, ToReview, ToSign};
    use StepType::{Committee, Superior, WorkUnit};
    let (mine, definition) = (drafted(Kind::Review).await, definition(Kind::Review));
    let cases: [(Way, &str, &str); 4] = [
        (
            &[(WorkUnit, ToSign)],
            "待单位审核",
            "单位审核:current 单位公示:ahead 单位上报:ahead 主管部门审核:ahead 评审委员会审核:ahead",
        ),
        (
            &[(WorkUnit, Publicizing)],
            "单位公示中",
            "单位审核:done 单位公示:current 单位上报:ahead 主管部门审核:ahead 评审委员会审核:ahead",
        ),
        (
            &[(WorkUnit, Reported), (Superior, ToReview)],
            "待主管部门审核",
            "单位审核:done 单位公示:done 单位上报:done 主管部门审核:current 评审委员会审核:ahead",
        ),
        (
            &[(WorkUnit, Reported), (Committee, ToSign)],
            "待评审委员会审核",
            "单位审核:done 单位公示:done 单位上报:done 评审委员会审核:current",
        ),
    ];
    for (path, status, expected) in cases {
        let mine = on(mine.clone(), path);
        assert_eq!(mine.status_text(&definition), status);
        assert_eq!(bar(&mine), format!("填写中:done {expected}"));
    }
}

#[tokio::test]
async fn a_return_brings_the_applicant_back_to_the_beginning() {
    let mut mine = on(
        drafted(Kind::Review).await,
        &[(StepType::WorkUnit, StepState::Returned)],
    );
    mine.status = Status::Returned;
    assert_eq!(mine.status_text(&definition(Kind::Review)), "已退回");
    assert!(bar(&mine).starts_with("填写中:current 单位审核:ahead"));
}

#[tokio::test]
async fn a_deleted_draft_vanishes() {
    let (mut walk, mut events) = draft(Kind::Review);
    let author = events[0].1.author;
    events.push(walk.add(at(1), author, DraftDeleted {}));
    assert_eq!(listed(&events, 1).await, vec![]);
}

#[tokio::test]
async fn everybody_sees_their_own_and_all_of_it_newest_first() {
    let events = history(200, 1_500, 2);
    let mut seen = 0;
    for items in all_listed(&events, 0..40).await {
        assert!(items.is_sorted_by_key(|item| (std::cmp::Reverse(item.created_at), item.id)));
        seen += items.len();
    }
    let streams: std::collections::BTreeSet<_> = events.iter().map(|(stream, _)| stream).collect();
    let deleted = events
        .iter()
        .filter(|(_, envelope)| envelope.event.kind() == "DraftDeleted")
        .count();
    assert!(deleted > 0);
    assert_eq!(seen, streams.len() - deleted);
}
