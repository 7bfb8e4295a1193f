use crate::walk::Walk;
use crate::world::Executed;
use docket_domain::declaration::{Declaration, DeclarationCommand};
use docket_domain::refusal::{Code, Refusal, Warning};
use docket_domain::time::Instant;
use docket_domain::{Actor, Command};

/// A spec's beginning: what has happened to a declaration.
pub fn given(history: Walk) -> Given {
    Given { walk: history }
}

/// The history stands; a command may be asked.
#[derive(Debug, Clone)]
pub struct Given {
    walk: Walk,
}

/// The command was answered; the answer must be looked at.
#[derive(Debug)]
#[must_use = "a spec without `then` shows nothing"]
pub struct When {
    walk: Walk,
    command: &'static str,
    before: Declaration,
    answer: Result<Executed, Refusal>,
}

/// The answer was as expected; the state may be looked at.
#[derive(Debug)]
pub struct Then {
    walk: Walk,
}

impl Given {
    /// Asks a command of the declaration.
    pub fn when(self, actor: Actor, command: DeclarationCommand, at: Instant) -> When {
        self.when_seen(actor, command, at, None)
    }

    /// The same from a client that saw a version.
    pub fn when_seen(
        self,
        actor: Actor,
        command: DeclarationCommand,
        at: Instant,
        version: Option<u64>,
    ) -> When {
        let mut walk = self.walk;
        let before = walk.state().clone();
        let name = command.name();
        let answer = walk.world.execute_at(
            actor,
            &Command::Declaration {
                id: walk.id,
                command,
            },
            at,
            version,
        );
        When {
            walk,
            command: name,
            before,
            answer,
        }
    }
}

impl When {
    /// Exactly these events stand on the declaration's stream now.
    pub fn then(self, kinds: &[&str]) -> Then {
        match &self.answer {
            Ok(executed) => assert_eq!(
                executed.kinds_on(&self.before.stream()),
                kinds,
                "{}",
                self.command
            ),
            Err(refusal) => panic!("{} was refused: {refusal:?}", self.command),
        }
        Then { walk: self.walk }
    }

    /// The same, with exactly these warnings.
    pub fn then_warned(self, kinds: &[&str], warnings: &[Warning]) -> Then {
        let given = self
            .answer
            .as_ref()
            .map(|executed| executed.warnings.clone())
            .unwrap_or_default();
        assert_eq!(given, warnings, "{}", self.command);
        self.then(kinds)
    }

    /// Refused with this code, and nothing changed.
    pub fn then_refused(self, code: Code) -> Then {
        match &self.answer {
            Ok(executed) => panic!(
                "{} was accepted: {:?}",
                self.command,
                executed.kinds_on(&self.before.stream())
            ),
            Err(refusal) => assert_eq!(refusal.code, code, "{}", self.command),
        }
        assert_eq!(*self.walk.state(), self.before, "a refusal changes nothing");
        Then { walk: self.walk }
    }

    /// Refused with this code because of this field.
    pub fn then_refused_for(self, code: Code, field: &str) -> Then {
        let named = self
            .answer
            .as_ref()
            .err()
            .and_then(|refusal| refusal.field.clone());
        assert_eq!(named.as_deref(), Some(field), "{}", self.command);
        self.then_refused(code)
    }
}

impl Then {
    /// Looks at what stands now.
    pub fn and(self, look: impl FnOnce(&Walk)) -> Self {
        look(&self.walk);
        self
    }

    /// Goes on from here.
    pub fn walk(self) -> Walk {
        self.walk
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_domain::Kind;

    fn asked(command: DeclarationCommand) -> When {
        let walk = Walk::draft(Kind::Review);
        let (actor, at) = (walk.person(), walk.at);
        given(walk).when(actor, command, at)
    }

    #[test]
    fn the_right_answer_passes() {
        asked(DeclarationCommand::Delete).then(&["DraftDeleted"]);
        asked(DeclarationCommand::Submit).then_refused(Code::Incomplete);
    }

    #[test]
    #[should_panic(expected = "delete")]
    fn another_event_than_expected_fails() {
        asked(DeclarationCommand::Delete).then(&["Submitted"]);
    }

    #[test]
    #[should_panic(expected = "submit was refused")]
    fn a_refusal_where_events_are_expected_fails() {
        asked(DeclarationCommand::Submit).then(&["Submitted"]);
    }

    #[test]
    #[should_panic(expected = "delete was accepted")]
    fn events_where_a_refusal_is_expected_fail() {
        asked(DeclarationCommand::Delete).then_refused(Code::WrongState);
    }

    #[test]
    #[should_panic(expected = "submit")]
    fn another_refusal_than_expected_fails() {
        asked(DeclarationCommand::Submit).then_refused(Code::YearLocked);
    }
}
