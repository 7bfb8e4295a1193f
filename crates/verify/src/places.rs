use crate::check::{PAGE, Phase, Session};
use crate::report::Part;
use docket_store::{LogError, StreamPlace};

/// Places read at once: they are small.
const PLACES: usize = 10 * PAGE;

impl Session<'_> {
    /// Versions of every stream are 1, 2, 3 … in the order of the positions. Read in the order of the
    /// streams, so that nothing has to be remembered but the place before.
    pub(crate) async fn places(&mut self) -> Result<(), LogError> {
        let mut before: Option<StreamPlace> = None;
        let mut events = 0;
        loop {
            let page = self.log.places(before.as_ref(), PLACES).await?;
            for place in &page {
                // What was appended since is behind everything of its stream.
                if place.position <= docket_store::page::integer(self.up_to) {
                    events += 1;
                    self.place(before.as_ref(), place);
                }
                before = Some(place.clone());
            }
            self.turn(Phase::Places, events, self.up_to).await;
            if page.is_empty() {
                break;
            }
        }
        if events != self.report.counts.events {
            let what = format!(
                "in the order of the streams there are {events} events, in the order of the log {}: an \
                 index is damaged, or a row cannot be read",
                self.report.counts.events
            );
            self.found_at(Part::Event, self.up_to, what);
        }
        Ok(())
    }

    fn place(&mut self, before: Option<&StreamPlace>, place: &StreamPlace) {
        let same = before.filter(|before| before.stream == place.stream);
        let due = same.map_or(1, |before| before.version + 1);
        let position = place.position.unsigned_abs();
        if place.version != due {
            let what = format!("it has version {} where {due} is due", place.version);
            self.found_at(Part::Event, position, what);
        }
        if let Some(before) = same.filter(|before| before.position > place.position) {
            let what = format!(
                "it stands before version {} of its stream, at position {}",
                before.version, before.position
            );
            self.found_at(Part::Event, position, what);
        }
    }
}
