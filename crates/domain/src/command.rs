//! Every command of the system.

use crate::administration::AdminCommand;
use crate::decision::Decision;
use crate::declaration::DeclarationCommand;
use crate::facts::Facts;
use crate::refusal::Refusal;
use crate::stream::Stream;
use crate::{DeclarationId, declaration};

/// What can be asked of the system.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Something asked of one declaration.
    Declaration {
        /// Which one.
        id: DeclarationId,
        /// What.
        command: DeclarationCommand,
    },
    /// Something asked of what stands around declarations: accounts, units, plans, tables.
    Administration(AdminCommand),
}

impl Command {
    /// Its name in metadata and audit entries.
    pub fn name(&self) -> &'static str {
        match self {
            Command::Declaration { command, .. } => command.name(),
            Command::Administration(command) => command.name(),
        }
    }

    /// The stream it is about.
    pub fn subject(&self) -> Stream {
        match self {
            Command::Declaration { id, .. } => Stream::declaration(*id),
            Command::Administration(command) => command.subject(),
        }
    }
}

/// Answers a command: what happened, or why not. Changes nothing by itself.
///
/// # Errors
/// The first failing check, in the order of §13A.8.
pub fn decide(command: &Command, facts: &Facts) -> Result<Decision, Refusal> {
    match command {
        Command::Declaration { id, command } => declaration::decide::decide(*id, command, facts),
        Command::Administration(command) => crate::administration::decide(command, facts),
    }
}
