//! Named places are in the programs that tests run, and in none that ships.

use crate::arena::{Arena, Kind};
use crate::node::Node;
use crate::scene::Scene;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_node_of_the_tests_dies_or_freezes_at_the_place_it_is_told() {
    let arena = Arena::new(Kind::Sqlite);
    let scene = Scene::set(&arena, 0, 0).await;
    let node = Node::new(&arena, 0);
    for (failpoint, freezes) in [("log.committing:2", false), ("log.committing:2:stop", true)] {
        node.launch(Some(failpoint));
        node.wait_until_it_answers();
        for sign_off in [false, true, false] {
            let (actor, command) = scene.toggle(crate::scene::BUREAU, sign_off);
            let request = crate::wire::request(&command);
            let badge = scene.badge(&actor);
            _ = request.send(&node.address, &badge, Duration::from_millis(500));
        }
        while !(node.died() || node.is_frozen()) {
            sleep(Duration::from_millis(5));
        }
        assert_eq!(node.is_frozen(), freezes);
        node.kill();
    }
}

#[test]
fn a_build_that_ships_has_no_named_place() {
    let features = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "--package", "docket-cli"])
        .args(["--edges", "normal,features", "--invert", "docket-store"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let failed = String::from_utf8_lossy(&features.stderr).into_owned();
    let features = String::from_utf8(features.stdout).unwrap();
    assert!(features.contains("docket-engine"), "{features}{failed}");
    assert!(!features.contains("failpoints"), "{features}");
}
