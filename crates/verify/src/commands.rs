//! Which command stored which events: the columns beside an event, against its metadata.

use crate::event::Told;
use docket_store::StoredCommand;
use std::collections::HashSet;
use uuid::Uuid;

/// An append whose first events were seen.
pub(crate) struct Append {
    command: Uuid,
    /// How many of its events are still to come.
    left: i64,
    /// The sealed parts of its events so far, hashed. An event that was copied within its append opens
    /// as the one it was copied from does.
    sealed: HashSet<[u8; 32]>,
}

impl Append {
    /// Before the first one.
    pub(crate) fn none() -> Self {
        Self::of(Uuid::nil(), 0)
    }

    fn of(command: Uuid, left: i64) -> Self {
        Self {
            command,
            left,
            sealed: HashSet::new(),
        }
    }

    /// Whether events of it are still to come.
    pub(crate) fn is_cut(&self) -> bool {
        self.left > 0
    }

    /// Whether no event of it had this sealed part before.
    pub(crate) fn is_new(&mut self, sealed: [u8; 32]) -> bool {
        self.sealed.insert(sealed)
    }
}

/// Takes the next event, and says what is wrong with its columns. `append` is what the event may belong
/// to; nothing is known of it behind a gap, until the next one begins.
pub(crate) fn follow(
    append: &mut Option<Append>,
    told: &Told,
    stored: Option<&StoredCommand>,
) -> Result<(), &'static str> {
    let names_other = |command| told.command.is_some_and(|told| told != command);
    match stored {
        Some(StoredCommand {
            id: Some(id),
            size: Some(size),
            ..
        }) if *size > 0 => {
            let cut = append.as_ref().is_some_and(Append::is_cut);
            *append = Some(Append::of(*id, size - 1));
            if names_other(*id) {
                return Err("its column command is not the command that its metadata names");
            }
            if cut {
                return Err(
                    "it begins an append inside another: command_size of that one is wrong",
                );
            }
        }
        Some(_) => {
            *append = None;
            return Err("its columns command and command_size do not belong together");
        }
        None => match append {
            Some(append) if append.left > 0 => {
                append.left -= 1;
                if names_other(append.command) {
                    return Err(
                        "it stands in the append of another command than its metadata names",
                    );
                }
            }
            Some(_) => {
                return Err(
                    "no append covers it: its column command was emptied, or command_size of the append before is wrong",
                );
            }
            None => {}
        },
    }
    Ok(())
}
