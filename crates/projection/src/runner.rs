//! The task that feeds the views of a process, and those beside it.

use crate::error::ViewError;
use crate::home::Home;
use crate::house::HOUSE;
use crate::lease::LASTS;
use crate::live::Whose;
use crate::views::Views;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// How often the log, the registry and what others feed are looked at without being woken.
const POLL: Duration = Duration::from_millis(250);
/// The same while a query waits for what another node feeds: a notice may be lost.
const HURRY: Duration = Duration::from_millis(25);
/// The wait after the log could not be read.
const RETRY: Duration = Duration::from_millis(100);
/// How long the batch in hand may take when it is stopped: its database may not answer.
const STOP: Duration = Duration::from_secs(5);
/// A database that does not answer for so long has not renewed a lease.
const LEASE_WAIT: Duration = Duration::from_secs(2);

/// The tasks that feed the views of a process and keep its leases.
pub struct Runner {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    /// Ended after the first: who listens, who keeps the leases, and who keeps house.
    beside: Option<Beside>,
}

struct Beside {
    stop: watch::Sender<bool>,
    leases: JoinHandle<()>,
    ear: JoinHandle<()>,
    house: JoinHandle<()>,
}

impl Runner {
    /// Finishes the batch in hand, stops and gives the leases back, so that another node goes on at
    /// once. What is done under a lease must have been stopped before.
    ///
    /// A batch that the database does not answer is given up after a few seconds, as a killed
    /// process gives it up.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        match tokio::time::timeout(STOP, &mut self.task).await {
            Ok(Ok(())) => {}
            // Why a task died may quote anything: the panic hook has told the place.
            Ok(Err(_)) => tracing::error!("the runner of the views failed"),
            Err(_) => {
                tracing::warn!("the last batch of the views was given up");
                self.task.abort();
                _ = self.task.await;
            }
        }
        if let Some(beside) = self.beside {
            beside.ear.abort();
            beside.house.abort();
            beside.stop.send_replace(true);
            if beside.leases.await.is_err() {
                tracing::error!("the leases of the views failed");
            }
        }
    }

    /// Ends everything where it stands, as a killed process does.
    #[cfg(feature = "testing")]
    pub fn kill(self) {
        self.task.abort();
        if let Some(beside) = self.beside {
            beside.ear.abort();
            beside.house.abort();
            beside.leases.abort();
        }
    }
}

impl Views {
    /// Starts feeding the views: where several nodes share them, those whose lease this node holds.
    pub fn start(&self) -> Runner {
        self.start_feeding(Whose::Led)
    }

    /// Starts feeding every view, whoever holds the lease.
    #[cfg(feature = "testing")]
    pub fn start_without_leases(&self) -> Runner {
        self.start_feeding(Whose::All)
    }

    fn start_feeding(&self, whose: Whose) -> Runner {
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(self.clone().run(whose, stopped));
        Runner {
            stop,
            task,
            beside: self.start_beside(),
        }
    }

    fn start_beside(&self) -> Option<Beside> {
        let Home::Database(server) = &self.inner.home else {
            return None;
        };
        for model in &self.inner.models {
            self.inner.leases.want(&model.lease);
        }
        let (stop, stopped) = watch::channel(false);
        let (listening, keeping) = (self.clone(), self.clone());
        Some(Beside {
            stop,
            leases: tokio::spawn(self.clone().keep_leases(stopped)),
            ear: tokio::spawn(Arc::clone(server).listen(move |view| listening.heard(view))),
            house: tokio::spawn(async move {
                loop {
                    tokio::select! {
                        () = tokio::time::sleep(HOUSE) => {}
                        () = keeping.inner.left.notified() => {}
                    }
                    keeping.keep_house(Instant::now()).await;
                }
            }),
        })
    }

    /// What this node feeds itself it need not be told.
    fn heard(&self, view: Option<&str>) {
        let ours = view
            .and_then(|view| self.model(view).ok())
            .is_some_and(|model| self.inner.leases.holds(&model.lease));
        if !ours {
            self.inner.told.notify_one();
        }
    }

    async fn run(self, whose: Whose, mut stopped: watch::Receiver<bool>) {
        let mut newest = self.inner.log.watch();
        let (mut followed, mut looked) = (Instant::now(), Instant::now());
        let mut kept_house = Instant::now();
        while !*stopped.borrow() {
            newest.mark_unchanged();
            if followed.elapsed() >= POLL {
                self.follow().await;
                followed = Instant::now();
            }
            if looked.elapsed() >= self.pace() {
                self.look().await;
                looked = Instant::now();
            }
            // Where several nodes share a database that is a task of its own.
            if matches!(self.inner.home, Home::Folder(_)) && kept_house.elapsed() >= HOUSE {
                self.keep_house(Instant::now()).await;
                kept_house = Instant::now();
            }
            let wait = match self.step(whose).await {
                Ok(true) => continue,
                Ok(false) => self.pace(),
                Err(error) => {
                    tracing::warn!(%error, "the views could not be fed");
                    if let ViewError::TooOld { position, .. } = &error
                        && self.is_too_old(*position, &error)
                    {
                        return;
                    }
                    RETRY
                }
            };
            tokio::select! {
                _ = newest.changed(), if wait != RETRY => {}
                _ = stopped.changed() => {}
                () = self.inner.told.notified() => {
                    self.look().await;
                    looked = Instant::now();
                }
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// How often what others feed is looked at.
    fn pace(&self) -> Duration {
        let hurried = self
            .inner
            .models
            .iter()
            .any(|model| model.is_waited_for() && !self.inner.leases.holds(&model.lease));
        if hurried { HURRY } else { POLL }
    }

    /// The log holds an event that this binary does not know: it feeds no more. Whether there is
    /// nothing else to do, because no newer node feeds the same generations.
    fn is_too_old(&self, position: u64, error: &ViewError) -> bool {
        for model in &self.inner.models {
            model.stop(position, &error.to_string());
            self.inner.leases.give_up(&model.lease);
        }
        matches!(self.inner.home, Home::Folder(_))
    }

    /// Takes and renews leases, and gives them back at the end.
    async fn keep_leases(self, mut stopped: watch::Receiver<bool>) {
        let Home::Database(server) = &self.inner.home else {
            return;
        };
        let leases = &self.inner.leases;
        while !*stopped.borrow() {
            let asked = Instant::now();
            let names = leases.wanted();
            let keys: Vec<String> = names.iter().map(|name| self.lease_key(name)).collect();
            let taken = server.take(&keys, server.node(), LASTS);
            match tokio::time::timeout(LEASE_WAIT, taken).await {
                Ok(Ok(held)) => {
                    let mut new = false;
                    for (name, key) in names.iter().zip(&keys) {
                        new |= leases.note(name, held.contains(key).then(|| asked + LASTS));
                    }
                    if new {
                        self.inner.told.notify_one();
                    }
                }
                Ok(Err(error)) => {
                    self.inner
                        .trouble(&error, "the leases could not be renewed");
                    self.inner.home.seek().await;
                }
                Err(_) => tracing::warn!("the database does not answer: leases are not renewed"),
            }
            leases.expire();
            tokio::select! {
                _ = stopped.changed() => {}
                () = leases.poke.notified() => {}
                () = tokio::time::sleep(leases.pause()) => {}
            }
        }
        for name in leases.wanted() {
            leases.note(&name, None);
        }
        let given = tokio::time::timeout(LEASE_WAIT, server.give(server.node())).await;
        if !matches!(given, Ok(Ok(()))) {
            tracing::debug!("leases were not given back and end by themselves");
        }
    }

    /// A generation has a lease of its own: nodes of another version feed another one.
    fn lease_key(&self, name: &str) -> String {
        let model = self.inner.models.iter().find(|model| model.lease == name);
        let number = model.and_then(|model| model.live().ok());
        match number {
            Some(generation) => format!("{name} {}", generation.number),
            None => name.to_owned(),
        }
    }
}
