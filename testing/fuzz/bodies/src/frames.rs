//! The frames of a WebSocket server.

use crate::script::Script;
use gloaming_shard::transport::{Inbound, Transport as _, WebSocket};
use gloaming_test_support::wire;
use std::{
    io::{self, Cursor, Read, Write},
    pin::pin,
    task::{Context, Poll, Waker},
};
use tokio::io::AsyncWriteExt as _;
use tokio_tungstenite::tungstenite::{
    Error, Message,
    protocol::{Role, WebSocketConfig, WebSocketContext},
};

const MAX_MESSAGE_BYTES: usize = 10_000;

/// What a connection brings.
#[derive(Debug, Eq, PartialEq)]
enum Received {
    Text(Vec<u8>),
    Binary(Vec<u8>),
    Empty,
    Close(Option<(u16, String)>),
    /// A violation of the protocol, or a message that is too long.
    Error,
    /// A text that is not UTF-8.
    NotUtf8,
    /// The end of the stream.
    End,
}

/// Receives what a server sends after the handshake, in pieces whose size is the first two bytes. tungstenite, which reads
/// it at once, has to receive the same.
pub fn frames(data: &[u8]) {
    let mut script = Script::new(data);
    let piece = usize::from(script.u16()).max(1);
    let bytes = script.rest();
    let (ours, expected) = (received(bytes, piece), expected(bytes));
    let common = ours.len().min(expected.len()) - 1;
    assert_eq!(ours[..common], expected[..common]);
    match (&ours[common..], &expected[common..]) {
        // A header is wrong before its payload has arrived.
        ([Received::Error], [Received::End]) => {}
        // tungstenite checks each fragment, and not the whole text.
        (ours, [Received::NotUtf8]) if first_frame(bytes, &expected[..common]) == Cut::Fragment => {
            assert_ne!(after_control_frames(ours), Delivered::Message);
        }
        // It does not tell the reason of a close frame from a text.
        ([Received::Error], [Received::NotUtf8]) => {}
        (ours, expected) => assert_eq!(ours, expected),
    }
}

/// Whether a message came in one frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Cut {
    Whole,
    Fragment,
}

/// Whether the first frame of the message after those that were received is a fragment.
fn first_frame(bytes: &[u8], received: &[Received]) -> Cut {
    let is_message = |next: &&Received| matches!(next, Received::Text(_) | Received::Binary(_));
    let messages = received.iter().filter(is_message).count();
    let mut begun = 0;
    let mut rest = bytes;
    while let [first, second, after @ ..] = rest {
        let (length, payload) = match second & 0x7f {
            126 => after.split_at_checked(2).unwrap_or_default(),
            127 => after.split_at_checked(8).unwrap_or_default(),
            _ => (std::slice::from_ref(second), after),
        };
        let length = length
            .iter()
            .fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
        if matches!(first & 0xf, 1 | 2) {
            begun += 1;
            if begun > messages {
                let is_last = first & 0x80 != 0;
                return if is_last { Cut::Whole } else { Cut::Fragment };
            }
        }
        rest = payload.get(length..).unwrap_or_default();
    }
    Cut::Whole
}

#[derive(Debug, Eq, PartialEq)]
enum Delivered {
    Message,
    Nothing,
}

/// Whether a message arrives before the connection is over.
fn after_control_frames(received: &[Received]) -> Delivered {
    match received.iter().find(|next| **next != Received::Empty) {
        Some(Received::Text(_) | Received::Binary(_)) => Delivered::Message,
        _ => Delivered::Nothing,
    }
}

fn received(bytes: &[u8], piece: usize) -> Vec<Received> {
    let (ours, mut theirs) = tokio::io::duplex(1 << 20);
    let mut socket = finish(async {
        let url = "ws://gateway.test/?v=10&encoding=json";
        let handshake = WebSocket::handshake(ours, url, MAX_MESSAGE_BYTES);
        let (socket, upgraded) = tokio::join!(handshake, wire::upgrade(&mut theirs));
        upgraded.expect("the request is complete");
        socket.expect("the server accepts the handshake")
    });
    let mut cx = Context::from_waker(Waker::noop());
    let mut received = Vec::new();
    for piece in bytes.chunks(piece) {
        finish(theirs.write_all(piece)).expect("the pipe is open");
        while let Poll::Ready(next) = socket.poll_receive(&mut cx) {
            if push(&mut received, next) == Connection::Over {
                return received;
            }
        }
    }
    drop(theirs);
    loop {
        let next = finish(std::future::poll_fn(|cx| socket.poll_receive(cx)));
        if push(&mut received, next) == Connection::Over {
            return received;
        }
    }
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Connection {
    Open,
    Over,
}

fn push<E>(received: &mut Vec<Received>, next: Option<Result<Inbound, E>>) -> Connection {
    let next = match next {
        Some(Ok(Inbound::Text(text))) => match text.as_str() {
            Ok(text) => Received::Text(text.into()),
            Err(_) => Received::NotUtf8,
        },
        Some(Ok(Inbound::Binary(bytes))) => Received::Binary(bytes.into()),
        Some(Ok(Inbound::Empty)) => Received::Empty,
        Some(Ok(Inbound::Close(frame))) => {
            Received::Close(frame.map(|frame| (frame.code, frame.reason.into_owned())))
        }
        Some(Err(_)) => Received::Error,
        None => Received::End,
    };
    let connection = match next {
        Received::Close(_) | Received::Error | Received::NotUtf8 | Received::End => {
            Connection::Over
        }
        Received::Text(_) | Received::Binary(_) | Received::Empty => Connection::Open,
    };
    received.push(next);
    connection
}

fn expected(bytes: &[u8]) -> Vec<Received> {
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX_MESSAGE_BYTES))
        .max_frame_size(Some(MAX_MESSAGE_BYTES));
    let mut context = WebSocketContext::new(Role::Client, Some(config));
    let mut stream = Stream(Cursor::new(bytes));
    let mut received = Vec::new();
    loop {
        let next = match context.read(&mut stream) {
            Ok(Message::Text(text)) => Received::Text(text.as_bytes().into()),
            Ok(Message::Binary(bytes)) => Received::Binary(bytes.into()),
            Ok(Message::Ping(_) | Message::Pong(_)) => Received::Empty,
            Ok(Message::Close(frame)) => Received::Close(
                frame.map(|frame| (frame.code.into(), frame.reason.as_str().to_owned())),
            ),
            Ok(Message::Frame(_)) => unreachable!("only written"),
            Err(Error::ConnectionClosed | Error::AlreadyClosed) => Received::End,
            Err(Error::Protocol(error)) if error.to_string().contains("without closing") => {
                Received::End
            }
            Err(Error::Utf8(_)) => Received::NotUtf8,
            Err(_) => Received::Error,
        };
        let is_last = matches!(
            next,
            Received::Close(_) | Received::Error | Received::NotUtf8 | Received::End
        );
        received.push(next);
        if is_last {
            return received;
        }
    }
}

/// Reads these bytes, and takes what is written.
struct Stream<'a>(Cursor<&'a [u8]>);

impl Read for Stream<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read(bytes)
    }
}

impl Write for Stream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Polls a future that waits for nothing outside of it.
fn finish<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..1_000 {
        if let Poll::Ready(result) = future.as_mut().poll(&mut cx) {
            return result;
        }
    }
    panic!("the future makes no progress");
}
