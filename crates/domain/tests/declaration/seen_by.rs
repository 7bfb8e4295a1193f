//! Table 13A.5: who sees what after each event.

use super::*;
use docket_domain::vocabulary::Tab;

/// The applicant's status text, and the tabs of the school, the bureau and the terminal unit.
fn sees(walk: Walk, status: &str, tabs: [&str; 3]) -> Walk {
    let cast = cast();
    let definition = walk.world.definition(walk.state().kind);
    let label = |unit| {
        walk.tab(unit).map_or("–".to_owned(), |tab: Tab| {
            definition.tab_label(tab).to_owned()
        })
    };
    let units = [
        cast.school.id,
        cast.bureau.id,
        terminal(walk.state().kind).id,
    ];
    assert_eq!(
        (walk.status_text().as_str(), units.map(label)),
        (status, tabs.map(str::to_owned)),
        "{:?}",
        walk.kinds()
    );
    walk
}

/// What the applicant reads while the terminal unit has it.
fn waiting(kind: Kind) -> &'static str {
    if kind == Kind::Review {
        "待评审委员会审核"
    } else {
        "待受理单位审核"
    }
}

#[test]
fn the_way_up_to_the_superior_is_seen_as_the_table_says() {
    for kind in Kind::ALL {
        let school = cast().school.first();
        let bureau = cast().bureau.clone();
        let walk = sees(Walk::draft(kind), "填写中", ["–", "–", "–"]);
        let walk = sees(walk.submitted(), "待单位审核", ["待签收", "–", "–"]);
        let walk = walk.signed(school.clone());
        let walk = sees(walk, "待单位审核", ["待审核", "–", "–"]);
        let walk = walk.publicized(school.clone());
        let walk = sees(walk, "单位公示中", ["公示中", "–", "–"]);
        let walk = walk.reported(school.clone(), bureau.id);
        let walk = sees(walk, "待主管部门审核", ["已上报", "待签收", "–"]);
        let walk = walk.withdrawn(school.clone());
        let walk = sees(walk, "单位公示中", ["公示中", "–", "–"]);
        let walk = walk.reported(school, bureau.id);
        let walk = sees(walk, "待主管部门审核", ["已上报", "待签收", "–"]);
        let walk = walk.signed(bureau.first());
        sees(walk, "待主管部门审核", ["已上报", "待审核", "–"]);
    }
}

#[test]
fn the_way_up_to_the_terminal_unit_is_seen_as_the_table_says() {
    for kind in Kind::ALL {
        let (bureau, end) = (cast().bureau.first(), terminal(kind));
        let walk = at_bureau(kind).reported(bureau.clone(), end.id);
        let walk = sees(walk, waiting(kind), ["已上报", "已上报", "待签收"]);
        let walk = walk.withdrawn(bureau.clone());
        let walk = sees(walk, "待主管部门审核", ["已上报", "待审核", "–"]);
        let walk = walk.reported(bureau, end.id);
        let walk = sees(walk, waiting(kind), ["已上报", "已上报", "待签收"]);
        let walk = walk.signed(end.first());
        let walk = sees(walk, waiting(kind), ["已上报", "已上报", "待审核"]);
        let walk = walk.reassigned(end.second());
        let walk = sees(walk, waiting(kind), ["已上报", "已上报", "待审核"]);
        if kind == Kind::Review {
            let walk = walk.accepted(end.second());
            let walk = sees(walk, "评审中", ["已上报", "已上报", "待审核"]);
            sees(
                walk.clone().concluded(end.second(), true),
                "评审通过",
                ["已办结"; 3],
            );
            sees(
                walk.concluded(end.second(), false),
                "评审未通过",
                ["已办结"; 3],
            );
        } else {
            sees(walk.approved(end.second()), "审核通过", ["已办结"; 3]);
        }
    }
}

/// 待审核 at the terminal unit, reported by the bureau.
fn at_the_end(kind: Kind) -> Walk {
    let (bureau, end) = (cast().bureau.first(), terminal(kind));
    at_bureau(kind).reported(bureau, end.id).signed(end.first())
}

#[test]
fn returns_are_seen_as_the_table_says() {
    for kind in Kind::ALL {
        let (cast, end) = (cast(), terminal(kind));
        let (school, bureau) = (
            ReturnTo::Unit(cast.school.id),
            ReturnTo::Unit(cast.bureau.id),
        );
        sees(
            signed(kind).handed_back(cast.school.first()),
            "已退回",
            ["已退回", "–", "–"],
        );
        sees(
            at_bureau(kind).handed_back(cast.bureau.first()),
            "已退回",
            ["已退回", "已退回", "–"],
        );
        sees(
            at_bureau(kind).returned(cast.bureau.first(), school),
            "待单位审核",
            ["待审核", "已退回", "–"],
        );
        sees(
            at_the_end(kind).returned(end.first(), bureau),
            "待主管部门审核",
            ["已上报", "待审核", "已退回"],
        );
        sees(
            at_the_end(kind).returned(end.first(), school),
            "待单位审核",
            ["待审核", "已退回", "已退回"],
        );
        let walk = sees(
            at_the_end(kind).handed_back(end.first()),
            "已退回",
            ["已退回"; 3],
        );
        let walk = sees(
            walk.resubmitted(),
            "待单位审核",
            ["待审核", "已退回", "已退回"],
        );
        let walk = walk
            .publicized(cast.school.first())
            .reported(cast.school.first(), cast.bureau.id);
        let walk = sees(walk, "待主管部门审核", ["已上报", "待审核", "已退回"]);
        sees(
            walk.reported(cast.bureau.first(), end.id),
            waiting(kind),
            ["已上报", "已上报", "待审核"],
        );
    }
}

#[test]
fn a_termination_anywhere_is_seen_by_every_unit_with_a_step() {
    for kind in Kind::ALL {
        let (cast, end) = (cast(), terminal(kind));
        sees(
            signed(kind).terminated(cast.school.first()),
            "已终止",
            ["已终止", "–", "–"],
        );
        sees(
            publicizing(kind).terminated(cast.school.first()),
            "已终止",
            ["已终止", "–", "–"],
        );
        sees(
            at_bureau(kind).terminated(cast.bureau.first()),
            "已终止",
            ["已终止", "已终止", "–"],
        );
        sees(
            at_the_end(kind).terminated(end.first()),
            "已终止",
            ["已终止"; 3],
        );
    }
}

#[test]
fn a_final_decision_moves_a_step_that_a_later_report_went_past() {
    let (cast, end) = (cast(), terminal(Kind::Initial));
    let back =
        at_bureau(Kind::Initial).returned(cast.bureau.first(), ReturnTo::Unit(cast.school.id));
    let past = back
        .publicized(cast.school.first())
        .reported(cast.school.first(), end.id)
        .signed(end.first());
    let past = sees(past, "待受理单位审核", ["已上报", "已退回", "待审核"]);
    sees(
        past.clone().approved(end.first()),
        "审核通过",
        ["已办结"; 3],
    );
    sees(past.terminated(end.first()), "已终止", ["已终止"; 3]);
}

#[test]
fn an_automatic_signature_is_seen_as_received_and_signed() {
    let cast = cast();
    let walk = Walk::draft_at(World::demo_like(), Kind::Initial, cast.company.id).submitted();
    assert_eq!(
        (walk.status_text().as_str(), walk.tab(cast.company.id)),
        ("待单位审核", Some(Tab::ToReview))
    );
    let walk = reported_to(Kind::Initial, cast.centre.id);
    assert_eq!(
        (walk.status_text().as_str(), walk.tab(cast.centre.id)),
        ("待主管部门审核", Some(Tab::ToReview))
    );
}
