//! Specs of the declaration's rules, one file per action and per concern.
#![allow(clippy::unwrap_used)]

mod approve;
mod approve_and_publicize;
mod authority;
mod create;
mod deadlines;
mod handlers;
mod lives;
mod order;
mod publicity;
mod reassign;
mod recorded;
mod report;
mod review;
mod save_section;
mod seen_by;
mod send_back;
mod sign;
mod submit;
mod terminate;
mod transitions;
mod two_roles;
mod withdraw;

use docket_domain::administration::AdminCommand;
use docket_domain::committee::Deadlines;
use docket_domain::declaration::{Ballot, DeclarationCommand, ReturnTo};
use docket_domain::time::Instant;
use docket_domain::vocabulary::Menu;
use docket_domain::{Actor, Command, Kind, PersonId, Requirement, UnitId};
use docket_testkit::{Cast, UnitCast, Walk, When, World, given};
use std::sync::Arc;

fn cast() -> Arc<Cast> {
    World::demo_like().cast
}

/// Asks a command now.
fn asked(walk: Walk, actor: Actor, command: DeclarationCommand) -> When {
    let at = walk.at;
    given(walk).when(actor, command, at)
}

/// 待签收 at the school.
fn submitted(kind: Kind) -> Walk {
    Walk::draft(kind).submitted()
}

/// 待审核 at the school, in the first operator's hands.
fn signed(kind: Kind) -> Walk {
    submitted(kind).signed(cast().school.first())
}

/// 公示中 at the school.
fn publicizing(kind: Kind) -> Walk {
    signed(kind).publicized(cast().school.first())
}

/// Reported by the school.
fn reported_to(kind: Kind, unit: UnitId) -> Walk {
    publicizing(kind).reported(cast().school.first(), unit)
}

/// 待审核 at the bureau, a superior.
fn at_bureau(kind: Kind) -> Walk {
    reported_to(kind, cast().bureau.id).signed(cast().bureau.first())
}

/// 待审核 at the terminal unit, reported by the school itself.
fn at_terminal(kind: Kind) -> Walk {
    let unit = terminal(kind);
    reported_to(kind, unit.id).signed(unit.first())
}

/// The terminal unit of what [`Walk::draft`] makes.
fn terminal(kind: Kind) -> UnitCast {
    let cast = cast();
    if kind == Kind::Review {
        cast.office.clone()
    } else {
        cast.accepting.clone()
    }
}

fn reason(text: &str) -> String {
    text.to_owned()
}

fn terminate(text: &str) -> DeclarationCommand {
    DeclarationCommand::Terminate {
        reason: reason(text),
    }
}

fn send_back(to: ReturnTo, text: &str) -> DeclarationCommand {
    DeclarationCommand::Return {
        to: Some(to),
        reason: reason(text),
    }
}

fn approve() -> DeclarationCommand {
    DeclarationCommand::Approve {
        opinion: String::new(),
    }
}

fn conclude(passed: bool) -> DeclarationCommand {
    DeclarationCommand::Conclude {
        passed: Some(passed),
        ballot: Ballot::default(),
        opinion: String::new(),
    }
}

/// The plan of the committee, saved by its office.
fn plan(world: &mut World, deadlines: Deadlines, attachments: Vec<Requirement>, at: Instant) {
    let command = AdminCommand::SavePlan {
        committee: cast().committee,
        deadlines,
        notice: String::new(),
        attachments,
    };
    administer(world, cast().office.legal(), command, at);
}

/// Switches 签收 of a unit.
fn toggle(world: &mut World, unit: &UnitCast, on: bool, at: Instant) {
    let profile = world.unit(unit.id).unwrap().profile.clone().unwrap();
    administer(
        world,
        unit.legal(),
        AdminCommand::SaveProfile {
            unit: unit.id,
            profile,
            sign_off: on,
        },
        at,
    );
}

fn remove(world: &mut World, unit: &UnitCast, person: PersonId, at: Instant) {
    administer(
        world,
        unit.legal(),
        AdminCommand::RemoveOperator {
            unit: unit.id,
            person,
        },
        at,
    );
}

fn menus(world: &mut World, unit: &UnitCast, person: PersonId, menus: &[Menu], at: Instant) {
    let menus = menus.iter().copied().collect();
    administer(
        world,
        unit.legal(),
        AdminCommand::SaveMenus {
            unit: unit.id,
            person,
            menus,
        },
        at,
    );
}

fn administer(world: &mut World, actor: Actor, command: AdminCommand, at: Instant) {
    world
        .execute(actor, &Command::Administration(command), at)
        .unwrap();
}
