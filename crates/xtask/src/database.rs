//! The stage `database` of `cargo xtask test`: PostgreSQL's programs are there, or are installed
//! where that can be done without asking anybody, or the run ends and says what to install.

#![allow(clippy::print_stdout)] // a command line tool talks

#[path = "../../testkit/src/postgres/binaries.rs"]
mod binaries;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

const MANAGER: &str = "/usr/bin/apt-get";
const POLICY: &str = "/etc/postgresql-common/createcluster.conf";

/// Keeps the packages from starting a server of their own; the tests start theirs.
const NO_CLUSTER: &str = "create_main_cluster = false";

/// Sees to it that the tests can start PostgreSQL, and tells whether they can.
///
/// # Errors
/// When a command cannot be started or a file not be written.
pub fn provide() -> anyhow::Result<bool> {
    if let Ok(folder) = binaries::find() {
        println!("PostgreSQL in {}", folder.display());
        return Ok(true);
    }
    // A folder that was named and is wrong is not mended by installing another.
    let named = std::env::var_os(binaries::FOLDER).is_some();
    if !named && Path::new(MANAGER).exists() && is_root()? {
        install()?;
    }
    match binaries::find() {
        Ok(folder) => println!("PostgreSQL in {}", folder.display()),
        Err(missing) => {
            println!("{missing}");
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whoever owns his own folder among the processes is who runs this.
fn is_root() -> anyhow::Result<bool> {
    Ok(fs::metadata("/proc/self")?.uid() == 0)
}

fn install() -> anyhow::Result<()> {
    println!("installing the Debian package `postgresql`, without a server of its own");
    let policy = fs::read_to_string(POLICY).unwrap_or_default();
    if let Some(text) = with_policy(&policy) {
        fs::create_dir_all(Path::new(POLICY).with_file_name(""))?;
        fs::write(POLICY, text)?;
    }
    apt(&["update", "--quiet=2"])?;
    apt(&[
        "install",
        "--quiet=2",
        "--yes",
        "--no-install-recommends",
        // The policy above is a file of the package, and stays as it is.
        "--option=Dpkg::Options::=--force-confold",
        "postgresql",
    ])?;
    Ok(())
}

/// The policy with the line that is needed, if it is not there.
fn with_policy(policy: &str) -> Option<String> {
    let said = |line: &&str| line.trim_start().starts_with("create_main_cluster");
    if policy.lines().find(said).map(str::trim) == Some(NO_CLUSTER) {
        return None;
    }
    let others = policy.lines().filter(|line| !said(line));
    Some(
        others
            .chain([NO_CLUSTER])
            .fold(String::new(), |text, line| text + line + "\n"),
    )
}

/// Whether it succeeded is asked of the programs that it should have brought.
fn apt(arguments: &[&str]) -> anyhow::Result<()> {
    let mut command = Command::new(MANAGER);
    command.args(arguments);
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command.status()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_gets_its_line_once_and_keeps_the_others() {
        let written = with_policy("# mine\ncreate_main_cluster = true\nssl = on\n");
        let wanted = "# mine\nssl = on\ncreate_main_cluster = false\n";
        assert_eq!(written.as_deref(), Some(wanted));
        assert_eq!(with_policy(wanted), None);
        assert!(with_policy("").is_some());
    }

    #[test]
    fn what_is_missing_is_told_with_what_to_install() {
        let told = binaries::missing();
        assert!(told.contains("apt-get install postgresql"), "{told}");
        assert!(told.contains(binaries::FOLDER), "{told}");
    }
}
