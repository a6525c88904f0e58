//! Cancel safety: futures that are polled once and dropped lose nothing.

use crate::harness::{
    consumer::{Observed, ReceiveMethod, failures, sequences, take},
    gateway::{Gateway, RESUME_HOST, compressions, resumed, start_with},
};
use gloaming_shard::{CloseFrame, Shard, transport::Inbound};
use std::{
    future::{poll_fn, ready},
    pin::pin,
    time::Duration,
};
use tokio::time::sleep;

/// Receives one value with a new future for each poll.
async fn receive_with_dropped_futures(shard: &mut Shard, method: ReceiveMethod) -> Observed {
    poll_fn(|cx| pin!(take(shard, method)).poll(cx)).await
}

/// Receives one value in a `select!` with a branch that is always ready.
async fn receive_in_select(shard: &mut Shard, method: ReceiveMethod) -> Observed {
    loop {
        tokio::select! {
            biased;
            seen = take(shard, method) => return seen,
            () = ready(()) => sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Runs the server through many kinds of failures; returns the sequence numbers that must be received.
async fn run_server(mut gateway: Gateway) -> Vec<u64> {
    let mut connection = gateway.begin().await;
    for sequence in 2..=40 {
        match connection.encode(crate::harness::gateway::event(sequence).as_bytes()) {
            Inbound::Binary(bytes) => {
                for byte in bytes.chunks(7) {
                    let piece = bytes.slice_ref(byte);
                    connection.frame(Inbound::Binary(piece)).await;
                }
            }
            frame => connection.frame(frame).await,
        }
        if sequence % 10 == 0 {
            connection.attend(crate::harness::gateway::INTERVAL).await;
        }
    }
    connection.send("garbage").await;
    connection.left().await;

    let mut connection = gateway.resuming(40).await;
    assert!(connection.url.starts_with(RESUME_HOST));
    connection.events(41..=60).await;
    connection.send(&resumed(61)).await;
    connection.events(62..=400).await;
    drop(connection);

    let mut connection = gateway.resuming(400).await;
    connection.events(401..=420).await;
    connection.send(&resumed(421)).await;
    connection
        .send(r#"{"t":null,"s":null,"op":7,"d":null}"#)
        .await;
    connection.events(422..=430).await;
    connection.close(CloseFrame::RESUME.code).await;
    assert_eq!(connection.left().await, Some(CloseFrame::RESUME.code));

    let mut connection = gateway.resuming(430).await;
    connection.send(&resumed(431)).await;
    connection.events([432]).await;
    connection
        .attend(crate::harness::gateway::INTERVAL * 2)
        .await;
    (2..=432)
        .filter(|sequence| ![61, 421, 431].contains(sequence))
        .collect()
}

async fn assert_nothing_is_lost(take: impl AsyncFn(&mut Shard, ReceiveMethod) -> Observed) {
    for compression in compressions() {
        for method in ReceiveMethod::ALL {
            let (mut shard, gateway) = start_with(|config| config.compression(compression));
            let consume = async {
                let mut all = Vec::new();
                loop {
                    let seen = take(&mut shard, method).await;
                    all.push(seen.clone());
                    if seen == Observed::Event(432) {
                        return all;
                    }
                }
            };
            let server = tokio::spawn(run_server(gateway));
            let seen = consume.await;
            drop(shard);
            assert_eq!(
                sequences(&seen),
                server.await.unwrap(),
                "{compression}, {method:?}"
            );
            assert_eq!(failures(&seen).len(), 1, "{compression}, {method:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn futures_polled_once_lose_nothing() {
    assert_nothing_is_lost(receive_with_dropped_futures).await;
}

#[tokio::test(start_paused = true)]
async fn futures_dropped_in_select_lose_nothing() {
    assert_nothing_is_lost(receive_in_select).await;
}
