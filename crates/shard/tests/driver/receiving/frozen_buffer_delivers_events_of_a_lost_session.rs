//! The events of a lost session are delivered after a freeze, since a resume does not replay them.

use crate::harness::{
    consumer::{Observed, of_item, sequences},
    gateway::{event, start},
};
use futures_util::StreamExt;
use gloaming_shard::{
    CloseFrame, EventTypeFlags, Lifecycle,
    supervision::item_channel,
    transport::{ConnectError, ConnectErrorKind},
};
use std::time::Duration;

/// The buffer is full when the session is lost, so that there is no room for the item that reports it.
#[tokio::test(start_paused = true)]
async fn frozen_buffer_delivers_events_of_a_session_lost_while_it_was_full() {
    let (shard, mut gateway) = start();
    let sender = shard.sender();
    let (item_sender, mut items) = item_channel(2);
    let monitor = item_sender.monitor();
    let running = tokio::spawn(async move { item_sender.run(shard, EventTypeFlags::all()).await });

    let mut connection = tokio::select! {
        connection = gateway.begin() => connection,
        () = async { while items.next().await.is_some() {} } => unreachable!("the shard runs"),
    };
    while !matches!(
        items.next().await.map(of_item),
        Some(Observed::Lifecycle(Lifecycle::Ready { .. }))
    ) {}
    connection.send(&event(2)).await;
    drop(connection);
    // No items are taken from here on, the application gives the session up, and the gateway refuses connections.
    sender.start_new_session().unwrap();
    tokio::time::timeout(Duration::from_secs(120), async {
        loop {
            gateway
                .attempt()
                .await
                .refuse(ConnectError::new(ConnectErrorKind::Tcp));
        }
    })
    .await
    .unwrap_err();
    sender.close(CloseFrame::RESUME).unwrap();
    monitor.stopped().await;

    assert_eq!(monitor.freeze(), None, "there is nothing to resume");
    let mut left = Vec::new();
    while let Some(item) = items.next().await {
        left.push(of_item(item));
    }
    assert_eq!(sequences(&left), [2]);
    assert_eq!(running.await.unwrap(), None);
}
