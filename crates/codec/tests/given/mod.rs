//! What the tests start from.

#![allow(dead_code, clippy::unwrap_used)] // each test binary uses a part of it

pub mod fixture;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use docket_codec::{CommandStamp, DataKey, DefinitionStamp, Entropy, Metadata};
use docket_domain::time::Instant;
use docket_domain::{Author, Category, Kind, PersonId, Role, Stream, UnitId};
use docket_store::{Header, Recorded, leaf};
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub const LOG: Uuid = Uuid::from_u128(0x0197_c0de_0000_7000_8000_0000_0000_0001);

pub fn metadata() -> Metadata {
    Metadata {
        at: Instant::parse("2026-03-02T09:00:00.000001+08:00").unwrap(),
        author: Author {
            person: Some(PersonId(Uuid::from_u128(0x101))),
            role: Role::Operator,
            unit: Some(UnitId(Uuid::from_u128(0x201))),
        },
        on_behalf_of: None,
        command: CommandStamp {
            id: Uuid::from_u128(0x901),
            name: "report".to_owned(),
        },
        correlation: Some("a-request".to_owned()),
        causation: None,
        traceparent: None,
        definition: Some(DefinitionStamp {
            kind: Kind::Review,
            version: 1,
            hash: "ab".repeat(32),
        }),
        rules: 1,
        warnings: Vec::new(),
    }
}

pub fn stream_for(personal: bool) -> Stream {
    Stream::new(
        if personal {
            Category::Declaration
        } else {
            Category::Calendar
        },
        Uuid::from_u128(0x301),
    )
}

/// Fills everything with one byte: a key whose bytes a test knows.
pub struct Same(pub u8);

impl Entropy for Same {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}

pub fn key(byte: u8) -> DataKey {
    DataKey::generate(&Same(byte))
}

/// Under the leaf of what it holds.
pub fn with_leaf(mut recorded: Recorded) -> Recorded {
    recorded.leaf = leaf(&Header::of(LOG, &recorded));
    recorded
}

/// What a sealed part is bound to, by the description of the format alone.
pub fn aad_by_hand(recorded: &Recorded) -> Vec<u8> {
    let mut aad = LOG.as_bytes().to_vec();
    for text in [recorded.stream.as_str(), recorded.kind.as_str()] {
        aad.extend((text.len() as u32).to_be_bytes());
        aad.extend(text.as_bytes());
    }
    aad.extend(recorded.schema.to_be_bytes());
    aad.extend(Sha256::digest(&recorded.payload));
    aad.extend(Sha256::digest(&recorded.metadata));
    aad
}

/// An event with a sealed part put together from the description of the format alone, under
/// [`key`]`(byte)`, and its leaf.
pub fn sealed_by_hand(recorded: Recorded, byte: u8, plain: &[u8]) -> Recorded {
    let (key, nonce) = ([byte; 32], [9_u8; 24]);
    let aad = aad_by_hand(&recorded);
    let cipher = XChaCha20Poly1305::new(&key.into());
    let encrypted = cipher
        .encrypt(
            &XNonce::from(nonce),
            Payload {
                msg: plain,
                aad: &aad,
            },
        )
        .unwrap();
    let key_id = Sha256::new()
        .chain_update(b"docket key 1")
        .chain_update(key)
        .finalize();
    with_leaf(Recorded {
        sealed: [&[1_u8][..], &key_id, &nonce, &encrypted].concat(),
        ..recorded
    })
}
