//! The headers of a server's frames (RFC 6455 section 5.2).

use std::{
    error::Error,
    fmt::{Display, Formatter, Result as FmtResult},
};

/// A control frame has at most this many bytes of payload (RFC 6455 section 5.5).
const MAX_CONTROL_BYTES: u64 = 125;

/// The header of a frame that is not masked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct FrameHeader {
    pub(super) kind: FrameKind,
    /// The size of the payload, in bytes.
    pub(super) length: u64,
}

/// What a frame is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum FrameKind {
    /// The first part of a message, or a whole message.
    First(MessageKind, Part),
    Continuation(Part),
    Close,
    Ping,
    Pong,
}

/// The kind of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum MessageKind {
    Text,
    Binary,
}

/// Whether a message ends with the frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Part {
    Last,
    Continued,
}

/// How a server violated RFC 6455.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Violation {
    /// A bit of the header is set that belongs to an extension, and none was negotiated.
    ReservedBits,
    ReservedOpcode(u8),
    /// Servers do not mask.
    Masked,
    FragmentedControl,
    LongControl(u64),
    /// A continuation of no message.
    UnexpectedContinuation,
    /// A message begins before the last one has ended.
    UnfinishedMessage,
    /// A close frame has a payload of one byte, half of a code.
    HalfCloseCode,
    TooManyParts(u32),
}

impl FrameHeader {
    /// Reads a header from the start of the bytes, and returns it with its size. Returns `None` if it is not complete.
    #[inline]
    pub(super) fn read(bytes: &[u8]) -> Result<Option<(Self, usize)>, Violation> {
        let &[first, second, ref rest @ ..] = bytes else {
            return Ok(None);
        };
        let kind = FrameKind::read(first)?;
        let (length, size) = match (second, rest) {
            (0x80.., _) => return Err(Violation::Masked),
            (0..=125, _) => (second.into(), 2),
            (126, &[high, low, ..]) => (u16::from_be_bytes([high, low]).into(), 4),
            (127, &[a, b, c, d, e, f, g, h, ..]) => {
                (u64::from_be_bytes([a, b, c, d, e, f, g, h]), 10)
            }
            (126 | 127, _) => return Ok(None),
        };
        match kind {
            FrameKind::Close | FrameKind::Ping | FrameKind::Pong if length > MAX_CONTROL_BYTES => {
                Err(Violation::LongControl(length))
            }
            _ => Ok(Some((Self { kind, length }, size))),
        }
    }
}

/// A message that begins and ends in one frame, of less than 64 KiB.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct WholeMessage {
    pub(super) kind: MessageKind,
    /// Of the header.
    pub(super) header: usize,
    /// Of the payload.
    pub(super) length: usize,
}

impl WholeMessage {
    /// Reads a header from the start of the bytes. Returns `None` if it is not complete or of any other frame, as
    /// [`FrameHeader::read`] finds out.
    #[inline]
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let kind = match bytes.first()? {
            0x81 => MessageKind::Text,
            0x82 => MessageKind::Binary,
            _ => return None,
        };
        let (header, length) = match *bytes {
            [_, length @ 0..=125, ..] => (2, length.into()),
            [_, 126, high, low, ..] => (4, u16::from_be_bytes([high, low]).into()),
            _ => return None,
        };
        Some(Self {
            kind,
            header,
            length,
        })
    }
}

impl FrameKind {
    /// Reads the first byte of a header.
    #[inline]
    const fn read(first: u8) -> Result<Self, Violation> {
        let part = match first & 0x80 {
            0 => Part::Continued,
            _ => Part::Last,
        };
        let kind = match first & 0x0f {
            0 => Self::Continuation(part),
            1 => Self::First(MessageKind::Text, part),
            2 => Self::First(MessageKind::Binary, part),
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            reserved => return Err(Violation::ReservedOpcode(reserved)),
        };
        if first & 0x70 != 0 {
            return Err(Violation::ReservedBits);
        }
        match (kind, part) {
            (Self::Close | Self::Ping | Self::Pong, Part::Continued) => {
                Err(Violation::FragmentedControl)
            }
            _ => Ok(kind),
        }
    }
}

impl Display for Violation {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        match self {
            Self::ReservedBits => f.write_str("a frame uses an extension that was not requested"),
            Self::ReservedOpcode(opcode) => write!(f, "a frame has the reserved opcode {opcode}"),
            Self::Masked => f.write_str("a frame of the server is masked"),
            Self::FragmentedControl => f.write_str("a control frame is fragmented"),
            Self::LongControl(bytes) => {
                write!(
                    f,
                    "a control frame has {bytes} bytes, over {MAX_CONTROL_BYTES}"
                )
            }
            Self::UnexpectedContinuation => f.write_str("a frame continues no message"),
            Self::UnfinishedMessage => {
                f.write_str("a message begins before the last one has ended")
            }
            Self::HalfCloseCode => f.write_str("a close frame has half of a code"),
            Self::TooManyParts(limit) => write!(f, "a message has more than {limit} parts"),
        }
    }
}

impl Error for Violation {}

#[cfg(test)]
mod tests {
    use super::{FrameHeader, FrameKind, MessageKind, Part, Violation, WholeMessage};

    #[test]
    fn whole_messages_are_those_of_one_frame() {
        for first in 0..=u8::MAX {
            for second in 0..=u8::MAX {
                let bytes = [first, second, 3, 7, 0, 0, 0, 0, 0, 1];
                for end in 0..=bytes.len() {
                    let read = FrameHeader::read(&bytes[..end]).ok().flatten();
                    let expected = read.and_then(|(header, size)| match header.kind {
                        FrameKind::First(kind, Part::Last) if size < 10 => Some(WholeMessage {
                            kind,
                            header: size,
                            length: header.length.try_into().ok()?,
                        }),
                        _ => None,
                    });
                    assert_eq!(WholeMessage::read(&bytes[..end]), expected);
                }
            }
        }
    }

    #[test]
    fn each_form_of_length_is_read_once_it_is_complete() {
        let text = FrameKind::First(MessageKind::Text, Part::Last);
        for (header, length) in [
            (&[0x81, 0][..], 0),
            (&[0x81, 125], 125),
            (&[0x81, 126, 0, 126], 126),
            (&[0x81, 126, 0xff, 0xff], 0xffff),
            (&[0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0], 0x1_0000),
            (
                &[0x81, 127, 255, 255, 255, 255, 255, 255, 255, 255],
                u64::MAX,
            ),
        ] {
            for end in 0..header.len() {
                assert_eq!(FrameHeader::read(&header[..end]), Ok(None), "{header:?}");
            }
            let expected = FrameHeader { kind: text, length };
            let bytes = [header, b"payload"].concat();
            let read = FrameHeader::read(&bytes);
            assert_eq!(read, Ok(Some((expected, header.len()))));
        }
    }

    #[test]
    fn first_byte_says_what_a_frame_is() {
        use {FrameKind::*, MessageKind::*, Part::*};
        for (first, kind) in [
            (0x00, Ok(Continuation(Continued))),
            (0x80, Ok(Continuation(Last))),
            (0x01, Ok(First(Text, Continued))),
            (0x82, Ok(First(Binary, Last))),
            (0x88, Ok(Close)),
            (0x89, Ok(Ping)),
            (0x8a, Ok(Pong)),
            (0x08, Err(Violation::FragmentedControl)),
            (0x09, Err(Violation::FragmentedControl)),
            (0x0a, Err(Violation::FragmentedControl)),
            (0x83, Err(Violation::ReservedOpcode(3))),
            (0x8b, Err(Violation::ReservedOpcode(11))),
            (0xc1, Err(Violation::ReservedBits)),
            (0xa2, Err(Violation::ReservedBits)),
            (0x99, Err(Violation::ReservedBits)),
        ] {
            let read = FrameHeader::read(&[first, 0]);
            assert_eq!(
                read,
                kind.map(|kind| Some((FrameHeader { kind, length: 0 }, 2)))
            );
        }
    }

    #[test]
    fn masks_and_long_control_frames_are_violations() {
        assert_eq!(FrameHeader::read(&[0x81, 0x80]), Err(Violation::Masked));
        assert_eq!(FrameHeader::read(&[0x81, 0xff]), Err(Violation::Masked));
        let long = Err(Violation::LongControl(126));
        assert_eq!(FrameHeader::read(&[0x89, 126, 0, 126]), long);
        assert!(FrameHeader::read(&[0x89, 125]).is_ok());
    }
}
