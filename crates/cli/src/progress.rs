//! Progress on stderr: a bar on a terminal, plain lines elsewhere.

use crate::output::Output;
use docket_projection::{Phase, per_second, seconds_left};
use indicatif::{HumanCount, HumanDuration, ProgressBar, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, interval};

const LINE_EVERY: Duration = Duration::from_secs(2);
/// How often a bar is drawn while nothing is told.
const TICK: Duration = Duration::from_millis(200);

/// One piece of work of known size.
pub struct Progress {
    shown: Shown,
}

enum Shown {
    Bar(ProgressBar),
    Lines(Mutex<Lines>),
}

struct Lines {
    output: Output,
    name: String,
    unit: &'static str,
    done: u64,
    total: u64,
    started: Instant,
    /// When the last line was written.
    last: Instant,
}

impl Progress {
    /// Begins to show work of a name and a size, such as so many `events`.
    pub fn new(output: Output, name: &str, total: u64, unit: &'static str) -> Self {
        let shown = if output.draws_progress() {
            Shown::Bar(bar(name, total, unit))
        } else {
            let now = Instant::now();
            Shown::Lines(Mutex::new(Lines {
                output,
                name: name.to_owned(),
                unit,
                done: 0,
                total,
                started: now,
                last: now,
            }))
        };
        Self { shown }
    }

    /// So many events are done.
    pub fn at(&self, done: u64) {
        match &self.shown {
            Shown::Bar(bar) => bar.set_position(done),
            Shown::Lines(lines) => {
                let mut lines = lock(lines);
                lines.done = done;
                lines.tell();
            }
        }
    }

    /// There are so many by now.
    fn of(&self, total: u64) {
        match &self.shown {
            Shown::Bar(bar) => set_length(bar, total),
            Shown::Lines(lines) => lock(lines).total = total,
        }
    }

    /// Time has passed. A bar draws itself.
    fn tick(&self) {
        if let Shown::Lines(lines) = &self.shown {
            lock(lines).tell();
        }
    }

    /// It is over.
    pub fn finish(&self) {
        if let Shown::Bar(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn bar(name: &str, total: u64, unit: &str) -> ProgressBar {
    let template = format!(
        "{{spinner}} {{msg:<24}} {{elapsed:>3}} {{wide_bar}} {{human_pos}}/{{human_len}} {unit}  {{rate}}  {{left}}"
    );
    let style = ProgressStyle::with_template(&template).expect("the template is right");
    let bar =
        ProgressBar::no_length().with_style(style.with_key("rate", rate).with_key("left", left));
    set_length(&bar, total);
    bar.set_message(name.to_owned());
    bar.enable_steady_tick(TICK);
    bar
}

/// A bar of nothing would be full: it is empty until there is something.
fn set_length(bar: &ProgressBar, total: u64) {
    if total > 0 {
        bar.set_length(total);
    }
}

/// How much it goes through a second, in whole numbers.
fn rate(state: &ProgressState, out: &mut dyn Write) {
    let _ = out.write_str(&a_second(state.per_sec()));
}

fn a_second(rate: f64) -> String {
    format!("{}/s", HumanCount(rate as u64))
}

/// What it takes yet, once that can be told.
fn left(state: &ProgressState, out: &mut dyn Write) {
    if state.pos() > 0 {
        // A bar that cannot be written to is not drawn.
        let _ = write!(out, "ETA {:#}", HumanDuration(state.eta()));
    }
}

impl Lines {
    /// Writes a line, unless the last one is of a moment ago.
    fn tell(&mut self) {
        if self.last.elapsed() >= LINE_EVERY {
            self.last = Instant::now();
            self.output.note(self.line(self.started.elapsed()));
        }
    }

    fn line(&self, elapsed: Duration) -> String {
        let Self {
            name,
            unit,
            done,
            total,
            ..
        } = self;
        let seconds = elapsed.as_secs_f64();
        if *total == 0 {
            return format!("{name}: {seconds:.0} s so far");
        }
        let (rate, left) = (
            per_second(*done, seconds),
            seconds_left(*done, *total, elapsed),
        );
        match left.filter(|left| *left > 0) {
            None => format!("{name}: {done} of {total} {unit}, {seconds:.0} s so far"),
            Some(left) => {
                format!("{name}: {done} of {total} {unit}, {rate} a second, {left} s left")
            }
        }
    }
}

/// Progress of work on read models, phase by phase.
pub struct Bar<'a> {
    output: Output,
    name: &'a str,
    shown: Mutex<Shows>,
}

/// What is shown, with its phase once there is one.
type Shows = Option<(Option<Stage>, Progress)>;

/// A phase and when it began: two may follow each other that have the same name.
type Stage = (Phase, Instant);

impl<'a> Bar<'a> {
    /// Nothing is shown yet.
    pub fn new(output: Output, name: &'a str) -> Self {
        Self {
            output,
            name,
            shown: Mutex::new(None),
        }
    }

    /// Waits for the work that tells of its progress; while it tells nothing, how long that takes
    /// is shown, also before its first phase.
    pub async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let (mut work, mut clock) = (pin!(work), interval(LINE_EVERY));
        let done = loop {
            tokio::select! {
                done = &mut work => break done,
                _ = clock.tick() => self.tick(),
            }
        };
        self.clear();
        done
    }

    /// So much is done. A phase that begins is shown in the place of the one before.
    pub fn at(&self, progress: docket_projection::Progress) {
        let stage = (progress.phase, progress.began);
        let mut shown = lock(&self.shown);
        if let Some((before, shown)) = &*shown
            && *before == Some(stage)
        {
            shown.of(progress.total);
            shown.at(progress.done);
            return;
        }
        clear(&mut shown);
        *shown = Some((Some(stage), self.begin(progress)));
    }

    fn begin(&self, progress: docket_projection::Progress) -> Progress {
        let name = format!("{}, {}", self.name, self.label(progress.phase));
        if !self.output.draws_progress() {
            self.output.note(&name);
        }
        Progress::new(self.output, &name, progress.total, progress.phase.unit())
    }

    /// A phase in words, for machines as its code.
    fn label(&self, phase: Phase) -> String {
        match self.output.json {
            true => phase.code().to_owned(),
            false => phase.code().replace('_', " "),
        }
    }

    fn tick(&self) {
        let mut shown = lock(&self.shown);
        let nothing_yet = || (None, Progress::new(self.output, self.name, 0, ""));
        shown.get_or_insert_with(nothing_yet).1.tick();
    }

    fn clear(&self) {
        clear(&mut lock(&self.shown));
    }
}

fn clear(shown: &mut Shows) {
    if let Some((_, shown)) = shown.take() {
        shown.finish();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_is_left_once_that_can_be_told() {
        let now = Instant::now();
        let line = |done, total| {
            let lines = Lines {
                output: Output::new(false),
                name: "rebuild, comparing".to_owned(),
                unit: "rows",
                done,
                total,
                started: now,
                last: now,
            };
            lines.line(Duration::from_secs(4))
        };
        for (done, total, right) in [
            (0, 0, "4 s so far"),
            (0, 100, "0 of 100 rows, 4 s so far"),
            (20, 100, "20 of 100 rows, 5 a second, 16 s left"),
            (100, 100, "100 of 100 rows, 4 s so far"),
        ] {
            assert_eq!(line(done, total), format!("rebuild, comparing: {right}"));
        }
    }

    #[test]
    fn a_rate_is_a_whole_number() {
        assert_eq!(a_second(6_080.270_6), "6,080/s");
    }

    #[test]
    fn work_that_tells_nothing_yet_is_shown_to_go_on() {
        let bar = Bar::new(Output::new(true), "read models");
        bar.tick();
        let shown = lock(&bar.shown);
        let Some((
            None,
            Progress {
                shown: Shown::Lines(lines),
            },
        )) = &*shown
        else {
            panic!("lines are shown");
        };
        let line = lock(lines).line(Duration::from_secs(4));
        assert_eq!(line, "read models: 4 s so far");
    }

    #[test]
    fn a_phase_that_begins_again_is_shown_from_its_beginning() {
        let bar = Bar::new(Output::new(true), "building views");
        let began = Instant::now();
        let at = |began, done, total| {
            bar.at(docket_projection::Progress {
                phase: Phase::Comparing,
                done,
                total,
                began,
            });
            let shown = lock(&bar.shown);
            let Some((
                _,
                Progress {
                    shown: Shown::Lines(lines),
                },
            )) = &*shown
            else {
                panic!("lines are shown");
            };
            let lines = lock(lines);
            (lines.done, lines.total, lines.started)
        };
        let (_, _, first) = at(began, 0, 0);
        assert_eq!(at(began, 90, 100), (90, 100, first));
        std::thread::sleep(Duration::from_millis(1));
        let (done, total, second) = at(began + Duration::from_secs(1), 0, 40);
        assert_eq!((done, total), (0, 40));
        assert!(second > first, "its clock is its own");
    }
}
