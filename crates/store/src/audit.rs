use uuid::Uuid;

/// One row of `security_audit`, the append-only table beside the log: refusals, views of personal
/// data, downloads. It holds ids and codes, no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When, microseconds UTC.
    pub at: i64,
    /// The person who acted, if known.
    pub actor: Option<Uuid>,
    /// The unit acted for, if any.
    pub unit: Option<Uuid>,
    /// What was tried, such as `sign` or `view_declaration`.
    pub action: String,
    /// The stream concerned, as text.
    pub subject: Option<String>,
    /// `done` or `refused`.
    pub result: String,
    /// The refusal's code.
    pub code: Option<String>,
    /// Correlation id of the request.
    pub correlation: Option<String>,
}
