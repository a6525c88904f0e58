//! The program prints a line for each client that comes or goes, to standard error, without the token.

use futures_util::{SinkExt, StreamExt};
use gloaming_emulator::DEFAULT_TOKEN;
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

use crate::harness::Program;

type Socket = WebSocketStream<TcpStream>;

async fn connect(program: &Program) -> Socket {
    let host = program.url().strip_prefix("ws://").unwrap().to_owned();
    let url = format!("{}/?v=10&encoding=json", program.url());
    let stream = TcpStream::connect(&host).await.unwrap();
    let (mut socket, _) = client_async(&url, stream).await.unwrap();
    assert_eq!(receive(&mut socket).await["op"], 10);
    socket
}

async fn receive(socket: &mut Socket) -> Value {
    let message = socket.next().await.unwrap().unwrap();
    serde_json::from_str(message.to_text().unwrap()).unwrap()
}

async fn send(socket: &mut Socket, payload: Value) {
    socket
        .send(Message::text(payload.to_string()))
        .await
        .unwrap();
}

/// Starts a session, drops its connection, resumes it and closes it.
async fn come_and_go(program: &Program) {
    let mut socket = connect(program).await;
    let properties = json!({"os": "linux", "browser": "test", "device": "test"});
    let identify =
        json!({"token": DEFAULT_TOKEN, "intents": 0, "shard": [0, 2], "properties": properties});
    send(&mut socket, json!({"op": 2, "d": identify})).await;
    let ready = receive(&mut socket).await;
    // Waits until the emulator has noticed, or the next connection would replace this one.
    socket.get_mut().shutdown().await.unwrap();
    while let Some(Ok(_)) = socket.next().await {}
    drop(socket);

    let mut socket = connect(program).await;
    let session = &ready["d"]["session_id"];
    let resume = json!({"token": DEFAULT_TOKEN, "session_id": session, "seq": 1});
    send(&mut socket, json!({"op": 6, "d": resume})).await;
    assert_eq!(receive(&mut socket).await["t"], "RESUMED");
    // A second RESUME breaks a rule.
    send(&mut socket, json!({"op": 6, "d": {}})).await;
    while let Some(Ok(message)) = socket.next().await {
        if message.is_close() {
            break;
        }
    }
    drop(socket);
}

#[tokio::test]
async fn clients_that_come_and_go_are_printed() {
    let program = Program::start(&["--guilds", "4"]);
    come_and_go(&program).await;
    let (_, _, lines) = program.interrupt_with_errors();
    for line in [
        "shard 0 of 2: identified, with ",
        "shard 0 of 2: resumed, with 0 events sent again\n",
        "shard 0 of 2: disconnected without a close code; its session can be resumed\n",
        "shard 0 of 2: broke rule ",
        "shard 0 of 2: disconnected by the emulator\n",
    ] {
        assert!(lines.contains(line), "{line}: {lines}");
    }
    assert!(!lines.contains(DEFAULT_TOKEN), "{lines}");
}

#[tokio::test]
async fn quiet_program_prints_no_clients() {
    let program = Program::start(&["--quiet"]);
    come_and_go(&program).await;
    let (_, _, lines) = program.interrupt_with_errors();
    assert_eq!(lines, "");
}
