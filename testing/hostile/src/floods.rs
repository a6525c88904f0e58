//! Every flood, with what it may cost.

use crate::{Bounds, Encoder, Flood, FloodKind, Reached, Setup};
use gloaming_shard::Compression;
use gloaming_test_support::wire::{CONTINUATION, PING, PONG, close_frame, frame, unfinished};
use std::time::Duration;

/// What a shard may cost that reads as fast as it can: a whole core, since the events might be real ones.
const READING: Bounds = Bounds {
    cpu_percent: 105.0,
    memory_mib: 64,
    log_bytes: 16 * 1024,
    connections: 90,
    // Without optimization. With it, it is some milliseconds.
    stall: Duration::from_secs(2),
};

/// What a shard may cost that has to connect again and again.
const CONNECTING: Bounds = Bounds {
    cpu_percent: 25.0,
    ..READING
};

/// Returns all floods.
#[must_use]
pub fn floods() -> Vec<Flood> {
    use FloodKind::{Connections, Frames};
    use Reached::{Active, Handshake, Identified, Open};

    let zlib = Setup {
        compression: Compression::ZlibStream,
        ..Setup::PLAIN
    };
    let zstd = Setup {
        compression: Compression::ZstdStream,
        ..Setup::PLAIN
    };
    vec![
        flood("pings", Frames(Active, |_, _| frame(PING, b"x")), READING),
        flood("pongs", Frames(Active, |_, _| frame(PONG, b"x")), READING),
        flood(
            "pings before HELLO",
            Frames(Open, |_, _| frame(PING, b"x")),
            READING,
        ),
        flood(
            "ACKs before HELLO",
            Frames(Open, |it, _| it.frame(br#"{"op":11,"d":null}"#)),
            READING,
        ),
        flood(
            "ACKs",
            Frames(Active, |it, _| it.frame(br#"{"op":11,"d":null}"#)),
            READING,
        ),
        flood(
            "heartbeat requests",
            Frames(Active, |it, _| it.frame(br#"{"op":1,"d":null}"#)),
            READING,
        ),
        flood(
            "empty frames",
            Frames(Active, |_, number| match number {
                0 => unfinished(1, b""),
                _ => unfinished(CONTINUATION, b""),
            }),
            READING,
        ),
        flood(
            "unknown ops",
            Frames(Active, |it, _| it.frame(br#"{"op":99,"d":null}"#)),
            READING,
        ),
        flood(
            "events again and again",
            Frames(Active, |it, _| {
                it.frame(br#"{"op":0,"s":1,"t":"TYPING_START","d":{}}"#)
            }),
            READING,
        ),
        flood(
            "skipped sequences",
            Frames(Active, |it, number| {
                dispatch(it, 10 + number * 2, "X", "{}")
            }),
            READING,
        ),
        flood(
            "events to repair",
            Frames(Active, |it, number| {
                let typing = r#"{"channel_id":1,"user_id":"2","timestamp":"3"}"#;
                dispatch(it, 3 + number, "TYPING_START", typing)
            }),
            READING,
        ),
        flood(
            "events that can't be decoded",
            Frames(Active, |it, number| {
                dispatch(it, 3 + number, "MESSAGE_CREATE", "7")
            }),
            READING,
        ),
        flood(
            "sessions",
            Frames(Active, |it, number| {
                dispatch(it, 1, "READY", &format!(r#"{{"session_id":"{number}"}}"#))
            }),
            READING,
        ),
        flood(
            "sessions with an id of a megabyte",
            Frames(Active, |it, _| {
                let id = "x\\n".repeat(1 << 19);
                dispatch(it, 1, "READY", &format!(r#"{{"session_id":"{id}"}}"#))
            }),
            READING,
        ),
        flood(
            "events of a megabyte",
            Frames(Active, event_of_a_megabyte),
            READING,
        ),
        Flood {
            setup: zlib,
            ..flood(
                "the same, zlib-stream",
                Frames(Active, event_of_a_megabyte),
                READING,
            )
        },
        Flood {
            setup: zstd,
            ..flood(
                "the same, zstd-stream",
                Frames(Active, event_of_a_megabyte),
                READING,
            )
        },
        flood(
            "refused handshakes",
            Connections(Handshake, |_| {
                b"HTTP/1.1 503 Service Unavailable\r\n\r\n".to_vec()
            }),
            CONNECTING,
        ),
        flood(
            "garbage in place of HELLO",
            Connections(Open, |it| it.frame(b"<html>")),
            CONNECTING,
        ),
        flood(
            "close frames in place of HELLO",
            Connections(Open, |_| close_frame(4000, "\u{1b}[2Jforged\n")),
            CONNECTING,
        ),
        flood(
            "op 9 in place of READY",
            Connections(Identified, |it| it.frame(br#"{"op":9,"d":false}"#)),
            CONNECTING,
        ),
        flood(
            "READY without a session",
            Connections(Identified, |it| dispatch(it, 1, "READY", "{}")),
            CONNECTING,
        ),
        flood(
            "op 7 in each session",
            Connections(Active, |it| it.frame(br#"{"op":7,"d":null}"#)),
            CONNECTING,
        ),
        flood(
            "close frames in each session",
            Connections(Active, |_| close_frame(4000, &"x\n".repeat(60))),
            CONNECTING,
        ),
        flood(
            "garbage in each session",
            Connections(Active, |it| it.frame(b"[[[[")),
            CONNECTING,
        ),
    ]
}

const fn flood(name: &'static str, kind: FloodKind, bounds: Bounds) -> Flood {
    Flood {
        name,
        setup: Setup::PLAIN,
        kind,
        bounds,
    }
}

/// An event with data of a megabyte.
fn event_of_a_megabyte(encoder: &mut Encoder, number: u64) -> Vec<u8> {
    dispatch(
        encoder,
        3 + number,
        "X",
        &format!("\"{}\"", "x".repeat(1 << 20)),
    )
}

fn dispatch(encoder: &mut Encoder, sequence: u64, name: &str, data: &str) -> Vec<u8> {
    let text = format!(r#"{{"op":0,"s":{sequence},"t":"{name}","d":{data}}}"#);
    encoder.frame(text.as_bytes())
}
