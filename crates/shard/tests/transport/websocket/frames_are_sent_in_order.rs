//! Frames arrive in order, and wait in bounded memory for a server that does not read.
use crate::harness::websocket_server::{
    CLOSE, TEXT, pair, pair_with, read_frame, receive, send, send_text,
};
use futures_util::FutureExt;
use gloaming_protocol::CloseFrame;
use gloaming_shard::transport::{
    DEFAULT_MAX_MESSAGE_BYTES, Outbound, Transport, TransportErrorKind,
};
use std::future::poll_fn;

#[tokio::test]
async fn texts_are_sent_in_order_before_the_close_frame() {
    let (mut client, mut server) = pair().await;
    let long = "x".repeat(4096);
    for text in ["", "é", &long] {
        client.start_send(Outbound::Text(text.to_owned())).unwrap();
    }
    client
        .start_send(Outbound::Close(CloseFrame::NORMAL))
        .unwrap();
    poll_fn(|cx| client.poll_flush(cx)).await.unwrap();

    for text in ["", "é", &long] {
        assert_eq!(
            read_frame(&mut server).await,
            (TEXT, text.as_bytes().to_vec())
        );
    }
    let (opcode, payload) = read_frame(&mut server).await;
    assert_eq!(
        (opcode, &payload[..2]),
        (CLOSE, &1000_u16.to_be_bytes()[..])
    );
}

#[tokio::test]
async fn sender_waits_while_the_server_does_not_read() {
    let (mut client, mut server) = pair_with(1024, DEFAULT_MAX_MESSAGE_BYTES).await;
    let text = "x".repeat(4000);
    let mut accepted = 0;
    while poll_fn(|cx| client.poll_ready(cx)).now_or_never().is_some() {
        client.start_send(Outbound::Text(text.clone())).unwrap();
        accepted += 1;
        assert!(accepted < 100, "the buffer has no bound");
    }
    let refused = client.start_send(Outbound::Text(text.clone())).unwrap_err();
    assert_eq!(refused.kind(), TransportErrorKind::WriteBufferFull);

    let reading = tokio::spawn(async move {
        for _ in 0..accepted {
            assert_eq!(
                read_frame(&mut server).await,
                (TEXT, text.as_bytes().to_vec())
            );
        }
        server
    });
    poll_fn(|cx| client.poll_ready(cx)).await.unwrap();
    poll_fn(|cx| client.poll_flush(cx)).await.unwrap();
    reading.await.unwrap();
}

#[tokio::test]
async fn broken_connection_is_reported_to_the_receiver() {
    let (mut client, server) = pair().await;
    drop(server);
    // Sending is not an error: the receiver reports it after everything that arrived.
    for _ in 0..100 {
        send_text(&mut client, "into the void").await.unwrap();
    }
    assert!(receive(&mut client).await.is_none());
}

#[tokio::test]
async fn unsendable_close_codes_are_rejected() {
    for code in [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, u16::MAX] {
        let (mut client, _server) = pair().await;
        let error = send(&mut client, Outbound::Close(CloseFrame::new(code, "")))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::UnsendableCloseCode(code));
        assert!(error.to_string().contains(&code.to_string()));
        // No frame is sent, and the connection is still open.
        send_text(&mut client, "still here").await.unwrap();
    }
    for code in [1000, 1001, 1012, 3000, 4000, 4999] {
        let (mut client, mut server) = pair().await;
        send(&mut client, Outbound::Close(CloseFrame::new(code, "")))
            .await
            .unwrap();
        assert_eq!(
            read_frame(&mut server).await,
            (CLOSE, code.to_be_bytes().to_vec())
        );
    }
}

#[tokio::test]
async fn long_reason_is_truncated_between_characters() {
    let (mut client, mut server) = pair().await;
    let reason = "é".repeat(100);
    send(
        &mut client,
        Outbound::Close(CloseFrame::new(4000, &reason.clone().leak()[..])),
    )
    .await
    .unwrap();
    let (_, payload) = read_frame(&mut server).await;
    assert_eq!(payload.len(), 2 + 122);
    assert!(reason.starts_with(std::str::from_utf8(&payload[2..]).unwrap()));
}
