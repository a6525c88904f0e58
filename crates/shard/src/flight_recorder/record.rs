//! What a flight recorder returns.

use serde::{Serialize, Serializer, ser::SerializeStruct as _};
use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

/// The last frames that a shard received and sent, oldest first.
///
/// It has no secrets and no data of users: of events it has the name, the sequence and the size. Texts are those of HELLO, op
/// 1, 7 and 9, the reason of a close frame, and the name of an unknown event. `Display` is one line. Serialized, it is a map
/// with `dropped` and `frames`, a list of maps with `ago_ms`, `direction`, `name`, `op`, `sequence`, `bytes` and `text`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FlightRecord {
    frames: Vec<RecordedFrame>,
    dropped: u64,
}

/// A frame that a shard received or sent, or the begin or end of a connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RecordedFrame {
    pub(super) ago: Duration,
    pub(super) direction: FrameDirection,
    pub(super) name: Box<str>,
    pub(super) op: Option<u64>,
    pub(super) sequence: Option<u64>,
    pub(super) bytes: u32,
    pub(super) text: Box<str>,
}

/// Who sent a frame, or what else is in a [`FlightRecord`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FrameDirection {
    /// The server sent the frame.
    Received,
    /// The shard sent it.
    Sent,
    /// Not a frame: a connection was opened.
    Opened,
    /// Not a frame: a connection, or an attempt to open one, ended. The name is that of the
    /// [cause](crate::machine::DisconnectCause::name).
    Ended,
}

impl FlightRecord {
    pub(super) const fn new(frames: Vec<RecordedFrame>, dropped: u64) -> Self {
        Self { frames, dropped }
    }

    /// Returns the frames, oldest first.
    #[must_use]
    pub fn frames(&self) -> &[RecordedFrame] {
        &self.frames
    }

    /// Returns the number of frames before, which are not kept.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }
}

impl RecordedFrame {
    /// Returns how long ago that was, when the record was made.
    #[must_use]
    pub const fn ago(&self) -> Duration {
        self.ago
    }

    /// Returns who sent it.
    #[must_use]
    pub const fn direction(&self) -> FrameDirection {
        self.direction
    }

    /// Returns what it is: the name of an event such as `TYPING_START`, that of an opcode such as `Hello`, `close 4000`, or
    /// `identify`.
    #[must_use]
    pub const fn name(&self) -> &str {
        &self.name
    }

    /// Returns the opcode, if it is known.
    #[must_use]
    pub const fn op(&self) -> Option<u64> {
        self.op
    }

    /// Returns the sequence of an event.
    #[must_use]
    pub const fn sequence(&self) -> Option<u64> {
        self.sequence
    }

    /// Returns the size of the text, after decompression; of one that can't be decompressed, as far as it was. 0 for close
    /// frames.
    #[must_use]
    pub const fn bytes(&self) -> u32 {
        self.bytes
    }

    /// Returns an excerpt of the text, which is empty for most frames.
    #[must_use]
    pub const fn text(&self) -> &str {
        &self.text
    }
}

impl Display for FlightRecord {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, frame) in self.frames.iter().enumerate() {
            if index > 0 {
                f.write_str(" | ")?;
            }
            Display::fmt(frame, f)?;
        }
        Ok(())
    }
}

impl Display for RecordedFrame {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let direction = match self.direction {
            FrameDirection::Received => "received",
            FrameDirection::Sent => "sent",
            FrameDirection::Opened => "opened",
            FrameDirection::Ended => "ended",
        };
        write!(
            f,
            "-{:.3} s {direction} {}",
            self.ago.as_secs_f64(),
            self.name
        )?;
        if let Some(sequence) = self.sequence {
            write!(f, " s={sequence}")?;
        }
        if self.bytes > 0 {
            write!(f, " {} B", self.bytes)?;
        }
        match self.text.is_empty() {
            true => Ok(()),
            false => write!(f, " {}", self.text),
        }
    }
}

impl Serialize for FlightRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("FlightRecord", 2)?;
        map.serialize_field("dropped", &self.dropped)?;
        map.serialize_field("frames", &self.frames)?;
        map.end()
    }
}

impl Serialize for RecordedFrame {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("RecordedFrame", 7)?;
        let ago = u64::try_from(self.ago.as_millis()).unwrap_or(u64::MAX);
        map.serialize_field("ago_ms", &ago)?;
        map.serialize_field("direction", &self.direction)?;
        map.serialize_field("name", &self.name)?;
        map.serialize_field("op", &self.op)?;
        map.serialize_field("sequence", &self.sequence)?;
        map.serialize_field("bytes", &self.bytes)?;
        map.serialize_field("text", &self.text)?;
        map.end()
    }
}
