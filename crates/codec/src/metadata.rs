use docket_domain::time::Instant;
use docket_domain::{Author, Kind, PersonId, UnitId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The circumstances of an event, by ids and codes only. Stored as JSON text in the event's row
/// and hashed as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// The instant the decision used.
    pub at: Instant,
    /// Who acted, and for which unit.
    pub author: Author,
    /// Whom the actor acted for, if for somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<PersonId>,
    /// The command that was accepted.
    pub command: CommandStamp,
    /// Ties together all that one request caused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<String>,
    /// Position of the event that a reactor answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation: Option<u64>,
    /// W3C trace context of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The workflow definition the decision used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<DefinitionStamp>,
    /// Version of the rules that decided.
    pub rules: u32,
    /// Codes of the warnings that the answer carried, so that a repeat carries them too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Which command an event comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandStamp {
    /// The permanent command id.
    pub id: Uuid,
    /// The command's wire name.
    pub name: String,
}

/// Which workflow definition a decision used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefinitionStamp {
    /// The kind it defines.
    pub kind: Kind,
    /// Version of the kind's file.
    pub version: u32,
    /// SHA-256 of the expanded text, hex.
    pub hash: String,
}

/// What is kept of the request behind a command, with the command's first event, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// SHA-256 of route, acting unit and body, hex: tells a repeat from another request under the
    /// same key.
    pub fingerprint: String,
    /// The client's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
}

impl Request {
    /// Fingerprints a request. `route` is method and path, `body` the bytes as received.
    pub fn new(route: &str, unit: Option<UnitId>, body: &[u8], client: Option<String>) -> Self {
        let unit = unit.map(|unit| unit.to_string()).unwrap_or_default();
        let mut hasher = Sha256::new();
        for part in [route.as_bytes(), unit.as_bytes(), body] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        Self {
            fingerprint: hex::encode(hasher.finalize()),
            client,
        }
    }

    /// What is kept under a key that is never destroyed.
    pub(crate) fn without_client(&self) -> Self {
        Self {
            client: None,
            fingerprint: self.fingerprint.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_tells_route_unit_and_body_apart() {
        let unit = Some(UnitId(Uuid::from_u128(7)));
        let of =
            |route, unit, body: &str| Request::new(route, unit, body.as_bytes(), None).fingerprint;
        let one = of("POST /a", unit, "{}");
        assert_eq!(one, of("POST /a", unit, "{}"));
        for other in [
            of("POST /b", unit, "{}"),
            of("POST /a", None, "{}"),
            of("POST /a", unit, "[]"),
        ] {
            assert_ne!(one, other);
        }
        assert_ne!(of("ab", None, "c"), of("a", None, "bc"));
    }
}
