//! Events of a session that is lost can't be had by resuming: no seal withholds them.

use crate::{
    gateway::{event, start_with},
    watch::{Seen, numbers, of_item},
};
use futures_util::StreamExt;
use gloaming_shard::{
    CloseFrame, EventTypeFlags, Lifecycle, Outlet,
    machine::{RecoveryPolicy, StepBounds},
    transport::{ConnectError, ConnectErrorKind},
};
use std::time::Duration;

/// The buffer is full when it is lost, so that there is no room to say so.
#[tokio::test(start_paused = true)]
async fn though_nobody_had_room_to_say_that_it_is_lost() {
    let mut recovery = RecoveryPolicy::default();
    recovery.main_host = StepBounds {
        within: Duration::from_secs(1),
        ..recovery.main_host
    };
    let (shard, mut gateway) = start_with(|config| config.recovery(recovery));
    let sender = shard.sender();
    let (outlet, mut items) = Outlet::new(2);
    let monitor = outlet.monitor();
    let running = tokio::spawn(async move { outlet.run(shard, EventTypeFlags::all()).await });

    let mut connection = tokio::select! {
        connection = gateway.begin() => connection,
        () = async { while items.next().await.is_some() {} } => unreachable!("the shard lives"),
    };
    while !matches!(
        items.next().await.map(of_item),
        Some(Seen::Lifecycle(Lifecycle::Ready { .. }))
    ) {}
    connection.send(&event(2)).await;
    drop(connection);
    // Nobody takes what comes now, and nobody answers either.
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

    assert_eq!(monitor.seal(), None, "there is nothing to resume");
    let mut left = Vec::new();
    while let Some(item) = items.next().await {
        left.push(of_item(item));
    }
    assert_eq!(numbers(&left), [2]);
    assert_eq!(running.await.unwrap(), None);
}
