//! The transport answers pings by itself, also while the server does not read.
use crate::harness::websocket_server::{
    PING, PONG, TEXT, frame, pair, pair_with, read_frame, receive, text,
};
use futures_util::FutureExt;
use gloaming_shard::transport::{DEFAULT_MAX_MESSAGE_BYTES, Inbound, Transport as _};
use std::{future::poll_fn, time::Duration};
use tokio::io::AsyncWriteExt;

#[tokio::test]
async fn receiving_answers_pings() {
    let (mut client, mut server) = pair().await;
    let receiving = tokio::spawn(async move { text(receive(&mut client).await) });

    for payload in [&b""[..], b"keepalive", &[7; 125]] {
        server.write_all(&frame(PING, payload)).await.unwrap();
        assert_eq!(read_frame(&mut server).await, (PONG, payload.to_vec()));
    }
    server.write_all(&frame(TEXT, b"done")).await.unwrap();
    assert_eq!(receiving.await.unwrap(), "done");
}

#[tokio::test]
async fn pings_and_pongs_are_empty_frames() {
    let (mut client, mut server) = pair().await;
    for kind in [PING, PONG] {
        server.write_all(&frame(kind, b"?")).await.unwrap();
        let received = poll_fn(|cx| client.poll_receive(cx)).await;
        assert_eq!(received.unwrap().unwrap(), Inbound::Empty);
    }
}

#[tokio::test]
async fn pong_is_sent_once_the_server_reads() {
    // The pong does not fit into the pipe at once, so the transport must write the rest later.
    let (mut client, mut server) = pair_with(16, DEFAULT_MAX_MESSAGE_BYTES).await;
    let receiving = tokio::spawn(async move { text(receive(&mut client).await) });

    let payload = [9; 100];
    server.write_all(&frame(PING, &payload)).await.unwrap();
    // A part of the pong is written; the rest requires the server to read.
    tokio::task::yield_now().await;
    assert_eq!(read_frame(&mut server).await, (PONG, payload.to_vec()));
    server.write_all(&frame(TEXT, b"done")).await.unwrap();
    assert_eq!(receiving.await.unwrap(), "done");
}

/// The read buffer of the large message is released, but not the pong that waits to be written.
#[tokio::test(start_paused = true)]
async fn pong_is_sent_once_the_server_reads_after_a_large_message() {
    let (mut client, mut server) = pair_with(64, DEFAULT_MAX_MESSAGE_BYTES).await;
    let sent = [frame(PING, &[9; 120]), frame(TEXT, &[b'x'; 20_000])].concat();
    let (written, received) = tokio::join!(server.write_all(&sent), receive(&mut client));
    written.unwrap();
    assert_eq!(text(received).len(), 20_000);
    assert!(receive(&mut client).now_or_never().is_none());

    let answered = tokio::select! {
        answer = read_frame(&mut server) => answer,
        other = receive(&mut client) => panic!("{other:?}"),
        () = tokio::time::sleep(Duration::from_secs(60)) => panic!("the pong is never sent"),
    };
    assert_eq!(answered, (PONG, vec![9; 120]));
}

#[tokio::test]
async fn messages_arrive_while_a_pong_waits() {
    let (mut client, mut server) = pair_with(64, DEFAULT_MAX_MESSAGE_BYTES).await;
    let receiving = tokio::spawn(async move { (text(receive(&mut client).await), client) });
    // The server does not read.
    server.write_all(&frame(PING, &[9; 120])).await.unwrap();
    server.write_all(&frame(TEXT, b"through")).await.unwrap();
    let (received, client) = receiving.await.unwrap();
    assert_eq!(received, "through");
    drop(client);
}

#[test]
fn many_pings_take_bounded_memory() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let pair = pair_with(8 * 1024, DEFAULT_MAX_MESSAGE_BYTES);
    let (mut client, mut server) = runtime.block_on(pair);
    let ping = frame(PING, &[9; 125]);
    // The server reads no pongs.
    let info = allocation_counter::measure(|| {
        for _ in 0..10_000 {
            server.write_all(&ping).now_or_never().unwrap().unwrap();
            assert!(receive(&mut client).now_or_never().is_none());
        }
    });
    assert!(info.bytes_max < 64 * 1024, "{} bytes", info.bytes_max);
}
