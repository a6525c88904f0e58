//! A WebSocket server that writes and reads single bytes.
#![allow(dead_code, unused_imports, reason = "each test uses some of it")]

use gloaming_shard::transport::{
    ByteStream, ConnectError, DEFAULT_MAX_MESSAGE_BYTES, Inbound, Outbound, Transport,
    TransportError, WebSocket,
};
use gloaming_test_support::wire;
use std::future::poll_fn;
use tokio::io::{AsyncWriteExt, DuplexStream};

pub(crate) const URL: &str = "ws://gateway.test/?v=10&encoding=json";

pub(crate) use gloaming_test_support::wire::{
    BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close_frame, frame, unfinished,
};

/// Reads one masked frame of a client; returns opcode and payload.
pub(crate) async fn read_frame(stream: &mut (impl ByteStream + ?Sized)) -> (u8, Vec<u8>) {
    wire::read_frame(stream).await.unwrap()
}

/// Reads an HTTP request up to its empty line.
pub(crate) async fn read_request(stream: &mut (impl ByteStream + ?Sized)) -> String {
    wire::read_request(stream).await.unwrap()
}

/// Responds to a WebSocket handshake; returns the request.
pub(crate) async fn upgrade(stream: &mut (impl ByteStream + ?Sized)) -> String {
    wire::upgrade(stream).await.unwrap()
}

/// Returns a transport and the server's end of a pipe that buffers `pipe` bytes.
pub(crate) async fn pair_with(
    pipe: usize,
    max_message_bytes: usize,
) -> (WebSocket<DuplexStream>, DuplexStream) {
    let (ours, mut theirs) = tokio::io::duplex(pipe);
    let (socket, _) = tokio::join!(
        WebSocket::handshake(ours, URL, max_message_bytes),
        upgrade(&mut theirs)
    );
    (socket.unwrap(), theirs)
}

pub(crate) async fn pair() -> (WebSocket<DuplexStream>, DuplexStream) {
    pair_with(64 * 1024, DEFAULT_MAX_MESSAGE_BYTES).await
}

/// Connects to a server that responds to the handshake with these bytes and closes the stream.
pub(crate) async fn refused_with(response: &[u8]) -> ConnectError {
    let (ours, mut theirs) = tokio::io::duplex(64 * 1024);
    let server = async {
        read_request(&mut theirs).await;
        theirs.write_all(response).await.unwrap();
        drop(theirs);
    };
    let (result, ()) = tokio::join!(
        WebSocket::handshake(ours, URL, DEFAULT_MAX_MESSAGE_BYTES),
        server
    );
    result.unwrap_err()
}

/// Returns the next frame with a content.
pub(crate) async fn receive(
    transport: &mut dyn Transport,
) -> Option<Result<Inbound, TransportError>> {
    loop {
        let received = poll_fn(|cx| transport.poll_receive(cx)).await;
        if !matches!(received, Some(Ok(Inbound::Empty))) {
            return received;
        }
    }
}

pub(crate) async fn send(
    transport: &mut dyn Transport,
    frame: Outbound,
) -> Result<(), TransportError> {
    poll_fn(|cx| transport.poll_ready(cx)).await?;
    transport.start_send(frame)?;
    poll_fn(|cx| transport.poll_flush(cx)).await
}

pub(crate) async fn send_text(
    transport: &mut dyn Transport,
    text: &str,
) -> Result<(), TransportError> {
    send(transport, Outbound::Text(text.to_owned())).await
}

#[track_caller]
pub(crate) fn text(received: Option<Result<Inbound, TransportError>>) -> String {
    match received {
        Some(Ok(Inbound::Text(text))) => text.as_str().unwrap().to_owned(),
        other => panic!("{other:?} is not a text"),
    }
}

#[track_caller]
pub(crate) fn error(received: Option<Result<Inbound, TransportError>>) -> TransportError {
    match received {
        Some(Err(error)) => error,
        other => panic!("{other:?} is not an error"),
    }
}
