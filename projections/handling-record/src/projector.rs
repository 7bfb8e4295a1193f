use crate::Happened;
use docket_domain::declaration::{Declaration, Publicity, ReturnTo, Target};
use docket_domain::vocabulary::Status;
use docket_domain::{Category, Envelope, Event, PersonId, Role, UnitId};
use docket_projection::{ColumnType, Folded, Projector, Rows, Table, Value, row};

/// The rows of 办理记录.
pub struct HandlingRecordProjector;

pub(crate) const ENTRIES: &str = "record_entries";
pub(crate) const HEADS: &str = "record_heads";

impl Projector for HandlingRecordProjector {
    fn name(&self) -> &'static str {
        crate::NAME
    }

    fn rule(&self) -> &'static str {
        include_str!("../rows.sha256")
    }

    fn tables(&self) -> Vec<Table> {
        use ColumnType::{Code, Day, Id, Instant, Int, Text};
        let entries = Table::of_events(ENTRIES, Category::Declaration, "declaration", Id)
            .key("version", Int)
            .column("at", Instant)
            .column("happened", Code)
            .column("role", Code)
            .optional("operator", Id)
            .optional("operator_unit", Id)
            .optional("unit", Id)
            .optional("publicity_start", Day)
            .optional("publicity_end", Day)
            .optional("text", Text)
            .optional("handler_before", Id)
            .column("pending", Code)
            .optional("pending_unit", Id)
            .optional("pending_handler", Id);
        let heads = Table::of_states(HEADS, Category::Declaration, "declaration", Id)
            .column("version", Int)
            .column("kind", Code)
            .column("applicant", Id)
            .optional("committee", Id)
            .optional("names", Text)
            .optional("open_type", Code)
            .optional("open_extended", Text);
        vec![entries, heads]
    }

    fn rows(&self, folded: &Folded, rows: &mut Rows) {
        let Some(declaration) = folded.declaration() else {
            return;
        };
        let committee = match declaration.target {
            Target::Committee { committee, .. } => Some(committee),
            Target::Setting { .. } => None,
        };
        let open = declaration.open_step();
        let named = declaration.submitted_at.is_some() && !declaration.names.is_empty();
        rows.add(
            HEADS,
            row![
                declaration.id,
                declaration.version,
                declaration.kind,
                declaration.applicant,
                committee,
                named.then(|| Value::json(&declaration.names)),
                open.map(|step| step.step_type),
                open.map(|step| Value::json(&step.extended)),
            ],
        );
    }

    fn entries(&self, after: &Folded, event: &Envelope, rows: &mut Rows) {
        let (Some(declaration), Some(happened)) = (after.declaration(), Happened::of(&event.event))
        else {
            return;
        };
        let told = Told::of(&event.event);
        let pending = Pending::after(declaration, happened);
        rows.add(
            ENTRIES,
            row![
                declaration.id,
                event.version,
                event.at,
                happened,
                Value::Text(role(event.author.role).into()),
                event.author.person,
                event.author.unit,
                told.unit,
                told.publicity.map(|days| days.start),
                told.publicity.map(|days| days.end),
                told.text,
                told.handler_before,
                Value::Text(pending.code.into()),
                pending.unit,
                pending.handler,
            ],
        );
    }
}

/// What 事件说明 needs of an event.
#[derive(Default)]
struct Told<'a> {
    unit: Option<UnitId>,
    publicity: Option<Publicity>,
    text: Option<&'a String>,
    handler_before: Option<PersonId>,
}

impl Told<'_> {
    fn of(event: &Event) -> Told<'_> {
        let nothing = Told::default();
        match event {
            Event::Reported(event) => Told {
                unit: Some(event.target),
                publicity: event.publicity,
                text: event.personal.as_ref().map(|personal| &personal.opinion),
                ..nothing
            },
            Event::ReportWithdrawn(event) => Told {
                unit: Some(event.from),
                ..nothing
            },
            Event::Returned(event) => Told {
                unit: match event.to {
                    ReturnTo::Applicant => None,
                    ReturnTo::Unit(unit) => Some(unit),
                },
                text: event.personal.as_ref().map(|personal| &personal.text),
                ..nothing
            },
            Event::Terminated(event) => Told {
                text: event.personal.as_ref().map(|personal| &personal.text),
                ..nothing
            },
            Event::HandlerChanged(event) => Told {
                handler_before: event.from,
                ..nothing
            },
            Event::AcceptedFinal(event) => Told {
                text: event.personal.as_ref().map(|personal| &personal.text),
                ..nothing
            },
            Event::ReviewConcluded(event) => Told {
                text: event.personal.as_ref().map(|personal| &personal.text),
                ..nothing
            },
            _ => nothing,
        }
    }
}

/// 待办单位/人, from the state right after the event.
struct Pending {
    code: &'static str,
    unit: Option<UnitId>,
    handler: Option<PersonId>,
}

impl Pending {
    fn after(declaration: &Declaration, happened: Happened) -> Pending {
        if let Some(step) = declaration.open_step() {
            let code = if step.handler.is_some() {
                "handler"
            } else {
                "unit"
            };
            return Pending {
                code,
                unit: Some(step.unit),
                handler: step.handler,
            };
        }
        let code = match (declaration.status, happened) {
            (Status::Draft | Status::Returned, _) => "applicant",
            (_, Happened::Approved) => "certificate",
            _ => "nobody",
        };
        let unit = (code == "certificate").then(|| declaration.target.unit());
        Pending {
            code,
            unit,
            handler: None,
        }
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Applicant => "applicant",
        Role::LegalUser => "legal_user",
        Role::Operator => "operator",
        Role::Auditor => "auditor",
        Role::SystemOperator => "system_operator",
        Role::System => "system",
    }
}
