use crate::app::App;
use crate::caller::Caller;
use crate::layers::RequestId;
use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Request};
use axum::http::HeaderMap;
use docket_domain::Command;
use docket_engine::{Order, command_id, derived_command_id};
use std::net::SocketAddr;
use uuid::Uuid;

/// The circumstances of a command: what makes it repeatable, and what it is conditional on.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// Method and path.
    route: String,
    /// The body as received.
    pub body: Bytes,
    /// `If-Match`
    pub if_match: Option<u64>,
    /// `Idempotency-Key`, or a fresh one.
    key: Uuid,
    client: Option<String>,
    correlation: Option<String>,
}

impl Stamp {
    /// Reads the headers of a request.
    pub fn of(request: &Request, app: &App) -> Result<Self, Problem> {
        let headers = request.headers();
        let fresh = || app.engine().entropy().uuid(app.now());
        let client = request.extensions().get::<ConnectInfo<SocketAddr>>();
        Ok(Self {
            route: format!("{} {}", request.method(), request.uri().path()),
            body: Bytes::new(),
            if_match: if_match(headers)?,
            key: idempotency_key(headers)?.unwrap_or_else(fresh),
            client: client.map(|client| client.0.ip().to_string()),
            correlation: request
                .extensions()
                .get::<RequestId>()
                .map(|id| id.0.to_string()),
        })
    }

    /// `Idempotency-Key`, or a fresh one.
    pub fn key(&self) -> Uuid {
        self.key
    }

    /// The id of the request.
    pub fn correlation(&self) -> Option<&str> {
        self.correlation.as_deref()
    }

    /// Whether another request asks for the same.
    pub fn is_same_request(&self, other: &Stamp) -> bool {
        self.route == other.route && self.body == other.body
    }

    /// The order of a caller.
    pub fn order(&self, caller: &Caller, command: Command) -> Order {
        let command_id = command_id(&caller.actor, &self.key.to_string());
        Order {
            expected_version: self.if_match,
            ..self.plain(caller, command, command_id, &self.body)
        }
    }

    /// The order of one item of a list action. Its id comes from the key and the item, and so does
    /// its fingerprint: a retry with other items beside it is still a retry of this one.
    pub fn item(
        &self,
        caller: &Caller,
        command: Command,
        item: &str,
        version: Option<u64>,
    ) -> Order {
        let key = command_id(&caller.actor, &self.key.to_string());
        let command_id = derived_command_id(&["item", &key.to_string(), item]);
        Order {
            expected_version: version,
            ..self.plain(caller, command, command_id, item.as_bytes())
        }
    }

    fn plain(&self, caller: &Caller, command: Command, command_id: Uuid, body: &[u8]) -> Order {
        let unit = caller.actor.unit();
        let request = docket_codec::Request::new(&self.route, unit, body, self.client.clone());
        Order {
            request: Some(request),
            correlation: self.correlation.clone(),
            ..Order::new(caller.actor.clone(), command, command_id)
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, Problem> {
    let value = headers.get(name).map(|value| value.to_str());
    value
        .transpose()
        .map_err(|_| Problem::field(name, "请求头无法读取"))
}

/// `"<version>"`; `*` and weak tags say nothing about a version.
fn if_match(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(tag) = text(headers, "if-match")? else {
        return Ok(None);
    };
    let version = tag
        .trim()
        .strip_prefix('"')
        .and_then(|tag| tag.strip_suffix('"'));
    let version = version.and_then(|version| version.parse().ok());
    version
        .map(Some)
        .ok_or_else(|| Problem::field("If-Match", "应为带引号的版本号，例如 \"3\""))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<Uuid>, Problem> {
    let Some(key) = text(headers, "idempotency-key")? else {
        return Ok(None);
    };
    Uuid::parse_str(key.trim())
        .map(Some)
        .map_err(|_| Problem::field("Idempotency-Key", "应为 UUID"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(
            axum::http::HeaderName::from_static(name),
            value.parse().unwrap(),
        )])
    }

    #[test]
    fn a_version_stands_in_quotes() {
        assert_eq!(if_match(&headers("if-match", "\"12\"")), Ok(Some(12)));
        assert_eq!(if_match(&HeaderMap::new()), Ok(None));
        for wrong in ["12", "\"\"", "W/\"12\"", "*", "\"x\""] {
            assert!(if_match(&headers("if-match", wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_idempotency_key_is_a_uuid() {
        let key = "0198f3c2-7a51-7cc0-8f10-3b7f0c2d9a41";
        assert_eq!(
            idempotency_key(&headers("idempotency-key", key)),
            Ok(Some(key.parse().unwrap()))
        );
        assert!(idempotency_key(&headers("idempotency-key", "again")).is_err());
    }
}
