use std::num::NonZeroU16;

/// How many shards may identify in the same 5 s (P11), from whichever number a
/// bot has at hand.
///
/// `GET /gateway/bot` says it as a number that could be 0, and so do bots
/// written for `twilight-gateway-queue`. No rule has a meaning for 0, so it
/// counts as 1: the strictest limit, and the one that nearly every bot has.
/// (There, 0 switches the queue off; for that, use
/// [`UnlimitedQueue`](crate::UnlimitedQueue).)
///
/// # Examples
///
/// ```
/// use std::num::NonZeroU16;
///
/// use gloaming_queue::MaxConcurrency;
///
/// assert_eq!(MaxConcurrency::from(16).number().get(), 16);
/// assert_eq!(MaxConcurrency::from(0).number(), NonZeroU16::MIN);
/// assert_eq!(MaxConcurrency::from(NonZeroU16::MIN).number(), NonZeroU16::MIN);
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct MaxConcurrency(NonZeroU16);

impl MaxConcurrency {
    /// The number.
    #[must_use]
    pub const fn number(self) -> NonZeroU16 {
        self.0
    }
}

impl From<NonZeroU16> for MaxConcurrency {
    fn from(number: NonZeroU16) -> Self {
        Self(number)
    }
}

/// 0 counts as 1.
impl From<u16> for MaxConcurrency {
    fn from(number: u16) -> Self {
        Self(NonZeroU16::new(number).unwrap_or(NonZeroU16::MIN))
    }
}

impl From<MaxConcurrency> for NonZeroU16 {
    fn from(concurrency: MaxConcurrency) -> Self {
        concurrency.0
    }
}
