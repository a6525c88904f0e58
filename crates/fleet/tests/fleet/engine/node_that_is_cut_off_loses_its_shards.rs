use crate::harness::{Process, World};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn another_node_resumes_them_and_it_comes_back_without_them() {
    let mut world = World::new(4);
    let a = Process::start(&world, "a").await;
    let b = Process::start(&world, "b").await;
    a.serves(2).await;
    b.serves(2).await;
    world.publish_for(Duration::from_secs(3)).await;
    a.engine.set_partitioned(true);
    world
        .publish_until("the other has all shards", |_| b.serving().len() == 4)
        .await;
    b.serves(4).await;
    world
        .publish_until("it has noticed", |_| a.serving().is_empty())
        .await;
    a.engine.set_partitioned(false);
    world
        .publish_until("it has its share again", |_| {
            (a.serving().len(), b.serving().len()) == (2, 2)
        })
        .await;
    world.publish_for(Duration::from_secs(3)).await;
    world.assert_none_lost([&a, &b]).await;
    assert_eq!(world.stats().identifies, 4);
    world.assert_no_violation();
}
