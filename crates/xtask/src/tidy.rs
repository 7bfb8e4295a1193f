//! What must hold of the tree and no compiler holds.

#![allow(clippy::print_stdout)] // a command line tool talks

mod commands;
mod edges;
mod events;
mod features;
mod layout;
mod length;
mod links;
mod scan;
mod terminal;
mod tree;
mod words;

pub use tree::{Dependency, Package, Tree};

use std::fmt;
use std::path::Path;

/// One thing that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Offence {
    /// The file, from the root.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl Offence {
    pub(crate) fn new(
        file: &str,
        line: usize,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            file: file.to_owned(),
            line,
            what: what.into(),
            remedy: remedy.into(),
        }
    }
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}\n    {}",
            self.file, self.line, self.what, self.remedy
        )
    }
}

type Check = fn(&Tree) -> Vec<Offence>;

/// Every check there is.
const CHECKS: &[Check] = &[
    edges::edges,
    edges::purity,
    layout::top_level,
    layout::same_statements,
    length::functions,
    length::files,
    words::unfinished,
    words::crate_docs,
    links::links,
    commands::commands,
    events::siblings,
    features::never_shipped,
    terminal::one_writer,
];

/// All offences of a tree, in the order of files and lines.
pub fn offences(tree: &Tree) -> Vec<Offence> {
    let mut offences: Vec<_> = CHECKS.iter().flat_map(|check| check(tree)).collect();
    offences.sort();
    offences
}

/// Prints all offences of the tree at `root` and tells whether there are none.
///
/// # Errors
/// When the tree cannot be read, or cargo cannot say what it holds.
pub fn run(root: &Path) -> anyhow::Result<bool> {
    let tree = Tree::load(root)?;
    let offences = offences(&tree);
    for offence in &offences {
        println!("{offence}");
    }
    match offences.len() {
        0 => println!("tidy: {} files", tree.files.len()),
        count => println!("tidy: {count} offences"),
    }
    Ok(offences.is_empty())
}
