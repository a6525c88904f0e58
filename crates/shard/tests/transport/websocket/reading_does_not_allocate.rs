//! The read buffer is reused for each frame, and released after a large one.

use crate::harness::websocket_server::{
    BINARY, PING, PONG, TEXT, frame, pair_with, read_frame, receive, text,
};
use futures_util::FutureExt as _;
use gloaming_shard::transport::{Inbound, Transport, WebSocket};
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncWriteExt, DuplexStream};

const READ_BUFFER_BYTES: usize = 2 * 1024;
const FRAMES: usize = 10_000;
/// The number of frames after which the buffer has its final size.
const WARM_UP: usize = 1_000;

/// Returns a connected pair, with these bytes in the pipe to the client.
fn waiting(bytes: &[u8]) -> (WebSocket<DuplexStream>, DuplexStream) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (client, mut server) = pair_with(bytes.len().max(4096), 1 << 30).await;
        server.write_all(bytes).await.unwrap();
        (client, server)
    })
}

fn receive_all(client: &mut impl Transport, frames: usize) {
    let mut cx = Context::from_waker(Waker::noop());
    let mut messages = 0;
    while messages < frames {
        match client.poll_receive(&mut cx) {
            Poll::Ready(Some(Ok(Inbound::Text(_) | Inbound::Binary(_)))) => messages += 1,
            Poll::Ready(Some(Ok(Inbound::Empty))) => {}
            other => panic!("{other:?} is not a message"),
        }
    }
    assert!(client.poll_receive(&mut cx).is_pending());
}

/// Lets this thread have the read buffer that its busy connections share.
fn share_buffer() {
    let frames = 1_000;
    let (mut client, _server) = waiting(&frame(TEXT, &[b'x'; 100]).repeat(frames));
    receive_all(&mut client, frames);
}

/// The next frame of an idle connection, with which memory is released.
fn send_ack(server: &mut DuplexStream) {
    let ack = frame(TEXT, br#"{"op":11}"#);
    let written = server.write_all(&ack).now_or_never();
    written.expect("the pipe has room").unwrap();
}

#[test]
fn ten_thousand_frames_do_not_allocate() {
    for size in [40, 772, 5_000, 16_000] {
        let one = [
            frame(TEXT, &vec![b'x'; size]),
            frame(BINARY, &vec![0; size]),
        ]
        .concat();
        let (mut client, _server) = waiting(&one.repeat((WARM_UP + FRAMES) / 2));
        let mut cx = Context::from_waker(Waker::noop());
        for _ in 0..WARM_UP {
            assert!(client.poll_receive(&mut cx).is_ready());
        }
        let info = allocation_counter::measure(|| receive_all(&mut client, FRAMES));
        assert_eq!(info.count_total, 0, "frames of {size} bytes");
    }
}

/// Many connections that are busy now and then need the memory of one.
#[test]
fn busy_connections_of_a_thread_share_a_buffer() {
    share_buffer();
    let frames = 1_000;
    let sent = frame(TEXT, &[b'x'; 100]).repeat(frames);
    let mut connections = Vec::from_iter((0..20).map(|_| waiting(&sent)));
    let info = allocation_counter::measure(|| {
        for (client, _) in &mut connections {
            receive_all(client, frames);
        }
    });
    let each = info.bytes_current as usize / connections.len();
    assert!(each < 1024, "each holds {each} bytes");
    let most = READ_BUFFER_BYTES + connections.len() * 1024;
    assert!(info.bytes_max as usize <= most, "{}", info.bytes_max);
}

#[test]
fn buffer_of_a_large_frame_is_released() {
    share_buffer();
    for size in [20_000, 300_000, 4 << 20] {
        let large = frame(TEXT, &vec![b'x'; size]);
        let small = frame(TEXT, b"x");
        let rest_of_buffer = small.repeat(READ_BUFFER_BYTES);
        let sent = [large.clone(), small, large, rest_of_buffer].concat();
        let (mut client, mut server) = waiting(&sent);
        let messages = 3 + READ_BUFFER_BYTES;
        let info = allocation_counter::measure(|| {
            receive_all(&mut client, messages);
            send_ack(&mut server);
            receive_all(&mut client, 1);
        });
        assert!(info.bytes_max as usize > size);
        assert!(
            info.bytes_current < 8 * 1024,
            "{} bytes are held after a frame of {size} bytes",
            info.bytes_current
        );
        drop(server);
    }
}

/// The case of large guilds on a connection that is idle afterwards.
#[test]
fn buffer_of_a_large_last_frame_is_released() {
    share_buffer();
    for size in [20_000, 300_000, 4 << 20] {
        let large = frame(TEXT, &vec![b'x'; size]);
        let sent = [large.clone(), frame(PING, b"ping"), large].concat();
        let (mut client, mut server) = waiting(&sent);
        let info = allocation_counter::measure(|| {
            receive_all(&mut client, 2);
            send_ack(&mut server);
            receive_all(&mut client, 1);
        });
        assert!(info.bytes_max as usize > size);
        assert!(
            info.bytes_current < 8 * 1024,
            "{} bytes are held after a frame of {size} bytes",
            info.bytes_current
        );
        // The connection still works.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async {
            assert_eq!(read_frame(&mut server).await, (PONG, b"ping".to_vec()));
            server.write_all(&frame(TEXT, b"next")).await.unwrap();
            assert_eq!(text(receive(&mut client).await), "next");
        });
    }
}

/// A message that is read in part is not dropped with the buffer of the previous message.
#[test]
fn partial_frame_after_a_large_one_is_kept() {
    let large = frame(TEXT, &vec![b'x'; 50_000]);
    let next = frame(TEXT, &vec![b'y'; 1_000]);
    for held in 1..8 {
        let (mut client, mut server) = waiting(&[&large[..], &next[..held]].concat());
        receive_all(&mut client, 1);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async {
            server.write_all(&next[held..]).await.unwrap();
            assert_eq!(text(receive(&mut client).await), "y".repeat(1_000));
        });
    }
}
