//! What schemas are called.

/// The schema of a generation; PostgreSQL wants underscores.
pub(crate) fn schema_name(view: &str, number: u32) -> String {
    format!("docket_{}_{number}", view.replace('-', "_"))
}

/// Whether a schema is called like one of a generation.
pub(super) fn is_generation(schema: &str) -> bool {
    schema
        .strip_prefix("docket_")
        .and_then(|rest| rest.rsplit_once('_'))
        .is_some_and(|(view, number)| !view.is_empty() && number.parse::<u32>().is_ok())
}

/// An identifier as SQL writes it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
