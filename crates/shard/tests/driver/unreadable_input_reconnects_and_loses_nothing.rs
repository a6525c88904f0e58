//! What can't be read is told once, as a typed error; the shard resumes from the last event that it
//! could read, and in the end each event was handed over once.

use crate::{
    gateway::{Connection, Gateway, RESUME_HOST, compressions, event, resumed, start, start_with},
    watch::{Kind, Seen, Watch, Way, failures, lifecycle, numbers, watch},
};
use bytes::Bytes;
use gloaming_shard::{
    CloseFrame, Compression, DecoderLimits, Lifecycle,
    machine::DisconnectCause,
    transport::{Inbound, TransportError, TransportErrorKind},
};

/// Enough for READY, not for a bomb.
const LIMIT: usize = 64 * 1024;

/// Frames in place of event 4, and what is said of them.
struct Damage {
    name: String,
    frames: Vec<Inbound>,
    kind: Kind,
    says: &'static str,
}

impl Damage {
    fn new(name: &str, frames: Vec<Inbound>, kind: Kind, says: &'static str) -> Self {
        let name = name.to_owned();
        Self {
            name,
            frames,
            kind,
            says,
        }
    }
}

/// A shard that has seen events 2 and 3.
async fn after_three_events(compression: Compression, way: Way) -> (Watch, Gateway, Connection) {
    let limits = DecoderLimits {
        max_message_bytes: LIMIT,
    };
    let (shard, mut gateway) =
        start_with(|config| config.compression(compression).decoder_limits(limits));
    let watch = watch(shard, way);
    let mut connection = gateway.begin().await;
    connection.events(2..=3).await;
    (watch, gateway, connection)
}

/// Plays the story with frames that `damage` makes.
async fn heals(compression: Compression, way: Way, damage: impl FnOnce(&mut Connection) -> Damage) {
    let (mut watch, mut gateway, mut connection) = after_three_events(compression, way).await;
    let damage = damage(&mut connection);
    let name = format!("{}, {compression}, {way:?}", damage.name);
    // Shown if the test fails.
    println!("{name}");
    for frame in damage.frames {
        connection.frame(frame).await;
    }
    let close = connection.left().await;
    assert_eq!(close, Some(CloseFrame::RESUME.code), "{name}");

    let mut connection = gateway.resuming(3).await;
    assert!(connection.url.starts_with(RESUME_HOST), "{name}");
    connection.events(4..=5).await;
    connection.send(&resumed(6)).await;
    connection.events([7]).await;

    let seen = watch.until_event(7).await;
    assert_eq!(numbers(&seen), [2, 3, 4, 5, 7], "{name}");
    assert_told_between_3_and_4(&seen, way, DisconnectCause::Unreadable, &name);
    let [failure] = failures(&seen)[..] else {
        panic!("{name}: told {:?}", failures(&seen));
    };
    assert_eq!(failure.kind, damage.kind, "{name}: {}", failure.text);
    assert!(!failure.is_fatal, "{name}");
    assert!(
        failure.text.contains(damage.says),
        "{name}: {}",
        failure.text
    );
}

fn assert_told_between_3_and_4(seen: &[Seen], way: Way, cause: DisconnectCause, name: &str) {
    let position = |wanted: &Seen| seen.iter().position(|seen| seen == wanted);
    let between = &seen[position(&Seen::Event(3)).unwrap()..position(&Seen::Event(4)).unwrap()];
    assert_eq!(failures(between).len(), 1, "{name}");
    match way {
        Way::Events | Way::Messages => {
            let closed: Vec<_> = between
                .iter()
                .filter(|seen| matches!(seen, Seen::Closed(_)))
                .collect();
            assert_eq!(closed, [&Seen::Closed(Some(1006))], "{name}");
        }
        Way::Items => {
            let frame = None;
            let disconnected = Lifecycle::Disconnected { cause, frame };
            assert!(lifecycle(between).contains(&&disconnected), "{name}");
        }
        Way::Payloads => {}
    }
}

#[tokio::test(start_paused = true)]
async fn garbage_in_place_of_a_payload() {
    let nesting = "[".repeat(LIMIT / 2);
    let texts = [
        ("words", "not json", "is no"),
        (
            "nothing but white space",
            " \n",
            "is not one complete json object",
        ),
        ("an array", "[]", "is not one complete json object"),
        (
            "an endless array",
            &nesting,
            "is not one complete json object",
        ),
        ("an empty object", "{}", "has no `op`"),
        (
            "two objects",
            r#"{"op":11}{"op":11}"#,
            "is not one complete json object",
        ),
        (
            "an op in words",
            r#"{"op":"0","s":4,"t":"X","d":{}}"#,
            "`op`",
        ),
        ("a negative op", r#"{"op":-1}"#, "`op`"),
        (
            "an op without end",
            r#"{"op":99999999999999999999999}"#,
            "`op`",
        ),
        (
            "a sequence in words",
            r#"{"t":"X","s":"4","op":0,"d":{}}"#,
            "`s`",
        ),
        (
            "a fraction of a sequence",
            r#"{"t":"X","s":4.5,"op":0,"d":{}}"#,
            "`s`",
        ),
        (
            "a number for a name",
            r#"{"t":4,"s":4,"op":0,"d":{}}"#,
            "`t`",
        ),
        ("single quotes", r"{'op':11}", "json object"),
        ("zeros", "\0\0\0}", "json object"),
    ];
    for compression in compressions() {
        for way in Way::ALL {
            for (name, text, says) in texts {
                heals(compression, way, |connection| {
                    let frame = connection.encode(text.as_bytes());
                    Damage::new(name, vec![frame], Kind::Deserializing, says)
                })
                .await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_payload_cut_in_the_middle() {
    let whole = event(4);
    for compression in compressions() {
        for length in 1..whole.len() {
            // With a brace at its end a cut may look whole; that is another story's.
            if whole[..length].ends_with('}') {
                continue;
            }
            heals(compression, Way::Events, |connection| {
                let frame = connection.encode(&whole.as_bytes()[..length]);
                let name = format!("cut at {length}");
                let says = "is not one complete json object";
                Damage::new(&name, vec![frame], Kind::Deserializing, says)
            })
            .await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn text_that_is_not_utf_8() {
    // Without compression it does not get past the WebSocket.
    for compression in compressions().filter(|it| *it != Compression::None) {
        for way in Way::ALL {
            heals(compression, way, |connection| {
                let frame =
                    connection.encode(b"{\"t\":\"X\",\"s\":4,\"op\":0,\"d\":{\"a\":\"\xff\"}}");
                Damage::new(
                    "not UTF-8",
                    vec![frame],
                    Kind::Compression,
                    "not valid utf-8",
                )
            })
            .await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_over_the_limit() {
    let bomb = [
        b"{\"t\":\"X\",\"s\":4,\"op\":0,\"d\":\"".to_vec(),
        vec![b'a'; 4 << 20],
    ]
    .concat();
    for compression in compressions() {
        for way in Way::ALL {
            heals(compression, way, |connection| {
                let frame = connection.encode(&bomb);
                if let Inbound::Binary(bytes) = &frame {
                    assert!(bytes.len() < LIMIT, "small on the wire");
                }
                Damage::new(
                    "a bomb",
                    vec![frame],
                    Kind::Compression,
                    "over the limit of 65536",
                )
            })
            .await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_binary_frame_without_compression() {
    for bytes in [&[1, 2, 3][..], &[], b"\xff\xfe", event(4).as_bytes()] {
        for way in Way::ALL {
            heals(Compression::None, way, |_| {
                let frame = Inbound::Binary(Bytes::copy_from_slice(bytes));
                Damage::new("binary", vec![frame], Kind::Compression, "binary message")
            })
            .await;
        }
    }
}

/// The bytes of a zlib-stream message.
fn deflated(connection: &mut Connection, sequence: u64) -> Bytes {
    match connection.encode(event(sequence).as_bytes()) {
        Inbound::Binary(bytes) => bytes,
        other => panic!("{other:?} is not compressed"),
    }
}

#[tokio::test(start_paused = true)]
async fn garbage_in_the_zlib_stream() {
    if !Compression::ZlibStream.is_available() {
        return;
    }
    for way in Way::ALL {
        // Block type 3 does not exist.
        for garbage in [&[0xff; 64][..], b"\x06\x00\x00\xff\xff", b"\x07"] {
            heals(Compression::ZlibStream, way, |_| {
                let frame = Inbound::Binary(Bytes::copy_from_slice(garbage));
                Damage::new("garbage", vec![frame], Kind::Compression, "corrupt")
            })
            .await;
        }
        // The end of the stream, which never comes: an empty block with the final bit.
        heals(Compression::ZlibStream, way, |_| {
            let frame = Inbound::Binary(Bytes::from_static(&[0x03, 0x00]));
            Damage::new("the end", vec![frame], Kind::Compression, "ended")
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_torn_zlib_stream() {
    if !Compression::ZlibStream.is_available() {
        return;
    }
    let length = {
        let (_, _, mut connection) = after_three_events(Compression::ZlibStream, Way::Events).await;
        deflated(&mut connection, 4).len()
    };
    for way in Way::ALL {
        for cut in 1..length - FLUSH {
            let (mut watch, mut gateway, mut connection) =
                after_three_events(Compression::ZlibStream, way).await;
            let torn = deflated(&mut connection, 4).slice(..cut);
            connection.frame(Inbound::Binary(torn)).await;
            println!("cut at {cut} of {length}, {way:?}");
            // The rest is missing; what follows makes no sense without it.
            for sequence in 5..=12 {
                let whole = deflated(&mut connection, sequence);
                connection.frame(Inbound::Binary(whole)).await;
            }
            connection.left().await;

            let mut connection = gateway.resuming(3).await;
            connection.events(4..=12).await;
            connection.send(&resumed(13)).await;
            connection.events([14]).await;
            let seen = watch.until_event(14).await;
            let expected: Vec<u64> = (2..=12).chain([14]).collect();
            assert_eq!(numbers(&seen), expected, "cut at {cut}, {way:?}");
            assert_eq!(failures(&seen).len(), 1, "cut at {cut}: {seen:?}");
        }
    }
}

/// What follows a message's own bits: the end of its block, an empty block, `00 00 FF FF`. Where some
/// of that is missing, two messages may become one.
const FLUSH: usize = 6;

#[tokio::test(start_paused = true)]
async fn a_torn_flush() {
    if !Compression::ZlibStream.is_available() {
        return;
    }
    for cut in 1..=FLUSH {
        let (mut watch, _gateway, mut connection) =
            after_three_events(Compression::ZlibStream, Way::Items).await;
        let whole = deflated(&mut connection, 4);
        let torn = whole.slice(..whole.len() - cut);
        connection.frame(Inbound::Binary(torn)).await;
        for sequence in 5..=12 {
            let whole = deflated(&mut connection, sequence);
            connection.frame(Inbound::Binary(whole)).await;
        }
        let swallowed = Lifecycle::Skipped { after: 4, until: 6 };
        watch
            .until(|seen| seen.failure().is_some() || seen.lifecycle() == Some(&swallowed))
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_in_pieces_is_not_torn() {
    if !Compression::ZlibStream.is_available() {
        return;
    }
    for way in Way::ALL {
        let (mut watch, _gateway, mut connection) =
            after_three_events(Compression::ZlibStream, way).await;
        for sequence in 4..=60 {
            let whole = deflated(&mut connection, sequence);
            let cut = usize::try_from(sequence).unwrap() % whole.len();
            for piece in [whole.slice(..cut), whole.slice(cut..)] {
                connection.frame(Inbound::Binary(piece)).await;
            }
        }
        let seen = watch.until_event(60).await;
        assert_eq!(numbers(&seen), (2..=60).collect::<Vec<_>>());
        assert!(failures(&seen).is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_fails_under_it() {
    for way in Way::ALL {
        let (mut watch, mut gateway, connection) = after_three_events(Compression::None, way).await;
        let error = TransportError::new(TransportErrorKind::InvalidUtf8);
        connection.peer.fail(error).await;

        let mut connection = gateway.resuming(3).await;
        connection.events([4]).await;
        connection.send(&resumed(5)).await;
        let seen = watch.until_event(4).await;
        assert_eq!(numbers(&seen), [2, 3, 4]);
        assert_told_between_3_and_4(&seen, way, DisconnectCause::Lost, "failed transport");
        assert_eq!(failures(&seen)[0].kind, Kind::WebSocket);
        assert!(failures(&seen)[0].text.contains("not utf-8"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_starts_with_it() {
    for way in Way::ALL {
        let (shard, mut gateway) = start();
        let mut watch = watch(shard, way);
        for _ in 0..3 {
            let mut connection = gateway.accept().await;
            connection.send("<html>").await;
            assert_eq!(connection.left().await, Some(CloseFrame::RESUME.code));
        }
        let mut connection = gateway.begin().await;
        connection.events([2]).await;
        let seen = watch.until_event(2).await;
        assert_eq!(failures(&seen).len(), 3, "{seen:?}");
        assert_eq!(failures(&seen)[0].kind, Kind::Deserializing);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_does_not_start_as_one_of_its_compression() {
    for compression in [Compression::ZlibStream, Compression::ZstdStream] {
        if !compression.is_available() {
            continue;
        }
        let (shard, mut gateway) = start_with(|config| config.compression(compression));
        let mut watch = watch(shard, Way::Items);
        let mut connection = gateway.accept().await;
        let gzip = Inbound::Binary(Bytes::from_static(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0]));
        connection.frame(gzip).await;
        connection.left().await;

        let mut connection = gateway.begin().await;
        connection.events([2]).await;
        let seen = watch.until_event(2).await;
        let [failure] = failures(&seen)[..] else {
            panic!("{compression}: {seen:?}");
        };
        assert_eq!(failure.kind, Kind::Compression, "{compression}");
        let text = "does not start with a header of the requested compression";
        assert!(failure.text.contains(text), "{compression}: {failure:?}");
    }
}
