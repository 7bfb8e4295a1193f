use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::{fs, io};

const SCRIPT: &str = include_str!("guardian.sh");

/// The user who runs servers: another than root, if the tests run as root.
#[derive(Debug, Clone, Copy)]
pub(super) struct User(Option<(u32, u32)>);

impl User {
    /// The ordinary user to be, told by who owns a folder that was just made.
    pub(super) fn for_owner_of(folder: &Path) -> io::Result<Self> {
        if fs::metadata(folder)?.uid() != 0 {
            return Ok(Self(None));
        }
        let users = fs::read_to_string("/etc/passwd")?;
        let ids = ["postgres", "nobody"]
            .iter()
            .find_map(|name| ids(&users, name));
        let none =
            "neither `postgres` nor `nobody` stands in /etc/passwd, and PostgreSQL refuses root";
        ids.map(|ids| Self(Some(ids)))
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, none))
    }

    /// Gives a folder to this user.
    pub(super) fn own(self, folder: &Path) -> io::Result<()> {
        match self.0 {
            Some((user, group)) => chown(folder, Some(user), Some(group)),
            None => Ok(()),
        }
    }

    /// A command that this user runs.
    pub(super) fn command(self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder).stdin(Stdio::null());
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
        command
    }
}

fn ids(users: &str, name: &str) -> Option<(u32, u32)> {
    let line = users
        .lines()
        .find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// The process that starts and ends a server, and cleans up when its input ends. It is a group of
/// its own, so that an interrupt from the keyboard ends the tests and then the server.
#[derive(Debug)]
pub(super) struct Guardian {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Guardian {
    pub(super) fn start(user: User, folder: &Path, data: &Path, server: &Path) -> io::Result<Self> {
        let mut process = user
            .command(Path::new("sh"), folder)
            .args(["-c", SCRIPT, "guardian"])
            .args([folder, data, server])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        let output = process.stdout.take().expect("its output is piped");
        Ok(Self {
            input: process.stdin.take(),
            output: BufReader::new(output),
            process,
        })
    }

    /// Sends one word, `start` or a signal's name, and waits until it is done.
    pub(super) fn tell(&mut self, word: &str) -> io::Result<()> {
        let input = self.input.as_mut().expect("it is open until the end");
        writeln!(input, "{word}")?;
        let mut answer = String::new();
        self.output.read_line(&mut answer)?;
        if answer == "done\n" {
            Ok(())
        } else {
            Err(io::Error::other(format!("the guardian died at {word}")))
        }
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        self.input = None;
        // If the wait fails, it cleans up all the same.
        let _ = self.process.wait();
    }
}
