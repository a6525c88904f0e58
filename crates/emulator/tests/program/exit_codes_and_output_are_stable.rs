//! The program prints its URLs and a summary, and exits with the documented codes.

use std::fs;

use crate::harness::{Program, output};

#[test]
fn interrupted_program_prints_a_summary() {
    let root = format!("{}/root.pem", env!("CARGO_TARGET_TMPDIR"));
    let program = Program::start(&["--guilds", "2", "--root-out", &root]);
    for (line, start) in program.lines.iter().zip([
        "ws    ws://127.0.0.1:",
        "wss   wss://127.0.0.1:",
        "rest  http://127.0.0.1:",
        "root  ",
        "token ",
        "ready",
    ]) {
        assert!(line.starts_with(start), "{:?}", program.lines);
    }
    let certificate = fs::read_to_string(&root).unwrap();
    assert!(certificate.starts_with("-----BEGIN CERTIFICATE-----"));
    fs::remove_file(&root).unwrap();

    let (status, summary) = program.interrupt();
    assert!(summary.contains("connections          0\n"), "{summary}");
    assert!(status.success());
}

#[test]
fn unknown_option_exits_with_2() {
    let ended = output(&["--nonsense"]);
    assert_eq!(ended.status.code(), Some(2));
    let error = String::from_utf8(ended.stderr).unwrap();
    assert!(
        error.contains("unknown option --nonsense") && error.contains("--help"),
        "{error}"
    );
}

#[test]
fn help_exits_with_0() {
    let ended = output(&["--help"]);
    assert!(ended.status.success());
    let help = String::from_utf8(ended.stdout).unwrap();
    assert!(help.contains("--flood N"), "{help}");
}
