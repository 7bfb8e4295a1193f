#![allow(clippy::unwrap_used)]
use super::*;

fn calendar() -> HolidayCalendar {
    let text = include_str!("../../../../fixtures/holidays.csv");
    HolidayCalendar::from_years(parse_csv(text).unwrap())
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

#[test]
fn five_working_days_end_where_the_notices_say() {
    for (start, end) in [
        ("2025-08-29", "2025-09-04"),
        ("2025-09-01", "2025-09-05"),
        ("2025-09-26", "2025-10-09"),
        ("2025-09-29", "2025-10-11"),
        ("2026-02-12", "2026-02-25"),
        ("2026-04-30", "2026-05-09"),
        ("2026-08-29", "2026-09-04"),
    ] {
        let (start, end) = (day(start), day(end));
        assert_eq!(calendar().earliest_end(start, 5), Ok(end), "{start}");
        assert_eq!(calendar().workdays_between(start, end), Ok(5), "{start}");
        assert_eq!(
            calendar().workdays_between(start, end.pred()),
            Ok(4),
            "{start}"
        );
    }
}

#[test]
fn a_make_up_saturday_is_worked_and_a_holiday_weekday_is_not() {
    let calendar = calendar();
    assert_eq!(calendar.is_workday(day("2025-10-11")), Ok(true));
    assert_eq!(calendar.is_workday(day("2025-10-01")), Ok(false));
    assert_eq!(calendar.is_workday(day("2025-10-12")), Ok(false));
    assert_eq!(calendar.is_workday(day("2025-10-13")), Ok(true));
}

#[test]
fn spring_festival_2026_ends_on_the_23rd() {
    let calendar = calendar();
    let off = (15..=23).map(|d| Day::from_ymd(2026, 2, d).unwrap());
    assert!(off.into_iter().all(|d| calendar.is_workday(d) == Ok(false)));
    assert_eq!(calendar.is_workday(day("2026-02-24")), Ok(true));
}

#[test]
fn a_year_without_data_is_never_guessed() {
    let calendar = calendar();
    let missing = |year| CalendarMissing { year };
    assert_eq!(calendar.is_workday(day("2027-03-01")), Err(missing(2027)));
    assert_eq!(calendar.is_workday(day("2024-12-31")), Err(missing(2024)));
    assert_eq!(
        calendar.earliest_end(day("2026-12-29"), 5),
        Err(missing(2027))
    );
    assert_eq!(
        calendar.earliest_end(day("2026-12-25"), 5),
        Ok(day("2026-12-31"))
    );
    let range = (day("2026-12-31"), day("2027-01-04"));
    assert_eq!(
        calendar.workdays_between(range.0, range.1),
        Err(missing(2027))
    );
}

#[test]
fn an_empty_range_has_no_workdays_and_no_days_end_at_the_start() {
    let calendar = calendar();
    assert_eq!(
        calendar.workdays_between(day("2026-03-03"), day("2026-03-02")),
        Ok(0)
    );
    assert_eq!(
        calendar.earliest_end(day("2026-03-01"), 0),
        Ok(day("2026-03-01"))
    );
}

#[test]
fn a_year_refuses_strange_and_double_days() {
    let off = |text| (day(text), DayKind::Off);
    let refusal = |days| CalendarYear::new(2027, days).unwrap_err();
    assert_eq!(refusal(vec![]), CalendarProblem::Empty { year: 2027 });
    let strange = CalendarProblem::OtherYear {
        year: 2027,
        day: day("2026-01-01"),
    };
    assert_eq!(refusal(vec![off("2027-01-01"), off("2026-01-01")]), strange);
    let double = vec![
        off("2027-01-02"),
        off("2027-01-01"),
        (day("2027-01-02"), DayKind::Work),
    ];
    assert_eq!(
        refusal(double),
        CalendarProblem::Duplicate(day("2027-01-02"))
    );
}

#[test]
fn a_loaded_year_replaces_the_one_before_and_survives_json() {
    let mut calendar = calendar();
    assert_eq!(calendar.years().collect::<Vec<_>>(), [2025, 2026]);
    let corrected = CalendarYear::new(2026, vec![(day("2026-01-01"), DayKind::Off)]).unwrap();
    let json = serde_json::to_string(&corrected).unwrap();
    assert_eq!(json, r#"{"year":2026,"days":[["2026-01-01","off"]]}"#);
    assert_eq!(
        serde_json::from_str::<CalendarYear>(&json).unwrap(),
        corrected
    );
    assert!(
        serde_json::from_str::<CalendarYear>(r#"{"year":2025,"days":[["2026-01-01","off"]]}"#)
            .is_err()
    );
    calendar.load(corrected.clone());
    assert_eq!(calendar.year(2026), Some(corrected));
    assert_eq!(calendar.is_workday(day("2026-10-01")), Ok(true));
}
