//! Frames split anywhere, messages in several frames and large messages arrive whole.
use crate::harness::websocket_server::{
    BINARY, CONTINUATION, PING, PONG, TEXT, frame, pair, pair_with, read_frame, receive, text,
    unfinished,
};
use futures_util::FutureExt;
use gloaming_shard::transport::Inbound;
use tokio::io::AsyncWriteExt;

#[tokio::test]
async fn frames_split_at_every_byte_arrive() {
    let (mut client, mut server) = pair().await;
    let long = "é".repeat(40_000);
    let sent = [
        frame(TEXT, "grüße".as_bytes()),
        frame(BINARY, &[0x78, 0x9c, 0, 0, 0xff, 0xff]),
        frame(TEXT, long.as_bytes()),
    ]
    .concat();
    let writing = tokio::spawn(async move {
        for byte in sent {
            server.write_u8(byte).await.unwrap();
            // The client reads the byte before the next is sent.
            tokio::task::yield_now().await;
        }
        server
    });

    assert_eq!(text(receive(&mut client).await), "grüße");
    assert_eq!(
        receive(&mut client).await.unwrap().unwrap(),
        Inbound::Binary(vec![0x78, 0x9c, 0, 0, 0xff, 0xff].into())
    );
    assert_eq!(text(receive(&mut client).await), long);
    writing.await.unwrap();
}

#[tokio::test]
async fn many_frames_in_one_read_arrive() {
    let (mut client, mut server) = pair().await;
    let sent: Vec<u8> = (0..500)
        .flat_map(|n: u32| frame(TEXT, n.to_string().as_bytes()))
        .collect();
    server.write_all(&sent).await.unwrap();
    for n in 0..500 {
        assert_eq!(text(receive(&mut client).await), n.to_string());
    }
}

#[tokio::test]
async fn message_in_several_frames_with_a_ping_between_arrives() {
    let (mut client, mut server) = pair().await;
    // The first split is inside of a character.
    let (start, end) = "grüße".as_bytes().split_at(3);
    let sent = [
        unfinished(TEXT, start),
        frame(PING, b"?"),
        unfinished(CONTINUATION, end),
        frame(CONTINUATION, b"!"),
    ]
    .concat();
    server.write_all(&sent).await.unwrap();
    assert_eq!(text(receive(&mut client).await), "grüße!");
    assert_eq!(read_frame(&mut server).await, (PONG, b"?".to_vec()));
}

#[tokio::test]
async fn message_of_16_mib_arrives() {
    let (mut client, mut server) = pair().await;
    let guild = format!("{{\"op\":0,\"d\":\"{}\"}}", "g".repeat(16 << 20));
    let sent = frame(TEXT, guild.as_bytes());
    let writing = tokio::spawn(async move { server.write_all(&sent).await.map(|()| server) });
    assert_eq!(text(receive(&mut client).await), guild);

    let mut server = writing.await.unwrap().unwrap();
    server.write_all(&frame(TEXT, b"next")).await.unwrap();
    assert_eq!(text(receive(&mut client).await), "next");
}

/// The length of a message in several frames does not tell how many bytes of the buffer it used.
#[tokio::test]
async fn large_message_in_several_frames_does_not_affect_the_next() {
    let large = "g".repeat(80_000);
    for cut in [40_000, 65_535, 79_900] {
        for started in 1..4 {
            let (mut client, mut server) = pair_with(1 << 20, 1 << 20).await;
            let (start, end) = large.as_bytes().split_at(cut);
            let next = frame(TEXT, b"next");
            let (now, later) = next.split_at(started);
            let sent = [
                unfinished(TEXT, start),
                frame(CONTINUATION, end),
                now.to_vec(),
            ]
            .concat();
            server.write_all(&sent).await.unwrap();
            assert_eq!(text(receive(&mut client).await), large);
            // No more data is available, so the client releases its buffer.
            assert!(receive(&mut client).now_or_never().is_none());
            server.write_all(later).await.unwrap();
            assert_eq!(text(receive(&mut client).await), "next", "{cut} {started}");
        }
    }
}
