//! A WebSocket server that writes and reads single bytes.
#![allow(dead_code, reason = "each test uses some of it")]

use gloaming_shard::transport::{
    ByteStream, ConnectError, DEFAULT_MAX_MESSAGE_BYTES, Inbound, Outbound, Transport,
    TransportError, WebSocket,
};
use std::future::poll_fn;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

pub(crate) const URL: &str = "ws://gateway.test/?v=10&encoding=json";

pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CONTINUATION: u8 = 0;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

/// Returns a final, unmasked frame, as servers send.
pub(crate) fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match payload.len() {
        len @ 0..=125 => frame.push(len as u8),
        len @ 126..=65_535 => {
            frame.push(126);
            frame.extend((len as u16).to_be_bytes());
        }
        len => {
            frame.push(127);
            frame.extend((len as u64).to_be_bytes());
        }
    }
    frame.extend(payload);
    frame
}

/// Returns a frame of a message that continues in further frames.
pub(crate) fn unfinished(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = frame(opcode, payload);
    frame[0] &= 0x7f;
    frame
}

pub(crate) fn close_frame(code: u16, reason: &str) -> Vec<u8> {
    frame(
        CLOSE,
        &[&code.to_be_bytes()[..], reason.as_bytes()].concat(),
    )
}

/// Reads one masked frame of a client; returns opcode and payload.
pub(crate) async fn read_frame(stream: &mut (impl ByteStream + ?Sized)) -> (u8, Vec<u8>) {
    let first = stream.read_u8().await.unwrap();
    let second = stream.read_u8().await.unwrap();
    assert_ne!(second & 0x80, 0, "clients mask");
    let len = match second & 0x7f {
        126 => usize::from(stream.read_u16().await.unwrap()),
        127 => usize::try_from(stream.read_u64().await.unwrap()).unwrap(),
        len => usize::from(len),
    };
    let mut mask = [0; 4];
    stream.read_exact(&mut mask).await.unwrap();
    let mut payload = vec![0; len];
    stream.read_exact(&mut payload).await.unwrap();
    for (byte, mask) in payload.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
    (first & 0x0f, payload)
}

/// Reads an HTTP request up to its empty line.
pub(crate) async fn read_request(stream: &mut (impl ByteStream + ?Sized)) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(request).unwrap()
}

/// Responds to a WebSocket handshake; returns the request.
pub(crate) async fn upgrade(stream: &mut (impl ByteStream + ?Sized)) -> String {
    let request = read_request(stream).await;
    let key = request
        .lines()
        .find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "))
        .unwrap();
    let response = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {}\r\n\r\n",
        derive_accept_key(key.as_bytes())
    );
    stream.write_all(response.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
    request
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

pub(crate) async fn receive(
    transport: &mut dyn Transport,
) -> Option<Result<Inbound, TransportError>> {
    poll_fn(|cx| transport.poll_receive(cx)).await
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
        Some(Ok(Inbound::Text(text))) => text.to_string(),
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
