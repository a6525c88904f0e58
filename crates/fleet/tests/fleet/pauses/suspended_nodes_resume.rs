use crate::harness::{Process, World};
use std::time::Duration;

/// The clock goes on while nothing runs, as for virtual machines that are moved.
async fn suspend(time: Duration) {
    tokio::time::advance(time).await;
}

#[tokio::test(start_paused = true)]
async fn no_shard_identifies_and_no_event_is_lost() {
    let mut world = World::new(4);
    let a = Process::start(&world, "a").await;
    let b = Process::start(&world, "b").await;
    a.serves(2).await;
    b.serves(2).await;
    // The gateway ends a session that sends no heartbeat for a minute.
    for time in [3, 12, 15] {
        world.publish_for(Duration::from_secs(3)).await;
        suspend(Duration::from_secs(time)).await;
        world
            .publish_until("each shard runs once", |_| {
                a.serving().len() + b.serving().len() == 4
            })
            .await;
    }
    world.publish_for(Duration::from_secs(90)).await;
    a.serves(2).await;
    b.serves(2).await;
    world.assert_none_lost([&a, &b]).await;
    assert_eq!(world.stats().identifies, 4);
    world.assert_no_violation();
}
