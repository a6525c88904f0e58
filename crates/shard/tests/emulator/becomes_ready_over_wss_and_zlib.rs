use crate::support::{over_tls, shard, start, until, until_ready};
use gloaming_emulator::{Emulator, Selector};
use gloaming_shard::{CloseFrame, EventTypeFlags, Item, Lifecycle, ShardState};
use serde_json::json;

#[tokio::test]
async fn and_resumes_after_a_drop_without_losing_an_event() {
    let emulator = start(Emulator::builder().guilds(3).seed(7)).await;
    let mut shard = shard(over_tls(&emulator).build());
    until_ready(&mut shard).await;
    assert_eq!(shard.state(), ShardState::Active);

    emulator.burst(50);
    let mut received = 0;
    until(&mut shard, |item| {
        received += u32::from(matches!(item, Item::Event(_)));
        received >= 53
    })
    .await;

    emulator.drop_connections(Selector::All);
    for _ in 0..50 {
        emulator.dispatch(Selector::All, "A_NEW_EVENT", json!({"id": "1"}));
    }
    let mut events = 0;
    let resumed = until(&mut shard, |item| {
        events += u64::from(matches!(item, Item::Unknown(_)));
        matches!(item, Item::Lifecycle(Lifecycle::Resumed { .. }))
    })
    .await;
    let Item::Lifecycle(Lifecycle::Resumed { replayed }) = resumed else {
        unreachable!()
    };
    assert_eq!((replayed, events), (50, 50));

    shard.close(CloseFrame::NORMAL);
    while shard.next_item(EventTypeFlags::all()).await.is_some() {}
    assert_eq!(shard.state(), ShardState::Closed);
    assert_eq!(emulator.violations(), []);
    assert_eq!(emulator.stats().identifies, 1);
    emulator.shutdown().await;
}
