//! docket-handling-record
