//! The link to a client, and its impairments.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{Sink, SinkExt};
use tokio_tungstenite::tungstenite::{
    Error, Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use crate::{clock::Clock, scenario::Impairment};

/// The number of frames per second on a throttled link.
const FRAMES_PER_SECOND: u32 = 10;

/// The link to a client. It is not impaired at first.
#[derive(Debug)]
pub(super) struct ImpairedLink {
    clock: Clock,
    bytes_per_second: Option<u32>,
    /// The size of WebSocket frames in bytes.
    fragment: Option<u32>,
    /// The size of WebSocket messages in bytes.
    split: Option<u32>,
    corruption: Corruption,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Corruption {
    #[default]
    None,
    NextMessage,
}

/// Whether a link transmits messages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum LinkState {
    Open,
    /// Nothing gets through in either direction.
    HalfOpen,
}

/// How a client recognizes the end of a payload.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum PayloadBoundary {
    /// By the suffix of the zlib-stream ([P29](gloaming_protocol::rules#p29)).
    Suffix,
    /// By the end of the message.
    Message,
    /// By the end of the message, which is a term that is not compressed.
    Term,
}

impl ImpairedLink {
    /// A link without impairments. A throttled link is timed by the clock.
    pub(super) const fn new(clock: Clock) -> Self {
        Self {
            clock,
            bytes_per_second: None,
            fragment: None,
            split: None,
            corruption: Corruption::None,
        }
    }

    /// Adds an impairment.
    pub(super) fn impair(&mut self, impairment: Impairment) -> LinkState {
        match impairment {
            Impairment::HalfOpen => return LinkState::HalfOpen,
            Impairment::Throttle { bytes_per_second } => {
                self.bytes_per_second = Some(bytes_per_second.max(1));
            }
            Impairment::Fragment { bytes } => self.fragment = Some(bytes.max(1)),
            Impairment::SplitMessages { bytes } => self.split = Some(bytes.max(1)),
            Impairment::Corrupt => self.corruption = Corruption::NextMessage,
            // The model sends dispatches twice.
            Impairment::Duplicate => {}
        }
        LinkState::Open
    }

    /// Feeds a message to the sink, with the impairments of the link.
    pub(super) async fn feed(
        &mut self,
        sink: &mut (impl Sink<Message, Error = Error> + Unpin),
        mut message: Message,
        boundary: PayloadBoundary,
    ) -> Result<(), Error> {
        if std::mem::take(&mut self.corruption) == Corruption::NextMessage {
            message = corrupt(message, boundary);
        }
        let (kind, bytes) = match message {
            Message::Text(text) => (Data::Text, Bytes::from(text)),
            Message::Binary(bytes) => (Data::Binary, bytes),
            other => return sink.feed(other).await,
        };
        match (self.bytes_per_second, self.fragment, self.split) {
            (None, None, None) => sink.feed(single_frame(kind, bytes)).await,
            (Some(speed), ..) => throttle(sink, kind, bytes, speed, &self.clock).await,
            (None, None, Some(size)) if boundary == PayloadBoundary::Suffix => {
                for part in parts(&bytes, size) {
                    sink.feed(single_frame(kind, part)).await?;
                }
                Ok(())
            }
            (None, Some(size), _) | (None, None, Some(size)) => {
                for frame in fragments(kind, &bytes, size) {
                    sink.feed(frame).await?;
                }
                Ok(())
            }
        }
    }
}

fn single_frame(kind: Data, bytes: Bytes) -> Message {
    Message::Frame(Frame::message(bytes, OpCode::Data(kind), true))
}

/// Sends a message in small frames with pauses in between.
async fn throttle(
    sink: &mut (impl Sink<Message, Error = Error> + Unpin),
    kind: Data,
    bytes: Bytes,
    bytes_per_second: u32,
    clock: &Clock,
) -> Result<(), Error> {
    let (size, pause) = if bytes_per_second >= FRAMES_PER_SECOND {
        (
            bytes_per_second / FRAMES_PER_SECOND,
            Duration::from_secs(1) / FRAMES_PER_SECOND,
        )
    } else {
        (1, Duration::from_secs(1) / bytes_per_second)
    };
    for frame in fragments(kind, &bytes, size) {
        sink.send(frame).await?;
        clock.sleep_until(Some(clock.now() + pause)).await;
    }
    Ok(())
}

/// A message as frames of at most `size` bytes.
fn fragments(kind: Data, bytes: &Bytes, size: u32) -> impl Iterator<Item = Message> {
    let count = parts(bytes, size).count();
    parts(bytes, size).enumerate().map(move |(at, part)| {
        let kind = if at == 0 { kind } else { Data::Continue };
        Message::Frame(Frame::message(part, OpCode::Data(kind), at + 1 == count))
    })
}

/// Parts of at most `size` bytes. There is at least one, which may be empty.
fn parts(bytes: &Bytes, size: u32) -> impl Iterator<Item = Bytes> {
    let size = (size as usize).max(1);
    let count = bytes.len().div_ceil(size).max(1);
    (0..count).map(move |at| bytes.slice(at * size..bytes.len().min((at + 1) * size)))
}

/// Truncates text and terms, and overwrites some bytes in the middle of compressed data.
fn corrupt(message: Message, boundary: PayloadBoundary) -> Message {
    match message {
        Message::Text(text) => {
            let middle = text.len() / 2;
            let end = (0..=middle).rev().find(|at| text.is_char_boundary(*at));
            Message::text(&text[..end.unwrap_or(0)])
        }
        Message::Binary(bytes) if boundary == PayloadBoundary::Term => {
            Message::Binary(bytes.slice(..bytes.len() / 2))
        }
        Message::Binary(bytes) => {
            let mut bytes = bytes.to_vec();
            let middle = bytes.len() / 2;
            // Both deflate and zstd fail on eight bytes of ones, almost always.
            for byte in bytes.iter_mut().skip(middle.saturating_sub(4)).take(8) {
                *byte = 0xff;
            }
            Message::binary(bytes)
        }
        other => other,
    }
}
