//! 保存 and 删除 of a draft.

use super::*;
use docket_domain::refusal::Code;
use docket_domain::vocabulary::Status;
use docket_testkit::section;
use serde_json::json;

fn save(code: &str, body: serde_json::Value) -> DeclarationCommand {
    DeclarationCommand::SaveSection(Box::new(section(code, body)))
}

#[test]
fn the_other_sections_unlock_once_the_basic_one_is_saved() {
    let (walk, rows) = (
        Walk::draft(Kind::Review),
        json!({ "rows": [{ "name": "师范大学" }] }),
    );
    let person = walk.person();
    let education = save("education", rows);
    asked(walk.clone(), person.clone(), education.clone()).then_refused(Code::SectionLocked);
    let walk = asked(walk, person.clone(), save("basic", json!({})))
        .then(&["SectionSaved"])
        .walk();
    asked(walk, person, education).then(&["SectionSaved"]);
}

#[test]
fn a_partial_section_is_saved_with_what_is_still_missing() {
    let walk = Walk::draft(Kind::Initial);
    let person = walk.person();
    let body = json!({ "health": "健康", "person_category": "企业人员" });
    asked(walk, person, save("basic", body))
        .then(&["SectionSaved"])
        .and(|walk| {
            assert_eq!(
                walk.state().sections["basic"].missing,
                ["highest_education"]
            );
            assert_eq!(
                walk.state()
                    .person_in_form
                    .as_ref()
                    .unwrap()
                    .person_category
                    .as_deref(),
                Some("企业人员")
            );
        });
}

#[test]
fn an_edit_while_it_is_returned_shows_in_lists_only_after_the_resubmission() {
    let school = cast().school.clone();
    let walk = signed(Kind::Initial).returned(school.first(), ReturnTo::Applicant);
    let shown = |walk: &Walk| walk.state().person.clone().unwrap().person_category;
    let before = shown(&walk);
    let edited =
        json!({ "health": "健康", "highest_education": "本科", "person_category": "流动人员" });
    let person = walk.person();
    let walk = asked(walk, person, save("basic", edited))
        .then(&["SectionSaved"])
        .walk();
    assert_eq!(shown(&walk), before);
    assert_eq!(shown(&walk.resubmitted()).as_deref(), Some("流动人员"));
}

#[test]
fn what_is_wrong_is_refused_with_every_problem() {
    let walk = Walk::draft(Kind::Initial);
    let body = json!({ "health": "字".repeat(51), "phone": "110", "unknown": 1 });
    let command = Command::Declaration {
        id: walk.id,
        command: save("basic", body),
    };
    let refusal = walk
        .world
        .decide(walk.person(), &command, walk.at)
        .unwrap_err();
    let problems: Vec<(&str, &str)> = refusal
        .errors
        .iter()
        .map(|problem| (problem.section.as_str(), problem.field.as_str()))
        .collect();
    // In the order of the form, what the form does not have last.
    let expected = [
        ("basic", "phone"),
        ("basic", "health"),
        ("basic", "unknown"),
    ];
    assert_eq!(problems, expected);
    assert!(
        refusal
            .errors
            .iter()
            .all(|problem| !problem.title.is_empty())
    );
    assert_eq!(
        (refusal.code, refusal.field.as_deref()),
        (Code::FieldInvalid, Some("phone")),
        "the first one answers"
    );
}

#[test]
fn what_the_basic_section_says_of_the_person_agrees_with_the_identity() {
    let walk = Walk::draft(Kind::Initial);
    let person = walk.person();
    asked(walk, person, save("basic", json!({ "name": "别人" })))
        .then_refused_for(Code::FieldInvalid, "name");
}

#[test]
fn a_kind_has_no_section_of_another() {
    let walk = Walk::draft(Kind::Confirmation).filled();
    let person = walk.person();
    asked(walk, person, save("papers", json!({ "rows": [] })))
        .then_refused_for(Code::FieldInvalid, "section");
}

#[test]
fn a_returned_declaration_is_edited_and_a_submitted_one_is_not() {
    let person = Walk::draft(Kind::Review).person();
    let back = signed(Kind::Review).handed_back(cast().school.first());
    asked(back, person.clone(), save("basic", json!({}))).then(&["SectionSaved"]);
    asked(submitted(Kind::Review), person, save("basic", json!({}))).then_refused(Code::WrongState);
}

#[test]
fn a_deleted_draft_is_gone_for_its_applicant_and_holds_nothing_personal() {
    let walk = Walk::draft(Kind::Review).filled();
    let person = walk.person();
    asked(walk, person.clone(), DeclarationCommand::Delete)
        .then(&["DraftDeleted"])
        .and(|walk| {
            let declaration = walk.state();
            assert_eq!(
                (declaration.status, &declaration.person),
                (Status::Deleted, &None)
            );
            assert!(declaration.sections.is_empty() && declaration.names.is_empty());
            for command in [
                DeclarationCommand::Delete,
                DeclarationCommand::Submit,
                save("basic", json!({})),
            ] {
                assert_eq!(walk.refusal(person.clone(), command), Some(Code::NotFound));
            }
        });
}

#[test]
fn only_a_never_submitted_draft_is_deleted() {
    let person = Walk::draft(Kind::Review).person();
    let back = signed(Kind::Review).handed_back(cast().school.first());
    for walk in [submitted(Kind::Review), back] {
        asked(walk, person.clone(), DeclarationCommand::Delete).then_refused(Code::WrongState);
    }
}
