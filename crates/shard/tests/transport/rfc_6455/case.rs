//! One case: the bytes that a server sends, and what the client makes of them.

use crate::harness::websocket_server::{CLOSE, PONG, pair_with};
use futures_util::{FutureExt as _, StreamExt as _};
use gloaming_shard::transport::{Inbound, Transport, TransportErrorKind};
use gloaming_test_support::wire::{frame, read_frame, unfinished};
use std::{future::poll_fn, ops::Range};
use tokio::{
    io::{AsyncWriteExt as _, DuplexStream},
    runtime,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error as WsError, Message as WsMessage,
        protocol::{Role, WebSocketConfig},
    },
};

/// Larger than the bytes of each case, so that a server never waits.
const PIPE_BYTES: usize = 32 << 20;

/// The largest message of the cases.
pub(crate) const MAX_MESSAGE_BYTES: usize = 16 << 20;

/// A case of the Autobahn test suite, made anew.
pub(crate) struct Case {
    /// The number that the suite has for it.
    number: String,
    /// The frames that the server sends.
    frames: Vec<Vec<u8>>,
    expected: Outcome,
}

/// What happened on a connection.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Outcome {
    messages: Vec<Message>,
    /// The payloads of the pongs that the client sent.
    pongs: Vec<Vec<u8>>,
    end: End,
}

#[derive(Clone, Eq, PartialEq)]
pub(crate) enum Message {
    Text(String),
    Binary(Vec<u8>),
}

/// The state of a connection after all bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum End {
    Open,
    /// The server closed, and the client replied with this code, or with none.
    Closed(Option<u16>),
    /// The client failed the connection, and sent this code.
    Failed(u16),
    /// A text is not UTF-8. It is no message, and the shard leaves the server.
    NotUtf8,
}

// Messages of many MiB are not worth printing.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Binary(bytes) => write!(f, "Binary({} bytes)", bytes.len()),
        }
    }
}

/// A text that is delivered.
pub(crate) fn text(text: impl Into<String>) -> Message {
    Message::Text(text.into())
}

/// Frames of one message, from parts of it.
pub(crate) fn parts<'a>(opcode: u8, parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
    let parts: Vec<_> = parts.into_iter().collect();
    let mut frames: Vec<_> = parts.iter().map(|part| unfinished(0, part)).collect();
    if let Some(first) = frames.first_mut() {
        first[0] |= opcode;
    }
    if let Some(last) = frames.last_mut() {
        last[0] |= 0x80;
    }
    frames
}

/// The same frame with other bits of the reserved three.
pub(crate) fn reserved(bits: u8, mut frame: Vec<u8>) -> Vec<u8> {
    frame[0] |= bits << 4;
    frame
}

impl Case {
    /// A case in which the client goes on, and nothing is delivered.
    pub(crate) fn new(
        number: impl Into<String>,
        frames: impl IntoIterator<Item = Vec<u8>>,
    ) -> Self {
        Self {
            number: number.into(),
            frames: frames.into_iter().collect(),
            expected: Outcome {
                messages: Vec::new(),
                pongs: Vec::new(),
                end: End::Open,
            },
        }
    }

    pub(crate) fn delivers(mut self, messages: impl IntoIterator<Item = Message>) -> Self {
        self.expected.messages = messages.into_iter().collect();
        self
    }

    pub(crate) fn answers(mut self, pongs: impl IntoIterator<Item = Vec<u8>>) -> Self {
        self.expected.pongs = pongs.into_iter().collect();
        self
    }

    pub(crate) fn ends(mut self, end: End) -> Self {
        self.expected.end = end;
        self
    }

    /// Ends with the code for a violation of the protocol.
    pub(crate) fn fails(self) -> Self {
        self.ends(End::Failed(1002))
    }

    /// Checks the case in each way in which its bytes may be split into reads, and against tungstenite.
    #[track_caller]
    pub(crate) fn check(&self) {
        let bytes = self.frames.concat();
        for reads in splits(&self.frames, bytes.len()) {
            let outcome = ours(&bytes, &reads);
            let (number, shown) = (&self.number, &reads[..reads.len().min(4)]);
            assert_eq!(outcome, self.expected, "{number}, in reads of {shown:?}");
        }
        let Outcome { messages, end, .. } = &self.expected;
        let oracle = tungstenite_of(&bytes);
        let ends = !matches!(end, End::Open);
        assert_eq!(oracle, (messages.clone(), ends), "{}", self.number);
    }

    /// Checks the case if this many bytes arrive at once.
    #[track_caller]
    pub(crate) fn check_in_reads_of(&self, size: usize) {
        let bytes = self.frames.concat();
        let outcome = ours(&bytes, &every(size, bytes.len()));
        assert_eq!(
            outcome, self.expected,
            "{}, in reads of {size}",
            self.number
        );
    }
}

/// Ranges of at most this many bytes.
fn every(bytes: usize, length: usize) -> Vec<Range<usize>> {
    let starts = (0..length).step_by(bytes);
    starts
        .map(|start| start..(start + bytes).min(length))
        .collect()
}

/// The ranges of bytes that arrive in one read each.
fn splits(frames: &[Vec<u8>], length: usize) -> Vec<Vec<Range<usize>>> {
    let every = |bytes| every(bytes, length);
    if length > 1 << 20 {
        return vec![every(65_537)];
    }
    let mut splits = vec![every(length.max(1))];
    let mut start = 0;
    splits.push(
        frames
            .iter()
            .map(|frame| {
                let end = start + frame.len();
                std::mem::replace(&mut start, end)..end
            })
            .collect(),
    );
    match length {
        0..=40 => {
            splits.push(every(1));
            splits.extend((1..length).map(|at| vec![0..at, at..length]));
        }
        41..=300 => splits.extend((1..4).map(every)),
        301..=4_000 => splits.extend([1, 2, 125, 256].map(every)),
        4_001..=100_000 => splits.extend([64, 997, 4096].map(every)),
        _ => splits.push(every(65_537)),
    }
    splits
}

/// What our transport makes of the bytes.
fn ours(bytes: &[u8], reads: &[Range<usize>]) -> Outcome {
    let runtime = runtime::Builder::new_current_thread().build();
    let runtime = runtime.expect("a runtime without drivers");
    let (mut client, mut server) = runtime.block_on(pair_with(PIPE_BYTES, MAX_MESSAGE_BYTES));
    let mut outcome = Outcome {
        messages: Vec::new(),
        pongs: Vec::new(),
        end: End::Open,
    };
    // Outside of a task, so that no read waits for its budget.
    for read in reads {
        let written = server.write_all(&bytes[read.clone()]).now_or_never();
        written.expect("the pipe has room").expect("it is open");
        while outcome.end == End::Open
            && let Some(received) = poll_fn(|cx| client.poll_receive(cx)).now_or_never()
        {
            match received {
                Some(Ok(Inbound::Text(text))) => match text.as_str() {
                    Ok(text) => outcome.messages.push(Message::Text(text.to_owned())),
                    Err(_) => outcome.end = End::NotUtf8,
                },
                Some(Ok(Inbound::Binary(bytes))) => {
                    outcome.messages.push(Message::Binary(bytes.to_vec()));
                }
                Some(Ok(Inbound::Empty)) => {}
                Some(Ok(Inbound::Close(_))) => outcome.end = End::Closed(None),
                Some(Err(error)) => {
                    assert_ne!(error.kind(), TransportErrorKind::Io, "{error}");
                    outcome.end = End::Failed(0);
                }
                None => panic!("the server did not end the connection"),
            }
        }
    }
    drop(client);
    for (opcode, payload) in frames_of(&mut server) {
        let code = payload.first_chunk().copied().map(u16::from_be_bytes);
        match (opcode, &mut outcome.end) {
            (PONG, _) => outcome.pongs.push(payload),
            (CLOSE, End::Closed(replied)) => *replied = code,
            (CLOSE, End::Failed(sent)) => *sent = code.expect("a failure has a code"),
            other => panic!("the client sent {other:?}"),
        }
    }
    outcome
}

/// What the client has sent after the handshake.
fn frames_of(server: &mut DuplexStream) -> Vec<(u8, Vec<u8>)> {
    std::iter::from_fn(|| read_frame(server).now_or_never()?.ok()).collect()
}

/// The messages that tungstenite delivers, and whether the connection ends.
fn tungstenite_of(bytes: &[u8]) -> (Vec<Message>, bool) {
    let (ours, mut server) = tokio::io::duplex(PIPE_BYTES);
    let config = WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE_BYTES));
    let socket = WebSocketStream::from_raw_socket(ours, Role::Client, Some(config));
    let mut socket = socket.now_or_never().expect("there is no handshake");
    let written = server.write_all(bytes).now_or_never();
    written.expect("the pipe has room").expect("it is open");
    let mut messages = Vec::new();
    while let Some(received) = socket.next().now_or_never() {
        match received {
            Some(Ok(WsMessage::Text(text))) => messages.push(Message::Text(text.to_string())),
            Some(Ok(WsMessage::Binary(bytes))) => messages.push(Message::Binary(bytes.to_vec())),
            Some(Ok(WsMessage::Close(_))) | None => return (messages, true),
            Some(Ok(_)) => {}
            Some(Err(WsError::Protocol(_) | WsError::Utf8(_) | WsError::Capacity(_))) => {
                return (messages, true);
            }
            Some(Err(error)) => panic!("{error}"),
        }
    }
    (messages, false)
}

/// A text of this length, of characters of one and of two bytes.
pub(crate) fn text_of(length: usize) -> String {
    let mut text = "é*".repeat(length / 3);
    text.extend(std::iter::repeat_n('*', length - text.len()));
    text
}

/// A whole message of one frame.
pub(crate) fn whole(opcode: u8, payload: &[u8]) -> Vec<u8> {
    frame(opcode, payload)
}
