use std::fs;
use std::path::Path;
use std::process::Command;

/// The children of a process, by the kernel's list of processes; none where there is no such list.
pub(super) fn children(parent: u32) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let ids = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id| stat(*id).is_some_and(|(_, of)| of == parent))
        .collect()
}

/// Whether a process runs: a killed one that nobody has waited for does not.
pub(super) fn runs(id: u32) -> bool {
    if Path::new("/proc/self/stat").exists() {
        stat(id).is_some_and(|(state, _)| state != 'Z')
    } else {
        signal("-0", &[id])
    }
}

/// Sends a signal, written as `kill` takes it, and tells whether all were there to get it.
pub(super) fn signal(signal: &str, ids: &[u32]) -> bool {
    let ids = ids.iter().map(u32::to_string);
    let kill = Command::new("sh")
        .args(["-c", "kill \"$@\" 2>/dev/null", "kill", signal])
        .args(ids)
        .status();
    kill.is_ok_and(|status| status.success())
}

/// State and parent of a process. Its name stands in brackets before them and may hold anything.
fn stat(id: u32) -> Option<(char, u32)> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.next()?.parse().ok()?))
}
