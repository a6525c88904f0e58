//! No library that the transport uses logs sent data, at any level.

#[path = "transport/harness/websocket_server.rs"]
mod websocket_server;

use gloaming_shard::{
    tls::Tls,
    transport::{Connect, Connector, Outbound},
};
use gloaming_test_support::Logs;
use std::io::Write as _;
use tokio::{io::AsyncWriteExt, net::TcpListener};
use websocket_server::{PING, TEXT, frame, read_frame, receive, send, send_text, text, upgrade};

const TOKEN: &str = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs";

/// Writes what is logged through `log` to the captured logs.
struct LogRecords(Logs);

impl log::Log for LogRecords {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let _ = writeln!(self.0.clone(), "log {}: {}", record.target(), record.args());
    }

    fn flush(&self) {}
}

#[tokio::test]
async fn at_trace_level() {
    let (logs, _guard) = Logs::capture(tracing::Level::TRACE);
    log::set_boxed_logger(Box::new(LogRecords(logs.clone()))).unwrap();
    log::set_max_level(log::LevelFilter::Trace);

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/?v=10", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        upgrade(&mut stream).await;
        stream.write_all(&frame(PING, b"?")).await.unwrap();
        stream.write_all(&frame(TEXT, b"hello")).await.unwrap();
        let identify = loop {
            let (opcode, payload) = read_frame(&mut stream).await;
            if opcode == TEXT {
                break payload;
            }
        };
        drop(stream);
        identify
    });
    let mut transport = Connector::new(Tls::plain()).connect(&url).await.unwrap();
    assert_eq!(text(receive(&mut *transport).await), "hello");

    let identify = format!(r#"{{"op":2,"d":{{"token":"{TOKEN}"}}}}"#);
    tracing::trace!("{:?}", Outbound::Text(identify.clone()));
    send_text(&mut *transport, &identify).await.unwrap();
    assert_eq!(server.await.unwrap(), identify.as_bytes());
    // The connection is lost, so that sending now fails in every way.
    while !matches!(receive(&mut *transport).await, None | Some(Err(_))) {}
    let _ = send(&mut *transport, Outbound::Text(identify.clone())).await;

    let text = logs.text();
    assert!(text.contains("connected"), "the log contains our own");
    assert!(
        text.contains("log tungstenite"),
        "the log contains that of tungstenite"
    );
    assert!(!text.contains(TOKEN), "{text}");
    let hex: String = TOKEN.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert!(!text.contains(&hex), "{text}");
}
