//! Progress on stderr: a bar on a terminal, plain lines elsewhere.

use crate::output::Output;
use indicatif::{ProgressBar, ProgressStyle};
use std::cell::Cell;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

const LINE_EVERY: Duration = Duration::from_secs(2);

/// One piece of work of known size.
pub struct Progress {
    shown: Shown,
}

enum Shown {
    Bar(ProgressBar),
    Lines {
        output: Output,
        name: String,
        unit: &'static str,
        total: u64,
        started: tokio::time::Instant,
        last: Mutex<Cell<tokio::time::Instant>>,
    },
}

impl Progress {
    /// Begins to show work of a name and a size, such as so many `events`.
    pub fn new(output: Output, name: &str, total: u64, unit: &'static str) -> Self {
        let shown = if output.draws_progress() {
            let bar = ProgressBar::new(total);
            let style = format!(
                "{{msg:<16}} {{wide_bar}} {{human_pos}}/{{human_len}} {unit}  {{per_sec}}  ETA {{eta}}"
            );
            bar.set_style(ProgressStyle::with_template(&style).expect("the template is right"));
            bar.set_message(name.to_owned());
            Shown::Bar(bar)
        } else {
            let now = tokio::time::Instant::now();
            Shown::Lines {
                output,
                name: name.to_owned(),
                unit,
                total,
                started: now,
                last: Mutex::new(Cell::new(now)),
            }
        };
        Self { shown }
    }

    /// So many events are done.
    pub fn at(&self, done: u64) {
        match &self.shown {
            Shown::Bar(bar) => bar.set_position(done),
            Shown::Lines {
                output,
                name,
                unit,
                total,
                started,
                last,
            } => {
                let last = last
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                if last.get().elapsed() < LINE_EVERY {
                    return;
                }
                last.set(tokio::time::Instant::now());
                let seconds = started.elapsed().as_secs_f64();
                let rate = done as f64 / seconds.max(0.001);
                let eta = total.saturating_sub(done) as f64 / rate.max(0.001);
                output.note(format_args!(
                    "{name}: {done} of {total} {unit}, {rate:.0} a second, {eta:.0} s left"
                ));
            }
        }
    }

    /// It is over.
    pub fn finish(&self) {
        if let Shown::Bar(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }
}

/// Progress of work on read models, whose size is known once it has begun.
pub struct Bar<'a> {
    output: Output,
    name: &'a str,
    unit: &'static str,
    shown: OnceLock<Progress>,
}

impl<'a> Bar<'a> {
    /// Nothing is shown yet.
    pub fn new(output: Output, name: &'a str, unit: &'static str) -> Self {
        Self {
            output,
            name,
            unit,
            shown: OnceLock::new(),
        }
    }

    /// So much is done.
    pub fn at(&self, progress: docket_projection::Progress) {
        self.shown
            .get_or_init(|| Progress::new(self.output, self.name, progress.total, self.unit))
            .at(progress.done);
    }

    /// It is over.
    pub fn finish(&self) {
        if let Some(shown) = self.shown.get() {
            shown.finish();
        }
    }
}
