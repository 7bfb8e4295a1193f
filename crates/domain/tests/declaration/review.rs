//! 受理通过 and 评审结论 by the committee's office.

use super::*;
use docket_domain::refusal::Code;
use docket_domain::vocabulary::{Outcome, Status, StepState, Tab};

fn accepted() -> Walk {
    at_terminal(Kind::Review).accepted(cast().office.first())
}

#[test]
fn an_accepted_declaration_stands_in_review_under_a_label_of_its_own() {
    let office = cast().office.clone();
    asked(
        at_terminal(Kind::Review),
        office.first(),
        DeclarationCommand::Accept,
    )
    .then(&["CommitteeAccepted"])
    .and(|walk| {
        let step = walk.state().step_shown_to(office.id).unwrap();
        assert_eq!(
            (step.state, walk.tab(office.id)),
            (StepState::Accepted, Some(Tab::ToReview))
        );
        assert_eq!(
            walk.world.definition(Kind::Review).state_label(step.state),
            "评审中"
        );
    });
}

#[test]
fn a_conclusion_passes_or_fails_and_locks_nothing() {
    for (passed, outcome) in [
        (true, Outcome::ReviewPassed),
        (false, Outcome::ReviewFailed),
    ] {
        asked(accepted(), cast().office.first(), conclude(passed))
            .then(&["ReviewConcluded"])
            .and(|walk| {
                let declaration = walk.state();
                assert_eq!(
                    (declaration.status, declaration.outcome),
                    (Status::Concluded, Some(outcome))
                );
                assert_eq!(walk.world.claim(&declaration.live_claim()).holder, None);
                assert!(!walk.world.claim(&declaration.year_lock(2025)).is_locked());
            });
    }
}

#[test]
fn a_conclusion_says_whether_it_passed_and_keeps_a_short_opinion() {
    let command = |passed, opinion: &str| DeclarationCommand::Conclude {
        passed,
        opinion: opinion.to_owned(),
    };
    let office = cast().office.first();
    asked(accepted(), office.clone(), command(None, ""))
        .then_refused_for(Code::FieldRequired, "passed");
    let long = "字".repeat(201);
    asked(accepted(), office.clone(), command(None, &long))
        .then_refused_for(Code::FieldRequired, "passed");
    asked(accepted(), office.clone(), command(Some(true), &long))
        .then_refused(Code::OpinionTooLong);
    asked(accepted(), office, command(Some(true), "通过"))
        .then(&["ReviewConcluded"])
        .and(|walk| {
            assert_eq!(
                walk.state()
                    .step_shown_to(cast().office.id)
                    .unwrap()
                    .opinion
                    .as_deref(),
                Some("通过")
            );
        });
}

#[test]
fn what_was_accepted_is_neither_returned_nor_terminated_but_may_change_hands() {
    let office = cast().office.clone();
    asked(
        accepted(),
        office.first(),
        send_back(ReturnTo::Applicant, "请更正"),
    )
    .then_refused(Code::WrongState);
    asked(accepted(), office.first(), terminate("不符合")).then_refused(Code::WrongState);
    let walk = asked(accepted(), office.second(), DeclarationCommand::Reassign)
        .then(&["HandlerChanged"])
        .walk();
    asked(walk.clone(), office.first(), conclude(true)).then_refused(Code::NotHandler);
    asked(walk, office.second(), conclude(true)).then(&["ReviewConcluded"]);
}
