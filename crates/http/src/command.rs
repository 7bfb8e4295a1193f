//! The way of every command: order, execute, wait until it can be seen, answer.

use crate::answer::{AdminBody, CommandAnswer, EventBody, Titled};
use crate::app::App;
use crate::caller::Caller;
use crate::problem::Problem;
use crate::refused;
use crate::schema::Id;
use crate::stamp::Stamp;
use axum::http::StatusCode;
use docket_domain::administration::AdminCommand;
use docket_domain::declaration::DeclarationCommand;
use docket_domain::{Code, Command, DeclarationId};
use docket_engine::{Accepted, Failure};
use serde::Serialize;
use utoipa::ToSchema;

/// What a command on a declaration is answered.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeclarationBody {
    /// The declaration.
    #[schema(value_type = Id)]
    pub declaration_id: String,
    /// Its version now, as in `ETag`.
    pub version: u64,
    /// Position of the command's last event, as in `Docket-Position`.
    pub position: u64,
    /// The events on the declaration itself.
    pub events: Vec<EventBody>,
    /// What the user should know; it refuses nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub warnings: Vec<Titled>,
}

/// The answer of a command on a declaration.
pub type Done = CommandAnswer<DeclarationBody>;
/// The answer of any other command.
pub type Saved = CommandAnswer<AdminBody>;

/// Executes a command on a declaration.
pub async fn declare(
    app: &App,
    caller: &Caller,
    id: DeclarationId,
    command: DeclarationCommand,
    stamp: &Stamp,
) -> Result<Done, Problem> {
    let order = stamp.order(caller, Command::Declaration { id, command });
    match app.execute(order).await {
        Ok(accepted) => Ok(answered(app, accepted).await),
        Err(failure) => Err(refused::by_declaration(app, id, failure).await),
    }
}

/// The answer of an accepted command, once the views have it or the wait is over.
pub async fn answered(app: &App, accepted: Accepted) -> Done {
    let visible = app
        .visible(&app.reads.of_declarations(), accepted.position)
        .await;
    CommandAnswer {
        status: StatusCode::OK,
        version: accepted.version,
        position: accepted.position,
        visible,
        body: DeclarationBody {
            declaration_id: accepted.stream.id,
            version: accepted.version,
            position: accepted.position,
            events: accepted.events.into_iter().map(EventBody::from).collect(),
            warnings: accepted.warnings.into_iter().map(Titled::from).collect(),
        },
    }
}

/// Executes an administration command.
pub async fn administer(
    app: &App,
    caller: &Caller,
    command: AdminCommand,
    stamp: &Stamp,
) -> Result<Saved, Problem> {
    let mut order = stamp.order(caller, Command::Administration(command));
    order.expected_version = None;
    match app.execute(order).await {
        Ok(accepted) => {
            let visible = app
                .visible(
                    &[app.reads.directory.view(), app.reads.worklist.view()],
                    accepted.position,
                )
                .await;
            Ok(CommandAnswer::administration(accepted, visible))
        }
        Err(Failure::Refused(refusal)) if refusal.code == Code::NotFound => {
            Err(Problem::nothing_here())
        }
        Err(failure) => Err(failure.into()),
    }
}
