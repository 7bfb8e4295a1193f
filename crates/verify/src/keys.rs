use crate::check::{PAGE, Phase, Session};
use crate::held::Held;
use crate::report::Part;
use docket_domain::Category;
use docket_store::{LogError, StoredKey, StreamId};

impl Session<'_> {
    /// Every row of keys: its stream is there and needs one, and what is wrapped opens. Whether a key
    /// is there for every stream that needs one, the events have told.
    pub(crate) async fn keys(&mut self) -> Result<(), LogError> {
        let mut after: Option<String> = None;
        let mut done = 0;
        loop {
            let page = self.log.stored_keys(after.as_deref(), PAGE).await?;
            self.page_of_keys(&page).await?;
            done += page.len() as u64;
            self.turn(Phase::Keys, done, 0).await;
            match page.into_iter().last() {
                Some(last) => after = Some(last.stream),
                None => return Ok(()),
            }
        }
    }

    async fn page_of_keys(&mut self, page: &[StoredKey]) -> Result<(), LogError> {
        let streams: Vec<Option<StreamId>> = page
            .iter()
            .map(|key| StreamId::parse(&key.stream))
            .collect();
        let known: Vec<StreamId> = streams.iter().flatten().cloned().collect();
        let mut versions = self.log.versions(&known).await?.into_iter();
        for (key, stream) in page.iter().zip(streams) {
            let version = stream.as_ref().and_then(|_| versions.next());
            self.key(key, stream, version.unwrap_or(0));
        }
        Ok(())
    }

    fn key(&mut self, key: &StoredKey, stream: Option<StreamId>, version: u64) {
        let needs = stream.as_ref().is_some_and(|stream| {
            *stream == self.own
                || Category::parse(stream.category()).is_some_and(Category::holds_personal_data)
        });
        let wrong = if version == 0 {
            Some("it has a key and no event".to_owned())
        } else if !needs {
            Some("it has a key and holds nothing that needs one".to_owned())
        } else {
            None
        };
        if let Some(what) = wrong {
            self.found_of(Part::Key, &key.stream, what);
        }
        let Some(stream) = stream else {
            return;
        };
        match Held::of(self.ring, &stream, Some(key.wrapped.clone())) {
            Held::Destroyed => self.report.counts.keys_destroyed += 1,
            Held::Broken(what) => self.found_of(Part::Key, &key.stream, what),
            _ => self.report.counts.keys += 1,
        }
    }
}
