use docket_domain::time::Instant;
use uuid::Uuid;

/// Where random bytes come from. A parameter everywhere, so that tests can repeat a run.
pub trait Entropy: Send + Sync {
    /// Fills the whole slice.
    fn fill(&self, bytes: &mut [u8]);

    /// A nonce for one sealed part, document or wrapped key; 24 bytes are enough to never meet
    /// the same one twice.
    fn nonce(&self) -> [u8; 24] {
        let mut nonce = [0; 24];
        self.fill(&mut nonce);
        nonce
    }

    /// A UUIDv7 of an instant, rounded down to the millisecond. Instants before 1970 count as 1970.
    fn uuid(&self, at: Instant) -> Uuid {
        let mut random = [0; 10];
        self.fill(&mut random);
        let millis = u64::try_from(at.micros() / 1_000).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

/// The operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    #[allow(clippy::disallowed_methods)] // the one place where the operating system is asked
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("a system without randomness cannot run Docket");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_their_instant() {
        let at = Instant::from_micros(1_772_413_200_000_000);
        let earlier = OsEntropy.uuid(at);
        let later = OsEntropy.uuid(at.plus_micros(1_000));
        assert!(earlier < later);
        assert_eq!(earlier.get_version_num(), 7);
    }

    #[test]
    fn two_nonces_differ() {
        assert_ne!(OsEntropy.nonce(), OsEntropy.nonce());
    }
}
