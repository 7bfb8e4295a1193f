use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Builds the `docket` binary as it ships and answers where it lies.
///
/// # Errors
/// When it does not build.
pub fn build_docket() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let output = std::process::Command::new(cargo)
        .args(["build", "--release", "--package", "docket-cli"])
        .args(["--bin", "docket", "--message-format", "json"])
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .context("cargo cannot be started")?;
    ensure!(output.status.success(), "docket does not build");
    let messages = String::from_utf8(output.stdout)?;
    let built = messages.lines().rev().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message.get("executable")?.as_str()?))
    });
    built.context("cargo does not say where docket lies")
}

/// A server process of its own, ended with this value.
pub struct Served {
    /// `host:port`.
    pub host: String,
    process: Child,
}

impl Served {
    /// Starts `docket serve` on a database and waits until it answers.
    ///
    /// # Errors
    /// When it ends instead.
    pub async fn start(docket: &Path, url: &str, key_file: &Path) -> Result<Self> {
        let mut process = Command::new(docket)
            .args(["serve", "--json", "--listen", "127.0.0.1:0"])
            .args(["--database-url", url])
            .arg("--key-file")
            .arg(key_file)
            .env("DOCKET_LOG", "warn")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("docket cannot be started")?;
        let output = process.stdout.take().context("its output is piped")?;
        let mut lines = BufReader::new(output).lines();
        let line = lines.next_line().await?;
        let line = line.context("docket ended before it answered")?;
        let said: serde_json::Value = serde_json::from_str(&line)?;
        let address = said.get("base_url").and_then(serde_json::Value::as_str);
        let host = address.and_then(|address| address.strip_prefix("http://"));
        Ok(Self {
            host: host
                .context("docket does not say where it answers")?
                .to_owned(),
            process,
        })
    }

    /// The most memory it ever held, in megabytes, where the system tells.
    pub fn peak_megabytes(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()?));
        let status = status.ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
        Some(kilobytes / 1_000)
    }

    /// Processor seconds it has used, where the system tells.
    pub fn processor_seconds(&self) -> Option<f64> {
        crate::usage::processor_seconds_of(&self.process.id()?.to_string())
    }
}
