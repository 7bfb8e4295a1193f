//! 提交 and 再次提交 (A14, A46, A48)

use super::*;
use docket_domain::Requirement;
use docket_domain::committee::Deadlines;
use docket_domain::refusal::{Code, Problem};
use docket_domain::vocabulary::{Status, StepType, Tab};
use docket_testkit::section;
use serde_json::json;

const SUBMIT: DeclarationCommand = DeclarationCommand::Submit;

fn enabled(world: &mut World, kind: Kind, on: bool, at: Instant) {
    let accepting = &cast().accepting;
    let id = cast().accepting_settings[usize::from(kind == Kind::Confirmation)];
    let form = Cast::setting_form(id, accepting.id, kind, on);
    administer(
        world,
        accepting.legal(),
        AdminCommand::SaveSetting(Box::new(form)),
        at,
    );
}

/// What keeps the walk's declaration from being submitted.
fn errors(walk: &Walk) -> Vec<Problem> {
    let command = Command::Declaration {
        id: walk.id,
        command: SUBMIT,
    };
    let refusal = walk
        .world
        .decide(walk.person(), &command, walk.at)
        .unwrap_err();
    assert_eq!(refusal.code, Code::Incomplete);
    refusal.errors
}

fn fields(problems: &[Problem]) -> Vec<(&str, &str)> {
    problems
        .iter()
        .map(|problem| (problem.section.as_str(), problem.field.as_str()))
        .collect()
}

#[test]
fn a_submission_opens_the_work_units_step_and_makes_the_declaration_live() {
    let walk = Walk::draft(Kind::Review).filled();
    let (person, at) = (walk.person(), walk.at);
    asked(walk, person, SUBMIT)
        .then(&["Submitted"])
        .and(|walk| {
            let declaration = walk.state();
            assert_eq!(
                (declaration.status, declaration.submitted_at),
                (Status::InProgress, Some(at))
            );
            let step = &declaration.steps[0];
            assert_eq!(
                (step.n, step.unit, step.step_type),
                (1, cast().school.id, StepType::WorkUnit)
            );
            assert_eq!(
                (walk.tab(cast().school.id), step.handler),
                (Some(Tab::ToSign), None)
            );
            assert_eq!(
                walk.world.claim(&declaration.live_claim()).holder,
                Some(walk.id.0)
            );
            assert_eq!(declaration.requirements, Some(Cast::requirements()));
        });
}

#[test]
fn an_incomplete_draft_lists_all_that_is_missing() {
    let walk = Walk::draft(Kind::Initial);
    let person = walk.person();
    let id = Cast::requirements()[0].id.to_string();
    let nothing = errors(&walk);
    let sections = [
        ("basic", "*"),
        ("education", "*"),
        ("performance", "*"),
        ("probation_summary", "*"),
    ];
    assert_eq!(
        fields(&nothing),
        [&sections[..], &[("attachments", id.as_str())]].concat()
    );
    let saved = [
        section("basic", json!({ "health": "健康" })),
        section("education", json!({ "rows": [] })),
        section("performance", json!({ "text": " " })),
        section("probation_summary", json!({ "text": "合格" })),
    ];
    let walk = saved.into_iter().fold(walk, |walk, form| {
        walk.done(
            person.clone(),
            DeclarationCommand::SaveSection(Box::new(form)),
        )
    });
    let some = errors(&walk);
    let expected = [
        ("basic", "highest_education"),
        ("basic", "person_category"),
        ("education", "rows"),
    ];
    assert_eq!(
        fields(&some),
        [
            &expected[..],
            &[("performance", "text"), ("attachments", id.as_str())]
        ]
        .concat()
    );
    assert!(some.iter().all(|problem| !problem.title.is_empty()));
    assert_eq!(some.last().unwrap().title, "请上传学历证书");
}

#[test]
fn for_a_draft_the_attachments_are_those_asked_for_now() {
    let walk = Walk::draft(Kind::Review)
        .filled()
        .with(|world, at| plan(world, more_attachments(), at));
    assert_eq!(errors(&walk).len(), 1);
}

#[test]
fn after_the_first_submission_they_are_those_that_stood_then() {
    let walk = signed(Kind::Review).handed_back(cast().school.first());
    let walk = walk.with(|world, at| plan(world, more_attachments(), at));
    let person = walk.person();
    asked(walk.clone(), person.clone(), SUBMIT).then(&["Resubmitted"]);
    let emptied = walk.done(
        person,
        DeclarationCommand::SaveSection(Box::new(section("attachments", json!({ "rows": [] })))),
    );
    assert_eq!(
        errors(&emptied).len(),
        1,
        "the one that stood then is still required"
    );
}

fn more_attachments() -> Vec<Requirement> {
    let more = Requirement {
        required: true,
        ..Cast::requirements().remove(1)
    };
    vec![Cast::requirements().remove(0), more]
}

fn plan(world: &mut World, attachments: Vec<Requirement>, at: Instant) {
    super::plan(world, Deadlines::default(), attachments, at);
}

#[test]
fn a_disabled_setting_stops_a_draft_and_not_what_was_submitted() {
    for kind in [Kind::Initial, Kind::Confirmation] {
        let off = |world: &mut World, at| enabled(world, kind, false, at);
        let draft = Walk::draft(kind).filled().with(off);
        let person = draft.person();
        asked(draft.clone(), person.clone(), SUBMIT).then_refused(Code::SettingDisabled);
        asked(
            draft.with(|world, at| enabled(world, kind, true, at)),
            person.clone(),
            SUBMIT,
        )
        .then(&["Submitted"]);
        let back = signed(kind).handed_back(cast().school.first()).with(off);
        asked(back, person, SUBMIT).then(&["Resubmitted"]);
    }
}

#[test]
fn losing_issuing_authority_switches_the_settings_off_until_they_are_switched_on_again() {
    let accepting = cast().accepting.id;
    let set = |granted| {
        move |world: &mut World, at| {
            administer(
                world,
                Actor::SYSTEM,
                AdminCommand::SetIssuingAuthority {
                    unit: accepting,
                    granted,
                },
                at,
            );
        }
    };
    let walk = Walk::draft(Kind::Initial).filled().with(set(false));
    let person = walk.person();
    asked(walk.clone(), person.clone(), SUBMIT).then_refused(Code::SettingDisabled);
    let walk = walk.with(set(true));
    asked(walk.clone(), person.clone(), SUBMIT).then_refused(Code::SettingDisabled);
    asked(
        walk.with(|world, at| enabled(world, Kind::Initial, true, at)),
        person,
        SUBMIT,
    )
    .then(&["Submitted"]);
}

#[test]
fn a_second_live_one_to_the_same_end_is_a_duplicate_until_the_first_is_not_live() {
    let school = cast().school.first();
    let mut walk = signed(Kind::Review);
    let first = walk.id;
    let draft = walk.choice(Kind::Review, cast().committee.0, cast().company.id);
    let mut walk = walk.created(draft).filled();
    let (person, second) = (walk.person(), walk.id);
    asked(walk.clone(), person.clone(), SUBMIT).then_refused(Code::DuplicateLive);
    walk.id = first;
    let mut walk = walk.handed_back(school);
    walk.id = second;
    let mut walk = asked(walk, person.clone(), SUBMIT)
        .then(&["Submitted", "SignedFor"])
        .walk();
    walk.id = first;
    asked(walk, person, SUBMIT).then_refused(Code::DuplicateLive);
}

#[test]
fn another_title_target_or_kind_is_no_duplicate() {
    let to = |title: &str, kind, target| {
        let mut walk = submitted(Kind::Review);
        let mut draft = walk.choice(kind, target, cast().school.id);
        draft.title.title = title.to_owned();
        walk.created(draft).submitted()
    };
    to("高级教师", Kind::Review, cast().committee.0);
    to("一级教师", Kind::Review, cast().other_committee.0);
    to("一级教师", Kind::Initial, cast().accepting_settings[0].0);
}

#[test]
fn a_work_unit_without_a_profile_cannot_receive_a_submission() {
    let walk = Walk::draft_at(World::demo_like(), Kind::Review, cast().unready.id).filled();
    let person = walk.person();
    asked(walk, person, SUBMIT).then_refused(Code::TargetNotReady);
}

#[test]
fn while_any_unit_has_it_the_applicant_cannot_submit_again() {
    let person = Walk::draft(Kind::Review).person();
    let back_at_school =
        at_bureau(Kind::Review).returned(cast().bureau.first(), ReturnTo::Unit(cast().school.id));
    for walk in [
        submitted(Kind::Review),
        publicizing(Kind::Review),
        back_at_school,
    ] {
        asked(walk, person.clone(), SUBMIT).then_refused(Code::WrongState);
    }
}

/// SHA-256 over `code || 0 || content || 0` of every section, in the order of the codes. The log keeps
/// it, so that a change of content is told years later: it never becomes another.
#[test]
fn the_digest_of_the_content_is_the_one_that_the_log_has_always_kept() {
    let mut walk = Walk::draft(Kind::Initial);
    let person = walk.person();
    let requirements = Cast::requirements();
    let sections = docket_testkit::complete_sections(Kind::Initial, &requirements, "");
    for mut section in sections {
        let content = match section.section.as_str() {
            "basic" => "a1",
            "education" => "b2",
            "performance" => "c3",
            "probation_summary" => "d4",
            _ => "e5",
        };
        section.content = content.repeat(32);
        let save = DeclarationCommand::SaveSection(Box::new(section));
        walk = walk.done(person.clone(), save);
    }
    asked(walk, person, SUBMIT)
        .then(&["Submitted"])
        .and(|walk| {
            assert_eq!(
                walk.state().submitted_content.as_deref(),
                Some("25e5a79c1b5a79b267fe7f3e602c08e0fc25e0d4378c943c02d0f66507230690")
            );
        });
}
