//! The way to the client, and what it does to messages.

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

/// Drips per second of a slow connection.
const DRIPS: u32 = 10;

/// A way that is whole unless it was impaired.
#[derive(Debug)]
pub(super) struct Way {
    clock: Clock,
    slow: Option<u32>,
    split: Option<u32>,
    scatter: Option<u32>,
    torn: Torn,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Torn {
    #[default]
    No,
    Next,
}

/// Whether messages are still worth being given to a way.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Passable {
    Yes,
    /// Nothing gets through, in either direction.
    No,
}

/// Where a payload ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Coding {
    /// Where its suffix is (P29).
    Stream,
    /// Where its message does.
    Message,
}

impl Way {
    /// A whole one, whose drips come by that clock.
    pub(super) const fn new(clock: Clock) -> Self {
        Self {
            clock,
            slow: None,
            split: None,
            scatter: None,
            torn: Torn::No,
        }
    }

    pub(super) fn impair(&mut self, impairment: Impairment) -> Passable {
        match impairment {
            Impairment::HalfOpen => return Passable::No,
            Impairment::Throttle { bytes_per_second } => self.slow = Some(bytes_per_second.max(1)),
            Impairment::Fragment { bytes } => self.split = Some(bytes.max(1)),
            Impairment::SplitMessages { bytes } => self.scatter = Some(bytes.max(1)),
            Impairment::Corrupt => self.torn = Torn::Next,
            // The model sends twice.
            Impairment::Duplicate => {}
        }
        Passable::Yes
    }

    /// Sends a message, or what becomes of it on the way.
    pub(super) async fn feed(
        &mut self,
        sink: &mut (impl Sink<Message, Error = Error> + Unpin),
        mut message: Message,
        coding: Coding,
    ) -> Result<(), Error> {
        if std::mem::take(&mut self.torn) == Torn::Next {
            message = tear(message);
        }
        let (kind, bytes) = match message {
            Message::Text(text) => (Data::Text, Bytes::from(text)),
            Message::Binary(bytes) => (Data::Binary, bytes),
            other => return sink.feed(other).await,
        };
        match (self.slow, self.split, self.scatter) {
            (None, None, None) => sink.feed(whole(kind, bytes)).await,
            (Some(speed), ..) => drip(sink, kind, bytes, speed, &self.clock).await,
            (None, None, Some(size)) if coding == Coding::Stream => {
                for part in parts(&bytes, size) {
                    sink.feed(whole(kind, part)).await?;
                }
                Ok(())
            }
            (None, Some(size), _) | (None, None, Some(size)) => {
                for frame in frames(kind, &bytes, size) {
                    sink.feed(frame).await?;
                }
                Ok(())
            }
        }
    }
}

fn whole(kind: Data, bytes: Bytes) -> Message {
    Message::Frame(Frame::message(bytes, OpCode::Data(kind), true))
}

async fn drip(
    sink: &mut (impl Sink<Message, Error = Error> + Unpin),
    kind: Data,
    bytes: Bytes,
    bytes_per_second: u32,
    clock: &Clock,
) -> Result<(), Error> {
    let (size, pause) = if bytes_per_second >= DRIPS {
        (bytes_per_second / DRIPS, Duration::from_secs(1) / DRIPS)
    } else {
        (1, Duration::from_secs(1) / bytes_per_second)
    };
    for frame in frames(kind, &bytes, size) {
        sink.send(frame).await?;
        clock.sleep_until(Some(clock.now() + pause)).await;
    }
    Ok(())
}

/// One message in frames of at most `size` bytes.
fn frames(kind: Data, bytes: &Bytes, size: u32) -> impl Iterator<Item = Message> {
    let count = parts(bytes, size).count();
    parts(bytes, size).enumerate().map(move |(at, part)| {
        let kind = if at == 0 { kind } else { Data::Continue };
        Message::Frame(Frame::message(part, OpCode::Data(kind), at + 1 == count))
    })
}

/// At least one part, if an empty one.
fn parts(bytes: &Bytes, size: u32) -> impl Iterator<Item = Bytes> {
    let size = (size as usize).max(1);
    let count = bytes.len().div_ceil(size).max(1);
    (0..count).map(move |at| bytes.slice(at * size..bytes.len().min((at + 1) * size)))
}

/// Text loses its end; in bytes some in the middle change.
fn tear(message: Message) -> Message {
    match message {
        Message::Text(text) => {
            let middle = text.len() / 2;
            let cut = (0..=middle).rev().find(|at| text.is_char_boundary(*at));
            Message::text(&text[..cut.unwrap_or(0)])
        }
        Message::Binary(bytes) => {
            let mut bytes = bytes.to_vec();
            let middle = bytes.len() / 2;
            // What deflate and zstd both refuse: hardly anything survives eight bytes of ones.
            for byte in bytes.iter_mut().skip(middle.saturating_sub(4)).take(8) {
                *byte = 0xff;
            }
            Message::binary(bytes)
        }
        other => other,
    }
}
