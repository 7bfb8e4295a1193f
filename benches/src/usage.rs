use std::fs;
use std::time::Instant;

/// Processor time so far, where the system tells: what bounds a figure that a disk does not bound.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    at: Instant,
    own: f64,
    server: f64,
    all: f64,
}

/// The unit of /proc: USER_HZ, 100 on every Linux there is.
const TICKS: f64 = 100.0;

impl Usage {
    /// Reads it; `postmaster` is the first process of the database.
    pub fn read(postmaster: u32) -> Option<Self> {
        Some(Self {
            at: Instant::now(),
            own: processor_seconds()?,
            server: family_seconds(postmaster)?,
            all: all_seconds()?,
        })
    }

    /// Processor seconds of the database since an earlier reading.
    pub fn server_since(&self, before: &Self) -> f64 {
        self.server - before.server
    }

    /// What was used between two readings for `commands` commands, in words.
    pub fn words(before: Option<Self>, after: Option<Self>, commands: f64) -> String {
        let Some((before, after)) = before.zip(after) else {
            return "processor time unknown".to_owned();
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from) as f64;
        let elapsed = (after.at - before.at).as_secs_f64();
        let (own, server) = (after.own - before.own, after.server - before.server);
        let others = (after.all - before.all - own - server).max(0.0);
        let share = |seconds: f64| 100.0 * seconds / (cores * elapsed);
        format!(
            "processor: {:.0} µs a command in this process, {:.0} µs in PostgreSQL; of {cores} cores {:.0} % and {:.0} %, {:.0} % for others and the kernel",
            own / commands * 1e6,
            server / commands * 1e6,
            share(own),
            share(server),
            share(others),
        )
    }
}

/// Processor seconds this process has used on all cores, where the system tells: a figure that a
/// busy machine spoils less than the clock's.
pub fn processor_seconds() -> Option<f64> {
    processor_seconds_of("self")
}

/// Processor seconds of another process.
pub(crate) fn processor_seconds_of(process: &str) -> Option<f64> {
    Some(Process::read(process)?.own)
}

/// A process, its children that live, and those that ended.
fn family_seconds(first: u32) -> Option<f64> {
    let head = Process::read(&first.to_string())?;
    let entries = fs::read_dir("/proc").ok()?.flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let children = names.filter(|name| name.starts_with(|c: char| c.is_ascii_digit()));
    let living: f64 = children
        .filter_map(|name| Process::read(&name))
        .filter(|process| process.parent == first)
        .map(|process| process.own)
        .sum();
    Some(head.own + head.ended_children + living)
}

/// The most memory this process ever had resident, where the system tells.
pub fn peak_megabytes() -> Option<f64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024.0 / 1e6)
}

struct Process {
    parent: u32,
    own: f64,
    ended_children: f64,
}

impl Process {
    fn read(process: &str) -> Option<Self> {
        let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let seconds = |index: usize| Some(fields.get(index)?.parse::<f64>().ok()? / TICKS);
        Some(Self {
            parent: fields.get(1)?.parse().ok()?,
            own: seconds(11)? + seconds(12)?,
            ended_children: seconds(13)? + seconds(14)?,
        })
    }
}

/// Seconds that all cores were busy: everything but idle and waiting for the disk.
fn all_seconds() -> Option<f64> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    let line = text.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Vec<f64> = line
        .split_whitespace()
        .map_while(|word| word.parse().ok())
        .collect();
    let sum: f64 = ticks.iter().take(8).sum();
    Some((sum - ticks.get(3)? - ticks.get(4)?) / TICKS)
}
