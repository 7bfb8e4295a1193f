//! Declarations and what happens to them: each course as orders at their instants.

use super::cast::{Cast, UnitCast};
use super::fixtures::{self, DeclarationRow};
use super::forms;
use super::ids;
use super::people::Human;
use super::seed::{Planned, Schedule};
use crate::clock::DEMO_START;
use docket_domain::calendar::HolidayCalendar;
use docket_domain::declaration::{
    Ballot, CreateDraft, DeclarationCommand, Details, Publicity, ReportForm, ReturnTo, SavedForm,
    Title,
};
use docket_domain::time::{Day, Instant};
use docket_domain::{Actor, Command, DeclarationId, Kind, PersonId, Requirement, UnitId};
use serde_json::Value;
use uuid::Uuid;

const MINUTE: i64 = 60_000_000;
/// The first declaration of a day begins five minutes after nine.
const FIRST_MINUTE: i64 = 5;
/// Minutes between two declarations, and between two steps of one on the same day.
const DECLARATION_MINUTES: i64 = 3;
const STEP_MINUTES: i64 = 20;
const PUBLICITY_WORKDAYS: u32 = 5;

/// Orders every declaration of the demo.
pub fn run(cast: &Cast, calendar: &HolidayCalendar, schedule: &mut Schedule) {
    let courses = fixtures::courses();
    for (index, row) in fixtures::declarations().iter().enumerate() {
        let steps = courses
            .get(&row.course)
            .expect("a spec reads the files in fixtures/demo");
        let mut telling = Telling::new(cast, calendar, row, index, schedule);
        for step in steps {
            telling.step(step).unwrap_or_else(|| {
                panic!("the course {} has the unreadable step `{step}`", row.course)
            });
        }
    }
}

/// The id of the declaration of a row.
pub fn declaration_id(index: usize, row: &DeclarationRow) -> DeclarationId {
    DeclarationId(ids::id(
        DEMO_START.plus_days(row.first_day),
        &format!("declaration {index}"),
    ))
}

/// What a unit is to the declaration, in a course.
enum Who<'a> {
    Applicant,
    Member(&'a UnitCast, PersonId),
}

/// One declaration's course while it is told.
struct Telling<'a> {
    cast: &'a Cast,
    calendar: &'a HolidayCalendar,
    row: &'a DeclarationRow,
    index: usize,
    id: DeclarationId,
    applicant: &'a Human,
    target: Uuid,
    terminal: UnitId,
    attachments: &'a [Requirement],
    schedule: &'a mut Schedule,
    day: i64,
    on_this_day: i64,
    serial: i64,
    publicity: Option<Publicity>,
}

impl<'a> Telling<'a> {
    fn new(
        cast: &'a Cast,
        calendar: &'a HolidayCalendar,
        row: &'a DeclarationRow,
        index: usize,
        schedule: &'a mut Schedule,
    ) -> Self {
        let choice = cast.choice(&row.target);
        Self {
            id: declaration_id(index, row),
            applicant: &cast.applicants[index],
            target: choice.target,
            terminal: choice.terminal,
            attachments: choice.attachments,
            cast,
            calendar,
            row,
            index,
            schedule,
            day: 0,
            on_this_day: 0,
            serial: 0,
            publicity: None,
        }
    }

    /// `day who action [argument]`.
    fn step(&mut self, text: &str) -> Option<()> {
        let words: Vec<&str> = text.split(' ').collect();
        let (day, who, action, argument) = match words[..] {
            [day, who, action] => (day, who, action, ""),
            [day, who, action, argument] => (day, who, action, argument),
            _ => return None,
        };
        let day: i64 = day.parse().ok()?;
        self.on_this_day = if day == self.day {
            self.on_this_day + 1
        } else {
            0
        };
        self.day = day;
        let who = self.who(who)?;
        let command = match action {
            "create" | "draft" | "fill_basic" | "edit" => return self.write(action),
            "sign" if self.signs_itself(&who) => return Some(()),
            "approve_and_publicize" => {
                self.publicize();
                DeclarationCommand::ApproveAndPublicize(None)
            }
            "report" => self.report(argument)?,
            "return" => self.send_back(argument)?,
            other => plain(other, argument)?,
        };
        self.order(action, &who, command);
        Some(())
    }

    fn who(&self, word: &str) -> Option<Who<'a>> {
        let unit = |word: &str| self.unit(word.trim_end_matches(['2', 'L']));
        Some(match word {
            "A" => Who::Applicant,
            word if word.ends_with('2') => Who::Member(unit(word)?, unit(word)?.second()),
            word if word.ends_with('L') => Who::Member(unit(word)?, unit(word)?.legal_user),
            word => Who::Member(unit(word)?, unit(word)?.first()),
        })
    }

    fn unit(&self, word: &str) -> Option<&'a UnitCast> {
        let cast = self.cast;
        match word {
            "W" => Some(cast.unit(&self.row.work_unit)),
            "S" => Some(cast.unit(&self.row.superior)),
            "X" => Some(cast.unit(&self.row.second_superior)),
            "T" => cast.units.iter().find(|unit| unit.id == self.terminal),
            _ => None,
        }
    }

    /// Where 签收 is off the system has signed already.
    fn signs_itself(&self, who: &Who<'_>) -> bool {
        matches!(who, Who::Member(unit, _) if !unit.row.sign_off)
    }

    fn write(&mut self, action: &str) -> Option<()> {
        let command = DeclarationCommand::Create(Box::new(self.create()));
        let remark = if action == "edit" {
            "已按退回意见补充。"
        } else {
            ""
        };
        let sections = forms::sections(self.row.kind, self.attachments, remark);
        let kept = match action {
            "create" => 0,
            "fill_basic" | "edit" => 1,
            _ => sections.len(),
        };
        if action == "create" || action == "draft" {
            self.order("create", &Who::Applicant, command);
        }
        for (code, body) in sections.into_iter().take(kept) {
            self.order(
                &format!("save {code}"),
                &Who::Applicant,
                DeclarationCommand::SaveSection(Box::new(form(code, body))),
            );
        }
        if action == "edit" {
            self.publicity = None;
        }
        Some(())
    }

    fn create(&self) -> CreateDraft {
        let (row, kind) = (self.row, self.row.kind);
        let of = |wanted, text: &str| (kind == wanted).then(|| text.to_owned());
        CreateDraft {
            number: ids::number(self.now(), &format!("declaration {}", self.index)),
            kind,
            target: self.target,
            title: Title {
                series: row.series.clone(),
                title: row.title.clone(),
            },
            details: Details {
                specialty: row.specialty.clone(),
                direction: String::new(),
                specialty_group: of(Kind::Review, &format!("{}组", row.specialty)),
                application_type: of(Kind::Review, "正常晋升"),
                original_title: of(Kind::Confirmation, &row.title),
                obtained_on: Day::from_ymd(2019, 12, 20).filter(|_| kind == Kind::Confirmation),
                valid_scope: of(Kind::Confirmation, "全市"),
            },
            work_unit: self.cast.unit(&row.work_unit).id,
            pledge: true,
        }
    }

    /// The range posted with this approval; unchanged content keeps its first range (A8).
    fn publicize(&mut self) {
        let start = self.now().day();
        let end = self
            .calendar
            .earliest_end(start, PUBLICITY_WORKDAYS)
            .expect("the calendar that ships covers 2026");
        self.publicity.get_or_insert(Publicity { start, end });
    }

    fn report(&self, to: &str) -> Option<DeclarationCommand> {
        let target = self.unit(to)?;
        Some(DeclarationCommand::Report(ReportForm {
            target: Some(target.id),
            responsible_person: "单位负责人".to_owned(),
            phone: "023-60000100".to_owned(),
            opinion: "材料属实，同意推荐。".to_owned(),
            publicity: self.publicity,
            needs_interview: Some(false),
        }))
    }

    fn send_back(&self, to: &str) -> Option<DeclarationCommand> {
        let to = match to {
            "applicant" => ReturnTo::Applicant,
            unit => ReturnTo::Unit(self.unit(unit)?.id),
        };
        Some(DeclarationCommand::Return {
            to: Some(to),
            reason: "业绩材料不完整，请补充后再报。".to_owned(),
        })
    }

    fn order(&mut self, what: &str, who: &Who<'_>, command: DeclarationCommand) {
        self.serial += 1;
        let actor = match who {
            Who::Applicant => Actor::applicant(self.applicant.id),
            Who::Member(unit, person) => Actor::of_unit(*person, unit.id),
        };
        let label = format!("declaration {} {} {what}", self.index, self.serial);
        let command = Command::Declaration {
            id: self.id,
            command,
        };
        self.schedule.add(Planned {
            at: self.now(),
            label,
            actor,
            command,
        });
    }

    /// The next instant of this declaration: seconds apart within a step.
    fn now(&self) -> Instant {
        let index = i64::try_from(self.index).unwrap_or(0);
        let minutes = FIRST_MINUTE + index * DECLARATION_MINUTES + self.on_this_day * STEP_MINUTES;
        let seconds = (index * 17) % 40 + self.serial % 20;
        let day = DEMO_START.plus_days(self.row.first_day + self.day);
        day.plus_micros(minutes * MINUTE + seconds * 1_000_000 + self.serial * 1_000)
    }
}

/// The actions that need nothing of the course.
fn plain(action: &str, argument: &str) -> Option<DeclarationCommand> {
    let opinion = "材料齐全，符合条件。".to_owned();
    Some(match action {
        "delete" => DeclarationCommand::Delete,
        "submit" => DeclarationCommand::Submit,
        "sign" => DeclarationCommand::Sign,
        "withdraw" => DeclarationCommand::Withdraw,
        "terminate" => DeclarationCommand::Terminate {
            reason: "不符合申报的基本条件。".to_owned(),
        },
        "reassign" => DeclarationCommand::Reassign,
        "approve" => DeclarationCommand::Approve { opinion },
        "accept" => DeclarationCommand::Accept,
        "conclude" => DeclarationCommand::Conclude {
            passed: Some(argument == "passed"),
            ballot: ballot(argument == "passed"),
            opinion: String::new(),
        },
        _ => return None,
    })
}

/// The votes of a meeting of eleven.
fn ballot(passed: bool) -> Ballot {
    let in_favour = if passed { 9 } else { 4 };
    Ballot {
        present: Some(11),
        in_favour: Some(in_favour),
        against: Some(10 - in_favour),
        abstained: Some(1),
    }
}

fn form(code: &str, body: Value) -> SavedForm {
    SavedForm {
        section: code.to_owned(),
        body,
        document: String::new(),
        bytes: 0,
        content: String::new(),
    }
}
