use super::{KeyRing, Secret, mac};
use crate::KeyError;
use docket_store::{Log, LogError};
use std::fmt::Write as _;
use uuid::Uuid;

/// The setting of the log that holds the check value.
const SETTING: &str = "key_check";
const LABEL: &[u8] = b"docket key check 1";

/// The check value is one line for each key: purpose, version and an HMAC of the log's id under
/// the key. It proves a key right without telling it.
impl KeyRing {
    /// Refuses a ring that is not the log's own. A new log takes the ring as its own; keys the
    /// ring has gained since are added to the check value. Call it before anything else at start.
    ///
    /// # Errors
    /// [`KeyError::Wrong`] for another log's key file, [`KeyError::CheckValue`] when the log lost
    /// its check value, [`KeyError::Log`].
    pub async fn check(&self, log: &dyn Log) -> Result<(), KeyError> {
        let expected = self.check_value(log.id());
        let stored = stored(log).await?;
        if stored.is_none() && log.head().await?.position > 0 {
            return Err(KeyError::CheckValue("missing"));
        }
        if let Some(stored) = &stored {
            self.compare(log.id(), stored)?;
        }
        if stored.as_ref() == Some(&expected) {
            return Ok(());
        }
        log.put_setting(SETTING, expected.as_bytes()).await?;
        // Another process may have been first with other keys.
        self.compare(log.id(), &self::stored(log).await?.unwrap_or_default())
    }

    /// Whether the ring is the log's own. Unlike [`KeyRing::check`] it writes nothing.
    ///
    /// # Errors
    /// As [`KeyRing::check`].
    pub async fn proves(&self, log: &dyn Log) -> Result<(), KeyError> {
        match stored(log).await? {
            None => Err(KeyError::CheckValue("missing")),
            Some(stored) => self.compare(log.id(), &stored),
        }
    }

    /// Whether the log holds a check value that can be read: all that can be told without the ring.
    ///
    /// # Errors
    /// [`KeyError::CheckValue`], [`KeyError::Log`].
    pub async fn check_value_of(log: &dyn Log) -> Result<(), KeyError> {
        let stored = stored(log).await?.ok_or(KeyError::CheckValue("missing"))?;
        match stored.lines().count() {
            0 => Err(KeyError::CheckValue("empty")),
            _ if stored.lines().all(|line| parse(line).is_some()) => Ok(()),
            _ => Err(KeyError::CheckValue("unreadable")),
        }
    }

    fn check_value(&self, log: Uuid) -> String {
        let mut value = String::new();
        for (purpose, secrets) in self.by_purpose() {
            for secret in secrets {
                writeln!(value, "{purpose} {} {}", secret.version, proof(secret, log))
                    .expect("a String takes any text");
            }
        }
        value
    }

    /// Whether the ring holds every key the check value names.
    fn compare(&self, log: Uuid, stored: &str) -> Result<(), KeyError> {
        if stored.is_empty() {
            return Err(KeyError::CheckValue("empty"));
        }
        for line in stored.lines() {
            let (purpose, version, proven) =
                parse(line).ok_or(KeyError::CheckValue("unreadable"))?;
            let (purpose, secrets) = self
                .by_purpose()
                .into_iter()
                .find(|(known, _)| *known == purpose)
                .ok_or(KeyError::CheckValue("unreadable"))?;
            let mine = secrets.iter().find(|secret| secret.version == version);
            if mine.is_none_or(|secret| proof(secret, log) != proven) {
                return Err(KeyError::Wrong { purpose, version });
            }
        }
        Ok(())
    }

    fn by_purpose(&self) -> [(&'static str, &[Secret]); 2] {
        [("wrapping", &self.wrapping), ("identity", &self.identity)]
    }
}

async fn stored(log: &dyn Log) -> Result<Option<String>, KeyError> {
    let value: Result<_, LogError> = log.setting(SETTING).await;
    value?
        .map(String::from_utf8)
        .transpose()
        .map_err(|_| KeyError::CheckValue("unreadable"))
}

fn proof(secret: &Secret, log: Uuid) -> String {
    hex::encode(mac(&secret.bytes, &[LABEL, log.as_bytes()]))
}

fn parse(line: &str) -> Option<(&str, u32, &str)> {
    let mut words = line.split(' ');
    Some((words.next()?, words.next()?.parse().ok()?, words.next()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::OsEntropy;
    use docket_store::{Append, Expected, MemoryLog, NewEvent, StreamAppend, StreamId};
    use zeroize::Zeroizing;

    async fn with_events(events: usize) -> MemoryLog {
        let log = MemoryLog::new(Uuid::from_u128(1));
        let event = NewEvent {
            kind: "LogCreated".to_owned(),
            schema: 1,
            payload: "{}".to_owned(),
            sealed: vec![1],
            metadata: "{}".to_owned(),
        };
        let stream = StreamAppend {
            stream: StreamId::new("log", 1),
            expected: Expected::Absent,
            events: vec![event; events],
        };
        let append = Append {
            command: Uuid::from_u128(2),
            at: 0,
            streams: vec![stream],
            documents: vec![],
            keys: vec![],
        };
        log.append(append).await.unwrap();
        log
    }

    #[tokio::test]
    async fn a_new_log_takes_the_ring_and_then_no_other() {
        let log = with_events(0).await;
        let (ring, other) = (KeyRing::generate(&OsEntropy), KeyRing::generate(&OsEntropy));
        ring.check(&log).await.unwrap();
        ring.check(&log).await.unwrap();
        let error = other.check(&log).await.unwrap_err();
        assert!(
            matches!(
                error,
                KeyError::Wrong {
                    purpose: "wrapping",
                    version: 1
                }
            ),
            "{error}"
        );
        assert!(error.to_string().contains("DOCKET_KEY_FILE"), "{error}");
        ring.check(&log).await.unwrap();
    }

    #[tokio::test]
    async fn a_ring_with_one_wrong_key_is_refused() {
        let log = with_events(0).await;
        let ring = KeyRing::generate(&OsEntropy);
        ring.check(&log).await.unwrap();
        let other = KeyRing {
            wrapping: ring.wrapping,
            identity: KeyRing::generate(&OsEntropy).identity,
        };
        let refused = other.check(&log).await;
        assert!(matches!(
            refused,
            Err(KeyError::Wrong {
                purpose: "identity",
                version: 1
            })
        ));
    }

    #[tokio::test]
    async fn a_ring_that_gained_a_key_is_right_and_one_that_lost_it_wrong() {
        let log = with_events(0).await;
        let mut ring = KeyRing::generate(&OsEntropy);
        ring.check(&log).await.unwrap();
        ring.wrapping.push(Secret {
            version: 2,
            bytes: Zeroizing::new([7; 32]),
        });
        ring.check(&log).await.unwrap();
        ring.wrapping.pop();
        assert!(matches!(
            ring.check(&log).await,
            Err(KeyError::Wrong { version: 2, .. })
        ));
    }

    #[tokio::test]
    async fn a_log_with_events_and_without_a_check_value_is_refused() {
        let log = with_events(1).await;
        let refused = KeyRing::generate(&OsEntropy).check(&log).await;
        assert!(matches!(refused, Err(KeyError::CheckValue("missing"))));
    }

    #[tokio::test]
    async fn an_unreadable_check_value_is_refused() {
        for value in ["", "wrapping one 00", "signing 1 00"] {
            let log = with_events(0).await;
            log.put_setting(SETTING, value.as_bytes()).await.unwrap();
            assert!(
                matches!(
                    KeyRing::generate(&OsEntropy).check(&log).await,
                    Err(KeyError::CheckValue(_))
                ),
                "{value}"
            );
        }
    }
}
