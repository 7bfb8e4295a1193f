//! 审核通过 by the accepting unit (A31, A50).

use super::*;
use docket_domain::refusal::Code;
use docket_domain::vocabulary::{Outcome, Status};

#[test]
fn the_accepting_units_approval_concludes_the_declaration() {
    let end = terminal(Kind::Initial);
    asked(at_terminal(Kind::Initial), end.first(), approve())
        .then(&["AcceptedFinal"])
        .and(|walk| {
            let declaration = walk.state();
            assert_eq!(
                (declaration.status, declaration.outcome),
                (Status::Concluded, Some(Outcome::Approved))
            );
            assert_eq!(
                walk.world.claim(&declaration.live_claim()).holder,
                None,
                "it is not live any more"
            );
            assert!(!walk.world.claim(&declaration.year_lock(2025)).is_locked());
        });
}

#[test]
fn an_opinion_is_optional_kept_and_limited() {
    let end = terminal(Kind::Confirmation);
    let opinion = |text: String| DeclarationCommand::Approve { opinion: text };
    asked(
        at_terminal(Kind::Confirmation),
        end.first(),
        opinion("字".repeat(201)),
    )
    .then_refused_for(Code::OpinionTooLong, "opinion");
    asked(
        at_terminal(Kind::Confirmation),
        end.first(),
        opinion("\u{3000}同意\r\n".to_owned()),
    )
    .then(&["AcceptedFinal"])
    .and(|walk| {
        assert_eq!(
            walk.state()
                .step_shown_to(end.id)
                .unwrap()
                .opinion
                .as_deref(),
            Some("同意")
        );
        assert_eq!(
            walk.state().steps[0].opinion.as_deref(),
            Some("同意推荐"),
            "the work unit's own stays"
        );
    });
}

#[test]
fn without_issuing_authority_the_declaration_stays_until_it_is_granted_again() {
    let end = terminal(Kind::Initial);
    let set = |granted| {
        let unit = end.id;
        move |world: &mut World, at| {
            administer(
                world,
                Actor::SYSTEM,
                AdminCommand::SetIssuingAuthority { unit, granted },
                at,
            );
        }
    };
    let walk = at_terminal(Kind::Initial).with(set(false));
    asked(walk.clone(), end.first(), approve()).then_refused(Code::NoPermission);
    asked(walk.with(set(true)), end.first(), approve()).then(&["AcceptedFinal"]);
}

#[test]
fn only_the_accepting_unit_approves() {
    for (walk, unit) in [
        (signed(Kind::Initial), &cast().school),
        (at_bureau(Kind::Initial), &cast().bureau),
        (at_terminal(Kind::Review), &cast().office),
    ] {
        asked(walk, unit.first(), approve()).then_refused(Code::WrongState);
    }
}
