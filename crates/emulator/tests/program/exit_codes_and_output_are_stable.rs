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

#[test]
fn report_that_can_not_be_written_is_an_error_at_the_start() {
    let ended = output(&["--report", "/nowhere/at/all/report.json"]);
    assert_eq!(ended.status.code(), Some(1));
    let error = String::from_utf8(ended.stderr).unwrap();
    assert!(
        error.contains("can't write /nowhere/at/all/report.json"),
        "{error}"
    );
    assert!(ended.stdout.is_empty(), "it never listened");
}

#[test]
fn port_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let ended = output(&["--first-port", &port.to_string()]);
    assert_eq!(ended.status.code(), Some(1));
    let error = String::from_utf8(ended.stderr).unwrap();
    assert!(
        error.contains(&format!("can't listen on port {port}")),
        "{error}"
    );
}

#[test]
fn version_is_printed() {
    let ended = output(&["--version"]);
    assert!(ended.status.success());
    let version = String::from_utf8(ended.stdout).unwrap();
    assert_eq!(
        version.trim_end(),
        concat!("gloaming-emulator ", env!("CARGO_PKG_VERSION"))
    );
}
