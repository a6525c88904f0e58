//! Commands from other tasks are sent at once while the session is active, and each resolves exactly once.

use crate::harness::{
    consumer::{Consumer, Observed, ReceiveMethod, consume},
    gateway::{Action, Connection, Gateway, ready, start, start_with},
};
use gloaming_shard::{
    CloseFrame, CommandOutcome, Lifecycle, MessageSender, Shard, error::SendErrorKind,
    machine::Timeouts,
};
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

fn command(number: usize) -> String {
    json!({"op": 31, "d": {"guild_ids": [number.to_string()]}}).to_string()
}

fn expected(number: usize) -> Action {
    let d = json!({"guild_ids": [number.to_string()]});
    Action::Sent { op: 31, d }
}

/// Returns an idle shard with an active session.
async fn active(shard: Shard, gateway: &mut Gateway) -> (Consumer, MessageSender, Connection) {
    let sender = shard.sender();
    let mut consumer = consume(shard, ReceiveMethod::Items);
    let connection = gateway.begin().await;
    consumer
        .until(|seen| matches!(seen, Observed::Lifecycle(Lifecycle::Ready { .. })))
        .await;
    (consumer, sender, connection)
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "tests read the paused clock")]
async fn command_is_sent_without_an_event() {
    let (shard, mut gateway) = start();
    let (_consumer, sender, mut connection) = active(shard, &mut gateway).await;
    for number in 0..3 {
        let from_elsewhere = sender.clone();
        let outcome =
            tokio::spawn(async move { from_elsewhere.submit(command(number)).unwrap().await });
        let start = Instant::now();
        assert_eq!(connection.next().await, expected(number));
        assert_eq!(outcome.await.unwrap(), CommandOutcome::Sent);
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}

#[tokio::test(start_paused = true)]
async fn commands_are_sent_in_order_after_ready() {
    let (shard, mut gateway) = start();
    let sender = shard.sender();
    let pending: Vec<_> = (0..5)
        .map(|number| sender.submit(command(number)).unwrap())
        .collect();
    let _consumer = consume(shard, ReceiveMethod::Items);
    let mut connection = gateway.greet().await;
    connection.expect(2).await;
    assert_eq!(connection.attend(Duration::from_secs(100)).await, []);
    connection
        .send(&ready(crate::harness::gateway::SESSION, 1))
        .await;
    for number in 0..5 {
        assert_eq!(connection.next().await, expected(number));
    }
    for outcome in pending {
        assert_eq!(outcome.await, CommandOutcome::Sent);
    }
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "tests read the paused clock")]
async fn send_limit_delays_commands() {
    let (shard, mut gateway) = start();
    let (_consumer, sender, mut connection) = active(shard, &mut gateway).await;
    let began = Instant::now();
    let mut times = Vec::new();
    for number in 0..300 {
        sender.send(command(number)).unwrap();
    }
    for number in 0..300 {
        assert_eq!(connection.next().await, expected(number));
        times.push(began.elapsed());
    }
    // 120 in any 60 s, including heartbeats and IDENTIFY.
    assert!(
        times
            .windows(120)
            .all(|window| window[119] - window[0] >= Duration::from_secs(60))
    );
    assert!(times[299] < Duration::from_secs(190));
}

#[tokio::test(start_paused = true)]
async fn commands_without_a_limit_are_sent_at_once() {
    let (shard, mut gateway) = start_with(|config| config.ratelimit_messages(false));
    assert!(shard.ratelimiter().is_none());
    let (_consumer, sender, mut connection) = active(shard, &mut gateway).await;
    let sending = tokio::spawn(async move {
        for number in 0..1_000 {
            sender.send(command(number)).unwrap();
        }
    });
    let all = async {
        for number in 0..1_000 {
            assert_eq!(connection.next().await, expected(number));
        }
    };
    tokio::time::timeout(Duration::from_secs(1), all)
        .await
        .unwrap();
    sending.await.unwrap();
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "tests read the paused clock")]
async fn waiting_commands_expire() {
    let timeouts = {
        let mut timeouts = Timeouts::default();
        timeouts.command = Duration::from_secs(30);
        timeouts
    };
    let (shard, mut gateway) = start_with(|config| config.timeouts(timeouts));
    let sender = shard.sender();
    let _consumer = consume(shard, ReceiveMethod::Items);
    let _connection = gateway.greet().await;
    let start = Instant::now();
    let outcome = sender.submit(command(1)).unwrap().await;
    assert_eq!(outcome, CommandOutcome::Expired);
    assert_eq!(start.elapsed(), Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn waiting_commands_end_with_their_session() {
    let (shard, mut gateway) = start();
    let (mut consumer, sender, mut connection) = active(shard, &mut gateway).await;
    connection
        .send(r#"{"t":null,"s":null,"op":9,"d":false}"#)
        .await;
    connection.left().await;
    consumer
        .until(|seen| matches!(seen, Observed::Lifecycle(Lifecycle::Gap { .. })))
        .await;
    // Queued without a session, for any session.
    let kept = sender.submit(command(2)).unwrap();
    let mut connection = gateway.greet().await;
    connection.expect(2).await;
    connection.send(&ready("another", 1)).await;
    assert_eq!(connection.next().await, expected(2));
    assert_eq!(kept.await, CommandOutcome::Sent);

    // Queued for this session, which is lost before they are sent.
    consumer
        .until(|seen| matches!(seen, Observed::Lifecycle(Lifecycle::Ready { .. })))
        .await;
    drop(connection);
    consumer
        .until(|seen| matches!(seen, Observed::Lifecycle(Lifecycle::Disconnected { .. })))
        .await;
    let lost = sender.submit(command(3)).unwrap();
    let mut connection = gateway.greet().await;
    connection.expect(6).await;
    connection
        .send(r#"{"t":null,"s":null,"op":9,"d":false}"#)
        .await;
    connection.left().await;
    let mut connection = gateway.greet().await;
    connection.expect(2).await;
    connection.send(&ready("third", 1)).await;
    assert_eq!(lost.await, CommandOutcome::SessionReplaced);
    assert_eq!(connection.attend(Duration::from_secs(60)).await, []);
}

#[tokio::test(start_paused = true)]
async fn waiting_commands_survive_a_resume() {
    let (shard, mut gateway) = start();
    let (mut consumer, sender, connection) = active(shard, &mut gateway).await;
    drop(connection);
    consumer
        .until(|seen| matches!(seen, Observed::Lifecycle(Lifecycle::Disconnected { .. })))
        .await;
    let kept = sender.submit(command(1)).unwrap();
    let mut connection = gateway.resuming(1).await;
    connection.events([2]).await;
    connection.send(&crate::harness::gateway::resumed(3)).await;
    assert_eq!(connection.next().await, expected(1));
    assert_eq!(kept.await, CommandOutcome::Sent);
}

#[tokio::test(start_paused = true)]
async fn waiting_commands_end_with_the_shard() {
    let (shard, mut gateway) = start();
    let sender = shard.sender();
    let consumer = consume(shard, ReceiveMethod::Items);
    let _connection = gateway.greet().await;
    let pending: Vec<_> = (0..10)
        .map(|number| sender.submit(command(number)).unwrap())
        .collect();
    sender.close(CloseFrame::NORMAL).unwrap();
    let (_, shard) = consumer.end().await;
    for outcome in pending {
        assert_eq!(outcome.await, CommandOutcome::Closed);
    }
    let error = sender.submit(command(1)).unwrap_err();
    assert_eq!(error.kind(), &SendErrorKind::Closed);
    drop(shard);
}

#[tokio::test(start_paused = true)]
async fn excess_and_oversized_commands_are_rejected() {
    let (shard, mut gateway) = start_with(|config| config.command_bound(8));
    let sender = shard.sender();
    let oversized = json!({"op": 3, "d": "x".repeat(4_096)}).to_string();
    let error = sender.submit(oversized).unwrap_err();
    assert_eq!(error.kind(), &SendErrorKind::Invalid);

    // The shard is not polled yet, so commands stay in the channel.
    let first: Vec<_> = (0..8)
        .map(|number| sender.submit(command(number)).unwrap())
        .collect();
    let error = sender.submit(command(8)).unwrap_err();
    assert_eq!(error.kind(), &SendErrorKind::Full);

    let mut consumer = consume(shard, ReceiveMethod::Items);
    let mut connection = gateway.greet().await;
    consumer
        .until(|seen| matches!(seen, Observed::Lifecycle(Lifecycle::AwaitingPermit)))
        .await;
    // The shard has taken those, and takes no more: as many again fill the channel.
    let further: Vec<_> = (8..16)
        .map(|number| sender.submit(command(number)).unwrap())
        .collect();
    let error = sender.submit(command(16)).unwrap_err();
    assert_eq!(error.kind(), &SendErrorKind::Full);
    connection.expect(2).await;
    connection
        .send(&ready(crate::harness::gateway::SESSION, 1))
        .await;
    for (number, outcome) in first.into_iter().chain(further).enumerate() {
        assert_eq!(connection.next().await, expected(number));
        assert_eq!(outcome.await, CommandOutcome::Sent);
    }
}

#[tokio::test(start_paused = true)]
async fn ratelimiter_reports_the_send_limit() {
    let (mut shard, mut gateway) = start();
    assert!(shard.ratelimiter().is_none(), "there is no session");
    let (mut connection, ()) = tokio::join!(gateway.begin(), async {
        let wanted = |seen: &Observed| matches!(seen, Observed::Lifecycle(Lifecycle::Ready { .. }));
        while !wanted(&crate::harness::consumer::take(&mut shard, ReceiveMethod::Items).await) {}
    });
    let limit = shard.ratelimiter().unwrap();
    assert_eq!(limit.available() + 1, limit.max(), "IDENTIFY counts");
    assert_eq!(limit.next_available(), Duration::ZERO);
    for number in 0..200 {
        shard.send(command(number));
    }
    connection.events([2]).await;
    while crate::harness::consumer::take(&mut shard, ReceiveMethod::Items).await
        != Observed::Event(2)
    {}
    let limit = shard.ratelimiter().unwrap();
    assert_eq!(limit.available(), 0);
    assert!(limit.next_available() > Duration::from_secs(59));
    drop(connection);
}
