//! Laws over random histories. `DOCKET_HISTORIES` sets how many, `DOCKET_SEED` runs a single one.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use docket_domain::declaration::decide::{report_target, return_targets};
use docket_domain::declaration::{Declaration, DeclarationCommand};
use docket_domain::refusal::Code;
use docket_domain::time::Day;
use docket_domain::vocabulary::{Action, Status, StepState, StepType};
use docket_domain::{
    Actor, Category, Command, DeclarationId, Event, State, Stream, UnitId, evolve,
};
use docket_testkit::histories::{Generator, Step, well_formed};
use docket_testkit::{Executed, Recorded, Seed, report_form};
use std::collections::{BTreeMap, BTreeSet};

const HISTORIES: u64 = 256;
const COMMANDS: usize = 200;
const FIRST_SEED: u64 = 0x00D0_C4E7;

/// Every type of event on a declaration's stream.
const DECLARATION_EVENTS: [&str; 15] = [
    "DraftCreated",
    "SectionSaved",
    "DraftDeleted",
    "Submitted",
    "Resubmitted",
    "SignedFor",
    "ApprovedAndPublicized",
    "Reported",
    "ReportWithdrawn",
    "Returned",
    "Terminated",
    "HandlerChanged",
    "AcceptedFinal",
    "CommitteeAccepted",
    "ReviewConcluded",
];

/// Refusals that random commands must meet.
const REFUSALS: [Code; 19] = [
    Code::NoPermission,
    Code::NotFound,
    Code::UnitMismatch,
    Code::WrongState,
    Code::ConflictOfInterest,
    Code::NotHandler,
    Code::AlreadyHandler,
    Code::SuperiorSigned,
    Code::DeadlinePassed,
    Code::SubmitDeadlinePassed,
    Code::SettingDisabled,
    Code::YearLocked,
    Code::DuplicateLive,
    Code::TargetNotReady,
    Code::TargetInChain,
    Code::Incomplete,
    Code::PledgeRequired,
    Code::ReasonRequired,
    Code::ReasonTooLong,
];

/// What histories reached, so that a generator gone tame is noticed.
#[derive(Default)]
struct Reached {
    kinds: BTreeMap<&'static str, usize>,
    refusals: BTreeMap<&'static str, usize>,
    offered: BTreeMap<&'static str, usize>,
    longest_path: usize,
    two_steps_of_one_unit: usize,
}

#[test]
fn random_histories_keep_the_laws() {
    let seeds: Vec<u64> = match number("DOCKET_SEED") {
        Some(seed) => vec![seed],
        None => (0..number("DOCKET_HISTORIES").unwrap_or(HISTORIES))
            .map(|n| FIRST_SEED + n)
            .collect(),
    };
    let halves: Vec<Vec<u64>> = (0..2)
        .map(|half| seeds.iter().copied().skip(half).step_by(2).collect())
        .collect();
    let reached = std::thread::scope(|scope| {
        let runs: Vec<_> = halves
            .iter()
            .map(|seeds| scope.spawn(|| run(seeds)))
            .collect();
        runs.into_iter()
            .map(|run| run.join().unwrap())
            .fold(Reached::default(), Reached::and)
    });
    println!(
        "events {:?}\nrefusals {:?}\noffered {:?}",
        reached.kinds, reached.refusals, reached.offered
    );
    println!(
        "longest path {}, two steps of one unit {}",
        reached.longest_path, reached.two_steps_of_one_unit
    );
    if seeds.len() >= 64 {
        reached.is_everything();
    }
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is no number")),
    )
}

fn run(seeds: &[u64]) -> Reached {
    let mut reached = Reached::default();
    for seed in seeds {
        let mut history = History::new(*seed);
        let outcome =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| history.run(&mut reached)));
        if let Err(panic) = outcome {
            println!("history failed; run it again with DOCKET_SEED={seed}");
            std::panic::resume_unwind(panic);
        }
    }
    reached
}

impl Reached {
    fn and(mut self, other: Reached) -> Reached {
        let pairs = [
            (&mut self.kinds, other.kinds),
            (&mut self.refusals, other.refusals),
            (&mut self.offered, other.offered),
        ];
        for (mine, theirs) in pairs {
            theirs
                .into_iter()
                .for_each(|(key, count)| *mine.entry(key).or_default() += count);
        }
        self.longest_path = self.longest_path.max(other.longest_path);
        self.two_steps_of_one_unit += other.two_steps_of_one_unit;
        self
    }

    fn is_everything(&self) {
        for kind in
            DECLARATION_EVENTS
                .into_iter()
                .chain(["ClaimTaken", "ClaimFreed", "YearLockCreated"])
        {
            assert!(self.kinds.contains_key(kind), "no history had a {kind}");
        }
        for action in Action::ALL {
            assert!(
                self.offered.contains_key(action.code()),
                "{action} was never offered"
            );
        }
        for code in REFUSALS {
            assert!(
                self.refusals.contains_key(code.code()),
                "no history was refused with {}",
                code.code()
            );
        }
        assert!(
            self.longest_path >= 4,
            "no path was longer than {}",
            self.longest_path
        );
        assert!(
            self.two_steps_of_one_unit > 0,
            "no unit had two steps of one declaration"
        );
    }
}

struct History {
    generator: Generator,
    seed: Seed,
    locks: BTreeMap<Stream, u64>,
}

impl History {
    fn new(seed: u64) -> Self {
        Self {
            generator: Generator::new(seed),
            seed: Seed::new(seed ^ 0x5EED),
            locks: BTreeMap::new(),
        }
    }

    fn run(&mut self, reached: &mut Reached) {
        for _ in 0..COMMANDS {
            let (step, answer) = self.generator.step();
            match &answer {
                Ok(executed) => {
                    for recorded in &executed.events {
                        *reached
                            .kinds
                            .entry(recorded.envelope.event.kind())
                            .or_default() += 1;
                    }
                    self.count_locks(executed);
                }
                Err(refusal) => *reached.refusals.entry(refusal.code.code()).or_default() += 1,
            }
            if let Command::Declaration { id, .. } = &step.command {
                self.look_at(*id, reached);
                self.offers_are_kept(*id, &step, reached);
                self.pickers_agree_with_the_commands(*id, reached);
            }
        }
        self.claims_fit_the_statuses();
        self.states_fold_from_any_version();
    }

    /// Every termination counts once more on the lock of its person, target and year.
    fn count_locks(&mut self, executed: &Executed) {
        for recorded in &executed.events {
            if let Event::Terminated(event) = &recorded.envelope.event {
                assert_eq!(event.year, recorded.envelope.at.year());
                let id: DeclarationId = recorded.stream.id.parse().unwrap();
                let lock = self
                    .generator
                    .world()
                    .declaration(id)
                    .unwrap()
                    .year_lock(event.year);
                *self.locks.entry(lock).or_default() += 1;
            }
        }
    }

    fn look_at(&self, id: DeclarationId, reached: &mut Reached) {
        let Some(declaration) = self.generator.world().declaration(id) else {
            return;
        };
        at_most_one_step_is_open(declaration);
        each_unit_has_one_tab(declaration);
        status_and_steps_agree(declaration);
        the_live_path_leads_down_to_the_work_unit(declaration);
        reached.longest_path = reached.longest_path.max(declaration.live_path().len());
        let standing = declaration
            .steps
            .iter()
            .filter(|step| !step.removed)
            .count();
        reached.two_steps_of_one_unit += usize::from(standing > declaration.units().len());
    }

    /// What is offered succeeds with well-formed fields; what is withheld is refused with the same
    /// code; a declaration that has ended refuses everybody everything.
    fn offers_are_kept(&mut self, id: DeclarationId, step: &Step, reached: &mut Reached) {
        let somebody = self.generator.anybody(id);
        for actor in [step.actor.clone(), somebody] {
            self.offers_to(id, &actor, reached);
        }
    }

    fn offers_to(&mut self, id: DeclarationId, actor: &Actor, reached: &mut Reached) {
        let (world, at) = (self.generator.world(), self.generator.now());
        let status = world.declaration(id).map(|declaration| declaration.status);
        let ended = matches!(
            status,
            None | Some(Status::Terminated | Status::Concluded | Status::Deleted)
        );
        let other_button = if status == Some(Status::Returned) {
            Action::Submit
        } else {
            Action::Resubmit
        };
        for allowed in world.allowed(id, actor.clone(), at) {
            assert!(
                !ended || allowed.refusal.is_some(),
                "{} was offered after the end",
                allowed.action
            );
            if allowed.action == other_button {
                continue;
            }
            let command = well_formed(world, id, allowed.action, actor, at, &mut self.seed);
            let answer = world.decide(
                actor.clone(),
                &Command::Declaration {
                    id,
                    command: command.clone(),
                },
                at,
            );
            match (&allowed.refusal, answer) {
                (None, Ok(_)) => *reached.offered.entry(allowed.action.code()).or_default() += 1,
                (None, Err(refusal)) => {
                    let waits = waits_for_publicity(&command, refusal.code, at.day());
                    assert!(
                        waits,
                        "{} was offered and refused: {refusal:?}",
                        allowed.action
                    );
                }
                (Some(withheld), Ok(_)) => {
                    panic!("{} was withheld ({withheld}) and accepted", allowed.action)
                }
                (Some(withheld), Err(refusal)) => {
                    assert_eq!(withheld, &refusal, "{}", allowed.action);
                    *reached.refusals.entry(refusal.code.code()).or_default() += 1;
                }
            }
        }
    }

    /// A unit that the picker of 上级单位 lets be chosen can be reported to, and one that it does
    /// not is refused with the same code; every option of 退回到 is accepted.
    fn pickers_agree_with_the_commands(&mut self, id: DeclarationId, reached: &mut Reached) {
        let (world, at) = (self.generator.world(), self.generator.now());
        let Some(declaration) = world.declaration(id) else {
            return;
        };
        let Some(open) = declaration.open_step().filter(|_| self.seed.chance(20)) else {
            return;
        };
        let Some(handler) = open.handler else { return };
        let actor = Actor::of_unit(handler, open.unit);
        let allowed = world.allowed(id, actor.clone(), at);
        let is_offered = |action| {
            allowed
                .iter()
                .any(|one| one.action == action && one.refusal.is_none())
        };
        let answer =
            |command| world.decide(actor.clone(), &Command::Declaration { id, command }, at);
        if is_offered(Action::Return) {
            for to in return_targets(declaration, open) {
                let command = DeclarationCommand::Return {
                    to: Some(to),
                    reason: "请更正".to_owned(),
                };
                assert_eq!(answer(command).map(drop), Ok(()));
            }
        }
        if is_offered(Action::Report) && open.step_type == StepType::Superior {
            let unknown = UnitId(self.seed.id());
            let known = world.cast.ready_units().map(|unit| unit.id);
            for unit in known.into_iter().chain([world.cast.unready.id, unknown]) {
                let mut facts = world.facts(actor.clone(), at);
                let judged = world.ask(&mut facts, |facts| {
                    report_target(declaration, unit, facts).refusal
                });
                let answer = answer(DeclarationCommand::Report(report_form(unit, None)));
                assert_eq!(answer.err().map(|refusal| refusal.code), judged, "{unit}");
                *reached
                    .refusals
                    .entry(judged.map_or("none", Code::code))
                    .or_default() += 1;
            }
        }
    }

    /// The live claim is held by the one declaration under way, and by nobody else; a lock counts
    /// its terminations.
    fn claims_fit_the_statuses(&self) {
        let world = self.generator.world();
        let mut holders: BTreeMap<Stream, Option<DeclarationId>> = BTreeMap::new();
        for id in self.generator.declarations() {
            let declaration = world.declaration(*id).unwrap();
            let holder = holders.entry(declaration.live_claim()).or_default();
            if declaration.status == Status::InProgress {
                assert_eq!(*holder, None, "two live declarations to one end");
                *holder = Some(*id);
            }
        }
        for (claim, holder) in holders {
            assert_eq!(world.claim(&claim).holder, holder.map(|id| id.0), "{claim}");
        }
        let is_lock = |recorded: &&Recorded| recorded.stream.category == Category::YearLock;
        let locked: BTreeSet<Stream> = self
            .generator
            .log()
            .iter()
            .filter(is_lock)
            .map(|r| r.stream.clone())
            .collect();
        assert_eq!(locked, self.locks.keys().cloned().collect());
        for (lock, count) in &self.locks {
            assert_eq!(world.claim(lock).count, *count, "{lock}");
        }
    }

    /// Events written out and read back at any version fold on to the same state; without their
    /// sealed halves they fold to the same steps.
    fn states_fold_from_any_version(&mut self) {
        for id in self.generator.declarations().to_vec() {
            let events: Vec<&Recorded> = self.generator.events_of(id).collect();
            let stored_at = self.seed.below(events.len() + 1);
            let mut state = State::initial(Category::Declaration);
            let mut erased = State::initial(Category::Declaration);
            for (n, recorded) in events.iter().enumerate() {
                let mut envelope = recorded.envelope.clone();
                assert_eq!(envelope.version, n as u64 + 1);
                if n >= stored_at {
                    envelope.event = reread(&envelope.event, true);
                }
                evolve(&mut state, &envelope);
                envelope.event = reread(&envelope.event, false);
                evolve(&mut erased, &envelope);
            }
            assert_eq!(
                self.generator
                    .world()
                    .seen(&Stream::declaration(id))
                    .state
                    .as_ref(),
                &state
            );
            same_without_the_key(&state, &erased);
        }
    }
}

fn at_most_one_step_is_open(declaration: &Declaration) {
    assert!(
        declaration
            .steps
            .iter()
            .filter(|step| step.is_open())
            .count()
            <= 1,
        "{declaration:#?}"
    );
}

/// A unit with a step that was not removed has one row, in one tab; others have none.
fn each_unit_has_one_tab(declaration: &Declaration) {
    for unit in declaration.steps.iter().map(|step| step.unit) {
        let standing: Vec<_> = declaration
            .steps
            .iter()
            .filter(|step| step.unit == unit && !step.removed)
            .collect();
        let shown = declaration.step_shown_to(unit);
        assert_eq!(shown.is_some(), !standing.is_empty());
        assert_eq!(
            declaration
                .units()
                .iter()
                .filter(|known| **known == unit)
                .count(),
            usize::from(shown.is_some())
        );
        if let Some(open) = standing.iter().find(|step| step.is_open()) {
            assert_eq!(shown.map(|step| step.n), Some(open.n));
        }
    }
}

fn status_and_steps_agree(declaration: &Declaration) {
    let standing = || declaration.steps.iter().filter(|step| !step.removed);
    let open = declaration.open_step().is_some();
    match declaration.status {
        Status::InProgress => assert!(open),
        Status::Draft | Status::Deleted => assert!(declaration.steps.is_empty()),
        Status::Returned => {
            assert!(!open && standing().all(|step| step.state == StepState::Returned))
        }
        Status::Terminated => assert!(standing().all(|step| step.state == StepState::Terminated)),
        Status::Concluded => assert!(standing().all(|step| step.state == StepState::Concluded)),
    }
    assert_eq!(
        declaration.outcome.is_some(),
        declaration.status == Status::Concluded
    );
    if let Some(open) = declaration.open_step() {
        assert_eq!(
            open.handler.is_some(),
            open.state != StepState::ToSign,
            "{open:?}"
        );
        assert_eq!(
            open.signed.is_some(),
            open.state != StepState::ToSign,
            "{open:?}"
        );
    }
}

/// Steps below the open one are 已上报 and lead to the work unit; steps off the path are 已退回.
fn the_live_path_leads_down_to_the_work_unit(declaration: &Declaration) {
    if declaration.status != Status::InProgress {
        return;
    }
    let path: Vec<u32> = declaration.live_path().iter().map(|step| step.n).collect();
    assert_eq!(path.last(), Some(&1), "{declaration:#?}");
    assert_eq!(path.iter().collect::<BTreeSet<_>>().len(), path.len());
    for step in declaration.steps.iter().filter(|step| !step.removed) {
        let expected = match path.iter().position(|n| *n == step.n) {
            Some(0) => continue,
            Some(_) => StepState::Reported,
            None => StepState::Returned,
        };
        assert_eq!(step.state, expected, "{declaration:#?}");
    }
}

/// A report may be offered while its publicity still runs, or lies in a year without a calendar.
fn waits_for_publicity(command: &DeclarationCommand, code: Code, today: Day) -> bool {
    let DeclarationCommand::Report(form) = command else {
        return false;
    };
    let Some(publicity) = form.publicity else {
        return false;
    };
    match code {
        Code::PublicityNotFinished => publicity.end >= today,
        Code::CalendarMissing | Code::PublicityTooShort => {
            publicity.start.plus_days(15).year() > 2026
        }
        _ => false,
    }
}

fn reread(event: &Event, with_key: bool) -> Event {
    let personal = event.personal().unwrap().filter(|_| with_key);
    Event::decode(
        event.kind(),
        event.schema(),
        &event.payload().unwrap(),
        personal.as_deref(),
    )
    .unwrap()
}

fn same_without_the_key(state: &State, erased: &State) {
    let (State::Declaration(Some(whole)), State::Declaration(Some(erased))) = (state, erased)
    else {
        panic!("a declaration's events make a declaration");
    };
    let rules = |declaration: &Declaration| {
        let steps = declaration
            .steps
            .iter()
            .map(|step| (step.n, step.unit, step.state, step.handler, step.changed));
        (
            declaration.status,
            declaration.outcome,
            declaration.version,
            steps.collect::<Vec<_>>(),
        )
    };
    assert_eq!(rules(whole), rules(erased));
    assert_eq!(erased.person, None);
    assert!(erased.names.is_empty());
}
