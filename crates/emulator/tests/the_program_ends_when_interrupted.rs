//! The binary, from its URLs to its summary.

#![cfg(unix)]

use std::{
    io::{BufRead, BufReader, Read},
    process::{Command, Stdio},
};

#[test]
fn the_program_ends_when_interrupted() {
    let root = std::env::temp_dir().join(format!("gloaming-emulator-{}.pem", std::process::id()));
    let mut program = Command::new(env!("CARGO_BIN_EXE_gloaming-emulator"))
        .args(["--guilds", "2", "--root-out"])
        .arg(&root)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(program.stdout.take().unwrap());
    let mut lines = Vec::new();
    while !lines
        .last()
        .is_some_and(|line: &String| line.starts_with("ready"))
    {
        let mut line = String::new();
        assert_ne!(
            out.read_line(&mut line).unwrap(),
            0,
            "it ended after {lines:?}"
        );
        lines.push(line);
    }
    for (at, start) in [
        "ws    ws://127.0.0.1:",
        "wss   wss://127.0.0.1:",
        "rest  http://127.0.0.1:",
    ]
    .into_iter()
    .enumerate()
    {
        assert!(lines[at].starts_with(start), "{lines:?}");
    }
    let certificate = std::fs::read_to_string(&root).unwrap();
    assert!(certificate.starts_with("-----BEGIN CERTIFICATE-----"));
    std::fs::remove_file(&root).unwrap();

    let pid = program.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    let mut summary = String::new();
    out.read_to_string(&mut summary).unwrap();
    assert!(summary.contains("connections          0\n"), "{summary}");
    assert!(program.wait().unwrap().success());
}

#[test]
fn mistakes_end_it_with_2() {
    let ended = Command::new(env!("CARGO_BIN_EXE_gloaming-emulator"))
        .arg("--nonsense")
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(2));
    let error = String::from_utf8(ended.stderr).unwrap();
    assert!(
        error.contains("unknown option --nonsense") && error.contains("--help"),
        "{error}"
    );
}

#[test]
fn help_ends_it_with_0() {
    let ended = Command::new(env!("CARGO_BIN_EXE_gloaming-emulator"))
        .arg("--help")
        .output()
        .unwrap();
    assert!(ended.status.success());
    assert!(
        String::from_utf8(ended.stdout)
            .unwrap()
            .contains("--flood N")
    );
}
