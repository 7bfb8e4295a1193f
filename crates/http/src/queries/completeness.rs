use crate::access::readable;
use crate::answer::Answer;
use crate::app::App;
use crate::caller::Caller;
use crate::params::Params;
use crate::path::Declared;
use crate::problem::{FieldError, Problem, Trouble};
use crate::refused::definition_of;
use crate::schema::Id;
use axum::extract::State;
use docket_domain::declaration::decide;
use serde::Serialize;
use utoipa::ToSchema;

/// What a submission still needs.
#[derive(Debug, Serialize, ToSchema)]
pub struct Completeness {
    /// Whether nothing is missing.
    complete: bool,
    /// All that is missing.
    errors: Vec<FieldError>,
}

/// Lists what a submission still needs
///
/// Required sections, fields and attachments.
#[utoipa::path(
    get,
    path = "/declarations/{id}/completeness",
    tag = "declarations",
    params(("id" = Id, Path, description = "The declaration")),
    responses((status = 200, body = Completeness)),
)]
pub async fn completeness(
    State(app): State<App>,
    caller: Caller,
    Declared(id): Declared,
    params: Params,
) -> Result<Answer<Completeness>, Problem> {
    let seen = params.settled(&app).await?;
    let declaration = readable(&app, &caller, id).await?.declaration;
    let definition = definition_of(&app, &declaration).ok_or(Trouble::Corrupt)?;
    let question =
        |facts: &docket_domain::Facts| decide::completeness(&declaration, &definition, facts);
    let missing = app.engine().consult(caller.actor.clone(), question).await?;
    let errors = missing.into_iter().map(|e| FieldError {
        section: e.section,
        field: e.field,
        title: e.title,
    });
    let errors: Vec<FieldError> = errors.collect();
    let body = Completeness {
        complete: errors.is_empty(),
        errors,
    };
    Ok(Answer::new(seen, body).at_version(declaration.version))
}
