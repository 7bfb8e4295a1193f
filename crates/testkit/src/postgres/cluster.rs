use super::guardian::{Guardian, User};
use super::psql::try_psql;
use super::{binaries, processes};
use std::hash::{BuildHasher, RandomState};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::Duration;
use std::{fs, io};

/// How often a start is tried, and how often a server is asked whether it is ready.
const STARTS_MAX: u32 = 20;
const ASKED_MAX: u32 = 3_000;
const ASKED_AGAIN: Duration = Duration::from_millis(20);

/// What every server is given. `fsync` and the other promises stay as they are delivered. Shared
/// memory is kept in the data directory, so that a killed server leaves nothing elsewhere.
const SETTINGS: &[(&str, &str)] = &[
    ("max_connections", "300"),
    ("shared_buffers", "32MB"),
    ("dynamic_shared_memory_type", "mmap"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
];

/// What a server of a test's own should be.
#[derive(Debug, Clone, Default)]
pub struct Options {
    settings: Vec<(String, String)>,
    place: Option<PathBuf>,
    primary: Option<u16>,
    files: Option<PathBuf>,
}

impl Options {
    /// Adds a line of `postgresql.conf`; later lines win.
    #[must_use]
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Puts the data directory into a folder, which is given to the server's user: a small disk,
    /// for example. The folder itself stays when the server goes.
    #[must_use]
    pub fn within(mut self, place: impl Into<PathBuf>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// Makes it a standby that follows another server, from a base backup of it.
    #[must_use]
    pub fn standby_of(mut self, primary: &Cluster) -> Self {
        self.primary = Some(primary.port());
        self
    }

    /// Puts it on a copy of a data directory, such as a base backup.
    #[must_use]
    pub fn on_files(mut self, files: impl Into<PathBuf>) -> Self {
        self.files = Some(files.into());
        self
    }

    /// Starts it and waits until it answers.
    ///
    /// # Panics
    /// When PostgreSQL is not installed, with what to install, or does not start, with its log.
    pub fn start(self) -> Cluster {
        let binaries = binaries::find().unwrap_or_else(|missing| panic!("{missing}"));
        match Cluster::create(binaries, self) {
            Ok(cluster) => cluster,
            Err(error) => panic!("PostgreSQL cannot be started: {error}"),
        }
    }
}

/// A server of a test's own. It listens on 127.0.0.1 and on a socket in [`Cluster::folder`], has
/// one role, `docket`, that may do anything, and is gone with its data when it goes out of scope or
/// its test process ends.
#[derive(Debug)]
pub struct Cluster {
    // Before the folder: it is ended and has cleaned up before the folder is looked after again.
    guardian: Mutex<Guardian>,
    binaries: PathBuf,
    data: PathBuf,
    folder: tempfile::TempDir,
}

impl Cluster {
    /// Starts a server with nothing special.
    ///
    /// # Panics
    /// As [`Options::start`].
    pub fn start() -> Self {
        Options::default().start()
    }

    /// What a server can be given before it starts.
    pub fn with() -> Options {
        Options::default()
    }

    /// A URL that sqlx and tokio-postgres take; the database `postgres` is always there.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://docket@127.0.0.1:{}/{database}", self.port())
    }

    /// The port on 127.0.0.1. It stays over stops and starts.
    pub fn port(&self) -> u16 {
        let port = fs::read_to_string(self.folder.path().join("port"));
        let port = port.ok().and_then(|port| port.parse().ok());
        port.expect("the port was written when the server was made")
    }

    /// The folder of its socket and its log.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of PostgreSQL's programs of its version.
    pub fn binaries(&self) -> &Path {
        &self.binaries
    }

    /// What the server has written to its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Runs statements in a database and gives what they answer.
    ///
    /// # Panics
    /// With what psql said, when a statement fails.
    pub fn psql(&self, database: &str, sql: &str) -> String {
        match try_psql(&self.url(database), sql) {
            Ok(answer) => answer,
            Err(error) => panic!("{sql}\n{error}"),
        }
    }

    /// Kills the server and all its processes at once, as a crash of the machine's kernel would,
    /// except that what was written to the disk's cache stays.
    ///
    /// # Panics
    /// When the server cannot be told.
    pub fn kill(&self) {
        let mut guardian = self.guardian();
        let pid = fs::read_to_string(self.folder.path().join("pid")).unwrap_or_default();
        if let Ok(postmaster) = pid.trim().parse() {
            // It must not mourn a child and start others meanwhile.
            processes::signal("-STOP", &[postmaster]);
            let mut all = processes::children(postmaster);
            all.push(postmaster);
            processes::signal("-KILL", &all);
            while all.iter().any(|process| processes::runs(*process)) {
                sleep(Duration::from_millis(2));
            }
        }
        guardian.tell("KILL").expect("the guardian lives");
    }

    /// Stops it without a shutdown checkpoint: connections are cut, and the next start recovers.
    ///
    /// # Panics
    /// When the server cannot be told.
    pub fn stop_immediate(&self) {
        self.guardian().tell("QUIT").expect("the guardian lives");
    }

    /// Starts it after it was killed or stopped, with the data that it has, and waits until it
    /// answers.
    ///
    /// # Panics
    /// With its log, when it does not start.
    pub fn start_again(&self) {
        if let Err(error) = self.try_start_again() {
            panic!("PostgreSQL cannot be started again: {error}");
        }
    }

    /// As [`Cluster::start_again`], for a test in which it may not start.
    ///
    /// # Errors
    /// What the server said last.
    pub fn try_start_again(&self) -> Result<(), String> {
        let mut guardian = self.guardian();
        let mut result = Ok(());
        for _ in 0..STARTS_MAX {
            result = self.launch(&mut guardian);
            // Its port may be taken for a moment, or its killed processes not be gone.
            match &result {
                Err(error) if passes(error) => sleep(Duration::from_millis(250)),
                _ => break,
            }
        }
        result
    }

    /// Restarts it as an operator does: running transactions are cut, everything is written.
    ///
    /// # Panics
    /// With its log, when it does not start.
    pub fn restart(&self) {
        self.guardian().tell("INT").expect("the guardian lives");
        self.start_again();
    }

    /// Makes a standby the primary and waits until it is.
    ///
    /// # Panics
    /// When it is no standby, or does not become the primary in a minute.
    pub fn promote(&self) {
        assert_eq!(self.psql("postgres", "SELECT pg_promote(true, 60)"), "t");
    }

    fn guardian(&self) -> MutexGuard<'_, Guardian> {
        self.guardian.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn create(binaries: PathBuf, options: Options) -> Result<Self, String> {
        let said = |error: io::Error| error.to_string();
        let folder = tempfile::Builder::new().prefix("docket-pg-").tempdir();
        let folder = folder.map_err(said)?;
        let user = User::for_owner_of(folder.path()).map_err(said)?;
        user.own(folder.path()).map_err(said)?;
        let data = match &options.place {
            Some(place) => {
                user.own(place).map_err(said)?;
                place.join("data")
            }
            None => folder.path().join("data"),
        };
        let server = binaries.join("postgres");
        let guardian = Guardian::start(user, folder.path(), &data, &server).map_err(said)?;
        let cluster = Self {
            guardian: Mutex::new(guardian),
            binaries,
            data,
            folder,
        };
        cluster.fill(user, &options)?;
        cluster.first_start()?;
        Ok(cluster)
    }

    /// Makes the data directory.
    fn fill(&self, user: User, options: &Options) -> Result<(), String> {
        let program = |name: &str| user.command(&self.binaries.join(name), self.folder.path());
        match (options.primary, &options.files) {
            (None, Some(files)) => {
                copy(files, &self.data, user).map_err(|error| error.to_string())?
            }
            (None, None) => run(program("initdb").arg("-D").arg(&self.data).args([
                "-U",
                "docket",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-locale",
                "-N",
            ]))?,
            (Some(primary), _) => {
                let primary = format!("host=127.0.0.1 port={primary} user=docket");
                run(program("pg_basebackup")
                    .arg("-D")
                    .arg(&self.data)
                    .args(["-d", &primary, "-R", "-X", "stream", "-c", "fast", "-N"]))?;
            }
        }
        let file = self.data.join("postgresql.conf");
        let mut text = fs::read_to_string(&file).map_err(|error| error.to_string())?;
        if options.primary.is_none() && options.files.is_none() {
            SETTINGS
                .iter()
                .for_each(|(name, value)| text.push_str(&line(name, value)));
        }
        for (name, value) in &options.settings {
            text.push_str(&line(name, value));
        }
        fs::write(&file, text).map_err(|error| error.to_string())
    }

    /// Another process may take a free port first: then another is taken.
    fn first_start(&self) -> Result<(), String> {
        let mut result = Ok(());
        for _ in 0..STARTS_MAX {
            let port = free_port().to_string();
            fs::write(self.folder.path().join("port"), port).map_err(|error| error.to_string())?;
            result = self.launch(&mut self.guardian());
            match &result {
                Err(error) if passes(error) => {}
                _ => break,
            }
        }
        result
    }

    /// Starts the server and waits until it answers or has ended.
    fn launch(&self, guardian: &mut Guardian) -> Result<(), String> {
        let said_before = self.log().len();
        guardian.tell("start").map_err(|error| error.to_string())?;
        let mut ready = Command::new(self.binaries.join("pg_isready"));
        let port = self.port().to_string();
        ready.args(["-q", "-h", "127.0.0.1", "-p", &port]);
        for _ in 0..ASKED_MAX {
            if self.folder.path().join("ended").exists() {
                let log = self.log();
                return Err(log.get(said_before..).unwrap_or_default().to_owned());
            }
            if ready.status().is_ok_and(|status| status.success()) {
                return Ok(());
            }
            sleep(ASKED_AGAIN);
        }
        Err(format!("it does not answer: {}", self.log()))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The guardian cleans up; told here, the end does not wait for connections.
        let _ = self.guardian().tell("QUIT");
    }
}

/// The URL of another database on the same server.
pub(super) fn with_database(server: &str, name: &str) -> String {
    let (address, query) = server.split_once('?').unwrap_or((server, ""));
    let (scheme, rest) = address.split_once("://").unwrap_or(("postgres", address));
    let host = rest.split_once('/').map_or(rest, |(host, _)| host);
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{query}")
    };
    format!("{scheme}://{host}/{name}{query}")
}

/// Copies a folder for a user, as PostgreSQL wants it: nobody else may look into it.
fn copy(from: &Path, to: &Path, user: User) -> io::Result<()> {
    fs::create_dir(to)?;
    fs::set_permissions(to, fs::Permissions::from_mode(0o700))?;
    user.own(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target, user)?;
        } else {
            fs::copy(entry.path(), &target)?;
            user.own(&target)?;
        }
    }
    Ok(())
}

/// A failure to start that may pass.
fn passes(error: &str) -> bool {
    error.contains("Address already in use") || error.contains("shared memory block")
}

/// A port that nobody listens on, below those that the kernel gives to connections: while the
/// server is down, none of those may come to stand on it.
fn free_port() -> u16 {
    let from = RandomState::new().hash_one("port");
    let port =
        |step: u64| 20_000 + u16::try_from((from % 12_000 + step) % 12_000).expect("below 12,000");
    (0..12_000)
        .map(port)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("one of 12,000 ports is free")
}

fn line(name: &str, value: &str) -> String {
    format!("\n{name} = '{}'\n", value.replace('\'', "''"))
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?}: {said}"))
}
