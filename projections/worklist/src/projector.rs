use docket_domain::Category;
use docket_domain::declaration::{Declaration, Step, Target};
use docket_domain::time::Instant;
use docket_projection::{ColumnType, Folded, Projector, Rows, Table, Value, row};

/// The rows of the worklist.
pub struct WorklistProjector;

pub(crate) const TABLE: &str = "worklist";

/// The columns a query reads, in the order in which an item takes them.
pub(crate) const READ: &[&str] = &[
    "declaration",
    "unit",
    "version",
    "kind",
    "state",
    "tab",
    "number",
    "applicant_id",
    "applicant",
    "phone",
    "id_number",
    "person_category",
    "work_unit",
    "committee",
    "setting",
    "target_unit",
    "specialty_group",
    "series",
    "title",
    "level",
    "specialty",
    "direction",
    "application_type",
    "submitted_at",
    "step",
    "step_type",
    "extended",
    "handler",
    "handler_name",
    "status",
    "outcome",
];

impl Projector for WorklistProjector {
    fn name(&self) -> &'static str {
        crate::NAME
    }

    fn rule(&self) -> &'static str {
        include_str!("../rows.sha256")
    }

    fn tables(&self) -> Vec<Table> {
        use ColumnType::{Code, Id, Instant, Int, Text};
        let table = Table::of_states(TABLE, Category::Declaration, "declaration", Id)
            .key("unit", Id)
            .column("version", Int)
            .column("kind", Code)
            .column("state", Code)
            .column("tab", Code)
            .column("number", Text)
            .column("applicant_id", Id)
            .optional("applicant", Text)
            .optional("phone", Text)
            .optional("id_number", Text)
            .optional("person_category", Text)
            .column("work_unit", Id)
            .optional("committee", Id)
            .optional("setting", Id)
            .column("target_unit", Id)
            .optional("specialty_group", Text)
            .column("series", Text)
            .column("title", Text)
            .column("level", Code)
            .optional("specialty", Text)
            .optional("direction", Text)
            .optional("application_type", Text)
            .column("submitted_at", Instant)
            .column("step", Int)
            .column("step_type", Code)
            .column("extended", Text)
            .optional("handler", Id)
            .optional("handler_name", Text)
            .column("status", Code)
            .optional("outcome", Code)
            .index(
                "worklist_tab",
                &["unit", "kind", "tab", "-submitted_at", "declaration"],
            )
            .index(
                "worklist_all",
                &["unit", "kind", "-submitted_at", "declaration"],
            )
            .count_by(&["unit", "kind", "tab"]);
        vec![table]
    }

    fn rows(&self, folded: &Folded, rows: &mut Rows) {
        for (declaration, step, submitted_at) in shown(folded) {
            rows.add(TABLE, row_of(declaration, step, submitted_at.into()));
        }
    }
}

/// The steps that units are shown, one for each unit, with the declaration and when it was
/// submitted last: what a unit's list has a row for.
pub fn shown(folded: &Folded) -> impl Iterator<Item = (&Declaration, &Step, Instant)> {
    let submitted = folded
        .declaration()
        .and_then(|declaration| Some((declaration, declaration.submitted_at?)));
    submitted.into_iter().flat_map(|(declaration, at)| {
        let units = declaration.units().into_iter();
        units.filter_map(move |unit| Some((declaration, declaration.step_shown_to(unit)?, at)))
    })
}

fn row_of(declaration: &Declaration, step: &Step, submitted_at: Value) -> Vec<Value> {
    let person = declaration.person.as_ref();
    let details = declaration.details.as_ref();
    let (committee, setting) = match declaration.target {
        Target::Committee { committee, .. } => (Some(committee), None),
        Target::Setting { setting, .. } => (None, Some(setting)),
    };
    let handler_name = step
        .handler
        .and_then(|handler| declaration.names.get(&handler));
    row![
        declaration.id,
        step.unit,
        declaration.version,
        declaration.kind,
        step.state,
        step.state.tab(),
        &declaration.number,
        declaration.applicant,
        person.map(|person| &person.name),
        person.map(|person| &person.mobile),
        person.map(|person| &person.id_number),
        person.and_then(|person| person.person_category.as_ref()),
        declaration.work_unit,
        committee,
        setting,
        declaration.target.unit(),
        details.and_then(|details| details.specialty_group.as_ref()),
        &declaration.title.series,
        &declaration.title.title,
        declaration.level,
        details.map(|details| &details.specialty),
        details.map(|details| &details.direction),
        details.and_then(|details| details.application_type.as_ref()),
        submitted_at,
        step.n,
        step.step_type,
        Value::json(&step.extended),
        step.handler,
        handler_name,
        declaration.status,
        declaration.outcome,
    ]
}
