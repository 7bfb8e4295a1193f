//! 退回申报 (A6-A8, A61)

use super::*;
use docket_domain::declaration::LastReturn;
use docket_domain::declaration::decide::return_targets;
use docket_domain::refusal::{Code, Warning};
use docket_domain::vocabulary::{Status, StepState};

fn targets(walk: &Walk) -> Vec<ReturnTo> {
    return_targets(walk.state(), walk.state().open_step().unwrap())
}

fn unit(unit: &UnitCast) -> ReturnTo {
    ReturnTo::Unit(unit.id)
}

#[test]
fn the_work_unit_returns_to_the_applicant_only() {
    let school = cast().school.clone();
    for walk in [signed(Kind::Review), publicizing(Kind::Review)] {
        assert_eq!(targets(&walk), [ReturnTo::Applicant]);
        asked(
            walk.clone(),
            school.first(),
            send_back(unit(&school), "请更正"),
        )
        .then_refused(Code::ReturnTargetInvalid);
        asked(
            walk,
            school.first(),
            send_back(ReturnTo::Applicant, "请更正"),
        )
        .then(&["Returned"])
        .and(|walk| {
            assert_eq!(walk.state().status, Status::Returned);
            assert_eq!(
                walk.world.claim(&walk.state().live_claim()).holder,
                None,
                "not live while returned"
            );
        });
    }
}

#[test]
fn others_return_to_every_earlier_unit_nearest_first_then_the_applicant() {
    let (cast, end) = (cast(), terminal(Kind::Review));
    let walk = at_bureau(Kind::Review)
        .reported(cast.bureau.first(), cast.city.id)
        .signed(cast.city.first());
    let walk = walk.reported(cast.city.first(), end.id).signed(end.first());
    let nearest_first = [
        unit(&cast.city),
        unit(&cast.bureau),
        unit(&cast.school),
        ReturnTo::Applicant,
    ];
    assert_eq!(targets(&walk), nearest_first);
    let walk = walk.returned(end.first(), unit(&cast.bureau));
    let states: Vec<StepState> = walk.state().steps.iter().map(|step| step.state).collect();
    assert_eq!(
        states,
        [
            StepState::Reported,
            StepState::ToReview,
            StepState::Returned,
            StepState::Returned
        ]
    );
    assert_eq!(targets(&walk), [unit(&cast.school), ReturnTo::Applicant]);
}

#[test]
fn earlier_means_the_live_path_not_the_number() {
    let cast = cast();
    let up = at_bureau(Kind::Review)
        .reported(cast.bureau.first(), cast.city.id)
        .signed(cast.city.first());
    let back = up
        .returned(cast.city.first(), unit(&cast.school))
        .publicized(cast.school.first());
    let walk = back.reported(cast.school.first(), cast.city.id);
    assert_eq!(
        targets(&walk),
        [unit(&cast.school), ReturnTo::Applicant],
        "S1 lies off the path"
    );
    let refused = send_back(unit(&cast.bureau), "请更正");
    asked(walk, cast.city.first(), refused).then_refused_for(Code::ReturnTargetInvalid, "to");
}

#[test]
fn a_unit_above_itself_or_unknown_is_no_target() {
    let cast = cast();
    for to in [unit(&cast.bureau), unit(&cast.office), unit(&cast.unready)] {
        asked(
            at_bureau(Kind::Review),
            cast.bureau.first(),
            send_back(to, "请更正"),
        )
        .then_refused(Code::ReturnTargetInvalid);
    }
}

#[test]
fn the_reason_is_required_and_ends_at_300_characters_of_any_script() {
    let school = cast().school.first();
    for blank in ["", "   ", "\u{3000}\r\n"] {
        asked(
            signed(Kind::Review),
            school.clone(),
            send_back(ReturnTo::Applicant, blank),
        )
        .then_refused_for(Code::ReasonRequired, "reason");
    }
    for c in ["字", "a", "😀"] {
        asked(
            signed(Kind::Review),
            school.clone(),
            send_back(ReturnTo::Applicant, &c.repeat(301)),
        )
        .then_refused_for(Code::ReasonTooLong, "reason");
        asked(
            signed(Kind::Review),
            school.clone(),
            send_back(ReturnTo::Applicant, &c.repeat(300)),
        )
        .then(&["Returned"]);
    }
    asked(
        signed(Kind::Review),
        school.clone(),
        send_back(ReturnTo::Applicant, "甲\0"),
    )
    .then_refused(Code::FieldInvalid);
    let nowhere = DeclarationCommand::Return {
        to: None,
        reason: String::new(),
    };
    asked(signed(Kind::Review), school, nowhere).then_refused_for(Code::FieldRequired, "to");
}

#[test]
fn a_return_to_a_unit_keeps_the_declaration_live() {
    let walk = at_bureau(Kind::Review).returned(cast().bureau.first(), unit(&cast().school));
    assert_eq!(walk.state().status, Status::InProgress);
    assert_eq!(
        walk.world.claim(&walk.state().live_claim()).holder,
        Some(walk.id.0)
    );
}

#[test]
fn after_a_superiors_return_to_the_applicant_the_way_up_is_walked_again() {
    let (cast, end) = (cast(), terminal(Kind::Initial));
    let walk = at_bureau(Kind::Initial).handed_back(cast.bureau.first());
    assert_eq!(walk.state().live_path().len(), 1, "the work unit alone");
    let walk = walk
        .resubmitted()
        .publicized(cast.school.first())
        .reported(cast.school.first(), end.id);
    assert_eq!(
        walk.state()
            .live_path()
            .iter()
            .map(|step| step.unit)
            .collect::<Vec<_>>(),
        [end.id, cast.school.id]
    );
}

#[test]
fn the_last_return_stands_until_the_applicant_submits_again() {
    let (school, bureau) = (cast().school.clone(), cast().bureau.clone());
    let walk = at_bureau(Kind::Review);
    assert_eq!(walk.state().returned, None);
    let walk = walk.returned(bureau.first(), unit(&school));
    let first = walk.state().returned.clone().unwrap();
    assert_eq!((first.by, first.to), (bureau.id, unit(&school)));
    let returned_at = walk.at;
    let walk = walk.returned(school.first(), ReturnTo::Applicant);
    let LastReturn { by, to, reason, at } = walk.state().returned.clone().unwrap();
    assert_eq!((by, to, at), (school.id, ReturnTo::Applicant, returned_at));
    assert!(reason.is_some_and(|reason| !reason.is_empty()));
    let edited = walk.edited("改");
    assert!(edited.state().returned.is_some(), "a save answers nothing");
    assert_eq!(edited.resubmitted().state().returned, None);
}

#[test]
fn a_return_to_a_unit_stands_until_that_unit_reports() {
    let (cast, end) = (cast(), terminal(Kind::Review));
    let walk = at_bureau(Kind::Review)
        .reported(cast.bureau.first(), end.id)
        .signed(end.first())
        .returned(end.first(), unit(&cast.bureau))
        .reassigned(cast.bureau.second());
    assert_eq!(
        walk.state().returned.as_ref().map(|last| last.by),
        Some(end.id)
    );
    let walk = walk.reported(cast.bureau.second(), end.id);
    assert_eq!(walk.state().returned, None);
}

#[test]
fn a_publicity_does_not_answer_a_return() {
    let (cast, end) = (cast(), terminal(Kind::Initial));
    let walk = at_bureau(Kind::Initial)
        .reported(cast.bureau.first(), end.id)
        .signed(end.first())
        .returned(end.first(), unit(&cast.school));
    let walk = walk.publicized(cast.school.first());
    assert!(walk.state().returned.is_some(), "not reported yet");
    let walk = walk.reported(cast.school.first(), cast.bureau.id);
    assert_eq!(walk.state().returned, None);
}

#[test]
fn a_return_warns_from_the_instant_of_the_deadline_on() {
    let school = cast().school.first();
    for (at, warnings) in [
        ("2025-11-28 17:59:59", &[][..]),
        ("2025-11-28 18:00", &[Warning::CannotBeResubmitted]),
    ] {
        let back = send_back(ReturnTo::Applicant, "请更正");
        asked(signed(Kind::Review).on(at), school.clone(), back)
            .then_warned(&["Returned"], warnings);
    }
}
