//! A compressed message that is no UTF-8 is a typed error.

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
fn in_compressed_messages() {
    use crate::common::zlib;

    for message in INVALID {
        let mut stream = zlib::Stream::new();
        let mut decoder = Decoder::new(Compression::ZlibStream, DecoderLimits::default()).unwrap();
        let compressed = stream.message(message);
        let error = decoder.decode(Frame::Binary(&compressed)).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::InvalidUtf8);
        // Without a checksum this may be damage, so the stream is not trusted any more.
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
fn in_messages_of_zstd() {
    use crate::common::zstd;

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
fn binary_messages_need_compression() {
    let mut decoder = Decoder::new(Compression::None, DecoderLimits::default()).unwrap();
    let error = decoder.decode(Frame::Binary(b"{}")).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::UnexpectedBinary);
    assert_eq!(decoder.decode(Frame::Text("{}")).unwrap(), Some("{}"));
}

#[test]
fn what_is_not_compiled_in_is_a_typed_error() {
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
