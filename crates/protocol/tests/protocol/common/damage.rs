//! Compressed streams that are damaged on the way.

use super::{dispatch_fixture, dispatch_text};
use gloaming_protocol::{Compression, DecodeErrorKind, Decoder, DecoderLimits, Frame};

/// Messages up to 1 MiB.
pub(crate) fn decoder(compression: Compression) -> Decoder {
    let limits = DecoderLimits {
        max_message_bytes: 1 << 20,
    };
    Decoder::new(compression, limits).unwrap()
}

pub(crate) fn text() -> String {
    dispatch_text("MESSAGE_CREATE", 42, &dispatch_fixture("MESSAGE_CREATE"))
}

/// Feeds a damaged stream: after the first error nothing comes but errors, until the reset. Then `sound`, the first
/// message of another stream, which says `{}`, is understood.
pub(crate) fn feed_damaged(
    decoder: &mut Decoder,
    messages: &[Vec<u8>],
    sound: &[u8],
) -> Option<DecodeErrorKind> {
    let mut failed = None;
    for message in messages {
        match decoder.decode(Frame::Binary(message)) {
            Ok(_) => assert_eq!(failed, None, "a lost context recovered by itself"),
            Err(error) if failed.is_none() => failed = Some(error.kind()),
            Err(error) => assert_eq!(error.kind(), DecodeErrorKind::ContextLost),
        }
    }
    decoder.reset();
    assert_eq!(decoder.decode(Frame::Binary(sound)).unwrap(), Some("{}"));
    decoder.reset();
    failed
}

/// Feeds these messages with each of their bits flipped, one at a time.
pub(crate) fn flip_every_bit(messages: &[Vec<u8>], mut feed: impl FnMut(&[Vec<u8>])) {
    for message in 0..messages.len() {
        for position in 0..messages[message].len() {
            for bit in 0..8 {
                let mut messages = messages.to_vec();
                messages[message][position] ^= 1 << bit;
                feed(&messages);
            }
        }
    }
}
