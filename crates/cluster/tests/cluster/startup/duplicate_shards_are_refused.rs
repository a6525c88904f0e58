use gloaming_cluster::{Cluster, ClusterStartErrorKind};
use gloaming_protocol::{EventTypeFlags, Intents, ShardId};
use gloaming_shard::{Config, Shard, create_iterator};

fn start(shards: impl IntoIterator<Item = Shard>) -> Result<Vec<ShardId>, ClusterStartErrorKind> {
    match Cluster::start(shards, EventTypeFlags::all(), 4) {
        Ok((cluster, _items)) => Ok(cluster.shards().map(|shard| shard.id()).collect()),
        Err(error) => {
            let text = error.to_string();
            assert!(text.contains("is in the cluster twice"), "{text}");
            Err(error.kind())
        }
    }
}

fn config() -> Config {
    Config::new("token".to_owned(), Intents::GUILDS)
}

#[tokio::test(start_paused = true)]
async fn two_shards_of_one_id_are_refused() {
    let ids = [5, 2, 7, 2].map(|number| ShardId::new(number, 8));
    let shards = ids.map(|id| Shard::with_config(id, config()));
    assert_eq!(
        start(shards),
        Err(ClusterStartErrorKind::DuplicateShard { number: 2 })
    );
}

#[tokio::test(start_paused = true)]
async fn two_shards_of_one_number_and_different_totals_are_refused() {
    let ids = [ShardId::new(1, 4), ShardId::new(1, 8)];
    let shards = ids.map(|id| Shard::with_config(id, config()));
    assert_eq!(
        start(shards),
        Err(ClusterStartErrorKind::DuplicateShard { number: 1 })
    );
}

#[tokio::test(start_paused = true)]
async fn number_that_repeats_in_an_iterator_is_refused() {
    let numbers = [0, 1, 1].into_iter();
    let shards = create_iterator(numbers, 2, config(), |_, builder| builder.build());
    assert_eq!(
        start(shards),
        Err(ClusterStartErrorKind::DuplicateShard { number: 1 })
    );
}

#[tokio::test(start_paused = true)]
async fn distinct_shards_in_any_order_are_started() {
    let ids = [5, 2, 7].map(|number| ShardId::new(number, 8));
    let shards = ids.map(|id| Shard::with_config(id, config()));
    let sorted = [2, 5, 7].map(|number| ShardId::new(number, 8));
    assert_eq!(start(shards), Ok(sorted.to_vec()));
}
