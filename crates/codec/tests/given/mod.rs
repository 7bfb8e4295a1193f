//! What the tests start from.

#![allow(dead_code, clippy::unwrap_used)] // each test binary uses a part of it

pub mod fixture;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use docket_codec::{CommandStamp, DataKey, DefinitionStamp, Entropy, Metadata, stream_id};
use docket_domain::time::Instant;
use docket_domain::{Author, Category, Kind, PersonId, Role, Stream, UnitId};
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

/// A sealed part put together from the description of the format alone, under [`key`]`(byte)`.
pub fn sealed_by_hand(stream: &Stream, kind: &str, schema: u16, byte: u8, plain: &[u8]) -> Vec<u8> {
    let (key, nonce) = ([byte; 32], [9_u8; 24]);
    let name = stream_id(stream).as_str().to_owned();
    let mut aad = LOG.as_bytes().to_vec();
    for text in [name.as_str(), kind] {
        aad.extend((text.len() as u32).to_be_bytes());
        aad.extend(text.as_bytes());
    }
    aad.extend(schema.to_be_bytes());
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
    [&[1_u8][..], &key_id, &nonce, &encrypted].concat()
}
