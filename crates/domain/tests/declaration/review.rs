//! 受理通过 and 评审结论 by the committee's office.

use super::*;
use docket_domain::declaration::Votes;
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
        ballot: Ballot::default(),
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
fn what_was_accepted_is_not_returned_but_may_change_hands() {
    let office = cast().office.clone();
    asked(
        accepted(),
        office.first(),
        send_back(ReturnTo::Applicant, "请更正"),
    )
    .then_refused(Code::WrongState);
    let walk = asked(accepted(), office.second(), DeclarationCommand::Reassign)
        .then(&["HandlerChanged"])
        .walk();
    asked(walk.clone(), office.first(), conclude(true)).then_refused(Code::NotHandler);
    asked(walk, office.second(), conclude(true)).then(&["ReviewConcluded"]);
}

#[test]
fn fraud_found_during_the_review_ends_it_and_locks_the_year() {
    let (office, school) = (cast().office.clone(), cast().school.clone());
    asked(accepted(), office.second(), terminate("弄虚作假")).then_refused(Code::NotHandler);
    asked(accepted(), office.first(), terminate(" ")).then_refused(Code::ReasonRequired);
    asked(accepted(), office.first(), terminate("弄虚作假"))
        .then(&["Terminated"])
        .and(|walk| {
            let declaration = walk.state();
            assert_eq!(declaration.status, Status::Terminated);
            assert_eq!(walk.tab(office.id), Some(Tab::Terminated));
            assert_eq!(walk.tab(school.id), Some(Tab::Terminated));
            assert_eq!(walk.world.claim(&declaration.year_lock(2025)).count, 1);
        });
}

/// 评审结论 with votes: present, for, against, abstained.
fn with_votes(ballot: [Option<u32>; 4]) -> DeclarationCommand {
    let [present, in_favour, against, abstained] = ballot;
    DeclarationCommand::Conclude {
        passed: Some(true),
        ballot: Ballot {
            present,
            in_favour,
            against,
            abstained,
        },
        opinion: "字".repeat(200),
    }
}

#[test]
fn votes_are_given_all_four_or_not_at_all_and_add_up_to_those_present() {
    let office = cast().office.first();
    let ask = |ballot| asked(accepted(), office.clone(), with_votes(ballot));
    let kept = |ballot| {
        let walk = ask(ballot).then(&["ReviewConcluded"]).walk();
        walk.state().step_shown_to(cast().office.id).unwrap().votes
    };
    assert_eq!(kept([None; 4]), None);
    let votes = Votes {
        present: 11,
        in_favour: 8,
        against: 2,
        abstained: 1,
    };
    assert_eq!(kept([Some(11), Some(8), Some(2), Some(1)]), Some(votes));
    assert!(kept([Some(0); 4]).is_some());
    for (missing, field) in ["present", "for", "against", "abstained"]
        .iter()
        .enumerate()
    {
        let mut ballot = [Some(11), Some(8), Some(2), Some(1)];
        ballot[missing] = None;
        ask(ballot).then_refused_for(Code::FieldRequired, field);
    }
    for present in [10, 12] {
        let ballot = [Some(present), Some(8), Some(2), Some(1)];
        ask(ballot).then_refused_for(Code::FieldInvalid, "present");
    }
    let wrapping = [Some(0), Some(u32::MAX), Some(1), Some(0)];
    ask(wrapping).then_refused_for(Code::FieldInvalid, "present");
}
