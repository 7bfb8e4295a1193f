use crate::fingerprint::History;
use docket_domain::catalogue::Level;
use docket_domain::declaration::*;
use docket_domain::time::{Day, Instant};
use docket_domain::vocabulary::{Outcome, Signed, Status, StepState, StepType};
use docket_domain::{
    Author, CommitteeId, DeclarationId, Envelope, Event, Kind, PersonId, Role, SettingId, Stream,
    UnitId,
};
use uuid::Uuid;

/// A small generator of numbers, the same for the same seed.
pub struct Dice(u64);

impl Dice {
    /// Dice that fall the same way every time.
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides.max(1)
    }
}

/// Who and what the histories are about.
pub struct Cast;

impl Cast {
    /// A unit.
    pub fn unit(n: u64) -> UnitId {
        UnitId(Uuid::from_u128(0x1000 + u128::from(n)))
    }

    /// An account.
    pub fn person(n: u64) -> PersonId {
        PersonId(Uuid::from_u128(0x2000 + u128::from(n)))
    }

    /// A declaration.
    pub fn declaration(n: u64) -> DeclarationId {
        DeclarationId(Uuid::from_u128(0x3000 + u128::from(n)))
    }

    /// A committee.
    pub fn committee(n: u64) -> CommitteeId {
        CommitteeId(Uuid::from_u128(0x4000 + u128::from(n)))
    }

    /// A recognition setting.
    pub fn setting(n: u64) -> SettingId {
        SettingId(Uuid::from_u128(0x5000 + u128::from(n)))
    }

    /// What an account is called.
    pub fn name(person: PersonId) -> String {
        const NAMES: [&str; 8] = [
            "张静怡",
            "李明",
            "王芳",
            "赵铁柱",
            "欧阳明月",
            "陈晨",
            "周游",
            "吴越",
        ];
        NAMES[(person.0.as_u128() % 8) as usize].to_owned()
    }
}

/// One declaration that goes its way by events that could happen.
pub struct Walk {
    n: u64,
    state: Option<Box<Declaration>>,
    version: u64,
}

impl Walk {
    /// A declaration before its draft.
    pub fn new(n: u64) -> Walk {
        Walk {
            n,
            state: None,
            version: 0,
        }
    }

    /// The declaration as it stands.
    pub fn declaration(&self) -> &Declaration {
        self.state.as_deref().expect("the draft was made")
    }

    /// Its stream.
    pub fn stream(&self) -> Stream {
        Stream::declaration(Cast::declaration(self.n))
    }

    /// Adds an event by an author.
    pub fn add(
        &mut self,
        at: Instant,
        author: Author,
        event: impl Into<Event>,
    ) -> (Stream, Envelope) {
        self.version += 1;
        let envelope = Envelope {
            version: self.version,
            position: 0,
            at,
            author,
            event: event.into(),
        };
        evolve(&mut self.state, &envelope);
        (self.stream(), envelope)
    }

    /// The next event, if there can be one.
    pub fn step(&mut self, at: Instant, dice: &mut Dice) -> Option<(Stream, Envelope)> {
        let (author, event) = match self.state.as_deref() {
            None => (applicant(self.n), draft(self.n, dice)),
            Some(declaration) => match declaration.status {
                Status::Draft => (applicant(self.n), in_draft(declaration, dice)),
                Status::Returned => (applicant(self.n), resubmitted(declaration)),
                Status::InProgress => in_progress(declaration, dice)?,
                Status::Terminated | Status::Concluded | Status::Deleted => return None,
            },
        };
        Some(self.add(at, author, event))
    }
}

/// Histories of so many declarations, interleaved, some of them deleted as drafts.
pub fn history(declarations: u64, events_max: usize, seed: u64) -> History {
    let mut dice = Dice::new(seed);
    let mut walks: Vec<Walk> = (0..declarations).map(Walk::new).collect();
    let mut history = History::new();
    let start = Instant::parse("2026-03-02T09:00:00+08:00").expect("a time");
    for n in 0..events_max {
        let at = start.plus_micros(n as i64 * 61_000_000);
        let chosen = dice.roll(declarations) as usize;
        history.extend(walks[chosen].step(at, &mut dice));
    }
    history
}

fn applicant(n: u64) -> Author {
    Author {
        person: Some(Cast::person(100 + n % 40)),
        role: Role::Applicant,
        unit: None,
    }
}

fn operator(step: &Step) -> Author {
    let person = step
        .handler
        .unwrap_or(Cast::person(step.unit.0.as_u128() as u64 % 7));
    Author {
        person: Some(person),
        role: Role::Operator,
        unit: Some(step.unit),
    }
}

fn shown(applicant: PersonId) -> Applicant {
    Applicant {
        name: Cast::name(applicant),
        id_number: "500112199506120027".to_owned(),
        mobile: "13800000000".to_owned(),
        person_category: Some("企业人员".to_owned()),
    }
}

fn draft(n: u64, dice: &mut Dice) -> Event {
    let kind = Kind::ALL[dice.roll(3) as usize];
    let target = match kind {
        Kind::Review => Target::Committee {
            committee: Cast::committee(n % 3),
            office: Cast::unit(9),
        },
        _ => Target::Setting {
            setting: Cast::setting(n % 2),
            unit: Cast::unit(8),
        },
    };
    let title = |text: &str| text.to_owned();
    DraftCreated {
        declaration: Cast::declaration(n),
        number: format!("20260302{n:04}"),
        kind,
        definition: DefinitionRef {
            version: 1,
            hash: "0".repeat(64),
        },
        applicant: Cast::person(100 + n % 40),
        target,
        title: Title {
            series: title("工程技术人员"),
            title: title("工程师"),
            specialty: title("机械"),
            direction: title("制造"),
        },
        level: Level::Middle,
        work_unit: Cast::unit(n % 5),
        specialty_group: None,
        application_type: None,
        original_title: None,
        obtained_on: None,
        valid_scope: None,
        personal: Some(shown(Cast::person(100 + n % 40))),
    }
    .into()
}

fn in_draft(declaration: &Declaration, dice: &mut Dice) -> Event {
    match dice.roll(8) {
        0 => DraftDeleted {}.into(),
        1..=3 => section(dice),
        _ => Submitted {
            steps: vec![opened(1, declaration.work_unit, StepType::WorkUnit, None)],
            requirements: Vec::new(),
            personal: Some(submission(declaration)),
        }
        .into(),
    }
}

fn section(dice: &mut Dice) -> Event {
    SectionSaved {
        section: format!("section_{}", dice.roll(3)),
        form: 1,
        document: "ab".repeat(32),
        bytes: dice.roll(9_000) as u32,
        missing: Vec::new(),
        attached: Vec::new(),
        personal: Some(SectionFacts {
            content: "cd".repeat(32),
            person_category: None,
            mobile: None,
        }),
    }
    .into()
}

fn submission(declaration: &Declaration) -> Submission {
    let names = [(declaration.applicant, Cast::name(declaration.applicant))].into();
    Submission {
        applicant: shown(declaration.applicant),
        content: "ef".repeat(32),
        names,
    }
}

fn resubmitted(declaration: &Declaration) -> Event {
    let step = StepOutcome {
        state: StepState::ToReview,
        reopened: true,
        ..outcome(&declaration.steps[0])
    };
    Resubmitted {
        steps: vec![step],
        content_changed: true,
        personal: Some(submission(declaration)),
    }
    .into()
}

fn in_progress(declaration: &Declaration, dice: &mut Dice) -> Option<(Author, Event)> {
    let step = declaration.open_step()?;
    if step.state == StepState::ToSign {
        return Some(to_sign(declaration, step, dice));
    }
    let author = operator(step);
    let event = match (dice.roll(8), step.step_type, step.state) {
        (0, ..) => returned(declaration, step, dice),
        (1, ..) if dice.roll(3) == 0 => Terminated {
            steps: all(declaration, StepState::Terminated),
            year: 2026,
            personal: Some(remark(step)),
        }
        .into(),
        (2, ..) => {
            let to = Cast::person(50 + dice.roll(4));
            let personal = Some(People {
                names: [(to, Cast::name(to))].into(),
            });
            HandlerChanged {
                steps: vec![StepOutcome {
                    handler: Some(to),
                    decided: true,
                    ..outcome(step)
                }],
                from: step.handler,
                personal,
            }
            .into()
        }
        (_, StepType::WorkUnit, StepState::ToReview) => ApprovedAndPublicized {
            steps: vec![StepOutcome {
                state: StepState::Publicizing,
                decided: true,
                ..outcome(step)
            }],
            publicity_from: Day::from_ymd(2026, 3, 2)?,
            personal: Some(named(step)),
        }
        .into(),
        (_, StepType::WorkUnit | StepType::Superior, _) => reported(declaration, step, dice)?,
        (_, StepType::AcceptingUnit, _) => AcceptedFinal {
            steps: all(declaration, StepState::Concluded),
            personal: Some(remark(step)),
        }
        .into(),
        (_, StepType::Committee, StepState::ToReview) => CommitteeAccepted {
            steps: vec![StepOutcome {
                state: StepState::Accepted,
                decided: true,
                ..outcome(step)
            }],
            personal: Some(named(step)),
        }
        .into(),
        (passed, StepType::Committee, _) => ReviewConcluded {
            steps: all(declaration, StepState::Concluded),
            passed: passed % 2 == 0,
            personal: Some(remark(step)),
        }
        .into(),
    };
    debug_assert!(declaration.outcome.is_none() || declaration.outcome != Some(Outcome::Revoked));
    Some((author, event))
}

fn to_sign(declaration: &Declaration, step: &Step, dice: &mut Dice) -> (Author, Event) {
    let below = step
        .reported_by
        .and_then(|n| declaration.step(n))
        .filter(|_| !step.reopened && dice.roll(5) == 0);
    if let Some(reporter) = below {
        let state = if reporter.step_type == StepType::WorkUnit {
            StepState::Publicizing
        } else {
            StepState::ToReview
        };
        let steps = vec![
            StepOutcome {
                state,
                ..outcome(reporter)
            },
            StepOutcome {
                removed: true,
                ..outcome(step)
            },
        ];
        return (
            operator(reporter),
            ReportWithdrawn {
                steps,
                from: step.unit,
                personal: Some(named(reporter)),
            }
            .into(),
        );
    }
    let auto = dice.roll(4) == 0;
    let handler = operator(step).person;
    let signed = Some(if auto { Signed::Auto } else { Signed::Manual });
    let signed = StepOutcome {
        state: StepState::ToReview,
        handler,
        signed,
        ..outcome(step)
    };
    let names = handler
        .map(|person| (person, Cast::name(person)))
        .into_iter()
        .collect();
    let event = SignedFor {
        steps: vec![signed],
        auto,
        personal: Some(People { names }),
    };
    (
        if auto { Author::SYSTEM } else { operator(step) },
        event.into(),
    )
}

fn returned(declaration: &Declaration, step: &Step, dice: &mut Dice) -> Event {
    let first = &declaration.steps[0];
    let back = |step: &Step| StepOutcome {
        state: StepState::Returned,
        reported_by: None,
        ..outcome(step)
    };
    let mut steps: Vec<StepOutcome> = declaration.live_path().into_iter().map(back).collect();
    let to = match step.step_type == StepType::WorkUnit || dice.roll(2) == 0 {
        true => ReturnTo::Applicant,
        false => {
            let reopened = StepOutcome {
                state: StepState::ToReview,
                reopened: true,
                extended: vec![step.step_type],
                ..outcome(first)
            };
            if let Some(last) = steps.last_mut() {
                *last = reopened;
            }
            ReturnTo::Unit(first.unit)
        }
    };
    Returned {
        steps,
        to,
        personal: Some(remark(step)),
    }
    .into()
}

fn reported(declaration: &Declaration, step: &Step, dice: &mut Dice) -> Option<Event> {
    let terminal = step.step_type == StepType::Superior || dice.roll(2) == 0;
    let (unit, step_type) = match terminal {
        true => (declaration.target.unit(), declaration.target.step_type()),
        false => (Cast::unit(6 + dice.roll(2)), StepType::Superior),
    };
    let before = declaration
        .steps
        .iter()
        .find(|other| other.unit == unit && other.step_type == step_type && !other.removed);
    let next = match before {
        Some(before) => StepOutcome {
            state: StepState::ToReview,
            reported_by: Some(step.n),
            reopened: true,
            ..outcome(before)
        },
        None => opened(
            declaration.steps.len() as u32 + 1,
            unit,
            step_type,
            Some(step.n),
        ),
    };
    let publicity = (step.step_type == StepType::WorkUnit).then_some(Publicity {
        start: Day::from_ymd(2026, 3, 2)?,
        end: Day::from_ymd(2026, 3, 6)?,
    });
    let personal = Recommendation {
        names: named(step).names,
        responsible_person: "张三".to_owned(),
        phone: "023-61234567".to_owned(),
        opinion: "同意推荐".to_owned(),
    };
    let steps = vec![
        StepOutcome {
            state: StepState::Reported,
            decided: true,
            ..outcome(step)
        },
        next,
    ];
    Some(
        Reported {
            steps,
            target: unit,
            publicity,
            needs_interview: None,
            personal: Some(personal),
        }
        .into(),
    )
}

fn all(declaration: &Declaration, state: StepState) -> Vec<StepOutcome> {
    declaration
        .steps
        .iter()
        .filter(|step| !step.removed)
        .map(|step| StepOutcome {
            state,
            ..outcome(step)
        })
        .collect()
}

fn opened(n: u32, unit: UnitId, step_type: StepType, reported_by: Option<u32>) -> StepOutcome {
    StepOutcome {
        n,
        unit,
        step_type,
        state: StepState::ToSign,
        handler: None,
        signed: None,
        reported_by,
        reopened: false,
        decided: false,
        removed: false,
        extended: Vec::new(),
    }
}

fn outcome(step: &Step) -> StepOutcome {
    StepOutcome {
        n: step.n,
        unit: step.unit,
        step_type: step.step_type,
        state: step.state,
        handler: step.handler,
        signed: step.signed,
        reported_by: step.reported_by,
        reopened: step.reopened,
        decided: step.decided,
        removed: step.removed,
        extended: step.extended.clone(),
    }
}

fn named(step: &Step) -> People {
    People {
        names: step
            .handler
            .map(|person| (person, Cast::name(person)))
            .into_iter()
            .collect(),
    }
}

fn remark(step: &Step) -> Remark {
    Remark {
        names: named(step).names,
        text: "材料不齐，请补充".to_owned(),
    }
}
