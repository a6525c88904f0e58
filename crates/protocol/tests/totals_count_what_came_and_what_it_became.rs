//! A decoder counts the bytes that it took, as they came, and those of the payloads it gave back.

mod common;

use gloaming_protocol::{Compression, Decoder, DecoderLimits, Frame};

const TEXT: &str =
    r#"{"op":11,"d":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}"#;

/// Feeds each message and says what the totals grew to.
fn totals(compression: Compression, messages: &[Vec<u8>]) -> (u64, u64) {
    let mut decoder = Decoder::new(compression, DecoderLimits::default()).unwrap();
    for message in messages {
        decoder.decode(Frame::Binary(message)).unwrap();
    }
    let binary = (decoder.compressed_bytes(), decoder.inflated_bytes());
    decoder.reset();
    decoder.decode(Frame::Text(TEXT)).unwrap();
    let length = TEXT.len() as u64;
    assert_eq!(
        (decoder.compressed_bytes(), decoder.inflated_bytes()),
        (binary.0 + length, binary.1 + length),
        "a text counts as it is, and a reset forgets nothing"
    );
    binary
}

fn bytes(messages: &[Vec<u8>]) -> u64 {
    messages.iter().map(|message| message.len() as u64).sum()
}

#[test]
fn of_texts() {
    assert_eq!(totals(Compression::None, &[]), (0, 0));
}

#[test]
#[cfg(any(feature = "zlib-ng", feature = "zlib-stock", feature = "zlib-system"))]
fn of_zlib() {
    use common::zlib;

    let twice = 2 * TEXT.len() as u64;
    let whole = [(); 2].map(|()| zlib::whole(TEXT.as_bytes()));
    assert_eq!(totals(Compression::Payload, &whole), (bytes(&whole), twice));

    let mut stream = zlib::Stream::new();
    let (first, second) = (
        stream.message(TEXT.as_bytes()),
        stream.message(TEXT.as_bytes()),
    );
    let (head, tail) = second.split_at(3);
    let parts = [first, head.to_vec(), tail.to_vec()];
    assert_eq!(
        totals(Compression::ZlibStream, &parts),
        (bytes(&parts), twice)
    );
}

#[test]
#[cfg(feature = "zstd")]
fn of_zstd() {
    let mut stream = common::zstd::Stream::new();
    let messages = [(); 2].map(|()| stream.message(TEXT.as_bytes()));
    assert_eq!(
        totals(Compression::ZstdStream, &messages),
        (bytes(&messages), 2 * TEXT.len() as u64)
    );
}
