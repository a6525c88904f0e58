//! As a judge in a script: what it plays, what it reports, how it ends.

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::{client_async, tungstenite::Message};

use crate::process::{Program, output};

#[tokio::test]
async fn and_tells_of_broken_rules_by_its_exit_code_and_a_report() {
    let program = Program::start(&["--scenario", "op7-first", "--strict", "--report", "-"]);
    let host = program.url().strip_prefix("ws://").unwrap().to_owned();
    let url = format!("{}/?v=10&encoding=json", program.url());
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
    assert_eq!(report["violations"][0]["response"]["close"], 4003);
}

#[test]
fn and_ends_well_when_nobody_broke_any() {
    let program = Program::start(&["--scenario", "half-open", "--strict"]);
    let (status, _) = program.interrupt();
    assert!(status.success());
}

#[test]
fn that_its_library_lists() {
    let listed = String::from_utf8(output(&["--list-scenarios"]).stdout).unwrap();
    for name in ["dead-resume-host", "accept-then-close", "corrupt-zlib"] {
        assert!(
            listed.lines().any(|line| line.starts_with(name)),
            "{listed}"
        );
    }
}
