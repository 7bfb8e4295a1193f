use std::collections::BTreeMap;

use crate::time::Day;

use super::{CalendarYear, DayKind};

/// What is wrong with a line of a holiday file, lines counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CsvProblem {
    /// Not two columns.
    #[error("line {line}: expected `date,kind` such as `2026-10-01,off`, found `{found}`")]
    Columns {
        /// The line.
        line: usize,
        /// What stands there.
        found: String,
    },
    /// The first column is no date.
    #[error("line {line}: `{found}` is no date written yyyy-mm-dd")]
    Date {
        /// The line.
        line: usize,
        /// What stands there.
        found: String,
    },
    /// The second column is neither `off` nor `work`.
    #[error("line {line}: `{found}` is neither `off` nor `work`")]
    Kind {
        /// The line.
        line: usize,
        /// What stands there.
        found: String,
    },
    /// The day stands on an earlier line too.
    #[error("line {line}: {day} stands on line {first_line} already")]
    Duplicate {
        /// The line.
        line: usize,
        /// The day.
        day: Day,
        /// The line on which it stands first.
        first_line: usize,
    },
    /// Not one day in the whole file.
    #[error("the file names no day; each line is `date,kind` such as `2026-10-01,off`")]
    Empty,
}

/// Reads `date,kind` lines into one calendar per year, in order of years.
///
/// The header line is optional; empty lines and lines that begin with `#` are skipped.
///
/// # Errors
/// The first [`CsvProblem`], with its line.
pub fn parse_csv(text: &str) -> Result<Vec<CalendarYear>, CsvProblem> {
    let mut days: BTreeMap<Day, (DayKind, usize)> = BTreeMap::new();
    for (line, row) in rows(text) {
        let (day, kind) = parse_row(line, row)?;
        if let Some((_, first_line)) = days.insert(day, (kind, line)) {
            return Err(CsvProblem::Duplicate {
                line,
                day,
                first_line,
            });
        }
    }
    let mut years: BTreeMap<i32, Vec<(Day, DayKind)>> = BTreeMap::new();
    for (day, (kind, _)) in days {
        years.entry(day.year()).or_default().push((day, kind));
    }
    if years.is_empty() {
        return Err(CsvProblem::Empty);
    }
    Ok(years
        .into_iter()
        .map(|(year, days)| CalendarYear { year, days })
        .collect())
}

fn rows(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.trim_start_matches('\u{feff}')
        .lines()
        .enumerate()
        .map(|(index, row)| (index + 1, row.trim()))
        .filter(|(line, row)| {
            let header = *line == 1 && row.split(',').map(str::trim).eq(["date", "kind"]);
            !header && !row.is_empty() && !row.starts_with('#')
        })
}

fn parse_row(line: usize, row: &str) -> Result<(Day, DayKind), CsvProblem> {
    let columns: Vec<&str> = row.split(',').map(str::trim).collect();
    let [date, kind] = columns[..] else {
        return Err(CsvProblem::Columns {
            line,
            found: row.to_owned(),
        });
    };
    let day = Day::parse(date).map_err(|_| CsvProblem::Date {
        line,
        found: date.to_owned(),
    })?;
    let kind = match kind {
        "off" => DayKind::Off,
        "work" => DayKind::Work,
        _ => {
            return Err(CsvProblem::Kind {
                line,
                found: kind.to_owned(),
            });
        }
    };
    Ok((day, kind))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn problem(text: &str) -> String {
        parse_csv(text).unwrap_err().to_string()
    }

    #[test]
    fn a_file_may_hold_several_years_in_any_order_with_or_without_header() {
        let years =
            parse_csv("\u{feff}2027-01-02,work\r\n\r\n# note\r\n2026-12-31, off\r\n").unwrap();
        let numbers: Vec<i32> = years.iter().map(CalendarYear::year).collect();
        assert_eq!(numbers, [2026, 2027]);
        assert_eq!(
            years[0].days(),
            [(Day::parse("2026-12-31").unwrap(), DayKind::Off)]
        );
        assert_eq!(parse_csv("date,kind\n2027-01-01,off").unwrap().len(), 1);
    }

    #[test]
    fn every_problem_names_its_line() {
        let columns = "line 2: expected `date,kind` such as `2026-10-01,off`, found `2026-10-01`";
        assert_eq!(problem("date,kind\n2026-10-01"), columns);
        assert_eq!(
            problem("date,kind\n\n2026-02-30,off"),
            "line 3: `2026-02-30` is no date written yyyy-mm-dd"
        );
        assert_eq!(
            problem("2026-10-01,holiday"),
            "line 1: `holiday` is neither `off` nor `work`"
        );
        assert_eq!(
            problem("date,kind\n2026-10-01,off\n2026-10-01,work"),
            "line 3: 2026-10-01 stands on line 2 already"
        );
        assert!(problem("date,kind\n").starts_with("the file names no day"));
    }
}
