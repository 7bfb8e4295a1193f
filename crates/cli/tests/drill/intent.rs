//! What a client tries next: mostly what the declaration waits for, often enough something else.

use crate::scene::{BUREAU, CENTRE, OFFICE, SCHOOL, Scene, Subject};
use docket_domain::declaration::{DeclarationCommand, ReturnTo};
use docket_domain::vocabulary::Tab;
use docket_domain::{Actor, Command, DeclarationId, Kind, UnitId};
use docket_testkit::Seed;
use docket_testkit::linear::{List, Row};
use docket_testkit::town::report_to;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Of a hundred intents: pages, toggles, list actions; the rest are commands on one declaration.
const PAGES: usize = 22;
const TOGGLES: usize = 3;
const LIST_ACTIONS: usize = 7;
/// Of a hundred commands: those that the declaration waits for.
const SENSIBLE: usize = 85;
/// Of a hundred commands: those with `If-Match`.
const CONDITIONAL: usize = 15;
const ROWS: usize = 50;
const LIST_MAX: usize = 4;

/// What a client does next.
#[derive(Debug, Clone)]
pub enum Intent {
    One {
        actor: Actor,
        command: Command,
        expected_version: Option<u64>,
    },
    /// One command on several rows.
    Each {
        actor: Actor,
        command: DeclarationCommand,
        items: Vec<DeclarationId>,
    },
    Look {
        actor: Actor,
        list: List,
    },
}

/// What clients know of the declarations from their answers; it may be behind.
#[derive(Default)]
pub struct Known(Mutex<BTreeMap<DeclarationId, Last>>);

#[derive(Debug, Clone, Default)]
struct Last {
    waits: Waits,
    version: u64,
    /// Whose turn it is.
    unit: Option<UnitId>,
    /// Whether something that should have been right was refused.
    doubted: bool,
}

/// What a declaration waits for.
#[derive(Debug, Clone, Copy, Default)]
enum Waits {
    #[default]
    Applicant,
    Signature,
    Review,
    Report,
    /// It was terminated.
    Nothing,
}

impl Known {
    /// Notes that a command was accepted.
    pub fn note(&self, actor: &Actor, command: &Command, version: u64) {
        let Command::Declaration { id, command } = command else {
            return;
        };
        let (waits, unit) = match command {
            DeclarationCommand::Report(form) => (Waits::Signature, form.target),
            DeclarationCommand::Submit => (Waits::Signature, None),
            DeclarationCommand::Return {
                to: Some(ReturnTo::Unit(unit)),
                ..
            } => (Waits::Review, Some(*unit)),
            DeclarationCommand::Return { .. } => (Waits::Applicant, None),
            DeclarationCommand::Terminate { .. } => (Waits::Nothing, None),
            DeclarationCommand::ApproveAndPublicize(_) | DeclarationCommand::Withdraw => {
                (Waits::Report, actor.unit())
            }
            _ => (Waits::Review, actor.unit()),
        };
        self.learn(*id, waits, unit, version);
    }

    /// Notes a row that a unit was shown.
    pub fn see(&self, unit: UnitId, row: &Row) {
        let waits = match row.tab {
            Tab::ToSign => Waits::Signature,
            Tab::ToReview => Waits::Review,
            Tab::Publicizing => Waits::Report,
            Tab::Terminated => Waits::Nothing,
            _ => return,
        };
        self.learn(row.declaration, waits, Some(unit), row.version);
    }

    fn learn(&self, id: DeclarationId, waits: Waits, unit: Option<UnitId>, version: u64) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = known.entry(id).or_default();
        if version >= last.version {
            *last = Last {
                waits,
                version,
                unit,
                doubted: false,
            };
        }
    }

    /// Notes that a command was refused.
    pub fn doubt(&self, command: &Command) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Command::Declaration { id, .. } = command {
            known.entry(*id).or_default().doubted = true;
        }
    }

    /// What waits for a unit's signature.
    fn to_sign(&self, unit: UnitId, is_first: bool) -> Vec<DeclarationId> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = known.iter().filter(|(_, last)| {
            let here = last.unit == Some(unit) || (is_first && last.unit.is_none());
            here && matches!(last.waits, Waits::Signature)
        });
        waiting.map(|(id, _)| *id).take(LIST_MAX).collect()
    }

    fn of(&self, id: DeclarationId) -> Last {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&id).cloned().unwrap_or_default()
    }
}

/// Draws intents.
pub struct Chooser<'a> {
    pub scene: &'a Scene,
    pub known: &'a Known,
    pub seed: &'a mut Seed,
}

impl Chooser<'_> {
    /// The next one; `seen` is the newest position the client was told.
    pub fn next(&mut self, seen: u64) -> Intent {
        let roll = self.seed.below(100);
        if roll < PAGES {
            self.look(seen)
        } else if roll < PAGES + TOGGLES {
            let place = *self.seed.pick(&[SCHOOL, BUREAU, CENTRE]);
            let (actor, command) = self.scene.toggle(place, self.seed.chance(60));
            Intent::One {
                actor,
                command,
                expected_version: None,
            }
        } else if roll < PAGES + TOGGLES + LIST_ACTIONS {
            self.each()
        } else {
            self.one()
        }
    }

    fn look(&mut self, seen: u64) -> Intent {
        let place = self.seed.below(self.scene.places.len());
        let place = &self.scene.places[place];
        let list = List {
            unit: place.staff.id,
            kind: *self.seed.pick(&Kind::ALL),
            tab: *self.seed.pick(Tab::ALL),
            limit: ROWS,
            min_position: if self.seed.chance(50) { seen } else { 0 },
        };
        Intent::Look {
            actor: place.staff.by_operator(),
            list,
        }
    }

    /// Looks for a declaration where it may be.
    fn search(&mut self, subject: &Subject) -> Intent {
        let passed = [SCHOOL, BUREAU].map(|place| self.scene.places[place].staff.id);
        let unit = *self.seed.pick(&[passed[0], passed[1], subject.terminal]);
        let list = List {
            unit,
            kind: subject.kind,
            tab: Tab::All,
            limit: ROWS,
            min_position: 0,
        };
        let actor = self.member(unit);
        Intent::Look { actor, list }
    }

    /// A list action: half of the time on rows that are known to wait for it.
    fn each(&mut self) -> Intent {
        let place = *self.seed.pick(&[SCHOOL, BUREAU, OFFICE, CENTRE]);
        let unit = self.scene.places[place].staff.id;
        let waiting = self
            .known
            .to_sign(unit, unit == self.scene.places[SCHOOL].staff.id);
        if !waiting.is_empty() && self.seed.chance(50) {
            return Intent::Each {
                actor: self.member(unit),
                command: DeclarationCommand::Sign,
                items: waiting,
            };
        }
        let command = self.seed.pick(&[
            DeclarationCommand::Sign,
            DeclarationCommand::Reassign,
            DeclarationCommand::Withdraw,
        ]);
        let command = command.clone();
        let first = self.seed.below(self.scene.subjects.len());
        let count = 2 + self.seed.below(2);
        let subjects = self.scene.subjects.iter().cycle().skip(first);
        Intent::Each {
            actor: self.member(unit),
            command,
            items: subjects.take(count).map(|subject| subject.id).collect(),
        }
    }

    /// Mostly one that is not over yet.
    fn subject(&mut self) -> (Subject, Last) {
        loop {
            let subject = self.seed.pick(&self.scene.subjects).clone();
            let last = self.known.of(subject.id);
            if !matches!(last.waits, Waits::Nothing) || self.seed.chance(10) {
                return (subject, last);
            }
        }
    }

    fn one(&mut self) -> Intent {
        let (subject, last) = self.subject();
        if last.doubted && self.seed.chance(60) {
            return self.search(&subject);
        }
        let (actor, command) = if self.seed.chance(SENSIBLE) {
            self.sensible(&subject, &last)
        } else {
            self.random(&subject)
        };
        let conditional = last.version > 0 && self.seed.chance(CONDITIONAL);
        Intent::One {
            actor,
            command: Command::Declaration {
                id: subject.id,
                command,
            },
            expected_version: conditional.then_some(last.version),
        }
    }

    /// What the declaration waits for, as far as is known.
    fn sensible(&mut self, subject: &Subject, last: &Last) -> (Actor, DeclarationCommand) {
        let school = self.scene.places[SCHOOL].staff.id;
        let unit = last.unit.unwrap_or(school);
        let command = match last.waits {
            Waits::Applicant => {
                let actor = Actor::applicant(subject.applicant);
                return (actor, DeclarationCommand::Submit);
            }
            Waits::Signature if unit != school && self.seed.chance(20) => {
                let before = *self.seed.pick(&[SCHOOL, BUREAU]);
                let before = self.scene.places[before].staff.id;
                return (self.member(before), DeclarationCommand::Withdraw);
            }
            Waits::Signature => DeclarationCommand::Sign,
            Waits::Nothing => DeclarationCommand::Withdraw,
            Waits::Report if self.seed.chance(85) => self.report(subject, unit),
            Waits::Report => self.send_back(),
            Waits::Review if self.seed.chance(10) => DeclarationCommand::Reassign,
            Waits::Review if unit == school && self.seed.chance(70) => {
                DeclarationCommand::ApproveAndPublicize(None)
            }
            Waits::Review if unit != subject.terminal && self.seed.chance(50) => {
                self.report(subject, unit)
            }
            Waits::Review => self.send_back(),
        };
        (self.member(unit), command)
    }

    fn random(&mut self, subject: &Subject) -> (Actor, DeclarationCommand) {
        let unit = self.any_unit();
        let command = match self.seed.below(18) {
            0..3 => DeclarationCommand::Sign,
            3..5 => DeclarationCommand::ApproveAndPublicize(None),
            5..8 => self.report(subject, unit),
            8..10 => DeclarationCommand::Withdraw,
            10..13 => self.send_back(),
            13..15 => DeclarationCommand::Reassign,
            15 if subject.mortal => DeclarationCommand::Terminate {
                reason: "不符合申报条件".into(),
            },
            _ => {
                let actor = Actor::applicant(subject.applicant);
                return (actor, DeclarationCommand::Submit);
            }
        };
        (self.member(unit), command)
    }

    /// To the superior first or straight to the end.
    fn report(&mut self, subject: &Subject, from: UnitId) -> DeclarationCommand {
        let bureau = self.scene.places[BUREAU].staff.id;
        let direct = from == bureau || self.seed.chance(40);
        let target = if direct { subject.terminal } else { bureau };
        let of_work_unit = from == self.scene.places[SCHOOL].staff.id;
        report_to(target, of_work_unit)
    }

    fn send_back(&mut self) -> DeclarationCommand {
        let to = match self.seed.below(3) {
            0 => ReturnTo::Applicant,
            1 => ReturnTo::Unit(self.scene.places[SCHOOL].staff.id),
            _ => ReturnTo::Unit(self.scene.places[BUREAU].staff.id),
        };
        DeclarationCommand::Return {
            to: Some(to),
            reason: "材料不全".into(),
        }
    }

    fn any_unit(&mut self) -> UnitId {
        let place = *self.seed.pick(&[SCHOOL, BUREAU, OFFICE, CENTRE]);
        self.scene.places[place].staff.id
    }

    /// One of the two people of a unit.
    fn member(&mut self, unit: UnitId) -> Actor {
        let place = self
            .scene
            .places
            .iter()
            .find(|place| place.staff.id == unit);
        let staff = place.expect("the drill names only units there are").staff;
        if self.seed.chance(50) {
            staff.by_operator()
        } else {
            staff.by_legal_user()
        }
    }
}
