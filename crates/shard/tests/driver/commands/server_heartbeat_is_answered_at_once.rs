//! The call that reads the server's request for a heartbeat also sends the heartbeat (P6).

use crate::harness::{
    consumer::{Observed, ReceiveMethod, take},
    gateway::{Action, start},
};
use gloaming_shard::transport::Outbound;
use gloaming_shard::{EventTypeFlags, StreamExt as _};
use serde_json::json;

const REQUEST: &str = r#"{"t":null,"s":null,"op":1,"d":null}"#;

fn heartbeat(frame: Option<Outbound>) -> serde_json::Value {
    match frame {
        Some(Outbound::Text(text)) => serde_json::from_str(&text).unwrap(),
        other => panic!("{other:?} instead of a heartbeat"),
    }
}

#[tokio::test(start_paused = true)]
async fn delivered_request_is_answered_at_once() {
    for method in ReceiveMethod::ALL {
        let (mut shard, mut gateway) = start();
        let server = async {
            let mut connection = gateway.begin().await;
            connection.events([2]).await;
            connection.send(REQUEST).await;
            connection
        };
        let consumer = async {
            loop {
                let seen = take(&mut shard, method).await;
                if [
                    Observed::Other("GatewayHeartbeat".into()),
                    Observed::Other("op 1".into()),
                ]
                .contains(&seen)
                {
                    break;
                }
            }
        };
        let (mut connection, ()) = tokio::join!(server, consumer);
        let sent = heartbeat(connection.peer.try_receive());
        assert_eq!(sent, json!({"op": 1, "d": 2}), "{method:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn skipped_request_is_answered_at_once() {
    let (mut shard, mut gateway) = start();
    let wanted = EventTypeFlags::WEBHOOKS_UPDATE;
    let server = async {
        let mut connection = gateway.begin().await;
        connection.send(REQUEST).await;
        connection.events([2]).await;
        connection
    };
    let (mut connection, event) = tokio::join!(server, shard.next_event(wanted));
    event.unwrap().unwrap();
    let sent = heartbeat(connection.peer.try_receive());
    assert_eq!(sent, json!({"op": 1, "d": 1}));
}

#[tokio::test(start_paused = true)]
async fn requested_heartbeat_does_not_replace_scheduled_ones() {
    let (shard, mut gateway) = start();
    let _consumer = crate::harness::consumer::consume(shard, ReceiveMethod::Events);
    let mut connection = gateway.begin().await;
    for _ in 0..5 {
        connection.send(REQUEST).await;
        let heartbeat_count = connection.next_with_heartbeats().await;
        assert_eq!(heartbeat_count, Action::Sent { op: 1, d: json!(1) });
        connection.acknowledge().await;
    }
    connection.heartbeats.clear();
    connection
        .attend(crate::harness::gateway::INTERVAL * 10)
        .await;
    assert!((9..=11).contains(&connection.heartbeats.len()));
}
