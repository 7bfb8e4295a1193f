use super::binaries;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Runs statements with psql, each a transaction of its own, and gives what they answer: fields
/// separated by `|`, rows by line ends.
///
/// # Errors
/// What psql said, when a statement failed; those behind it were not run.
pub fn try_psql(url: &str, sql: &str) -> Result<String, String> {
    let mut psql = Command::new(program())
        .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("psql cannot be started: {error}"))?;
    let mut input = psql.stdin.take().expect("its input is piped");
    // It stops reading at the first failure, which its output tells better.
    let _ = input.write_all(sql.as_bytes());
    drop(input);
    let output = psql.wait_with_output().map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr))
    }
}

/// That of the server's version, else what the path leads to: a server that is already running
/// needs no server's programs here.
fn program() -> PathBuf {
    binaries::find().map_or_else(|_| PathBuf::from("psql"), |folder| folder.join("psql"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end().to_owned()
}
