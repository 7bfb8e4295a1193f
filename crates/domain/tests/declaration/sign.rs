//! 签收

use super::*;
use docket_domain::refusal::Code;
use docket_domain::vocabulary::{Signed, Tab};

#[test]
fn the_signer_becomes_the_handler_and_the_row_moves_to_review() {
    let school = cast().school.clone();
    asked(
        submitted(Kind::Review),
        school.second(),
        DeclarationCommand::Sign,
    )
    .then(&["SignedFor"])
    .and(|walk| {
        assert_eq!(walk.tab(school.id), Some(Tab::ToReview));
        assert_eq!(walk.handler(school.id), Some(school.operators[1]));
        assert_eq!(walk.state().steps[0].signed, Some(Signed::Manual));
    });
}

#[test]
fn the_second_signer_of_a_row_comes_too_late() {
    asked(
        signed(Kind::Review),
        cast().school.second(),
        DeclarationCommand::Sign,
    )
    .then_refused(Code::WrongState);
}

#[test]
fn ticked_rows_are_signed_one_by_one_and_the_others_wait() {
    let school = cast().school.clone();
    let mut world = World::demo_like();
    let mut ids = Vec::new();
    for applicant in cast().applicants.iter().take(3) {
        let mut walk = Walk::before(world).by(*applicant);
        let target = cast().committee.0;
        let draft = walk.choice(Kind::Review, target, school.id);
        let walk = walk.created(draft).submitted();
        ids.push(walk.id);
        world = walk.world;
    }
    for id in &ids[..2] {
        let command = Command::Declaration {
            id: *id,
            command: DeclarationCommand::Sign,
        };
        world
            .execute(
                school.first(),
                &command,
                docket_testkit::instant("2025-09-02 09:00"),
            )
            .unwrap();
    }
    let tabs: Vec<Tab> = ids
        .iter()
        .map(|id| {
            world
                .declaration(*id)
                .unwrap()
                .step_shown_to(school.id)
                .unwrap()
                .state
                .tab()
        })
        .collect();
    assert_eq!(tabs, [Tab::ToReview, Tab::ToReview, Tab::ToSign]);
}

#[test]
fn the_legal_user_may_sign_too() {
    let school = cast().school.clone();
    let walk = submitted(Kind::Initial).signed(school.legal());
    assert_eq!(walk.handler(school.id), Some(school.legal_user));
}

#[test]
fn signing_has_no_deadline() {
    let walk = submitted(Kind::Review).on("2026-06-01 09:00");
    asked(walk, cast().school.first(), DeclarationCommand::Sign).then(&["SignedFor"]);
}

#[test]
fn an_applicant_does_not_sign_for_his_own_declaration() {
    let school = cast().school.clone();
    let mut walk = Walk::before(World::demo_like()).by(school.operators[0]);
    let draft = walk.choice(Kind::Review, cast().committee.0, school.id);
    let walk = walk.created(draft).submitted();
    asked(walk.clone(), school.first(), DeclarationCommand::Sign)
        .then_refused(Code::ConflictOfInterest);
    asked(walk, school.second(), DeclarationCommand::Sign).then(&["SignedFor"]);
}

#[test]
fn with_sign_off_off_the_row_arrives_signed_by_the_system_for_the_legal_user() {
    let company = cast().company.clone();
    let walk = Walk::draft_at(World::demo_like(), Kind::Initial, company.id).filled();
    let person = walk.person();
    asked(walk, person, DeclarationCommand::Submit)
        .then(&["Submitted", "SignedFor"])
        .and(|walk| {
            assert_eq!(walk.tab(company.id), Some(Tab::ToReview));
            assert_eq!(walk.handler(company.id), Some(company.legal_user));
            assert_eq!(walk.state().steps[0].signed, Some(Signed::Auto));
            assert_eq!(walk.state().names[&company.legal_user], "法人用户");
        });
}

#[test]
fn turning_sign_off_off_lets_the_reactor_sign_what_waits() {
    let school = cast().school.clone();
    let walk = submitted(Kind::Review).with(|world, at| toggle(world, &school, false, at));
    let command = DeclarationCommand::SignAutomatically(school.id);
    asked(walk.clone(), Actor::SYSTEM, command.clone())
        .then(&["SignedFor"])
        .and(|walk| {
            assert_eq!(walk.handler(school.id), Some(school.legal_user));
        });
    let signed = walk.signed(school.first());
    asked(signed, Actor::SYSTEM, command).then(&[]).and(|walk| {
        assert_eq!(
            walk.handler(school.id),
            Some(school.operators[0]),
            "an operator was first"
        );
    });
}

#[test]
fn a_row_is_left_when_sign_off_is_on_again_before_the_reactor_came() {
    let school = cast().school.clone();
    let walk = submitted(Kind::Review).with(|world, at| {
        toggle(world, &school, false, at);
        toggle(world, &school, true, at);
    });
    asked(
        walk,
        Actor::SYSTEM,
        DeclarationCommand::SignAutomatically(school.id),
    )
    .then(&[])
    .and(|walk| {
        assert_eq!(walk.tab(school.id), Some(Tab::ToSign));
    });
}

#[test]
fn turning_sign_off_on_changes_nothing_for_signed_rows() {
    let company = cast().company.clone();
    let walk = Walk::draft_at(World::demo_like(), Kind::Initial, company.id).submitted();
    let before = walk.state().clone();
    let walk = walk.with(|world, at| toggle(world, &company, true, at));
    assert_eq!(*walk.state(), before);
    walk.publicized(company.legal());
}
