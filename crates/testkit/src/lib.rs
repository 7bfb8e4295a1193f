//! docket-testkit
