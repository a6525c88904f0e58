//! The server's close frame is returned once, with its code, and answered.
use crate::harness::websocket_server::{
    CLOSE, TEXT, close_frame, frame, pair, read_frame, receive, send, send_text, text,
};
use gloaming_protocol::CloseFrame;
use gloaming_shard::transport::{Inbound, Outbound, TransportErrorKind};
use tokio::io::AsyncWriteExt;

#[tokio::test]
async fn close_frame_has_code_and_reason() {
    let (mut client, mut server) = pair().await;
    server
        .write_all(&close_frame(4004, "Authentication failed."))
        .await
        .unwrap();

    let expected = Inbound::Close(Some(CloseFrame::new(4004, "Authentication failed.")));
    assert_eq!(receive(&mut client).await.unwrap().unwrap(), expected);
    let (opcode, payload) = read_frame(&mut server).await;
    assert_eq!(
        (opcode, &payload[..2]),
        (CLOSE, &4004_u16.to_be_bytes()[..])
    );

    for _ in 0..3 {
        assert!(receive(&mut client).await.is_none());
    }
    let error = send_text(&mut client, "late").await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::SendAfterClose);
}

#[tokio::test]
async fn close_frame_without_code_is_returned() {
    let (mut client, mut server) = pair().await;
    server.write_all(&frame(CLOSE, b"")).await.unwrap();
    assert_eq!(
        receive(&mut client).await.unwrap().unwrap(),
        Inbound::Close(None)
    );
    assert!(receive(&mut client).await.is_none());
}

#[tokio::test]
async fn messages_arrive_before_the_reply_to_our_close_frame() {
    let (mut client, mut server) = pair().await;
    send(&mut client, Outbound::Close(CloseFrame::RESUME))
        .await
        .unwrap();
    let error = send_text(&mut client, "late").await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::SendAfterClose);

    let (opcode, payload) = read_frame(&mut server).await;
    assert_eq!(opcode, CLOSE);
    assert_eq!(
        payload,
        [&4000_u16.to_be_bytes()[..], b"resuming connection"].concat()
    );
    server.write_all(&frame(TEXT, b"on its way")).await.unwrap();
    server.write_all(&close_frame(4000, "")).await.unwrap();

    assert_eq!(text(receive(&mut client).await), "on its way");
    assert_eq!(
        receive(&mut client).await.unwrap().unwrap(),
        Inbound::Close(Some(CloseFrame::new(4000, "")))
    );
    assert!(receive(&mut client).await.is_none());
}

#[tokio::test]
async fn close_frame_is_returned_after_a_failed_write() {
    let (mut client, mut server) = pair().await;
    server
        .write_all(&close_frame(4014, "Disallowed intents."))
        .await
        .unwrap();
    // The server no longer reads, so that this heartbeat breaks the pipe.
    drop(server);
    send_text(&mut client, r#"{"op":1,"d":null}"#)
        .await
        .unwrap();

    assert_eq!(
        receive(&mut client).await.unwrap().unwrap(),
        Inbound::Close(Some(CloseFrame::new(4014, "Disallowed intents.")))
    );
    assert!(receive(&mut client).await.is_none());
}

#[tokio::test]
async fn end_without_close_frame_is_none() {
    let (mut client, server) = pair().await;
    drop(server);
    for _ in 0..3 {
        assert!(receive(&mut client).await.is_none());
    }
}
