//! docket-declaration-view
