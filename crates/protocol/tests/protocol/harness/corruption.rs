//! Corrupt compressed streams.

use super::{dispatch_fixture, dispatch_text};
use gloaming_protocol::{Compression, DecodeErrorKind, Decoder, DecoderLimits, Frame};

/// A decoder for messages of up to 1 MiB.
pub(crate) fn decoder(compression: Compression) -> Decoder {
    let limits = DecoderLimits {
        max_message_bytes: 1 << 20,
    };
    Decoder::new(compression, limits).unwrap()
}

pub(crate) fn text() -> String {
    dispatch_text("MESSAGE_CREATE", 42, &dispatch_fixture("MESSAGE_CREATE"))
}

/// Decodes a corrupt stream and returns the kind of the first error.
///
/// Checks that everything after the first error fails until the reset, and that the decoder then decodes `valid`,
/// the first message of another stream, whose text is `{}`.
pub(crate) fn decode_corrupt(
    decoder: &mut Decoder,
    messages: &[Vec<u8>],
    valid: &[u8],
) -> Option<DecodeErrorKind> {
    let mut failed = None;
    for message in messages {
        match decoder.decode(Frame::Binary(message)) {
            Ok(_) => assert_eq!(failed, None, "an invalid context recovered without a reset"),
            Err(error) if failed.is_none() => failed = Some(error.kind()),
            Err(error) => assert_eq!(error.kind(), DecodeErrorKind::ContextLost),
        }
    }
    decoder.reset();
    assert_eq!(decoder.decode(Frame::Binary(valid)).unwrap(), Some("{}"));
    decoder.reset();
    failed
}

/// Calls `check` with the messages once per bit, with that bit flipped.
pub(crate) fn flip_every_bit(messages: &[Vec<u8>], mut check: impl FnMut(&[Vec<u8>])) {
    for message in 0..messages.len() {
        for position in 0..messages[message].len() {
            for bit in 0..8 {
                let mut messages = messages.to_vec();
                messages[message][position] ^= 1 << bit;
                check(&messages);
            }
        }
    }
}
