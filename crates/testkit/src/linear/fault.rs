use uuid::Uuid;

/// One thing that no order of the calls explains. Calls are named by client, number and node.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The log has a hole or an event twice.
    #[error("position {due} is due in the log, and {found} stands there")]
    Gap {
        /// What is due.
        due: u64,
        /// What stands there.
        found: u64,
    },
    /// A stream has a hole or an event twice.
    #[error("at position {position} the stream's version {due} is due, and {found} stands there")]
    VersionGap {
        /// Where.
        position: u64,
        /// What is due.
        due: u64,
        /// What stands there.
        found: u64,
    },
    /// An accepted command does not stand in the log.
    #[error("{call}: command {command} was accepted and is not in the log")]
    Lost {
        /// The call.
        call: String,
        /// The command.
        command: Uuid,
    },
    /// A command stands in the log more than once.
    #[error("command {command} stands more than once, at positions {first} and {again}")]
    Twice {
        /// The command.
        command: Uuid,
        /// Its first event.
        first: u64,
        /// The first event of another run.
        again: u64,
    },
    /// An accepted command stands somewhere else than it was told.
    #[error("{call}: told position {told}, stands at {stands}")]
    Elsewhere {
        /// The call.
        call: String,
        /// What was answered.
        told: u64,
        /// What is true.
        stands: u64,
    },
    /// The answer names other events or another version than the log.
    #[error("{call}: the answer is not what the log holds: {what}")]
    WrongAnswer {
        /// The call.
        call: String,
        /// The difference.
        what: String,
    },
    /// Something that was asked later stands lower.
    #[error("{later} stands at position {stands}, and {seen} was answered before it was asked")]
    Inverted {
        /// What was asked later.
        later: String,
        /// Where it stands.
        stands: u64,
        /// What had been answered already.
        seen: u64,
    },
    /// What stands is not what the rules decide on the log below it.
    #[error("position {position}: replaying the log decides otherwise: {what}")]
    NotDecided {
        /// Its first event.
        position: u64,
        /// The difference.
        what: String,
    },
    /// What stands was asked for by nobody.
    #[error("position {position}: nobody asked for {name}")]
    Unasked {
        /// Where.
        position: u64,
        /// The command's name.
        name: String,
    },
    /// A refusal that no moment between call and answer explains.
    #[error("{call}: refused as {code}, and from position {from} to {to} the rules never say so")]
    WrongRefusal {
        /// The call.
        call: String,
        /// The code.
        code: String,
        /// The head known when it was asked.
        from: u64,
        /// The head at its answer, at most.
        to: u64,
    },
    /// A command that was refused for good stands in the log.
    #[error("{call}: command {command} was refused and stands at position {position}")]
    RefusedAndStands {
        /// The call.
        call: String,
        /// The command.
        command: Uuid,
        /// Where it stands.
        position: u64,
    },
    /// A page is older than asked for, or than what its node had said was visible.
    #[error("{call}: shows position {shown}, asked for at least {due}")]
    Stale {
        /// The call.
        call: String,
        /// What it shows.
        shown: u64,
        /// What it must have seen.
        due: u64,
    },
    /// A client saw less than it had seen on the same node.
    #[error("{call}: shows position {shown}, the client had seen {before} on this node")]
    WentBack {
        /// The call.
        call: String,
        /// What it shows.
        shown: u64,
        /// What the page before showed.
        before: u64,
    },
    /// A page shows something else than the log up to its position.
    #[error("{call}: the page is not that of position {position}: {what}")]
    WrongPage {
        /// The call.
        call: String,
        /// What it says it shows.
        position: u64,
        /// The first difference.
        what: String,
    },
}
