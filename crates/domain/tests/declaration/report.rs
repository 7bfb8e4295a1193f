//! 报送上级单位: the dialog's fields and where a report may go (Gt, A51, A52).

use super::*;
use docket_domain::declaration::ReportForm;
use docket_domain::declaration::decide::{ReportTarget, report_target};
use docket_domain::refusal::Code;
use docket_domain::vocabulary::{StepState, StepType, Tab};
use uuid::Uuid;

/// 公示中 at the school, the publicity being over.
fn ready(kind: Kind) -> Walk {
    publicizing(kind).on("2025-09-20 09:00")
}

fn form(walk: &Walk, unit: UnitId) -> ReportForm {
    docket_testkit::report_form(unit, walk.publicity())
}

fn refused(change: impl FnOnce(&mut ReportForm), code: Code, field: &str) {
    let walk = ready(Kind::Review);
    let mut form = form(&walk, cast().bureau.id);
    change(&mut form);
    asked(
        walk,
        cast().school.first(),
        DeclarationCommand::Report(form),
    )
    .then_refused_for(code, field);
}

#[test]
fn a_report_makes_the_next_step_and_keeps_the_dialog() {
    let (cast, walk) = (cast(), ready(Kind::Review));
    let form = form(&walk, cast.bureau.id);
    asked(
        walk,
        cast.school.first(),
        DeclarationCommand::Report(form.clone()),
    )
    .then(&["Reported"])
    .and(|walk| {
        let (mine, next) = (walk.state().step(1).unwrap(), walk.state().step(2).unwrap());
        assert_eq!(
            (mine.state, next.state),
            (StepState::Reported, StepState::ToSign)
        );
        assert_eq!(
            (next.unit, next.step_type, next.reported_by),
            (cast.bureau.id, StepType::Superior, Some(1))
        );
        assert_eq!(
            (mine.publicity, mine.opinion.as_deref()),
            (form.publicity, Some("同意推荐"))
        );
        assert_eq!(
            (mine.responsible_person.as_deref(), mine.phone.as_deref()),
            (Some("周文博"), Some("023-60000000"))
        );
        assert_eq!(mine.needs_interview, None, "only 初定 asks for it");
    });
}

#[test]
fn a_superior_with_sign_off_off_receives_it_signed() {
    let (cast, walk) = (cast(), ready(Kind::Review));
    let form = form(&walk, cast.centre.id);
    asked(walk, cast.school.first(), DeclarationCommand::Report(form))
        .then(&["Reported", "SignedFor"])
        .and(|walk| {
            assert_eq!(walk.tab(cast.centre.id), Some(Tab::ToReview));
            assert_eq!(walk.handler(cast.centre.id), Some(cast.centre.legal_user));
        });
}

#[test]
fn the_opinion_is_required_and_ends_at_200_characters_of_any_script() {
    refused(
        |form| form.opinion = "\u{3000} \r\n".to_owned(),
        Code::OpinionRequired,
        "opinion",
    );
    for c in ["字", "a", "😀"] {
        refused(
            |form| form.opinion = c.repeat(201),
            Code::OpinionTooLong,
            "opinion",
        );
        let walk = ready(Kind::Review);
        let form = ReportForm {
            opinion: c.repeat(200),
            ..form(&walk, cast().bureau.id)
        };
        asked(
            walk,
            cast().school.first(),
            DeclarationCommand::Report(form),
        )
        .then(&["Reported"]);
    }
}

#[test]
fn the_other_fields_are_required_limited_and_free_of_u_0000() {
    refused(
        |form| form.responsible_person = " ".to_owned(),
        Code::FieldRequired,
        "responsible_person",
    );
    refused(
        |form| form.responsible_person = "字".repeat(51),
        Code::FieldTooLong,
        "responsible_person",
    );
    refused(
        |form| form.phone = String::new(),
        Code::FieldRequired,
        "phone",
    );
    refused(
        |form| form.phone = "1".repeat(51),
        Code::FieldTooLong,
        "phone",
    );
    refused(
        |form| form.phone = "1\0".to_owned(),
        Code::FieldInvalid,
        "phone",
    );
    refused(
        |form| form.target = None,
        Code::FieldRequired,
        "target_unit_id",
    );
}

#[test]
fn an_interview_is_asked_for_by_initial_recognition_only_and_not_by_default() {
    for (kind, given, kept) in [
        (Kind::Initial, None, Some(false)),
        (Kind::Initial, Some(true), Some(true)),
        (Kind::Confirmation, Some(true), None),
        (Kind::Review, Some(true), None),
    ] {
        let walk = ready(kind);
        let form = ReportForm {
            needs_interview: given,
            ..form(&walk, cast().bureau.id)
        };
        asked(
            walk,
            cast().school.first(),
            DeclarationCommand::Report(form),
        )
        .then(&["Reported"])
        .and(|walk| {
            assert_eq!(walk.state().steps[0].needs_interview, kept);
        });
    }
}

#[test]
fn a_unit_without_a_profile_and_an_unknown_one_are_not_ready() {
    refused(
        |form| form.target = Some(cast().unready.id),
        Code::TargetNotReady,
        "target_unit_id",
    );
    refused(
        |form| form.target = Some(UnitId(Uuid::nil())),
        Code::TargetNotReady,
        "target_unit_id",
    );
}

#[test]
fn a_unit_on_the_live_path_is_in_the_chain_the_reporters_own_included() {
    refused(
        |form| form.target = Some(cast().school.id),
        Code::TargetInChain,
        "target_unit_id",
    );
    for unit in [cast().school.id, cast().bureau.id] {
        let walk = at_bureau(Kind::Review);
        let form = form(&walk, unit);
        asked(
            walk,
            cast().bureau.first(),
            DeclarationCommand::Report(form),
        )
        .then_refused(Code::TargetInChain);
    }
}

#[test]
fn a_step_off_the_path_may_be_reported_to_again_and_is_reopened() {
    let cast = cast();
    let up = at_bureau(Kind::Initial)
        .reported(cast.bureau.first(), cast.city.id)
        .signed(cast.city.first());
    let back = up
        .returned(cast.city.first(), ReturnTo::Unit(cast.school.id))
        .publicized(cast.school.first());
    let walk = back
        .reported(cast.school.first(), cast.city.id)
        .reported(cast.city.first(), cast.bureau.id);
    let bureau = walk.state().step_shown_to(cast.bureau.id).unwrap();
    assert_eq!(
        (bureau.n, bureau.reported_by, bureau.reopened),
        (2, Some(3), true)
    );
    assert_eq!(
        walk.state()
            .live_path()
            .iter()
            .map(|step| step.n)
            .collect::<Vec<_>>(),
        [2, 3, 1]
    );
}

#[test]
fn an_accepting_unit_or_office_of_others_gets_a_superiors_step_and_decides_nothing() {
    let cast = cast();
    for (kind, unit, decision) in [
        (Kind::Review, &cast.accepting, approve()),
        (Kind::Initial, &cast.college, approve()),
        (Kind::Review, &cast.bureau, DeclarationCommand::Accept),
        (Kind::Initial, &cast.office, DeclarationCommand::Accept),
    ] {
        let walk = reported_to(kind, unit.id).signed(unit.first());
        assert_eq!(
            walk.state().step_shown_to(unit.id).unwrap().step_type,
            StepType::Superior
        );
        asked(walk, unit.first(), decision).then_refused(Code::WrongState);
    }
}

#[test]
fn the_own_terminal_unit_gets_the_terminal_step_of_the_kind() {
    for (kind, step_type) in [
        (Kind::Review, StepType::Committee),
        (Kind::Initial, StepType::AcceptingUnit),
        (Kind::Confirmation, StepType::AcceptingUnit),
    ] {
        let end = terminal(kind);
        let walk = reported_to(kind, end.id);
        assert_eq!(
            walk.state().step_shown_to(end.id).unwrap().step_type,
            step_type
        );
    }
}

#[test]
fn a_work_unit_cannot_skip_publicity() {
    let walk = signed(Kind::Review);
    let form = docket_testkit::report_form(cast().bureau.id, None);
    asked(
        walk,
        cast().school.first(),
        DeclarationCommand::Report(form),
    )
    .then_refused(Code::WrongState);
}

#[test]
fn the_picker_says_of_each_unit_what_its_step_would_be_or_why_not() {
    let (cast, walk) = (cast(), at_bureau(Kind::Review));
    let judged = |unit| {
        walk.ask(cast.bureau.first(), |declaration, facts| {
            report_target(declaration, unit, facts)
        })
    };
    let target = |step_type, refusal| ReportTarget {
        step_type,
        terminal: step_type != StepType::Superior,
        refusal,
    };
    assert_eq!(judged(cast.office.id), target(StepType::Committee, None));
    assert_eq!(judged(cast.city.id), target(StepType::Superior, None));
    assert_eq!(
        judged(cast.unready.id),
        target(StepType::Superior, Some(Code::TargetNotReady))
    );
    assert_eq!(
        judged(cast.school.id),
        target(StepType::Superior, Some(Code::TargetInChain))
    );
    assert_eq!(
        judged(cast.bureau.id),
        target(StepType::Superior, Some(Code::TargetInChain))
    );
}
