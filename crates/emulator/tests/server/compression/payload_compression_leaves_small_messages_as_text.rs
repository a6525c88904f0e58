//! Payload compression makes each binary message a complete zlib stream (P28).

use flate2::read::ZlibDecoder;
use futures_util::{SinkExt, StreamExt};
use gloaming_emulator::Emulator;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::{client_async, tungstenite::Message};

use crate::harness::identify;

/// P28: each binary message is a complete zlib stream; some messages stay text.
#[tokio::test]
async fn payload_compression_leaves_small_messages_as_text() {
    let emulator = Emulator::builder().guilds(2).start().await.unwrap();
    let stream = TcpStream::connect(emulator.url().strip_prefix("ws://").unwrap())
        .await
        .unwrap();
    let url = format!("{}/?v=10&encoding=json", emulator.url());
    let (mut socket, _) = client_async(url, stream).await.unwrap();
    assert!(matches!(socket.next().await, Some(Ok(Message::Text(_)))));

    let mut payload = identify(1);
    payload["d"]["compress"] = true.into();
    socket
        .send(Message::text(payload.to_string()))
        .await
        .unwrap();
    for expected in ["READY", "GUILD_CREATE", "GUILD_CREATE"] {
        let message = socket.next().await.unwrap().unwrap();
        let payload: Value = match &message {
            Message::Binary(bytes) => {
                serde_json::from_reader(ZlibDecoder::new(&bytes[..])).unwrap()
            }
            Message::Text(text) => serde_json::from_str(text).unwrap(),
            other => panic!("{other:?}"),
        };
        assert_eq!(payload["t"], expected);
        assert_eq!(message.is_binary(), expected == "GUILD_CREATE");
    }
    socket
        .send(Message::text(r#"{"op":1,"d":3}"#))
        .await
        .unwrap();
    assert!(socket.next().await.unwrap().unwrap().is_text());
}
