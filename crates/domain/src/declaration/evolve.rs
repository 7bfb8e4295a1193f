use super::events::{
    DraftCreated, Remark, Reported, ReturnTo, Returned, SectionSaved, StepOutcome, Terminated,
};
use super::state::{Declaration, LastReturn, SavedSection, Step, Termination};
use crate::event::{Envelope, Event};
use crate::vocabulary::{Outcome, Status};

/// Folds one event. Total, and reads no definition: events carry the outcome.
pub fn evolve(state: &mut Option<Box<Declaration>>, envelope: &Envelope) {
    if let Event::DraftCreated(event) = &envelope.event {
        *state = Some(Box::new(created(event, envelope)));
        return;
    }
    if let Some(declaration) = state {
        declaration.apply(envelope);
    }
}

fn created(event: &DraftCreated, envelope: &Envelope) -> Declaration {
    let mut names = super::events::Names::new();
    let opening = event.personal.as_ref();
    let person = opening.map(|opening| opening.applicant.clone());
    if let Some(person) = &person {
        names.insert(event.applicant, person.name.clone());
    }
    Declaration {
        id: event.declaration,
        number: event.number.clone(),
        kind: event.kind,
        definition: event.definition.clone(),
        applicant: event.applicant,
        target: event.target,
        title: event.title.clone(),
        level: event.level,
        work_unit: event.work_unit,
        details: opening.map(|opening| opening.details.clone()),
        texts: event.texts.clone(),
        status: Status::Draft,
        outcome: None,
        returned: None,
        terminated: None,
        steps: Vec::new(),
        sections: std::collections::BTreeMap::new(),
        person_in_form: person.clone(),
        person,
        names,
        requirements: None,
        submitted_content: None,
        publicity_from: None,
        created_at: envelope.at,
        submitted_at: None,
        version: envelope.version,
    }
}

impl Declaration {
    fn apply(&mut self, envelope: &Envelope) {
        self.version = envelope.version;
        match &envelope.event {
            Event::SectionSaved(event) => self.save(event, envelope),
            Event::DraftDeleted(_) => self.forget(),
            Event::Submitted(event) => {
                self.requirements = Some(event.requirements.clone());
                self.submit(event.personal.as_ref(), envelope);
                self.take_steps(&event.steps, envelope);
            }
            Event::Resubmitted(event) => {
                if event.content_changed {
                    self.publicity_from = None;
                }
                self.returned = None;
                self.submit(event.personal.as_ref(), envelope);
                self.take_steps(&event.steps, envelope);
            }
            Event::SignedFor(event) => self.act(&event.steps, names(&event.personal), envelope),
            Event::ApprovedAndPublicized(event) => {
                self.publicity_from = Some(event.publicity_from);
                self.act(&event.steps, names(&event.personal), envelope);
                if let Some(step) = self.touched(&event.steps) {
                    step.planned = event.publicity;
                }
            }
            Event::Reported(event) => self.report(event, envelope),
            Event::ReportWithdrawn(event) => {
                self.act(&event.steps, names(&event.personal), envelope)
            }
            Event::Returned(event) => self.send_back(event, envelope),
            Event::Terminated(event) => self.terminate(event, envelope),
            Event::HandlerChanged(event) => {
                self.act(&event.steps, names(&event.personal), envelope)
            }
            Event::CommitteeAccepted(event) => {
                self.act(&event.steps, names(&event.personal), envelope)
            }
            Event::AcceptedFinal(event) => {
                let remark = event.personal.as_ref();
                let remark = remark.map(|remark| (&remark.names, remark.text.as_str(), None));
                self.conclude(&event.steps, Outcome::Approved, remark, envelope);
            }
            Event::ReviewConcluded(event) => {
                let outcome = if event.passed {
                    Outcome::ReviewPassed
                } else {
                    Outcome::ReviewFailed
                };
                let remark = event.personal.as_ref();
                let remark = remark.map(|found| (&found.names, found.text.as_str(), found.votes));
                self.conclude(&event.steps, outcome, remark, envelope);
            }
            _ => {}
        }
    }

    fn save(&mut self, event: &SectionSaved, envelope: &Envelope) {
        if let (Some(person), Some(facts)) = (&mut self.person_in_form, &event.personal) {
            if let Some(category) = &facts.person_category {
                person.person_category = Some(category.clone());
            }
            if let Some(mobile) = &facts.mobile {
                person.mobile.clone_from(mobile);
            }
        }
        let before = self.sections.remove(&event.section);
        self.sections.insert(
            event.section.clone(),
            SavedSection {
                form: event.form,
                document: event.document.clone(),
                bytes: event.bytes,
                missing: event.missing.clone(),
                attached: event.attached.clone(),
                content: event.personal.as_ref().map(|facts| facts.content.clone()),
                saved_at: envelope.at,
                version: envelope.version,
                position: envelope.position,
                submitted: false,
                as_submitted: before.and_then(|before| {
                    if before.submitted {
                        Some(Box::new(before))
                    } else {
                        before.as_submitted
                    }
                }),
            },
        );
    }

    fn forget(&mut self) {
        self.status = Status::Deleted;
        self.person = None;
        self.person_in_form = None;
        self.details = None;
        self.names.clear();
        self.sections.clear();
    }

    fn submit(&mut self, personal: Option<&super::events::Submission>, envelope: &Envelope) {
        self.status = Status::InProgress;
        self.submitted_at = Some(envelope.at);
        for section in self.sections.values_mut() {
            section.submitted = true;
            section.as_submitted = None;
        }
        if let Some(submission) = personal {
            self.person = Some(submission.applicant.clone());
            self.submitted_content = Some(submission.content.clone());
            self.remember(&submission.names);
        }
    }

    fn send_back(&mut self, event: &Returned, envelope: &Envelope) {
        self.returned = self.open_step().map(|step| LastReturn {
            by: step.unit,
            to: event.to,
            reason: text(event.personal.as_ref()),
            at: envelope.at,
        });
        if event.to == ReturnTo::Applicant {
            self.status = Status::Returned;
        }
        let names = event.personal.as_ref().map(|remark| &remark.names);
        self.act(&event.steps, names, envelope);
    }

    fn terminate(&mut self, event: &Terminated, envelope: &Envelope) {
        self.terminated = self.open_step().map(|step| Termination {
            by: step.unit,
            reason: text(event.personal.as_ref()),
            at: envelope.at,
        });
        self.status = Status::Terminated;
        let names = event.personal.as_ref().map(|remark| &remark.names);
        self.act(&event.steps, names, envelope);
    }

    fn report(&mut self, event: &Reported, envelope: &Envelope) {
        let reporter = self.open_step().map(|step| ReturnTo::Unit(step.unit));
        if reporter.is_some() && reporter == self.returned.as_ref().map(|last| last.to) {
            self.returned = None;
        }
        self.act(
            &event.steps,
            event.personal.as_ref().map(|personal| &personal.names),
            envelope,
        );
        let Some(step) = self.touched(&event.steps) else {
            return;
        };
        step.publicity = event.publicity.or(step.publicity);
        step.planned = event.publicity.or(step.planned);
        step.needs_interview = event.needs_interview;
        if let Some(personal) = &event.personal {
            step.opinion = Some(personal.opinion.clone());
            step.responsible_person = Some(personal.responsible_person.clone());
            step.phone = Some(personal.phone.clone());
        }
    }

    fn conclude(
        &mut self,
        steps: &[StepOutcome],
        outcome: Outcome,
        remark: Option<(&super::events::Names, &str, Option<super::events::Votes>)>,
        envelope: &Envelope,
    ) {
        self.status = Status::Concluded;
        self.outcome = Some(outcome);
        let decider = self.open_step().map(|step| step.n);
        self.act(steps, remark.map(|(names, ..)| names), envelope);
        let decider = self.steps.iter_mut().find(|step| Some(step.n) == decider);
        if let (Some(step), Some((_, text, votes))) = (decider, remark) {
            if !text.is_empty() {
                step.opinion = Some(text.to_owned());
            }
            step.votes = votes;
        }
    }

    /// The first step an event lists: the one it is about.
    fn touched(&mut self, outcomes: &[StepOutcome]) -> Option<&mut Step> {
        let n = outcomes.first()?.n;
        self.steps.iter_mut().find(|step| step.n == n)
    }

    fn act(
        &mut self,
        steps: &[StepOutcome],
        names: Option<&super::events::Names>,
        envelope: &Envelope,
    ) {
        if let Some(names) = names {
            self.remember(names);
        }
        self.take_steps(steps, envelope);
    }

    fn remember(&mut self, names: &super::events::Names) {
        self.names
            .extend(names.iter().map(|(person, name)| (*person, name.clone())));
    }

    fn take_steps(&mut self, outcomes: &[StepOutcome], envelope: &Envelope) {
        for outcome in outcomes {
            match self.steps.iter_mut().find(|step| step.n == outcome.n) {
                Some(step) => update(step, outcome, envelope.version),
                None => self.steps.push(made(outcome, envelope.version)),
            }
        }
    }
}

fn text(remark: Option<&Remark>) -> Option<String> {
    remark.map(|remark| remark.text.clone())
}

fn names(people: &Option<super::events::People>) -> Option<&super::events::Names> {
    people.as_ref().map(|people| &people.names)
}

fn update(step: &mut Step, outcome: &StepOutcome, version: u64) {
    if step.state != outcome.state {
        step.changed = version;
    }
    step.state = outcome.state;
    step.handler = outcome.handler;
    step.signed = outcome.signed;
    step.reported_by = outcome.reported_by;
    step.reopened = outcome.reopened;
    step.decided = outcome.decided;
    step.removed = outcome.removed;
    step.extended.clone_from(&outcome.extended);
}

fn made(outcome: &StepOutcome, version: u64) -> Step {
    Step {
        n: outcome.n,
        unit: outcome.unit,
        step_type: outcome.step_type,
        state: outcome.state,
        handler: outcome.handler,
        signed: outcome.signed,
        reported_by: outcome.reported_by,
        reopened: outcome.reopened,
        decided: outcome.decided,
        removed: outcome.removed,
        extended: outcome.extended.clone(),
        changed: version,
        publicity: None,
        planned: None,
        opinion: None,
        responsible_person: None,
        phone: None,
        needs_interview: None,
        votes: None,
    }
}
