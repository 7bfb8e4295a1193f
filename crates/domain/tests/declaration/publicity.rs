//! 公示: five working days, by the holiday calendar (A8, A15-A18).

use super::*;
use docket_domain::calendar::parse_csv;
use docket_domain::declaration::Publicity;
use docket_domain::refusal::{Code, Warning};
use docket_domain::time::Day;

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn range(start: &str, end: &str) -> Publicity {
    Publicity {
        start: day(start),
        end: day(end),
    }
}

fn report(publicity: Option<Publicity>) -> DeclarationCommand {
    DeclarationCommand::Report(docket_testkit::report_form(cast().bureau.id, publicity))
}

/// 公示中 since a day, 初定, so that no deadline is in the way.
fn since(date: &str) -> Walk {
    signed(Kind::Initial)
        .on(&format!("{date} 09:00"))
        .publicized(cast().school.first())
}

/// The code of a report of a range at 09:00 of a day, if it is refused.
fn on(walk: &Walk, today: &str, publicity: Publicity) -> Option<Code> {
    walk.clone()
        .on(&format!("{today} 09:00"))
        .refusal(cast().school.first(), report(Some(publicity)))
}

#[test]
fn four_working_days_are_too_short_and_five_are_enough() {
    let walk = since("2025-09-01");
    assert_eq!(
        on(&walk, "2025-09-10", range("2025-09-01", "2025-09-04")),
        Some(Code::PublicityTooShort)
    );
    assert_eq!(
        on(&walk, "2025-09-10", range("2025-09-01", "2025-09-05")),
        None
    );
}

#[test]
fn the_national_day_holidays_and_their_make_up_days_count_as_the_notice_says() {
    let walk = since("2025-09-29");
    assert_eq!(
        on(&walk, "2025-10-13", range("2025-09-29", "2025-10-10")),
        Some(Code::PublicityTooShort)
    );
    assert_eq!(
        on(&walk, "2025-10-13", range("2025-09-29", "2025-10-11")),
        None
    );
}

#[test]
fn a_publicity_across_the_spring_festival_and_from_a_saturday() {
    for (start, end, after) in [
        ("2025-08-29", "2025-09-04", "2025-09-05"),
        ("2025-09-26", "2025-10-09", "2025-10-10"),
        ("2026-02-12", "2026-02-25", "2026-02-26"),
        ("2026-04-30", "2026-05-09", "2026-05-10"),
        ("2026-08-29", "2026-09-04", "2026-09-05"),
    ] {
        let walk = signed(Kind::Initial)
            .on(&format!("{start} 09:00"))
            .publicized(cast().school.first());
        assert_eq!(on(&walk, after, range(start, end)), None, "{start}");
        let shorter = Publicity {
            start: day(start),
            end: day(end).pred(),
        };
        assert_eq!(
            on(&walk, after, shorter),
            Some(Code::PublicityTooShort),
            "{start}"
        );
    }
}

#[test]
fn a_publicity_that_ends_today_is_not_finished() {
    let (walk, week) = (since("2025-09-01"), range("2025-09-01", "2025-09-05"));
    let last = walk.clone().on("2025-09-05 23:59:59");
    asked(last, cast().school.first(), report(Some(week)))
        .then_refused_for(Code::PublicityNotFinished, "publicity");
    let next = walk.on("2025-09-06 00:00");
    asked(next, cast().school.first(), report(Some(week))).then(&["Reported"]);
}

#[test]
fn the_range_is_required_and_in_order() {
    let walk = since("2025-09-01").on("2025-09-10 09:00");
    let refused = |publicity| walk.refusal(cast().school.first(), report(publicity));
    assert_eq!(refused(None), Some(Code::PublicityRequired));
    assert_eq!(
        refused(Some(range("2025-09-05", "2025-09-01"))),
        Some(Code::PublicityRangeInvalid)
    );
}

#[test]
fn a_first_publicity_starts_on_or_after_the_day_it_was_approved() {
    let walk = since("2025-09-02");
    assert_eq!(
        on(&walk, "2025-09-20", range("2025-09-01", "2025-09-10")),
        Some(Code::PublicityTooEarly)
    );
    assert_eq!(
        on(&walk, "2025-09-20", range("2025-09-02", "2025-09-10")),
        None
    );
}

#[test]
fn unchanged_content_keeps_its_earlier_publicity_after_any_return() {
    let (school, bureau) = (cast().school.first(), cast().bureau.first());
    let early = range("2025-09-01", "2025-09-05");
    let reported = since("2025-09-01")
        .on("2025-09-08 09:00")
        .done(school.clone(), report(Some(early)));
    let by_superior = reported
        .signed(bureau.clone())
        .returned(bureau, ReturnTo::Unit(cast().school.id));
    let by_itself = since("2025-09-01")
        .on("2025-09-08 09:00")
        .handed_back(school.clone())
        .resubmitted();
    for walk in [by_superior, by_itself] {
        let walk = walk.on("2025-09-10 09:00").publicized(school.clone());
        assert_eq!(on(&walk, "2025-09-10", early), None);
    }
}

#[test]
fn saving_the_same_content_again_is_no_change() {
    let school = cast().school.first();
    let walk = since("2025-09-01")
        .on("2025-09-08 09:00")
        .handed_back(school.clone())
        .filled()
        .resubmitted();
    let walk = walk.publicized(school);
    assert_eq!(
        on(&walk, "2025-09-10", range("2025-09-01", "2025-09-05")),
        None
    );
}

#[test]
fn changed_content_needs_a_publicity_of_its_own() {
    let school = cast().school.first();
    let changed = since("2025-09-01")
        .on("2025-09-08 09:00")
        .handed_back(school.clone())
        .edited("二")
        .resubmitted();
    let walk = changed.on("2025-09-09 09:00").publicized(school.clone());
    assert_eq!(
        on(&walk, "2025-09-20", range("2025-09-08", "2025-09-15")),
        Some(Code::PublicityTooEarly)
    );
    assert_eq!(
        on(&walk, "2025-09-20", range("2025-09-09", "2025-09-15")),
        None
    );
    let unchanged = walk
        .handed_back(school.clone())
        .resubmitted()
        .on("2025-09-16 09:00")
        .publicized(school);
    assert_eq!(
        on(&unchanged, "2025-09-20", range("2025-09-09", "2025-09-15")),
        None,
        "the first approval counts"
    );
    assert_eq!(
        on(&unchanged, "2025-09-20", range("2025-09-08", "2025-09-15")),
        Some(Code::PublicityTooEarly)
    );
}

#[test]
fn a_changed_attachment_is_changed_content() {
    let school = cast().school.first();
    let back = since("2025-09-01")
        .on("2025-09-08 09:00")
        .handed_back(school.clone());
    let file = serde_json::json!({ "rows": [{
        "requirement_id": Cast::requirements()[0].id, "name": "学历证书", "sha256": "a".repeat(64),
    }] });
    let person = back.person();
    let section = docket_testkit::section("attachments", file);
    let walk = back
        .done(person, DeclarationCommand::SaveSection(Box::new(section)))
        .resubmitted()
        .publicized(school);
    assert_eq!(
        on(&walk, "2025-09-20", range("2025-09-01", "2025-09-15")),
        Some(Code::PublicityTooEarly)
    );
}

#[test]
fn a_withdrawal_keeps_the_dates() {
    let school = cast().school.first();
    let walk = reported_to(Kind::Initial, cast().bureau.id).withdrawn(school.clone());
    let kept = walk.state().steps[0].publicity.unwrap();
    asked(walk, school, report(Some(kept))).then(&["Reported"]);
}

#[test]
fn a_year_without_a_calendar_is_refused_until_it_is_loaded() {
    let walk = since("2026-12-28");
    let across = range("2026-12-28", "2027-01-08");
    assert_eq!(on(&walk, "2027-01-20", across), Some(Code::CalendarMissing));
    let mut years = parse_csv("date,kind\n2027-01-01,off\n").unwrap();
    let loaded = walk.with(|world, at| {
        administer(
            world,
            Actor::SYSTEM,
            AdminCommand::LoadCalendarYear {
                year: years.remove(0),
                confirmed: true,
            },
            at,
        );
    });
    assert_eq!(on(&loaded, "2027-01-20", across), None);
}

#[test]
fn what_is_wrong_with_the_range_answers_before_the_missing_calendar() {
    let walk = since("2026-12-28");
    assert_eq!(
        on(&walk, "2027-01-05", range("2026-12-28", "2027-01-08")),
        Some(Code::PublicityNotFinished)
    );
    assert_eq!(
        on(&walk, "2027-01-20", range("2026-12-20", "2027-01-08")),
        Some(Code::PublicityTooEarly)
    );
}

#[test]
fn a_superiors_report_has_no_publicity() {
    let walk = at_bureau(Kind::Initial);
    let end = terminal(Kind::Initial);
    let form = docket_testkit::report_form(end.id, None);
    asked(
        walk,
        cast().bureau.first(),
        DeclarationCommand::Report(form),
    )
    .then(&["Reported"])
    .and(|walk| {
        assert_eq!(walk.state().step(2).unwrap().publicity, None);
    });
}

// The planned 公示时间 (A74, A78)

/// 审核通过并公示 with a planned range, at 09:00 of a day.
fn planned(walk: Walk, today: &str, given: Option<Publicity>) -> When {
    let command = DeclarationCommand::ApproveAndPublicize(given);
    asked(
        walk.on(&format!("{today} 09:00")),
        cast().school.first(),
        command,
    )
}

fn plan_of(walk: &Walk) -> Option<Publicity> {
    walk.state()
        .step_shown_to(cast().school.id)
        .unwrap()
        .planned
}

#[test]
fn the_approval_plans_from_today_to_the_earliest_end_unless_it_says_otherwise() {
    let later = range("2025-09-03", "2025-09-30");
    for (given, kept) in [
        (None, range("2025-09-01", "2025-09-05")),
        (Some(later), later),
    ] {
        planned(signed(Kind::Initial), "2025-09-01", given)
            .then_warned(&["ApprovedAndPublicized"], &[])
            .and(|walk| assert_eq!(plan_of(walk), Some(kept)));
    }
}

#[test]
fn a_planned_range_is_in_order_long_enough_and_not_before_the_approval_and_may_lie_ahead() {
    for (given, code) in [
        (("2025-09-08", "2025-09-01"), Code::PublicityRangeInvalid),
        (("2025-08-31", "2025-09-30"), Code::PublicityTooEarly),
        (("2025-08-31", "2025-09-01"), Code::PublicityTooEarly),
        (("2025-09-01", "2025-09-04"), Code::PublicityTooShort),
    ] {
        let given = Some(range(given.0, given.1));
        planned(signed(Kind::Initial), "2025-09-01", given).then_refused_for(code, "publicity");
    }
    let ahead = Some(range("2025-09-01", "2025-09-05"));
    planned(signed(Kind::Initial), "2025-09-01", ahead).then(&["ApprovedAndPublicized"]);
}

#[test]
fn with_unchanged_content_the_earlier_range_may_be_planned_again() {
    let school = cast().school.first();
    let first = range("2025-09-01", "2025-09-05");
    let back = since("2025-09-01").handed_back(school);
    let same = back.clone().resubmitted();
    planned(same, "2025-09-10", Some(first))
        .then(&["ApprovedAndPublicized"])
        .and(|walk| assert_eq!(plan_of(walk), Some(first)));
    let changed = back.edited("改动").resubmitted();
    planned(changed, "2025-09-10", Some(first))
        .then_refused_for(Code::PublicityTooEarly, "publicity");
}

#[test]
fn a_plan_never_binds_the_report_and_gives_way_to_what_was_reported() {
    let school = cast().school.first();
    let (plan, other) = (
        range("2025-09-01", "2025-09-30"),
        range("2025-09-01", "2025-09-05"),
    );
    let walk = planned(signed(Kind::Initial), "2025-09-01", Some(plan))
        .then(&["ApprovedAndPublicized"])
        .walk();
    let walk = asked(
        walk.on("2025-09-08 09:00"),
        school.clone(),
        report(Some(other)),
    )
    .then(&["Reported"])
    .walk();
    assert_eq!(plan_of(&walk.withdrawn(school)), Some(other));
}

#[test]
fn an_approval_that_cannot_be_counted_warns_and_plans_nothing() {
    let warned = [Warning::PublicityCannotBeCounted];
    let walk = signed(Kind::Initial);
    for given in [None, Some(range("2026-12-29", "2027-01-15"))] {
        planned(walk.clone(), "2026-12-29", given)
            .then_warned(&["ApprovedAndPublicized"], &warned)
            .and(|walk| assert_eq!(plan_of(walk), None));
    }
    let counted = Some(range("2026-12-25", "2026-12-31"));
    planned(walk.clone(), "2026-12-25", counted).then_warned(&["ApprovedAndPublicized"], &[]);
    let early = Some(range("2026-12-01", "2027-01-15"));
    planned(walk, "2026-12-29", early).then_refused_for(Code::PublicityTooEarly, "publicity");
}

#[test]
fn a_planned_end_after_which_no_time_is_left_warns() {
    let too_late = [Warning::PublicityCannotFinish];
    for (end, warnings) in [
        ("2025-11-26", &[][..]),
        ("2025-11-27", &[]),
        ("2025-11-28", &too_late),
    ] {
        let given = Some(range("2025-11-03", end));
        planned(signed(Kind::Review), "2025-11-03", given)
            .then_warned(&["ApprovedAndPublicized"], warnings);
    }
}
