use crate::script::Script;
use gloaming_protocol::{
    Compression, DecodeErrorKind, Decoder, DecoderLimits, Frame, limits::MIN_OUTPUT_BUFFER_BYTES,
};
use gloaming_test_support::zlib;
#[cfg(feature = "zstd")]
use gloaming_test_support::zstd;
use std::{cell::RefCell, collections::HashMap};

/// A limit that no input reaches, with an acceptable amount of memory.
const LARGE_LIMIT: usize = 4 << 20;

/// Decodes arbitrary and valid messages, split at any place, with every compression.
pub fn decoder(data: &[u8]) {
    for compression in Compression::ALL {
        if compression.is_available() {
            let mut script = Script::new(data);
            match script.below(4) {
                0 => raw_pieces(compression, &mut script),
                1 => one_piece(compression, &mut script),
                2 => valid_messages(compression, &mut script),
                _ => damaged_messages(compression, &mut script),
            }
        }
    }
}

/// Decodes each chunk as a message.
fn raw_pieces(compression: Compression, script: &mut Script<'_>) {
    let limit = limit(script);
    let mut subject = Subject::new(compression, limit);
    while !script.is_over() {
        match script.below(8) {
            0 => subject.text(&script.text()),
            1 => subject.decoder.release_buffer(),
            2 => subject.decoder.shrink_buffer(),
            3 => subject.reset(),
            _ => drop(subject.binary(script.chunk())),
        }
    }
    subject.check_reset();
}

/// Decodes all bytes as one message.
fn one_piece(compression: Compression, script: &mut Script<'_>) {
    let mut subject = Subject::new(compression, limit(script));
    drop(subject.binary(script.rest()));
    subject.check_reset();
}

/// Decodes valid messages, split at any place. The text has to be complete.
fn valid_messages(compression: Compression, script: &mut Script<'_>) {
    let Some(mut gateway) = Gateway::new(compression) else {
        return;
    };
    let mut subject = Subject::new(compression, LARGE_LIMIT);
    while !script.is_over() {
        let message = message(script);
        let bytes = gateway.compress(message.as_bytes());
        let mut decoded = String::new();
        for part in gateway.split(&bytes, script) {
            let text = subject.binary(part);
            decoded.push_str(
                &text
                    .expect("a valid message can be decoded")
                    .unwrap_or_default(),
            );
        }
        assert_eq!(decoded, message, "{compression}");
    }
}

/// Decodes a valid stream with a few changed bytes.
fn damaged_messages(compression: Compression, script: &mut Script<'_>) {
    let Some(mut gateway) = Gateway::new(compression) else {
        return;
    };
    let mut subject = Subject::new(compression, limit(script));
    while !script.is_over() {
        let mut bytes = gateway.compress(message(script).as_bytes());
        for _ in 0..script.below(4) {
            let at = usize::from(script.u16()) % bytes.len();
            bytes[at] ^= script.byte();
        }
        for part in gateway.split(&bytes, script) {
            drop(subject.binary(part));
        }
    }
    subject.check_reset();
}

/// Returns a short or long text. A gateway does not send empty texts.
fn message(script: &mut Script<'_>) -> String {
    let message = script.text() + " ";
    message.repeat(1 + usize::from(script.below(16)))
}

fn limit(script: &mut Script<'_>) -> usize {
    match script.below(4) {
        0 => usize::from(script.byte()),
        1 => usize::from(script.u16()),
        _ => LARGE_LIMIT,
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Context {
    Valid,
    Lost,
}

/// A decoder with the expected state.
struct Subject {
    decoder: Decoder,
    compression: Compression,
    limit: usize,
    context: Context,
}

impl Subject {
    fn new(compression: Compression, limit: usize) -> Self {
        let limits = DecoderLimits {
            max_message_bytes: limit,
        };
        Self {
            decoder: Decoder::new(compression, limits).expect("the compression is compiled in"),
            compression,
            limit,
            context: Context::Valid,
        }
    }

    /// Decodes a binary message, and returns the text that it completes.
    fn binary(&mut self, part: &[u8]) -> Result<Option<String>, DecodeErrorKind> {
        let (compressed, inflated) = (
            self.decoder.compressed_bytes(),
            self.decoder.inflated_bytes(),
        );
        let result = self.decoder.decode(Frame::Binary(part));
        let result = match result {
            Ok(text) => Ok(text.map(str::to_owned)),
            Err(error) => Err(error.kind()),
        };
        if self.context == Context::Lost {
            assert_eq!(result, Err(DecodeErrorKind::ContextLost));
        }
        match &result {
            Ok(Some(text)) => {
                assert!(!text.is_empty() && text.len() <= self.limit);
                assert_eq!(self.decoder.inflated_bytes(), inflated + text.len() as u64);
            }
            Ok(None) => assert_eq!(self.decoder.inflated_bytes(), inflated),
            Err(kind) => {
                assert!(!matches!(kind, DecodeErrorKind::Unavailable { .. }));
                if self.has_context() {
                    self.context = Context::Lost;
                }
            }
        }
        assert!(self.decoder.compressed_bytes() <= compressed + part.len() as u64);
        self.check_memory();
        result
    }

    /// Decodes a text message, which compression and a lost context do not affect.
    fn text(&mut self, text: &str) {
        let expected = match text.len() {
            0 => Ok(None),
            length if length > self.limit => Err(DecodeErrorKind::TooLarge { limit: self.limit }),
            _ => Ok(Some(text)),
        };
        let result = self.decoder.decode(Frame::Text(text));
        assert_eq!(result.map_err(|error| error.kind()), expected);
    }

    fn reset(&mut self) {
        self.decoder.reset();
        self.context = Context::Valid;
    }

    /// Resets the decoder, and checks that it decodes like a new one.
    fn check_reset(&mut self) {
        const MESSAGE: &str = "{}";

        self.reset();
        if let Some(bytes) = compressed(MESSAGE, self.compression) {
            let expected = if self.limit < MESSAGE.len() {
                Err(DecodeErrorKind::TooLarge { limit: self.limit })
            } else {
                Ok(Some(MESSAGE.to_owned()))
            };
            assert_eq!(self.binary(&bytes), expected, "{}", self.compression);
        }
    }

    fn check_memory(&self) {
        let limit = MIN_OUTPUT_BUFFER_BYTES.max(self.limit + 1);
        let used = self.decoder.buffer_bytes();
        assert!(
            used <= limit,
            "{}: {used} bytes for messages of {}",
            self.compression,
            self.limit
        );
    }

    /// Returns true if a message depends on those before it.
    const fn has_context(&self) -> bool {
        self.compression.query_value().is_some()
    }
}

thread_local! {
    // Reused, since building a stream takes longer than everything else.
    static ZLIB: RefCell<zlib::Stream> = RefCell::new(zlib::Stream::with_level(1));
    #[cfg(feature = "zstd")]
    static ZSTD: RefCell<zstd::Stream> = RefCell::new(zstd::Stream::with_level(1));
    static COMPRESSED: RefCell<HashMap<Compression, Vec<u8>>> = RefCell::default();
}

/// Returns `message`, compressed as the first of a connection.
fn compressed(message: &str, compression: Compression) -> Option<Vec<u8>> {
    COMPRESSED.with_borrow_mut(|known| {
        if let Some(bytes) = known.get(&compression) {
            return Some(bytes.clone());
        }
        let bytes = Gateway::new(compression)?.compress(message.as_bytes());
        known.insert(compression, bytes.clone());
        Some(bytes)
    })
}

/// The gateway's side of a compression. Only one can be in use at a time.
enum Gateway {
    Payload,
    Stream,
    #[cfg(feature = "zstd")]
    Frames,
}

impl Gateway {
    fn new(compression: Compression) -> Option<Self> {
        match compression {
            Compression::Payload => Some(Self::Payload),
            Compression::ZlibStream => {
                ZLIB.with_borrow_mut(zlib::Stream::reset);
                Some(Self::Stream)
            }
            #[cfg(feature = "zstd")]
            Compression::ZstdStream => {
                ZSTD.with_borrow_mut(zstd::Stream::reset);
                Some(Self::Frames)
            }
            _ => None,
        }
    }

    fn compress(&mut self, text: &[u8]) -> Vec<u8> {
        match self {
            Self::Payload => ZLIB.with_borrow_mut(|stream| {
                stream.reset();
                stream.finish(text)
            }),
            Self::Stream => ZLIB.with_borrow_mut(|stream| stream.message(text)),
            #[cfg(feature = "zstd")]
            Self::Frames => ZSTD.with_borrow_mut(|stream| stream.message(text)),
        }
    }

    /// Splits a message. Only a zlib stream can be split, and no part may end like a complete message.
    fn split<'a>(&self, mut bytes: &'a [u8], script: &mut Script<'_>) -> Vec<&'a [u8]> {
        const SUFFIX: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

        let mut parts = Vec::new();
        if matches!(self, Self::Stream) {
            let whole = bytes;
            for _ in 0..script.below(8) {
                let (part, rest) = bytes.split_at(usize::from(script.byte()).min(bytes.len()));
                let read = whole.len() - rest.len();
                if rest.is_empty() || whole[..read].ends_with(&SUFFIX) {
                    continue;
                }
                parts.push(part);
                bytes = rest;
            }
        }
        parts.push(bytes);
        parts
    }
}
