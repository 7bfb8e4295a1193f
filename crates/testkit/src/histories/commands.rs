//! One command per action, its fields right or wrong.

use crate::forms::complete_sections;
use crate::seed::Seed;
use crate::walk::report_form;
use crate::world::World;
use docket_domain::declaration::decide::{report_target, return_targets};
use docket_domain::declaration::{
    Ballot, Declaration, DeclarationCommand, Publicity, ReportForm, ReturnTo, SavedForm,
};
use docket_domain::time::{Day, Instant};
use docket_domain::vocabulary::{Action, StepType};
use docket_domain::{Actor, DeclarationId, UnitId};
use uuid::Uuid;

/// A command whose fields are as the screens would send them. A 公示时间 is the shortest that will
/// do, which may not be over yet. What an action cannot be given rightly, for want of a
/// declaration, is given somehow.
pub fn well_formed(
    world: &World,
    id: DeclarationId,
    action: Action,
    actor: &Actor,
    at: Instant,
    seed: &mut Seed,
) -> DeclarationCommand {
    let declaration = world.declaration(id);
    match action {
        Action::SaveSection => {
            DeclarationCommand::SaveSection(Box::new(next_section(world, declaration, at, seed)))
        }
        Action::Report => DeclarationCommand::Report(report(world, declaration, actor, at, seed)),
        Action::Return => DeclarationCommand::Return {
            to: Some(return_target(declaration, actor, seed)),
            reason: "材料不清晰，请补充".to_owned(),
        },
        Action::Terminate => DeclarationCommand::Terminate {
            reason: "不符合基本条件".to_owned(),
        },
        Action::Conclude => DeclarationCommand::Conclude {
            passed: Some(seed.chance(70)),
            ballot: ballot(seed),
            opinion: "同意".to_owned(),
        },
        Action::Approve => DeclarationCommand::Approve {
            opinion: "同意".to_owned(),
        },
        other => bare(other),
    }
}

/// A command of an action with something wrong in its fields, where it has any.
pub fn malformed(world: &World, action: Action, seed: &mut Seed) -> DeclarationCommand {
    let text = seed
        .pick(&[
            String::new(),
            "\u{3000} \r\n".to_owned(),
            "字".repeat(301),
            "甲\0乙".to_owned(),
        ])
        .clone();
    match action {
        Action::SaveSection => {
            let code = *seed.pick(&["basic", "education", "nowhere"]);
            let body = serde_json::json!({ "unknown": text, "rows": text });
            DeclarationCommand::SaveSection(Box::new(crate::forms::section(code, body)))
        }
        Action::Report => {
            let target =
                *seed.pick(&[None, Some(world.cast.unready.id), Some(UnitId(Uuid::nil()))]);
            let day = Day::from_ymd(2025, 3, 3).expect("a day");
            let publicity = *seed.pick(&[
                None,
                Some(Publicity {
                    start: day,
                    end: day.pred(),
                }),
            ]);
            let opinion = seed.pick(&["同意".to_owned(), text]).clone();
            DeclarationCommand::Report(ReportForm {
                target,
                opinion,
                ..report_form(world.cast.bureau.id, publicity)
            })
        }
        Action::Return => {
            let to = *seed.pick(&[
                None,
                Some(ReturnTo::Unit(world.cast.unready.id)),
                Some(ReturnTo::Applicant),
            ]);
            DeclarationCommand::Return { to, reason: text }
        }
        Action::Terminate => DeclarationCommand::Terminate { reason: text },
        Action::Conclude => DeclarationCommand::Conclude {
            passed: *seed.pick(&[None, Some(true)]),
            ballot: Ballot {
                present: Some(1),
                ..Ballot::default()
            },
            opinion: text,
        },
        Action::Approve => DeclarationCommand::Approve { opinion: text },
        other => bare(other),
    }
}

/// The votes of a meeting, more often than not.
fn ballot(seed: &mut Seed) -> Ballot {
    let mut voices = || u32::try_from(seed.below(12)).unwrap_or_default();
    let (in_favour, against, abstained) = (voices(), voices(), voices());
    if in_favour < 4 {
        return Ballot::default();
    }
    Ballot {
        present: Some(in_favour + against + abstained),
        in_favour: Some(in_favour),
        against: Some(against),
        abstained: Some(abstained),
    }
}

/// A command without fields.
fn bare(action: Action) -> DeclarationCommand {
    match action {
        Action::Delete => DeclarationCommand::Delete,
        Action::Submit | Action::Resubmit => DeclarationCommand::Submit,
        Action::Sign => DeclarationCommand::Sign,
        Action::ApproveAndPublicize => DeclarationCommand::ApproveAndPublicize(None),
        Action::Withdraw => DeclarationCommand::Withdraw,
        Action::Accept => DeclarationCommand::Accept,
        _ => DeclarationCommand::Reassign,
    }
}

/// The first section still to be saved; all being there, any of them anew.
fn next_section(
    world: &World,
    declaration: Option<&Declaration>,
    at: Instant,
    seed: &mut Seed,
) -> SavedForm {
    let Some(declaration) = declaration else {
        return crate::forms::section("basic", serde_json::json!({}));
    };
    let mut facts = world.facts(Actor::SYSTEM, at);
    let needed = world.ask(&mut facts, |facts| {
        declaration
            .requirements
            .clone()
            .unwrap_or_else(|| facts.requirements(&declaration.target))
    });
    let sections = complete_sections(declaration.kind, &needed, &seed.below(3).to_string());
    let is_missing = |form: &&SavedForm| !declaration.sections.contains_key(&form.section);
    let next = sections.iter().find(is_missing).cloned();
    next.unwrap_or_else(|| seed.pick(&sections).clone())
}

fn report(
    world: &World,
    declaration: Option<&Declaration>,
    actor: &Actor,
    at: Instant,
    seed: &mut Seed,
) -> ReportForm {
    let Some(declaration) = declaration else {
        return report_form(world.cast.bureau.id, None);
    };
    let open = declaration
        .open_step()
        .filter(|step| step.step_type == StepType::WorkUnit);
    let start = declaration.publicity_from.unwrap_or(at.day());
    let publicity = open.map(|_| Publicity {
        start,
        end: world.publicity_end(start).unwrap_or(start),
    });
    let terminal = declaration.target.unit();
    if seed.chance(45) {
        return report_form(terminal, publicity);
    }
    let mut facts = world.facts(actor.clone(), at);
    let units = world.cast.ready_units();
    let fits = |unit: UnitId| {
        world.ask(&mut facts, |facts| {
            report_target(declaration, unit, facts).refusal.is_none()
        })
    };
    let fitting: Vec<bool> = units.iter().map(|unit| unit.id).map(fits).collect();
    let fitting: Vec<UnitId> = units
        .iter()
        .zip(fitting)
        .filter(|(_, fits)| *fits)
        .map(|(unit, _)| unit.id)
        .collect();
    report_form(
        fitting
            .get(seed.below(fitting.len().max(1)))
            .copied()
            .unwrap_or(terminal),
        publicity,
    )
}

fn return_target(declaration: Option<&Declaration>, actor: &Actor, seed: &mut Seed) -> ReturnTo {
    let targets = declaration
        .zip(actor.unit())
        .and_then(|(declaration, unit)| {
            Some(return_targets(
                declaration,
                declaration.step_shown_to(unit)?,
            ))
        });
    match targets {
        Some(targets) if !targets.is_empty() => *seed.pick(&targets),
        _ => ReturnTo::Applicant,
    }
}
