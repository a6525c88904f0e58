use super::Compression;
use super::decode_error::{DecodeError, DecodeErrorKind};
use super::output_buffer::OutputBuffer;
use super::zlib_payload::ZlibPayload;
use super::zlib_stream::{Progress, ZlibStream};
use super::zstd_stream::ZstdStream;
use crate::limits::DEFAULT_MAX_MESSAGE_BYTES;

/// The content of one WebSocket message.
#[derive(Clone, Copy, Debug)]
pub enum Frame<'a> {
    /// A text message, which every WebSocket library knows to be UTF-8.
    Text(&'a str),
    /// A binary message.
    Binary(&'a [u8]),
}

/// Bounds on what a [`Decoder`] takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DecoderLimits {
    /// Size of the largest message, inflated, in bytes (P31). 64 MiB unless told otherwise: the
    /// largest guilds come near 16 MiB.
    pub max_message_bytes: usize,
}

impl Default for DecoderLimits {
    fn default() -> Self {
        Self {
            max_message_bytes: DEFAULT_MAX_MESSAGE_BYTES,
        }
    }
}

/// Turns the WebSocket messages of one connection into the text of gateway payloads.
///
/// Feed each message in order. The text that comes back lives in a buffer which the next call
/// writes over, so that nothing is allocated for an event.
///
/// After an error of a compressed stream (P29, P30) its context is gone: every further binary message
/// fails until [`reset`](Self::reset), which belongs at the start of every new connection (P31).
/// The modes that keep no context lose only the message at fault.
///
/// ```
/// use gloaming_protocol::{Compression, Decoder, DecoderLimits, Frame};
///
/// let mut decoder = Decoder::new(Compression::None, DecoderLimits::default())?;
/// let text = decoder.decode(Frame::Text(r#"{"op":11}"#))?;
/// assert_eq!(text, Some(r#"{"op":11}"#));
/// # Ok::<_, gloaming_protocol::DecodeError>(())
/// ```
#[derive(Debug)]
pub struct Decoder {
    codec: Codec,
    output: OutputBuffer,
    limits: DecoderLimits,
    compressed_bytes: u64,
    inflated_bytes: u64,
}

#[derive(Debug)]
enum Codec {
    Plain,
    Payload(ZlibPayload),
    Zlib(ZlibStream),
    Zstd(ZstdStream),
}

impl Decoder {
    /// A decoder for one connection after another. Its buffer is allocated when it is needed.
    ///
    /// # Errors
    ///
    /// If the compression is not compiled in, [`DecodeErrorKind::Unavailable`].
    pub fn new(compression: Compression, limits: DecoderLimits) -> Result<Self, DecodeError> {
        let codec = match compression {
            Compression::None => Some(Codec::Plain),
            Compression::Payload => ZlibPayload::new().map(Codec::Payload),
            Compression::ZlibStream => ZlibStream::new().map(Codec::Zlib),
            Compression::ZstdStream => ZstdStream::new().map(Codec::Zstd),
        };
        let unavailable = DecodeErrorKind::Unavailable { compression };
        Ok(Self {
            codec: codec.ok_or_else(|| DecodeError::new(unavailable))?,
            output: OutputBuffer::new(limits.max_message_bytes),
            limits,
            compressed_bytes: 0,
            inflated_bytes: 0,
        })
    }

    /// Takes one WebSocket message and gives back the text of a payload, if one is complete.
    ///
    /// `None` means that the rest of the payload comes with later messages (P29). Text messages are
    /// payloads by themselves with every compression.
    ///
    /// # Errors
    ///
    /// If the message is damaged, too large or no UTF-8.
    pub fn decode<'a>(&'a mut self, frame: Frame<'a>) -> Result<Option<&'a str>, DecodeError> {
        let part = match frame {
            Frame::Text(text) => return self.take(text),
            Frame::Binary(part) => part,
        };
        match &mut self.codec {
            Codec::Plain => return Err(DecodeError::new(DecodeErrorKind::UnexpectedBinary)),
            Codec::Payload(payload) => {
                self.compressed_bytes += part.len() as u64;
                payload.inflate(part, &mut self.output)?;
            }
            Codec::Zlib(stream) => {
                self.compressed_bytes += part.len() as u64;
                match stream.inflate(part, &mut self.output)? {
                    Progress::Partial => return Ok(None),
                    Progress::Complete => {}
                }
            }
            Codec::Zstd(stream) => {
                self.compressed_bytes += part.len() as u64;
                stream.decompress(part, &mut self.output)?;
            }
        }
        let message = self.output.filled();
        self.inflated_bytes += message.len() as u64;
        match simdutf8::basic::from_utf8(message) {
            Ok(text) => Ok(unless_empty(text)),
            Err(source) => {
                // Without a checksum this may be how a damaged stream shows.
                self.codec.lose();
                Err(DecodeError::caused_by(DecodeErrorKind::InvalidUtf8, source))
            }
        }
    }

    fn take<'a>(&mut self, text: &'a str) -> Result<Option<&'a str>, DecodeError> {
        self.compressed_bytes += text.len() as u64;
        let limit = self.limits.max_message_bytes;
        if text.len() > limit {
            return Err(DecodeError::new(DecodeErrorKind::TooLarge { limit }));
        }
        self.inflated_bytes += text.len() as u64;
        Ok(unless_empty(text))
    }

    /// Starts over for a new connection (P31). The buffer and the totals stay.
    pub fn reset(&mut self) {
        match &mut self.codec {
            Codec::Plain | Codec::Payload(_) => {}
            Codec::Zlib(stream) => stream.reset(),
            Codec::Zstd(stream) => stream.reset(),
        }
    }

    /// Gives the output buffer back, for a connection that is idle; the next message allocates it
    /// anew. Does nothing while part of a message is in it.
    pub fn release_buffer(&mut self) {
        if !self.codec.is_within_message() {
            self.output.release();
        }
    }

    /// Cuts the output buffer back to what most messages need, for a connection that has nothing more
    /// to read. Costs nothing if it is no larger; does nothing while part of a message is in it.
    pub fn shrink_buffer(&mut self) {
        if !self.codec.is_within_message() {
            self.output.shrink();
        }
    }

    /// Size of the output buffer, in bytes.
    #[must_use]
    pub const fn buffer_bytes(&self) -> usize {
        self.output.capacity()
    }

    /// Bytes taken since the decoder was made, as they came.
    #[must_use]
    pub const fn compressed_bytes(&self) -> u64 {
        self.compressed_bytes
    }

    /// Bytes of the payloads given back since the decoder was made.
    #[must_use]
    pub const fn inflated_bytes(&self) -> u64 {
        self.inflated_bytes
    }
}

impl Codec {
    /// Refuses everything until the next reset, if there is a context.
    const fn lose(&mut self) {
        match self {
            Self::Plain | Self::Payload(_) => {}
            Self::Zlib(stream) => stream.lose(),
            Self::Zstd(stream) => stream.lose(),
        }
    }

    /// Whether part of a message is in the output. Only zlib-stream messages come in parts.
    const fn is_within_message(&self) -> bool {
        match self {
            Self::Zlib(stream) => stream.is_within_message(),
            Self::Plain | Self::Payload(_) | Self::Zstd(_) => false,
        }
    }
}

fn unless_empty(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
