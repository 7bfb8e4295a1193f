use super::moment::Moment;
use super::portrait::{Difference, Portrait};
use super::{Masks, labels};
use docket_codec::{CommandStamp, Content, DefinitionStamp, Opened, ReadError, hash_from_hex};
use docket_domain::declaration::{Declaration, Particulars, Publicity, Toward};
use docket_domain::time::Instant;
use docket_domain::{Event, PersonId, Role, Stream, UnitId};
use docket_engine::{Engine, client_of};
use serde::Serialize;

/// One event of the history.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Turn {
    /// Version in the declaration's stream.
    pub version: u64,
    /// Position in the log.
    pub position: u64,
    /// When it was decided.
    pub at: Instant,
    /// Event type.
    pub event: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// Who acted, and for which unit, in words.
    pub who: String,
    /// Who acted.
    pub author: Author,
    /// The client's address, of any event of the command.
    pub client: Option<String>,
    /// The command behind it.
    pub command: CommandStamp,
    /// Ties together all that one request caused.
    pub correlation: Option<String>,
    /// Position of the event that a reactor answered.
    pub causation: Option<u64>,
    /// The workflow definition that the decision used.
    pub definition: Option<DefinitionStamp>,
    /// Version of the rules that decided.
    pub rules: u32,
    /// What it says beside what it changed.
    #[serde(flatten)]
    pub said: Said,
    /// Whether its personal half was erased.
    pub erased: bool,
    /// What it says and is not shown.
    pub withheld: Vec<&'static str>,
    /// Where the declaration stood before.
    pub before: String,
    /// Where it stands after.
    pub after: String,
    /// The deadline of the step that waits then, as it was then.
    pub deadline: Option<Instant>,
    /// What changed.
    pub changes: Vec<Difference>,
}

/// Who acted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Author {
    /// The account; none for Docket itself.
    pub person: Option<PersonId>,
    /// The name as it was frozen, masked or not; none once erased.
    pub name: Option<String>,
    /// In what capacity.
    pub role: Role,
    /// The unit acted for.
    pub unit: Option<UnitId>,
    /// Its name at that moment.
    pub unit_name: Option<String>,
    /// Whom the actor acted for, if for another person.
    pub on_behalf_of: Option<PersonId>,
}

/// What an event says beside what it changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Said {
    /// The section that was saved.
    pub section: Option<String>,
    /// What has become of the section's text.
    pub text: Option<TextState>,
    /// Whom it went to, or from whom it was taken back.
    pub target: Option<String>,
    /// 退回原因 or 终止原因
    pub reason: Option<String>,
    /// 推荐意见, 审核意见 or 评审意见
    pub opinion: Option<String>,
    /// 负责人
    pub responsible_person: Option<String>,
    /// 联系电话
    pub phone: Option<String>,
    /// 公示时间
    pub publicity: Option<Publicity>,
    /// 是否需要面试
    pub needs_interview: Option<bool>,
    /// 评审通过 or 评审未通过.
    pub passed: Option<bool>,
    /// Who handled the step before a change of handler.
    pub handler_before: Option<String>,
}

/// What has become of a saved text, as the log proves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TextState {
    /// It is there.
    Plain,
    /// An event of the declaration erased it.
    Erased,
    /// It was collected after a later save took its place.
    Superseded,
    /// It is gone or is not what was saved, and no event says why.
    Missing,
}

/// What has become of the text that an event saved; none for an event that saved none.
pub async fn text_of(
    engine: &Engine,
    stream: &Stream,
    opened: &Opened,
) -> anyhow::Result<Option<TextState>> {
    let Event::SectionSaved(saved) = &opened.envelope.event else {
        return Ok(None);
    };
    let Some(hash) = hash_from_hex(&saved.document) else {
        return Ok(Some(TextState::Missing));
    };
    match engine.reader().document(stream, &hash).await {
        Ok(Content::Plain(_)) => Ok(Some(TextState::Plain)),
        Ok(Content::Erased) => Ok(Some(TextState::Erased)),
        Ok(Content::Superseded) => Ok(Some(TextState::Superseded)),
        Err(ReadError::Corrupt { .. }) => Ok(Some(TextState::Missing)),
        Err(error) => Err(error.into()),
    }
}

impl Turn {
    /// An event between two states, told with the names and deadlines of its moment.
    pub fn of(
        history: &[Opened],
        opened: &Opened,
        before: Option<&Declaration>,
        after: &Declaration,
        moment: &Moment,
        text: Option<TextState>,
    ) -> Self {
        let (envelope, metadata) = (&opened.envelope, &opened.metadata);
        let (old, new) = (
            Portrait::of(before, moment),
            Portrait::of(Some(after), moment),
        );
        let author = author(opened, after, moment);
        let mut turn = Turn {
            version: envelope.version,
            position: envelope.position,
            at: envelope.at,
            event: envelope.event.kind(),
            label: envelope.event.label(),
            who: labels::who(&author),
            author,
            client: client_of(history, opened).map(str::to_owned),
            command: metadata.command.clone(),
            correlation: metadata.correlation.clone(),
            causation: metadata.causation,
            definition: metadata.definition.clone(),
            rules: metadata.rules,
            said: said(&envelope.event, after, moment, text),
            erased: opened.erased,
            withheld: Vec::new(),
            changes: old.differences(&new),
            before: old.standing,
            after: new.standing,
            deadline: after.open_step().and_then(|step| moment.deadline(step)),
        };
        if moment.masks == Masks::On {
            turn.withhold();
        }
        turn
    }

    /// Takes out what may name or describe anybody, and says that it did.
    fn withhold(&mut self) {
        let said = &mut self.said;
        let texts = [
            ("reason", &mut said.reason),
            ("opinion", &mut said.opinion),
            ("responsible_person", &mut said.responsible_person),
            ("phone", &mut said.phone),
            ("client", &mut self.client),
        ];
        let taken = texts
            .into_iter()
            .filter_map(|(name, text)| text.take().map(|_| name));
        self.withheld = taken.collect();
    }
}

fn author(opened: &Opened, after: &Declaration, moment: &Moment) -> Author {
    let author = &opened.envelope.author;
    Author {
        person: author.person,
        name: author
            .person
            .and_then(|person| moment.person(after, person)),
        role: author.role,
        unit: author.unit,
        unit_name: author.unit.map(|unit| moment.unit(unit)),
        on_behalf_of: opened.metadata.on_behalf_of,
    }
}

fn said(event: &Event, after: &Declaration, moment: &Moment, text: Option<TextState>) -> Said {
    let told = Particulars::of(event);
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let person = |person| {
        moment
            .person(after, person)
            .unwrap_or_else(|| labels::ERASED.to_owned())
    };
    Said {
        section: owned(told.section),
        text,
        target: told.target.map(|target| match target {
            Toward::Applicant => Role::Applicant.label().to_owned(),
            Toward::Unit(unit) => moment.unit(unit),
            Toward::Person(handler) => person(handler),
        }),
        reason: owned(told.reason),
        opinion: owned(told.opinion),
        responsible_person: owned(told.responsible_person),
        phone: owned(told.phone),
        publicity: told.publicity,
        needs_interview: told.needs_interview,
        passed: told.passed,
        handler_before: told.handler_before.map(person),
    }
}

impl Turn {
    /// What the event says beside what it changed, each with its name. What is withheld or erased
    /// is named as such.
    pub fn sentences(&self) -> Vec<(&'static str, String)> {
        let said = &self.said;
        let mut sentences = Vec::new();
        let mut tell = |label, value: Option<String>| {
            if let Some(value) = value {
                sentences.push((label, value));
            }
        };
        // A text that is there needs no word.
        let gone = said.text.filter(|text| *text != TextState::Plain);
        tell("内容", gone.map(|text| labels::text_label(text).to_owned()));
        tell(labels::target_label(self.event), said.target.clone());
        tell("原办理人", said.handler_before.clone());
        for (label, name, value) in [
            (labels::reason_label(self.event), "reason", &said.reason),
            (labels::opinion_label(self.event), "opinion", &said.opinion),
            ("负责人", "responsible_person", &said.responsible_person),
            ("联系电话", "phone", &said.phone),
        ] {
            let withheld = self
                .withheld
                .contains(&name)
                .then(|| labels::WITHHELD.to_owned());
            tell(label, value.clone().or(withheld));
        }
        let days = said
            .publicity
            .map(|days| format!("{} 至 {}", days.start, days.end));
        tell("公示时间", days);
        let yes_or_no = |yes: bool| if yes { "是" } else { "否" }.to_owned();
        tell("是否需要面试", said.needs_interview.map(yes_or_no));
        tell("个人信息", self.erased.then(|| labels::ERASED.to_owned()));
        sentences
    }
}
