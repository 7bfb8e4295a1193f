//! Who may ask at all (§2): unit, menu, step, version.

use super::*;
use docket_domain::refusal::Code;
use docket_domain::vocabulary::SystemRole;
use docket_domain::{Acting, DeclarationId};
use uuid::Uuid;

/// One command of every kind a unit can ask.
fn unit_commands() -> Vec<DeclarationCommand> {
    vec![
        DeclarationCommand::Sign,
        DeclarationCommand::ApproveAndPublicize(None),
        DeclarationCommand::Report(docket_testkit::report_form(cast().bureau.id, None)),
        DeclarationCommand::Withdraw,
        send_back(ReturnTo::Applicant, "材料不清晰"),
        terminate("不符合"),
        DeclarationCommand::Reassign,
        approve(),
        DeclarationCommand::Accept,
        conclude(true),
    ]
}

fn all_refused(walk: &Walk, actor: &Actor, code: Code) {
    for command in unit_commands() {
        let name = command.name();
        assert_eq!(walk.refusal(actor.clone(), command), Some(code), "{name}");
    }
}

#[test]
fn somebody_who_is_not_of_the_acting_unit_has_no_permission() {
    let (cast, walk) = (cast(), signed(Kind::Review));
    let stranger = Actor::of_unit(cast.bureau.operators[0], cast.school.id);
    let nowhere = Actor::of_unit(cast.bureau.operators[0], UnitId(Uuid::nil()));
    let auditor = Actor {
        person: Some(cast.applicants[1]),
        acting: Acting::Platform(SystemRole::Auditor),
    };
    for actor in [stranger, nowhere, auditor, walk.person()] {
        all_refused(&walk, &actor, Code::NoPermission);
    }
}

#[test]
fn an_operator_without_the_kinds_menu_has_no_permission() {
    let narrow = cast().school.narrow();
    all_refused(&signed(Kind::Confirmation), &narrow, Code::NoPermission);
    all_refused(&signed(Kind::Review), &narrow, Code::NoPermission);
    assert_eq!(
        submitted(Kind::Initial).refusal(narrow, DeclarationCommand::Sign),
        None
    );
}

#[test]
fn a_removed_operator_has_no_permission_with_an_old_session() {
    let school = cast().school.clone();
    let walk =
        signed(Kind::Review).with(|world, at| remove(world, &school, school.operators[0], at));
    all_refused(&walk, &school.first(), Code::NoPermission);
}

#[test]
fn menus_apply_at_once_in_both_directions() {
    let school = cast().school.clone();
    let walk = submitted(Kind::Confirmation)
        .with(|world, at| menus(world, &school, school.operators[0], &[], at))
        .with(|world, at| {
            menus(
                world,
                &school,
                school.operators[2],
                &[Menu::ConfirmationAudit],
                at,
            )
        });
    all_refused(&walk, &school.first(), Code::NoPermission);
    asked(walk, school.narrow(), DeclarationCommand::Sign).then(&["SignedFor"]);
}

#[test]
fn an_operator_of_another_unit_finds_what_an_unknown_id_finds() {
    let bureau = cast().bureau.first();
    let known = signed(Kind::Review);
    let mut unknown = known.clone();
    unknown.id = DeclarationId(Uuid::nil());
    for command in unit_commands() {
        let answer = |walk: &Walk| {
            let command = Command::Declaration {
                id: walk.id,
                command: command.clone(),
            };
            walk.world
                .decide(bureau.clone(), &command, walk.at)
                .unwrap_err()
        };
        assert_eq!(answer(&known).code, Code::NotFound);
        assert_eq!(answer(&known), answer(&unknown));
    }
}

#[test]
fn a_unit_has_no_step_in_a_draft() {
    all_refused(
        &Walk::draft(Kind::Review),
        &cast().school.first(),
        Code::NotFound,
    );
}

#[test]
fn a_unit_whose_step_was_withdrawn_gets_unit_mismatch() {
    let walk = reported_to(Kind::Review, cast().bureau.id).withdrawn(cast().school.first());
    all_refused(&walk, &cast().bureau.first(), Code::UnitMismatch);
    let again = walk.reported(cast().school.first(), cast().bureau.id);
    asked(again, cast().bureau.first(), DeclarationCommand::Sign).then(&["SignedFor"]);
}

#[test]
fn a_colleague_only_looks_on() {
    let (walk, second) = (signed(Kind::Review), cast().school.second());
    for command in [
        DeclarationCommand::ApproveAndPublicize(None),
        send_back(ReturnTo::Applicant, "材料不清晰"),
        terminate("不符合"),
    ] {
        assert_eq!(
            walk.refusal(second.clone(), command),
            Some(Code::NotHandler)
        );
    }
    let report = DeclarationCommand::Report(docket_testkit::report_form(cast().bureau.id, None));
    assert_eq!(
        publicizing(Kind::Review).refusal(second, report),
        Some(Code::NotHandler)
    );
}

#[test]
fn the_legal_user_is_no_handler_by_office() {
    let refusal = signed(Kind::Review).refusal(
        cast().school.legal(),
        DeclarationCommand::ApproveAndPublicize(None),
    );
    assert_eq!(refusal, Some(Code::NotHandler));
}

#[test]
fn the_second_of_two_who_saw_the_same_version_is_stale() {
    let school = cast().school.clone();
    let walk = signed(Kind::Review);
    let (seen, at) = (walk.state().version, walk.at);
    let walk = given(walk)
        .when_seen(
            school.first(),
            DeclarationCommand::ApproveAndPublicize(None),
            at,
            Some(seen),
        )
        .then(&["ApprovedAndPublicized"])
        .walk();
    given(walk)
        .when_seen(school.first(), terminate("不符合"), at, Some(seen))
        .then_refused(Code::StaleVersion);
}

#[test]
fn a_stale_applicant_is_refused_too() {
    let walk = Walk::draft(Kind::Review).filled();
    let (at, person) = (walk.at, walk.person());
    given(walk)
        .when_seen(person, DeclarationCommand::Submit, at, Some(1))
        .then_refused(Code::StaleVersion);
}

#[test]
fn another_persons_declaration_is_not_found() {
    let walk = Walk::draft(Kind::Review).filled();
    let other = Actor::applicant(cast().applicants[1]);
    for command in [DeclarationCommand::Submit, DeclarationCommand::Delete] {
        assert_eq!(walk.refusal(other.clone(), command), Some(Code::NotFound));
    }
}

#[test]
fn an_applicant_does_not_act_for_himself_in_a_units_name() {
    let school = cast().school.clone();
    let mut walk = Walk::before(World::demo_like()).by(school.operators[0]);
    let draft = walk.choice(Kind::Review, cast().committee.0, school.id);
    let walk = walk.created(draft).filled();
    assert_eq!(
        walk.refusal(school.first(), DeclarationCommand::Submit),
        Some(Code::NotFound)
    );
}
