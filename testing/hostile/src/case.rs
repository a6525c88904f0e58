//! One attack, and what the shard has to do.

use crate::encoder::Encoder;
use gloaming_shard::Compression;
use std::fmt::{self, Display, Formatter};

/// One attack, as data.
#[derive(Clone, Debug)]
pub struct Case {
    /// What is attacked.
    pub family: Family,
    /// What is wrong, in words.
    pub name: &'static str,
    /// How far the connection got before the attack.
    pub reached: Reached,
    /// What the server sends.
    pub attack: Attack,
    /// What the server does after it.
    pub then: Then,
    /// What the shard has to do.
    pub reaction: Reaction,
}

/// The layer that an attack is on.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Family {
    /// The HTTP response to the WebSocket handshake.
    Handshake,
    /// WebSocket frames.
    Frames,
    /// HELLO, and what comes in its place.
    Hello,
    /// READY.
    Ready,
    /// Payloads that are not JSON, or not payloads.
    Json,
    /// Compressed messages.
    Compression,
    /// Close frames and ends of the connection.
    Close,
}

/// How far a connection is when the attack begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reached {
    /// The shard has sent its handshake.
    Handshake,
    /// The WebSocket is open.
    Open,
    /// HELLO was sent, and IDENTIFY has arrived.
    Identified,
    /// READY and one event were sent.
    Active,
}

/// What the server sends.
#[derive(Clone, Copy, Debug)]
pub enum Attack {
    /// Nothing.
    Silence,
    /// These bytes, below the WebSocket.
    Bytes(fn() -> Vec<u8>),
    /// Pieces of bytes, one after another, until the shard leaves.
    Endless(fn() -> Vec<u8>),
    /// The text of a payload, compressed as the shard asked for.
    Payload(fn() -> String),
    /// Bytes in place of the text of a payload, compressed as the shard asked for.
    Text(fn() -> Vec<u8>),
    /// Whole frames, made with the encoder of the connection. `None` if the attack does not concern its compression.
    Frames(fn(&mut Encoder) -> Option<Vec<u8>>),
}

/// What the server does after its attack.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Then {
    /// It waits for the shard.
    Wait,
    /// It ends the stream in an orderly way.
    End,
    /// It resets the TCP connection.
    Reset,
}

/// What the shard has to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reaction {
    /// It leaves the connection, and is ready on another.
    Reconnects,
    /// It keeps the connection, and receives the next event on it.
    Stays,
    /// It stops with an error that is fatal.
    Stops,
}

impl Case {
    /// Whether the case concerns a shard with this compression.
    #[must_use]
    pub fn concerns(&self, compression: Compression) -> bool {
        match self.attack {
            Attack::Frames(frames) => frames(&mut Encoder::new(compression)).is_some(),
            _ => true,
        }
    }
}

impl Display for Case {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.family, self.name)
    }
}

impl Display for Family {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Handshake => "handshake",
            Self::Frames => "frames",
            Self::Hello => "HELLO",
            Self::Ready => "READY",
            Self::Json => "JSON",
            Self::Compression => "compression",
            Self::Close => "close",
        })
    }
}
