//! Failures as RFC 9457 problem documents with stable codes and Chinese titles.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use docket_domain::{Code, Refusal};
use docket_engine::Failure;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The media type of a problem document.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Seconds after which a request that was answered 503 may be tried again.
const RETRY_AFTER_S: u32 = 1;
/// The same where somebody has to do something first.
const RETRY_AFTER_HELP_S: u32 = 30;

macro_rules! troubles {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $status:literal, $title:literal;)+) => {
        /// What is wrong with a request or a node, beside what the rules refuse ([`Code`]).
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Trouble { $($(#[$doc])* $variant,)+ }

        impl Trouble {
            /// Every code.
            pub const ALL: &'static [Trouble] = &[$(Trouble::$variant),+];
            /// The frozen code.
            pub const fn code(self) -> &'static str {
                match self { $(Trouble::$variant => $code,)+ }
            }
            /// The HTTP status.
            pub const fn status(self) -> u16 {
                match self { $(Trouble::$variant => $status,)+ }
            }
            /// The sentence people read.
            pub const fn title(self) -> &'static str {
                match self { $(Trouble::$variant => $title,)+ }
            }
        }
    };
}

troubles! {
    /// No token, or one that names nobody.
    Unauthenticated = "UNAUTHENTICATED", 401, "请先登录";
    /// The body is no JSON.
    MalformedJson = "MALFORMED_JSON", 400, "请求内容不是有效的 JSON";
    /// The request cannot be read at all.
    MalformedRequest = "MALFORMED_REQUEST", 400, "请求无法读取";
    /// No route has this address.
    RouteNotFound = "ROUTE_NOT_FOUND", 404, "没有这个地址";
    /// The address knows other methods only.
    MethodNotAllowed = "METHOD_NOT_ALLOWED", 405, "该地址不支持此请求方法";
    /// The client talks to another log than it believes.
    OtherLog = "OTHER_LOG", 409, "数据所属系统不符";
    /// The position asked for lies behind the end of the log.
    AheadOfLog = "AHEAD_OF_LOG", 409, "所求数据尚不存在";
    /// This node works on the views already.
    JobRunning = "JOB_RUNNING", 409, "本节点正在处理另一项视图任务，请稍后重试";
    /// No generation is kept that could answer again.
    NothingKept = "NOTHING_KEPT", 409, "没有可以恢复的上一代视图";
    /// Rows are not what they should be.
    ViewsDiffer = "VIEWS_DIFFER", 409, "视图的内容不一致";
    /// The body is over 1 MiB.
    BodyTooLarge = "BODY_TOO_LARGE", 413, "请求内容过大";
    /// The body is not declared as JSON.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE", 415, "请求内容应为 application/json";
    /// The idempotency key was used for another request.
    IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED", 422, "该幂等键已用于另一请求";
    /// The command needs `If-Match`.
    PreconditionRequired = "PRECONDITION_REQUIRED", 428, "请带上 If-Match 再保存";
    /// Something broke.
    Internal = "INTERNAL", 500, "系统内部错误";
    /// The log holds what cannot be right.
    Corrupt = "CORRUPT", 500, "数据校验失败，请联系管理员";
    /// Promised by the contract, not built yet.
    NotAvailableYet = "NOT_AVAILABLE_YET", 501, "此功能尚未提供";
    /// A view has not seen the position asked for.
    Behind = "BEHIND", 503, "数据尚未同步到所请求的位置，请稍后重试";
    /// A newer version of Docket has written to the log.
    NodeTooOld = "NODE_TOO_OLD", 503, "本节点版本过旧，请稍后重试";
    /// The log has lost events that were seen, and no operator has accepted that yet.
    LogRestored = "LOG_RESTORED", 503, "系统数据已恢复，请联系管理员";
    /// Busy or restarting.
    Unavailable = "UNAVAILABLE", 503, "系统繁忙，请稍后重试";
}

/// One thing missing or wrong, by section and field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Section code; absent where the form has no sections.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub section: String,
    /// Field code; `*` for the section as a whole.
    pub field: String,
    /// What a clerk reads.
    pub title: String,
}

/// A failure on its way out. `layers` writes the document, because only there the request's id is
/// known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    status: u16,
    code: &'static str,
    words: Box<Words>,
}

/// What a problem says beside its code; apart, so that a `Result` stays small.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Words {
    title: String,
    detail: Option<String>,
    field: Option<String>,
    errors: Vec<FieldError>,
    position: Option<u64>,
    /// Whether the security audit has the refusal already: the engine writes those it decides.
    audited: bool,
}

/// The document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// `urn:docket:problem:<CODE>`
    #[serde(rename = "type")]
    #[schema(example = "urn:docket:problem:WRONG_STATE")]
    pub kind: String,
    /// What a clerk reads.
    #[schema(example = "当前状态不允许该操作，请刷新后重试")]
    pub title: String,
    /// The HTTP status.
    #[schema(example = 409)]
    pub status: u16,
    /// The stable code.
    #[schema(example = "WRONG_STATE")]
    pub code: String,
    /// More to it than the title, without personal data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The field concerned, as the request names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// All that is missing or wrong in a form.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FieldError>,
    /// What has been seen, for BEHIND; where the log ends, for AHEAD_OF_LOG; where it is wrong, for
    /// CORRUPT.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// The id of the request, as in the header `X-Request-Id`. A 404 has it in the header only, so
    /// that what is hidden and what does not exist have one body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<crate::schema::Id>)]
    pub request_id: Option<Uuid>,
}

impl Problem {
    /// A field that cannot be read as what it should be.
    pub fn field(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Problem::from(Code::FieldInvalid)
            .of_field(field)
            .with_detail(detail)
    }

    /// A field that must be given.
    pub fn required(field: impl Into<String>) -> Self {
        Problem::from(Code::FieldRequired).of_field(field)
    }

    /// Something other than a declaration that does not exist, or that the caller may not know of.
    pub fn nothing_here() -> Self {
        Problem::from(Code::NotFound).titled("没有这条记录")
    }

    /// The view stands at `seen`, behind what was asked for.
    pub fn behind(seen: u64) -> Self {
        let mut problem = Problem::from(Trouble::Behind);
        problem.words.position = Some(seen);
        problem
    }

    /// The event at a position, or what it stored, is not what the log proves.
    pub fn corrupt_at(position: impl Into<Option<u64>>) -> Self {
        let mut problem = Problem::from(Trouble::Corrupt);
        problem.words.position = position.into();
        problem
    }

    /// The log ends before the position that was asked for.
    pub fn ahead_of_log(ends: u64) -> Self {
        let mut problem = Problem::from(Trouble::AheadOfLog);
        problem.words.position = Some(ends);
        problem
    }

    /// The same under another status, where a route has one of its own for the code.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    fn of_field(mut self, field: impl Into<String>) -> Self {
        self.words.field = Some(field.into());
        self
    }

    /// Gives it another title.
    #[must_use]
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.words.title = title.into();
        self
    }

    /// Adds a sentence.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.words.detail = Some(detail.into());
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The document of a request.
    pub fn body(self, request_id: Option<Uuid>) -> ProblemBody {
        let words = *self.words;
        ProblemBody {
            kind: format!("urn:docket:problem:{}", self.code),
            title: words.title,
            status: self.status,
            code: self.code.to_owned(),
            detail: words.detail,
            field: words.field,
            errors: words.errors,
            position: words.position,
            request_id: request_id.filter(|_| self.status != 404),
        }
    }

    fn new(status: u16, code: &'static str, title: &str) -> Self {
        Self {
            status,
            code,
            words: Box::new(Words {
                title: title.to_owned(),
                ..Words::default()
            }),
        }
    }
}

impl Problem {
    /// The code of a refusal that was decided before the engine was asked, so that nobody has
    /// written it to the security audit yet.
    pub fn unaudited_refusal(&self) -> Option<&'static str> {
        let refusal = Code::parse(self.code).is_some()
            || [Trouble::IdempotencyKeyReused, Trouble::JobRunning]
                .iter()
                .any(|trouble| trouble.code() == self.code);
        (refusal && !self.words.audited).then_some(self.code)
    }
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        Problem::new(trouble.status(), trouble.code(), trouble.title())
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Problem::new(code.status(), code.code(), code.title())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let errors = refusal.errors.into_iter();
        let errors = errors.map(|e| FieldError {
            section: e.section,
            field: e.field,
            title: e.title,
        });
        let mut problem = Problem::from(refusal.code);
        problem.words.detail = refusal.detail;
        problem.words.field = refusal.field;
        problem.words.errors = errors.collect();
        problem.words.audited = true;
        problem
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        if !matches!(failure, Failure::Refused(_) | Failure::KeyReused) {
            tracing::warn!(%failure, "the engine could not answer");
        }
        match failure {
            Failure::Refused(refusal) => refusal.into(),
            Failure::KeyReused => Trouble::IdempotencyKeyReused.into(),
            Failure::Busy | Failure::Unavailable(_) | Failure::LogTooOld(_) => {
                Trouble::Unavailable.into()
            }
            Failure::NodeTooOld(_) => Trouble::NodeTooOld.into(),
            Failure::LogRestored(_) => Trouble::LogRestored.into(),
            Failure::Corrupt { position, .. } => Problem::corrupt_at(position),
        }
    }
}

impl From<docket_projection::WaitError> for Problem {
    fn from(error: docket_projection::WaitError) -> Self {
        use docket_projection::WaitError;
        match error {
            WaitError::Behind { seen } => Problem::behind(seen),
            WaitError::TooOld(_) => Trouble::NodeTooOld.into(),
        }
    }
}

impl From<docket_codec::ReadError> for Problem {
    fn from(error: docket_codec::ReadError) -> Self {
        Failure::from(error).into()
    }
}

impl From<docket_store::LogError> for Problem {
    fn from(error: docket_store::LogError) -> Self {
        Failure::from(error).into()
    }
}

impl From<docket_projection::ViewError> for Problem {
    fn from(error: docket_projection::ViewError) -> Self {
        use docket_projection::ViewError;
        tracing::warn!(%error, "a view could not answer");
        match error {
            ViewError::Unavailable(_) => Trouble::Unavailable.into(),
            ViewError::TooOld { .. } => Trouble::NodeTooOld.into(),
            ViewError::Lost { .. } => Trouble::LogRestored.into(),
            ViewError::Unknown(_) => Problem::nothing_here(),
            ViewError::NothingKept(_) => Trouble::NothingKept.into(),
            ViewError::Different(_) => Trouble::ViewsDiffer.into(),
            _ => Trouble::Internal.into(),
        }
    }
}

/// The problem rides along; the document is written where the request's id is known.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        let headers = response.headers_mut();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            let needs_help = self.code == Trouble::LogRestored.code();
            let seconds = if needs_help {
                RETRY_AFTER_HELP_S
            } else {
                RETRY_AFTER_S
            };
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        let is_behind = self.code == Trouble::Behind.code();
        if let Some(position) = self.words.position.filter(|_| is_behind) {
            headers.insert(crate::answer::DOCKET_POSITION, position.into());
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_of_the_framework_differs_from_those_of_the_rules() {
        let mut codes = BTreeSet::new();
        for code in Trouble::ALL
            .iter()
            .map(|t| t.code())
            .chain(Code::ALL.iter().map(|c| c.code()))
        {
            assert!(codes.insert(code), "{code} stands twice");
        }
    }

    #[test]
    fn a_failure_of_the_engine_has_a_status_by_what_the_client_does_next() {
        let text = || "why".to_owned();
        let lost = docket_store::LogError::Lost(docket_store::Loss { seen: 9, ends: 5 });
        for (failure, status, code) in [
            (Failure::KeyReused, 422, "IDEMPOTENCY_KEY_REUSED"),
            (Failure::Busy, 503, "UNAVAILABLE"),
            (Failure::Unavailable(text()), 503, "UNAVAILABLE"),
            (Failure::NodeTooOld(text()), 503, "NODE_TOO_OLD"),
            (Failure::LogTooOld(text()), 503, "UNAVAILABLE"),
            (lost.into(), 503, "LOG_RESTORED"),
            (
                Failure::Corrupt {
                    position: Some(7),
                    what: text(),
                },
                500,
                "CORRUPT",
            ),
            (
                Failure::Refused(Code::StaleVersion.into()),
                412,
                "STALE_VERSION",
            ),
        ] {
            let response = Problem::from(failure).into_response();
            assert_eq!(
                response.headers().contains_key(header::RETRY_AFTER),
                status == 503,
                "{code}"
            );
            let problem = response
                .extensions()
                .get::<Problem>()
                .expect("the problem rides along");
            assert_eq!((problem.status(), problem.code()), (status, code));
            assert_eq!(
                problem.clone().body(None).detail,
                None,
                "what broke is no client's business"
            );
        }
    }

    #[test]
    fn a_404_names_no_request_so_that_hidden_and_unknown_look_alike() {
        let id = Some(Uuid::from_u128(1));
        assert_eq!(
            Problem::from(Code::NotFound).body(id),
            Problem::from(Code::NotFound).body(None)
        );
        assert_eq!(Problem::from(Code::WrongState).body(id).request_id, id);
    }
}
