//! 审核通过并公示

use super::*;
use docket_domain::refusal::Code;
use docket_domain::vocabulary::Tab;

#[test]
fn the_row_goes_public_and_the_handler_stays() {
    let school = cast().school.clone();
    for kind in Kind::ALL {
        asked(
            signed(kind),
            school.first(),
            DeclarationCommand::ApproveAndPublicize(None),
        )
        .then_warned(&["ApprovedAndPublicized"], &[])
        .and(|walk| {
            assert_eq!(walk.tab(school.id), Some(Tab::Publicizing));
            assert_eq!(walk.handler(school.id), Some(school.operators[0]));
            assert_eq!(walk.state().publicity_from, Some(walk.at.day()));
        });
    }
}

#[test]
fn a_superior_cannot_publicize() {
    for (walk, unit) in [
        (at_bureau(Kind::Review), cast().bureau.clone()),
        (at_terminal(Kind::Initial), terminal(Kind::Initial)),
        (at_terminal(Kind::Review), terminal(Kind::Review)),
    ] {
        asked(
            walk,
            unit.first(),
            DeclarationCommand::ApproveAndPublicize(None),
        )
        .then_refused(Code::WrongState);
    }
}

#[test]
fn an_agency_may_be_the_work_unit() {
    let centre = cast().centre.clone();
    let walk = Walk::draft_at(World::demo_like(), Kind::Initial, centre.id).submitted();
    walk.publicized(centre.legal())
        .reported(centre.legal(), terminal(Kind::Initial).id);
}
