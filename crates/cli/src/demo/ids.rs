//! Ids and numbers derived from names: the same on every machine.

use docket_domain::time::Instant;
use sha2::{Digest, Sha256};
use uuid::Uuid;

const SEED: &[u8] = b"docket demo 1";

/// A UUIDv7 of an instant whose random part is drawn from a name.
pub fn id(at: Instant, name: &str) -> Uuid {
    let digest = draw(name);
    let random: [u8; 10] = std::array::from_fn(|at| digest[at]);
    let millis = u64::try_from(at.micros() / 1_000).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// 申报编号: the day of the draft and four characters.
pub fn number(at: Instant, name: &str) -> String {
    const CHARACTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let drawn = draw(&format!("number {name}"));
    let four: String = drawn
        .iter()
        .take(4)
        .map(|byte| char::from(CHARACTERS[usize::from(*byte) % CHARACTERS.len()]))
        .collect();
    format!("{}{four}", at.day().to_string().replace('-', ""))
}

/// SHA-256 of a name, hex: stands for the hash of an attached file.
pub fn hash(name: &str) -> String {
    hex::encode(draw(name))
}

fn draw(name: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(SEED)
        .chain_update([0])
        .chain_update(name)
        .finalize()
        .into()
}
