//! One declaration as the view shows it.
#![allow(clippy::unwrap_used)]

use docket_declaration_view::{DeclarationProjector, DeclarationRow, Declarations, NAME};
use docket_domain::declaration::{Declaration, DraftDeleted};
use docket_domain::time::Instant;
use docket_domain::vocabulary::Status;
use docket_projection::testing::{Cast, Dice, Ground, PlainLog, Walk, history, views};
use docket_projection::{Engine, History};
use std::sync::Arc;

/// The declarations of a history as the view shows them, the same on every engine.
async fn shown(events: &History, n: u64) -> Option<DeclarationRow> {
    let [sqlite, postgres] = Engine::ALL;
    let row = shown_on(sqlite, events, n).await;
    assert_eq!(shown_on(postgres, events, n).await, row);
    row
}

async fn shown_on(engine: Engine, events: &History, n: u64) -> Option<DeclarationRow> {
    let (ground, log) = (Ground::new(engine), PlainLog::default());
    let views = views(&ground, &log, vec![Arc::new(DeclarationProjector)]).await;
    log.append(events).await;
    views.catch_up().await.unwrap();
    Declarations::new(views.view(NAME).unwrap())
        .get(Cast::declaration(n))
        .await
        .unwrap()
}

fn at(n: i64) -> Instant {
    Instant::parse("2026-03-02T09:00:00+08:00")
        .unwrap()
        .plus_micros(n * 1_000_000)
}

/// A walk of so many events that is still going on.
fn walked(events: usize) -> (Walk, History) {
    let walked = (1..).find_map(|seed| {
        let (mut walk, mut dice) = (Walk::new(1), Dice::new(seed));
        let history: History = (0..events)
            .map_while(|n| walk.step(at(n as i64), &mut dice))
            .collect();
        (history.len() == events && walk.declaration().status == Status::InProgress)
            .then_some((walk, history))
    });
    walked.unwrap()
}

fn path(declaration: &Declaration) -> Vec<u32> {
    let mut path: Vec<u32> = declaration.live_path().iter().map(|step| step.n).collect();
    path.sort_unstable();
    path
}

#[tokio::test]
async fn steps_and_the_live_path_are_those_of_the_rules() {
    for events in [4, 9, 14] {
        let (walk, history) = walked(events);
        let (row, declaration) = (shown(&history, 1).await.unwrap(), walk.declaration());
        assert_eq!(
            (row.version, row.status, row.number.as_str()),
            (
                events as u64,
                declaration.status,
                declaration.number.as_str()
            )
        );
        assert_eq!(
            row.steps
                .iter()
                .filter(|step| step.live)
                .map(|step| step.n)
                .collect::<Vec<_>>(),
            path(declaration)
        );
        assert_eq!(row.steps.len(), declaration.steps.len());
        for (shown, step) in row.steps.iter().zip(&declaration.steps) {
            assert_eq!(
                (shown.unit, shown.state, shown.removed),
                (step.unit, step.state, step.removed)
            );
            assert_eq!(
                shown.handler.as_ref().map(|handler| handler.person),
                step.handler
            );
            assert_eq!(
                (&shown.opinion, shown.publicity, shown.tab),
                (&step.opinion, step.publicity, step.state.tab())
            );
            assert_eq!(shown.deadline.extended, step.extended);
        }
        assert_eq!(row.person, declaration.person);
        assert_eq!(row.sections.len(), declaration.sections.len());
        assert_eq!(
            (row.created_at, row.submitted_at),
            (declaration.created_at, declaration.submitted_at)
        );
    }
}

#[tokio::test]
async fn a_draft_shows_its_choices_and_nobody() {
    let mut walk = Walk::new(1);
    let draft = vec![walk.step(at(0), &mut Dice::new(1)).unwrap()];
    let row = shown(&draft, 1).await.unwrap();
    assert!(walk.declaration().person.is_some());
    assert_eq!(
        (row.person, row.status, row.target),
        (None, Status::Draft, walk.declaration().target)
    );
    assert_eq!(
        (row.title, row.steps),
        (walk.declaration().title.clone(), vec![])
    );
}

#[tokio::test]
async fn a_deleted_draft_and_an_unknown_one_are_not_there() {
    let mut walk = Walk::new(1);
    let mut events = vec![walk.step(at(0), &mut Dice::new(1)).unwrap()];
    let author = events[0].1.author;
    events.push(walk.add(at(1), author, DraftDeleted {}));
    assert_eq!(shown(&events, 1).await, None);
    assert_eq!(shown(&history(3, 30, 1), 99).await, None);
}
