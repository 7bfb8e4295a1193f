//! 撤回报送: while nobody above has taken the report up (Gn, A2, A3, A25, A59).

use super::*;
use docket_domain::refusal::{Code, Warning};
use docket_domain::vocabulary::Tab;

const WITHDRAW: DeclarationCommand = DeclarationCommand::Withdraw;

#[test]
fn the_work_unit_goes_back_to_publicity_and_the_superiors_row_vanishes() {
    let (school, bureau) = (cast().school.clone(), cast().bureau.id);
    asked(reported_to(Kind::Review, bureau), school.first(), WITHDRAW)
        .then(&["ReportWithdrawn"])
        .and(|walk| {
            assert_eq!(
                (walk.tab(school.id), walk.tab(bureau)),
                (Some(Tab::Publicizing), None)
            );
            assert_eq!(walk.handler(school.id), Some(school.operators[0]));
            assert!(
                walk.state().steps[0].publicity.is_some(),
                "the dates are kept"
            );
            assert_eq!(walk.state().units(), [school.id]);
        });
}

#[test]
fn a_superior_goes_back_to_review() {
    let (bureau, end) = (cast().bureau.clone(), terminal(Kind::Review));
    let walk = at_bureau(Kind::Review)
        .reported(bureau.first(), end.id)
        .withdrawn(bureau.first());
    assert_eq!(
        (walk.tab(bureau.id), walk.tab(end.id)),
        (Some(Tab::ToReview), None)
    );
}

#[test]
fn a_superior_who_has_signed_keeps_it() {
    asked(at_bureau(Kind::Review), cast().school.first(), WITHDRAW)
        .then_refused(Code::SuperiorSigned);
}

#[test]
fn an_automatic_signature_does_not_count_as_signing() {
    let (school, centre) = (cast().school.first(), cast().centre.clone());
    let arrived = reported_to(Kind::Initial, centre.id);
    asked(arrived, school, WITHDRAW)
        .then(&["ReportWithdrawn"])
        .and(|walk| assert_eq!(walk.tab(centre.id), None));
}

#[test]
fn a_signature_by_the_reactor_does_not_count_either() {
    let (school, bureau) = (cast().school.first(), cast().bureau.clone());
    let walk =
        reported_to(Kind::Initial, bureau.id).with(|world, at| toggle(world, &bureau, false, at));
    let walk = walk.done(
        Actor::SYSTEM,
        DeclarationCommand::SignAutomatically(bureau.id),
    );
    asked(walk, school, WITHDRAW).then(&["ReportWithdrawn"]);
}

#[test]
fn a_change_of_handler_after_an_automatic_signature_does() {
    let centre = cast().centre.clone();
    let walk = reported_to(Kind::Initial, centre.id).reassigned(centre.first());
    asked(walk, cast().school.first(), WITHDRAW).then_refused(Code::SuperiorSigned);
}

#[test]
fn a_report_further_up_does_even_after_it_was_withdrawn() {
    let (centre, end) = (cast().centre.clone(), terminal(Kind::Initial));
    let walk = reported_to(Kind::Initial, centre.id).reported(centre.legal(), end.id);
    asked(walk.clone(), cast().school.first(), WITHDRAW).then_refused(Code::SuperiorSigned);
    asked(
        walk.withdrawn(centre.legal()),
        cast().school.first(),
        WITHDRAW,
    )
    .then_refused(Code::SuperiorSigned);
}

#[test]
fn a_step_that_was_reopened_counts_as_signed_in_every_state() {
    let (cast, bureau) = (cast(), cast().bureau.clone());
    let back = at_bureau(Kind::Initial).returned(bureau.first(), ReturnTo::Unit(cast.school.id));
    let again = back
        .clone()
        .publicized(cast.school.first())
        .reported(cast.school.first(), bureau.id);
    asked(again, cast.school.first(), WITHDRAW).then_refused(Code::SuperiorSigned);
    let unsigned = back.with(|world, at| remove(world, &bureau, bureau.operators[0], at));
    let unsigned = unsigned
        .publicized(cast.school.first())
        .reported(cast.school.first(), bureau.id);
    assert_eq!(unsigned.tab(bureau.id), Some(Tab::ToSign));
    asked(unsigned, cast.school.first(), WITHDRAW).then_refused(Code::SuperiorSigned);
}

#[test]
fn a_withdrawn_report_may_be_made_again_and_withdrawn_again() {
    let (school, bureau) = (cast().school.first(), cast().bureau.id);
    let walk = reported_to(Kind::Review, bureau)
        .withdrawn(school.clone())
        .reported(school.clone(), bureau);
    assert_eq!(walk.tab(bureau), Some(Tab::ToSign));
    assert_eq!(
        walk.state().step(3).unwrap().unit,
        bureau,
        "a step of its own; numbers are never reused"
    );
    walk.withdrawn(school)
        .reported(cast().school.first(), cast().city.id);
}

#[test]
fn the_handler_or_the_legal_user_withdraws_and_nobody_else() {
    let school = cast().school.clone();
    let walk = reported_to(Kind::Review, cast().bureau.id);
    asked(walk.clone(), school.second(), WITHDRAW).then_refused(Code::NotHandler);
    asked(walk, school.legal(), WITHDRAW)
        .then(&["ReportWithdrawn"])
        .and(|walk| {
            assert_eq!(
                walk.handler(school.id),
                Some(school.operators[0]),
                "the handler stays"
            );
        });
}

#[test]
fn only_the_unit_that_made_the_open_step_withdraws() {
    let (bureau, end) = (cast().bureau.clone(), terminal(Kind::Review));
    let walk = at_bureau(Kind::Review).reported(bureau.first(), end.id);
    asked(walk.clone(), cast().school.first(), WITHDRAW).then_refused(Code::SuperiorSigned);
    asked(walk, bureau.first(), WITHDRAW).then(&["ReportWithdrawn"]);
}

#[test]
fn a_withdrawal_warns_from_the_instant_of_the_deadline_on() {
    let school = cast().school.first();
    for (at, warnings) in [
        ("2025-11-28 17:59:59", &[][..]),
        ("2025-11-28 18:00", &[Warning::CannotBeReportedAgain]),
    ] {
        let walk = reported_to(Kind::Review, cast().bureau.id).on(at);
        asked(walk, school.clone(), DeclarationCommand::Withdraw)
            .then_warned(&["ReportWithdrawn"], warnings);
    }
}
