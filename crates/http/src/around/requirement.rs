use crate::app::App;
use docket_domain::{Requirement, RequirementId};
use serde::Deserialize;
use utoipa::ToSchema;

/// One row of 附件要求 as a form gives it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequirementBody {
    /// The row's id, to keep it; a new row gets one.
    #[schema(value_type = Option<crate::schema::Id>)]
    id: Option<RequirementId>,
    /// 附件名称
    #[schema(max_length = 100)]
    name: String,
    /// 是否必填
    required: bool,
}

/// The rows with an id each.
pub fn rows(app: &App, given: Vec<RequirementBody>) -> Vec<Requirement> {
    let fresh = || RequirementId(app.engine().entropy().uuid(app.now()));
    given
        .into_iter()
        .map(|row| Requirement {
            id: row.id.unwrap_or_else(fresh),
            name: row.name,
            required: row.required,
        })
        .collect()
}
