//! Only the owner can read a recording, whatever the umask is.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
};

use crate::harness::Program;

fn mode_of_a_recording(path: &str) -> u32 {
    let program = Program::start(&["--record", path]);
    assert!(program.interrupt().0.success());
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn new_recording_is_private() {
    let path = concat!(
        env!("CARGO_TARGET_TMPDIR"),
        "/new_recording_is_private.jsonl"
    );
    _ = fs::remove_file(path);
    assert_eq!(mode_of_a_recording(path), 0o600);
    fs::remove_file(path).unwrap();
}

#[test]
fn replaced_recording_becomes_private() {
    let path = concat!(
        env!("CARGO_TARGET_TMPDIR"),
        "/replaced_recording_becomes_private.jsonl"
    );
    fs::write(path, "of an earlier run").unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
    assert_eq!(mode_of_a_recording(path), 0o600);
    fs::remove_file(path).unwrap();
}
