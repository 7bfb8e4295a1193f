use crate::access::{Capacity, readable, viewed};
use crate::answer::Answer;
use crate::app::App;
use crate::caller::Caller;
use crate::layers::RequestId;
use crate::params::Params;
use crate::path::Ids;
use crate::problem::Problem;
use crate::queries::replay::{folded, version_in};
use crate::schema::Id;
use crate::state_view::{ContentState, SectionView};
use crate::texts::text_of;
use axum::extract::State;
use docket_domain::vocabulary::SystemRole;
use docket_domain::{Code, DeclarationId, Stream};
use serde::Serialize;
use utoipa::ToSchema;

/// A section as it stood after one of the declaration's events.
#[derive(Debug, Serialize, ToSchema)]
pub struct SectionAsOf {
    #[schema(value_type = Id)]
    declaration_id: DeclarationId,
    /// Section code.
    section: String,
    /// The event, from 1.
    as_of_version: u64,
    /// The section as it was saved last by then.
    saved: SectionView,
}

/// Shows a section as it stood after an event
///
/// For auditors, and for the applicant his own. `content` tells a text that is there from one that
/// an event erased and one that a later save took the place of; a text that is gone without either
/// is CORRUPT, with the position of the event that saved it. Every answer is recorded in the
/// security audit.
#[utoipa::path(
    get,
    path = "/declarations/{id}/sections/{section}",
    tag = "declarations",
    params(
        ("id" = Id, Path, description = "The declaration"),
        ("section" = String, Path, description = "Section code"),
        ("as_of_version" = Option<u64>, Query, description = "The event, from 1; the last one if not given"),
    ),
    responses((status = 200, body = SectionAsOf)),
)]
pub async fn section(
    State(app): State<App>,
    caller: Caller,
    ids: Result<Ids<DeclarationId, String>, Problem>,
    request: RequestId,
    mut params: Params,
) -> Result<Answer<SectionAsOf>, Problem> {
    let Ids(id, code) = ids.map_err(|_| Problem::from(Code::NotFound))?;
    let asked = params.parse::<u64>("as_of_version")?;
    let seen = params.settled(&app).await?;
    permitted(&app, &caller, id).await?;
    let stream = Stream::declaration(id);
    let last = app.engine().version_of(&stream).await?;
    let version = version_in(last, "as_of_version", asked)?;
    let history = app.engine().history(&stream, version).await?;
    let declaration = folded(&history).ok_or(Code::NotFound)?;
    let saved = declaration
        .sections
        .get(&code)
        .ok_or_else(Problem::nothing_here)?;
    viewed(&app, &caller, request, "view_section", &stream).await?;
    let text = text_of(&app, &stream, saved).await?;
    if text.content == ContentState::Missing {
        return Err(Problem::corrupt_at(saved.position));
    }
    let body = SectionAsOf {
        declaration_id: id,
        section: code,
        as_of_version: declaration.version,
        saved: SectionView::of(saved, text),
    };
    Ok(Answer::new(seen, body).at_version(last))
}

/// Auditors read any declaration, deleted ones too; the applicant reads his own.
///
/// # Errors
/// As [`readable`]; NO_PERMISSION for a unit, which reads sections as they were submitted.
async fn permitted(app: &App, caller: &Caller, id: DeclarationId) -> Result<(), Problem> {
    if caller.is(SystemRole::Auditor) {
        return Ok(());
    }
    match readable(app, caller, id).await?.capacity {
        Capacity::Unit { .. } => Err(Code::NoPermission.into()),
        Capacity::Applicant | Capacity::Auditor => Ok(()),
    }
}
