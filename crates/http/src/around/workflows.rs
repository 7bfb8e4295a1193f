use crate::app::App;
use crate::path::Id;
use crate::problem::Problem;
use crate::schema::KindCode;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use docket_domain::Kind;
use docket_domain::workflow::Definition;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// The newest workflow of each kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct Workflows {
    items: Vec<WorkflowItem>,
}

/// One of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkflowItem {
    #[schema(value_type = KindCode)]
    kind: Kind,
    version: u32,
    /// SHA-256 of the published text, hex.
    hash: String,
    /// 评审, 初定, 确认
    label: String,
    /// 职称评审, 职称初定, 职称确认
    full_label: String,
    /// The menu of 单位中心.
    menu_label: String,
}

/// A workflow with its published text.
#[derive(Debug, Serialize, ToSchema)]
pub struct Workflow {
    #[serde(flatten)]
    item: WorkflowItem,
    /// The definition: step types, states, tabs, actions with fields, sections, labels.
    #[schema(value_type = Object)]
    definition: Box<RawValue>,
}

impl From<&Definition> for WorkflowItem {
    fn from(definition: &Definition) -> Self {
        Self {
            kind: definition.kind,
            version: definition.version,
            hash: definition.hash().to_owned(),
            label: definition.label.clone(),
            full_label: definition.full_label.clone(),
            menu_label: definition.menu_label.clone(),
        }
    }
}

/// Lists the workflows
#[utoipa::path(get, path = "/workflows", tag = "catalogue", security(()), responses((status = 200, body = Workflows)))]
pub async fn list(State(app): State<App>) -> Json<Workflows> {
    let newest = Kind::ALL
        .into_iter()
        .filter_map(|kind| app.engine().newest_definition(kind));
    Json(Workflows {
        items: newest
            .map(|definition| definition.as_ref().into())
            .collect(),
    })
}

/// Shows a kind's workflow
///
/// Labels, fields and limits as data. With `.mmd` behind the kind, as a Mermaid diagram.
#[utoipa::path(
    get,
    path = "/workflows/{kind}",
    tag = "catalogue",
    security(()),
    params(("kind" = String, Path, description = "`review`, `initial` or `confirmation`, or with `.mmd` behind it", example = "review")),
    responses((status = 200, content((Workflow = "application/json"), (String = "text/vnd.mermaid")))),
)]
pub async fn show(State(app): State<App>, Id(name): Id<String>) -> Result<Response, Problem> {
    let (name, drawn) = match name.strip_suffix(".mmd") {
        Some(name) => (name, true),
        None => (name.as_str(), false),
    };
    let definition = Kind::parse(name).and_then(|kind| app.engine().newest_definition(kind));
    let definition = definition.ok_or_else(Problem::nothing_here)?;
    if drawn {
        return Ok((
            [(header::CONTENT_TYPE, "text/vnd.mermaid; charset=utf-8")],
            definition.mermaid(),
        )
            .into_response());
    }
    let text = RawValue::from_string(definition.expanded_text().to_owned());
    let text = text.expect("a definition's text was read as JSON before");
    Ok(Json(Workflow {
        item: definition.as_ref().into(),
        definition: text,
    })
    .into_response())
}
