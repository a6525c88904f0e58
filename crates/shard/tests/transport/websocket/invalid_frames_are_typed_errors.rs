//! Violations of the WebSocket protocol are typed errors and end the connection.
use crate::harness::websocket_server::{
    BINARY, CLOSE, CONTINUATION, PING, TEXT, error, frame, pair, pair_with, receive, text,
    unfinished,
};
use gloaming_shard::transport::{Inbound, TransportErrorKind};
use tokio::io::AsyncWriteExt;

async fn kind_after(bytes: &[u8]) -> TransportErrorKind {
    let (mut client, mut server) = pair().await;
    server.write_all(&frame(TEXT, b"good")).await.unwrap();
    server.write_all(bytes).await.unwrap();
    assert_eq!(text(receive(&mut client).await), "good");
    let error = error(receive(&mut client).await);
    assert!(!error.to_string().is_empty());
    for _ in 0..3 {
        assert!(receive(&mut client).await.is_none());
    }
    error.kind()
}

#[tokio::test]
async fn text_that_is_not_utf8_can_not_be_read() {
    let (mut client, mut server) = pair().await;
    for bytes in [
        frame(TEXT, b"{\"op\":\xff}"),
        // An incomplete character.
        frame(TEXT, b"\xc3"),
        [unfinished(TEXT, b"ok \xf0\x9f"), frame(CONTINUATION, b"no")].concat(),
    ] {
        server.write_all(&bytes).await.unwrap();
        let Some(Ok(Inbound::Text(text))) = receive(&mut client).await else {
            panic!("the transport does not check texts");
        };
        assert!(text.as_str().is_err(), "{text:?}");
    }
    // A character in two parts is whole.
    let split = [unfinished(TEXT, b"\xc3"), frame(CONTINUATION, b"\xa9")].concat();
    server.write_all(&split).await.unwrap();
    assert_eq!(text(receive(&mut client).await), "é");
}

#[tokio::test]
async fn close_reason_that_is_not_utf8_is_an_error() {
    let kind = TransportErrorKind::InvalidUtf8;
    let reason = [&4000_u16.to_be_bytes()[..], b"\xff"].concat();
    assert_eq!(kind_after(&frame(CLOSE, &reason)).await, kind);
}

#[tokio::test]
async fn forbidden_frames_are_errors() {
    let protocol = TransportErrorKind::Protocol;
    let garbage = b"HTTP/1.1 502 Bad Gateway\r\n\r\n".repeat(10);
    assert_eq!(kind_after(&garbage).await, protocol);
    assert_eq!(kind_after(&frame(3, b"reserved opcode")).await, protocol);
    assert_eq!(
        kind_after(&frame(CONTINUATION, b"of nothing")).await,
        protocol
    );
    assert_eq!(kind_after(&frame(CLOSE, b"1")).await, protocol);
    assert_eq!(kind_after(&frame(PING, &[0; 126])).await, protocol);
    // A frame of an extension that was not requested.
    let mut reserved = frame(BINARY, b"x");
    reserved[0] |= 0x40;
    assert_eq!(kind_after(&reserved).await, protocol);
    // Servers do not mask.
    assert_eq!(kind_after(&[0x81, 0x81, 1, 2, 3, 4, b'x']).await, protocol);
}

#[tokio::test]
async fn message_without_end_is_an_error() {
    let (mut client, mut server) = pair_with(64 * 1024, 1000).await;
    server.write_all(&unfinished(TEXT, b"a")).await.unwrap();
    let parts = unfinished(CONTINUATION, b"").repeat(1_000);
    let writing = tokio::spawn(async move { while server.write_all(&parts).await.is_ok() {} });
    let error = error(receive(&mut client).await);
    assert_eq!(error.kind(), TransportErrorKind::Protocol);
    drop(client);
    writing.await.unwrap();
}

#[tokio::test]
async fn oversized_message_is_an_error_before_it_is_allocated() {
    let (mut client, mut server) = pair_with(64 * 1024, 1000).await;
    server.write_all(&frame(TEXT, &[b'x'; 1000])).await.unwrap();
    assert_eq!(text(receive(&mut client).await).len(), 1000);

    // Only the header of a frame of 2^62 bytes.
    server.write_all(&[0x82, 127]).await.unwrap();
    server
        .write_all(&(1_u64 << 62).to_be_bytes())
        .await
        .unwrap();
    let error = error(receive(&mut client).await);
    assert_eq!(
        error.kind(),
        TransportErrorKind::MessageTooLong {
            bytes: 1 << 62,
            limit: 1000
        }
    );
    assert!(receive(&mut client).await.is_none());
}

#[tokio::test]
async fn oversized_message_in_small_frames_is_an_error() {
    let (mut client, mut server) = pair_with(64 * 1024, 1000).await;
    server
        .write_all(&unfinished(BINARY, &[0; 600]))
        .await
        .unwrap();
    server
        .write_all(&unfinished(CONTINUATION, &[0; 600]))
        .await
        .unwrap();
    let error = error(receive(&mut client).await);
    assert_eq!(
        error.kind(),
        TransportErrorKind::MessageTooLong {
            bytes: 1200,
            limit: 1000
        }
    );
}
