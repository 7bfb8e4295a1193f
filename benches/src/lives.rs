use docket_codec::KeyRing;
use docket_codec::OsEntropy;
use docket_domain::declaration::{Ballot, DeclarationCommand};
use docket_domain::{Actor, DeclarationId, Kind, PersonId};
use docket_store::Log;
use docket_testkit::town::{Town, founding_day};
use futures::stream::{self, StreamExt};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a number of commands took.
#[derive(Debug, Clone, Default)]
pub struct Timing {
    /// Commands answered.
    pub commands: u64,
    /// Time under load.
    pub elapsed: Duration,
    /// Commands a second of each phase.
    pub rates: Vec<(Phase, f64)>,
}

impl Timing {
    /// Commands a second.
    pub fn rate(&self) -> f64 {
        self.commands as f64 / self.elapsed.as_secs_f64()
    }
}

/// Drafts ready to be submitted, in a town on a log.
pub struct Lives {
    /// The town.
    pub town: Arc<Town>,
    /// Each with its applicant.
    pub drafts: Vec<(PersonId, DeclarationId)>,
}

impl Lives {
    /// Founds a town on a log and prepares drafts, each of another person.
    pub async fn prepare(log: Arc<dyn Log>, count: usize) -> Self {
        let ring = Arc::new(KeyRing::generate(&OsEntropy));
        let town = Town::found_with(log, ring, Arc::new(OsEntropy)).await;
        Self::in_town(Arc::new(town), count).await
    }

    /// Prepares more drafts in a town that is there.
    pub async fn in_town(town: Arc<Town>, count: usize) -> Self {
        town.clock.set(founding_day());
        let drafts = stream::iter(0..count)
            .map(|_| async {
                let person = town.person().await;
                (person, town.draft(person, Kind::Review).await)
            })
            .buffer_unordered(64)
            .collect()
            .await;
        Self { town, drafts }
    }

    /// Leads every draft through phases, `callers` at a time, one phase after the other: the
    /// publicity's days pass between approval and report, outside the measure.
    pub async fn live(self: &Arc<Self>, callers: usize, phases: &[Phase]) -> Timing {
        let lives = Arc::clone(self);
        let mut timing = Timing::default();
        for phase in phases.iter().copied() {
            lives.town.clock.set(match phase {
                Phase::Submit | Phase::Sign | Phase::Approve => founding_day(),
                _ => founding_day().plus_days(10),
            });
            let began = Instant::now();
            Self::drive(&lives, phase, callers).await;
            let elapsed = began.elapsed();
            timing
                .rates
                .push((phase, lives.drafts.len() as f64 / elapsed.as_secs_f64()));
            timing.elapsed += elapsed;
            timing.commands += lives.drafts.len() as u64;
        }
        timing
    }

    /// Every caller is a task of its own, as every HTTP request is.
    async fn drive(lives: &Arc<Self>, phase: Phase, callers: usize) {
        let share = lives.drafts.len().div_ceil(callers);
        let tasks = (0..callers).map(|caller| {
            let lives = Arc::clone(lives);
            tokio::spawn(async move {
                for draft in lives.drafts.iter().skip(caller * share).take(share) {
                    lives.act(phase, *draft).await;
                }
            })
        });
        futures::future::try_join_all(tasks)
            .await
            .expect("a caller panicked");
    }

    async fn act(&self, phase: Phase, (person, id): (PersonId, DeclarationId)) {
        let school = self.town.school.by_operator();
        let bureau = self.town.bureau.by_operator();
        let office = self.town.office.by_operator();
        let (actor, command) = match phase {
            Phase::Submit => (Actor::applicant(person), DeclarationCommand::Submit),
            Phase::Sign => (school, DeclarationCommand::Sign),
            Phase::Approve => (school, DeclarationCommand::ApproveAndPublicize(None)),
            Phase::Report => (school, self.town.report_to(self.town.bureau.id, true)),
            Phase::SuperiorSign => (bureau, DeclarationCommand::Sign),
            Phase::SuperiorReport => (bureau, self.town.report_to(self.town.office.id, false)),
            Phase::CommitteeSign => (office, DeclarationCommand::Sign),
            Phase::Accept => (office, DeclarationCommand::Accept),
            Phase::Conclude => (
                office,
                DeclarationCommand::Conclude {
                    passed: Some(true),
                    ballot: Ballot::default(),
                    opinion: String::new(),
                },
            ),
        };
        self.town
            .act(actor, id, command)
            .await
            .expect("every command of a life is allowed");
    }
}

/// One action of a life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// 提交
    Submit,
    /// 签收 at the work unit.
    Sign,
    /// 审核通过并公示
    Approve,
    /// 报送 to the superior.
    Report,
    /// 签收 at the superior.
    SuperiorSign,
    /// 报送 to the committee's office.
    SuperiorReport,
    /// 签收 at the committee's office.
    CommitteeSign,
    /// 受理通过
    Accept,
    /// 评审结论
    Conclude,
}

/// What the append bench measures.
pub const REPORTED: &[Phase] = &[Phase::Submit, Phase::Sign, Phase::Approve, Phase::Report];

/// A whole review declaration.
pub const WHOLE: &[Phase] = &[
    Phase::Submit,
    Phase::Sign,
    Phase::Approve,
    Phase::Report,
    Phase::SuperiorSign,
    Phase::SuperiorReport,
    Phase::CommitteeSign,
    Phase::Accept,
    Phase::Conclude,
];
