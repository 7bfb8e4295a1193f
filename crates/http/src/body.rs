use crate::app::App;
use crate::problem::{Problem, Trouble};
use crate::stamp::Stamp;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

/// A body without fields; nothing at all will do.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// What is asked: the body, and the circumstances a command is stamped with.
///
/// A body that is no JSON is 400; an unknown field, a wrong type and U+0000 are 422 with the field
/// named. What may be missing is for the rules to say, in their order, so fields are optional here
/// wherever the rules know a code for their absence.
pub struct Asked<T> {
    pub body: T,
    pub stamp: Stamp,
}

impl<T: DeserializeOwned> FromRequest<App> for Asked<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let mut stamp = Stamp::of(&request, app)?;
        let bytes = received(request).await?;
        let body = read(&bytes)?;
        stamp.body = bytes;
        Ok(Self { body, stamp })
    }
}

/// The body of a request that is no command.
pub struct Given<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Given<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &App) -> Result<Self, Problem> {
        read(&received(request).await?).map(Given)
    }
}

/// The bytes of a body that is JSON by its own word; an empty one needs no word.
async fn received(request: Request) -> Result<Bytes, Problem> {
    let is_json = declares_json(request.headers());
    let bytes = Bytes::from_request(request, &())
        .await
        .map_err(|rejection| match rejection.into_response().status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::from(Trouble::BodyTooLarge),
            _ => Trouble::MalformedRequest.into(),
        })?;
    if !bytes.is_empty() && !is_json {
        return Err(Trouble::UnsupportedMediaType.into());
    }
    Ok(bytes)
}

fn declares_json(headers: &HeaderMap) -> bool {
    let named = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media_type = named
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    media_type == "application/json"
        || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

/// Reads a body. Nothing at all reads as an object without fields.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let value = if bytes.is_empty() {
        Value::Object(serde_json::Map::new())
    } else {
        parse(bytes)?
    };
    if let Some(field) = with_nul(&value, "") {
        return Err(Problem::field(field, "含有不允许的控制字符"));
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        misfit(&path, &error.into_inner().to_string())
    })
}

fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        let at = format!("第 {} 行第 {} 列", error.line(), error.column());
        Problem::from(Trouble::MalformedJson).with_detail(at)
    })
}

/// The first place that holds U+0000, which no screen shows and not every database takes.
fn with_nul(value: &Value, path: &str) -> Option<String> {
    match value {
        Value::String(text) if text.contains('\0') => Some(path.to_owned()),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| with_nul(item, &format!("{path}[{index}]"))),
        Value::Object(fields) => fields.iter().find_map(|(name, field)| {
            let path = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            if name.contains('\0') {
                Some(path.replace('\0', ""))
            } else {
                with_nul(field, &path)
            }
        }),
        _ => None,
    }
}

/// The parser's sentence as a problem of a field. The sentence itself may hold a value of the
/// request, so it is not repeated.
fn misfit(path: &str, sentence: &str) -> Problem {
    let path = if path == "." { "" } else { path };
    let below = |name: &str| {
        if path.is_empty() {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        }
    };
    let quoted = |prefix: &str| {
        sentence
            .strip_prefix(prefix)
            .and_then(|rest| rest.split('`').next())
    };
    if let Some(name) = quoted("missing field `") {
        return Problem::required(below(name));
    }
    if let Some(name) = quoted("unknown field `") {
        let field = if path.ends_with(name) {
            path.to_owned()
        } else {
            below(name)
        };
        return Problem::field(field, "没有这个字段");
    }
    let field = if path.is_empty() { "body" } else { path };
    Problem::field(field, "字段的类型或取值不正确")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is looked at")]
    struct Form {
        kind: docket_domain::Kind,
        #[serde(default)]
        title: Option<Inner>,
        #[serde(default)]
        days: Vec<docket_domain::time::Day>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is looked at")]
    struct Inner {
        series: String,
    }

    fn refused(body: &str) -> (u16, Option<String>) {
        let problem = read::<Form>(body.as_bytes())
            .expect_err("the body is wrong")
            .body(None);
        (problem.status, problem.field)
    }

    #[test]
    fn every_problem_of_a_field_names_it() {
        let field = |name: &str| (422, Some(name.to_owned()));
        assert_eq!(refused(r#"{"kind":"review","extra":1}"#), field("extra"));
        assert_eq!(
            refused(r#"{"kind":"review","title":{"series":"a","b":1}}"#),
            field("title.b")
        );
        assert_eq!(
            refused(r#"{"kind":"review","title":{"series":3}}"#),
            field("title.series")
        );
        assert_eq!(
            refused(r#"{"kind":"review","title":{}}"#),
            field("title.series")
        );
        assert_eq!(refused(r#"{"kind":"no such kind"}"#), field("kind"));
        assert_eq!(refused("{}"), field("kind"));
        assert_eq!(
            refused(r#"{"kind":"review","days":["2026-03-02","2026-02-30"]}"#),
            field("days[1]")
        );
        assert_eq!(
            refused(r#"{"kind":"review","title":{"series":"a\u0000b"}}"#),
            field("title.series")
        );
        assert_eq!(refused("[]"), field("body"));
        assert_eq!(refused("7"), field("body"));
    }

    #[test]
    fn what_is_no_json_is_a_400() {
        for body in ["{", "nonsense", r#"{"kind":"#, r#"{"kind":"\ud800"}"#] {
            assert_eq!(refused(body), (400, None), "{body}");
        }
    }

    #[test]
    fn an_empty_body_is_an_object_without_fields() {
        assert!(read::<Nothing>(b"").is_ok());
        assert!(read::<Nothing>(b"{}").is_ok());
        assert!(read::<Nothing>(br#"{"force":true}"#).is_err());
    }
}
