use crate::harness::{Process, World};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn shards_go_on_and_are_stored_again_afterwards() {
    let mut world = World::new(4);
    let mut a = Process::start(&world, "a").await;
    let b = Process::start(&world, "b").await;
    a.serves(2).await;
    b.serves(2).await;
    let started = world.stats();
    world.coordinator.stop();
    world.publish_for(Duration::from_secs(90)).await;
    assert_eq!((a.serving().len(), b.serving().len()), (2, 2));
    assert_eq!(world.stats().connections_opened, started.connections_opened);
    world.coordinator.start();
    // What the other node begins with is not of the time before the outage.
    world.publish_for(Duration::from_secs(10)).await;
    a.kill();
    world
        .publish_until("the other has its shards", |_| b.serving().len() == 4)
        .await;
    world.assert_none_lost([&a, &b]).await;
    let handled = (a.handled(), b.handled());
    for (shard, before) in handled.0 {
        let again = handled.1.get(&shard).map_or(0, |after| {
            before
                .iter()
                .filter(|number| after.contains(number))
                .count()
        });
        assert!(
            again < 40,
            "{again} events of shard {shard} were handled twice"
        );
    }
    assert_eq!(world.stats().identifies, started.identifies);
    world.assert_no_violation();
}

#[tokio::test(start_paused = true)]
async fn shard_whose_connection_ends_meanwhile_resumes() {
    let mut world = World::new(2);
    let a = Process::start(&world, "a").await;
    a.serves(2).await;
    world.coordinator.stop();
    // After the time in which another node may have taken the shard over.
    world.publish_for(Duration::from_secs(40)).await;
    world.server.change(|gateway, now| {
        let all = gloaming_emulator::Selector::All;
        gateway.drop_connections(now, &all);
    });
    world.publish_for(Duration::from_secs(10)).await;
    world.assert_each_once([&a]).await;
    let stats = world.stats();
    assert_eq!((stats.identifies, stats.sessions_resumed), (2, 2));
    world.assert_no_violation();
}

#[tokio::test(start_paused = true)]
async fn node_begins_while_there_is_no_engine() {
    let world = World::new(2);
    world.coordinator.stop();
    let a = Process::start(&world, "a").await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(world.stats().connections_opened, 0);
    world.coordinator.start();
    a.serves(2).await;
    world.assert_no_violation();
}
