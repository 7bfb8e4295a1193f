//! 变更办理人 (A24): only ever to the person who clicks.

use super::*;
use docket_domain::Event;
use docket_domain::refusal::Code;
use docket_domain::vocabulary::Tab;

const REASSIGN: DeclarationCommand = DeclarationCommand::Reassign;

#[test]
fn the_caller_becomes_the_handler_and_the_other_only_looks_on() {
    let school = cast().school.clone();
    for (walk, tab) in [
        (signed(Kind::Review), Tab::ToReview),
        (publicizing(Kind::Review), Tab::Publicizing),
    ] {
        let walk = asked(walk, school.second(), REASSIGN)
            .then(&["HandlerChanged"])
            .walk();
        assert_eq!(
            (walk.tab(school.id), walk.handler(school.id)),
            (Some(tab), Some(school.operators[1]))
        );
        assert_eq!(
            walk.refusal(school.first(), terminate("不符合")),
            Some(Code::NotHandler)
        );
        assert_eq!(walk.refusal(school.second(), terminate("不符合")), None);
    }
}

#[test]
fn the_event_freezes_both_names() {
    let school = cast().school.clone();
    let walk = signed(Kind::Review).reassigned(school.second());
    let last = &walk.world.log().last().unwrap().envelope.event;
    let Event::HandlerChanged(event) = last else {
        panic!("{last:?}")
    };
    let names = &event.personal.as_ref().unwrap().names;
    assert_eq!(event.from, Some(school.operators[0]));
    assert_eq!(names.len(), 2);
    assert!(names.values().all(|name| !name.is_empty()));
}

#[test]
fn an_unsigned_row_is_taken_by_signing() {
    asked(submitted(Kind::Review), cast().school.first(), REASSIGN).then_refused(Code::WrongState);
}

#[test]
fn the_handler_has_it_already() {
    asked(signed(Kind::Review), cast().school.first(), REASSIGN).then_refused(Code::AlreadyHandler);
}

#[test]
fn what_was_reported_or_has_ended_keeps_its_handler_own_row_or_not() {
    let school = cast().school.clone();
    let end = terminal(Kind::Initial);
    for walk in [
        reported_to(Kind::Initial, cast().bureau.id),
        signed(Kind::Initial).terminated(school.first()),
        signed(Kind::Initial).handed_back(school.first()),
        at_terminal(Kind::Initial).approved(end.first()),
    ] {
        for actor in [school.first(), school.second(), school.legal()] {
            assert_eq!(walk.refusal(actor, REASSIGN), Some(Code::WrongState));
        }
    }
}

#[test]
fn it_is_open_with_sign_off_off_and_to_the_legal_user() {
    let company = cast().company.clone();
    let walk = Walk::draft_at(World::demo_like(), Kind::Initial, company.id).submitted();
    let walk = asked(walk, company.first(), REASSIGN)
        .then(&["HandlerChanged"])
        .walk();
    asked(walk, company.legal(), REASSIGN).then(&["HandlerChanged"]);
}

#[test]
fn nobody_takes_over_his_own_declaration() {
    let school = cast().school.clone();
    let mut walk = Walk::before(World::demo_like()).by(school.operators[1]);
    let draft = walk.choice(Kind::Review, cast().committee.0, school.id);
    let walk = walk.created(draft).submitted().signed(school.first());
    asked(walk, school.second(), REASSIGN).then_refused(Code::ConflictOfInterest);
}
