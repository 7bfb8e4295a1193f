use crate::container::{Result, TableSum};
use crate::error::ViewError;
use crate::fingerprint::History;
use crate::fold::{Folder, Parked};
use crate::generation::Generation;
use crate::home::Home;
use crate::house::Unused;
use crate::lease::Leases;
use crate::model::Model;
use crate::place::Place;
use crate::progress::Progress;
use crate::projector::Projector;
use crate::registry::{Entry, Registry, Report};
use crate::source::Source;
use crate::value::Row;
use crate::view::View;
use docket_domain::log::Incarnation;
use docket_domain::time::Instant;
use docket_store::Log;
use futures::future::join_all;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, Notify, watch};

/// States of streams that moved lately, kept to fold the next event without reading the log.
const STATES_CACHED: usize = 16_384;
/// The wait before it is looked again whether another node has built the views.
const OTHERS: Duration = Duration::from_millis(500);

/// What the views of a process are made of.
pub struct Config {
    /// Where the containers lie.
    pub place: Place,
    /// The log.
    pub log: Arc<dyn Log>,
    /// The incarnation that it is in: views that have seen more than it holds are built anew only
    /// where an operator accepted the loss since.
    pub incarnation: Incarnation,
    /// The codec's reader, or what stands in for it.
    pub source: Arc<dyn Source>,
    /// Every projector.
    pub projectors: Vec<Arc<dyn Projector>>,
    /// Histories whose rows are part of the fingerprints; may be empty.
    pub histories: Vec<History>,
    /// How long a generation that was replaced is kept and fed, so that it can answer again; none
    /// is when this is zero.
    pub keep: Duration,
}

/// All views of a process: their containers, the runner that feeds them, and rebuilds.
#[derive(Clone)]
pub struct Views {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    /// Whether nothing is changed, whatever is found.
    pub(crate) looks: bool,
    pub(crate) home: Home,
    pub(crate) log: Arc<dyn Log>,
    pub(crate) source: Arc<dyn Source>,
    pub(crate) registry: Registry,
    pub(crate) models: Vec<Arc<Model>>,
    /// Held for a batch; a rebuild holds it while it switches.
    pub(crate) folder: Mutex<Folder>,
    /// What this node does that others could do.
    pub(crate) leases: Leases,
    /// Something may have happened that is worth a look.
    pub(crate) told: Notify,
    /// A generation was left: it may be removed now.
    pub(crate) left: Notify,
    /// Whether the place of the views does not answer, as was told already.
    pub(crate) away: AtomicBool,
    /// Generations that nobody uses, and since when.
    pub(crate) unused: Unused,
    /// See [`Config::keep`].
    pub(crate) keep: Duration,
}

impl Inner {
    /// Tells once that the place of the views does not answer.
    pub(crate) fn trouble(&self, error: &ViewError, what: &str) {
        match self.away.swap(true, Ordering::AcqRel) {
            true => tracing::debug!(%error, "{what}"),
            false => tracing::warn!(%error, "{what}"),
        }
    }

    /// It answers, maybe again: nobody rests any longer.
    pub(crate) fn no_trouble(&self) {
        if self.away.swap(false, Ordering::AcqRel) {
            tracing::info!("the views can be reached again");
            self.models.iter().for_each(|model| model.wake());
        }
    }
}

/// A view as `docket projections list` shows it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Info {
    /// Its name.
    pub name: String,
    /// The number of the generation that answers.
    pub generation: u32,
    /// The one that it replaced and that may answer again.
    pub kept: Option<u32>,
    /// What tells its meaning from another's.
    pub fingerprint: String,
    /// Where it stands in the log.
    pub checkpoint: u64,
    /// How far the log is ahead.
    pub lag: u64,
    /// When the first event that it has not seen was recorded, if there is one.
    pub behind_since: Option<Instant>,
    /// Events a second of its build; 0 while it is not known.
    pub rate: u64,
    /// Generations of other versions of Docket.
    pub others: Vec<Other>,
    /// What was last found out about it.
    pub reports: Vec<Report>,
    /// Rows of all its tables.
    pub rows: u64,
    /// Streams that wait for somebody to look at them.
    pub parked: u64,
    /// Why it stopped, if it did.
    pub stopped: Option<String>,
    /// Its file or schema.
    pub container: String,
}

/// A generation of another version of Docket.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Other {
    /// Its number.
    pub generation: u32,
    /// What tells its meaning from another's.
    pub fingerprint: String,
    /// Whether it answers for nodes of that version, or is built.
    pub live: bool,
}

/// A view without a generation of its present meaning.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Unbuilt {
    /// Its name.
    pub name: String,
    /// What tells its present meaning from another's.
    pub fingerprint: String,
    /// Generations of other versions of Docket.
    pub others: Vec<Other>,
}

pub(crate) fn others(model: &Model, entries: &[Entry]) -> Vec<Other> {
    entries
        .iter()
        .filter(|entry| entry.belongs_to(model.name) && entry.fingerprint != model.fingerprint)
        .map(|entry| Other {
            generation: entry.number,
            fingerprint: entry.fingerprint.clone(),
            live: entry.live,
        })
        .collect()
}

impl Views {
    /// Opens the views of a folder. What a killed process left is removed; a view that has no
    /// generation of its present meaning is built first, and `progress` told of it.
    pub async fn open(config: Config, progress: &(dyn Fn(Progress) + Sync)) -> Result<Views> {
        let views = Views::prepare(config).await?;
        views.clean().await?;
        let mut missing = views.attach(views.inner.models.clone()).await?;
        let (mut told, told_of_change) = (false, !missing.is_empty());
        while !missing.is_empty() {
            let theirs = views.build(missing, progress).await?;
            missing = views.attach(theirs).await?;
            if !missing.is_empty() {
                if !std::mem::replace(&mut told, true) {
                    tracing::info!("another node builds the views; this one waits for it");
                }
                tokio::time::sleep(OTHERS).await;
            }
        }
        if told_of_change {
            views.clean().await?;
        }
        let entries = views.inner.registry.entries().await?;
        for model in &views.inner.models {
            views.follow_kept(model, &entries).await?;
        }
        Ok(views)
    }

    pub(crate) async fn prepare(config: Config) -> Result<Views> {
        let home = Home::open(&config.place).await?;
        let registry = home.registry(config.log.id(), config.incarnation).await?;
        Ok(Views::on(home, registry, config, false))
    }

    pub(crate) fn on(home: Home, registry: Registry, config: Config, looks: bool) -> Views {
        let models = config
            .projectors
            .into_iter()
            .map(|projector| Arc::new(Model::new(projector, &config.histories)));
        let folder = Mutex::new(Folder::new(
            config.log.clone(),
            config.source.clone(),
            STATES_CACHED,
        ));
        let leases = match &home {
            Home::Folder(_) => Leases::alone(),
            Home::Database(_) => Leases::default(),
        };
        Views {
            inner: Arc::new(Inner {
                looks,
                home,
                log: config.log,
                source: config.source,
                registry,
                models: models.collect(),
                folder,
                leases,
                told: Notify::new(),
                left: Notify::new(),
                away: AtomicBool::new(false),
                unused: Unused::default(),
                keep: config.keep,
            }),
        }
    }

    /// The reading side of a view.
    pub fn view(&self, name: &str) -> Result<View> {
        Ok(View {
            views: self.clone(),
            model: self.model(name)?.clone(),
        })
    }

    /// Whether this node is the one that feeds a view, as it changes. Where there is but one node,
    /// or every process feeds, it always is. Leases are kept while the [`crate::Runner`] runs.
    pub fn leads(&self, name: &str) -> Result<watch::Receiver<bool>> {
        Ok(self.inner.leases.want(&self.model(name)?.lease))
    }

    /// Whether this node is the one to do some other work, as it changes: the first to ask for a
    /// name has it until it stops or dies. It may be told a moment late, so that what is done
    /// under it must be harmless when two do it.
    pub fn lease(&self, name: &str) -> watch::Receiver<bool> {
        self.inner.leases.want(name)
    }

    /// Leaves the work of [`Views::lease`] to other nodes for good, because this one cannot do it.
    pub fn give_up(&self, name: &str) {
        self.inner.leases.give_up(name);
    }

    /// The names of all views.
    pub fn names(&self) -> Vec<&'static str> {
        self.inner.models.iter().map(|model| model.name).collect()
    }

    /// What there is and how far it has come.
    pub async fn list(&self) -> Result<Vec<Info>> {
        let mut list = self.glance().await?;
        for info in &mut list {
            info.rows = self.model(&info.name)?.live()?.container.rows().await?;
        }
        Ok(list)
    }

    /// As [`Views::list`] for those who ask often: nobody counts rows, which takes long, so that
    /// there seem to be none.
    pub async fn glance(&self) -> Result<Vec<Info>> {
        let head = self.inner.log.head().await?.position;
        let entries = self.inner.registry.entries().await?;
        let reports = self.inner.registry.reports().await?;
        let mut list = Vec::new();
        for model in &self.inner.models {
            let Ok(generation) = model.live() else {
                continue;
            };
            let checkpoint = generation.container.checkpoint().await?;
            list.push(Info {
                name: model.name.to_owned(),
                generation: generation.number,
                kept: model.kept().map(|kept| kept.number),
                fingerprint: model.fingerprint.clone(),
                checkpoint,
                lag: head.saturating_sub(checkpoint),
                behind_since: self.first_behind(checkpoint, head).await?,
                rate: entries
                    .iter()
                    .find(|entry| entry.belongs_to(model.name) && entry.number == generation.number)
                    .map_or(0, |entry| entry.built.rate),
                others: others(model, &entries),
                reports: reports
                    .iter()
                    .filter(|report| report.name == model.name)
                    .cloned()
                    .collect(),
                rows: 0,
                parked: generation.container.parked().await?.len() as u64,
                stopped: model.stopped(),
                container: generation.container.describe(),
            });
        }
        Ok(list)
    }

    /// When the first event behind a position was recorded.
    async fn first_behind(&self, position: u64, head: u64) -> Result<Option<Instant>> {
        if position >= head {
            return Ok(None);
        }
        let next = self.inner.log.read_all(position, 1).await?;
        Ok(next
            .first()
            .map(|event| Instant::from_micros(event.recorded_at)))
    }

    /// Keeps what was found out about a view; the last report of a kind is shown in the list.
    pub async fn note_report(&self, report: &Report) -> Result<()> {
        self.inner.registry.note(report).await
    }

    /// Rows and checksum of every table of a view.
    pub async fn sums(&self, name: &str) -> Result<Vec<TableSum>> {
        let model = self.model(name)?;
        match model.live()?.container.sums(&|_| {}).await {
            Err(ViewError::Dropped(_)) => {
                self.follow_one(model).await?;
                model.live()?.container.sums(&|_| {}).await
            }
            sums => sums,
        }
    }

    /// Every row of a view by table, in the order of the keys: for comparing small ones.
    pub async fn dump(&self, name: &str) -> Result<BTreeMap<&'static str, Vec<Row>>> {
        let model = self.model(name)?;
        match model.live()?.container.dump().await {
            Err(ViewError::Dropped(_)) => {
                self.follow_one(model).await?;
                model.live()?.container.dump().await
            }
            dump => dump,
        }
    }

    /// Streams of a view that wait for somebody to look at them.
    pub async fn parked(&self, name: &str) -> Result<Vec<Parked>> {
        self.model(name)?.live()?.container.parked().await
    }

    /// Folds a parked stream again, by its stored name. False when it is parked still.
    pub async fn retry(&self, name: &str, stream: &str) -> Result<bool> {
        let model = self.model(name)?;
        let mut folder = self.inner.folder.lock().await;
        let generation = model.live()?;
        let mended = self.refold(&mut folder, model, &generation, stream).await?;
        if let Some(kept) = model.kept()
            && let Err(error) = self.refold(&mut folder, model, &kept, stream).await
        {
            tracing::debug!(%error, view = name, stream, "what is kept of the view has it parked still");
        }
        Ok(mended)
    }

    /// Closes every container. The runner must have been stopped.
    pub async fn close(&self) {
        let closed = self.inner.models.iter().map(|model| async {
            let generations = [model.clear(), model.let_go()];
            for generation in generations.into_iter().flatten() {
                generation.container.close().await;
            }
        });
        join_all(closed).await;
        self.inner.registry.close().await;
        self.inner.home.close().await;
    }

    pub(crate) fn model(&self, name: &str) -> Result<&Arc<Model>> {
        let found = self.inner.models.iter().find(|model| model.name == name);
        found.ok_or_else(|| ViewError::Unknown(name.to_owned()))
    }

    /// Opens the generation that answers for each view; hands back the views without one.
    pub(crate) async fn attach(&self, models: Vec<Arc<Model>>) -> Result<Vec<Arc<Model>>> {
        let mut missing = Vec::new();
        for model in models {
            match self.open_live(&model).await? {
                Some(generation) => _ = model.point_to(Arc::new(generation)),
                None => missing.push(model),
            }
        }
        Ok(missing)
    }

    /// Opens what the registry points to; looks again when it was replaced meanwhile.
    pub(crate) async fn open_live(&self, model: &Model) -> Result<Option<Generation>> {
        loop {
            let Some(entry) = self
                .inner
                .registry
                .live(model.name, &model.fingerprint)
                .await?
            else {
                return Ok(None);
            };
            let opened = self
                .inner
                .home
                .generation(&self.inner.registry, model, entry.number, None)
                .await;
            let after = self
                .inner
                .registry
                .live(model.name, &model.fingerprint)
                .await?;
            if after.as_ref().map(|after| after.number) == Some(entry.number) {
                return self.accept(model, entry.number, opened).await;
            }
            self.inner.registry.leave(model.name, entry.number).await;
        }
    }
}

#[cfg(feature = "testing")]
impl Views {
    /// Puts a checkpoint back, so that what lies behind it is delivered again.
    pub async fn rewind(&self, name: &str, to: u64) -> Result<()> {
        let generation = self.model(name)?.live()?;
        let mark = crate::mark::Mark::find(self.inner.log.as_ref(), to).await?;
        generation
            .container
            .apply(
                generation.checkpoint(),
                mark,
                crate::fold::Changes::default(),
                generation.parked().len(),
            )
            .await?;
        generation.reload().await
    }
}
