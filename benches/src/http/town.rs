use crate::lives::{Lives, Phase};
use anyhow::{Context, Result};
use docket_codec::{KeyRing, OsEntropy};
use docket_domain::administration::AdminCommand;
use docket_domain::calendar::{CalendarYear, DayKind};
use docket_domain::committee::Deadlines;
use docket_domain::time::{Day, Instant};
use docket_domain::{Actor, DeclarationId, PersonId};
use docket_http::AccessTokens;
use docket_store::Log;
use docket_testkit::town::Town;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

/// The last year whose holidays ship with Docket.
const SHIPPED: i32 = 2026;

/// What is made for a load before it begins.
#[derive(Debug, Clone, Copy)]
pub struct Preparation {
    /// Drafts that can be submitted, signed for and approved today.
    pub drafts: usize,
    /// Declarations whose publicity is over, so that they can be reported today.
    pub published: usize,
}

/// A town whose log a server can take over at the present day: it has no deadlines, and a calendar
/// for this year and the next.
pub struct ServedTown {
    /// The town.
    pub town: Arc<Town>,
    /// As prepared.
    pub drafts: Vec<(PersonId, DeclarationId)>,
    /// As prepared.
    pub published: Vec<DeclarationId>,
    tokens: AccessTokens,
}

impl ServedTown {
    /// Founds it on an empty log; `key_file` is made.
    ///
    /// # Errors
    /// When the key file cannot be written or a command is refused.
    pub async fn prepare(
        log: Arc<dyn Log>,
        key_file: &Path,
        preparation: Preparation,
    ) -> Result<Self> {
        let (ring, _) = KeyRing::open_or_create(key_file, &OsEntropy)?;
        ring.check(log.as_ref()).await?;
        let ring = Arc::new(ring);
        let tokens = AccessTokens::new(&ring);
        let town = Arc::new(Town::found_with(log, ring, Arc::new(OsEntropy)).await);
        lift_deadlines(&town).await?;
        load_calendar(&town).await?;
        let published = Lives::in_town(Arc::clone(&town), preparation.published).await;
        let published = Arc::new(published);
        let led = [Phase::Submit, Phase::Sign, Phase::Approve];
        published.live(64, &led).await;
        let lives = Lives::in_town(Arc::clone(&town), preparation.drafts).await;
        Ok(Self {
            town,
            drafts: lives.drafts,
            published: published.drafts.iter().map(|(_, id)| *id).collect(),
            tokens,
        })
    }

    /// The bearer token of a person.
    pub fn token(&self, person: PersonId) -> String {
        self.tokens.mint(person)
    }
}

async fn lift_deadlines(town: &Town) -> Result<()> {
    let plan = AdminCommand::SavePlan {
        committee: town.committee,
        deadlines: Deadlines::default(),
        notice: "按通知申报".into(),
        attachments: Vec::new(),
    };
    town.administer(town.office.by_legal_user(), plan).await?;
    Ok(())
}

/// Approval asks when five working days are over, so it needs this year's calendar and around New
/// Year the next one's. Years that ship with Docket stay as they are.
async fn load_calendar(town: &Town) -> Result<()> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let today = Instant::from_micros(i64::try_from(since.as_micros())?).day();
    for year in [today.year(), today.year() + 1] {
        if year <= SHIPPED {
            continue;
        }
        let first = Day::from_ymd(year, 1, 1).context("every year has a first day")?;
        let year = CalendarYear::new(year, vec![(first, DayKind::Off)])?;
        let load = AdminCommand::LoadCalendarYear {
            year,
            confirmed: true,
        };
        town.administer(Actor::SYSTEM, load).await?;
    }
    Ok(())
}
