use docket_domain::declaration::{Declaration, LastReturn, Step};
use docket_domain::vocabulary::{StepState, StepType};
use docket_domain::{Category, UnitId};
use docket_projection::{ColumnType, Folded, Projector, Rows, Table, Value, row};
use serde::{Deserialize, Serialize};

/// The rows of 我的申请书.
pub struct MyDeclarationsProjector;

pub(crate) const TABLE: &str = "my_declarations";

/// A step the declaration went through, as its progress shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathStep {
    /// The unit.
    pub unit: UnitId,
    /// What the step is to the declaration.
    pub step_type: StepType,
    /// Its state.
    pub state: StepState,
}

/// The last 退回, while it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentBack {
    /// Who, whither, why and when.
    pub last: LastReturn,
    /// Step types whose deadline the work unit's step may use as well (A12): 再次提交 is bound by
    /// the latest of them.
    pub extended: Vec<StepType>,
}

impl Projector for MyDeclarationsProjector {
    fn name(&self) -> &'static str {
        crate::NAME
    }

    fn rule(&self) -> &'static str {
        include_str!("../rows.sha256")
    }

    fn tables(&self) -> Vec<Table> {
        use ColumnType::{Code, Id, Instant, Int, Text};
        let table = Table::of_states(TABLE, Category::Declaration, "declaration", Id)
            .column("applicant", Id)
            .column("version", Int)
            .column("number", Text)
            .column("kind", Code)
            .column("definition", Int)
            .column("target", Text)
            .column("title", Text)
            .optional("specialty", Text)
            .optional("direction", Text)
            .column("level", Code)
            .column("work_unit", Id)
            .column("status", Code)
            .optional("outcome", Code)
            .optional("open_type", Code)
            .optional("open_state", Code)
            .column("created_at", Instant)
            .optional("submitted_at", Instant)
            .column("path", Text)
            .optional("returned", Text)
            .optional("terminated", Text)
            .index(
                "my_declarations_applicant",
                &["applicant", "-created_at", "declaration"],
            );
        vec![table]
    }

    fn rows(&self, folded: &Folded, rows: &mut Rows) {
        let Some(declaration) = folded.declaration() else {
            return;
        };
        let open = declaration.open_step();
        rows.add(
            TABLE,
            row![
                declaration.id,
                declaration.applicant,
                declaration.version,
                &declaration.number,
                declaration.kind,
                declaration.definition.version,
                Value::json(&declaration.target),
                Value::json(&declaration.title),
                declaration
                    .details
                    .as_ref()
                    .map(|details| &details.specialty),
                declaration
                    .details
                    .as_ref()
                    .map(|details| &details.direction),
                declaration.level,
                declaration.work_unit,
                declaration.status,
                declaration.outcome,
                open.map(|step| step.step_type),
                open.map(|step| step.state),
                declaration.created_at,
                declaration.submitted_at,
                Value::json(&path(declaration)),
                sent_back(declaration).as_ref().map(Value::json),
                declaration.terminated.as_ref().map(Value::json),
            ],
        );
    }
}

fn sent_back(declaration: &Declaration) -> Option<SentBack> {
    Some(SentBack {
        last: declaration.returned.clone()?,
        extended: declaration.steps.first()?.extended.clone(),
    })
}

/// The steps on the way, lowest first: the live path, or once it ended, the way to its last step.
fn path(declaration: &Declaration) -> Vec<PathStep> {
    let mut steps: Vec<&Step> = declaration.live_path();
    if steps.is_empty() {
        steps = way_to_the_end(declaration);
    }
    let shown = steps.iter().rev().map(|step| PathStep {
        unit: step.unit,
        step_type: step.step_type,
        state: step.state,
    });
    shown.collect()
}

fn way_to_the_end(declaration: &Declaration) -> Vec<&Step> {
    let terminal = declaration.target.step_type();
    let standing = || declaration.steps.iter().filter(|step| !step.removed);
    let last = standing()
        .find(|step| step.step_type == terminal)
        .or_else(|| standing().max_by_key(|step| step.n));
    let mut way: Vec<&Step> = last.into_iter().collect();
    while let Some(below) = way
        .last()
        .and_then(|step| step.reported_by)
        .and_then(|n| declaration.step(n))
    {
        way.push(below);
    }
    way
}
