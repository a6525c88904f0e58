//! `close` ends the stream, and ends or keeps the session depending on the code (P19).

use crate::harness::{
    consumer::{Observed, ReceiveMethod, consume, failure_kinds, lifecycle, sequences},
    gateway::{Action, INTERVAL, SESSION, event, start, start_with},
};
use gloaming_shard::{
    CloseFrame, CommandOutcome, EventTypeFlags, Item, Lifecycle, Session, ShardState,
    error::SendErrorKind,
    machine::{DisconnectCause, StopReason, Timeouts},
    transport::{ConnectError, ConnectErrorKind, Inbound},
};
use std::time::Duration;
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
async fn code_1000_ends_the_session() {
    for frame in [CloseFrame::NORMAL, CloseFrame::new(1001, "going away")] {
        for method in ReceiveMethod::ALL {
            let (shard, mut gateway) = start();
            let mut consumer = consume(shard, method);
            let mut connection = gateway.begin().await;
            connection.events([2]).await;
            consumer.until_event(2).await;
            let code = frame.code;
            consumer.sender.close(frame.clone()).unwrap();
            assert_eq!(connection.next().await, Action::Closed(code));
            // Events that were sent before still arrive.
            connection.events([3]).await;
            connection.close(code).await;

            let (seen, shard) = consumer.end().await;
            assert_eq!(sequences(&seen), [3], "{method:?}");
            assert!(failure_kinds(&seen).is_empty());
            match method {
                ReceiveMethod::Events | ReceiveMethod::Messages => {
                    assert_eq!(seen[1..], [Observed::Closed(Some(code)), Observed::End]);
                }
                ReceiveMethod::Items => {
                    let frame = Some(CloseFrame::new(code, ""));
                    let cause = DisconnectCause::Requested;
                    let reason = StopReason::Requested;
                    assert_eq!(
                        lifecycle(&seen),
                        [
                            &Lifecycle::Disconnected { cause, frame },
                            &Lifecycle::Stopped { reason },
                        ]
                    );
                }
                ReceiveMethod::Payloads => assert_eq!(seen.len(), 2),
            }
            assert_eq!(shard.state(), ShardState::Closed);
            assert_eq!(shard.session(), None);
            assert_eq!(connection.next().await, Action::Left);
            assert!(gateway.attempt_now().is_none(), "it does not reconnect");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn other_codes_keep_the_session() {
    for frame in [CloseFrame::RESUME, CloseFrame::new(4999, "later")] {
        let (shard, mut gateway) = start();
        let mut consumer = consume(shard, ReceiveMethod::Events);
        let mut connection = gateway.begin().await;
        connection.events(2..=5).await;
        consumer.until_event(5).await;
        consumer.sender.close(frame.clone()).unwrap();
        assert_eq!(connection.next().await, Action::Closed(frame.code));
        connection.events([6]).await;
        connection.close(frame.code).await;
        let (_, shard) = consumer.end().await;

        let session = shard.session().unwrap();
        assert_eq!((session.id(), session.sequence()), (SESSION, 6));
        let stored = serde_json::to_string(session).unwrap();
        drop(shard);

        // Another process resumes later.
        let session: Session = serde_json::from_str(&stored).unwrap();
        let (shard, mut gateway) = start_with(|config| config.session(session));
        let mut consumer = crate::harness::consumer::consume(shard, ReceiveMethod::Events);
        let mut connection = gateway.resuming(6).await;
        connection.events([7]).await;
        let seen = consumer.until_event(7).await;
        assert_eq!(sequences(&seen), [7]);
    }
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "tests read the paused clock")]
async fn close_ends_without_a_reply_of_the_server() {
    for method in ReceiveMethod::ALL {
        let (shard, mut gateway) = start();
        let mut consumer = consume(shard, method);
        let mut connection = gateway.begin().await;
        connection.events([2]).await;
        consumer.until_event(2).await;
        consumer.sender.close(CloseFrame::NORMAL).unwrap();
        let start = Instant::now();
        let (seen, shard) = consumer.end().await;
        assert_eq!(start.elapsed(), Timeouts::default().close);
        assert_eq!(shard.state(), ShardState::Closed);
        if matches!(method, ReceiveMethod::Events | ReceiveMethod::Messages) {
            assert_eq!(seen, [Observed::Closed(Some(1006)), Observed::End]);
        }
        assert_eq!(connection.next().await, Action::Closed(1000));
        assert_eq!(connection.next().await, Action::Left);
    }
}

#[tokio::test(start_paused = true)]
async fn close_ends_if_the_server_disconnects() {
    let (shard, mut gateway) = start();
    let mut consumer = consume(shard, ReceiveMethod::Events);
    let mut connection = gateway.begin().await;
    connection.events([2]).await;
    consumer.until_event(2).await;
    consumer.sender.close(CloseFrame::NORMAL).unwrap();
    assert_eq!(connection.next().await, Action::Closed(1000));
    drop(connection);
    let (seen, _) = consumer.end().await;
    assert_eq!(seen, [Observed::Closed(Some(1006)), Observed::End]);
}

#[tokio::test(start_paused = true)]
async fn close_before_the_first_poll_ends_the_stream() {
    for method in ReceiveMethod::ALL {
        let (shard, mut gateway) = start();
        shard.close(CloseFrame::NORMAL);
        let (_, shard) = consume(shard, method).end().await;
        assert_eq!(shard.state(), ShardState::Closed);
        assert!(gateway.attempt_now().is_none(), "{method:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn close_while_connecting_ends_the_stream() {
    let (shard, mut gateway) = start();
    let consumer = consume(shard, ReceiveMethod::Events);
    let mut attempt = gateway.attempt().await;
    consumer.sender.close(CloseFrame::NORMAL).unwrap();
    attempt.abandoned().await;
    let (seen, shard) = consumer.end().await;
    assert_eq!(seen, [Observed::End]);
    assert_eq!(shard.state(), ShardState::Closed);
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "tests read the paused clock")]
async fn close_during_backoff_ends_the_stream() {
    let (shard, mut gateway) = start();
    let mut consumer = consume(shard, ReceiveMethod::Items);
    let waits = |seen: &Observed| matches!(seen, Observed::Lifecycle(Lifecycle::Retrying { after, .. }) if *after > Duration::from_secs(1));
    loop {
        let refused = ConnectError::new(ConnectErrorKind::Tcp);
        gateway.attempt().await.refuse(refused);
        let seen = consumer
            .until(|seen| matches!(seen, Observed::Lifecycle(Lifecycle::Retrying { .. })))
            .await;
        if seen.last().is_some_and(waits) {
            break;
        }
    }
    let start = Instant::now();
    consumer.sender.close(CloseFrame::NORMAL).unwrap();
    let (_, shard) = consumer.end().await;
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(shard.state(), ShardState::Closed);
}

#[tokio::test(start_paused = true)]
async fn close_before_ready_ends_the_stream() {
    for identified in [false, true] {
        let (shard, mut gateway) = start();
        let mut consumer = consume(shard, ReceiveMethod::Events);
        let mut connection = gateway.greet().await;
        consumer
            .until(|seen| *seen == Observed::Other("GatewayHello".to_owned()))
            .await;
        if identified {
            connection.expect(2).await;
        }
        consumer.sender.close(CloseFrame::NORMAL).unwrap();
        assert_eq!(connection.left().await, Some(1000));
        let (_, shard) = consumer.end().await;
        assert_eq!(shard.state(), ShardState::Closed);
    }
}

#[tokio::test(start_paused = true)]
async fn close_while_disconnecting_ends_the_stream() {
    let (shard, mut gateway) = start();
    let consumer = consume(shard, ReceiveMethod::Events);
    let mut connection = gateway.begin().await;
    connection
        .send(r#"{"t":null,"s":null,"op":7,"d":null}"#)
        .await;
    assert_eq!(
        connection.next().await,
        Action::Closed(CloseFrame::RESUME.code)
    );
    consumer.sender.close(CloseFrame::NORMAL).unwrap();
    connection.close(CloseFrame::RESUME.code).await;
    let (_, shard) = consumer.end().await;
    assert_eq!(shard.state(), ShardState::Closed);
    assert!(
        shard.session().is_some(),
        "the server did not end the session"
    );
    assert!(gateway.attempt_now().is_none());
}

#[tokio::test(start_paused = true)]
async fn second_close_has_no_effect() {
    let (shard, mut gateway) = start();
    let mut consumer = consume(shard, ReceiveMethod::Events);
    let mut connection = gateway.begin().await;
    connection.events([2]).await;
    consumer.until_event(2).await;
    consumer.sender.close(CloseFrame::RESUME).unwrap();
    consumer.sender.close(CloseFrame::NORMAL).unwrap();
    assert_eq!(connection.left().await, Some(CloseFrame::RESUME.code));
    let sender = consumer.sender.clone();
    let (_, shard) = consumer.end().await;
    assert!(shard.session().is_some());
    assert!(
        sender.close(CloseFrame::NORMAL).is_err(),
        "there is nothing to close"
    );
}

#[tokio::test(start_paused = true)]
async fn close_ends_a_spawned_shard_with_a_full_buffer() {
    close_with_a_full_buffer(0).await;
    assert_eq!(close_with_a_full_buffer(1 << 20).await, 100);
}

/// Returns the sequence of the last event that was received.
async fn close_with_a_full_buffer(read_ahead: usize) -> u64 {
    let (shard, mut gateway) = start_with(|config| config.read_ahead(read_ahead));
    let mut spawned = shard.spawn(EventTypeFlags::WEBHOOKS_UPDATE, 20);
    let mut connection = gateway.begin().await;
    connection.events(2..=100).await;
    connection.attend(INTERVAL * 2).await;
    spawned.sender().close(CloseFrame::RESUME).unwrap();
    assert_eq!(connection.left().await, Some(CloseFrame::RESUME.code));

    let mut taken = 1;
    while let Some(item) = spawned.next_item().await {
        if let Item::Event(gloaming_shard::Event::WebhooksUpdate(update)) = item {
            taken += 1;
            assert_eq!(update.channel_id.get(), taken);
        }
    }
    // The resumed session receives the events that were not read.
    let session = spawned.join().await.unwrap().unwrap();
    assert_eq!(session.sequence(), taken);
    assert_eq!(taken < 100, read_ahead == 0);
    taken
}

#[tokio::test(start_paused = true)]
async fn dropping_a_spawned_shard_keeps_its_session() {
    let (shard, mut gateway) = start();
    let spawned = shard.spawn(EventTypeFlags::all(), 100);
    let mut connection = gateway.begin().await;
    connection.events([2]).await;
    connection
        .send(r#"{"t":null,"s":null,"op":1,"d":null}"#)
        .await;
    connection.next_with_heartbeats().await;
    let sender = spawned.sender().clone();
    let (items, task) = spawned.split();
    drop(items);
    let session = task.join().await.unwrap().unwrap();
    assert_eq!(session.sequence(), 2);
    assert_eq!(connection.next().await, Action::Left, "with no close frame");
    assert!(sender.is_closed());
}

#[tokio::test(start_paused = true)]
async fn dropping_a_shard_resolves_its_commands() {
    let (shard, mut gateway) = start();
    let sender = shard.sender();
    let queued = sender.submit(r#"{"op":3,"d":{}}"#.to_owned()).unwrap();
    let mut consumer = consume(shard, ReceiveMethod::Events);
    let connection = gateway.greet().await;
    consumer
        .until(|seen| *seen == Observed::Other("GatewayHello".to_owned()))
        .await;
    let later = sender.submit(r#"{"op":3,"d":{}}"#.to_owned()).unwrap();
    consumer.abort();
    assert_eq!(queued.await, CommandOutcome::Closed);
    assert_eq!(later.await, CommandOutcome::Closed);
    assert!(sender.is_closed());
    drop(connection);
}

#[tokio::test(start_paused = true)]
async fn reconnect_resumes() {
    for method in ReceiveMethod::ALL {
        let (shard, mut gateway) = start();
        let mut consumer = consume(shard, method);
        let mut connection = gateway.begin().await;
        connection.events([2]).await;
        consumer.until_event(2).await;
        consumer.sender.reconnect().unwrap();
        assert_eq!(
            connection.next().await,
            Action::Closed(CloseFrame::RESUME.code)
        );
        connection.frame(Inbound::Text(event(3).into())).await;
        connection.close(CloseFrame::RESUME.code).await;
        let mut connection = gateway.resuming(3).await;
        connection.events([4]).await;
        let seen = consumer.until_event(4).await;
        assert_eq!(sequences(&seen), [3, 4], "{method:?}");
        assert!(failure_kinds(&seen).is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn unsendable_close_code_is_rejected() {
    // 1005 and 1006 are reserved for missing frames.
    for code in [0, 999, 1005, 1006, 1015, 65_535] {
        let (shard, mut gateway) = start();
        let mut consumer = consume(shard, ReceiveMethod::Events);
        let mut connection = gateway.begin().await;
        connection.events([2]).await;
        consumer.until_event(2).await;
        let error = consumer
            .sender
            .close(CloseFrame::new(code, "reserved"))
            .unwrap_err();
        let expected = SendErrorKind::UnsendableCloseCode(code);
        assert_eq!(error.kind(), &expected);
        connection.events([3]).await;
        consumer.until_event(3).await;
    }
}
