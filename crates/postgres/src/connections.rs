use std::sync::Arc;
use tokio::sync::watch;

/// Counts the connections that a process makes to one database.
///
/// A connection that is made anew may lead to another server, or to the same one after it was
/// restored: what a process remembers of the rows may be true no more. The count is raised before
/// anybody is lent the connection, so whoever reads the count after an answer, and finds it as it
/// was before the question, was answered over a connection that stood already.
#[derive(Debug, Clone)]
pub struct Connections(Arc<watch::Sender<u64>>);

impl Default for Connections {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}

impl Connections {
    /// One more was made.
    pub fn made(&self) {
        self.0.send_modify(|count| *count += 1);
    }

    /// Follows the count.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}
