use docket_domain::Category;
use docket_domain::declaration::{Declaration, Step, Target};
use docket_domain::time::Instant;
use docket_projection::{ColumnType, Folded, Projector, Rows, Table, Value, row};
use docket_worklist::shown;

/// The rows of the worklist's history.
pub struct WorklistHistoryProjector;

pub(crate) const TABLE: &str = "worklist_history";

/// The columns a query reads, in the order in which an item takes them.
pub(crate) const READ: &[&str] = &[
    "declaration",
    "unit",
    "kind",
    "state",
    "tab",
    "number",
    "applicant_id",
    "work_unit",
    "committee",
    "setting",
    "target_unit",
    "level",
    "submitted_at",
    "step",
    "step_type",
    "extended",
    "handler",
    "status",
    "outcome",
];

impl Projector for WorklistHistoryProjector {
    fn name(&self) -> &'static str {
        crate::NAME
    }

    fn rule(&self) -> &'static str {
        include_str!("../rows.sha256")
    }

    fn tables(&self) -> Vec<Table> {
        use ColumnType::{Code, Id, Instant, Int, Text};
        let table = Table::of_history(TABLE, Category::Declaration, "declaration", Id)
            .key("unit", Id)
            .column("kind", Code)
            .column("state", Code)
            .column("tab", Code)
            .column("number", Text)
            .column("applicant_id", Id)
            .column("work_unit", Id)
            .optional("committee", Id)
            .optional("setting", Id)
            .column("target_unit", Id)
            .column("level", Code)
            .column("submitted_at", Instant)
            .column("step", Int)
            .column("step_type", Code)
            .column("extended", Text)
            .optional("handler", Id)
            .column("status", Code)
            .optional("outcome", Code)
            .index(
                "worklist_history_tab",
                &[
                    "unit",
                    "kind",
                    "tab",
                    "-submitted_at",
                    "declaration",
                    "from_position",
                    "to_position",
                ],
            );
        vec![table]
    }

    fn rows(&self, folded: &Folded, rows: &mut Rows) {
        for (declaration, step, submitted_at) in shown(folded) {
            rows.add(TABLE, row_of(declaration, step, submitted_at));
        }
    }
}

/// Without the version: a unit's row is the same while the declaration moves elsewhere.
fn row_of(declaration: &Declaration, step: &Step, submitted_at: Instant) -> Vec<Value> {
    let (committee, setting) = match declaration.target {
        Target::Committee { committee, .. } => (Some(committee), None),
        Target::Setting { setting, .. } => (None, Some(setting)),
    };
    row![
        declaration.id,
        step.unit,
        declaration.kind,
        step.state,
        step.state.tab(),
        &declaration.number,
        declaration.applicant,
        declaration.work_unit,
        committee,
        setting,
        declaration.target.unit(),
        declaration.level,
        submitted_at,
        step.n,
        step.step_type,
        Value::json(&step.extended),
        step.handler,
        declaration.status,
        declaration.outcome,
    ]
}
