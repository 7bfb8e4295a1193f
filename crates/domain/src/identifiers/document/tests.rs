#![allow(clippy::unwrap_used)]
use super::*;
use DocumentType::*;

fn parse(id_type: DocumentType, text: &str) -> Result<Document, DocumentProblem> {
    Document::parse(id_type, text, Day::parse("2026-03-02").unwrap())
}

#[test]
fn every_type_takes_the_numbers_it_has_in_any_case() {
    for (id_type, text, number) in [
        (ResidentId, " 11010519491231002x ", "11010519491231002X"),
        (HkMacaoPermit, "h12345678", "H12345678"),
        (HkMacaoPermit, "M00000001", "M00000001"),
        (TaiwanPermit, "01234567", "01234567"),
        (
            HmtResidencePermit,
            "810000199408230021",
            "810000199408230021",
        ),
        (
            HmtResidencePermit,
            "820000199408230023",
            "820000199408230023",
        ),
        (
            HmtResidencePermit,
            "830000199408230025",
            "830000199408230025",
        ),
        (Passport, "e1234", "E1234"),
        (Passport, "ABCDEFGHIJ0123456789", "ABCDEFGHIJ0123456789"),
        (
            ForeignPermanentResident,
            "usa110000000001",
            "USA110000000001",
        ),
        (
            ForeignPermanentResident,
            "911840198007010022",
            "911840198007010022",
        ),
    ] {
        let document = parse(id_type, text).unwrap_or_else(|problem| panic!("{text}: {problem}"));
        assert_eq!((document.id_type(), document.number()), (id_type, number));
        assert_eq!(Document::parse_accepted(id_type, text), Ok(document));
    }
}

#[test]
fn every_type_refuses_what_is_a_character_away() {
    for (id_type, texts) in [
        (
            HkMacaoPermit,
            &[
                "",
                "H1234567",
                "H123456789",
                "A12345678",
                "H1234567X",
                "Ｈ12345678",
            ][..],
        ),
        (
            TaiwanPermit,
            &["1234567", "123456789", "1234567A", "１2345678"],
        ),
        (
            Passport,
            &[
                "E123",
                "ABCDEFGHIJ01234567890",
                "E12 34",
                "E-1234",
                "护照12345",
                "ＥＥＥＥＥ",
            ],
        ),
        (
            ForeignPermanentResident,
            &[
                "USA11000000001",
                "USA1100000000012",
                "US1110000000001",
                "91184019800701002X",
                "9118401980070100221",
                "甲乙丙110000000001",
            ],
        ),
    ] {
        for text in texts {
            let problem = parse(id_type, text).unwrap_err();
            assert!(
                matches!(problem, DocumentProblem::Shape(_)),
                "{id_type} {text}"
            );
        }
    }
    for (id_type, text, problem) in [
        (ResidentId, "1101051949123100", IdNumberProblem::Length),
        (
            ResidentId,
            "110105194912310021",
            IdNumberProblem::CheckDigit,
        ),
        (
            HmtResidencePermit,
            "810000199408230022",
            IdNumberProblem::CheckDigit,
        ),
        (
            HmtResidencePermit,
            "810000202608230020",
            IdNumberProblem::Age,
        ),
    ] {
        assert_eq!(parse(id_type, text), Err(problem.into()), "{text}");
    }
}

/// Otherwise one human would have two accounts, and would handle his own declaration.
#[test]
fn a_number_belongs_to_one_type_only() {
    for (id_type, text) in [
        (ResidentId, "810000199408230021"),
        (ResidentId, "820000199408230023"),
        (ResidentId, "830000199408230025"),
        (ResidentId, "911840198007010022"),
        (HmtResidencePermit, "11010519491231002X"),
        (HmtResidencePermit, "500112199506120027"),
    ] {
        assert_eq!(
            parse(id_type, text),
            Err(DocumentProblem::OtherType),
            "{text}"
        );
    }
}

#[test]
fn id_numbers_alone_tell_sex_and_birth_date() {
    let told = |id_type, text| parse(id_type, text).unwrap().told();
    let day = |text| Day::parse(text).unwrap();
    assert_eq!(
        told(ResidentId, "500112199103151013"),
        Some((Sex::Male, day("1991-03-15")))
    );
    assert_eq!(
        told(HmtResidencePermit, "810000199408230021"),
        Some((Sex::Female, day("1994-08-23")))
    );
    for (id_type, text) in [
        (HkMacaoPermit, "H12345678"),
        (TaiwanPermit, "01234567"),
        (Passport, "500112199103151013"),
        (ForeignPermanentResident, "911840198007010022"),
    ] {
        assert_eq!(told(id_type, text), None, "{text}");
    }
}

#[test]
fn the_claim_names_type_and_number_and_the_debug_text_is_masked() {
    let document = |id_type| parse(id_type, "01234567").unwrap();
    assert_eq!(document(TaiwanPermit).to_claim(), "taiwan_permit 01234567");
    assert_eq!(document(Passport).to_claim(), "passport 01234567");
    let shown = format!("{:?}", document(Passport));
    assert_eq!(shown, "Document(passport, **********)");
}
