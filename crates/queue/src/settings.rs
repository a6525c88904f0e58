use std::{num::NonZeroU16, time::Duration};

use gloaming_protocol::limits::{DEFAULT_SESSION_STARTS, SESSION_START_PERIOD};
use twilight_model::gateway::SessionStartLimit;

/// The limits that a queue keeps: `session_start_limit` of `GET /gateway/bot`
/// ([P2](gloaming_protocol::rules#p2)), and a reserve that is never granted.
///
/// # Examples
///
/// ```
/// use std::num::NonZeroU16;
///
/// use gloaming_queue::QueueSettings;
///
/// let settings = QueueSettings {
///     max_concurrency: NonZeroU16::new(16).expect("16 is not 0"),
///     remaining: 874,
///     ..QueueSettings::default()
/// };
/// assert_eq!(settings.reserve, QueueSettings::default_reserve(settings.total));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct QueueSettings {
    /// The number of shards that may identify within the same 5 s ([P11](gloaming_protocol::rules#p11)).
    pub max_concurrency: NonZeroU16,
    /// The number of identifies left until the reset ([P12](gloaming_protocol::rules#p12)).
    pub remaining: u32,
    /// The number of identifies allowed per 24 h ([P12](gloaming_protocol::rules#p12)).
    pub total: u32,
    /// The time until `remaining` is reset to `total`.
    ///
    /// Discord's period starts with its first identify, so this value has no
    /// meaning while `remaining` equals `total`.
    pub reset_after: Duration,
    /// The number of identifies that the queue never grants. With a reserve of
    /// `total` or more it grants none.
    ///
    /// A bot that reaches the limit loses all its sessions and its token is
    /// reset, so the queue stops before that. The reserve also covers
    /// identifies that Discord's response had not counted yet.
    pub reserve: u32,
}

impl QueueSettings {
    /// Returns the default reserve: one percent of `total`, 10 of the usual 1000.
    #[must_use]
    pub const fn default_reserve(total: u32) -> u32 {
        total / 100
    }
}

/// The limits of most bots: one shard at a time, 1000 identifies a day.
impl Default for QueueSettings {
    fn default() -> Self {
        Self {
            max_concurrency: NonZeroU16::MIN,
            remaining: DEFAULT_SESSION_STARTS,
            total: DEFAULT_SESSION_STARTS,
            reset_after: SESSION_START_PERIOD,
            reserve: Self::default_reserve(DEFAULT_SESSION_STARTS),
        }
    }
}

/// The limits that Discord returned, with the default reserve. A `max_concurrency` of 0 counts as 1.
///
/// ```
/// use gloaming_queue::QueueSettings;
/// use twilight_model::gateway::SessionStartLimit;
///
/// let limit = SessionStartLimit {
///     max_concurrency: 16,
///     remaining: 874,
///     reset_after: 3_600_000,
///     total: 1000,
/// };
/// let settings = QueueSettings::from(limit);
/// assert_eq!((settings.max_concurrency.get(), settings.remaining), (16, 874));
/// ```
impl From<SessionStartLimit> for QueueSettings {
    fn from(limit: SessionStartLimit) -> Self {
        Self::from(&limit)
    }
}

/// Like the conversion of an owned limit.
impl From<&SessionStartLimit> for QueueSettings {
    fn from(limit: &SessionStartLimit) -> Self {
        Self {
            max_concurrency: NonZeroU16::new(limit.max_concurrency).unwrap_or(NonZeroU16::MIN),
            remaining: limit.remaining,
            total: limit.total,
            reset_after: Duration::from_millis(limit.reset_after),
            reserve: Self::default_reserve(limit.total),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::QueueSettings;
    use std::{num::NonZeroU16, time::Duration};
    use twilight_model::gateway::SessionStartLimit;

    #[test]
    fn limit_of_discord_is_taken_with_the_default_reserve() {
        let mut limit = SessionStartLimit {
            max_concurrency: 16,
            remaining: 74,
            reset_after: 3_600_000,
            total: 2000,
        };
        let expected = QueueSettings {
            max_concurrency: NonZeroU16::new(16).unwrap(),
            remaining: 74,
            total: 2000,
            reset_after: Duration::from_secs(3600),
            reserve: QueueSettings::default_reserve(2000),
        };
        assert_eq!(QueueSettings::from(&limit), expected);
        limit.max_concurrency = 0;
        let expected = QueueSettings {
            max_concurrency: NonZeroU16::MIN,
            ..expected
        };
        assert_eq!(QueueSettings::from(limit), expected);
    }
}
