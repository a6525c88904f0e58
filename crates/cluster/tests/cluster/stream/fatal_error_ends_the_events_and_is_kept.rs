use crate::{gateway::in_time, harness::harness};
use gloaming_shard::error::ReceiveMessageErrorKind;

#[tokio::test(start_paused = true)]
async fn fatal_error_ends_the_events_and_is_kept() {
    let mut harness = harness(1).await;
    let connections = harness.start_ready().await;
    connections[0].close(4014).await;
    let mut events = harness.items.into_events();
    assert!(events.fatal_error().is_none());
    in_time("the end", async { while events.next().await.is_some() {} }).await;
    let (shard, error) = events.fatal_error().expect("the shard failed");
    assert_eq!(shard.number(), 0);
    assert!(error.is_fatal());
    let kind = error.kind();
    assert!(
        matches!(kind, ReceiveMessageErrorKind::Refused(_)),
        "{kind:?}"
    );
    assert!(error.to_string().contains("4014"), "{error}");
    assert_eq!(events.skipped().failures, 1);
}
