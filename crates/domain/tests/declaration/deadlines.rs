//! 审核截止时间 and 申请书提交截止时间 (A11-A14, A19): instants, exclusive, read from the plan as it
//! stands.

use super::*;
use docket_domain::refusal::{Code, Warning};
use docket_domain::vocabulary::{Action, StepType, Tab};
use docket_testkit::instant;

fn planned(walk: Walk, deadlines: Deadlines) -> Walk {
    walk.with(|world, at| plan(world, deadlines, Cast::requirements(), at))
}

/// W until 10-10, S until 10-31, the committee until 11-30.
fn staged() -> Deadlines {
    Deadlines {
        submit: Some(instant("2025-09-30 18:00")),
        work_unit: Some(instant("2025-10-10 00:00")),
        superior: Some(instant("2025-10-31 00:00")),
        committee: Some(instant("2025-11-30 00:00")),
    }
}

fn report_to(walk: &Walk, unit: UnitId) -> DeclarationCommand {
    DeclarationCommand::Report(docket_testkit::report_form(unit, walk.publicity()))
}

#[test]
fn approval_is_refused_at_the_instant_of_the_deadline_and_not_a_second_before() {
    let (walk, school) = (signed(Kind::Review), cast().school.first());
    let approve = DeclarationCommand::ApproveAndPublicize(None);
    asked(
        walk.clone().on("2025-11-28 18:00"),
        school.clone(),
        approve.clone(),
    )
    .then_refused(Code::DeadlinePassed);
    asked(walk.on("2025-11-28 17:59:59"), school, approve).then_warned(
        &["ApprovedAndPublicized"],
        &[Warning::PublicityCannotFinish],
    );
}

#[test]
fn every_report_and_the_acceptance_keep_to_the_deadline_of_their_step_type() {
    let (cast, office) = (cast(), terminal(Kind::Review));
    let (school, bureau) = (cast.school.first(), cast.bureau.first());
    let walk = publicizing(Kind::Review);
    let report = report_to(&walk, cast.bureau.id);
    asked(
        walk.clone().on("2025-11-28 18:00"),
        school.clone(),
        report.clone(),
    )
    .then_refused(Code::DeadlinePassed);
    asked(walk.on("2025-11-28 17:59:59"), school, report).then(&["Reported"]);
    let walk = at_bureau(Kind::Review);
    let report = report_to(&walk, office.id);
    asked(
        walk.clone().on("2025-12-12 18:00"),
        bureau.clone(),
        report.clone(),
    )
    .then_refused(Code::DeadlinePassed);
    asked(walk.on("2025-12-12 17:59:59"), bureau, report).then(&["Reported"]);
    let walk = at_terminal(Kind::Review);
    let late = walk.clone().on("2025-12-26 18:00");
    asked(late, office.first(), DeclarationCommand::Accept).then_refused(Code::DeadlinePassed);
    asked(
        walk.on("2025-12-26 17:59:59"),
        office.first(),
        DeclarationCommand::Accept,
    )
    .then(&["CommitteeAccepted"]);
}

#[test]
fn what_is_not_bound_goes_on_long_after() {
    let (cast, late, office) = (cast(), "2026-08-01 09:00", terminal(Kind::Review));
    let school = cast.school.first();
    asked(
        submitted(Kind::Review).on(late),
        school.clone(),
        DeclarationCommand::Sign,
    )
    .then(&["SignedFor"]);
    asked(
        signed(Kind::Review).on(late),
        school.clone(),
        terminate("逾期"),
    )
    .then(&["Terminated"]);
    asked(
        signed(Kind::Review).on(late),
        cast.school.second(),
        DeclarationCommand::Reassign,
    )
    .then(&["HandlerChanged"]);
    let reported = reported_to(Kind::Review, cast.bureau.id).on(late);
    asked(reported, school.clone(), DeclarationCommand::Withdraw)
        .then_warned(&["ReportWithdrawn"], &[Warning::CannotBeReportedAgain]);
    let accepted = at_terminal(Kind::Review).accepted(office.first()).on(late);
    asked(accepted, office.first(), conclude(true)).then(&["ReviewConcluded"]);
    asked(
        signed(Kind::Review).on(late),
        school,
        send_back(ReturnTo::Applicant, "逾期"),
    )
    .then_warned(&["Returned"], &[Warning::CannotBeResubmitted]);
}

#[test]
fn recognition_has_no_deadline_at_all() {
    for kind in [Kind::Initial, Kind::Confirmation] {
        let walk = signed(kind)
            .on("2026-08-01 09:00")
            .publicized(cast().school.first());
        let end = terminal(kind);
        walk.reported(cast().school.first(), end.id)
            .signed(end.first())
            .approved(end.first());
    }
}

#[test]
fn an_extension_applies_at_once_and_so_does_a_cut() {
    let school = cast().school.first();
    let approve = DeclarationCommand::ApproveAndPublicize(None);
    let late = signed(Kind::Review).on("2025-12-01 09:00");
    assert_eq!(
        late.refusal(school.clone(), approve.clone()),
        Some(Code::DeadlinePassed)
    );
    let longer = Deadlines {
        work_unit: Some(instant("2025-12-10 18:00")),
        ..Cast::deadlines()
    };
    assert_eq!(
        planned(late, longer).refusal(school.clone(), approve.clone()),
        None
    );
    let cut = Deadlines {
        submit: None,
        work_unit: Some(instant("2025-09-02 09:00")),
        ..staged()
    };
    let cut = planned(signed(Kind::Review), cut);
    assert_eq!(cut.refusal(school.clone(), approve.clone()), None);
    let cut = cut.on("2025-09-02 09:00");
    assert_eq!(cut.refusal(school, approve), Some(Code::DeadlinePassed));
}

#[test]
fn a_draft_is_submitted_before_the_submit_deadline_and_stays_a_draft_after_it() {
    let walk = Walk::draft(Kind::Review).filled();
    let person = walk.person();
    let late = walk.clone().on("2025-10-31 18:00");
    asked(late, person.clone(), DeclarationCommand::Submit)
        .then_refused(Code::SubmitDeadlinePassed)
        .and(|walk| assert_eq!(walk.status_text(), "填写中"));
    asked(
        walk.on("2025-10-31 17:59:59"),
        person,
        DeclarationCommand::Submit,
    )
    .then(&["Submitted"]);
}

#[test]
fn a_resubmission_runs_until_the_work_units_deadline_not_the_submit_deadline() {
    let walk = signed(Kind::Review).handed_back(cast().school.first());
    let person = walk.person();
    asked(
        walk.clone().on("2025-11-28 17:59:59"),
        person.clone(),
        DeclarationCommand::Submit,
    )
    .then(&["Resubmitted"]);
    asked(
        walk.on("2025-11-28 18:00"),
        person,
        DeclarationCommand::Submit,
    )
    .then_refused(Code::DeadlinePassed);
}

#[test]
fn a_step_reopened_by_a_return_works_under_the_returning_steps_later_deadline() {
    let (cast, school) = (cast(), cast().school.first());
    let walk = planned(at_bureau(Kind::Review), staged()).on("2025-10-15 09:00");
    let walk = walk.returned(cast.bureau.first(), ReturnTo::Unit(cast.school.id));
    let approve = DeclarationCommand::ApproveAndPublicize(None);
    assert_eq!(
        walk.clone()
            .on("2025-10-31 00:00")
            .refusal(school.clone(), approve),
        Some(Code::DeadlinePassed)
    );
    let walk = walk.on("2025-10-16 09:00").publicized(school.clone());
    let report = report_to(&walk, cast.bureau.id);
    let end = walk.clone().on("2025-10-31 00:00");
    assert_eq!(
        end.refusal(school.clone(), report.clone()),
        Some(Code::DeadlinePassed)
    );
    asked(walk.on("2025-10-30 23:59:59"), school, report).then(&["Reported"]);
}

#[test]
fn of_a_steps_own_deadline_and_those_lent_to_it_the_latest_is_in_force() {
    let (own, plan) = (StepType::WorkUnit, staged());
    let earlier = Deadlines {
        superior: Some(instant("2025-10-01 00:00")),
        ..plan
    };
    assert_eq!(plan.in_force(own, &[]), plan.work_unit);
    assert_eq!(plan.in_force(own, &[StepType::Superior]), plan.superior);
    assert_eq!(
        earlier.in_force(own, &[StepType::Superior]),
        plan.work_unit,
        "an earlier one takes nothing away"
    );
    let unbounded = Deadlines {
        superior: None,
        ..plan
    };
    assert_eq!(unbounded.in_force(own, &[StepType::Superior]), None);
}

#[test]
fn the_steps_between_share_the_later_deadline_on_the_way_up_again_also_a_new_one() {
    let (cast, office) = (cast(), terminal(Kind::Review));
    let (school, bureau) = (cast.school.first(), cast.bureau.first());
    let walk = at_bureau(Kind::Review)
        .reported(bureau.clone(), office.id)
        .signed(office.first());
    let walk = planned(walk, staged()).on("2025-11-05 09:00");
    let walk = walk
        .returned(office.first(), ReturnTo::Unit(cast.school.id))
        .publicized(school.clone());
    for (unit, handler) in [(cast.bureau.id, bureau), (cast.city.id, cast.city.first())] {
        let up = walk.clone().reported(school.clone(), unit);
        let up = if unit == cast.city.id {
            up.signed(handler.clone())
        } else {
            up
        };
        let report = report_to(&up, office.id);
        let late = up.clone().on("2025-11-30 00:00");
        assert_eq!(
            late.refusal(handler.clone(), report.clone()),
            Some(Code::DeadlinePassed)
        );
        asked(up.on("2025-11-29 23:59:59"), handler, report).then(&["Reported"]);
    }
}

#[test]
fn a_resubmission_after_a_superiors_return_runs_until_the_superiors_deadline() {
    let walk = planned(at_bureau(Kind::Review), staged())
        .on("2025-10-15 09:00")
        .handed_back(cast().bureau.first());
    let person = walk.person();
    let late = walk.clone().on("2025-10-31 00:00");
    assert_eq!(
        late.refusal(person.clone(), DeclarationCommand::Submit),
        Some(Code::DeadlinePassed)
    );
    asked(
        walk.on("2025-10-30 23:59:59"),
        person,
        DeclarationCommand::Submit,
    )
    .then(&["Resubmitted"])
    .and(|walk| {
        assert_eq!(walk.tab(cast().school.id), Some(Tab::ToReview));
    });
}

#[test]
fn a_return_that_leaves_no_time_warns_by_where_it_goes() {
    let (cast, bureau) = (cast(), cast().bureau.first());
    let walk = planned(at_bureau(Kind::Review), staged());
    let to_school = send_back(ReturnTo::Unit(cast.school.id), "请更正");
    let in_time = walk.clone().on("2025-10-20 09:00");
    asked(in_time, bureau.clone(), to_school.clone()).then_warned(&["Returned"], &[]);
    let late = walk.on("2025-10-31 09:00");
    asked(late.clone(), bureau.clone(), to_school)
        .then_warned(&["Returned"], &[Warning::CannotBeReportedAgain]);
    asked(late, bureau, send_back(ReturnTo::Applicant, "请更正"))
        .then_warned(&["Returned"], &[Warning::CannotBeResubmitted]);
}

#[test]
fn approval_warns_when_the_report_could_not_be_made_in_time() {
    let walk = signed(Kind::Review);
    let school = cast().school.first();
    let approve = || DeclarationCommand::ApproveAndPublicize(None);
    let friday = walk.clone().on("2025-11-21 09:00");
    asked(friday.clone(), school.clone(), approve()).then_warned(&["ApprovedAndPublicized"], &[]);
    let saturday = walk.on("2025-11-22 09:00");
    let too_late = [Warning::PublicityCannotFinish];
    asked(saturday, school.clone(), approve()).then_warned(&["ApprovedAndPublicized"], &too_late);
    let midnight = Deadlines {
        work_unit: Some(instant("2025-11-28 00:00")),
        ..Cast::deadlines()
    };
    asked(planned(friday, midnight), school, approve())
        .then_warned(&["ApprovedAndPublicized"], &too_late);
}

#[test]
fn the_dialog_shows_the_warning_before_the_action_is_done() {
    let walk = signed(Kind::Review).on("2025-11-22 09:00");
    let allowed = walk.world.allowed(walk.id, cast().school.first(), walk.at);
    let of = |action| {
        allowed
            .iter()
            .find(|allowed| allowed.action == action)
            .unwrap()
    };
    assert_eq!(
        of(Action::ApproveAndPublicize).warnings,
        [Warning::PublicityCannotFinish]
    );
    assert!(of(Action::Return).warnings.is_empty());
    let late = reported_to(Kind::Review, cast().bureau.id).on("2025-12-30 09:00");
    let allowed = late.world.allowed(late.id, cast().school.first(), late.at);
    let withdraw = allowed
        .iter()
        .find(|allowed| allowed.action == Action::Withdraw)
        .unwrap();
    assert_eq!(withdraw.warnings, [Warning::CannotBeReportedAgain]);
}
