//! The program plays scenarios and reports violations and notes in its exit code and report.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{client_async, tungstenite::Message};

use crate::harness::{Program, output};

#[tokio::test]
async fn violations_are_in_exit_code_and_report() {
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
                panic!("expected a close frame");
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

/// A note closes no connection, with `--strict` as without it.
#[tokio::test]
async fn notes_are_in_exit_code_report_and_summary() {
    for (strict, code) in [(&["--strict"][..], 3), (&[], 0)] {
        let program = Program::start(&[&["--report", "-"], strict].concat());
        let host = program.url().strip_prefix("ws://").unwrap().to_owned();
        let url = format!("{}/?v=10&encoding=json", program.url());
        let stream = TcpStream::connect(&host).await.unwrap();
        let (mut socket, _) = client_async(&url, stream).await.unwrap();
        let heartbeat = Message::binary(&br#"{"op":1,"d":null}"#[..]);
        socket.send(heartbeat).await.unwrap();
        for op in [10, 11] {
            let received = socket.next().await.unwrap().unwrap();
            let received: Value = serde_json::from_str(received.to_text().unwrap()).unwrap();
            assert_eq!(received["op"], op);
        }
        let (status, out, errors) = program.interrupt_with_errors();
        assert_eq!(status.code(), Some(code));
        let report = out.lines().find(|line| line.starts_with('{')).unwrap();
        let report: Value = serde_json::from_str(report).unwrap();
        let note = "JSON in a binary message";
        assert_eq!(
            report["notes"],
            json!([{"rule": "P21", "detail": note, "connection": 1, "shard": null}])
        );
        assert_eq!(report["violations"], json!([]));
        assert_eq!(report["stats"]["notes"], 1);
        assert!(
            out.contains(&format!("  note on P21 × 1: {note}\n")),
            "{out}"
        );
        assert!(
            errors.contains(&format!(": note on rule P21: {note}\n")),
            "{errors}"
        );
    }
}

#[test]
fn no_violation_exits_with_0() {
    let program = Program::start(&["--scenario", "half-open", "--strict"]);
    let (status, _) = program.interrupt();
    assert!(status.success());
}

#[test]
fn bundled_scenarios_are_listed() {
    let listed = String::from_utf8(output(&["--list-scenarios"]).stdout).unwrap();
    for name in ["dead-resume-host", "accept-then-close", "corrupt-zlib"] {
        assert!(
            listed.lines().any(|line| line.starts_with(name)),
            "{listed}"
        );
    }
}
