//! One unit with two steps of one declaration (13A.4): work unit and accepting unit, or office.

use super::*;
use docket_domain::refusal::Code;
use docket_domain::vocabulary::{Action, StepState, StepType, Tab};

/// The college's own applicant, to be recognised by the college itself; 公示中.
fn at_home() -> Walk {
    let college = &cast().college;
    let walk = Walk::draft_to(
        World::demo_like(),
        Kind::Initial,
        cast().college_settings[0].0,
        college.id,
    );
    walk.submitted()
        .signed(college.first())
        .publicized(college.first())
}

/// Reported by the college to itself.
fn reported_home() -> Walk {
    at_home().reported(cast().college.first(), cast().college.id)
}

#[test]
fn it_publicizes_first_and_then_reports_to_itself() {
    let college = cast().college.clone();
    let walk = reported_home();
    let steps: Vec<_> = walk
        .state()
        .steps
        .iter()
        .map(|step| (step.unit, step.step_type, step.state))
        .collect();
    let expected = [
        (college.id, StepType::WorkUnit, StepState::Reported),
        (college.id, StepType::AcceptingUnit, StepState::ToSign),
    ];
    assert_eq!(steps, expected);
    assert_eq!(walk.state().units(), [college.id], "one row");
    assert_eq!(
        walk.tab(college.id),
        Some(Tab::ToSign),
        "the tab of the open step"
    );
    let walk = walk.signed(college.second()).approved(college.second());
    assert_eq!(walk.tab(college.id), Some(Tab::Concluded));
}

#[test]
fn returned_by_itself_to_itself_the_row_is_in_review_as_work_unit() {
    let college = cast().college.clone();
    let walk = reported_home()
        .signed(college.second())
        .returned(college.second(), ReturnTo::Unit(college.id));
    assert_eq!(
        (walk.tab(college.id), walk.handler(college.id)),
        (Some(Tab::ToReview), Some(college.operators[0]))
    );
    assert_eq!(
        walk.state().open_step().unwrap().step_type,
        StepType::WorkUnit
    );
    let again = walk
        .publicized(college.first())
        .reported(college.first(), college.id);
    let handler = (again.tab(college.id), again.handler(college.id));
    assert_eq!(
        handler,
        (Some(Tab::ToReview), Some(college.operators[1])),
        "each step keeps its own handler"
    );
    assert_eq!(again.state().steps.len(), 2);
}

#[test]
fn a_withdrawal_is_judged_on_the_reported_step_whatever_the_tab() {
    let college = cast().college.clone();
    let walk = reported_home();
    let allowed = walk.world.allowed(walk.id, college.first(), walk.at);
    let withdraw = allowed
        .iter()
        .find(|allowed| allowed.action == Action::Withdraw)
        .unwrap();
    assert_eq!(
        (&withdraw.refusal, withdraw.step_type),
        (&None, Some(StepType::WorkUnit))
    );
    let back = walk.clone().withdrawn(college.first());
    assert_eq!(back.tab(college.id), Some(Tab::Publicizing));
    asked(
        walk.signed(college.second()),
        college.first(),
        DeclarationCommand::Withdraw,
    )
    .then_refused(Code::SuperiorSigned);
}

#[test]
fn commands_are_judged_on_the_open_step() {
    let college = cast().college.clone();
    let walk = reported_home();
    asked(
        walk.clone(),
        college.first(),
        DeclarationCommand::ApproveAndPublicize(None),
    )
    .then_refused(Code::WrongState);
    let walk = walk.signed(college.second());
    asked(walk.clone(), college.first(), approve()).then_refused(Code::NotHandler);
    asked(walk, college.second(), approve()).then(&["AcceptedFinal"]);
}

#[test]
fn with_neither_step_open_the_row_shows_the_one_that_changed_last() {
    let (college, bureau) = (cast().college.clone(), cast().bureau.clone());
    let walk = at_home().reported(college.first(), bureau.id);
    assert_eq!(walk.tab(college.id), Some(Tab::Reported));
    let walk = walk
        .signed(bureau.first())
        .reported(bureau.first(), college.id)
        .signed(college.second());
    assert_eq!(walk.tab(college.id), Some(Tab::ToReview));
    let walk = walk.returned(college.second(), ReturnTo::Unit(bureau.id));
    assert_eq!(
        walk.tab(college.id),
        Some(Tab::Returned),
        "the accepting unit's step changed last"
    );
    assert_eq!(walk.handler(college.id), Some(college.operators[1]));
    let walk = walk.returned(bureau.first(), ReturnTo::Unit(college.id));
    assert_eq!(
        (walk.tab(college.id), walk.handler(college.id)),
        (Some(Tab::ToReview), Some(college.operators[0]))
    );
}

#[test]
fn a_superior_between_returns_past_itself_to_the_work_units_step() {
    let (college, bureau) = (cast().college.clone(), cast().bureau.clone());
    let walk = at_home()
        .reported(college.first(), bureau.id)
        .signed(bureau.first());
    let walk = walk
        .reported(bureau.first(), college.id)
        .signed(college.second());
    let walk = walk.returned(college.second(), ReturnTo::Unit(college.id));
    let states: Vec<StepState> = walk.state().steps.iter().map(|step| step.state).collect();
    assert_eq!(
        states,
        [
            StepState::ToReview,
            StepState::Returned,
            StepState::Returned
        ]
    );
}

#[test]
fn an_office_may_review_its_own_people() {
    let bureau = cast().bureau.clone();
    let walk = Walk::draft_to(
        World::demo_like(),
        Kind::Review,
        cast().other_committee.0,
        bureau.id,
    );
    let walk = walk
        .submitted()
        .signed(bureau.first())
        .publicized(bureau.first())
        .reported(bureau.first(), bureau.id);
    let walk = walk
        .signed(bureau.second())
        .accepted(bureau.second())
        .concluded(bureau.second(), false);
    assert_eq!(
        (walk.status_text().as_str(), walk.tab(bureau.id)),
        ("评审未通过", Some(Tab::Concluded))
    );
}

/// The step with the higher number is not always the one that moved last.
#[test]
fn with_neither_step_open_a_later_change_of_the_lower_step_is_the_one_shown() {
    let (college, bureau) = (cast().college.clone(), cast().bureau.clone());
    let walk = at_home()
        .reported(college.first(), bureau.id)
        .signed(bureau.first())
        .reported(bureau.first(), college.id)
        .signed(college.second())
        .returned(college.second(), ReturnTo::Unit(bureau.id))
        .handed_back(bureau.first());
    let shown = walk.state().step_shown_to(college.id).unwrap();
    assert_eq!(
        (shown.n, shown.step_type, shown.state),
        (1, StepType::WorkUnit, StepState::Returned)
    );
    assert_eq!(walk.handler(college.id), Some(college.operators[0]));
}

#[test]
fn a_change_of_handler_is_no_change_of_state() {
    let college = cast().college.clone();
    let walk = at_home();
    let changed = |walk: &Walk| walk.state().step_shown_to(college.id).unwrap().changed;
    let before = changed(&walk);
    assert_eq!(changed(&walk.reassigned(college.second())), before);
}
