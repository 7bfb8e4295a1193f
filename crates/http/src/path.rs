use crate::app::App;
use crate::problem::Problem;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use docket_domain::{Code, DeclarationId};
use std::str::FromStr;

/// The declaration of a route. What is no id is answered as an unknown id is.
pub struct Declared(pub DeclarationId);

/// The one id of a route about something else.
pub struct Id<T>(pub T);

/// The two ids of a route.
pub struct Ids<A, B>(pub A, pub B);

async fn texts(parts: &mut Parts, app: &App) -> Vec<String> {
    let params = RawPathParams::from_request_parts(parts, app).await;
    params
        .map(|params| params.iter().map(|(_, value)| value.to_owned()).collect())
        .unwrap_or_default()
}

fn parsed<T: FromStr>(texts: &[String], index: usize) -> Option<T> {
    texts.get(index)?.parse().ok()
}

impl FromRequestParts<App> for Declared {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let texts = texts(parts, app).await;
        parsed(&texts, 0)
            .map(Declared)
            .ok_or_else(|| Code::NotFound.into())
    }
}

impl<T: FromStr> FromRequestParts<App> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let texts = texts(parts, app).await;
        parsed(&texts, 0).map(Id).ok_or_else(Problem::nothing_here)
    }
}

impl<A: FromStr, B: FromStr> FromRequestParts<App> for Ids<A, B> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let texts = texts(parts, app).await;
        match (parsed(&texts, 0), parsed(&texts, 1)) {
            (Some(first), Some(second)) => Ok(Ids(first, second)),
            _ => Err(Problem::nothing_here()),
        }
    }
}
