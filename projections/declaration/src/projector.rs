use docket_domain::declaration::{Applicant, Declaration, Step, Target};
use docket_domain::time::Instant;
use docket_domain::{Category, RequirementId};
use docket_projection::{ColumnType, Folded, Projector, Rows, Table, Value, row};
use serde::{Deserialize, Serialize};

/// The rows of declarations and their steps.
pub struct DeclarationProjector;

pub(crate) const DECLARATIONS: &str = "declarations";
pub(crate) const STEPS: &str = "steps";

/// A saved section. Its text lies in the documents, under a hash that the events hold: it differs
/// with every encryption, and rows are the same for the same content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// The section's code.
    pub section: String,
    /// Version of its form.
    pub form: u32,
    /// Size of the plain text.
    pub bytes: u32,
    /// Required fields still empty.
    pub missing: Vec<String>,
    /// Attachment requirements it meets.
    pub attached: Vec<RequirementId>,
    /// When it was saved last.
    pub saved_at: Instant,
}

impl Projector for DeclarationProjector {
    fn name(&self) -> &'static str {
        crate::NAME
    }

    fn rule(&self) -> &'static str {
        include_str!("../rows.sha256")
    }

    fn tables(&self) -> Vec<Table> {
        vec![declarations(), steps()]
    }

    fn rows(&self, folded: &Folded, rows: &mut Rows) {
        let Some(declaration) = folded.declaration() else {
            return;
        };
        rows.add(DECLARATIONS, declaration_row(declaration));
        let path: Vec<u32> = declaration.live_path().iter().map(|step| step.n).collect();
        for step in &declaration.steps {
            rows.add(STEPS, step_row(declaration, step, path.contains(&step.n)));
        }
    }
}

fn declarations() -> Table {
    use ColumnType::{Code, Day, Id, Instant, Int, Text};
    Table::of_states(DECLARATIONS, Category::Declaration, "declaration", Id)
        .column("version", Int)
        .column("number", Text)
        .column("kind", Code)
        .column("definition", Text)
        .column("applicant_id", Id)
        .column("target", Text)
        .column("title", Text)
        .column("level", Code)
        .column("work_unit", Id)
        .optional("details", Text)
        .column("status", Code)
        .optional("outcome", Code)
        .optional("person", Text)
        .optional("requirements", Text)
        .optional("publicity_from", Day)
        .column("created_at", Instant)
        .optional("submitted_at", Instant)
        .column("sections", Text)
}

fn steps() -> Table {
    use ColumnType::{Code, Day, Flag, Id, Int, Text};
    Table::of_states(STEPS, Category::Declaration, "declaration", Id)
        .key("n", Int)
        .column("unit", Id)
        .column("step_type", Code)
        .column("state", Code)
        .optional("handler", Id)
        .optional("handler_name", Text)
        .optional("signed", Code)
        .optional("reported_by", Int)
        .column("removed", Flag)
        .column("live", Flag)
        .column("extended", Text)
        .optional("publicity_start", Day)
        .optional("publicity_end", Day)
        .optional("planned_start", Day)
        .optional("planned_end", Day)
        .optional("opinion", Text)
        .optional("responsible_person", Text)
        .optional("phone", Text)
        .optional("needs_interview", Flag)
        .optional("votes", Text)
}

fn declaration_row(declaration: &Declaration) -> Vec<Value> {
    let person: Option<&Applicant> = declaration
        .person
        .as_ref()
        .filter(|_| declaration.submitted_at.is_some());
    let target: &Target = &declaration.target;
    row![
        declaration.id,
        declaration.version,
        &declaration.number,
        declaration.kind,
        Value::json(&declaration.definition),
        declaration.applicant,
        Value::json(target),
        Value::json(&declaration.title),
        declaration.level,
        declaration.work_unit,
        declaration.details.as_ref().map(Value::json),
        declaration.status,
        declaration.outcome,
        person.map(Value::json),
        declaration.requirements.as_ref().map(Value::json),
        declaration.publicity_from,
        declaration.created_at,
        declaration.submitted_at,
        Value::json(&sections(declaration)),
    ]
}

fn sections(declaration: &Declaration) -> Vec<Section> {
    let saved = declaration.sections.iter().map(|(section, saved)| Section {
        section: section.clone(),
        form: saved.form,
        bytes: saved.bytes,
        missing: saved.missing.clone(),
        attached: saved.attached.clone(),
        saved_at: saved.saved_at,
    });
    saved.collect()
}

fn step_row(declaration: &Declaration, step: &Step, live: bool) -> Vec<Value> {
    row![
        declaration.id,
        step.n,
        step.unit,
        step.step_type,
        step.state,
        step.handler,
        step.handler
            .and_then(|handler| declaration.names.get(&handler)),
        step.signed,
        step.reported_by,
        step.removed,
        live,
        Value::json(&step.extended),
        step.publicity.map(|days| days.start),
        step.publicity.map(|days| days.end),
        step.planned.map(|days| days.start),
        step.planned.map(|days| days.end),
        step.opinion.as_ref(),
        step.responsible_person.as_ref(),
        step.phone.as_ref(),
        step.needs_interview,
        step.votes.as_ref().map(Value::json),
    ]
}
