//! What the two builds work on: a town of the testkit in a log of its own, founded by the build
//! before.

use crate::client::Client;
use crate::nodes::{Node, Place};
use docket_codec::{Entropy, KeyRing, OsEntropy};
use docket_domain::administration::AdminCommand;
use docket_domain::declaration::DeclarationCommand;
use docket_domain::vocabulary::SystemRole;
use docket_domain::{Actor, DeclarationId, Kind, PersonId};
use docket_http::AccessTokens;
use docket_store::Log;
use docket_testkit::town::Town;
use serde_json::Value;
use std::sync::Arc;

/// A town whose school has declarations to sign.
pub struct Deployed {
    log: Arc<dyn Log>,
    town: Town,
    tokens: AccessTokens,
    system_operator: PersonId,
    pub to_sign: Vec<DeclarationId>,
}

/// An event as it lies in the log.
#[derive(Debug)]
pub struct Stored {
    pub position: u64,
    pub stream: String,
    pub schema: u16,
    pub payload: Value,
}

impl Deployed {
    pub async fn found(place: &Place, declarations: usize) -> Self {
        let log = place.log().await;
        let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
        let (ring, _) = KeyRing::open_or_create(&place.key_file(), entropy.as_ref()).unwrap();
        ring.check(log.as_ref()).await.unwrap();
        let ring = Arc::new(ring);
        let tokens = AccessTokens::new(&ring);
        let town = Town::found_with(Arc::clone(&log), ring, entropy).await;
        let system_operator = town.person().await;
        let grant = AdminCommand::GrantRole {
            person: system_operator,
            role: SystemRole::SystemOperator,
        };
        town.administer(Actor::SYSTEM, grant).await.unwrap();
        let mut deployed = Self {
            log,
            town,
            tokens,
            system_operator,
            to_sign: Vec::with_capacity(declarations),
        };
        for _ in 0..declarations {
            let id = deployed.submit().await;
            deployed.to_sign.push(id);
        }
        deployed
    }

    /// One more declaration for the school to sign, written by a node of this process, which is of
    /// the build before.
    pub async fn submit(&self) -> DeclarationId {
        let applicant = self.town.person().await;
        let id = self.town.draft(applicant, Kind::Initial).await;
        let submit = DeclarationCommand::Submit;
        self.town
            .act(Actor::applicant(applicant), id, submit)
            .await
            .unwrap();
        id
    }

    /// The school's operator at a node.
    pub fn operator(&self, node: &Node) -> Client {
        let school = &self.town.school;
        Client {
            address: node.address.clone(),
            token: self.tokens.mint(school.operator),
            unit: Some(school.id.to_string()),
        }
    }

    pub fn system_operator(&self, node: &Node) -> Client {
        Client {
            address: node.address.clone(),
            token: self.tokens.mint(self.system_operator),
            unit: None,
        }
    }

    /// Whoever may turn the school's 签收 on and off, and the path to ask.
    pub fn legal_user(&self, node: &Node) -> (Client, String) {
        let school = &self.town.school;
        let client = Client {
            token: self.tokens.mint(school.legal),
            ..self.operator(node)
        };
        (client, format!("/units/{}/profile", school.id))
    }

    pub async fn size(&self) -> u64 {
        self.log.head().await.unwrap().position
    }

    /// All events of a type, in log order.
    pub async fn stored(&self, kind: &str) -> Vec<Stored> {
        let (mut stored, mut after) = (Vec::new(), 0);
        loop {
            let page = self.log.read_all(after, 1_000).await.unwrap();
            let Some(last) = page.last() else {
                return stored;
            };
            after = last.position;
            let wanted = page.iter().filter(|event| event.kind == kind);
            stored.extend(wanted.map(|event| Stored {
                position: event.position,
                stream: event.stream.as_str().to_owned(),
                schema: event.schema,
                payload: serde_json::from_str(&event.payload).unwrap(),
            }));
        }
    }
}
