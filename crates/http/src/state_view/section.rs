use crate::answer::Titled;
use crate::problem::Trouble;
use crate::schema::{At, Id};
use docket_domain::declaration::SavedSection;
use docket_domain::time::Instant;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A saved section.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SectionView {
    /// Version of the section's form.
    pub form: u32,
    #[schema(value_type = At)]
    pub saved_at: Instant,
    /// Version of the event that saved it.
    pub version: u64,
    /// Position of that event in the log.
    pub position: u64,
    /// Size of the text in bytes.
    pub bytes: u32,
    /// Required fields still empty.
    pub missing: Vec<String>,
    /// Attachment requirements it meets.
    #[schema(value_type = Vec<Id>)]
    pub attached: Vec<docket_domain::RequirementId>,
    /// SHA-256 of the stored ciphertext, hex.
    pub document: String,
    /// What has become of the text.
    pub content: ContentState,
    /// The fields; only where `content` is `plain`, and not in a replay, which shows what became of
    /// the text and not the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub body: Option<Value>,
    /// Fields of the body that this caller may not read, masked or not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub withheld: Vec<String>,
    /// What is wrong, where `content` is `missing`: CORRUPT.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Titled>,
}

/// What has become of a section's text, as the log proves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContentState {
    /// It is there.
    Plain,
    /// An event of the declaration erased it: its key is destroyed.
    Erased,
    /// It was collected: a later save took its place, and no submission stands between.
    Superseded,
    /// It is there, and this caller may not read it: the applicant has not submitted it.
    Withheld,
    /// It is gone or is not what was saved, and no event says why.
    Missing,
}

/// A section's text as it was found.
#[derive(Debug, Clone)]
pub struct Text {
    pub content: ContentState,
    pub body: Option<Value>,
    pub withheld: Vec<String>,
}

impl Text {
    /// A text that is not shown.
    pub fn without(content: ContentState) -> Self {
        Self {
            content,
            body: None,
            withheld: Vec::new(),
        }
    }
}

impl SectionView {
    /// A section with what became of its text.
    pub fn of(section: &SavedSection, text: Text) -> Self {
        let corrupt = Trouble::Corrupt;
        let problem = (text.content == ContentState::Missing).then(|| Titled {
            code: corrupt.code().to_owned(),
            title: corrupt.title().to_owned(),
        });
        Self {
            form: section.form,
            saved_at: section.saved_at,
            version: section.version,
            position: section.position,
            bytes: section.bytes,
            missing: section.missing.clone(),
            attached: section.attached.clone(),
            document: section.document.clone(),
            content: text.content,
            body: text.body,
            withheld: text.withheld,
            problem,
        }
    }
}
