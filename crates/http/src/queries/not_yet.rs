use crate::app::App;
use crate::caller::Caller;
use crate::path::Declared;
use crate::problem::{Problem, Trouble};
use crate::schema::Id;
use axum::extract::State;

/// Prints the full form: not available yet
#[utoipa::path(
    get,
    path = "/declarations/{id}/form.pdf",
    tag = "documents",
    params(("id" = Id, Path, description = "The declaration")),
    responses((status = 501, description = "Not available yet")),
)]
pub async fn form(_app: State<App>, _caller: Caller, _id: Declared) -> Problem {
    Trouble::NotAvailableYet.into()
}

/// Prints the sheet to post: not available yet
#[utoipa::path(
    get,
    path = "/declarations/{id}/publicity.pdf",
    tag = "documents",
    params(("id" = Id, Path, description = "The declaration")),
    responses((status = 501, description = "Not available yet")),
)]
pub async fn publicity(_app: State<App>, _caller: Caller, _id: Declared) -> Problem {
    Trouble::NotAvailableYet.into()
}

/// Prints the ticked rows: not available yet
#[utoipa::path(
    post,
    path = "/worklist/actions/download",
    tag = "documents",
    responses((status = 501, description = "Not available yet")),
)]
pub async fn download(_app: State<App>, _caller: Caller) -> Problem {
    Trouble::NotAvailableYet.into()
}
