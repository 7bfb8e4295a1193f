use docket_domain::time::Instant;

/// Where "now" comes from. The composition root decides: the machine's clock, the demo's, or a
/// test's.
pub trait Clock: Send + Sync {
    /// The present instant, in whole microseconds.
    fn now(&self) -> Instant;
}
