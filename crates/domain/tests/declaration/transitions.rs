//! Every cell of the tables 13A.1a to 13A.4: each state with each action.

use super::*;
use docket_domain::refusal::Code;
use docket_domain::vocabulary::{Action, StepState, StepState::*, StepType};
use docket_testkit::Seed;
use docket_testkit::histories::well_formed;

/// What an action leads its own step to; what is not listed is WRONG_STATE.
type Row = (StepState, &'static [(Action, StepState)]);

const WORK_UNIT: [Row; 7] = [
    (ToSign, &[(Action::Sign, ToReview)]),
    (
        ToReview,
        &[
            (Action::ApproveAndPublicize, Publicizing),
            (Action::Return, Returned),
            (Action::Terminate, Terminated),
            (Action::Reassign, ToReview),
        ],
    ),
    (
        Publicizing,
        &[
            (Action::Report, Reported),
            (Action::Return, Returned),
            (Action::Terminate, Terminated),
            (Action::Reassign, Publicizing),
        ],
    ),
    (Reported, &[(Action::Withdraw, Publicizing)]),
    (Returned, &[]),
    (Terminated, &[]),
    (Concluded, &[]),
];

const SUPERIOR: [Row; 6] = [
    (ToSign, &[(Action::Sign, ToReview)]),
    (
        ToReview,
        &[
            (Action::Report, Reported),
            (Action::Return, Returned),
            (Action::Terminate, Terminated),
            (Action::Reassign, ToReview),
        ],
    ),
    (Reported, &[(Action::Withdraw, ToReview)]),
    (Returned, &[]),
    (Terminated, &[]),
    (Concluded, &[]),
];

const ACCEPTING_UNIT: [Row; 5] = [
    (ToSign, &[(Action::Sign, ToReview)]),
    (
        ToReview,
        &[
            (Action::Approve, Concluded),
            (Action::Return, Returned),
            (Action::Terminate, Terminated),
            (Action::Reassign, ToReview),
        ],
    ),
    (Returned, &[]),
    (Terminated, &[]),
    (Concluded, &[]),
];

const COMMITTEE: [Row; 6] = [
    (ToSign, &[(Action::Sign, ToReview)]),
    (
        ToReview,
        &[
            (Action::Accept, Accepted),
            (Action::Return, Returned),
            (Action::Terminate, Terminated),
            (Action::Reassign, ToReview),
        ],
    ),
    (
        Accepted,
        &[
            (Action::Conclude, Concluded),
            (Action::Terminate, Terminated),
            (Action::Reassign, Accepted),
        ],
    ),
    (Returned, &[]),
    (Terminated, &[]),
    (Concluded, &[]),
];

/// A unit's step in a state, its first operator being the handler where it has one.
pub fn in_state(kind: Kind, step: StepType, state: StepState) -> Walk {
    let (cast, end) = (cast(), terminal(kind));
    let (unit, arrived) = match step {
        StepType::WorkUnit => (cast.school.clone(), submitted(kind)),
        StepType::Superior => (cast.bureau.clone(), reported_to(kind, cast.bureau.id)),
        StepType::AcceptingUnit | StepType::Committee => (end.clone(), reported_to(kind, end.id)),
    };
    let me = unit.first();
    match (state, step) {
        (ToSign, _) => arrived,
        (ToReview, _) => arrived.signed(me),
        (Publicizing, _) => arrived.signed(me.clone()).publicized(me),
        (Reported, StepType::WorkUnit) => reported_to(kind, cast.bureau.id),
        (Reported, _) => arrived.signed(me.clone()).reported(me, end.id),
        (Accepted, _) => arrived.signed(me.clone()).accepted(me),
        (Returned, _) => arrived.signed(me.clone()).handed_back(me),
        (Terminated, _) => arrived.signed(me.clone()).terminated(me),
        (Concluded, _) => concluded(kind, step, arrived),
    }
}

fn concluded(kind: Kind, step: StepType, arrived: Walk) -> Walk {
    let (cast, end) = (cast(), terminal(kind));
    let me = end.first();
    let at_end = match step {
        StepType::WorkUnit => at_terminal(kind),
        StepType::Superior => arrived
            .signed(cast.bureau.first())
            .reported(cast.bureau.first(), end.id)
            .signed(me.clone()),
        StepType::AcceptingUnit | StepType::Committee => arrived.signed(me.clone()),
    };
    match kind {
        Kind::Review => at_end.accepted(me.clone()).concluded(me, true),
        _ => at_end.approved(me),
    }
}

pub fn unit_of(kind: Kind, step: StepType) -> UnitCast {
    match step {
        StepType::WorkUnit => cast().school.clone(),
        StepType::Superior => cast().bureau.clone(),
        StepType::AcceptingUnit | StepType::Committee => terminal(kind),
    }
}

fn every_cell(kind: Kind, step: StepType, table: &[Row]) {
    let unit = unit_of(kind, step);
    for (state, leads) in table {
        let mut walk = in_state(kind, step, *state);
        let shown = walk.state().step_shown_to(unit.id).unwrap();
        assert_eq!(
            (shown.step_type, shown.state),
            (step, *state),
            "the walk stands where the table begins"
        );
        walk.at = walk.at.plus_days(15);
        for action in Action::ALL.iter().filter(|action| !action.is_applicants()) {
            let expected = leads
                .iter()
                .find(|(listed, _)| listed == action)
                .map(|(_, to)| *to);
            one_cell(walk.clone(), &unit, *action, expected);
        }
    }
}

/// Done by the handler, except what the handler cannot do to himself.
fn one_cell(walk: Walk, unit: &UnitCast, action: Action, expected: Option<StepState>) {
    let actor = if action == Action::Reassign {
        unit.second()
    } else {
        unit.first()
    };
    let at = walk.at;
    let n = walk.state().step_shown_to(unit.id).unwrap().n;
    let command = well_formed(&walk.world, walk.id, action, &actor, at, &mut Seed::new(1));
    let allowed = walk.world.allowed(walk.id, actor.clone(), at);
    let offered = allowed
        .iter()
        .find(|allowed| allowed.action == action)
        .unwrap();
    let mut after = walk.clone();
    match (expected, after.attempt(actor, command)) {
        (Some(state), Ok(_)) => assert_eq!(after.state().step(n).unwrap().state, state, "{action}"),
        (None, Err(refusal)) => {
            assert_eq!(
                refusal.code,
                Code::WrongState,
                "{action} in {:?}",
                walk.state().step(n)
            );
            assert_eq!(offered.refusal.as_ref(), Some(&refusal));
        }
        (expected, answer) => panic!("{action}: expected {expected:?}, got {answer:?}"),
    }
}

#[test]
fn every_cell_of_the_work_units_table_holds() {
    Kind::ALL
        .into_iter()
        .for_each(|kind| every_cell(kind, StepType::WorkUnit, &WORK_UNIT));
}

#[test]
fn every_cell_of_the_superiors_table_holds() {
    Kind::ALL
        .into_iter()
        .for_each(|kind| every_cell(kind, StepType::Superior, &SUPERIOR));
}

#[test]
fn every_cell_of_the_accepting_units_table_holds() {
    [Kind::Initial, Kind::Confirmation]
        .into_iter()
        .for_each(|kind| every_cell(kind, StepType::AcceptingUnit, &ACCEPTING_UNIT));
}

#[test]
fn every_cell_of_the_committees_table_holds() {
    every_cell(Kind::Review, StepType::Committee, &COMMITTEE);
}

/// What the applicant may do in each status.
fn applicants_row(walk: &Walk, expected: [Result<(), Code>; 3]) {
    let section = docket_testkit::complete_sections(walk.state().kind, &[], "新").remove(0);
    let commands = [
        DeclarationCommand::SaveSection(Box::new(section)),
        DeclarationCommand::Delete,
        DeclarationCommand::Submit,
    ];
    for (command, expected) in commands.into_iter().zip(expected) {
        let name = command.name();
        let refusal = walk.refusal(walk.person(), command);
        assert_eq!(
            refusal,
            expected.err(),
            "{name} in {:?}",
            walk.state().status
        );
    }
}

#[test]
fn every_cell_of_the_applicants_table_holds() {
    const WRONG: Result<(), Code> = Err(Code::WrongState);
    for kind in Kind::ALL {
        applicants_row(&Walk::draft(kind).filled(), [Ok(()), Ok(()), Ok(())]);
        applicants_row(
            &signed(kind).handed_back(cast().school.first()),
            [Ok(()), WRONG, Ok(())],
        );
        let returned_to_a_unit =
            at_bureau(kind).returned(cast().bureau.first(), ReturnTo::Unit(cast().school.id));
        let terminated = signed(kind).terminated(cast().school.first());
        let done = concluded(kind, StepType::WorkUnit, submitted(kind));
        for walk in [
            submitted(kind),
            signed(kind),
            publicizing(kind),
            returned_to_a_unit,
            terminated,
            done,
        ] {
            applicants_row(&walk, [WRONG; 3]);
        }
    }
}
