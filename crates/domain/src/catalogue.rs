//! The 27 series (系列) of professional titles as data (domain.md §14.2).
//!
//! Titles are read by series and name, because the same name may stand in several series at
//! different levels.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

const BUILTIN: &str = include_str!("../../../fixtures/catalogue.toml");

/// 职称层级: the level of a title. The order of the values is that of the table, highest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 正高级
    FullSenior,
    /// 副高级
    AssociateSenior,
    /// 中级
    Middle,
    /// 助理级
    Assistant,
    /// 员级
    Technician,
}

impl Level {
    /// All levels, highest first.
    pub const ALL: [Self; 5] = [
        Self::FullSenior,
        Self::AssociateSenior,
        Self::Middle,
        Self::Assistant,
        Self::Technician,
    ];

    /// The frozen code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::FullSenior => "full_senior",
            Self::AssociateSenior => "associate_senior",
            Self::Middle => "middle",
            Self::Assistant => "assistant",
            Self::Technician => "technician",
        }
    }

    /// The label people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::FullSenior => "正高级",
            Self::AssociateSenior => "副高级",
            Self::Middle => "中级",
            Self::Assistant => "助理级",
            Self::Technician => "员级",
        }
    }

    /// Reads a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.code() == code)
    }

    /// Whether it stands higher in the table than another.
    #[must_use]
    pub fn is_above(self, other: Self) -> bool {
        self < other
    }

    /// 正高 and 副高 are 高级, 助理 and 员 are 初级.
    #[must_use]
    pub const fn grade(self) -> Grade {
        match self {
            Self::FullSenior | Self::AssociateSenior => Grade::Senior,
            Self::Middle => Grade::Middle,
            Self::Assistant | Self::Technician => Grade::Junior,
        }
    }
}

/// The grade that decides who may issue a certificate (A40).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// 高级
    Senior,
    /// 中级
    Middle,
    /// 初级
    Junior,
}

impl Grade {
    /// The frozen code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Senior => "senior",
            Self::Middle => "middle",
            Self::Junior => "junior",
        }
    }

    /// The label people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Senior => "高级",
            Self::Middle => "中级",
            Self::Junior => "初级",
        }
    }
}

/// One series with its titles by level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// Its number in the ministry's table, 1 to 27.
    pub number: u8,
    /// Its name, which is also its key, e.g. 工程技术人员.
    pub name: String,
    /// 专业: some specialties to choose from; others may be typed.
    #[serde(default)]
    pub specialties: Vec<String>,
    /// The titles of each level; a level that the series lacks is absent.
    pub titles: BTreeMap<Level, Vec<String>>,
}

impl Series {
    /// The level of a title of this series.
    #[must_use]
    pub fn level_of(&self, title: &str) -> Option<Level> {
        let holds = |titles: &Vec<String>| titles.iter().any(|name| name == title);
        self.titles
            .iter()
            .find(|(_, titles)| holds(titles))
            .map(|(level, _)| *level)
    }

    /// Every title with its level, highest first.
    pub fn titles(&self) -> impl Iterator<Item = (Level, &str)> {
        self.titles
            .iter()
            .flat_map(|(level, titles)| titles.iter().map(|title| (*level, title.as_str())))
    }
}

/// Why a text is no catalogue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueProblem {
    /// Not TOML of the expected shape; the message names the line.
    #[error("{0}")]
    Syntax(String),
    /// A blank name.
    #[error("series {0}: a name is blank")]
    Blank(u8),
    /// A series without any title.
    #[error("series {0} has no title")]
    NoTitle(u8),
    /// A number or name that two series share.
    #[error("series `{0}` stands twice")]
    SeriesTwice(String),
    /// A title that stands twice in one series.
    #[error("series {number}: title `{title}` stands twice")]
    TitleTwice {
        /// The series.
        number: u8,
        /// The title.
        title: String,
    },
}

/// All series, in the order of the ministry's table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    series: Vec<Series>,
}

impl Catalogue {
    /// Reads a catalogue written as TOML.
    ///
    /// # Errors
    /// The first [`CatalogueProblem`].
    pub fn parse(text: &str) -> Result<Self, CatalogueProblem> {
        let catalogue: Self =
            toml::from_str(text).map_err(|error| CatalogueProblem::Syntax(error.to_string()))?;
        catalogue.checked()
    }

    /// A catalogue of those series, as an event carries them.
    ///
    /// # Errors
    /// The first [`CatalogueProblem`].
    pub fn from_series(series: Vec<Series>) -> Result<Self, CatalogueProblem> {
        Self { series }.checked()
    }

    /// The catalogue that comes with the product.
    #[must_use]
    pub fn builtin() -> Self {
        Self::parse(BUILTIN).expect("a spec reads the catalogue in the repository")
    }

    /// All series, by number.
    #[must_use]
    pub fn series(&self) -> &[Series] {
        &self.series
    }

    /// The series of that name.
    #[must_use]
    pub fn find(&self, series: &str) -> Option<&Series> {
        self.series
            .iter()
            .find(|candidate| candidate.name == series)
    }

    /// The level of a title of a series.
    #[must_use]
    pub fn level_of(&self, series: &str, title: &str) -> Option<Level> {
        self.find(series)?.level_of(title)
    }

    /// The grade of a title of a series.
    #[must_use]
    pub fn grade_of(&self, series: &str, title: &str) -> Option<Grade> {
        self.level_of(series, title).map(Level::grade)
    }

    fn checked(mut self) -> Result<Self, CatalogueProblem> {
        self.series.sort_by_key(|series| series.number);
        let (mut numbers, mut names) = (BTreeSet::new(), BTreeSet::new());
        for series in &self.series {
            if !numbers.insert(series.number) || !names.insert(&series.name) {
                return Err(CatalogueProblem::SeriesTwice(series.name.clone()));
            }
            check_series(series)?;
        }
        Ok(self)
    }
}

fn check_series(series: &Series) -> Result<(), CatalogueProblem> {
    let number = series.number;
    let titles: Vec<&str> = series.titles().map(|(_, title)| title).collect();
    let mut words = titles
        .iter()
        .copied()
        .chain(series.specialties.iter().map(String::as_str));
    if series.name.trim().is_empty() || words.any(|word| word.trim().is_empty()) {
        return Err(CatalogueProblem::Blank(number));
    }
    if titles.is_empty() {
        return Err(CatalogueProblem::NoTitle(number));
    }
    let mut seen = BTreeSet::new();
    match titles.into_iter().find(|title| !seen.insert(*title)) {
        Some(title) => Err(CatalogueProblem::TitleTwice {
            number,
            title: title.to_owned(),
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
