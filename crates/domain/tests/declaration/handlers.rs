//! Who is the handler after a step was opened again (A4, A5, A47).

use super::*;
use docket_domain::refusal::Code;
use docket_domain::vocabulary::{Signed, Tab};

/// Returned to the school by the bureau, after something happened in between.
fn reopened(change: impl FnOnce(&mut World, Instant)) -> Walk {
    let bureau = cast().bureau.first();
    at_bureau(Kind::Initial)
        .with(change)
        .returned(bureau, ReturnTo::Unit(cast().school.id))
}

#[test]
fn a_resubmission_lands_in_review_with_the_handler_kept() {
    let school = cast().school.clone();
    let walk = signed(Kind::Review)
        .handed_back(school.first())
        .edited("二");
    let person = walk.person();
    asked(walk, person, DeclarationCommand::Submit)
        .then(&["Resubmitted"])
        .and(|walk| {
            assert_eq!(
                (walk.tab(school.id), walk.handler(school.id)),
                (Some(Tab::ToReview), Some(school.operators[0]))
            );
        });
}

#[test]
fn a_handler_who_is_still_an_operator_with_the_menu_is_kept() {
    let school = cast().school.clone();
    let walk = reopened(|_, _| {});
    assert_eq!(
        (walk.tab(school.id), walk.handler(school.id)),
        (Some(Tab::ToReview), Some(school.operators[0]))
    );
}

#[test]
fn a_handler_who_was_removed_or_lost_the_menu_is_not_kept() {
    let school = cast().school.clone();
    let gone = reopened(|world, at| remove(world, &school, school.operators[0], at));
    let narrowed = reopened(|world, at| {
        menus(
            world,
            &school,
            school.operators[0],
            &[Menu::ReviewAudit],
            at,
        )
    });
    for walk in [gone, narrowed] {
        assert_eq!(
            (walk.tab(school.id), walk.handler(school.id)),
            (Some(Tab::ToSign), None)
        );
        assert_eq!(walk.state().steps[0].signed, None);
        asked(walk, school.second(), DeclarationCommand::Sign).then(&["SignedFor"]);
    }
}

#[test]
fn with_sign_off_off_a_row_without_its_handler_goes_to_the_legal_user() {
    let school = cast().school.clone();
    let walk = reopened(|world, at| {
        remove(world, &school, school.operators[0], at);
        toggle(world, &school, false, at);
    });
    assert_eq!(
        (walk.tab(school.id), walk.handler(school.id)),
        (Some(Tab::ToReview), Some(school.legal_user))
    );
    assert_eq!(walk.state().steps[0].signed, Some(Signed::Auto));
    assert!(
        walk.kinds().ends_with(&["Returned", "SignedFor"]),
        "the signature is a row of its own"
    );
}

#[test]
fn with_sign_off_off_a_handler_who_may_stay_stays() {
    let school = cast().school.clone();
    let walk = reopened(|world, at| toggle(world, &school, false, at));
    assert_eq!(walk.handler(school.id), Some(school.operators[0]));
    assert!(walk.kinds().ends_with(&["Returned"]));
}

#[test]
fn a_kept_legal_user_stays_even_if_sign_off_is_on_now() {
    let (cast, centre) = (cast(), cast().centre.clone());
    let walk =
        reported_to(Kind::Initial, centre.id).with(|world, at| toggle(world, &centre, true, at));
    let walk = walk
        .returned(centre.legal(), ReturnTo::Unit(cast.school.id))
        .publicized(cast.school.first());
    let walk = walk.reported(cast.school.first(), centre.id);
    assert_eq!(
        (walk.tab(centre.id), walk.handler(centre.id)),
        (Some(Tab::ToReview), Some(centre.legal_user))
    );
}

#[test]
fn a_re_report_to_the_same_superior_keeps_his_handler() {
    let (cast, bureau) = (cast(), cast().bureau.clone());
    let walk = reopened(|_, _| {})
        .publicized(cast.school.first())
        .reported(cast.school.first(), bureau.id);
    assert_eq!(
        (walk.tab(bureau.id), walk.handler(bureau.id)),
        (Some(Tab::ToReview), Some(bureau.operators[0]))
    );
    assert_eq!(
        walk.state().steps.len(),
        2,
        "the step is reopened, not made anew"
    );
}

#[test]
fn a_re_report_after_the_superiors_handler_left_waits_to_be_signed_for() {
    let (cast, bureau) = (cast(), cast().bureau.clone());
    let walk =
        reopened(|_, _| {}).with(|world, at| remove(world, &bureau, bureau.operators[0], at));
    let walk = walk
        .publicized(cast.school.first())
        .reported(cast.school.first(), bureau.id);
    assert_eq!(
        (walk.tab(bureau.id), walk.handler(bureau.id)),
        (Some(Tab::ToSign), None)
    );
}

#[test]
fn a_resubmission_after_the_handler_left_waits_or_is_signed_by_the_toggle() {
    let school = cast().school.clone();
    let left = signed(Kind::Initial).handed_back(school.first());
    let left = left.with(|world, at| remove(world, &school, school.operators[0], at));
    assert_eq!(left.clone().resubmitted().tab(school.id), Some(Tab::ToSign));
    let off = left
        .with(|world, at| toggle(world, &school, false, at))
        .resubmitted();
    assert_eq!(
        (off.tab(school.id), off.handler(school.id)),
        (Some(Tab::ToReview), Some(school.legal_user))
    );
}

#[test]
fn a_removed_handlers_row_keeps_his_name_until_somebody_takes_it_over() {
    let school = cast().school.clone();
    let walk =
        signed(Kind::Review).with(|world, at| remove(world, &school, school.operators[0], at));
    assert_eq!(walk.handler(school.id), Some(school.operators[0]));
    assert!(!walk.state().names[&school.operators[0]].is_empty());
    let refusal = walk.refusal(
        school.second(),
        DeclarationCommand::ApproveAndPublicize(None),
    );
    assert_eq!(refusal, Some(Code::NotHandler));
    walk.reassigned(school.second()).publicized(school.second());
}
