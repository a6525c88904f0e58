//! Compressed messages.

use super::case;
use crate::{
    Attack::{self, Frames},
    Case, Family, Reached, Reaction,
    Reaction::{Reconnects, Stays},
};
use gloaming_test_support::{
    wire::{BINARY, frame},
    zlib, zstd,
};

const ACK: &[u8] = br#"{"op":11,"d":null}"#;

/// What is inflated from a bomb: far more than a shard accepts.
const BOMB_BYTES: usize = 8 * 1024 * 1024;

pub(super) fn cases() -> Vec<Case> {
    let of = |name, attack: Attack, reaction: Reaction| {
        case(Family::Compression, Reached::Active, name, attack, reaction)
    };
    let first = |name, attack: Attack, reaction: Reaction| {
        case(Family::Compression, Reached::Open, name, attack, reaction)
    };
    vec![
        first(
            "gzip",
            Frames(|it| compressed(it, &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])),
            Reconnects,
        ),
        first(
            "random bytes as the first message",
            Frames(|it| compressed(it, &[0xa5; 512])),
            Reconnects,
        ),
        first(
            "JSON as the first binary message",
            Frames(|it| compressed(it, ACK)),
            Reconnects,
        ),
        first("the other compression", Frames(other_stream), Reconnects),
        of(
            "random bytes",
            Frames(|it| compressed(it, &[0xff; 512])),
            Reconnects,
        ),
        of("zeros", Frames(|it| compressed(it, &[0; 512])), Reconnects),
        of(
            "half of a message, and others",
            Frames(|it| {
                let half = it.message(&ACK.repeat(50))?;
                let mut frames = frame(BINARY, &half[..half.len() / 2]);
                for _ in 0..20 {
                    frames.extend(frame(BINARY, &it.message(ACK)?));
                }
                Some(frames)
            }),
            Reconnects,
        ),
        of(
            "a bomb",
            Frames(|it| Some(frame(BINARY, &it.message(&bomb())?))),
            Reconnects,
        ),
        of(
            "a message of zlib-stream in two messages of the WebSocket",
            Frames(|it| {
                let message = it.zlib()?.message(ACK);
                let (head, tail) = message.split_at(message.len() / 2);
                Some([frame(BINARY, head), frame(BINARY, tail)].concat())
            }),
            Stays,
        ),
        of(
            "a message of zstd-stream in two messages of the WebSocket",
            Frames(|it| {
                let message = it.zstd()?.message(ACK);
                let (head, tail) = message.split_at(message.len() / 2);
                Some([frame(BINARY, head), frame(BINARY, tail)].concat())
            }),
            Reconnects,
        ),
        of(
            "zlib-stream begins anew",
            Frames(|it| {
                it.zlib()?;
                Some(frame(BINARY, &zlib::Stream::new().message(ACK)))
            }),
            Reconnects,
        ),
        of(
            "zlib-stream ends",
            Frames(|it| Some(frame(BINARY, &it.zlib()?.finish(ACK)))),
            Reconnects,
        ),
        first(
            "zlib with a dictionary",
            Frames(|it| {
                it.zlib()?;
                Some(frame(BINARY, &[0x78, 0xbb, 1, 2, 3, 4, 0, 0, 0xff, 0xff]))
            }),
            Reconnects,
        ),
        first(
            "zlib without its header",
            Frames(|it| {
                it.zlib()?;
                Some(frame(BINARY, &zlib::Stream::new().message(ACK)[2..]))
            }),
            Reconnects,
        ),
        first(
            "zstd with a window of 128 MiB",
            Frames(|it| {
                it.zstd()?;
                Some(frame(BINARY, &zstd::Stream::with_window(27).message(ACK)))
            }),
            Reconnects,
        ),
        of(
            "zstd that names a dictionary",
            Frames(|it| {
                it.zstd()?;
                let named = [0x28, 0xb5, 0x2f, 0xfd, 0x03, 0x58, 1, 2, 3, 4, 0, 0, 0];
                Some(
                    [
                        frame(BINARY, &it.zstd()?.last_of_a_frame(ACK)),
                        frame(BINARY, &named),
                    ]
                    .concat(),
                )
            }),
            Reconnects,
        ),
    ]
}

/// A binary frame with these bytes, if the connection is compressed.
fn compressed(encoder: &crate::encoder::Encoder, bytes: &[u8]) -> Option<Vec<u8>> {
    (!encoder.is_plain()).then(|| frame(BINARY, bytes))
}

fn other_stream(encoder: &mut crate::encoder::Encoder) -> Option<Vec<u8>> {
    let message = match (encoder.zlib().is_some(), encoder.zstd().is_some()) {
        (true, _) => zstd::Stream::new().message(ACK),
        (_, true) => zlib::Stream::new().message(ACK),
        _ => return None,
    };
    Some(frame(BINARY, &message))
}

fn bomb() -> Vec<u8> {
    let mut text = br#"{"op":0,"s":3,"t":"X","d":""#.to_vec();
    text.resize(BOMB_BYTES, b'a');
    text
}
