//! Signals to processes that a test has started.

use std::process::{Child, Command};

/// Sends one, such as `-TERM`.
pub fn send(child: &Child, signal: &str) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args([signal, &id]).status().unwrap();
    assert!(sent.success());
}

/// Whether it was frozen, by itself or by somebody.
pub fn is_frozen(child: &Child) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap_or_default();
    let state = status.rsplit(')').next().unwrap_or_default().trim_start();
    state.starts_with('T')
}
