use super::decode_error::{DecodeError, DecodeErrorKind};

/// The end of every message ([P29](crate::rules#p29)): the empty stored block that a sync flush writes.
const SUFFIX: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// Whether a message is complete.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Progress {
    Partial,
    Complete,
}

/// Which part of a message arrived.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum MessagePart {
    First,
    Next,
}

/// What surrounds the messages of a connection's zlib stream: the header before the first, the end of each, and whether
/// the context is valid. All inflaters share it.
///
/// The checksum at the end of a zlib stream never arrives, since the stream does not end before the connection. The
/// header is therefore checked here, and the rest is inflated as raw deflate, which avoids computing the checksum.
#[derive(Debug)]
pub(crate) struct ZlibFraming {
    header: Header,
    suffix: Suffix,
    state: StreamState,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum StreamState {
    BetweenMessages,
    WithinMessage,
    /// An error invalidated the context.
    Invalid,
}

impl ZlibFraming {
    pub(crate) const fn new() -> Self {
        Self {
            header: Header::Missing,
            suffix: Suffix::NONE,
            state: StreamState::BetweenMessages,
        }
    }

    /// Whether the output contains a part of a message.
    pub(crate) const fn is_within_message(&self) -> bool {
        matches!(self.state, StreamState::WithinMessage)
    }

    /// Makes everything fail until the next stream.
    pub(crate) const fn invalidate(&mut self) {
        self.state = StreamState::Invalid;
    }

    /// Starts a part, and returns what is to be inflated. The context is invalid until [`finish_part`](Self::finish_part).
    pub(crate) fn start_part<'a>(
        &mut self,
        part: &'a [u8],
    ) -> Result<(MessagePart, &'a [u8]), DecodeError> {
        let place = match self.state {
            StreamState::BetweenMessages => MessagePart::First,
            StreamState::WithinMessage => MessagePart::Next,
            StreamState::Invalid => return Err(DecodeError::new(DecodeErrorKind::ContextLost)),
        };
        self.state = StreamState::Invalid;
        Ok((place, self.header.strip(part)?))
    }

    /// Ends a part that was inflated without an error, and returns whether the message is complete.
    pub(crate) fn finish_part(&mut self, part: &[u8]) -> Progress {
        let progress = self.suffix.push(part);
        self.state = match progress {
            Progress::Partial => StreamState::WithinMessage,
            Progress::Complete => StreamState::BetweenMessages,
        };
        progress
    }
}

/// The two bytes at the start of a zlib stream (RFC 1950), which may arrive separately.
#[derive(Debug)]
enum Header {
    Missing,
    Half(u8),
    Checked,
}

impl Header {
    /// Strips the header and checks it.
    fn strip<'a>(&mut self, part: &'a [u8]) -> Result<&'a [u8], DecodeError> {
        let (first, second, body) = match (&*self, part) {
            (Self::Checked, body) => return Ok(body),
            (_, []) => return Ok(part),
            (Self::Missing, [first]) => {
                *self = Self::Half(*first);
                return Ok(&[]);
            }
            (Self::Missing, [first, second, body @ ..]) => (*first, *second, body),
            (Self::Half(first), [second, body @ ..]) => (*first, *second, body),
        };
        if !is_zlib(first, second) {
            return Err(DecodeError::new(DecodeErrorKind::InvalidHeader));
        }
        *self = Self::Checked;
        Ok(body)
    }
}

/// Whether the bytes mean deflate with a valid window and no dictionary, and the check bits are correct.
fn is_zlib(first: u8, second: u8) -> bool {
    const DEFLATE: u8 = 8;
    const LARGEST_WINDOW: u8 = 7;
    const DICTIONARY: u8 = 0x20;

    first & 0x0f == DEFLATE
        && first >> 4 <= LARGEST_WINDOW
        && second & DICTIONARY == 0
        && u16::from_be_bytes([first, second]).is_multiple_of(31)
}

/// Detects the [`SUFFIX`], however the message is split.
#[derive(Debug)]
struct Suffix {
    /// The last four bytes of the message that arrived.
    tail: [u8; 4],
}

impl Suffix {
    const NONE: Self = Self { tail: [0xff; 4] };

    fn push(&mut self, part: &[u8]) -> Progress {
        if let Some(tail) = part.last_chunk() {
            self.tail = *tail;
        } else {
            let kept = self.tail.len() - part.len();
            self.tail.rotate_left(part.len());
            self.tail[kept..].copy_from_slice(part);
        }
        if self.tail == SUFFIX {
            *self = Self::NONE;
            Progress::Complete
        } else {
            Progress::Partial
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Progress, SUFFIX, Suffix, is_zlib};

    #[test]
    fn headers_of_the_standard_are_accepted() {
        // Written by zlib at its levels, and with a smaller window.
        for header in [
            [0x78, 0x01],
            [0x78, 0x5e],
            [0x78, 0x9c],
            [0x78, 0xda],
            [0x18, 0x95],
        ] {
            assert!(is_zlib(header[0], header[1]), "{header:02x?}");
        }
        // Wrong check bits, another method, too large a window, a dictionary, gzip, JSON.
        for header in [
            [0x78, 0x9d],
            [0x77, 0x9c],
            [0x88, 0x1c],
            [0x78, 0xbb],
            [0x1f, 0x8b],
            [b'{', b'"'],
        ] {
            assert!(!is_zlib(header[0], header[1]), "{header:02x?}");
        }
    }

    #[test]
    fn a_split_suffix_completes_the_message() {
        let message = [&[1, 2, 0][..], &SUFFIX].concat();
        for cuts in 0..1_u32 << (message.len() - 1) {
            let mut suffix = Suffix::NONE;
            let mut progress = Progress::Partial;
            let mut start = 0;
            for end in 1..=message.len() {
                if end < message.len() && cuts & (1 << (end - 1)) == 0 {
                    continue;
                }
                assert_eq!(progress, Progress::Partial, "cuts {cuts:b}");
                progress = suffix.push(&message[start..end]);
                start = end;
            }
            assert_eq!(progress, Progress::Complete, "cuts {cuts:b}");
            assert_eq!(suffix.push(&[]), Progress::Partial);
        }
    }

    #[test]
    fn a_partial_suffix_does_not_complete_the_message() {
        let push = |part| {
            let mut suffix = Suffix::NONE;
            suffix.push(part)
        };
        assert_eq!(push(&SUFFIX[2..]), Progress::Partial);
        assert_eq!(push(&SUFFIX[..2]), Progress::Partial);
        assert_eq!(push(&[0, 0, 0xff, 0xff, 0]), Progress::Partial);
    }
}
