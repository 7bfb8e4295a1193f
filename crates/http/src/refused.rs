//! Refusals in the words of the declaration's own workflow.

use crate::app::App;
use crate::problem::Problem;
use docket_domain::declaration::Declaration;
use docket_domain::workflow::Definition;
use docket_domain::{Code, DeclarationId, Kind};
use docket_engine::Failure;
use std::sync::Arc;

/// The definition a declaration keeps.
pub fn definition_of(app: &App, declaration: &Declaration) -> Option<Arc<Definition>> {
    app.engine()
        .definition(declaration.kind, declaration.definition.version)
        .cloned()
}

/// The title of a code in a kind's own words. A 404 has one title for all, so that it tells nothing.
pub fn title(code: Code, definition: Option<&Definition>) -> String {
    let own = definition
        .filter(|_| code.status() != 404)
        .and_then(|found| found.refusal_title(code.code()));
    own.unwrap_or_else(|| code.title()).to_owned()
}

/// The problem of a failed command on a declaration.
pub async fn by_declaration(app: &App, id: DeclarationId, failure: Failure) -> Problem {
    match failure {
        Failure::Refused(refusal) => {
            let code = refusal.code;
            let declaration = app.declaration(id).await.ok().flatten();
            let definition = declaration.and_then(|declaration| definition_of(app, &declaration));
            Problem::from(refusal).titled(title(code, definition.as_deref()))
        }
        other => other.into(),
    }
}

/// The problem of a draft that could not be made.
pub fn by_kind(app: &App, kind: Kind, failure: Failure) -> Problem {
    match failure {
        Failure::Refused(refusal) => {
            let code = refusal.code;
            let definition = app.engine().newest_definition(kind);
            Problem::from(refusal).titled(title(code, definition.map(Arc::as_ref)))
        }
        other => other.into(),
    }
}
