//! Loaders at work, each in a task of its own: while one waits for its engine, ranges are read and
//! folded, and the others are fed.

use super::Build;
use crate::container::{Piece, Result};
use crate::error::ViewError;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// How long a loader may have nothing to write before it says that it is still there.
const STILL: Duration = Duration::from_secs(15);

/// Generations that are being loaded.
pub(super) struct Feeds {
    to: Vec<mpsc::Sender<Fed>>,
    tasks: JoinSet<Result<(usize, Build)>>,
}

/// Rows for a loader, and who wants to know that they are written.
struct Fed {
    piece: Piece,
    written: oneshot::Sender<()>,
}

impl Feeds {
    pub(super) fn start(builds: Vec<Build>) -> Feeds {
        let (mut to, mut tasks) = (Vec::new(), JoinSet::new());
        for (at, build) in builds.into_iter().enumerate() {
            let (sender, fed) = mpsc::channel(1);
            to.push(sender);
            tasks.spawn(async move { Ok((at, load(build, fed).await?)) });
        }
        Feeds { to, tasks }
    }

    /// Gives each loader its rows of a range, and waits, if asked to, until they are written.
    pub(super) async fn add(&mut self, pieces: Vec<Piece>, wait: bool) -> Result<()> {
        let mut waiting = Vec::new();
        for (at, piece) in pieces.into_iter().enumerate() {
            if piece.is_empty() {
                continue;
            }
            let (written, told) = oneshot::channel();
            if self.to[at].send(Fed { piece, written }).await.is_err() {
                return Err(self.failure().await);
            }
            waiting.push(told);
        }
        if wait {
            for told in waiting {
                if told.await.is_err() {
                    return Err(self.failure().await);
                }
            }
        }
        Ok(())
    }

    /// Lets all of them write what they have, and hands them back in their order.
    pub(super) async fn finish(mut self) -> Result<Vec<Build>> {
        self.to.clear();
        let mut builds = Vec::new();
        while let Some(ended) = self.tasks.join_next().await {
            match ended
                .map_err(|error| ViewError::died(&error))
                .and_then(|ended| ended)
            {
                Ok(build) => builds.push(build),
                Err(error) => {
                    self.stop().await;
                    return Err(error);
                }
            }
        }
        builds.sort_by_key(|(at, _)| *at);
        Ok(builds.into_iter().map(|(_, build)| build).collect())
    }

    /// Ends all of them; what they held is let go of when this returns.
    pub(super) async fn stop(mut self) {
        self.tasks.shutdown().await;
    }

    /// Why one of them has ended.
    async fn failure(&mut self) -> ViewError {
        while let Some(ended) = self.tasks.join_next().await {
            match ended {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return error,
                Err(error) => return ViewError::died(&error),
            }
        }
        ViewError::Backend("a generation is not loaded any more".to_owned())
    }
}

async fn load(mut build: Build, mut fed: mpsc::Receiver<Fed>) -> Result<Build> {
    loop {
        match timeout(STILL, fed.recv()).await {
            Ok(Some(Fed { piece, written })) => {
                build.loader.add(piece).await?;
                // Not everybody waits for it.
                _ = written.send(());
            }
            Ok(None) => return Ok(build),
            Err(_) => build.loader.stay().await?,
        }
    }
}
