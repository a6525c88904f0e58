use crate::script::Script;
use gloaming_protocol::{
    Compression, DecodeErrorKind, Decoder, DecoderLimits, Frame, Inflater,
    limits::MIN_OUTPUT_BUFFER_BYTES,
};
use gloaming_test_support::{
    Random,
    deflate::Faults,
    zstd_frames::{FrameStream, MAGIC, STRICTER_THAN_LIBZSTD},
};
use std::error::Error;

/// A window of 1 KiB.
const HEADER: [u8; 6] = [MAGIC[0], MAGIC[1], MAGIC[2], MAGIC[3], 0, 0];

/// A limit that few inputs reach, with an acceptable amount of memory.
const LARGE_LIMIT: usize = 1 << 20;

/// Decompresses zstd streams with each decompressor. Text and errors have to be the same, unless the built-in one is
/// stricter, as RFC 8878 is.
pub fn zstd(data: &[u8]) {
    let mut script = Script::new(data);
    let kind = script.below(4);
    let limit = match script.below(4) {
        0 => usize::from(script.u16()),
        _ => LARGE_LIMIT,
    };
    let mut pair = Pair::new(limit);
    match kind {
        0 => pair.decode(script.rest()),
        1 => pair.decode(&[&HEADER, script.rest()].concat()),
        2 => {
            pair.decode(&HEADER);
            while !script.is_over() {
                pair.maintain(script.byte());
                pair.decode(script.chunk());
            }
        }
        _ => damaged(&mut pair, &mut script),
    }
}

/// Decompresses generated streams with a few changed bytes.
fn damaged(pair: &mut Pair, script: &mut Script<'_>) {
    let mut random = Random::new(script.u64());
    let mut stream = FrameStream::new();
    let faults = match script.below(2) {
        0 => Faults::None,
        _ => Faults::Some,
    };
    while !script.is_over() {
        let mut bytes = stream.message(&mut random, faults);
        if !bytes.is_empty() {
            for _ in 0..script.below(3) {
                let at = usize::from(script.u16()) % bytes.len();
                bytes[at] ^= script.byte();
            }
        }
        pair.maintain(script.byte());
        pair.decode(&bytes);
    }
}

/// A decoder of each kind. Without libzstd, only the limits of the other are checked.
struct Pair {
    libzstd: Option<Decoder>,
    built_in: Decoder,
    limit: usize,
    has_ended: bool,
}

type Decoded = Result<Option<String>, DecodeErrorKind>;

impl Pair {
    fn new(limit: usize) -> Self {
        let limits = DecoderLimits {
            max_message_bytes: limit,
        };
        let decoder = |inflater| {
            Decoder::with_inflater(Compression::ZstdStream, inflater, limits)
                .expect("both decompressors are compiled in")
        };
        Self {
            libzstd: Inflater::Libzstd
                .supports(Compression::ZstdStream)
                .then(|| decoder(Inflater::Libzstd)),
            built_in: decoder(Inflater::BuiltIn),
            limit,
            has_ended: false,
        }
    }

    fn decode(&mut self, message: &[u8]) {
        if self.has_ended {
            return;
        }
        let (built_in, reason) = decode(&mut self.built_in, message);
        self.has_ended = built_in.is_err();
        let most = MIN_OUTPUT_BUFFER_BYTES.max(self.limit + 1);
        assert!(self.built_in.buffer_bytes() <= most);
        let Some(libzstd) = &mut self.libzstd else {
            return;
        };
        let (libzstd, _) = decode(libzstd, message);
        match (&libzstd, &built_in) {
            (Ok(_) | Err(DecodeErrorKind::InvalidUtf8), Err(_)) => {
                let is_stricter = STRICTER_THAN_LIBZSTD.contains(&&*reason);
                assert!(
                    is_stricter || libzstd == built_in,
                    "libzstd accepts this: {reason}"
                );
            }
            // Which of several faults is found first depends on how much is decompressed at once.
            (Err(_), Err(DecodeErrorKind::TooLarge { .. }))
            | (Err(DecodeErrorKind::TooLarge { .. }), Err(_)) => {}
            (Err(_), Err(_)) if STRICTER_THAN_LIBZSTD.contains(&&*reason) => {}
            _ => assert!(
                libzstd == built_in,
                "{libzstd:?} with libzstd, {built_in:?} built in ({reason})"
            ),
        }
    }

    /// Does what a connection without traffic does, which must not change the context.
    fn maintain(&mut self, choice: u8) {
        match choice % 8 {
            0 => self.built_in.shrink_buffer(),
            1 => self.built_in.release_buffer(),
            _ => {}
        }
    }
}

/// Returns the text or the kind of error, and the reason for the error.
fn decode(decoder: &mut Decoder, message: &[u8]) -> (Decoded, String) {
    match decoder.decode(Frame::Binary(message)) {
        Ok(text) => (Ok(text.map(str::to_owned)), String::new()),
        Err(error) => {
            let reason = error.source().map(ToString::to_string);
            (Err(error.kind()), reason.unwrap_or_default())
        }
    }
}
