use crate::answer::Answer;
use crate::app::App;
use crate::caller::Caller;
use crate::params::Params;
use crate::problem::Problem;
use crate::schema::LevelCode;
use axum::extract::State;
use docket_domain::catalogue::Level;
use serde::Serialize;
use utoipa::ToSchema;

/// The title table.
#[derive(Debug, Serialize, ToSchema)]
pub struct Catalogue {
    /// In the ministry's order.
    items: Vec<SeriesView>,
}

/// A series.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeriesView {
    /// Place in the ministry's table.
    number: u32,
    /// 系列
    name: String,
    titles: Vec<TitleEntry>,
    /// 专业 it names; any other is accepted too.
    specialties: Vec<String>,
}

/// A title.
#[derive(Debug, Serialize, ToSchema)]
pub struct TitleEntry {
    /// 职称
    title: String,
    /// 层级
    #[schema(value_type = LevelCode)]
    level: Level,
    level_label: &'static str,
}

/// Lists the series of professional titles
#[utoipa::path(get, path = "/catalogue/series", tag = "catalogue", responses((status = 200, body = Catalogue)))]
pub async fn series(
    State(app): State<App>,
    _caller: Caller,
    params: Params,
) -> Result<Answer<Catalogue>, Problem> {
    let seen = params.fresh(&app, &[app.reads.directory.view()]).await?;
    let series = app.reads.directory.series().await?.into_iter();
    let items = series.map(|series| SeriesView {
        number: series.number,
        name: series.name,
        titles: series
            .titles
            .into_iter()
            .map(|entry| TitleEntry {
                title: entry.title,
                level: entry.level,
                level_label: entry.level.label(),
            })
            .collect(),
        specialties: series.specialties,
    });
    Ok(Answer::new(
        seen,
        Catalogue {
            items: items.collect(),
        },
    ))
}
