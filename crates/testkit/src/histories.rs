//! Random histories: commands at random actors over several declarations, biased toward what is
//! offered, so that they reach deep states; between them toggles, removals, menus, plans and time.
//!
//! The same seed proposes the same history, as long as the answers are the same. A caller with an
//! engine of its own runs each [`Step`] there too and compares with the answer here.

mod around;
mod commands;

pub use commands::{malformed, well_formed};

use crate::seed::Seed;
use crate::walk::instant;
use crate::world::{Executed, Recorded, World};
use docket_domain::declaration::{CreateDraft, Declaration, DeclarationCommand, Details, Title};
use docket_domain::refusal::Refusal;
use docket_domain::time::Instant;
use docket_domain::vocabulary::{Action, Status, StepState, StepType, SystemRole};
use docket_domain::{Acting, Actor, Command, DeclarationId, Kind, PersonId, Stream, UnitId};

const MINUTE: i64 = 60_000_000;
const UNFINISHED_MAX: usize = 4;

/// One command of a history.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Who asks.
    pub actor: Actor,
    /// What.
    pub command: Command,
    /// When.
    pub at: Instant,
}

/// Proposes commands and runs them in a [`World`] of its own.
#[derive(Debug, Clone)]
pub struct Generator {
    world: World,
    seed: Seed,
    now: Instant,
    declarations: Vec<DeclarationId>,
    founded: usize,
}

impl Generator {
    /// A history from a seed, in the demo-like world, from 2025-03-03 09:00.
    pub fn new(seed: u64) -> Self {
        let world = World::demo_like();
        let founded = world.log().len();
        Self {
            world,
            seed: Seed::new(seed),
            now: instant("2025-03-03 09:00"),
            declarations: Vec::new(),
            founded,
        }
    }

    /// The world as it stands.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The instant of the last proposal.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Declarations that were made, deleted ones too.
    pub fn declarations(&self) -> &[DeclarationId] {
        &self.declarations
    }

    /// Every event with its stream, those that founded the world first.
    pub fn log(&self) -> &[Recorded] {
        self.world.log()
    }

    /// How many events founded the world.
    pub fn founded(&self) -> usize {
        self.founded
    }

    /// Proposes the next command and runs it.
    pub fn step(&mut self) -> (Step, Result<Executed, Refusal>) {
        let step = self.propose();
        let answer = self
            .world
            .execute(step.actor.clone(), &step.command, step.at);
        if let (
            Command::Declaration {
                id,
                command: DeclarationCommand::Create(_),
            },
            Ok(_),
        ) = (&step.command, &answer)
        {
            self.declarations.push(*id);
        }
        (step, answer)
    }

    fn propose(&mut self) -> Step {
        self.pass_time();
        let unfinished = self.unfinished();
        let (actor, command) = match self.seed.below(100) {
            0..8 => self.around(),
            8..12 => self.reactor(&unfinished),
            12..22 if !self.declarations.is_empty() => self.anything(),
            22..26 => self.creation(),
            _ if unfinished.len() < UNFINISHED_MAX && self.seed.chance(30)
                || unfinished.is_empty() =>
            {
                self.creation()
            }
            _ => self.likely(&unfinished),
        };
        Step {
            actor,
            command,
            at: self.now,
        }
    }

    /// Mostly minutes, at times days.
    fn pass_time(&mut self) {
        let minutes = if self.seed.chance(4) { 60 * 24 * 3 } else { 90 };
        let minutes = i64::try_from(self.seed.below(minutes) + 1).expect("small");
        self.now = self.now.plus_micros(minutes * MINUTE);
    }

    fn unfinished(&self) -> Vec<DeclarationId> {
        let going = |id: &DeclarationId| {
            let status = self
                .world
                .declaration(*id)
                .map(|declaration| declaration.status);
            matches!(
                status,
                Some(Status::Draft | Status::InProgress | Status::Returned)
            )
        };
        self.declarations.iter().copied().filter(going).collect()
    }

    /// An offered action of somebody who is likely to have one, its fields well formed.
    fn likely(&mut self, unfinished: &[DeclarationId]) -> (Actor, Command) {
        let id = *self.seed.pick(unfinished);
        let Some(declaration) = self.world.declaration(id).cloned() else {
            return self.creation();
        };
        let actor = self.likely_actor(&declaration);
        let allowed = self.world.allowed(id, actor.clone(), self.now);
        let offered = allowed.iter().filter(|allowed| allowed.refusal.is_none());
        let weights: Vec<(usize, Action)> = offered
            .map(|allowed| (weight(allowed.action), allowed.action))
            .collect();
        let Some(action) = self.seed.weighted(&weights).copied() else {
            return self.anything();
        };
        if action == Action::Report {
            self.wait_for_publicity(&declaration);
        }
        let command = well_formed(&self.world, id, action, &actor, self.now, &mut self.seed);
        (actor, Command::Declaration { id, command })
    }

    fn likely_actor(&mut self, declaration: &Declaration) -> Actor {
        let applicant = Actor::applicant(declaration.applicant);
        let Some(open) = declaration.open_step() else {
            return applicant;
        };
        let reporter = open.reported_by.and_then(|n| declaration.step(n));
        let step = reporter.filter(|_| self.seed.chance(15)).unwrap_or(open);
        match step.handler {
            Some(handler) if self.seed.chance(80) => Actor::of_unit(handler, step.unit),
            _ => self.member(step.unit),
        }
    }

    /// Anyone of a unit, the legal user more often than others.
    fn member(&mut self, unit: UnitId) -> Actor {
        let cast = self.world.cast.clone();
        let Some(unit) = cast.unit(unit) else {
            return Actor::SYSTEM;
        };
        let people = [
            unit.legal_user,
            unit.operators[0],
            unit.operators[1],
            unit.legal_user,
            unit.operators[2],
        ];
        Actor::of_unit(*self.seed.pick(&people), unit.id)
    }

    fn wait_for_publicity(&mut self, declaration: &Declaration) {
        let is_work_units = declaration
            .open_step()
            .is_some_and(|step| step.step_type == StepType::WorkUnit);
        let Some(start) = declaration.publicity_from.filter(|_| is_work_units) else {
            return;
        };
        if let Ok(end) = self.world.publicity_end(start) {
            self.now = self
                .now
                .max(end.next().start().plus_micros(9 * 60 * MINUTE));
        }
    }

    /// Any action of anybody, the fields well formed or not.
    fn anything(&mut self) -> (Actor, Command) {
        let declarations = self.declarations.clone();
        let Some(id) = declarations
            .get(self.seed.below(declarations.len().max(1)))
            .copied()
        else {
            return self.creation();
        };
        let Some(declaration) = self.world.declaration(id).cloned() else {
            return self.creation();
        };
        let actor = if self.seed.chance(50) {
            self.likely_actor(&declaration)
        } else {
            self.anybody(id)
        };
        let allowed = self.world.allowed(id, actor.clone(), self.now);
        let offered: Vec<Action> = allowed
            .iter()
            .filter(|allowed| allowed.refusal.is_none())
            .map(|allowed| allowed.action)
            .collect();
        let actions = if offered.is_empty() || self.seed.chance(50) {
            Action::ALL
        } else {
            &offered
        };
        let action = *self.seed.pick(actions);
        let command = if self.seed.chance(50) {
            well_formed(&self.world, id, action, &actor, self.now, &mut self.seed)
        } else {
            malformed(&self.world, action, &mut self.seed)
        };
        (actor, Command::Declaration { id, command })
    }

    /// Somebody who may have nothing to do with a declaration.
    pub fn anybody(&mut self, id: DeclarationId) -> Actor {
        let cast = self.world.cast.clone();
        let units = cast.ready_units();
        let applicant = self
            .world
            .declaration(id)
            .map(|declaration| declaration.applicant);
        match self.seed.below(10) {
            0 => Actor {
                person: Some(*self.seed.pick(&cast.applicants)),
                acting: Acting::Platform(SystemRole::Auditor),
            },
            1 => Actor::of_unit(*self.seed.pick(&cast.applicants), self.seed.pick(&units).id),
            2 => Actor::applicant(*self.seed.pick(&cast.applicants)),
            3 => Actor::applicant(applicant.unwrap_or(cast.applicants[0])),
            4 => self.member(cast.unready.id),
            _ => {
                let unit = self.seed.pick(&units).id;
                self.member(unit)
            }
        }
    }

    /// What the reactor does after a unit switched 签收 off.
    fn reactor(&mut self, unfinished: &[DeclarationId]) -> (Actor, Command) {
        let waits = |id: &DeclarationId| {
            let step = self.world.declaration(*id)?.open_step()?;
            let off = self
                .world
                .unit(step.unit)
                .is_some_and(|unit| !unit.sign_off);
            (off && step.state == StepState::ToSign).then_some((*id, step.unit))
        };
        let waiting: Vec<_> = unfinished.iter().filter_map(waits).collect();
        if waiting.is_empty() {
            return self.around();
        }
        let (id, unit) = *self.seed.pick(&waiting);
        (
            Actor::SYSTEM,
            Command::Declaration {
                id,
                command: DeclarationCommand::SignAutomatically(unit),
            },
        )
    }

    fn creation(&mut self) -> (Actor, Command) {
        let cast = self.world.cast.clone();
        let kind = *self.seed.pick(&Kind::ALL);
        let target = match kind {
            Kind::Review => self
                .seed
                .pick(&[cast.committee.0, cast.other_committee.0])
                .to_owned(),
            Kind::Initial => {
                self.seed
                    .pick(&[cast.accepting_settings[0], cast.college_settings[0]])
                    .0
            }
            Kind::Confirmation => {
                self.seed
                    .pick(&[cast.accepting_settings[1], cast.college_settings[1]])
                    .0
            }
        };
        let employers = [
            &cast.school,
            &cast.company,
            &cast.college,
            &cast.centre,
            &cast.bureau,
            &cast.office,
        ];
        let (applicant, employer) = self.somebody();
        let work_unit = match employer.filter(|_| self.seed.chance(60)) {
            Some(employer) => employer,
            None if self.seed.chance(4) => cast.unready.id,
            None => self.seed.pick(&employers).id,
        };
        let title = self.seed.pick(&[
            ("中小学教师", "一级教师"),
            ("中小学教师", "高级教师"),
            ("工程技术人员", "工程师"),
        ]);
        let serial = if self.seed.chance(2) {
            0
        } else {
            self.declarations.len()
        };
        let draft = CreateDraft {
            number: format!("{}{serial:04}", self.now.day().to_string().replace('-', "")),
            kind,
            target,
            title: Title {
                series: title.0.to_owned(),
                title: title.1.to_owned(),
            },
            details: Details {
                specialty: "语文".to_owned(),
                application_type: Some("正常晋升".to_owned()),
                ..Details::default()
            },
            work_unit,
            pledge: !self.seed.chance(2),
        };
        let id = DeclarationId(self.seed.id());
        let command = DeclarationCommand::Create(Box::new(draft));
        (
            Actor::applicant(applicant),
            Command::Declaration { id, command },
        )
    }

    /// A natural person; now and then one who is an operator too, with the unit.
    fn somebody(&mut self) -> (PersonId, Option<UnitId>) {
        let cast = self.world.cast.clone();
        if self.seed.chance(15) {
            let unit = *self.seed.pick(&cast.ready_units());
            return (*self.seed.pick(&unit.operators), Some(unit.id));
        }
        (*self.seed.pick(&cast.applicants), None)
    }

    /// The stream of a declaration with all its events so far.
    pub fn events_of(&self, id: DeclarationId) -> impl Iterator<Item = &Recorded> {
        let stream = Stream::declaration(id);
        self.log()
            .iter()
            .filter(move |recorded| recorded.stream == stream)
    }
}

/// How often an offered action is taken: what leads on often, what ends things seldom.
fn weight(action: Action) -> usize {
    match action {
        Action::Submit | Action::Resubmit | Action::Report => 48,
        Action::SaveSection => 24,
        Action::Sign | Action::ApproveAndPublicize | Action::Approve | Action::Accept => 16,
        Action::Conclude => 8,
        Action::Withdraw => 6,
        Action::Return => 5,
        Action::Reassign => 3,
        Action::Terminate | Action::Delete => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_history() {
        let run = |seed| {
            let mut generator = Generator::new(seed);
            (0..60).map(|_| generator.step()).collect::<Vec<_>>()
        };
        assert_eq!(run(3), run(3));
        assert_ne!(run(3), run(4));
    }
}
