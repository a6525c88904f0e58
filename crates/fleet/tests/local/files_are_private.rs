use crate::harness::{Machine, join};
use gloaming_coordinator::conformance::TestedEngine as _;
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

#[tokio::test]
async fn only_the_user_may_read_the_sessions() {
    let machine = Machine::new("private");
    let engine = machine.connect();
    join(&engine, "a").await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(machine.folder.path()), 0o700);
    for name in ["fleet.log", "fleet.lock"] {
        let path = machine.folder.path().join(name);
        assert_eq!(mode(&path), 0o600, "{name}");
    }
}
