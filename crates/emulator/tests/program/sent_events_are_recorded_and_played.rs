//! The program records the events that it sends, and plays a recording.

use std::{collections::BTreeMap, fs, path::PathBuf};

use futures_util::{SinkExt, StreamExt};
use gloaming_emulator::{DEFAULT_TOKEN, recording::Recording};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{client_async, tungstenite::Message};

use crate::harness::{Program, output};

/// Identifies and receives that many events. Returns the count of each name.
async fn receive(program: &Program, events: usize) -> BTreeMap<String, usize> {
    let stream = TcpStream::connect(program.url().trim_start_matches("ws://")).await;
    let url = format!("{}/?v=10&encoding=json", program.url());
    let (mut socket, _) = client_async(url, stream.unwrap()).await.unwrap();
    let identify = json!({"op": 2, "d": {
        "token": DEFAULT_TOKEN,
        "properties": {"os": "linux", "browser": "test", "device": "test"},
        "intents": 1 | 1 << 9 | 1 << 11,
    }});
    socket.next().await.unwrap().unwrap();
    socket
        .send(Message::text(identify.to_string()))
        .await
        .unwrap();
    let mut received = BTreeMap::new();
    while received.values().sum::<usize>() < events {
        let Message::Text(text) = socket.next().await.unwrap().unwrap() else {
            panic!("expected a text message");
        };
        let payload: Value = serde_json::from_str(&text).unwrap();
        if let Some(name) = payload["t"].as_str() {
            *received.entry(name.to_owned()).or_default() += 1;
        }
    }
    received
}

#[tokio::test]
async fn recorded_events_are_played() {
    let file: PathBuf = [
        env!("CARGO_TARGET_TMPDIR"),
        "recorded_events_are_played.jsonl",
    ]
    .iter()
    .collect();
    let path = file.to_str().unwrap();
    let program = Program::start(&[
        "--guilds",
        "3",
        "--members",
        "5",
        "--events-per-second",
        "100",
        "--speed",
        "10",
        "--record",
        path,
    ]);
    receive(&program, 200).await;
    assert!(program.interrupt().0.success());

    let recording = Recording::parse(&fs::read(&file).unwrap()).unwrap();
    let mut recorded = BTreeMap::new();
    for dispatch in recording.dispatches() {
        *recorded.entry(dispatch.name.to_string()).or_default() += 1;
    }
    let all: usize = recorded.values().sum();
    assert!(all >= 200, "{all}");

    let program = Program::start(&["--replay", path, "--speed", "100"]);
    assert_eq!(receive(&program, all).await, recorded);
    assert!(program.interrupt().0.success());
    fs::remove_file(file).unwrap();
}

#[test]
fn invalid_recording_exits_with_2() {
    let file: PathBuf = [env!("CARGO_TARGET_TMPDIR"), "invalid_recording.jsonl"]
        .iter()
        .collect();
    fs::write(&file, "{}\n").unwrap();
    let path = file.to_str().unwrap();
    let ended = output(&["--replay", path]);
    fs::remove_file(&file).unwrap();
    assert_eq!(ended.status.code(), Some(2));
    let error = String::from_utf8(ended.stderr).unwrap();
    assert!(error.contains("line 1: a key is missing"), "{error}");
}
