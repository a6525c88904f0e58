use crate::{
    gateway::{dispatch, in_time},
    support::bench,
};
use gloaming_protocol::Event;
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;

#[tokio::test(start_paused = true)]
async fn and_items_tell_it() {
    let mut bench = bench(1).await;
    let mut connections = bench.begin().await;
    let connection = &mut connections[0];
    connection
        .send(&dispatch("NEWER_THAN_US", 2, &json!({})))
        .await;
    connection
        .send(&dispatch("WEBHOOKS_UPDATE", 3, &json!({"guild_id": []})))
        .await;
    // One is missing.
    connection.events([5, 6]).await;
    let mut events = bench.items.into_events();
    let last = loop {
        let (_, event) = in_time("an event", events.next()).await.expect("it runs");
        if let Event::WebhooksUpdate(event) = event
            && event.channel_id.get() > 5
        {
            break event;
        }
    };
    assert_eq!(last.channel_id.get(), 6);
    let untold = events.untold();
    assert_eq!(
        (untold.unknown, untold.undecodable, untold.losses),
        (1, 1, 1)
    );
    assert_eq!((untold.failures, untold.crashes), (0, 0));

    connection.close(4000).await;
    let closed = in_time("the end of a connection", async {
        loop {
            if let Some((_, Event::GatewayClose(frame))) = events.next().await {
                break frame;
            }
        }
    })
    .await;
    assert_eq!(closed.map(|frame| frame.code), Some(4000));

    bench.fuses[0].panic_when_connecting(true);
    drop(bench.gateways);
    while events.untold().crashes == 0 {
        let patience = Duration::from_secs(1);
        // Nothing comes that is an event.
        assert!(timeout(patience, events.next()).await.is_err());
    }
    assert!(events.untold().failures > 0, "the last attempt to connect");
}
