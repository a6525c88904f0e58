use crate::harness::{Process, World};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn no_event_is_lost_and_no_identify_spent() {
    let mut world = World::new(6);
    let mut a = Process::start(&world, "a").await;
    let b = Process::start(&world, "b").await;
    let c = Process::start(&world, "c").await;
    for process in [&a, &b, &c] {
        process.serves(2).await;
    }
    let started = world.stats();
    assert_eq!((started.identifies, started.resumes), (6, 0));

    world.publish_for(Duration::from_secs(5)).await;
    a.kill();
    world
        .publish_until("the others have its shards", |_| {
            b.serving().len() + c.serving().len() == 6
        })
        .await;
    world.publish_for(Duration::from_secs(5)).await;
    world.assert_none_lost([&a, &b, &c]).await;
    let stats = world.stats();
    assert_eq!(stats.identifies, started.identifies);
    assert_eq!(stats.sessions_resumed, 2);
    world.assert_no_violation();
}

#[tokio::test(start_paused = true)]
async fn next_process_resumes_what_the_only_one_left() {
    let mut world = World::new(3);
    let mut a = Process::start(&world, "a").await;
    a.serves(3).await;
    world.publish_for(Duration::from_secs(3)).await;
    a.kill();
    let b = Process::start(&world, "b").await;
    world
        .publish_until("it has the shards", |_| b.serving().len() == 3)
        .await;
    b.serves(3).await;
    world.assert_none_lost([&a, &b]).await;
    let stats = world.stats();
    assert_eq!((stats.identifies, stats.sessions_resumed), (3, 3));
    world.assert_no_violation();
}

#[tokio::test(start_paused = true)]
async fn node_whose_stream_is_dropped_gives_its_shards_away() {
    let mut world = World::new(4);
    let a = Process::start(&world, "a").await;
    let b = Process::start(&world, "b").await;
    a.serves(2).await;
    b.serves(2).await;
    world.publish_for(Duration::from_secs(3)).await;
    a.drop_stream();
    a.fleet().ended().await;
    b.serves(4).await;
    world.assert_none_lost([&a, &b]).await;
    assert_eq!(world.stats().identifies, 4);
    world.assert_no_violation();
}
