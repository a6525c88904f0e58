//! The binary as a judge in a script: what it plays, what it reports, how it ends.

#![cfg(unix)]

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
};

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::{client_async, tungstenite::Message};

struct Program {
    child: Child,
    out: BufReader<ChildStdout>,
    url: String,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_gloaming-emulator"))
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = child.stdout.take().unwrap();
        let mut program = Self {
            child,
            out: BufReader::new(out),
            url: String::new(),
        };
        program.read_urls();
        program
    }

    fn read_urls(&mut self) {
        let mut line = String::new();
        while !line.starts_with("ready") {
            line.clear();
            assert_ne!(self.out.read_line(&mut line).unwrap(), 0, "it ended");
            if let Some(ws) = line.strip_prefix("ws ") {
                ws.trim().clone_into(&mut self.url);
            }
        }
    }

    fn interrupt(mut self) -> (ExitStatus, String) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &pid]).status().unwrap();
        assert!(sent.success());
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap(), rest)
    }
}

#[tokio::test]
async fn and_tells_of_broken_rules_by_its_exit_code_and_a_report() {
    let program = Program::start(&["--scenario", "op7-first", "--strict", "--report", "-"]);
    let host = program.url.strip_prefix("ws://").unwrap().to_owned();
    let url = format!("{}/?v=10&encoding=json", program.url);
    let mut first_ops = Vec::new();
    for _ in 0..4 {
        let stream = TcpStream::connect(&host).await.unwrap();
        let (mut socket, _) = client_async(&url, stream).await.unwrap();
        let first = socket.next().await.unwrap().unwrap();
        let first: Value = serde_json::from_str(first.to_text().unwrap()).unwrap();
        first_ops.push(first["op"].as_u64().unwrap());
        if first["op"] == 10 {
            // P13: a command before there is a session.
            let command =
                r#"{"op":3,"d":{"since":null,"activities":[],"status":"idle","afk":false}}"#;
            socket.send(Message::text(command)).await.unwrap();
            let Message::Close(Some(frame)) = socket.next().await.unwrap().unwrap() else {
                panic!("it is closed");
            };
            assert_eq!(u16::from(frame.code), 4003);
        }
    }
    assert_eq!(first_ops, [7, 7, 7, 10], "the scenario was played");

    let (status, out) = program.interrupt();
    assert_eq!(status.code(), Some(3));
    let report = out.lines().find(|line| line.starts_with('{')).unwrap();
    let report: Value = serde_json::from_str(report).unwrap();
    assert_eq!(report["stats"]["connections_opened"], 4);
    assert_eq!(report["violations"][0]["rule"], "P13");
    assert_eq!(report["violations"][0]["answer"]["close"], 4003);
}

#[test]
fn and_ends_well_when_nobody_broke_any() {
    let program = Program::start(&["--scenario", "half-open", "--strict"]);
    let (status, _) = program.interrupt();
    assert!(status.success());
}

#[test]
fn that_its_library_lists() {
    let listed = Command::new(env!("CARGO_BIN_EXE_gloaming-emulator"))
        .arg("--list-scenarios")
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    for name in ["dead-resume-host", "accept-then-close", "torn-zlib"] {
        assert!(
            listed.lines().any(|line| line.starts_with(name)),
            "{listed}"
        );
    }
}
