use super::decode_error::{DecodeError, DecodeErrorKind};
use super::output_buffer::OutputBuffer;
use super::zlib_backend::{Wrapping, ZlibDecompressor};

/// What every message ends with (P29): an empty stored block, as a sync flush writes it.
const SUFFIX: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// Whether a message is whole.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Progress {
    Partial,
    Complete,
}

/// The zlib stream of one connection.
///
/// The stream never ends, so its checksum never comes: the header is checked here and what follows
/// is inflated as raw deflate, which saves computing the checksum.
#[derive(Debug)]
pub(crate) struct ZlibStream {
    inflate: ZlibDecompressor,
    header: Header,
    suffix: Suffix,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    BetweenMessages,
    WithinMessage,
    /// An error broke the context.
    Lost,
}

impl ZlibStream {
    /// `None` where no zlib backend is compiled in.
    pub(crate) fn new() -> Option<Self> {
        Some(Self {
            inflate: ZlibDecompressor::new(Wrapping::Raw)?,
            header: Header::Missing,
            suffix: Suffix::default(),
            stage: Stage::BetweenMessages,
        })
    }

    /// A fresh context for a new connection (P31).
    pub(crate) fn reset(&mut self) {
        self.inflate.reset();
        self.header = Header::Missing;
        self.suffix = Suffix::default();
        self.stage = Stage::BetweenMessages;
    }

    /// Whether part of a message is in the output.
    pub(crate) const fn is_within_message(&self) -> bool {
        matches!(self.stage, Stage::WithinMessage)
    }

    /// Refuses everything until the next [`reset`](Self::reset).
    pub(crate) const fn lose(&mut self) {
        self.stage = Stage::Lost;
    }

    /// Inflates what came, and says whether the output now holds a whole message.
    pub(crate) fn inflate(
        &mut self,
        part: &[u8],
        output: &mut OutputBuffer,
    ) -> Result<Progress, DecodeError> {
        match self.stage {
            Stage::BetweenMessages => output.start_message(),
            Stage::WithinMessage => {}
            Stage::Lost => return Err(DecodeError::new(DecodeErrorKind::ContextLost)),
        }
        // Lost, unless this part turns out to be sound.
        self.stage = Stage::Lost;
        let body = self.header.take(part)?;
        self.inflate_body(body, output)?;
        let progress = self.suffix.push(part);
        self.stage = match progress {
            Progress::Partial => Stage::WithinMessage,
            Progress::Complete => Stage::BetweenMessages,
        };
        Ok(progress)
    }

    fn inflate_body(
        &mut self,
        mut input: &[u8],
        output: &mut OutputBuffer,
    ) -> Result<(), DecodeError> {
        // Input that is used up is not enough: a backend may hold back what found no room. So each
        // round ends with room to spare.
        while !input.is_empty() || output.spare().is_empty() {
            if output.spare().is_empty() {
                output.grow()?;
            }
            let step = self
                .inflate
                .step(input, output.spare())
                .map_err(|source| DecodeError::caused_by(DecodeErrorKind::Corrupt, source))?;
            input = &input[step.read..];
            output.advance(step.written);
            if step.ended {
                return Err(DecodeError::new(DecodeErrorKind::StreamEnded));
            }
            if step.read == 0 && step.written == 0 && !input.is_empty() {
                return Err(DecodeError::new(DecodeErrorKind::Corrupt));
            }
        }
        output.check_limit()
    }
}

/// The two bytes that a zlib stream starts with (RFC 1950), which may come one by one.
#[derive(Debug)]
enum Header {
    Missing,
    Half(u8),
    Checked,
}

impl Header {
    /// Takes the header off and checks it.
    fn take<'a>(&mut self, part: &'a [u8]) -> Result<&'a [u8], DecodeError> {
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
            return Err(DecodeError::new(DecodeErrorKind::Header));
        }
        *self = Self::Checked;
        Ok(body)
    }
}

/// Deflate with a window that zlib allows, no dictionary, and check bits that fit.
fn is_zlib(first: u8, second: u8) -> bool {
    const DEFLATE: u8 = 8;
    const LARGEST_WINDOW: u8 = 7;
    const DICTIONARY: u8 = 0x20;

    first & 0x0f == DEFLATE
        && first >> 4 <= LARGEST_WINDOW
        && second & DICTIONARY == 0
        && u16::from_be_bytes([first, second]).is_multiple_of(31)
}

/// Watches for the [`SUFFIX`], wherever the message is split.
#[derive(Debug)]
struct Suffix {
    /// The last four bytes of the message so far.
    tail: [u8; 4],
}

impl Default for Suffix {
    fn default() -> Self {
        Self { tail: [0xff; 4] }
    }
}

impl Suffix {
    fn push(&mut self, part: &[u8]) -> Progress {
        if let Some(tail) = part.last_chunk() {
            self.tail = *tail;
        } else {
            let kept = self.tail.len() - part.len();
            self.tail.rotate_left(part.len());
            self.tail[kept..].copy_from_slice(part);
        }
        if self.tail == SUFFIX {
            *self = Self::default();
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
    fn headers_are_those_of_the_standard() {
        // What zlib writes at its levels, and with smaller windows.
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
    fn the_suffix_is_found_wherever_it_is_split() {
        let message = [&[1, 2, 0][..], &SUFFIX].concat();
        for cuts in 0..1_u32 << (message.len() - 1) {
            let mut suffix = Suffix::default();
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
    fn half_a_suffix_is_none() {
        assert_eq!(Suffix::default().push(&SUFFIX[2..]), Progress::Partial);
        assert_eq!(Suffix::default().push(&SUFFIX[..2]), Progress::Partial);
        assert_eq!(
            Suffix::default().push(&[0, 0, 0xff, 0xff, 0]),
            Progress::Partial
        );
    }
}
