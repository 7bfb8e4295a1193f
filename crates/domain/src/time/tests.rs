#![allow(clippy::unwrap_used)]
use super::*;

fn json(instant: Instant) -> String {
    serde_json::to_string(&instant).unwrap()
}

#[test]
fn an_instant_is_written_with_the_local_offset_and_micros_only_when_there_are_any() {
    let whole = Instant::parse("2026-03-02T01:00:00Z").unwrap();
    assert_eq!(json(whole), r#""2026-03-02T09:00:00+08:00""#);
    assert_eq!(
        json(whole.plus_micros(1)),
        r#""2026-03-02T09:00:00.000001+08:00""#
    );
    assert_eq!(whole.to_string(), "2026-03-02 09:00:00");
}

#[test]
fn an_instant_survives_json() {
    for micros in [0, -1, 1, 1_772_413_200_000_000, 1_772_413_200_000_001] {
        let instant = Instant::from_micros(micros);
        assert_eq!(
            serde_json::from_str::<Instant>(&json(instant)).unwrap(),
            instant
        );
    }
    for extreme in [Instant::MIN, Instant::MAX] {
        assert_eq!(
            serde_json::from_str::<Instant>(&json(extreme)).unwrap(),
            extreme
        );
    }
    assert_eq!(Instant::from_micros(i64::MAX), Instant::MAX);
    assert_eq!(json(Instant::MIN), r#""0001-01-01T00:00:00+08:00""#);
    assert_eq!(json(Instant::MAX), r#""9999-12-31T23:59:59.999999+08:00""#);
}

#[test]
fn the_local_day_and_year_begin_at_16_00_utc() {
    let before = Instant::parse("2025-12-31T15:59:59.999999Z").unwrap();
    let at = Instant::parse("2025-12-31T16:00:00Z").unwrap();
    assert_eq!((before.year(), at.year()), (2025, 2026));
    assert_eq!(at.day().start(), at);
    assert_eq!(before.day().next(), at.day());
    assert_eq!(at.day().pred(), before.day());
}

#[test]
fn a_time_without_offset_is_no_instant() {
    for text in [
        "2026-03-02T09:00:00",
        "2026-03-02",
        "",
        "tomorrow",
        "+10000-01-01T00:00:00Z",
    ] {
        assert!(Instant::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_day_is_read_only_as_yyyy_mm_dd() {
    assert_eq!(Day::parse("2024-02-29").unwrap().to_string(), "2024-02-29");
    for text in [
        "2025-02-29",
        "2025-2-01",
        "25-02-01",
        "2025/02/01",
        "0000-01-01",
        "２025-02-1",
    ] {
        assert!(Day::parse(text).is_err(), "{text}");
    }
}

#[test]
fn days_number_both_ways_and_stop_at_the_ends() {
    let day = Day::parse("2026-03-02").unwrap();
    assert_eq!(Day::from_number(day.number()), day);
    assert_eq!(Day::parse("1970-01-01").unwrap().number(), 0);
    assert_eq!(day.plus_days(i64::MAX).to_string(), "9999-12-31");
    assert_eq!(day.plus_days(i64::MIN).to_string(), "0001-01-01");
    assert!(Day::parse("2026-03-01").unwrap().is_weekend());
    assert!(!day.is_weekend());
}

#[test]
fn adding_days_keeps_the_time_of_day() {
    let instant = Instant::parse("2026-03-02T09:00:00+08:00").unwrap();
    assert_eq!(instant.plus_days(8).to_string(), "2026-03-10 09:00:00");
}
