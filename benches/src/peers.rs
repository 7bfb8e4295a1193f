use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::process::Command;

/// What the peers' program says of one run.
#[derive(Debug, Clone, Deserialize)]
pub struct PeerRun {
    /// Whether a view was kept.
    pub view: bool,
    /// How many callers there were.
    pub callers: usize,
    /// Connections of their pool.
    pub pool: u32,
    /// Commands answered.
    pub commands: usize,
    /// Time under load.
    pub seconds: f64,
    /// Mean bytes of the rows that the commands wrote.
    pub row_bytes: f64,
}

impl PeerRun {
    /// Commands a second.
    pub fn rate(&self) -> f64 {
        self.commands as f64 / self.seconds
    }
}

/// Builds benches/peers, which is a workspace of its own.
///
/// # Errors
/// When it does not build.
pub fn build_peers() -> Result<()> {
    let built = peers("build").status().context("cargo cannot be started")?;
    ensure!(built.success(), "benches/peers does not build");
    Ok(())
}

/// Runs cqrs-es on postgres-es on an empty database.
///
/// # Errors
/// When it fails; it says why on standard error.
pub fn run_peers(url: &str, declarations: usize) -> Result<Vec<PeerRun>> {
    serde_json::from_slice(&output(&[url, &declarations.to_string()])?)
        .context("what benches/peers printed")
}

fn output(arguments: &[&str]) -> Result<Vec<u8>> {
    let mut run = peers("run");
    run.arg("--")
        .args(arguments)
        .stderr(std::process::Stdio::inherit());
    let output = run.output().context("cargo cannot be started")?;
    ensure!(output.status.success(), "benches/peers failed");
    Ok(output.stdout)
}

/// What the peers' program says of a replay.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct ReplayRun {
    /// Events replayed.
    pub events: u64,
    /// How long that took.
    pub seconds: f64,
}

/// Lets cqrs-es replay about so many events into its view, on an empty database.
///
/// # Errors
/// When it fails; it says why on standard error.
pub fn replay_peer(url: &str, events: u64) -> Result<ReplayRun> {
    serde_json::from_slice(&output(&[url, "replay", &events.to_string()])?)
        .context("what benches/peers printed")
}

/// The best run of the peers with or without a view: of two sizes of the pool, the faster.
pub fn best(runs: &[PeerRun], view: bool, callers: usize) -> Result<&PeerRun> {
    let runs = runs
        .iter()
        .filter(|run| run.view == view && run.callers == callers);
    runs.max_by(|one, other| one.rate().total_cmp(&other.rate()))
        .with_context(|| format!("benches/peers has no run of {callers} callers"))
}

fn peers(verb: &str) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/Cargo.toml");
    let mut command = Command::new(cargo);
    command.args([verb, "--release", "--quiet", "--locked"]);
    command.args(["--manifest-path", manifest]);
    command
}
