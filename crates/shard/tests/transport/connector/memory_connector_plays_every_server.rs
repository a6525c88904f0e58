//! The in-memory connector can act as every kind of server, in paused time.
use crate::harness::websocket_server::{error, receive, send, send_text, text};
use futures_util::FutureExt;
use gloaming_protocol::CloseFrame;
use gloaming_shard::transport::{
    Connect, ConnectError, ConnectErrorKind, DisconnectedError, Inbound, MemoryConnector,
    MemoryPeer, Outbound, Transport, TransportError, TransportErrorKind,
};
use std::{future::poll_fn, time::Duration};
use tokio::time::{Instant, timeout};

const URL: &str = "wss://gateway.test/?v=10";

async fn pair() -> (Box<dyn Transport>, MemoryPeer) {
    let (connector, mut listener) = MemoryConnector::new();
    let (transport, peer) = tokio::join!(connector.connect(URL), async {
        listener.next().await.unwrap().accept()
    });
    (transport.unwrap(), peer)
}

#[tokio::test(start_paused = true)]
async fn frames_are_exchanged_in_order() {
    let (mut transport, mut peer) = pair().await;
    peer.text("one").await.unwrap();
    peer.send(Inbound::Binary(vec![2].into())).await.unwrap();
    assert_eq!(text(receive(&mut *transport).await), "one");
    assert_eq!(
        receive(&mut *transport).await.unwrap().unwrap(),
        Inbound::Binary(vec![2].into())
    );

    send_text(&mut *transport, "three").await.unwrap();
    send(&mut *transport, Outbound::Close(CloseFrame::RESUME))
        .await
        .unwrap();
    assert_eq!(
        peer.receive().await,
        Some(Outbound::Text("three".to_owned()))
    );
    assert_eq!(
        peer.receive().await,
        Some(Outbound::Close(CloseFrame::RESUME))
    );
    let error = send_text(&mut *transport, "late").await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::SendAfterClose);
    assert_eq!(peer.try_receive(), None);
}

#[tokio::test(start_paused = true)]
async fn attempt_has_the_url_and_can_fail() {
    let (connector, mut listener) = MemoryConnector::new();
    assert!(listener.try_next().is_none());
    let (result, ()) = tokio::join!(connector.connect(URL), async {
        let attempt = listener.next().await.unwrap();
        assert_eq!(attempt.url(), URL);
        attempt.refuse(ConnectError::new(ConnectErrorKind::Handshake {
            status: 503,
        }));
    });
    let error = result.err().unwrap();
    assert_eq!(error.kind(), ConnectErrorKind::Handshake { status: 503 });

    // A refusal without an error, and a dropped server.
    let (result, ()) = tokio::join!(connector.connect(URL), async {
        drop(listener.next().await);
    });
    assert_eq!(result.err().unwrap().kind(), ConnectErrorKind::Tcp);
    drop(listener);
    let error = connector.connect(URL).await.err().unwrap();
    assert_eq!(error.kind(), ConnectErrorKind::Tcp);
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "the clock is paused")]
async fn attempt_can_stay_unanswered() {
    let (connector, mut listener) = MemoryConnector::new();
    let start = Instant::now();
    let connecting = timeout(Duration::from_secs(20), connector.connect(URL));
    let (result, attempt) = tokio::join!(connecting, listener.next());
    assert!(result.is_err());
    // Paused time advances only while no task is busy.
    assert_eq!(start.elapsed(), Duration::from_secs(20));

    let mut attempt = attempt.unwrap();
    attempt.abandoned().await;
    let peer = attempt.accept();
    assert!(peer.is_disconnected());
    assert_eq!(peer.text("anyone?").await, Err(DisconnectedError));
}

#[tokio::test(start_paused = true)]
async fn connection_can_end_in_every_way() {
    let (mut transport, peer) = pair().await;
    peer.text("last").await.unwrap();
    drop(peer);
    send_text(&mut *transport, "into the void").await.unwrap();
    assert_eq!(text(receive(&mut *transport).await), "last");
    assert!(receive(&mut *transport).await.is_none());

    let (mut transport, peer) = pair().await;
    peer.fail(TransportError::new(TransportErrorKind::Io)).await;
    assert_eq!(
        error(receive(&mut *transport).await).kind(),
        TransportErrorKind::Io
    );
    assert!(receive(&mut *transport).await.is_none());

    let (mut transport, peer) = pair().await;
    peer.send(Inbound::Close(None)).await.unwrap();
    assert_eq!(
        receive(&mut *transport).await.unwrap().unwrap(),
        Inbound::Close(None)
    );
    assert!(receive(&mut *transport).await.is_none());

    let (transport, mut peer) = pair().await;
    drop(transport);
    assert_eq!(peer.receive().await, None);
    assert!(peer.is_disconnected());
}

#[tokio::test(start_paused = true)]
async fn sender_waits_while_the_server_does_not_read() {
    let (mut transport, mut peer) = pair().await;
    let mut accepted = 0;
    while poll_fn(|cx| transport.poll_ready(cx))
        .now_or_never()
        .is_some()
    {
        transport.start_send(Outbound::Text(String::new())).unwrap();
        accepted += 1;
        assert!(accepted < 10_000, "the memory is unbounded");
        tokio::task::yield_now().await;
    }
    let refused = transport.start_send(Outbound::Text(String::new()));
    assert_eq!(
        refused.unwrap_err().kind(),
        TransportErrorKind::WriteBufferFull
    );

    let ready = tokio::spawn(async move {
        poll_fn(|cx| transport.poll_ready(cx)).await.unwrap();
        transport
    });
    assert!(peer.receive().await.is_some());
    drop(ready.await.unwrap());
}
