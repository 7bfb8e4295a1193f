use super::{Dice, Ground, PlainLog, history};
use crate::fingerprint::{History, rows_of};
use crate::projector::Projector;
use crate::rebuild::Gate;
use crate::views::{Config, Views};
use std::sync::Arc;
use std::time::Duration;

/// Views over a plain log that keep nothing that was replaced.
pub async fn views(ground: &Ground, log: &PlainLog, projectors: Vec<Arc<dyn Projector>>) -> Views {
    views_that_keep(Duration::ZERO, ground, log, projectors).await
}

/// Views over a plain log that keep what was replaced for so long.
pub async fn views_that_keep(
    keep: Duration,
    ground: &Ground,
    log: &PlainLog,
    projectors: Vec<Arc<dyn Projector>>,
) -> Views {
    Views::open(config(keep, ground, log, projectors), &|_| {})
        .await
        .expect("the place can be written")
}

/// What there is of views, nothing built.
pub async fn look(ground: &Ground, log: &PlainLog, projectors: Vec<Arc<dyn Projector>>) -> Views {
    Views::attach_only(config(Duration::ZERO, ground, log, projectors))
        .await
        .expect("the place can be read")
}

/// What the views of a ground are made of.
pub fn config(
    keep: Duration,
    ground: &Ground,
    log: &PlainLog,
    projectors: Vec<Arc<dyn Projector>>,
) -> Config {
    Config {
        place: ground.place(),
        incarnation: log.incarnation,
        log: log.log.clone(),
        source: Arc::new(log.clone()),
        projectors,
        histories: Vec::new(),
        keep,
    }
}

/// What holds for every projector: what is live is what the events ask for, a rebuild gives the
/// same rows and sums, and delivering anything twice changes nothing. `more` stands before the
/// random declarations.
pub async fn holds_the_laws(
    ground: &Ground,
    projector: Arc<dyn Projector>,
    more: History,
    seed: u64,
) {
    let name = projector.name();
    let log = PlainLog::default();
    let views = views(ground, &log, vec![projector.clone()]).await;
    let runner = views.start();
    let view = views.view(name).expect("it is there");
    let mut dice = Dice::new(seed ^ 0x5eed);
    let mut events: &[_] = &[more, history(40, 600, seed)].concat();
    while !events.is_empty() {
        let (batch, rest) = events.split_at(events.len().min(1 + dice.roll(40) as usize));
        let position = log.append(batch).await;
        events = rest;
        if dice.roll(3) == 0 {
            view.wait(position, Duration::from_secs(20))
                .await
                .expect("the runner comes there");
        }
    }
    let head = view
        .wait(log.history().await.len() as u64, Duration::from_secs(20))
        .await
        .expect("the runner comes there");
    runner.stop().await;
    let asked = rows_of(projector.as_ref(), &log.history().await);
    let mut stands = views.dump(name).await.expect("it can be read");
    stands.retain(|_, rows| !rows.is_empty());
    assert_eq!(stands, asked, "seed {seed}: live rows");
    let sums = views.sums(name).await.expect("it can be read");
    for back in [0, head / 2, head - 1] {
        views
            .rewind(name, back)
            .await
            .expect("the checkpoint is ours");
        views.catch_up().await.expect("the log can be read");
        assert_eq!(
            views.sums(name).await.expect("it can be read"),
            sums,
            "seed {seed}: delivered again from {back}"
        );
    }
    let rebuilt = views
        .rebuild(&[name], Gate::Strict, &|_| {})
        .await
        .expect("nothing differs");
    assert_eq!(rebuilt[0].new, sums, "seed {seed}: rebuilt rows");
    views.close().await;
}
