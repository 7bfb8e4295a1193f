//! Whole lives (§15, happy paths).

use super::*;
use docket_domain::vocabulary::{Outcome, Tab};

#[test]
fn a_review_from_the_draft_to_the_conclusion() {
    let cast = cast();
    let (school, bureau, office) = (
        cast.school.first(),
        cast.bureau.first(),
        cast.office.first(),
    );
    let walk = Walk::draft(Kind::Review)
        .submitted()
        .signed(school.clone())
        .publicized(school.clone());
    let walk = walk.on("2025-09-08 09:00").reported(school, cast.bureau.id);
    assert_eq!(
        walk.state().steps[0]
            .publicity
            .map(|range| range.end.to_string()),
        Some("2025-09-05".to_owned())
    );
    let walk = walk.signed(bureau.clone()).reported(bureau, cast.office.id);
    let walk = walk
        .signed(office.clone())
        .accepted(office.clone())
        .concluded(office, true);
    for unit in [cast.school.id, cast.bureau.id, cast.office.id] {
        assert_eq!(walk.tab(unit), Some(Tab::Concluded));
    }
    assert_eq!(walk.status_text(), "评审通过");
    let after_the_form: Vec<&str> = walk
        .kinds()
        .into_iter()
        .filter(|kind| *kind != "SectionSaved")
        .collect();
    let expected = [
        "DraftCreated",
        "Submitted",
        "SignedFor",
        "ApprovedAndPublicized",
        "Reported",
        "SignedFor",
        "Reported",
        "SignedFor",
        "CommitteeAccepted",
        "ReviewConcluded",
    ];
    assert_eq!(after_the_form, expected);
}

#[test]
fn an_initial_recognition_straight_to_the_accepting_unit() {
    let walk = at_terminal(Kind::Initial).approved(cast().accepting.first());
    assert_eq!(walk.state().outcome, Some(Outcome::Approved));
    assert_eq!(walk.tab(cast().school.id), Some(Tab::Concluded));
}

#[test]
fn a_confirmation_after_a_return_to_the_applicant_and_a_new_way_up() {
    let (cast, end) = (cast(), terminal(Kind::Confirmation));
    let walk = at_bureau(Kind::Confirmation)
        .reported(cast.bureau.first(), end.id)
        .signed(end.first());
    let walk = walk
        .handed_back(end.first())
        .edited("二")
        .resubmitted()
        .publicized(cast.school.first());
    let walk = walk
        .reported(cast.school.first(), cast.centre.id)
        .reported(cast.centre.legal(), end.id);
    assert_eq!(
        walk.handler(end.id),
        Some(end.operators[0]),
        "kept from the first time"
    );
    let walk = walk.approved(end.first());
    assert_eq!(
        walk.tab(cast.bureau.id),
        Some(Tab::Concluded),
        "a step the second way went past moves too"
    );
}

#[test]
fn with_sign_off_off_everywhere_nobody_signs_by_hand() {
    let (cast, end) = (cast(), terminal(Kind::Initial));
    let mut world = World::demo_like();
    toggle(
        &mut world,
        &end,
        false,
        docket_testkit::instant("2025-08-01 09:00"),
    );
    let walk = Walk::draft_at(world, Kind::Initial, cast.company.id)
        .submitted()
        .publicized(cast.company.legal());
    let walk = walk
        .reported(cast.company.legal(), cast.centre.id)
        .reported(cast.centre.legal(), end.id);
    let walk = walk.approved(end.legal());
    assert_eq!(
        walk.kinds()
            .iter()
            .filter(|kind| **kind == "SignedFor")
            .count(),
        3
    );
}
