use crate::forms::complete_sections;
use crate::seed::Seed;
use crate::world::{Executed, World};
use docket_domain::declaration::{
    Ballot, CreateDraft, Declaration, DeclarationCommand, Details, Publicity, ReportForm, ReturnTo,
    Title,
};
use docket_domain::refusal::{Code, Refusal};
use docket_domain::time::{Day, Instant};
use docket_domain::vocabulary::{StepType, Tab};
use docket_domain::{Acting, Actor, Command, DeclarationId, Facts, Kind, PersonId, UnitId};
use uuid::Uuid;

/// An instant from `yyyy-mm-dd hh:mm` or `…:ss` in Asia/Shanghai.
pub fn instant(text: &str) -> Instant {
    let seconds = if text.len() == 16 { ":00" } else { "" };
    let text = format!("{}{seconds}+08:00", text.replace(' ', "T"));
    Instant::parse(&text).expect("a spec names an instant")
}

/// A report dialog filled in rightly.
pub fn report_form(to: UnitId, publicity: Option<Publicity>) -> ReportForm {
    ReportForm {
        target: Some(to),
        responsible_person: "周文博".to_owned(),
        phone: "023-60000000".to_owned(),
        opinion: "同意推荐".to_owned(),
        publicity,
        needs_interview: None,
    }
}

/// One declaration on its way: every method in the past tense is a command that must succeed, at
/// [`Self::at`], which moves on by a minute each time.
#[derive(Debug, Clone)]
pub struct Walk {
    /// Where it happens.
    pub world: World,
    /// The declaration.
    pub id: DeclarationId,
    /// The applicant.
    pub applicant: PersonId,
    /// The instant of the next command.
    pub at: Instant,
    seed: Seed,
}

impl Walk {
    /// A draft of the first applicant at [`Cast::school`](crate::Cast::school): 评审 by
    /// [`Cast::committee`](crate::Cast::committee), 初定 and 确认 at
    /// [`Cast::accepting`](crate::Cast::accepting). It is 2025-09-01 09:00.
    pub fn draft(kind: Kind) -> Self {
        let world = World::demo_like();
        let unit = world.cast.school.id;
        Self::draft_at(world, kind, unit)
    }

    /// The same at another work unit, in a world that may have a history.
    pub fn draft_at(world: World, kind: Kind, work_unit: UnitId) -> Self {
        let target = match kind {
            Kind::Review => world.cast.committee.0,
            Kind::Initial => world.cast.accepting_settings[0].0,
            Kind::Confirmation => world.cast.accepting_settings[1].0,
        };
        Self::draft_to(world, kind, target, work_unit)
    }

    /// The same to a chosen target.
    pub fn draft_to(world: World, kind: Kind, target: Uuid, work_unit: UnitId) -> Self {
        let mut walk = Self::before(world);
        let draft = walk.choice(kind, target, work_unit);
        walk.created(draft)
    }

    /// Nothing yet.
    pub fn before(world: World) -> Self {
        let applicant = world.cast.applicants[0];
        let id = DeclarationId(Uuid::nil());
        Self {
            world,
            id,
            applicant,
            at: instant("2025-09-01 09:00"),
            seed: Seed::new(1),
        }
    }

    /// The wizard's first page filled in rightly.
    pub fn choice(&mut self, kind: Kind, target: Uuid, work_unit: UnitId) -> CreateDraft {
        let title = Title {
            series: "中小学教师".to_owned(),
            title: "一级教师".to_owned(),
        };
        let details = Details {
            specialty: "语文".to_owned(),
            ..Details::default()
        };
        CreateDraft {
            number: format!("20250901{:04}", self.world.log().len() % 10_000),
            kind,
            target,
            title,
            details,
            work_unit,
            pledge: true,
        }
    }

    /// Makes a further draft of the applicant and goes on with that one.
    pub fn created(mut self, draft: CreateDraft) -> Self {
        self.created_if(draft).expect("the draft can be made");
        self
    }

    /// Tries to make a further draft; goes on with that one if it is made.
    ///
    /// # Errors
    /// The refusal.
    pub fn created_if(&mut self, draft: CreateDraft) -> Result<Executed, Refusal> {
        let world_size = u64::try_from(self.world.log().len()).expect("a log is not that long");
        self.seed = Seed::new(world_size);
        let id = DeclarationId(self.seed.id());
        let command = Command::Declaration {
            id,
            command: DeclarationCommand::Create(Box::new(draft)),
        };
        let executed = self
            .world
            .execute(Actor::applicant(self.applicant), &command, self.at)?;
        self.id = id;
        self.tick();
        Ok(executed)
    }

    /// Moves the clock.
    pub fn on(mut self, at: &str) -> Self {
        self.at = instant(at);
        self
    }

    /// Lets another person be the applicant of what follows.
    pub fn by(mut self, applicant: PersonId) -> Self {
        self.applicant = applicant;
        self
    }

    /// Runs a command that must succeed.
    pub fn done(mut self, actor: Actor, command: DeclarationCommand) -> Self {
        let name = command.name();
        if let Err(refusal) = self.attempt(actor, command) {
            panic!("{name} was refused: {refusal:?}");
        }
        self
    }

    /// Changes the world in between.
    pub fn with(mut self, change: impl FnOnce(&mut World, Instant)) -> Self {
        change(&mut self.world, self.at);
        self.tick();
        self
    }

    /// Tries a command; the clock moves on when it succeeds.
    ///
    /// # Errors
    /// The refusal.
    pub fn attempt(
        &mut self,
        actor: Actor,
        command: DeclarationCommand,
    ) -> Result<Executed, Refusal> {
        let executed = self.world.execute(
            actor,
            &Command::Declaration {
                id: self.id,
                command,
            },
            self.at,
        )?;
        self.tick();
        Ok(executed)
    }

    /// The code with which a command is refused now, if it is; nothing changes.
    pub fn refusal(&self, actor: Actor, command: DeclarationCommand) -> Option<Code> {
        let command = Command::Declaration {
            id: self.id,
            command,
        };
        self.world
            .decide(actor, &command, self.at)
            .err()
            .map(|refusal| refusal.code)
    }

    fn tick(&mut self) {
        self.at = self.at.plus_micros(60_000_000);
    }

    /// The applicant as an actor.
    pub fn person(&self) -> Actor {
        Actor::applicant(self.applicant)
    }

    /// 保存 of every section a submission needs.
    pub fn filled(self) -> Self {
        self.edited("")
    }

    /// 保存 of every section with content of its own.
    pub fn edited(mut self, mark: &str) -> Self {
        let declaration = self.state();
        let facts = self.world.facts(self.person(), self.at);
        let target = declaration.target;
        let requirements = self
            .world
            .ask(&mut { facts }, |facts| facts.requirements(&target));
        for section in complete_sections(declaration.kind, &requirements, mark) {
            let person = self.person();
            self = self.done(person, DeclarationCommand::SaveSection(Box::new(section)));
        }
        self
    }

    /// 保存 of what is needed, and 提交.
    pub fn submitted(self) -> Self {
        self.filled().resubmitted()
    }

    /// 再次提交, or 提交 of a draft that is complete.
    pub fn resubmitted(self) -> Self {
        let person = self.person();
        self.done(person, DeclarationCommand::Submit)
    }

    /// 签收
    pub fn signed(self, actor: Actor) -> Self {
        self.done(actor, DeclarationCommand::Sign)
    }

    /// 审核通过并公示
    pub fn publicized(self, actor: Actor) -> Self {
        self.done(actor, DeclarationCommand::ApproveAndPublicize(None))
    }

    /// 报送, by the work unit after waiting for the end of five working days.
    pub fn reported(mut self, actor: Actor, to: UnitId) -> Self {
        let publicity = self.publicity();
        if let Some(publicity) = publicity.filter(|publicity| publicity.end >= self.at.day()) {
            self.at = publicity.end.next().start().plus_micros(9 * 3_600_000_000);
        }
        self.done(
            actor,
            DeclarationCommand::Report(report_form(to, publicity)),
        )
    }

    /// The shortest 公示时间 that will do, if the open step is the work unit's.
    pub fn publicity(&self) -> Option<Publicity> {
        let declaration = self.state();
        declaration
            .open_step()
            .filter(|step| step.step_type == StepType::WorkUnit)?;
        let start = declaration.publicity_from.unwrap_or(self.at.day());
        Some(self.range_from(start))
    }

    fn range_from(&self, start: Day) -> Publicity {
        Publicity {
            start,
            end: self
                .world
                .publicity_end(start)
                .expect("the calendar has the year"),
        }
    }

    /// 撤回报送
    pub fn withdrawn(self, actor: Actor) -> Self {
        self.done(actor, DeclarationCommand::Withdraw)
    }

    /// 退回申报 to the applicant.
    pub fn handed_back(self, actor: Actor) -> Self {
        self.returned(actor, ReturnTo::Applicant)
    }

    /// 退回申报
    pub fn returned(self, actor: Actor, to: ReturnTo) -> Self {
        self.done(
            actor,
            DeclarationCommand::Return {
                to: Some(to),
                reason: "材料不清晰".to_owned(),
            },
        )
    }

    /// 终止申报
    pub fn terminated(self, actor: Actor) -> Self {
        self.done(
            actor,
            DeclarationCommand::Terminate {
                reason: "不符合基本条件".to_owned(),
            },
        )
    }

    /// 变更办理人
    pub fn reassigned(self, actor: Actor) -> Self {
        self.done(actor, DeclarationCommand::Reassign)
    }

    /// 审核通过
    pub fn approved(self, actor: Actor) -> Self {
        self.done(
            actor,
            DeclarationCommand::Approve {
                opinion: String::new(),
            },
        )
    }

    /// 受理通过
    pub fn accepted(self, actor: Actor) -> Self {
        self.done(actor, DeclarationCommand::Accept)
    }

    /// 评审结论
    pub fn concluded(self, actor: Actor, passed: bool) -> Self {
        self.done(
            actor,
            DeclarationCommand::Conclude {
                passed: Some(passed),
                ballot: Ballot::default(),
                opinion: String::new(),
            },
        )
    }

    /// The declaration as it stands.
    pub fn state(&self) -> &Declaration {
        self.world
            .declaration(self.id)
            .expect("the walk has a declaration")
    }

    /// The tab of a unit's row, none without a row.
    pub fn tab(&self, unit: UnitId) -> Option<Tab> {
        self.state()
            .step_shown_to(unit)
            .map(|step| step.state.tab())
    }

    /// 办理人 of a unit's row.
    pub fn handler(&self, unit: UnitId) -> Option<PersonId> {
        self.state()
            .step_shown_to(unit)
            .and_then(|step| step.handler)
    }

    /// What the applicant reads as 状态.
    pub fn status_text(&self) -> String {
        let declaration = self.state();
        let open = declaration
            .open_step()
            .map(|step| (step.step_type, step.state));
        let definition = self.world.definition(declaration.kind);
        definition
            .applicant_status(declaration.status, open, declaration.outcome)
            .to_owned()
    }

    /// Types of the declaration's events.
    pub fn kinds(&self) -> Vec<&'static str> {
        let stream = self.state().stream();
        let own = self
            .world
            .log()
            .iter()
            .filter(|recorded| recorded.stream == stream);
        own.map(|recorded| recorded.envelope.event.kind()).collect()
    }

    /// Facts as an actor's question now would see them, asked until they are whole.
    pub fn ask<T>(&self, actor: Actor, question: impl Fn(&Declaration, &Facts) -> T) -> T {
        let mut facts = self.world.facts(actor, self.at);
        let id = self.id;
        let answer = self.world.ask(&mut facts, |facts| {
            facts.declaration(id).map(|found| question(found, facts))
        });
        answer.expect("the walk has a declaration")
    }

    /// The unit an actor acts for.
    pub fn unit_of(actor: &Actor) -> Option<UnitId> {
        match actor.acting {
            Acting::Unit(unit) => Some(unit),
            _ => None,
        }
    }
}
