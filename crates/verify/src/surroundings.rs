use crate::check::{Session, VerifyError};
use crate::held::Held;
use crate::report::{Finding, Part};
use docket_codec::{KeyError, KeyRing};

impl Session<'_> {
    /// What is the same for every event: the schema, the log's own key, and the proof of its key file.
    pub(crate) async fn surroundings(&mut self) -> Result<(), VerifyError> {
        for what in self.log.schema_differences().await? {
            self.found(Finding {
                part: Part::Schema,
                position: None,
                stream: None,
                what,
            });
        }
        self.key_file().await?;
        let own = self.own.as_str().to_owned();
        match &self.own_key {
            Held::Missing | Held::Destroyed => {
                self.found_of(Part::Key, &own, "the log's own key is gone");
            }
            Held::Broken(what) => {
                let what = what.clone();
                self.found_of(Part::Key, &own, what);
            }
            Held::Closed | Held::Open(_) => {}
        }
        Ok(())
    }

    /// A key file that is not the log's own cannot check it. Where it opens the log's own key, it is
    /// the check value that was changed.
    async fn key_file(&mut self) -> Result<(), VerifyError> {
        let proven = match self.ring {
            Some(ring) => ring.proves(self.log).await,
            None => KeyRing::check_value_of(self.log).await,
        };
        match proven {
            Ok(()) => Ok(()),
            Err(KeyError::Log(error)) => Err(error.into()),
            Err(error @ KeyError::Wrong { .. }) if !matches!(self.own_key, Held::Open(_)) => {
                Err(VerifyError::KeyFile(error.to_string()))
            }
            Err(KeyError::Wrong { .. }) => {
                self.key_file_found("the check value of the key file was changed".to_owned());
                Ok(())
            }
            Err(error) => {
                self.key_file_found(error.to_string());
                Ok(())
            }
        }
    }

    fn key_file_found(&mut self, what: String) {
        self.found(Finding {
            part: Part::KeyFile,
            position: None,
            stream: None,
            what,
        });
    }
}
