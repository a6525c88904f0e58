//! A token need not be on the command line, which lists of processes show.

use std::fs;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{client_async, tungstenite::Message};

use crate::harness::{Program, output};

/// Whether the program accepts an IDENTIFY with that token.
async fn accepts(program: &Program, token: &str) -> bool {
    let stream = TcpStream::connect(program.url().trim_start_matches("ws://")).await;
    let url = format!("{}/?v=10&encoding=json", program.url());
    let (mut socket, _) = client_async(url, stream.unwrap()).await.unwrap();
    socket.next().await.unwrap().unwrap();
    let properties = json!({"os": "linux", "browser": "test", "device": "test"});
    let identify = json!({"op": 2, "d": {"token": token, "intents": 0, "properties": properties}});
    socket
        .send(Message::text(identify.to_string()))
        .await
        .unwrap();
    match socket.next().await.unwrap().unwrap() {
        Message::Text(ready) => {
            assert_eq!(serde_json::from_str::<Value>(&ready).unwrap()["t"], "READY");
            true
        }
        other => {
            assert!(matches!(other, Message::Close(Some(frame)) if u16::from(frame.code) == 4004));
            false
        }
    }
}

#[tokio::test]
async fn token_is_read_from_a_file() {
    let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/token_is_read_from_a_file");
    fs::write(path, "token.of.the.file\n").unwrap();
    let variables = [("GLOAMING_EMULATOR_TOKEN", "token.of.the.environment")];
    let program = Program::start_with_variables(&["--token-file", path], &variables);
    fs::remove_file(path).unwrap();
    assert!(accepts(&program, "token.of.the.file").await);
    let (_, printed, errors) = program.interrupt_with_errors();
    assert!(!printed.contains("token.of") && !errors.contains("token.of"));
}

#[tokio::test]
async fn token_is_read_from_the_environment() {
    let variables = [("GLOAMING_EMULATOR_TOKEN", "token.of.the.environment")];
    let program = Program::start_with_variables(&[], &variables);
    assert!(accepts(&program, "token.of.the.environment").await);
    assert!(!accepts(&program, gloaming_emulator::DEFAULT_TOKEN).await);
}

#[test]
fn unreadable_file_exits_with_2() {
    let ended = output(&["--token-file", "/nowhere/at/all"]);
    assert_eq!(ended.status.code(), Some(2));
    let error = String::from_utf8(ended.stderr).unwrap();
    assert!(
        error.contains("--token-file: can't read /nowhere/at/all"),
        "{error}"
    );
}
