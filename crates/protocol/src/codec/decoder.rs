use super::Compression;
use super::decode_error::{DecodeError, DecodeErrorKind};
use super::inflate::HistoryBuffer;
use super::inflate_stream::InflateStream;
use super::inflater::Inflater;
use super::libzstd_stream::LibzstdStream;
use super::output_buffer::OutputBuffer;
use super::zlib_framing::Progress;
use super::zlib_payload::ZlibPayload;
use super::zlib_stream::ZlibStream;
use super::zstd::Window;
use super::zstd_stream::ZstdStream;
use crate::limits::DEFAULT_MAX_MESSAGE_BYTES;

/// The content of one WebSocket message.
#[derive(Clone, Copy, Debug)]
pub enum Frame<'a> {
    /// A text message, which WebSocket libraries check to be UTF-8.
    Text(&'a str),
    /// A binary message.
    Binary(&'a [u8]),
}

/// Limits of a [`Decoder`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DecoderLimits {
    /// The maximum size of a message, inflated, in bytes ([P31](crate::rules#p31)). Default:
    /// [`DEFAULT_MAX_MESSAGE_BYTES`], 64 MiB.
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
/// Decode every message, in order. The returned text borrows a buffer that the next call overwrites, so
/// no memory is allocated per message.
///
/// Call [`reset`](Self::reset) at the start of each new connection ([P31](crate::rules#p31)). An error in a
/// compressed stream ([P29](crate::rules#p29), [P30](crate::rules#p30)) invalidates the context: all further
/// binary messages fail until the next `reset`. Without a context, that is with text messages and with
/// payload compression, an error affects one message only.
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
    /// In place of `output` with zlib-stream and the built-in inflater.
    history: HistoryBuffer,
    /// In place of `output` with zstd-stream and the built-in inflater.
    window: Window,
    limits: DecoderLimits,
    compressed_bytes: u64,
    inflated_bytes: u64,
}

#[derive(Debug)]
enum Codec {
    Plain,
    Payload(ZlibPayload),
    Zlib(ZlibStream),
    Inflate(InflateStream),
    Zstd(Box<ZstdStream>),
    Libzstd(LibzstdStream),
}

impl Decoder {
    /// Creates a decoder, which can be used for several connections in turn. The buffer is allocated
    /// when it is needed. Streams are inflated by the default [`Inflater`].
    ///
    /// # Errors
    ///
    /// Returns [`DecodeErrorKind::Unavailable`] if the compression is not compiled in.
    pub fn new(compression: Compression, limits: DecoderLimits) -> Result<Self, DecodeError> {
        Self::with_inflater(compression, Inflater::default(), limits)
    }

    /// Creates a decoder as [`new`](Self::new) does, with a choice of what inflates streams.
    ///
    /// # Errors
    ///
    /// Returns [`DecodeErrorKind::Unavailable`] if the compression is not compiled in
    /// ([`Inflater::supports`]).
    pub fn with_inflater(
        compression: Compression,
        inflater: Inflater,
        limits: DecoderLimits,
    ) -> Result<Self, DecodeError> {
        let codec = match (compression, inflater) {
            (Compression::None, _) => Some(Codec::Plain),
            (Compression::Payload, _) => ZlibPayload::new().map(Codec::Payload),
            (Compression::ZlibStream, Inflater::Flate2) => ZlibStream::new().map(Codec::Zlib),
            (Compression::ZlibStream, Inflater::BuiltIn | Inflater::Libzstd) => {
                Some(Codec::Inflate(InflateStream::new()))
            }
            (Compression::ZstdStream, Inflater::Libzstd) => {
                LibzstdStream::new().map(Codec::Libzstd)
            }
            (Compression::ZstdStream, Inflater::BuiltIn | Inflater::Flate2) => {
                Some(Codec::Zstd(Box::new(ZstdStream::new())))
            }
        };
        let unavailable = DecodeErrorKind::Unavailable { compression };
        Ok(Self {
            codec: codec.ok_or_else(|| DecodeError::new(unavailable))?,
            output: OutputBuffer::new(limits.max_message_bytes),
            history: HistoryBuffer::new(limits.max_message_bytes),
            window: Window::new(limits.max_message_bytes),
            limits,
            compressed_bytes: 0,
            inflated_bytes: 0,
        })
    }

    /// Decodes one WebSocket message and returns the text of a payload if it is complete.
    ///
    /// Returns `None` if more messages have to arrive before the payload is complete
    /// ([P29](crate::rules#p29)). Text messages are complete payloads with every compression.
    ///
    /// # Errors
    ///
    /// Returns an error if the message is corrupt, too large, or not valid UTF-8.
    pub fn decode<'a>(&'a mut self, frame: Frame<'a>) -> Result<Option<&'a str>, DecodeError> {
        let part = match frame {
            Frame::Text(text) => return self.decode_text(text),
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
            Codec::Inflate(stream) => {
                self.compressed_bytes += part.len() as u64;
                match stream.inflate(part, &mut self.history)? {
                    Progress::Partial => return Ok(None),
                    Progress::Complete => {}
                }
            }
            Codec::Zstd(stream) => {
                self.compressed_bytes += part.len() as u64;
                stream.decompress(part, &mut self.window)?;
            }
            Codec::Libzstd(stream) => {
                self.compressed_bytes += part.len() as u64;
                stream.decompress(part, &mut self.output)?;
            }
        }
        let message = match self.codec {
            Codec::Inflate(_) => self.history.message(),
            Codec::Zstd(_) => self.window.message(),
            _ => self.output.filled(),
        };
        self.inflated_bytes += message.len() as u64;
        match simdutf8::basic::from_utf8(message) {
            Ok(text) => Ok(non_empty(text)),
            Err(source) => {
                // A corrupt stream may show only here, since its checksum is not verified.
                self.codec.invalidate();
                Err(DecodeError::caused_by(DecodeErrorKind::InvalidUtf8, source))
            }
        }
    }

    /// Returns the inflated size of the part of a message whose end has not arrived, in bytes.
    #[must_use]
    pub fn partial_bytes(&self) -> usize {
        match &self.codec {
            Codec::Zlib(stream) if stream.is_within_message() => self.output.filled().len(),
            Codec::Inflate(stream) if stream.is_within_message() => self.history.message().len(),
            _ => 0,
        }
    }

    fn decode_text<'a>(&mut self, text: &'a str) -> Result<Option<&'a str>, DecodeError> {
        self.compressed_bytes += text.len() as u64;
        let limit = self.limits.max_message_bytes;
        if text.len() > limit {
            return Err(DecodeError::new(DecodeErrorKind::TooLarge { limit }));
        }
        self.inflated_bytes += text.len() as u64;
        Ok(non_empty(text))
    }

    /// Starts a new context for a new connection ([P31](crate::rules#p31)). Keeps the buffer and the byte counts. The
    /// tables of a zstd-stream and the context of [`Inflater::Libzstd`] are freed, and allocated again when they are needed.
    pub fn reset(&mut self) {
        match &mut self.codec {
            Codec::Plain | Codec::Payload(_) => {}
            Codec::Zlib(stream) => stream.reset(),
            Codec::Inflate(stream) => stream.reset(&mut self.history),
            Codec::Zstd(stream) => stream.reset(&mut self.window),
            Codec::Libzstd(stream) => stream.reset(),
        }
    }

    /// Frees the output buffer of an idle connection. The next message allocates it again. The window of
    /// [`Inflater::BuiltIn`], of up to 32 KiB with zlib-stream and 256 KiB with Discord's zstd-stream, is kept.
    ///
    /// Does nothing while the buffer contains a part of a message.
    pub fn release_buffer(&mut self) {
        if !self.codec.is_within_message() {
            self.output.release();
            self.history.release();
            self.window.release();
        }
    }

    /// Shrinks the output buffer to [`MIN_OUTPUT_BUFFER_BYTES`](crate::limits::MIN_OUTPUT_BUFFER_BYTES), for a connection
    /// that has nothing more to read, or lets others read first.
    ///
    /// With zlib-stream and [`Inflater::BuiltIn`], the decoders of a thread share one buffer, and this leaves it to the
    /// others. Does nothing if the buffer is not larger, or while it contains a part of a message.
    pub fn shrink_buffer(&mut self) {
        if !self.codec.is_within_message() {
            self.output.shrink();
            self.history.shrink();
            self.window.shrink();
        }
    }

    /// The size of the output buffer, in bytes, without the window that [`Inflater::BuiltIn`] keeps in it.
    #[must_use]
    pub const fn buffer_bytes(&self) -> usize {
        self.output.capacity() + self.history.output_capacity() + self.window.output_capacity()
    }

    /// The number of bytes decoded since the decoder was created, as received.
    #[must_use]
    pub const fn compressed_bytes(&self) -> u64 {
        self.compressed_bytes
    }

    /// The number of bytes of all payloads returned since the decoder was created.
    #[must_use]
    pub const fn inflated_bytes(&self) -> u64 {
        self.inflated_bytes
    }
}

impl Codec {
    /// Makes everything fail until the next reset, if there is a context.
    fn invalidate(&mut self) {
        match self {
            Self::Plain | Self::Payload(_) => {}
            Self::Zlib(stream) => stream.invalidate(),
            Self::Inflate(stream) => stream.invalidate(),
            Self::Zstd(stream) => stream.invalidate(),
            Self::Libzstd(stream) => stream.invalidate(),
        }
    }

    /// Whether the output contains a part of a message. Only zlib-stream splits messages.
    const fn is_within_message(&self) -> bool {
        match self {
            Self::Zlib(stream) => stream.is_within_message(),
            Self::Inflate(stream) => stream.is_within_message(),
            Self::Plain | Self::Payload(_) | Self::Zstd(_) | Self::Libzstd(_) => false,
        }
    }
}

fn non_empty(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
