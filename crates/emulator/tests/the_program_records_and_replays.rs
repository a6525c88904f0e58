//! The binary records what it sends, and plays it again.

#![cfg(unix)]

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read},
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
};

use futures_util::{SinkExt, StreamExt};
use gloaming_emulator::{DEFAULT_TOKEN, recording::Recording};
use serde_json::{Value, json};
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
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let (mut line, mut url) = (String::new(), String::new());
        while !line.starts_with("ready") {
            line.clear();
            assert_ne!(out.read_line(&mut line).unwrap(), 0, "it ended");
            if let Some(ws) = line.strip_prefix("ws ") {
                ws.trim().clone_into(&mut url);
            }
        }
        Self { child, out, url }
    }

    /// Identifies, and gives how often each event came until so many typed or wrote.
    async fn listen(&self, events: usize) -> BTreeMap<String, usize> {
        let stream = TcpStream::connect(self.url.trim_start_matches("ws://")).await;
        let url = format!("{}/?v=10&encoding=json", self.url);
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
        let mut heard = BTreeMap::new();
        while heard.values().sum::<usize>() < events {
            let Message::Text(text) = socket.next().await.unwrap().unwrap() else {
                panic!("text");
            };
            let payload: Value = serde_json::from_str(&text).unwrap();
            if let Some(name) = payload["t"].as_str() {
                *heard.entry(name.to_owned()).or_default() += 1;
            }
        }
        heard
    }

    fn interrupt(mut self) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &pid]).status().unwrap();
        assert!(sent.success());
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

#[tokio::test]
async fn what_it_sent() {
    let file: PathBuf = [env!("CARGO_TARGET_TMPDIR"), "what_it_sent.jsonl"]
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
    program.listen(200).await;
    program.interrupt();

    let recording = Recording::parse(&std::fs::read(&file).unwrap()).unwrap();
    let mut recorded = BTreeMap::new();
    for dispatch in recording.dispatches() {
        *recorded.entry(dispatch.name.to_string()).or_default() += 1;
    }
    let all: usize = recorded.values().sum();
    assert!(all >= 200, "{all}");

    let program = Program::start(&["--replay", path, "--speed", "100"]);
    assert_eq!(program.listen(all).await, recorded);
    program.interrupt();
    std::fs::remove_file(file).unwrap();
}

#[test]
fn or_says_what_is_wrong_with_a_recording() {
    let file: PathBuf = [env!("CARGO_TARGET_TMPDIR"), "wrong.jsonl"]
        .iter()
        .collect();
    std::fs::write(&file, "{}\n").unwrap();
    let path = file.to_str().unwrap();
    let said = Command::new(env!("CARGO_BIN_EXE_gloaming-emulator"))
        .args(["--replay", path])
        .output()
        .unwrap();
    std::fs::remove_file(&file).unwrap();
    assert_eq!(said.status.code(), Some(2));
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(said.contains("line 1: a key is missing"), "{said}");
}
