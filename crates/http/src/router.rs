//! The list of all routes.

use crate::app::App;
use crate::around::{
    calendar, committees, contacts, demo_clock, health, issuing_authority, me, operators, profile,
    projections, series, settings, units, workflows,
};
use crate::commands::{
    accept, approve, approve_and_publicize, batch, conclude, create, delete, reassign, report,
    save_section, send_back, sign, submit, terminate, withdraw,
};
use crate::layers;
use crate::openapi;
use crate::queries::{
    allowed_actions, completeness, declaration, events, export, log_head, mine, not_yet, record,
    replay, report_targets, return_targets, section, worklist, worklist_search, worklist_stream,
};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The service: every route of the interface, health checks at the root, and problem documents for
/// whatever else is asked.
pub fn router(app: App) -> Router {
    let mut listed = listed();
    if app.parts.demo_clock.is_some() {
        listed = listed.merge(OpenApiRouter::new().nest(openapi::PREFIX, demo()));
    }
    let (routes, _) = listed.split_for_parts();
    routes
        .fallback(layers::no_route)
        .method_not_allowed_fallback(layers::no_method)
        .layer(CatchPanicLayer::custom(layers::panicked))
        .layer(DefaultBodyLimit::max(layers::BODY_BYTES_MAX))
        .layer(from_fn_with_state(app.clone(), layers::around))
        .with_state(app)
}

/// Every route but the demo's.
pub fn listed() -> OpenApiRouter<App> {
    let api = OpenApiRouter::new()
        .merge(commands())
        .merge(queries())
        .merge(around());
    OpenApiRouter::new()
        .nest(openapi::PREFIX, api)
        .routes(routes!(health::livez))
        .routes(routes!(health::readyz))
}

fn commands() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create::create))
        .routes(routes!(section::section, save_section::save_section))
        .routes(routes!(declaration::declaration, delete::delete))
        .routes(routes!(submit::submit))
        .routes(routes!(sign::sign))
        .routes(routes!(approve_and_publicize::approve_and_publicize))
        .routes(routes!(report::report))
        .routes(routes!(withdraw::withdraw))
        .routes(routes!(send_back::send_back))
        .routes(routes!(terminate::terminate))
        .routes(routes!(reassign::reassign))
        .routes(routes!(approve::approve))
        .routes(routes!(accept::accept))
        .routes(routes!(conclude::conclude))
        .routes(routes!(batch::sign))
        .routes(routes!(batch::reassign))
        .routes(routes!(batch::withdraw))
}

fn queries() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(worklist::worklist))
        .routes(routes!(worklist_search::search))
        .routes(routes!(worklist_stream::stream))
        .routes(routes!(mine::mine))
        .routes(routes!(record::record))
        .routes(routes!(allowed_actions::allowed_actions))
        .routes(routes!(report_targets::report_targets))
        .routes(routes!(return_targets::return_targets))
        .routes(routes!(completeness::completeness))
        .routes(routes!(events::events))
        .routes(routes!(replay::replay))
        .routes(routes!(log_head::log_head))
        .routes(routes!(not_yet::form))
        .routes(routes!(not_yet::publicity))
        .routes(routes!(not_yet::download))
        .routes(routes!(export::export))
}

fn around() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(me::me))
        .routes(routes!(units::units))
        .routes(routes!(profile::get, profile::put))
        .routes(routes!(contacts::get, contacts::put))
        .routes(routes!(operators::get, operators::post))
        .routes(routes!(operators::delete))
        .routes(routes!(operators::menus))
        .routes(routes!(issuing_authority::put))
        .routes(routes!(series::series))
        .routes(routes!(committees::get, committees::post))
        .routes(routes!(committees::put))
        .routes(routes!(settings::get, settings::post))
        .routes(routes!(settings::put))
        .routes(routes!(workflows::list))
        .routes(routes!(workflows::show))
        .routes(routes!(calendar::put))
        .routes(routes!(projections::list))
        .routes(routes!(projections::plan::plan))
        .routes(routes!(projections::reports::reports))
        .routes(routes!(projections::rebuild::rebuild))
        .routes(routes!(projections::rollback::rollback))
        .routes(routes!(projections::verify::verify))
        .routes(routes!(projections::verify::repair))
        .routes(routes!(projections::parked::list))
        .routes(routes!(projections::parked::retry))
        .routes(routes!(projections::drop_old::drop_old))
        .routes(routes!(projections::follow::follow))
        .routes(routes!(openapi::document))
}

fn demo() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(demo_clock::advance))
}
