//! Many shards from one configuration.

use crate::{Config, ConfigBuilder, Shard};
use gloaming_protocol::ShardId;

/// The ids of one part, when shards are spread over `buckets` threads, processes or machines.
///
/// Each part is a row of consecutive ids. The first parts have one more than the others if the number
/// of shards is no multiple of that of the buckets. Make the shards of it as you like:
///
/// ```
/// use gloaming_shard::{Config, Intents, Shard, bucket};
///
/// let config = Config::new("my-token".to_owned(), Intents::GUILDS);
/// let shards = bucket(0, 2, 25).map(|id| Shard::with_config(id, config.clone()));
/// assert_eq!(shards.len(), 13);
///
/// let ids: Vec<u32> = bucket(1, 2, 25).map(|id| id.number()).collect();
/// assert_eq!(ids, (13..25).collect::<Vec<_>>());
/// ```
///
/// Discord's "rate limit key" of an id, `shard_id % max_concurrency` (P11), is something else: shards
/// of one key may stand in many parts, and all parts have to share one identify queue.
///
/// # Panics
///
/// If `bucket_id` is not less than `buckets`. An id that comes from outside is best compared before:
/// it would be another part's work, or nobody's.
#[track_caller]
pub fn bucket(
    bucket_id: u16,
    buckets: u16,
    shards: u32,
) -> impl DoubleEndedIterator<Item = ShardId> + ExactSizeIterator + use<> {
    assert!(
        bucket_id < buckets,
        "there is no bucket {bucket_id} among {buckets}, which are numbered from 0"
    );
    let (id, buckets) = (u32::from(bucket_id), u32::from(buckets));
    let (each, left_over) = (shards / buckets, shards % buckets);
    let start = id * each + id.min(left_over);
    let end = start + each + u32::from(id < left_over);
    (start..end).map(move |number| ShardId::new(number, shards))
}

/// Makes the shards with these numbers, out of `total`.
///
/// `per_shard_config` turns the common configuration into each shard's. TLS, the identify queue and
/// whatever else is shared by a configuration's clones are shared over the group, unless it replaces
/// them. A [session](ConfigBuilder::session) belongs to one shard: one in the common configuration is
/// left out, with a warning. Set it here, by the id.
///
/// ```
/// use gloaming_shard::{Config, Intents, Session, create_iterator};
///
/// let stored = |_number: u32| Some(Session::new(42, "d8c3b5".to_owned()));
/// let config = Config::new("my-token".to_owned(), Intents::GUILDS);
/// let shards = create_iterator(0..10, 10, config, |id, builder| {
///     match stored(id.number()) {
///         Some(session) => builder.session(session).build(),
///         None => builder.build(),
///     }
/// });
/// assert_eq!(shards.len(), 10);
/// ```
///
/// In twilight-gateway 0.16 the closure had to be an `Fn`; here it is an `FnMut`, as in 0.18. 0.15 has
/// [`create_range`] instead.
///
/// # Panics
///
/// The iterator, when it comes to a number that is not less than `total`.
pub fn create_iterator<F, I>(
    numbers: I,
    total: u32,
    config: Config,
    mut per_shard_config: F,
) -> impl ExactSizeIterator<Item = Shard> + use<F, I>
where
    F: FnMut(ShardId, ConfigBuilder) -> Config,
    I: ExactSizeIterator<Item = u32>,
{
    let config = common(config);
    numbers.map(move |number| {
        let id = ShardId::new(number, total);
        let config = per_shard_config(id, ConfigBuilder::from(config.clone()));
        Shard::with_config(id, config)
    })
}

/// Makes every shard whose number is `bucket_id` plus a multiple of `concurrency`, out of `total`; as
/// [`create_iterator`] otherwise.
///
/// [`bucket`] is the better way to spread shards over processes: it keeps neighbors together.
///
/// In twilight-gateway 0.15, the numbers were `u64`.
///
/// # Panics
///
/// If `bucket_id` is not less than `total`, or not less than `concurrency`. (twilight-gateway also
/// refuses a `concurrency` that is not less than `total`; here that makes one shard.)
#[track_caller]
pub fn create_bucket<F>(
    bucket_id: u16,
    concurrency: u16,
    total: u32,
    config: Config,
    per_shard_config: F,
) -> impl ExactSizeIterator<Item = Shard> + use<F>
where
    F: FnMut(ShardId, ConfigBuilder) -> Config,
{
    assert!(
        bucket_id < concurrency,
        "there is no bucket {bucket_id} among {concurrency}, which are numbered from 0"
    );
    let first = u32::from(bucket_id);
    assert!(
        first < total,
        "bucket {bucket_id} has no shards: there are {total} in all"
    );
    let numbers = (first..total).step_by(concurrency.into());
    create_iterator(numbers, total, config, per_shard_config)
}

/// A configuration without what belongs to a single shard.
fn common(mut config: Config) -> Config {
    if config.take_session().is_some() {
        tracing::warn!("a session belongs to one shard: set it in the closure, by the shard's id");
    }
    config
}

#[cfg(test)]
mod tests {
    use super::bucket;

    #[test]
    fn buckets_are_disjoint_consecutive_and_all() {
        for shards in [0, 1, 7, 16, 25, 1000] {
            for buckets in [1, 2, 3, 16, 999] {
                let all: Vec<_> = (0..buckets)
                    .flat_map(|id| bucket(id, buckets, shards))
                    .map(|id| (id.number(), id.total()))
                    .collect();
                let expected: Vec<_> = (0..shards).map(|number| (number, shards)).collect();
                assert_eq!(all, expected, "{shards} in {buckets}");
                let sizes: Vec<_> = (0..buckets)
                    .map(|id| bucket(id, buckets, shards).len())
                    .collect();
                assert!(
                    sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1,
                    "{sizes:?}"
                );
            }
        }
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        let last = bucket(u16::MAX - 1, u16::MAX, u32::MAX).next_back();
        assert_eq!(last.unwrap().number(), u32::MAX - 1);
    }

    #[test]
    #[should_panic(expected = "there is no bucket 2 among 2")]
    fn a_bucket_that_is_not_there_panics() {
        _ = bucket(2, 2, 25);
    }
}
