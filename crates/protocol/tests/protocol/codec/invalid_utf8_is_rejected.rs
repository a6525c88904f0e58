//! A compressed message that is not valid UTF-8 is rejected.

use gloaming_protocol::{Compression, DecodeErrorKind, Decoder, DecoderLimits, Frame};

#[cfg(any(
    feature = "zlib-ng",
    feature = "zlib-stock",
    feature = "zlib-system",
    feature = "zstd"
))]
const INVALID: [&[u8]; 5] = [
    b"{\"op\":11,\"x\":\"\xff\"}",
    b"\xc3",
    b"{\"x\":\"\xed\xa0\x80\"}",
    b"\xf0\x9f\x94",
    b"\xc0\x80",
];

#[test]
#[cfg(any(feature = "zlib-ng", feature = "zlib-stock", feature = "zlib-system"))]
fn zlib_messages_with_invalid_utf8_are_rejected() {
    use crate::harness::zlib;

    for message in INVALID {
        let mut stream = zlib::Stream::new();
        let mut decoder = Decoder::new(Compression::ZlibStream, DecoderLimits::default()).unwrap();
        let compressed = stream.message(message);
        let error = decoder.decode(Frame::Binary(&compressed)).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::InvalidUtf8);
        // The stream may be corrupt, since its checksum is not verified.
        let compressed = stream.message(b"{}");
        let error = decoder.decode(Frame::Binary(&compressed)).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::ContextLost);

        let mut decoder = Decoder::new(Compression::Payload, DecoderLimits::default()).unwrap();
        let compressed = zlib::whole(message);
        let error = decoder.decode(Frame::Binary(&compressed)).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::InvalidUtf8);
        let compressed = zlib::whole(b"{}");
        assert_eq!(
            decoder.decode(Frame::Binary(&compressed)).unwrap(),
            Some("{}")
        );
    }
}

#[test]
#[cfg(feature = "zstd")]
fn zstd_messages_with_invalid_utf8_are_rejected() {
    use crate::harness::zstd;

    for message in INVALID {
        let mut stream = zstd::Stream::new();
        let mut decoder = Decoder::new(Compression::ZstdStream, DecoderLimits::default()).unwrap();
        let compressed = stream.message(message);
        let error = decoder.decode(Frame::Binary(&compressed)).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::InvalidUtf8);
        let compressed = stream.message(b"{}");
        let error = decoder.decode(Frame::Binary(&compressed)).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::ContextLost);
    }
}

#[test]
fn binary_messages_require_compression() {
    let mut decoder = Decoder::new(Compression::None, DecoderLimits::default()).unwrap();
    let error = decoder.decode(Frame::Binary(b"{}")).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::UnexpectedBinary);
    assert_eq!(decoder.decode(Frame::Text("{}")).unwrap(), Some("{}"));
}

#[test]
fn unavailable_compression_is_an_error() {
    for compression in Compression::ALL {
        let decoder = Decoder::new(compression, DecoderLimits::default());
        let unavailable = decoder.err().map(|error| error.kind());
        let expected = DecodeErrorKind::Unavailable { compression };
        assert_eq!(
            unavailable,
            (!compression.is_available()).then_some(expected)
        );
    }
}
