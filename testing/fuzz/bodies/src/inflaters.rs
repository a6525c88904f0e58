use crate::script::Script;
use gloaming_protocol::{
    Compression, DecodeErrorKind, Decoder, DecoderLimits, Frame, Inflater,
    limits::MIN_OUTPUT_BUFFER_BYTES,
};
use gloaming_test_support::{
    Random,
    deflate::{DeflateStream, Faults},
};

/// The start of a zlib stream.
const HEADER: [u8; 2] = [0x78, 0x9c];

/// A limit that few inputs reach, with an acceptable amount of memory.
const LARGE_LIMIT: usize = 1 << 20;

/// Decodes deflate streams with each inflater. Text, errors and their places have to be the same.
pub fn inflaters(data: &[u8]) {
    let mut script = Script::new(data);
    let kind = script.below(3);
    let limit = match script.below(4) {
        0 => usize::from(script.u16()),
        _ => LARGE_LIMIT,
    };
    let mut pair = Pair::new(limit);
    pair.decode(&HEADER);
    match kind {
        0 => pair.decode(script.rest()),
        1 => {
            while !script.is_over() {
                pair.maintain(script.byte());
                pair.decode(script.chunk());
            }
        }
        _ => damaged(&mut pair, &mut script),
    }
}

/// Decodes generated streams with a few changed bytes, in a few parts.
fn damaged(pair: &mut Pair, script: &mut Script<'_>) {
    let mut random = Random::new(script.u64());
    let mut stream = DeflateStream::new();
    let faults = match script.below(2) {
        0 => Faults::None,
        _ => Faults::Some,
    };
    while !script.is_over() {
        let mut bytes = stream.message(&mut random, faults);
        for _ in 0..script.below(4) {
            let at = usize::from(script.u16()) % bytes.len();
            bytes[at] ^= script.byte();
        }
        let mut rest = &bytes[..];
        for _ in 0..script.below(4) {
            pair.maintain(script.byte());
            let (part, tail) = rest.split_at(usize::from(script.u16()) % (rest.len() + 1));
            pair.decode(part);
            rest = tail;
        }
        pair.decode(rest);
    }
}

/// A decoder of each kind.
struct Pair {
    flate2: Decoder,
    built_in: Decoder,
    limit: usize,
}

impl Pair {
    fn new(limit: usize) -> Self {
        let limits = DecoderLimits {
            max_message_bytes: limit,
        };
        let decoder = |inflater| {
            Decoder::with_inflater(Compression::ZlibStream, inflater, limits)
                .expect("both inflaters are compiled in")
        };
        Self {
            flate2: decoder(Inflater::Flate2),
            built_in: decoder(Inflater::BuiltIn),
            limit,
        }
    }

    fn decode(&mut self, part: &[u8]) {
        let flate2 = decode(&mut self.flate2, part);
        let built_in = decode(&mut self.built_in, part);
        // Which of several faults is found first depends on how much is inflated at once.
        let is_too_large =
            |outcome: &Outcome| matches!(outcome.0, Err(DecodeErrorKind::TooLarge { .. }));
        let are_both_rejected = flate2.0.is_err() && built_in.0.is_err();
        assert!(
            flate2 == built_in
                || are_both_rejected && (is_too_large(&flate2) || is_too_large(&built_in)),
            "{flate2:?} with flate2, {built_in:?} built in"
        );
        let most = MIN_OUTPUT_BUFFER_BYTES.max(self.limit + 1);
        assert!(self.built_in.buffer_bytes() <= most);
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

type Outcome = (Result<Option<String>, DecodeErrorKind>, usize, u64);

fn decode(decoder: &mut Decoder, part: &[u8]) -> Outcome {
    let decoded = decoder.decode(Frame::Binary(part));
    let decoded = decoded.map(|text| text.map(str::to_owned));
    (
        decoded.map_err(|error| error.kind()),
        decoder.partial_bytes(),
        decoder.inflated_bytes(),
    )
}
