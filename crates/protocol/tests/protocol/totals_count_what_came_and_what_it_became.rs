//! A decoder counts the bytes that it took, as they came, and those of the payloads it gave back.

use gloaming_protocol::{Compression, Decoder, DecoderLimits, Frame};

const TEXT: &str =
    r#"{"op":11,"d":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}"#;

/// Feeds each message, which counts as long as it is, and says how much came out.
fn inflated(compression: Compression, messages: &[Vec<u8>]) -> u64 {
    let mut decoder = Decoder::new(compression, DecoderLimits::default()).unwrap();
    let mut length = 0;
    for message in messages {
        length += message.len() as u64;
        decoder.decode(Frame::Binary(message)).unwrap();
    }
    let binary = (decoder.compressed_bytes(), decoder.inflated_bytes());
    assert_eq!(binary.0, length);
    decoder.reset();
    decoder.decode(Frame::Text(TEXT)).unwrap();
    let length = TEXT.len() as u64;
    assert_eq!(
        (decoder.compressed_bytes(), decoder.inflated_bytes()),
        (binary.0 + length, binary.1 + length),
        "a text counts as it is, and a reset forgets nothing"
    );
    binary.1
}

#[test]
fn of_texts() {
    assert_eq!(inflated(Compression::None, &[]), 0);
}

#[test]
#[cfg(any(feature = "zlib-ng", feature = "zlib-stock", feature = "zlib-system"))]
fn of_zlib() {
    use crate::common::zlib;

    let twice = 2 * TEXT.len() as u64;
    let whole = [(); 2].map(|()| zlib::whole(TEXT.as_bytes()));
    assert_eq!(inflated(Compression::Payload, &whole), twice);

    let mut stream = zlib::Stream::new();
    let (first, second) = (
        stream.message(TEXT.as_bytes()),
        stream.message(TEXT.as_bytes()),
    );
    let (head, tail) = second.split_at(3);
    let parts = [first, head.to_vec(), tail.to_vec()];
    assert_eq!(inflated(Compression::ZlibStream, &parts), twice);
}

#[test]
#[cfg(feature = "zstd")]
fn of_zstd() {
    let mut stream = crate::common::zstd::Stream::new();
    let messages = [(); 2].map(|()| stream.message(TEXT.as_bytes()));
    assert_eq!(
        inflated(Compression::ZstdStream, &messages),
        2 * TEXT.len() as u64
    );
}
