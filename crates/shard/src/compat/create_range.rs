//! A range of shards, as twilight-gateway 0.15 makes it.

use crate::{Config, ConfigBuilder, Shard, create_iterator};
use gloaming_protocol::ShardId;
use std::ops::{Bound, Range, RangeBounds};

/// Creates a range of shards, out of `total`, like [`create_iterator`](crate::create_iterator).
///
/// `..` is all of them, and `4..` those from 4 on. In twilight-gateway 0.15, the numbers were `u64`.
///
/// ```
/// use gloaming_shard::{Config, Intents, compat::create_range};
///
/// let config = Config::new("my-token".to_owned(), Intents::GUILDS);
/// let shards = create_range(.., 10, config, |_, builder| builder.build());
/// assert_eq!(shards.len(), 10);
/// ```
///
/// # Panics
///
/// Panics if the range starts at `total` or later, or ends after `total`. A range that ends before it starts
/// is empty.
#[track_caller]
pub fn create_range<F, R>(
    range: R,
    total: u32,
    config: Config,
    per_shard_config: F,
) -> impl ExactSizeIterator<Item = Shard> + use<F, R>
where
    F: FnMut(ShardId, ConfigBuilder) -> Config,
    R: RangeBounds<u32>,
{
    let Some(range) = numbers_in(&range, total) else {
        panic!("the range is not within the {total} shards, which are numbered from 0");
    };
    create_iterator(range, total, config, per_shard_config)
}

/// Returns `None` if the range is not within `total`.
fn numbers_in(range: &impl RangeBounds<u32>, total: u32) -> Option<Range<u32>> {
    let start = match range.start_bound() {
        Bound::Included(start) => *start,
        Bound::Excluded(before) => before.checked_add(1)?,
        Bound::Unbounded => 0,
    };
    let end = match range.end_bound() {
        Bound::Included(last) => last.checked_add(1)?,
        Bound::Excluded(end) => *end,
        Bound::Unbounded => total,
    };
    (start < total && end <= total).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::numbers_in;
    use std::ops::Bound;

    #[test]
    fn ranges_are_within_the_total() {
        assert_eq!(numbers_in(&.., 4), Some(0..4));
        assert_eq!(numbers_in(&(1..), 4), Some(1..4));
        assert_eq!(numbers_in(&(1..=3), 4), Some(1..4));
        assert_eq!(numbers_in(&(..2), 4), Some(0..2));
        let exclusive = (Bound::Excluded(0), Bound::Unbounded);
        assert_eq!(numbers_in(&exclusive, 4), Some(1..4));

        assert_eq!(numbers_in(&(4..), 4), None);
        assert_eq!(numbers_in(&(..=4), 4), None);
        assert_eq!(numbers_in(&.., 0), None);
        assert_eq!(numbers_in(&(..=u32::MAX), u32::MAX), None);
        let beyond = (Bound::Excluded(u32::MAX), Bound::Unbounded);
        assert_eq!(numbers_in(&beyond, u32::MAX), None);
    }
}
