//! What the codes of PostgreSQL mean to whoever asked.

use crate::error::ViewError;
use docket_postgres::{Meaning, said};
use sqlx::error::DatabaseError;

/// Sorts an error of the database by its code.
pub(crate) fn sort(error: &dyn DatabaseError) -> ViewError {
    let code = error.code().unwrap_or_default();
    let text = said(error.message(), &code);
    match Meaning::of_code(&code) {
        // Another generation answers by now.
        Meaning::Missing => ViewError::Dropped(text),
        meaning if meaning.passes() => ViewError::Unavailable(text),
        _ => ViewError::Backend(text),
    }
}

/// Whether a table or a schema is not there.
pub(super) fn is_dropped(error: &sqlx::Error) -> bool {
    Meaning::of_sqlx(error) == Meaning::Missing
}
