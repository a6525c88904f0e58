use crate::harness::{Process, World};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn each_event_is_handled_once_and_no_identify_spent() {
    let mut world = World::new(6);
    let mut a = Process::start(&world, "a").await;
    let b = Process::start(&world, "b").await;
    a.serves(3).await;
    b.serves(3).await;
    world.publish_for(Duration::from_secs(3)).await;
    let ((), ()) = tokio::join!(
        async {
            a.fleet().drain().await;
        },
        world.publish_for(Duration::from_secs(10))
    );
    a.stream_ends().await;
    assert!(a.serving().is_empty());
    assert_eq!(b.fleet().view().nodes().count(), 1);
    b.serves(6).await;
    world.assert_each_once([&a, &b]).await;
    let stats = world.stats();
    assert_eq!((stats.identifies, stats.sessions_resumed), (6, 3));
    world.assert_no_violation();
}

#[tokio::test(start_paused = true)]
async fn sessions_of_the_last_node_wait_for_the_next_one() {
    let mut world = World::new(3);
    let a = Process::start(&world, "a").await;
    a.serves(3).await;
    world.publish_for(Duration::from_secs(2)).await;
    a.fleet().drain().await;
    world.publish_for(Duration::from_secs(20)).await;
    let b = Process::start(&world, "b").await;
    b.serves(3).await;
    world.assert_each_once([&a, &b]).await;
    let stats = world.stats();
    assert_eq!((stats.identifies, stats.sessions_resumed), (3, 3));
    world.assert_no_violation();
}

#[tokio::test(start_paused = true)]
async fn drain_ends_although_the_engine_does_not_answer() {
    let world = World::new(2);
    let a = Process::start(&world, "a").await;
    a.serves(2).await;
    world.coordinator.stop();
    a.fleet().drain().await;
    assert!(a.serving().is_empty());
    world.assert_no_violation();
}
