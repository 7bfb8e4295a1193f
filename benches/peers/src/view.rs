use crate::aggregate::{Declaration, Happened};
use cqrs_es::{EventEnvelope, View};
use serde::{Deserialize, Serialize};

/// A row of a worklist: what the list of a unit shows of a declaration.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListRow {
    pub number: String,
    pub applicant: String,
    pub kind: String,
    pub title: String,
    pub work_unit: String,
    pub state: String,
    pub handler: String,
    pub handled_at: String,
}

impl View<Declaration> for ListRow {
    fn update(&mut self, event: &EventEnvelope<Declaration>) {
        match &event.payload {
            Happened::Drafted(drafted) => {
                self.number = drafted.number.clone();
                self.applicant = drafted.applicant.clone();
                self.kind = drafted.kind.clone();
                self.title = drafted.title.clone();
                self.work_unit = drafted.work_unit.clone();
                self.state = "draft".to_owned();
            }
            Happened::Submitted(step)
            | Happened::SignedFor(step)
            | Happened::Publicized(step)
            | Happened::Reported { step, .. } => {
                self.state = step.state.clone();
                self.handler = step.handler.clone();
                self.handled_at = step.at.clone();
            }
        }
    }
}
