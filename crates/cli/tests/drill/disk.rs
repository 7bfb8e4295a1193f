//! A disk that can be full, for one PostgreSQL server.

use docket_testkit::postgres::Cluster;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Enough for an empty server, its log of 64 MB and what a drill writes.
const SIZE: &str = "size=192m";
/// No file may grow past this where there is no disk of our own: less than one file of the server's
/// write-ahead log.
const FILE_BYTES_MAX: &str = "1048576";

/// A small file system of its own, or, where none may be mounted, a limit on the size of files.
/// Both make the server's own writes fail.
pub enum Disk {
    Mounted(Mount),
    Limited,
}

/// A mounted folder; unmounted with it.
pub struct Mount(TempDir);

impl Drop for Mount {
    fn drop(&mut self) {
        _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

impl Disk {
    /// Makes one with a server on it.
    pub fn with_server() -> (Self, Cluster) {
        let small = |cluster: docket_testkit::postgres::Options| {
            cluster
                .setting("min_wal_size", "32MB")
                .setting("max_wal_size", "64MB")
        };
        match mount() {
            Ok(mount) => {
                let cluster = small(Cluster::with()).within(mount.0.path()).start();
                (Self::Mounted(mount), cluster)
            }
            Err(error) => {
                println!(
                    "NO DISK OF OUR OWN: {error}; the server's files are limited instead, which \
                     fails its writes with EFBIG where a full disk says ENOSPC"
                );
                (Self::Limited, small(Cluster::with()).start())
            }
        }
    }

    /// Lets nothing more be written.
    pub fn fill(&self, cluster: &Cluster) {
        match self {
            Self::Mounted(mount) => {
                let mut ballast = File::create(mount.0.path().join("ballast")).unwrap();
                let block = vec![1; 256 * 1024];
                while ballast.write_all(&block).is_ok() {}
                while ballast.write_all(&[1; 512]).is_ok() {}
            }
            Self::Limited => limit(cluster, FILE_BYTES_MAX),
        }
    }

    /// Makes room again.
    pub fn free(&self, cluster: &Cluster) {
        match self {
            Self::Mounted(mount) => fs::remove_file(mount.0.path().join("ballast")).unwrap(),
            Self::Limited => limit(cluster, "unlimited"),
        }
    }
}

fn mount() -> Result<Mount, String> {
    if std::env::var_os("DOCKET_DRILL_NO_MOUNT").is_some() {
        return Err("DOCKET_DRILL_NO_MOUNT is set".into());
    }
    let folder = tempfile::tempdir().unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", SIZE, "tmpfs"])
        .arg(folder.path())
        .output();
    match mounted {
        Ok(output) if output.status.success() => Ok(Mount(folder)),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Limits the files of the server and of all its processes. Only the soft limit, which its user
/// may raise again.
fn limit(cluster: &Cluster, bytes: &str) {
    let postmaster = fs::read_to_string(cluster.folder().join("pid")).unwrap();
    let postmaster = postmaster.trim();
    let owner = |process: &str| {
        let process = fs::metadata(format!("/proc/{process}"));
        process.map(|process| (process.uid(), process.gid()))
    };
    let Ok(user) = owner(postmaster) else {
        return; // It is down, and starts again without a limit.
    };
    let children = Command::new("pgrep").args(["-P", postmaster]).output();
    let children = String::from_utf8(children.unwrap().stdout).unwrap();
    for process in children.lines().chain([postmaster]) {
        let mut command = if owner("self").unwrap() == user {
            Command::new("prlimit")
        } else {
            let mut as_user = Command::new("setpriv");
            as_user
                .args(["--reuid", &user.0.to_string()])
                .args(["--regid", &user.1.to_string()])
                .args(["--clear-groups", "prlimit"]);
            as_user
        };
        let limited = command
            .arg(format!("--fsize={bytes}:"))
            .args(["--pid", process])
            .stderr(Stdio::null())
            .status();
        // A child may have ended meanwhile; the server itself has not.
        assert!(limited.unwrap().success() || process != postmaster);
    }
}
