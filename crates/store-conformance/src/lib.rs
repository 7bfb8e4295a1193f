//! docket-store-conformance
