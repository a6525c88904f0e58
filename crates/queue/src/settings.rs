use std::{num::NonZeroU16, time::Duration};

use gloaming_protocol::limits::{DEFAULT_SESSION_STARTS, SESSION_START_PERIOD};

/// What Discord allows a bot: `session_start_limit` of `GET /gateway/bot` (P2),
/// and how much of it to keep back.
///
/// # Examples
///
/// ```
/// use std::num::NonZeroU16;
///
/// use gloaming_queue::Settings;
///
/// let settings = Settings {
///     max_concurrency: NonZeroU16::new(16).expect("16 is not 0"),
///     remaining: 874,
///     ..Settings::default()
/// };
/// assert_eq!(settings.reserve, Settings::default_reserve(settings.total));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Settings {
    /// Shards that may identify in the same 5 s (P11).
    pub max_concurrency: NonZeroU16,
    /// Identifies left until the reset (P12).
    pub remaining: u32,
    /// Identifies in one period of 24 h (P12).
    pub total: u32,
    /// How long until `remaining` goes back to `total`.
    ///
    /// Discord's period starts with the first identify of it, so this says
    /// nothing while `remaining` is still `total`.
    pub reset_after: Duration,
    /// Identifies that are never granted: where these are `total`, none is.
    ///
    /// Reaching the limit ends all sessions of the bot and resets its token,
    /// so the queue stops short of it; what is kept back also covers
    /// identifies that Discord's answer had not counted yet.
    pub reserve: u32,
}

impl Settings {
    /// The usual reserve: one in a hundred, 10 of the normal 1000.
    #[must_use]
    pub const fn default_reserve(total: u32) -> u32 {
        total / 100
    }
}

/// What a bot has that never asked: one shard at a time, 1000 a day.
impl Default for Settings {
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
