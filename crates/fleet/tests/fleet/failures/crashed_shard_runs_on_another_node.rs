use crate::harness::{Process, World};
use gloaming_cluster::{ClusterBuilder, RestartPolicy};
use gloaming_queue::BoxFuture;
use gloaming_shard::transport::{Connect, ConnectError, Transport};
use std::time::Duration;

/// Its shard panics when it connects.
#[derive(Debug)]
struct Broken;

impl Connect for Broken {
    fn connect(&self, _: &str) -> BoxFuture<'static, Result<Box<dyn Transport>, ConnectError>> {
        panic!("this connector is broken")
    }
}

/// Shard 1 can't run in a process with this.
fn without_shard_1(cluster: ClusterBuilder) -> ClusterBuilder {
    cluster
        .restart_policy(RestartPolicy::Never)
        .per_shard_config(|shard, config| match shard.number() {
            1 => config.connector(Broken).build(),
            _ => config.build(),
        })
}

#[tokio::test(start_paused = true)]
async fn crashed_shard_runs_on_another_node() {
    let mut world = World::new(2);
    let a = Process::start_cluster(&world, "a", |config| config, without_shard_1).await;
    // It gives the shard up, and tries again after half a minute.
    for serving in [[0, 1].as_slice(), &[0], &[0, 1], &[0]] {
        world
            .publish_until("it gives the shard up or tries again", |_| {
                a.serving() == serving
            })
            .await;
    }
    assert_eq!(world.stats().identifies, 1);

    let b = Process::start(&world, "b").await;
    b.serves(1).await;
    assert_eq!(b.serving(), [1]);
    world.publish_for(Duration::from_secs(120)).await;
    assert_eq!(a.serving(), [0], "it stays where it runs");
    let stats = world.stats();
    assert_eq!((stats.identifies, stats.sessions_ended), (2, 0));
    world.assert_no_violation();
}
