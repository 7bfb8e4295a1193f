//! docket-store-sqlite
