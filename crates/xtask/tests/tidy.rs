//! The tree is tidy; `cargo xtask tidy` lists the same.

#![allow(clippy::unwrap_used)]

use xtask::root;
use xtask::tidy::{Tree, offences};

#[test]
fn the_tree_is_tidy() {
    let tree = Tree::load(&root()).unwrap();
    assert!(
        tree.files.contains_key("crates/xtask/tests/tidy.rs"),
        "the checks look at another tree"
    );
    let offences: Vec<String> = offences(&tree).iter().map(ToString::to_string).collect();
    assert!(offences.is_empty(), "\n{}\n", offences.join("\n"));
}
