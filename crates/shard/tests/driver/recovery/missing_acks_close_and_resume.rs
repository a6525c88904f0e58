//! Without acknowledgements, the shard closes with a code that keeps the session, and resumes (P7).

use crate::harness::{
    consumer::{Observed, ReceiveMethod, consume, lifecycle, sequences},
    gateway::{Action, INTERVAL, RESUME_HOST, start},
};
use gloaming_shard::{CloseFrame, Lifecycle, machine::DisconnectCause};
use serde_json::json;

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "tests read the paused clock")]
async fn missing_acks_resume_within_two_intervals() {
    for method in ReceiveMethod::ALL {
        let (shard, mut gateway) = start();
        let mut consumer = consume(shard, method);
        let mut connection = gateway.begin().await;
        connection.events([2]).await;
        let fell_silent = tokio::time::Instant::now();
        assert_eq!(
            connection.next_with_heartbeats().await,
            Action::Sent { op: 1, d: json!(2) }
        );
        let left = connection.next_with_heartbeats().await;
        assert_eq!(left, Action::Closed(CloseFrame::RESUME.code));
        assert!(fell_silent.elapsed() < INTERVAL * 2);

        let mut connection = gateway.resuming(2).await;
        assert!(connection.url.starts_with(RESUME_HOST));
        connection.events([3]).await;
        let seen = consumer.until_event(3).await;
        assert_eq!(sequences(&seen), [2, 3]);
        match method {
            ReceiveMethod::Items => {
                let zombie = Lifecycle::Disconnected {
                    cause: DisconnectCause::Zombie,
                    frame: None,
                };
                assert!(lifecycle(&seen).contains(&&zombie));
            }
            ReceiveMethod::Events | ReceiveMethod::Messages => {
                assert!(seen.contains(&Observed::Closed(Some(1006))))
            }
            ReceiveMethod::Payloads => {}
        }
    }
}

#[tokio::test(start_paused = true)]
async fn missing_acks_before_ready_reconnect() {
    let (shard, mut gateway) = start();
    let _consumer = consume(shard, ReceiveMethod::Items);
    let mut connection = gateway.greet().await;
    let mut acts = Vec::new();
    while acts.last() != Some(&Action::Left) {
        acts.push(connection.next_with_heartbeats().await);
    }
    let ops: Vec<_> = acts
        .iter()
        .map(|act| match act {
            Action::Sent { op, .. } => *op,
            Action::Closed(code) => u64::from(*code),
            Action::Left => 0,
        })
        .collect();
    assert_eq!(ops, [2, 1, u64::from(CloseFrame::RESUME.code), 0]);
    assert_eq!(connection.heartbeats, [json!(null)], "no sequence was seen");
    gateway.begin().await;
}

#[tokio::test(start_paused = true)]
async fn withheld_ready_with_acks_is_waited_for() {
    let (shard, mut gateway) = start();
    let mut consumer = consume(shard, ReceiveMethod::Items);
    let mut connection = gateway.greet().await;
    connection.expect(2).await;
    assert_eq!(connection.attend(INTERVAL * 100).await, []);
    connection
        .send(&crate::harness::gateway::ready(
            crate::harness::gateway::SESSION,
            1,
        ))
        .await;
    let seen = consumer
        .until(|seen| matches!(seen, Observed::Lifecycle(Lifecycle::Ready { .. })))
        .await;
    assert!(
        lifecycle(&seen)
            .iter()
            .any(|event| matches!(event, Lifecycle::ReadyDelayed { .. }))
    );
}
