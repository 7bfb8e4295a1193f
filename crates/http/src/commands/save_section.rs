use crate::app::App;
use crate::body::Asked;
use crate::caller::Caller;
use crate::command::{DeclarationBody, Done, declare};
use crate::path::Ids;
use crate::problem::{Problem, Trouble};
use crate::schema::Id;
use axum::extract::State;
use docket_domain::declaration::{DeclarationCommand, SavedForm};
use docket_domain::{Code, DeclarationId};
use serde_json::{Map, Value};

/// Saves one section of the form
///
/// 保存: the whole section; 基本信息 comes first. `If-Match` is required, so that two open windows
/// do not overwrite each other.
#[utoipa::path(
    put,
    path = "/declarations/{id}/sections/{section}",
    tag = "commands",
    params(
        ("id" = Id, Path, description = "The declaration"),
        ("section" = String, Path, description = "Code of the section, from `/workflows/{kind}`", example = "basic"),
        ("If-Match" = String, Header, description = "The version the client saw", example = "\"1\""),
    ),
    request_body(content = Object, description = "The section's fields", content_type = "application/json"),
    responses((status = 200, body = DeclarationBody)),
)]
pub async fn save_section(
    State(app): State<App>,
    caller: Caller,
    ids: Result<Ids<DeclarationId, String>, Problem>,
    asked: Asked<Map<String, Value>>,
) -> Result<Done, Problem> {
    let Ids(id, section) = ids.map_err(|_| Problem::from(Code::NotFound))?;
    if asked.stamp.if_match.is_none() {
        return Err(Trouble::PreconditionRequired.into());
    }
    let form = SavedForm {
        section,
        body: Value::Object(asked.body),
        document: String::new(),
        bytes: 0,
        content: String::new(),
    };
    declare(
        &app,
        &caller,
        id,
        DeclarationCommand::SaveSection(Box::new(form)),
        &asked.stamp,
    )
    .await
}
