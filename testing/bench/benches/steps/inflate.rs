//! Decompressing one message of a connection.

use divan::Bencher;
use gloaming_protocol::{Compression, Decoder, DecoderLimits, Frame, Inflater};
use gloaming_test_support::{zlib, zstd};

use crate::traffic::payload;

/// As many messages of a connection are decompressed in turn. Each differs from the others.
const MESSAGES: usize = 1_000;

fn messages(mut compress: impl FnMut(&[u8]) -> Vec<u8>) -> Vec<Vec<u8>> {
    let text = payload("MESSAGE_CREATE");
    (0..MESSAGES)
        .map(|number| {
            compress(
                text.replace(r#""s":42"#, &format!(r#""s":{number}"#))
                    .as_bytes(),
            )
        })
        .collect()
}

fn decompress(bencher: Bencher<'_, '_>, mut decoder: Decoder, messages: &[Vec<u8>]) {
    let mut next = 0;
    bencher.bench_local(|| {
        if next == 0 {
            decoder.reset();
        }
        let decoded = decoder.decode(Frame::Binary(&messages[next]));
        next = (next + 1) % messages.len();
        decoded.map(|text| text.map(str::len))
    });
}

#[divan::bench(args = [Inflater::Flate2, Inflater::BuiltIn])]
fn zlib_stream(bencher: Bencher<'_, '_>, inflater: Inflater) {
    let mut stream = zlib::Stream::new();
    let limits = DecoderLimits::default();
    let decoder = Decoder::with_inflater(Compression::ZlibStream, inflater, limits)
        .expect("both inflaters are compiled in");
    decompress(bencher, decoder, &messages(|text| stream.message(text)));
}

#[divan::bench(args = [Inflater::Libzstd, Inflater::BuiltIn])]
fn zstd_stream(bencher: Bencher<'_, '_>, inflater: Inflater) {
    let mut stream = zstd::Stream::new();
    let limits = DecoderLimits::default();
    let decoder = Decoder::with_inflater(Compression::ZstdStream, inflater, limits)
        .expect("both decompressors are compiled in");
    decompress(bencher, decoder, &messages(|text| stream.message(text)));
}
