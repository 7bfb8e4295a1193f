//! 终止申报 and the year lock (§13A.7, A20-A22).

use super::*;
use docket_domain::refusal::{Code, Refusal};
use docket_domain::vocabulary::Status;
use uuid::Uuid;

/// Whether the walk's applicant may choose a target at an instant.
fn choosing(walk: &Walk, kind: Kind, target: Uuid, at: &str) -> Result<(), Code> {
    let mut walk = walk.clone().on(at);
    let draft = walk.choice(kind, target, cast().school.id);
    walk.created_if(draft)
        .map(drop)
        .map_err(|refusal: Refusal| refusal.code)
}

#[test]
fn a_termination_ends_everything_and_counts_on_the_lock() {
    let school = cast().school.clone();
    for walk in [signed(Kind::Review), publicizing(Kind::Review)] {
        asked(walk, school.first(), terminate("不符合基本条件"))
            .then(&["Terminated"])
            .and(|walk| {
                let declaration = walk.state();
                assert_eq!(declaration.status, Status::Terminated);
                assert_eq!(walk.world.claim(&declaration.live_claim()).holder, None);
                assert_eq!(walk.world.claim(&declaration.year_lock(2025)).count, 1);
            });
    }
}

#[test]
fn the_same_committee_is_locked_for_the_year_and_no_other() {
    let open = |world: &mut World, at| plan(world, Deadlines::default(), Vec::new(), at);
    let walk = signed(Kind::Review).terminated(cast().school.first());
    let walk = walk.with(open);
    let (locked, other) = (cast().committee.0, cast().other_committee.0);
    assert_eq!(
        choosing(&walk, Kind::Review, locked, "2025-10-01 09:00"),
        Err(Code::YearLocked)
    );
    assert_eq!(
        choosing(&walk, Kind::Review, locked, "2025-12-31 23:59:59"),
        Err(Code::YearLocked)
    );
    assert_eq!(
        choosing(&walk, Kind::Review, locked, "2026-01-01 00:00"),
        Ok(())
    );
    assert_eq!(
        choosing(&walk, Kind::Review, other, "2025-10-01 09:00"),
        Ok(())
    );
}

#[test]
fn recognition_locks_the_accepting_unit_for_the_kind_alone() {
    let end = terminal(Kind::Initial);
    let walk = at_terminal(Kind::Initial).terminated(end.first());
    let now = "2025-12-01 09:00";
    assert_eq!(
        choosing(&walk, Kind::Initial, cast().accepting_settings[0].0, now),
        Err(Code::YearLocked)
    );
    assert_eq!(
        choosing(
            &walk,
            Kind::Confirmation,
            cast().accepting_settings[1].0,
            now
        ),
        Ok(())
    );
    assert_eq!(
        choosing(&walk, Kind::Initial, cast().college_settings[0].0, now),
        Ok(())
    );
}

#[test]
fn a_lock_is_the_persons_own() {
    let walk = signed(Kind::Review)
        .terminated(cast().school.first())
        .by(cast().applicants[1]);
    assert_eq!(
        choosing(&walk, Kind::Review, cast().committee.0, "2025-10-01 09:00"),
        Ok(())
    );
}

#[test]
fn a_draft_made_before_the_lock_cannot_be_submitted_this_year() {
    let school = cast().school.first();
    let mut walk = signed(Kind::Review);
    let first = walk.id;
    let draft = walk.choice(Kind::Review, cast().committee.0, cast().school.id);
    let mut walk = walk.created(draft).filled();
    let second = std::mem::replace(&mut walk.id, first);
    let mut walk = walk.terminated(school);
    walk.id = second;
    let person = walk.person();
    asked(walk.clone(), person.clone(), DeclarationCommand::Submit).then_refused(Code::YearLocked);
    let open = docket_domain::committee::Deadlines::default();
    let walk = walk.with(|world, at| plan(world, open, Vec::new(), at));
    asked(
        walk.on("2026-01-01 00:00"),
        person,
        DeclarationCommand::Submit,
    )
    .then(&["Submitted"]);
}

#[test]
fn two_live_declarations_of_one_year_may_both_be_terminated_and_one_resubmitted_in_between() {
    let school = cast().school.first();
    let mut walk = signed(Kind::Review);
    let first = walk.id;
    let mut draft = walk.choice(Kind::Review, cast().committee.0, cast().school.id);
    draft.title.title = "高级教师".to_owned();
    let mut walk = walk
        .created(draft)
        .submitted()
        .signed(school.clone())
        .handed_back(school.clone());
    let second = std::mem::replace(&mut walk.id, first);
    let mut walk = walk.terminated(school.clone());
    walk.id = second;
    let walk = walk.resubmitted();
    asked(walk, school, terminate("不符合"))
        .then(&["Terminated"])
        .and(|walk| {
            assert_eq!(walk.world.claim(&walk.state().year_lock(2025)).count, 2);
            let open = |world: &mut World, at| plan(world, Deadlines::default(), vec![], at);
            let walk = walk.clone().with(open);
            assert_eq!(
                choosing(&walk, Kind::Review, cast().committee.0, "2026-01-02 09:00"),
                Ok(())
            );
        });
}

#[test]
fn the_year_is_that_of_the_termination_in_shanghai() {
    let school = cast().school.first();
    let walk = signed(Kind::Initial)
        .on("2026-01-01 00:00")
        .terminated(school.clone());
    assert_eq!(walk.world.claim(&walk.state().year_lock(2026)).count, 1);
    let before = signed(Kind::Initial)
        .on("2025-12-31 23:59:59")
        .terminated(school);
    assert_eq!(before.world.claim(&before.state().year_lock(2025)).count, 1);
}

#[test]
fn the_reason_is_required_and_limited() {
    let school = cast().school.first();
    asked(signed(Kind::Review), school.clone(), terminate(" \u{3000}"))
        .then_refused_for(Code::ReasonRequired, "reason");
    asked(
        signed(Kind::Review),
        school.clone(),
        terminate(&"字".repeat(301)),
    )
    .then_refused(Code::ReasonTooLong);
    asked(signed(Kind::Review), school, terminate(&"字".repeat(300))).then(&["Terminated"]);
}

#[test]
fn nothing_follows_a_termination() {
    let (school, bureau) = (cast().school.first(), cast().bureau.first());
    let walk = at_bureau(Kind::Review).terminated(bureau.clone());
    for actor in [school, bureau] {
        for command in [
            DeclarationCommand::Sign,
            DeclarationCommand::Withdraw,
            DeclarationCommand::Reassign,
            terminate("再次"),
            send_back(ReturnTo::Applicant, "请更正"),
        ] {
            assert_eq!(walk.refusal(actor.clone(), command), Some(Code::WrongState));
        }
    }
    for command in [DeclarationCommand::Submit, DeclarationCommand::Delete] {
        assert_eq!(walk.refusal(walk.person(), command), Some(Code::WrongState));
    }
}

#[test]
fn a_unit_that_has_reported_cannot_terminate() {
    asked(
        reported_to(Kind::Review, cast().bureau.id),
        cast().school.first(),
        terminate("不符合"),
    )
    .then_refused(Code::WrongState);
}

#[test]
fn a_terminated_declaration_says_who_ended_it_when_and_why() {
    let end = terminal(Kind::Initial);
    let walk = at_terminal(Kind::Initial);
    assert_eq!(walk.state().terminated, None);
    asked(walk, end.first(), terminate("材料不实"))
        .then(&["Terminated"])
        .and(|walk| {
            let told = walk.state().terminated.clone().unwrap();
            assert_eq!(
                (told.by, told.reason.as_deref(), told.at),
                (end.id, Some("材料不实"), walk.at)
            );
        });
}
