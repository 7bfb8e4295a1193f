#![allow(clippy::unwrap_used)]
use super::*;

fn parse(text: &str) -> Result<IdNumber, IdNumberProblem> {
    IdNumber::parse(text, Day::parse("2026-03-02").unwrap())
}

#[test]
fn the_standards_example_is_valid_and_its_x_becomes_a_capital() {
    let number = parse(" 11010519491231002x\u{3000}").unwrap();
    assert_eq!(number.as_str(), "11010519491231002X");
    assert_eq!(number.sex(), Sex::Female);
    assert_eq!(number.birth_date().to_string(), "1949-12-31");
}

#[test]
fn synthetic_samples_tell_sex_and_birth_date() {
    let woman = parse("500112199506120027").unwrap();
    let man = parse("500112199103151013").unwrap();
    assert_eq!((woman.sex(), man.sex()), (Sex::Female, Sex::Male));
    assert_eq!(woman.birth_date().to_string(), "1995-06-12");
    assert_eq!(man.birth_date().to_string(), "1991-03-15");
}

#[test]
fn a_person_of_more_than_120_years_is_refused_though_the_digits_fit() {
    assert_eq!(parse("500103190302070016"), Err(IdNumberProblem::Age));
    assert!(IdNumber::parse_accepted("500103190302070016").is_ok());
    let on = |day| IdNumber::parse("500103190302070016", Day::parse(day).unwrap());
    assert!(on("2024-02-06").is_ok(), "the last day of the 120th year");
    assert_eq!(on("2024-02-07"), Err(IdNumberProblem::Age));
}

#[test]
fn a_birth_after_today_is_refused() {
    let day = Day::parse("1995-06-11").unwrap();
    assert_eq!(
        IdNumber::parse("500112199506120027", day),
        Err(IdNumberProblem::Age)
    );
    assert!(IdNumber::parse("500112199506120027", day.next()).is_ok());
}

#[test]
fn every_wrong_shape_has_its_own_problem() {
    for (text, problem) in [
        ("", IdNumberProblem::Length),
        ("11010519491231002", IdNumberProblem::Length),
        ("11010519491231002XX", IdNumberProblem::Length),
        ("1101051949123100XX", IdNumberProblem::Characters),
        ("１1010519491231002X", IdNumberProblem::Characters),
        ("11010519491231002Y", IdNumberProblem::Characters),
        ("11010519491231002张", IdNumberProblem::Characters),
        ("110105194902300021", IdNumberProblem::BirthDate),
        ("110105000002300021", IdNumberProblem::BirthDate),
        ("110105194912310021", IdNumberProblem::CheckDigit),
    ] {
        assert_eq!(parse(text), Err(problem), "{text}");
    }
}

#[test]
fn an_abolished_region_code_is_no_reason_to_refuse() {
    assert!(parse("000000199506120028").is_ok());
}

#[test]
fn every_other_check_digit_is_refused() {
    for check in "0123456789".chars() {
        assert!(
            parse(&format!("11010519491231002{check}")).is_err(),
            "{check}"
        );
    }
}

#[test]
fn debug_output_is_masked_and_json_is_whole() {
    let number = parse("500112199506120027").unwrap();
    assert_eq!(format!("{number:?}"), "IdNumber(5001**********0027)");
    let json = serde_json::to_string(&number).unwrap();
    assert_eq!(json, r#""500112199506120027""#);
    assert_eq!(serde_json::from_str::<IdNumber>(&json).unwrap(), number);
    assert!(serde_json::from_str::<IdNumber>(r#""500112199506120028""#).is_err());
}

#[test]
fn sex_is_read_by_code_or_label() {
    assert_eq!(Sex::parse("女"), Some(Sex::Female));
    assert_eq!(Sex::parse("male"), Some(Sex::Male));
    assert_eq!(Sex::parse("m"), None);
}
