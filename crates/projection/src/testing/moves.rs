//! What can happen to a declaration next.

use super::{Cast, Dice};
use docket_domain::catalogue::Level;
use docket_domain::declaration::*;
use docket_domain::texts::AcceptedTexts;
use docket_domain::time::Day;
use docket_domain::vocabulary::{DocumentType, Signed, StepState, StepType};
use docket_domain::{Author, Event, Kind, PersonId, Role, UnitId};

pub(super) fn applicant(n: u64) -> Author {
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
        id_type: DocumentType::ResidentId,
        id_number: "500112199506120027".to_owned(),
        mobile: "13800000000".to_owned(),
        sex: "女".to_owned(),
        birth_date: Day::from_ymd(1995, 6, 12).expect("a day of the calendar"),
        person_category: Some("企业人员".to_owned()),
    }
}

pub(super) fn draft(n: u64, dice: &mut Dice) -> Event {
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
        },
        level: Level::Middle,
        work_unit: Cast::unit(n % 5),
        texts: AcceptedTexts::of(kind),
        personal: Some(Opening {
            applicant: shown(Cast::person(100 + n % 40)),
            details: Details {
                specialty: title("机械"),
                direction: title("制造"),
                ..Details::default()
            },
        }),
    }
    .into()
}

pub(super) fn in_draft(declaration: &Declaration, dice: &mut Dice) -> Event {
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

pub(super) fn resubmitted(declaration: &Declaration) -> Event {
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

pub(super) fn in_progress(declaration: &Declaration, dice: &mut Dice) -> Option<(Author, Event)> {
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
            publicity: Some(Publicity {
                start: Day::from_ymd(2026, 3, 2)?,
                end: Day::from_ymd(2026, 3, 6)?,
            }),
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
            personal: Some(conclusion(step)),
        }
        .into(),
    };
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

fn conclusion(step: &Step) -> Conclusion {
    Conclusion {
        names: named(step).names,
        votes: Some(Votes {
            present: 3,
            in_favour: 2,
            against: 1,
            abstained: 0,
        }),
        text: "达到评审标准".to_owned(),
    }
}
