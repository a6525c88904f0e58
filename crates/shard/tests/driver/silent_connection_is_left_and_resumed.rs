//! A server that acknowledges nothing any more is left with a code that keeps the session (P7).

use crate::{
    gateway::{Action, INTERVAL, RESUME_HOST, start},
    watch::{Seen, Way, lifecycle, numbers, watch},
};
use gloaming_shard::{CloseFrame, Lifecycle, machine::DisconnectCause};
use serde_json::json;

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "the paused clock")]
async fn within_two_intervals() {
    for way in Way::ALL {
        let (shard, mut gateway) = start();
        let mut watch = watch(shard, way);
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
        let seen = watch.until_event(3).await;
        assert_eq!(numbers(&seen), [2, 3]);
        match way {
            Way::Items => {
                let zombie = Lifecycle::Disconnected {
                    cause: DisconnectCause::Zombie,
                    frame: None,
                };
                assert!(lifecycle(&seen).contains(&&zombie));
            }
            Way::Events | Way::Messages => assert!(seen.contains(&Seen::Closed(Some(1006)))),
            Way::Payloads => {}
        }
    }
}

#[tokio::test(start_paused = true)]
async fn also_if_it_falls_silent_before_ready() {
    let (shard, mut gateway) = start();
    let _watch = watch(shard, Way::Items);
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
async fn not_one_that_withholds_ready_but_acknowledges() {
    let (shard, mut gateway) = start();
    let mut watch = watch(shard, Way::Items);
    let mut connection = gateway.greet().await;
    connection.expect(2).await;
    assert_eq!(connection.attend(INTERVAL * 100).await, []);
    connection
        .send(&crate::gateway::ready(crate::gateway::SESSION, 1))
        .await;
    let seen = watch
        .until(|seen| matches!(seen, Seen::Lifecycle(Lifecycle::Ready { .. })))
        .await;
    assert!(
        lifecycle(&seen)
            .iter()
            .any(|event| matches!(event, Lifecycle::ReadyDelayed { .. }))
    );
}
