use crate::answer::AdminBody;
use crate::app::App;
use crate::body::Asked;
use crate::caller::Caller;
use crate::command::{Saved, administer};
use crate::path::Id;
use crate::problem::Problem;
use axum::extract::State;
use docket_domain::UnitId;
use docket_domain::administration::AdminCommand;
use serde::Deserialize;
use utoipa::ToSchema;

/// 职称发证权限
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthorityBody {
    /// Whether the unit may be an accepting unit.
    granted: bool,
}

/// Grants or takes back a unit's issuing authority
///
/// For operators of the system.
#[utoipa::path(
    put,
    path = "/units/{id}/issuing-authority",
    tag = "units",
    params(("id" = crate::schema::Id, Path, description = "The unit")),
    request_body = AuthorityBody,
    responses((status = 200, body = AdminBody)),
)]
pub async fn put(
    State(app): State<App>,
    caller: Caller,
    Id(unit): Id<UnitId>,
    asked: Asked<AuthorityBody>,
) -> Result<Saved, Problem> {
    let command = AdminCommand::SetIssuingAuthority {
        unit,
        granted: asked.body.granted,
    };
    administer(&app, &caller.or_operator(), command, &asked.stamp).await
}
