//! The shards that a cluster runs.

use crate::ShardNumber;
use gloaming_protocol::ShardId;
use serde::{Deserialize, Serialize};
use std::{
    error::Error,
    fmt::{self, Display, Formatter},
    iter::StepBy,
    ops::{Bound, Range, RangeBounds},
};

/// Which shards a cluster runs.
///
/// With any scheme but [`Auto`](Self::Auto), Discord is not asked, and the default queue lets one shard identify per
/// 5 s, even if Discord permits more (`max_concurrency`, [P11](gloaming_protocol::rules#p11)). To use what Discord
/// permits, call [`request_identify_limits`](crate::ClusterBuilder::request_identify_limits). For a range of more than
/// 16 shards without that, the time that this takes is logged at warn level.
///
/// `Display` is one line. A scheme can be serialized, for example to store it with the sessions of a cluster. A scheme
/// that was deserialized is checked when the cluster is built.
///
/// ```
/// use gloaming_cluster::ShardScheme;
///
/// let half = ShardScheme::try_from((0..25, 50))?;
/// assert_eq!(half, ShardScheme::Range { from: 0, to: 24, total: 50 });
/// assert_eq!(half.to_string(), "shards 0 to 24 of 50");
/// let bucket = ShardScheme::try_from((7, 16, 320))?;
/// assert_eq!(bucket.ids().take(2).map(|id| id.number()).collect::<Vec<_>>(), [7, 23]);
/// # Ok::<_, gloaming_cluster::ShardSchemeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(tag = "scheme", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum ShardScheme {
    /// All shards, as many as Discord recommends ([P2](gloaming_protocol::rules#p2)): the answer to a
    /// [`GatewayInfoRequest`](gloaming_shard::GatewayInfoRequest), which also has the limits of the default queue. The
    /// [configuration](crate::ClusterConfig) of the cluster then contains the resulting range.
    #[default]
    Auto,
    /// Every `concurrency`-th shard from `bucket_id` on: the shards that share a key of the identify limit
    /// ([P11](gloaming_protocol::rules#p11)).
    Bucket {
        /// The number of the first shard; less than `concurrency`.
        bucket_id: u32,
        /// Discord's `max_concurrency`; at least one.
        concurrency: u32,
        /// The total number of the bot's shards, over all of its clusters.
        total: u32,
    },
    /// A range of shards.
    Range {
        /// The number of the first shard.
        from: u32,
        /// The number of the last shard, inclusive; less than `total`.
        to: u32,
        /// The total number of the bot's shards, over all of its clusters.
        total: u32,
    },
}

impl ShardScheme {
    /// Checks the numbers. Conversions check them, too; a scheme written as a literal is checked when the
    /// cluster is built.
    ///
    /// # Errors
    ///
    /// Fails if the scheme contains no shard, or a shard whose number is not below the total.
    pub fn validate(&self) -> Result<(), ShardSchemeError> {
        let fits = match *self {
            Self::Auto => true,
            Self::Bucket {
                bucket_id,
                concurrency,
                total,
            } => bucket_id < concurrency && bucket_id < total,
            Self::Range { from, to, total } => from <= to && to < total,
        };
        if fits {
            return Ok(());
        }
        Err(self.error())
    }

    /// Returns the ids of the shards, in order. There are none for [`Auto`](Self::Auto), or if
    /// [`validate`](Self::validate) fails.
    #[must_use]
    pub fn ids(&self) -> ShardSchemeIds {
        let (numbers, step, total) = match *self {
            _ if self.validate().is_err() => (0..0, 1, 1),
            Self::Auto => (0..0, 1, 1),
            Self::Bucket {
                bucket_id,
                concurrency,
                total,
            } => (bucket_id..total, concurrency, total),
            Self::Range { from, to, total } => (from..to + 1, 1, total),
        };
        let step = usize::try_from(step).unwrap_or(usize::MAX);
        ShardSchemeIds {
            numbers: numbers.step_by(step),
            total,
        }
    }

    /// Returns the numbers of the shards, in order; see [`ids`](Self::ids).
    pub fn iter(&self) -> impl Iterator<Item = u32> + use<> {
        self.ids().map(ShardId::number)
    }

    /// Returns the number of the first shard, or `None` for [`Auto`](Self::Auto).
    #[must_use]
    pub const fn from(&self) -> Option<u32> {
        match *self {
            Self::Auto => None,
            Self::Bucket { bucket_id, .. } => Some(bucket_id),
            Self::Range { from, .. } => Some(from),
        }
    }

    /// Returns the number of the last shard, or `None` for [`Auto`](Self::Auto).
    #[must_use]
    pub fn to(&self) -> Option<u32> {
        self.ids().last().map(ShardId::number)
    }

    /// Returns the total number of the bot's shards, or `None` for [`Auto`](Self::Auto).
    #[must_use]
    pub const fn total(&self) -> Option<u32> {
        match *self {
            Self::Auto => None,
            Self::Bucket { total, .. } | Self::Range { total, .. } => Some(total),
        }
    }

    fn error(&self) -> ShardSchemeError {
        match *self {
            Self::Bucket {
                bucket_id,
                concurrency,
                total,
            } => bucket_too_large(bucket_id.into(), concurrency.into(), total.into()),
            Self::Range { from, to, total } => id_too_large(from.into(), to.into(), total.into()),
            Self::Auto => id_too_large(0, 0, 0),
        }
    }
}

impl Display for ShardScheme {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("all shards, as many as discord recommends"),
            Self::Bucket {
                bucket_id,
                concurrency,
                total,
            } => write!(
                f,
                "every {concurrency}th of {total} shards, from {bucket_id} on"
            ),
            Self::Range { from, to, total } => write!(f, "shards {from} to {to} of {total}"),
        }
    }
}

/// Converts `(range, total)` to a [`Range`](ShardScheme::Range).
impl<N: ShardNumber, R: RangeBounds<N>> TryFrom<(R, N)> for ShardScheme {
    type Error = ShardSchemeError;

    fn try_from((range, total): (R, N)) -> Result<Self, Self::Error> {
        let total = total.number();
        let start = match range.start_bound() {
            Bound::Excluded(number) => number.number().saturating_add(1),
            Bound::Included(number) => number.number(),
            Bound::Unbounded => 0,
        };
        let end = match range.end_bound() {
            Bound::Excluded(number) => number.number().checked_sub(1),
            Bound::Included(number) => Some(number.number()),
            Bound::Unbounded => total.checked_sub(1),
        };
        let error = || id_too_large(start, end.unwrap_or(0), total);
        let end = end.ok_or_else(error)?;
        let scheme = Self::Range {
            from: u32::try_from(start).map_err(|_| error())?,
            to: u32::try_from(end).map_err(|_| error())?,
            total: u32::try_from(total).map_err(|_| error())?,
        };
        scheme.validate()?;
        Ok(scheme)
    }
}

/// Converts `(bucket_id, concurrency, total)` to a [`Bucket`](ShardScheme::Bucket).
impl<A: ShardNumber, B: ShardNumber, C: ShardNumber> TryFrom<(A, B, C)> for ShardScheme {
    type Error = ShardSchemeError;

    fn try_from((bucket_id, concurrency, total): (A, B, C)) -> Result<Self, Self::Error> {
        let error = || bucket_too_large(bucket_id.number(), concurrency.number(), total.number());
        let scheme = Self::Bucket {
            bucket_id: u32::try_from(bucket_id.number()).map_err(|_| error())?,
            concurrency: u32::try_from(concurrency.number()).map_err(|_| error())?,
            total: u32::try_from(total.number()).map_err(|_| error())?,
        };
        scheme.validate()?;
        Ok(scheme)
    }
}

/// An iterator over the ids of a scheme's shards; made by [`ShardScheme::ids`].
#[derive(Clone, Debug)]
pub struct ShardSchemeIds {
    numbers: StepBy<Range<u32>>,
    total: u32,
}

impl Iterator for ShardSchemeIds {
    type Item = ShardId;

    fn next(&mut self) -> Option<ShardId> {
        let number = self.numbers.next()?;
        Some(ShardId::new(number, self.total))
    }
}

/// The numbers of a [`ShardScheme`] contradict each other.
#[derive(Debug)]
pub struct ShardSchemeError {
    kind: ShardSchemeErrorKind,
}

/// How the numbers of a [`ShardScheme`] contradict each other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ShardSchemeErrorKind {
    /// The bucket is not below the concurrency and below the total.
    BucketTooLarge {
        /// The bucket.
        bucket_id: u64,
        /// The concurrency.
        concurrency: u64,
        /// The total number of the bot's shards.
        total: u64,
    },
    /// The range is empty, or its end is not below the total.
    IdTooLarge {
        /// The number of the last shard.
        end: u64,
        /// The number of the first shard.
        start: u64,
        /// The total number of the bot's shards.
        total: u64,
    },
}

impl ShardSchemeError {
    /// Returns how the numbers contradict each other.
    #[must_use]
    pub const fn kind(&self) -> ShardSchemeErrorKind {
        self.kind
    }

    /// Returns how the numbers contradict each other. There is no source.
    #[must_use]
    pub fn into_parts(self) -> (ShardSchemeErrorKind, Option<Box<dyn Error + Send + Sync>>) {
        (self.kind, None)
    }
}

impl Display for ShardSchemeError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.kind {
            ShardSchemeErrorKind::BucketTooLarge {
                bucket_id,
                concurrency,
                total,
            } => write!(
                f,
                "bucket {bucket_id} does not exist with a concurrency of {concurrency} and {total} shards; \
                 choose one below both"
            ),
            ShardSchemeErrorKind::IdTooLarge { end, start, total } => write!(
                f,
                "shards {start} to {end} are not a range of a bot with {total} shards; choose a start that is not \
                 above the end, and an end below the total"
            ),
        }
    }
}

impl Error for ShardSchemeError {}

const fn bucket_too_large(bucket_id: u64, concurrency: u64, total: u64) -> ShardSchemeError {
    ShardSchemeError {
        kind: ShardSchemeErrorKind::BucketTooLarge {
            bucket_id,
            concurrency,
            total,
        },
    }
}

const fn id_too_large(start: u64, end: u64, total: u64) -> ShardSchemeError {
    ShardSchemeError {
        kind: ShardSchemeErrorKind::IdTooLarge { end, start, total },
    }
}

#[cfg(test)]
mod tests {
    use super::{ShardScheme, ShardSchemeErrorKind};

    fn numbers(scheme: &ShardScheme) -> Vec<u32> {
        scheme.iter().collect()
    }

    #[test]
    fn ranges_of_every_type_convert() {
        let scheme = ShardScheme::try_from((0..=4, 19)).unwrap();
        assert_eq!(numbers(&scheme), [0, 1, 2, 3, 4]);
        let same = [
            ShardScheme::try_from((0_u64..5, 19_u64)).unwrap(),
            ShardScheme::try_from((..5_u32, 19_u32)).unwrap(),
            ShardScheme::try_from((..=4_usize, 19)).unwrap(),
        ];
        assert_eq!(same, [scheme; 3]);
        let all = ShardScheme::try_from((.., 3_u64)).unwrap();
        assert_eq!(
            (all.from(), all.to(), all.total()),
            (Some(0), Some(2), Some(3))
        );
    }

    #[test]
    fn schemes_are_displayed_on_one_line() {
        for (scheme, text) in [
            (
                ShardScheme::Auto,
                "all shards, as many as discord recommends",
            ),
            (
                ShardScheme::try_from((0..25, 50)).unwrap(),
                "shards 0 to 24 of 50",
            ),
            (
                ShardScheme::try_from((7, 16, 320)).unwrap(),
                "every 16th of 320 shards, from 7 on",
            ),
        ] {
            assert_eq!(scheme.to_string(), text);
        }
    }

    #[test]
    fn schemes_are_serialized_by_name() {
        for (scheme, json) in [
            (ShardScheme::Auto, r#"{"scheme":"auto"}"#),
            (
                ShardScheme::try_from((0..25, 50)).unwrap(),
                r#"{"scheme":"range","from":0,"to":24,"total":50}"#,
            ),
            (
                ShardScheme::try_from((7, 16, 320)).unwrap(),
                r#"{"scheme":"bucket","bucket_id":7,"concurrency":16,"total":320}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&scheme).unwrap(), json);
            assert_eq!(serde_json::from_str::<ShardScheme>(json).unwrap(), scheme);
        }
    }

    #[test]
    fn bucket_contains_every_nth_shard() {
        let scheme = ShardScheme::try_from((1, 16_u64, 40)).unwrap();
        assert_eq!(numbers(&scheme), [1, 17, 33]);
        assert_eq!((scheme.from(), scheme.to()), (Some(1), Some(33)));
        assert_eq!(
            numbers(&ShardScheme::try_from((15, 16, 320)).unwrap()).len(),
            20,
            "the last bucket has its shards, too"
        );
    }

    #[test]
    fn contradicting_numbers_are_errors() {
        let backwards = std::ops::RangeInclusive::new(2, 1);
        for (range, total) in [
            (3..=3, 3),
            (0..=9, 9),
            (backwards, 9),
            (0..=0, 0),
            (-1..=2, 9),
        ] {
            let error = ShardScheme::try_from((range.clone(), total)).unwrap_err();
            assert!(
                matches!(error.kind(), ShardSchemeErrorKind::IdTooLarge { .. }),
                "{range:?}: {error}"
            );
        }
        assert!(ShardScheme::try_from((0..0, 5)).is_err());
        assert!(ShardScheme::try_from((.., 0)).is_err());
        assert!(ShardScheme::try_from((0..=u64::MAX, u64::MAX)).is_err());
        for (bucket, concurrency, total) in [(16, 16, 320), (0, 0, 320), (3, 16, 3), (0, 1, 0)] {
            let error = ShardScheme::try_from((bucket, concurrency, total)).unwrap_err();
            let kind = error.kind();
            assert!(matches!(kind, ShardSchemeErrorKind::BucketTooLarge { .. }));
        }
    }

    #[test]
    fn unchecked_scheme_does_not_panic() {
        let scheme = ShardScheme::Range {
            from: 0,
            to: u32::MAX,
            total: 4,
        };
        assert!(numbers(&scheme).is_empty());
        let whole = ShardScheme::Range {
            from: u32::MAX - 1,
            to: u32::MAX - 1,
            total: u32::MAX,
        };
        assert_eq!(numbers(&whole), [u32::MAX - 1]);
        let auto = ShardScheme::Auto;
        assert!(numbers(&auto).is_empty());
        assert_eq!((auto.from(), auto.to(), auto.total()), (None, None, None));
    }
}
