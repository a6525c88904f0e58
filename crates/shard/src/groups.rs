//! Functions that create many shards from one configuration.

use crate::{Config, ConfigBuilder, Shard};
use gloaming_protocol::ShardId;

/// Returns the ids of one of `buckets` parts, to distribute shards over threads, processes or machines.
///
/// Each part has consecutive ids. If the number of shards is not a multiple of `buckets`, the first parts
/// have one more shard than the others.
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
/// Do not confuse the parts with Discord's rate limit key, `shard_id % max_concurrency`
/// ([P11](gloaming_protocol::rules#p11)): the shards of a key are in many parts, and all parts have to share
/// one identify queue.
///
/// # Panics
///
/// Panics if `bucket_id` is not less than `buckets`. Validate a `bucket_id` that comes from outside of the
/// program.
#[track_caller]
pub fn bucket(
    bucket_id: u16,
    buckets: u16,
    shards: u32,
) -> impl DoubleEndedIterator<Item = ShardId> + ExactSizeIterator + use<> {
    assert!(
        bucket_id < buckets,
        "bucket {bucket_id} does not exist: {buckets} buckets are numbered from 0"
    );
    let (id, buckets) = (u32::from(bucket_id), u32::from(buckets));
    let (each, left_over) = (shards / buckets, shards % buckets);
    let start = id * each + id.min(left_over);
    let end = start + each + u32::from(id < left_over);
    (start..end).map(move |number| ShardId::new(number, shards))
}

/// Creates the shards with these numbers, out of `total`.
///
/// `per_shard_config` receives the common configuration and returns that of each shard. The shards share TLS,
/// the identify queue and everything else that clones of a configuration share, unless `per_shard_config`
/// replaces them. A [session](ConfigBuilder::session) belongs to one shard, so a session in the common
/// configuration is dropped with a warning; set sessions in `per_shard_config` instead.
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
/// The closure is an `FnMut`, as in twilight-gateway 0.18; 0.16 required an `Fn`.
///
/// Each number belongs to one shard: if a number repeats, two shards get the same events. A
/// cluster refuses them; this function, whose iterator knows one number at a time, does not.
///
/// # Panics
///
/// The iterator panics when it reaches a number that is not less than `total`.
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
    let config = without_session(config);
    numbers.map(move |number| {
        let id = ShardId::new(number, total);
        let config = per_shard_config(id, ConfigBuilder::from(config.clone()));
        Shard::with_config(id, config)
    })
}

/// Creates the shards whose number is `bucket_id` plus a multiple of `concurrency`, out of `total`, like
/// [`create_iterator`].
///
/// Prefer [`bucket`] to distribute shards over processes, since it keeps consecutive shards together.
///
/// # Panics
///
/// Panics if `bucket_id` is not less than `total`, or not less than `concurrency`. (twilight-gateway also
/// panics if `concurrency` is not less than `total`; here that creates one shard.)
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
        "bucket {bucket_id} does not exist: {concurrency} buckets are numbered from 0"
    );
    let first = u32::from(bucket_id);
    assert!(
        first < total,
        "bucket {bucket_id} has no shards: the total is {total}"
    );
    let numbers = (first..total).step_by(concurrency.into());
    create_iterator(numbers, total, config, per_shard_config)
}

/// Removes from a configuration what belongs to a single shard.
fn without_session(mut config: Config) -> Config {
    if config.take_session().is_some() {
        tracing::warn!(
            "dropped the session of the common configuration; set sessions in `per_shard_config`"
        );
    }
    config
}

#[cfg(test)]
mod tests {
    use super::bucket;

    #[test]
    fn buckets_are_disjoint_and_cover_all_shards() {
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
    #[should_panic(expected = "bucket 2 does not exist: 2 buckets")]
    fn a_bucket_that_does_not_exist_panics() {
        _ = bucket(2, 2, 25);
    }
}
