use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use serde::{Deserialize, Serialize};

/// A declaration with as much of Docket's rules as the four commands need.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Declaration {
    number: String,
    applicant: String,
    kind: String,
    title: String,
    work_unit: String,
    status: Status,
    step: u32,
    handler: String,
    target: String,
}

/// Where a declaration stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Before its first event.
    #[default]
    Absent,
    /// Made, not submitted.
    Draft,
    /// At a unit, not signed for.
    ToSign,
    /// Signed for.
    ToReview,
    /// In publicity.
    Publicized,
    /// Sent on to the superior.
    Reported,
}

/// What may be asked.
#[derive(Debug, Clone)]
pub enum Order {
    /// Makes a draft.
    Draft(Drafted),
    /// 提交
    Submit { actor: String, at: String },
    /// 签收
    Sign { actor: String, at: String },
    /// 审核通过并公示
    ApproveAndPublicize { actor: String, at: String },
    /// 报送
    Report {
        actor: String,
        at: String,
        target: String,
    },
}

/// What a draft begins with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drafted {
    pub number: String,
    pub applicant: String,
    pub kind: String,
    pub title: String,
    pub work_unit: String,
}

/// What an action did to a step: the fields that Docket's events of these actions carry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stepped {
    pub at: String,
    pub actor: String,
    pub role: String,
    pub step: u32,
    pub step_type: String,
    pub unit: String,
    pub state: String,
    pub handler: String,
    pub opinion: String,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Happened {
    Drafted(Drafted),
    Submitted(Stepped),
    SignedFor(Stepped),
    Publicized(Stepped),
    Reported { step: Stepped, target: String },
}

impl DomainEvent for Happened {
    fn event_type(&self) -> String {
        match self {
            Happened::Drafted(_) => "Drafted",
            Happened::Submitted(_) => "Submitted",
            Happened::SignedFor(_) => "SignedFor",
            Happened::Publicized(_) => "Publicized",
            Happened::Reported { .. } => "Reported",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

/// Why an order was refused.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused(pub Status);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "not allowed while {:?}", self.0)
    }
}

impl std::error::Error for Refused {}

impl Declaration {
    fn stepped(&self, actor: String, at: String, role: &str, state: &str) -> Stepped {
        Stepped {
            at,
            handler: actor.clone(),
            actor,
            role: role.to_owned(),
            step: self.step,
            step_type: "work_unit".to_owned(),
            unit: self.work_unit.clone(),
            state: state.to_owned(),
            opinion: "同意推荐".to_owned(),
        }
    }

    pub fn decide(&self, order: Order) -> Result<Happened, Refused> {
        match (order, self.status) {
            (Order::Draft(drafted), Status::Absent) => Ok(Happened::Drafted(drafted)),
            (Order::Submit { actor, at }, Status::Draft) => Ok(Happened::Submitted(self.stepped(
                actor,
                at,
                "applicant",
                "to_sign",
            ))),
            (Order::Sign { actor, at }, Status::ToSign) => Ok(Happened::SignedFor(self.stepped(
                actor,
                at,
                "operator",
                "to_review",
            ))),
            (Order::ApproveAndPublicize { actor, at }, Status::ToReview) => Ok(
                Happened::Publicized(self.stepped(actor, at, "operator", "publicized")),
            ),
            (Order::Report { actor, at, target }, Status::Publicized) => Ok(Happened::Reported {
                step: self.stepped(actor, at, "operator", "reported"),
                target,
            }),
            (_, status) => Err(Refused(status)),
        }
    }

    fn enter(&mut self, step: Stepped, status: Status) {
        self.status = status;
        self.step = step.step + 1;
        self.handler = step.handler;
    }
}

impl Aggregate for Declaration {
    const TYPE: &'static str = "declaration";
    type Command = Order;
    type Event = Happened;
    type Error = Refused;
    type Services = ();

    async fn handle(
        &mut self,
        order: Order,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), Refused> {
        let happened = self.decide(order)?;
        sink.write(happened, self).await;
        Ok(())
    }

    fn apply(&mut self, event: Happened) {
        match event {
            Happened::Drafted(drafted) => {
                self.number = drafted.number;
                self.applicant = drafted.applicant;
                self.kind = drafted.kind;
                self.title = drafted.title;
                self.work_unit = drafted.work_unit;
                self.status = Status::Draft;
            }
            Happened::Submitted(step) => self.enter(step, Status::ToSign),
            Happened::SignedFor(step) => self.enter(step, Status::ToReview),
            Happened::Publicized(step) => self.enter(step, Status::Publicized),
            Happened::Reported { step, target } => {
                self.enter(step, Status::Reported);
                self.target = target;
            }
        }
    }
}
