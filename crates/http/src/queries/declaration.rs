use crate::access::{Capacity, Readable, readable, viewed};
use crate::answer::Answer;
use crate::app::App;
use crate::caller::Caller;
use crate::layers::RequestId;
use crate::params::Params;
use crate::path::Declared;
use crate::problem::{Problem, Trouble};
use crate::refused::definition_of;
use crate::schema::Id;
use crate::state_view::{DeclarationView, Showing, Text};
use crate::surroundings::Surroundings;
use crate::texts::texts;
use axum::extract::State;
use docket_domain::declaration::Declaration;
use docket_domain::vocabulary::StepState;
use std::collections::BTreeMap;

/// Shows a declaration as the caller may see it
///
/// Full personal data for the applicant, the step's handler and auditors; masks for everybody
/// else. Units read the sections as they were last submitted. A section whose text is gone says so
/// in `content` and harms no other. Every view is recorded in the security audit.
#[utoipa::path(
    get,
    path = "/declarations/{id}",
    tag = "declarations",
    params(("id" = Id, Path, description = "The declaration")),
    responses((status = 200, body = DeclarationView)),
)]
pub async fn declaration(
    State(app): State<App>,
    caller: Caller,
    Declared(id): Declared,
    request: RequestId,
    params: Params,
) -> Result<Answer<DeclarationView>, Problem> {
    let seen = params.settled(&app).await?;
    let Readable {
        declaration,
        capacity,
    } = readable(&app, &caller, id).await?;
    viewed(
        &app,
        &caller,
        request,
        "view_declaration",
        &declaration.stream(),
    )
    .await?;
    let texts = texts(&app, &declaration, capacity).await?;
    let surroundings = Surroundings::now(&app, &declaration).await?;
    let view = shown(&app, &caller, capacity, &declaration, &surroundings, texts)?;
    Ok(Answer::new(seen, view).at_version(declaration.version))
}

/// A declaration with the names, deadlines and requirements that stand around it.
///
/// # Errors
/// CORRUPT when no definition is known that it could have begun with.
pub fn shown(
    app: &App,
    caller: &Caller,
    capacity: Capacity,
    declaration: &Declaration,
    surroundings: &Surroundings,
    texts: BTreeMap<String, Text>,
) -> Result<DeclarationView, Problem> {
    let definition = definition_of(app, declaration).ok_or(Trouble::Corrupt)?;
    let open = declaration
        .open_step()
        .map(|step| (step.step_type, step.state));
    let showing = Showing {
        reader: caller.person,
        capacity,
        surroundings,
        status_label: definition
            .applicant_status(declaration.status, open, declaration.outcome)
            .to_owned(),
        state_label: &|state: StepState| definition.state_label(state).to_owned(),
        texts,
    };
    Ok(showing.show(declaration))
}
