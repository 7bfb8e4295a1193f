//! One server process, to be killed, frozen and started again at the same address.

use crate::arena::{Arena, docket};
use crate::signal;
use std::fs::OpenOptions;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::Duration;
use tokio::time::Instant;

/// How long a node may take until it answers.
const STARTS_WITHIN: Duration = Duration::from_secs(60);

/// A node, running or not.
pub struct Node {
    pub address: String,
    folder: PathBuf,
    database: String,
    log: PathBuf,
    /// Written once a start is over.
    credentials: PathBuf,
    child: Mutex<Option<Child>>,
}

impl Node {
    /// A node of a number on a database; it does not run yet.
    pub fn new(arena: &Arena, number: usize) -> Self {
        Self::on(arena, number, arena.url())
    }

    /// The same over another way to the database.
    pub fn on(arena: &Arena, number: usize, database: String) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        Self {
            address: free.local_addr().unwrap().to_string(),
            folder: arena.folder().to_owned(),
            database,
            log: arena.folder().join(format!("node-{number}.log")),
            credentials: arena.folder().join(format!("node-{number}.json")),
            child: Mutex::new(None),
        }
    }

    /// Starts it without waiting, with a place to die or freeze at.
    pub fn launch(&self, failpoint: Option<&str>) {
        let mut child = self.child();
        assert!(child.is_none(), "the node runs already");
        _ = std::fs::remove_file(&self.credentials);
        let mut log = OpenOptions::new();
        log.create(true).append(true);
        let mut command = docket();
        command
            .args(["demo", "--listen", &self.address])
            .arg("--data")
            .arg(&self.folder)
            .arg("--credentials")
            .arg(&self.credentials)
            .stdout(Stdio::null())
            .stderr(log.open(&self.log).unwrap());
        if !self.database.starts_with("sqlite:") {
            command.arg("--database-url").arg(&self.database);
        }
        if let Some(failpoint) = failpoint {
            command.env("DOCKET_FAILPOINT", failpoint);
        }
        *child = Some(command.spawn().unwrap());
    }

    /// Starts it and waits until it answers.
    pub fn start(&self) {
        self.launch(None);
        self.wait_until_it_answers();
    }

    /// Waits until it is all there.
    pub fn wait_until_it_answers(&self) {
        let began = Instant::now();
        while !self.is_up() {
            assert!(!self.died(), "the node ended by itself\n{}", self.said());
            assert!(
                began.elapsed() < STARTS_WITHIN,
                "the node does not answer\n{}",
                self.said()
            );
            sleep(Duration::from_millis(5));
        }
    }

    /// Whether its start is over: it answers before that already.
    pub fn is_up(&self) -> bool {
        self.credentials.exists()
    }

    /// Whether the process is over; one that was never started is.
    pub fn died(&self) -> bool {
        match self.child().as_mut() {
            Some(child) => child.try_wait().unwrap().is_some(),
            None => true,
        }
    }

    /// Kill -9. One that is dead already is only buried.
    pub fn kill(&self) {
        if let Some(mut child) = self.child().take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Stops it as a service manager does.
    pub fn terminate(&self) {
        self.signal("-TERM");
        let ended = self.child().take().map(|mut child| child.wait().unwrap());
        let ended = ended.expect("the node ran");
        assert!(ended.success(), "{ended}\n{}", self.said());
    }

    /// Freezes it.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Wakes it.
    pub fn wake(&self) {
        self.signal("-CONT");
    }

    /// Whether it was frozen, by itself or by somebody.
    pub fn is_frozen(&self) -> bool {
        self.child().as_ref().is_some_and(signal::is_frozen)
    }

    /// What it wrote to stderr in all its lives.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn signal(&self, signal: &str) {
        signal::send(self.child().as_ref().expect("the node runs"), signal);
    }

    fn child(&self) -> MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A drill that fails leaves no server behind.
impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}
