use crate::harness::{Process, World};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn shards_move_while_events_flow() {
    let mut world = World::new(8);
    let a = Process::start(&world, "a").await;
    a.serves(8).await;
    let b = Process::start(&world, "b").await;
    world
        .publish_until("the shards move", |_| {
            (a.serving().len(), b.serving().len()) == (4, 4)
        })
        .await;
    world.publish_for(Duration::from_secs(5)).await;
    world.assert_each_once([&a, &b]).await;
    let stats = world.stats();
    assert_eq!((stats.identifies, stats.sessions_resumed), (8, 4));
    world.assert_no_violation();
}
