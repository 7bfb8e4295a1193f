//! Panics of projectors. A panic's message may quote a name, so only its place leaves this module.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// Where this thread panicked last.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs a function; a panic in it is answered with its place, as `file:line`.
pub(crate) fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    note_places();
    PLACE.take();
    catch_unwind(AssertUnwindSafe(run)).map_err(|_| {
        PLACE
            .take()
            .unwrap_or_else(|| "an unknown place".to_owned())
    })
}

/// Only a hook learns the place of a panic. It runs before the one that the process has set, and
/// changes nothing in what that one tells.
fn note_places() {
    static NOTED: Once = Once::new();
    NOTED.call_once(|| {
        let told = take_hook();
        set_hook(Box::new(move |panic| {
            PLACE.set(panic.location().map(place));
            told(panic);
        }));
    });
}

fn place(location: &Location<'_>) -> String {
    format!("{}:{}", source_file(location.file()), location.line())
}

/// A file by its crate's folder. The compiler names the files of dependencies by where they lay on
/// the machine that built the program.
fn source_file(path: &str) -> &str {
    let Some((folders, _)) = path.split_once("/src/").filter(|_| path.starts_with('/')) else {
        return path;
    };
    folders.rfind('/').map_or(path, |slash| &path[slash + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_by_its_place_and_never_by_its_message() {
        let (name, line) = ("张三", line!() + 1);
        let told = caught(|| assert!(name.is_empty(), "{name} has no step"));
        let place = format!("{}:{line}", file!());
        assert_eq!(told, Err(place));
        assert_eq!(caught(|| 7), Ok(7));
    }

    #[test]
    fn a_dependency_is_named_by_its_crate() {
        let file = "/home/builder/registry/index-1/chrono-0.4.40/src/offset/mod.rs";
        assert_eq!(source_file(file), "chrono-0.4.40/src/offset/mod.rs");
        let own = "projections/worklist/src/projector.rs";
        assert_eq!(source_file(own), own);
    }
}
