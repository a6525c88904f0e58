//! Unreadable input is reported once, as a typed error; the shard resumes after the last event that it read, and
//! each event is delivered once.

use crate::harness::{
    consumer::{
        Consumer, FailureKind, Observed, ReceiveMethod, consume, failures, lifecycle, sequences,
    },
    gateway::{Connection, Gateway, RESUME_HOST, compressions, event, resumed, start, start_with},
};
use bytes::Bytes;
use gloaming_shard::{
    CloseFrame, Compression, DecoderLimits, Lifecycle,
    machine::DisconnectCause,
    transport::{Inbound, TransportError, TransportErrorKind},
};

/// Large enough for READY, too small for a decompression bomb.
const LIMIT: usize = 64 * 1024;

/// Frames in place of event 4, and the expected error.
struct Damage {
    name: String,
    frames: Vec<Inbound>,
    kind: FailureKind,
    says: &'static str,
}

impl Damage {
    fn new(name: &str, frames: Vec<Inbound>, kind: FailureKind, says: &'static str) -> Self {
        let name = name.to_owned();
        Self {
            name,
            frames,
            kind,
            says,
        }
    }
}

/// Returns a consumer that has received events 2 and 3.
async fn after_three_events(
    compression: Compression,
    method: ReceiveMethod,
) -> (Consumer, Gateway, Connection) {
    let limits = DecoderLimits {
        max_message_bytes: LIMIT,
    };
    let (shard, mut gateway) =
        start_with(|config| config.compression(compression).decoder_limits(limits));
    let consumer = consume(shard, method);
    let mut connection = gateway.begin().await;
    connection.events(2..=3).await;
    (consumer, gateway, connection)
}

/// Runs the scenario with the frames that `damage` returns.
async fn recovers(
    compression: Compression,
    method: ReceiveMethod,
    damage: impl FnOnce(&mut Connection) -> Damage,
) {
    let (mut consumer, mut gateway, mut connection) = after_three_events(compression, method).await;
    let damage = damage(&mut connection);
    let name = format!("{}, {compression}, {method:?}", damage.name);
    // Printed if the test fails.
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

    let seen = consumer.until_event(7).await;
    assert_eq!(sequences(&seen), [2, 3, 4, 5, 7], "{name}");
    assert_reported_between_3_and_4(&seen, method, DisconnectCause::Unreadable, &name);
    let [failure] = failures(&seen)[..] else {
        panic!("{name}: reported {:?}", failures(&seen));
    };
    assert_eq!(failure.kind, damage.kind, "{name}: {}", failure.text);
    assert!(!failure.is_fatal, "{name}");
    assert!(
        failure.text.contains(damage.says),
        "{name}: {}",
        failure.text
    );
}

fn assert_reported_between_3_and_4(
    seen: &[Observed],
    method: ReceiveMethod,
    cause: DisconnectCause,
    name: &str,
) {
    let position = |wanted: &Observed| seen.iter().position(|seen| seen == wanted);
    let between =
        &seen[position(&Observed::Event(3)).unwrap()..position(&Observed::Event(4)).unwrap()];
    assert_eq!(failures(between).len(), 1, "{name}");
    match method {
        ReceiveMethod::Events | ReceiveMethod::Messages => {
            let closed: Vec<_> = between
                .iter()
                .filter(|seen| matches!(seen, Observed::Closed(_)))
                .collect();
            assert_eq!(closed, [&Observed::Closed(Some(1006))], "{name}");
        }
        ReceiveMethod::Items => {
            let frame = None;
            let disconnected = Lifecycle::Disconnected { cause, frame };
            assert!(lifecycle(between).contains(&&disconnected), "{name}");
        }
        ReceiveMethod::Payloads => {}
    }
}

#[tokio::test(start_paused = true)]
async fn invalid_payload_reconnects() {
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
        for method in ReceiveMethod::ALL {
            for (name, text, says) in texts {
                recovers(compression, method, |connection| {
                    let frame = connection.encode(text.as_bytes());
                    Damage::new(name, vec![frame], FailureKind::Deserializing, says)
                })
                .await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn truncated_payload_reconnects() {
    let whole = event(4);
    for compression in compressions() {
        for length in 1..whole.len() {
            // A truncated payload that ends with a brace may have a valid envelope, which another test covers.
            if whole[..length].ends_with('}') {
                continue;
            }
            recovers(compression, ReceiveMethod::Events, |connection| {
                let frame = connection.encode(&whole.as_bytes()[..length]);
                let name = format!("cut at {length}");
                let says = "is not one complete json object";
                Damage::new(&name, vec![frame], FailureKind::Deserializing, says)
            })
            .await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn invalid_utf8_reconnects() {
    // Without compression, the WebSocket rejects the message.
    for compression in compressions().filter(|it| *it != Compression::None) {
        for method in ReceiveMethod::ALL {
            recovers(compression, method, |connection| {
                let frame =
                    connection.encode(b"{\"t\":\"X\",\"s\":4,\"op\":0,\"d\":{\"a\":\"\xff\"}}");
                Damage::new(
                    "not UTF-8",
                    vec![frame],
                    FailureKind::Compression,
                    "not valid utf-8",
                )
            })
            .await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn oversized_message_reconnects() {
    let bomb = [
        b"{\"t\":\"X\",\"s\":4,\"op\":0,\"d\":\"".to_vec(),
        vec![b'a'; 4 << 20],
    ]
    .concat();
    for compression in compressions() {
        for method in ReceiveMethod::ALL {
            recovers(compression, method, |connection| {
                let frame = connection.encode(&bomb);
                if let Inbound::Binary(bytes) = &frame {
                    assert!(bytes.len() < LIMIT, "small on the wire");
                }
                Damage::new(
                    "a bomb",
                    vec![frame],
                    FailureKind::Compression,
                    "over the limit of 65536",
                )
            })
            .await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn binary_frame_without_compression_reconnects() {
    for bytes in [&[1, 2, 3][..], &[], b"\xff\xfe", event(4).as_bytes()] {
        for method in ReceiveMethod::ALL {
            recovers(Compression::None, method, |_| {
                let frame = Inbound::Binary(Bytes::copy_from_slice(bytes));
                Damage::new(
                    "binary",
                    vec![frame],
                    FailureKind::Compression,
                    "binary message",
                )
            })
            .await;
        }
    }
}

/// Returns the bytes of a zlib-stream message.
fn deflated(connection: &mut Connection, sequence: u64) -> Bytes {
    match connection.encode(event(sequence).as_bytes()) {
        Inbound::Binary(bytes) => bytes,
        other => panic!("{other:?} is not compressed"),
    }
}

#[tokio::test(start_paused = true)]
async fn invalid_zlib_data_reconnects() {
    if !Compression::ZlibStream.is_available() {
        return;
    }
    for method in ReceiveMethod::ALL {
        // Block type 3 does not exist.
        for garbage in [&[0xff; 64][..], b"\x06\x00\x00\xff\xff", b"\x07"] {
            recovers(Compression::ZlibStream, method, |_| {
                let frame = Inbound::Binary(Bytes::copy_from_slice(garbage));
                Damage::new("garbage", vec![frame], FailureKind::Compression, "corrupt")
            })
            .await;
        }
        // An empty block with the final bit, which ends the stream.
        recovers(Compression::ZlibStream, method, |_| {
            let frame = Inbound::Binary(Bytes::from_static(&[0x03, 0x00]));
            Damage::new("the end", vec![frame], FailureKind::Compression, "ended")
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn damaged_zlib_stream_reconnects() {
    if !Compression::ZlibStream.is_available() {
        return;
    }
    let length = {
        let (_, _, mut connection) =
            after_three_events(Compression::ZlibStream, ReceiveMethod::Events).await;
        deflated(&mut connection, 4).len()
    };
    for method in ReceiveMethod::ALL {
        for cut in 1..length - FLUSH {
            let (mut consumer, mut gateway, mut connection) =
                after_three_events(Compression::ZlibStream, method).await;
            let torn = deflated(&mut connection, 4).slice(..cut);
            connection.frame(Inbound::Binary(torn)).await;
            println!("cut at {cut} of {length}, {method:?}");
            // The rest is missing, so the following data is invalid.
            for sequence in 5..=12 {
                let whole = deflated(&mut connection, sequence);
                connection.frame(Inbound::Binary(whole)).await;
            }
            connection.left().await;

            let mut connection = gateway.resuming(3).await;
            connection.events(4..=12).await;
            connection.send(&resumed(13)).await;
            connection.events([14]).await;
            let seen = consumer.until_event(14).await;
            let expected: Vec<u64> = (2..=12).chain([14]).collect();
            assert_eq!(sequences(&seen), expected, "cut at {cut}, {method:?}");
            assert_eq!(failures(&seen).len(), 1, "cut at {cut}: {seen:?}");
        }
    }
}

/// A message ends with the end of its block, an empty block and `00 00 FF FF`. If some of that is missing, two
/// messages may become one.
const FLUSH: usize = 6;

#[tokio::test(start_paused = true)]
async fn damaged_zlib_flush_reconnects() {
    if !Compression::ZlibStream.is_available() {
        return;
    }
    for cut in 1..=FLUSH {
        let (mut consumer, _gateway, mut connection) =
            after_three_events(Compression::ZlibStream, ReceiveMethod::Items).await;
        let whole = deflated(&mut connection, 4);
        let torn = whole.slice(..whole.len() - cut);
        connection.frame(Inbound::Binary(torn)).await;
        for sequence in 5..=12 {
            let whole = deflated(&mut connection, sequence);
            connection.frame(Inbound::Binary(whole)).await;
        }
        let swallowed = Lifecycle::Skipped { after: 4, until: 6 };
        consumer
            .until(|seen| seen.failure().is_some() || seen.lifecycle() == Some(&swallowed))
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn split_zlib_message_is_read() {
    if !Compression::ZlibStream.is_available() {
        return;
    }
    for method in ReceiveMethod::ALL {
        let (mut consumer, _gateway, mut connection) =
            after_three_events(Compression::ZlibStream, method).await;
        for sequence in 4..=60 {
            let whole = deflated(&mut connection, sequence);
            let cut = usize::try_from(sequence).unwrap() % whole.len();
            for piece in [whole.slice(..cut), whole.slice(cut..)] {
                connection.frame(Inbound::Binary(piece)).await;
            }
        }
        let seen = consumer.until_event(60).await;
        assert_eq!(sequences(&seen), (2..=60).collect::<Vec<_>>());
        assert!(failures(&seen).is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn failed_connection_reconnects() {
    for method in ReceiveMethod::ALL {
        let (mut consumer, mut gateway, connection) =
            after_three_events(Compression::None, method).await;
        let error = TransportError::new(TransportErrorKind::Protocol);
        connection.peer.fail(error).await;

        let mut connection = gateway.resuming(3).await;
        connection.events([4]).await;
        connection.send(&resumed(5)).await;
        let seen = consumer.until_event(4).await;
        assert_eq!(sequences(&seen), [2, 3, 4]);
        assert_reported_between_3_and_4(&seen, method, DisconnectCause::Lost, "failed transport");
        assert_eq!(failures(&seen)[0].kind, FailureKind::WebSocket);
        assert!(failures(&seen)[0].text.contains("violated the websocket"));
    }
}

/// Transports do not check texts.
#[tokio::test(start_paused = true)]
async fn text_that_is_not_utf8_reconnects() {
    for method in ReceiveMethod::ALL {
        let (mut consumer, mut gateway, connection) =
            after_three_events(Compression::None, method).await;
        let text = Bytes::from_static(b"{\"op\":11,\"d\":\"\xff\"}");
        connection.frame(Inbound::Text(text.into())).await;

        let mut connection = gateway.resuming(3).await;
        connection.events([4]).await;
        connection.send(&resumed(5)).await;
        let seen = consumer.until_event(4).await;
        assert_eq!(sequences(&seen), [2, 3, 4]);
        assert_reported_between_3_and_4(&seen, method, DisconnectCause::Lost, "invalid text");
        assert_eq!(failures(&seen)[0].kind, FailureKind::WebSocket);
        assert!(failures(&seen)[0].text.contains("not utf-8"));
    }
}

#[tokio::test(start_paused = true)]
async fn unreadable_first_message_reconnects() {
    for method in ReceiveMethod::ALL {
        let (shard, mut gateway) = start();
        let mut consumer = consume(shard, method);
        for _ in 0..3 {
            let mut connection = gateway.accept().await;
            connection.send("<html>").await;
            assert_eq!(connection.left().await, Some(CloseFrame::RESUME.code));
        }
        let mut connection = gateway.begin().await;
        connection.events([2]).await;
        let seen = consumer.until_event(2).await;
        assert_eq!(failures(&seen).len(), 3, "{seen:?}");
        assert_eq!(failures(&seen)[0].kind, FailureKind::Deserializing);
    }
}

#[tokio::test(start_paused = true)]
async fn stream_of_another_compression_reconnects() {
    for compression in [Compression::ZlibStream, Compression::ZstdStream] {
        if !compression.is_available() {
            continue;
        }
        let (shard, mut gateway) = start_with(|config| config.compression(compression));
        let mut consumer = consume(shard, ReceiveMethod::Items);
        let mut connection = gateway.accept().await;
        let gzip = Inbound::Binary(Bytes::from_static(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0]));
        connection.frame(gzip).await;
        connection.left().await;

        let mut connection = gateway.begin().await;
        connection.events([2]).await;
        let seen = consumer.until_event(2).await;
        let [failure] = failures(&seen)[..] else {
            panic!("{compression}: {seen:?}");
        };
        assert_eq!(failure.kind, FailureKind::Compression, "{compression}");
        let text = "does not start with a header of the requested compression";
        assert!(failure.text.contains(text), "{compression}: {failure:?}");
    }
}
