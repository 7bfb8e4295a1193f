//! Where two checks fail at once, the earlier of 13A.8 answers.

use super::*;
use docket_domain::committee::Deadlines;
use docket_domain::declaration::{Publicity, ReportForm};
use docket_domain::refusal::Code;
use docket_domain::time::Day;

/// The code of a command from a client that saw a version long gone.
fn stale(walk: &Walk, actor: Actor, command: DeclarationCommand) -> Code {
    let command = Command::Declaration {
        id: walk.id,
        command,
    };
    walk.clone()
        .world
        .execute_at(actor, &command, walk.at, Some(0))
        .unwrap_err()
        .code
}

fn refused(walk: &Walk, actor: Actor, command: DeclarationCommand) -> Code {
    walk.refusal(actor, command).expect("a spec of refusals")
}

#[test]
fn membership_then_the_step_then_the_menu_then_the_withdrawal_then_the_version() {
    let cast = cast();
    let walk = signed(Kind::Review);
    let stranger = Actor::of_unit(cast.bureau.operators[0], cast.city.id);
    assert_eq!(
        stale(&walk, stranger, terminate("")),
        Code::NoPermission,
        "before NOT_FOUND"
    );
    assert_eq!(
        stale(&walk, cast.bureau.narrow(), terminate("")),
        Code::NotFound,
        "before the menu"
    );
    let gone = reported_to(Kind::Review, cast.bureau.id).withdrawn(cast.school.first());
    assert_eq!(
        stale(&gone, cast.bureau.narrow(), terminate("")),
        Code::NoPermission,
        "before UNIT_MISMATCH"
    );
    assert_eq!(
        stale(&gone, cast.bureau.first(), terminate("")),
        Code::UnitMismatch,
        "before STALE_VERSION"
    );
    assert_eq!(
        stale(&walk, cast.school.first(), DeclarationCommand::Sign),
        Code::StaleVersion,
        "before WRONG_STATE"
    );
}

#[test]
fn the_state_then_the_conflict_then_the_handler() {
    let school = cast().school.clone();
    let mut walk = Walk::before(World::demo_like()).by(school.operators[1]);
    let draft = walk.choice(Kind::Review, cast().committee.0, school.id);
    let walk = walk.created(draft).submitted().signed(school.first());
    let himself = school.second();
    assert_eq!(
        refused(&walk, himself.clone(), DeclarationCommand::Sign),
        Code::WrongState,
        "before the conflict"
    );
    assert_eq!(
        refused(&walk, himself, terminate("")),
        Code::ConflictOfInterest,
        "before NOT_HANDLER"
    );
}

#[test]
fn the_handler_then_the_deadline_then_the_fields() {
    let school = cast().school.clone();
    let walk = publicizing(Kind::Review).on("2026-02-02 09:00");
    let empty = DeclarationCommand::Report(ReportForm::default());
    assert_eq!(
        refused(&walk, school.second(), empty.clone()),
        Code::NotHandler,
        "before DEADLINE_PASSED"
    );
    assert_eq!(
        refused(&walk, school.first(), empty),
        Code::DeadlinePassed,
        "before the fields"
    );
}

#[test]
fn the_handler_then_whether_the_superior_signed() {
    let walk = at_bureau(Kind::Review);
    let second = cast().school.second();
    assert_eq!(
        refused(&walk, second, DeclarationCommand::Withdraw),
        Code::NotHandler
    );
}

#[test]
fn the_fields_in_the_order_of_the_form_then_the_publicity_then_the_target() {
    let walk = publicizing(Kind::Initial).on("2025-09-20 09:00");
    let day = |text| Day::parse(text).unwrap();
    let mut form = ReportForm::default();
    let ask = |form: &ReportForm| {
        let command = Command::Declaration {
            id: walk.id,
            command: DeclarationCommand::Report(form.clone()),
        };
        let refusal = walk
            .world
            .decide(cast().school.first(), &command, walk.at)
            .unwrap_err();
        (refusal.code, refusal.field.unwrap())
    };
    let of = |code, field: &str| (code, field.to_owned());
    assert_eq!(ask(&form), of(Code::FieldRequired, "responsible_person"));
    form.responsible_person = "周文博".to_owned();
    assert_eq!(ask(&form), of(Code::FieldRequired, "phone"));
    form.phone = "023-60000000".to_owned();
    assert_eq!(ask(&form), of(Code::OpinionRequired, "opinion"));
    form.opinion = "同意".to_owned();
    assert_eq!(ask(&form), of(Code::FieldRequired, "target_unit_id"));
    form.target = Some(cast().unready.id);
    assert_eq!(ask(&form), of(Code::PublicityRequired, "publicity"));
    let mut range = |start, end| {
        form.publicity = Some(Publicity {
            start: day(start),
            end: day(end),
        });
        ask(&form)
    };
    assert_eq!(
        range("2025-08-20", "2025-08-19"),
        of(Code::PublicityRangeInvalid, "publicity")
    );
    assert_eq!(
        range("2025-08-20", "2025-08-21"),
        of(Code::PublicityTooEarly, "publicity")
    );
    assert_eq!(
        range("2025-09-19", "2025-09-20"),
        of(Code::PublicityTooShort, "publicity")
    );
    assert_eq!(
        range("2025-09-12", "2025-09-20"),
        of(Code::PublicityNotFinished, "publicity")
    );
    assert_eq!(
        range("2025-09-12", "2025-09-19"),
        of(Code::TargetNotReady, "target_unit_id")
    );
}

#[test]
fn a_return_names_its_target_then_its_reason_then_whether_the_target_is_right() {
    let (walk, bureau) = (at_bureau(Kind::Review), cast().bureau.clone());
    let wrong = Some(ReturnTo::Unit(bureau.id));
    for (to, reason, code) in [
        (None, "", Code::FieldRequired),
        (wrong, "", Code::ReasonRequired),
        (wrong, "请更正", Code::ReturnTargetInvalid),
    ] {
        let command = DeclarationCommand::Return {
            to,
            reason: reason.to_owned(),
        };
        assert_eq!(refused(&walk, bureau.first(), command), code);
    }
}

#[test]
fn the_applicants_checks_answer_one_after_another() {
    let kind = Kind::Review;
    let mut walk = signed(kind);
    let first = walk.id;
    // A second draft, at a unit that is not ready, with everything wrong that can be.
    let draft = walk.choice(kind, cast().committee.0, cast().unready.id);
    let mut walk = walk.created(draft);
    let second = walk.id;
    // A third, terminated, for the lock; the first is live, for the duplicate.
    let mut draft = walk.choice(kind, cast().committee.0, cast().school.id);
    draft.title.title = "高级教师".to_owned();
    let mut locked = walk
        .clone()
        .created(draft)
        .submitted()
        .signed(cast().school.first());
    locked = locked.terminated(cast().school.first());
    (walk.id, locked.id) = (second, second);
    let person = walk.person();
    let submit = || DeclarationCommand::Submit;
    let stranger = Actor::applicant(cast().applicants[5]);
    assert_eq!(
        stale(&locked, stranger, submit()),
        Code::NotFound,
        "before STALE_VERSION"
    );
    assert_eq!(stale(&locked, person.clone(), submit()), Code::StaleVersion);
    let late = locked.clone().on("2025-12-01 09:00");
    assert_eq!(
        refused(&late, person.clone(), submit()),
        Code::SubmitDeadlinePassed,
        "before YEAR_LOCKED"
    );
    assert_eq!(
        refused(&locked, person.clone(), submit()),
        Code::YearLocked,
        "before DUPLICATE_LIVE"
    );
    assert_eq!(
        refused(&walk, person.clone(), submit()),
        Code::DuplicateLive,
        "before TARGET_NOT_READY"
    );
    walk.id = first;
    let mut walk = walk.handed_back(cast().school.first());
    walk.id = second;
    assert_eq!(
        refused(&walk, person, submit()),
        Code::TargetNotReady,
        "before INCOMPLETE"
    );
}

#[test]
fn a_disabled_setting_answers_before_the_lock() {
    let (accepting, id) = (cast().accepting.clone(), cast().accepting_settings[0]);
    let mut walk = submitted(Kind::Initial);
    let mut draft = walk.choice(Kind::Initial, id.0, cast().school.id);
    draft.title.title = "二级教师".to_owned();
    let first = walk.id;
    let mut walk = walk.created(draft);
    let second = std::mem::replace(&mut walk.id, first);
    let mut walk = walk
        .signed(cast().school.first())
        .terminated(cast().school.first());
    walk.id = second;
    let person = walk.person();
    assert_eq!(
        refused(&walk, person.clone(), DeclarationCommand::Submit),
        Code::YearLocked
    );
    let walk = walk.with(|world, at| {
        let form = Cast::setting_form(id, accepting.id, Kind::Initial, false);
        administer(
            world,
            accepting.legal(),
            AdminCommand::SaveSetting(Box::new(form)),
            at,
        );
    });
    assert_eq!(
        refused(&walk, person, DeclarationCommand::Submit),
        Code::SettingDisabled
    );
}

#[test]
fn a_resubmission_is_late_before_it_is_a_duplicate_or_incomplete() {
    let school = cast().school.first();
    let mut walk = signed(Kind::Review).handed_back(school);
    let first = walk.id;
    let draft = walk.choice(Kind::Review, cast().committee.0, cast().school.id);
    let mut walk = walk.created(draft).submitted();
    walk.id = first;
    let person = walk.person();
    let empty = docket_testkit::section("attachments", serde_json::json!({ "rows": [] }));
    let walk = walk.done(
        person.clone(),
        DeclarationCommand::SaveSection(Box::new(empty)),
    );
    assert_eq!(
        refused(&walk, person.clone(), DeclarationCommand::Submit),
        Code::DuplicateLive,
        "before INCOMPLETE"
    );
    let late = walk.with(|world, at| {
        let deadlines = Deadlines {
            submit: None,
            work_unit: Some(at.plus_micros(1)),
            ..Cast::deadlines()
        };
        plan(world, deadlines, vec![], at);
    });
    assert_eq!(
        refused(&late, person, DeclarationCommand::Submit),
        Code::DeadlinePassed
    );
}
