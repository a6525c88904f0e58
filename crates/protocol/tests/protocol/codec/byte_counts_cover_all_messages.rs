//! A decoder counts the bytes of all messages, as received and inflated.

use gloaming_protocol::{Compression, Decoder, DecoderLimits, Frame};

const TEXT: &str =
    r#"{"op":11,"d":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}"#;

/// Decodes the messages, checks the count of received bytes, and returns the count of inflated bytes.
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
        "a text counts in both, and a reset keeps the counts"
    );
    binary.1
}

#[test]
fn text_messages_are_counted() {
    assert_eq!(inflated(Compression::None, &[]), 0);
}

#[test]
#[cfg(any(feature = "zlib-ng", feature = "zlib-stock", feature = "zlib-system"))]
fn zlib_messages_are_counted() {
    use crate::harness::zlib;

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
#[cfg(any(feature = "zlib-ng", feature = "zlib-stock", feature = "zlib-system"))]
fn inflated_part_of_a_message_is_counted_until_its_end() {
    use crate::harness::zlib;
    use gloaming_protocol::Inflater;

    for inflater in Inflater::ALL {
        let limits = DecoderLimits::default();
        let mut decoder =
            Decoder::with_inflater(Compression::ZlibStream, inflater, limits).unwrap();
        let message = zlib::Stream::new().message(TEXT.as_bytes());
        assert_eq!(decoder.partial_bytes(), 0);
        // Without the four bytes that end each message.
        let (head, end) = message.split_at(message.len() - 4);
        assert_eq!(decoder.decode(Frame::Binary(head)).unwrap(), None);
        assert_eq!(decoder.partial_bytes(), TEXT.len(), "{inflater}");
        assert_eq!(decoder.decode(Frame::Binary(end)).unwrap(), Some(TEXT));
        assert_eq!(decoder.partial_bytes(), 0, "{inflater}");
    }
}

#[test]
#[cfg(feature = "zstd")]
fn zstd_messages_are_counted() {
    let mut stream = crate::harness::zstd::Stream::new();
    let messages = [(); 2].map(|()| stream.message(TEXT.as_bytes()));
    assert_eq!(
        inflated(Compression::ZstdStream, &messages),
        2 * TEXT.len() as u64
    );
}
