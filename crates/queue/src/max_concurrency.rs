use std::num::NonZeroU16;

/// The number of shards that may identify within the same 5 s ([P11](gloaming_protocol::rules#p11)),
/// converted from a `u16` or a `NonZeroU16`.
///
/// `GET /gateway/bot` returns an integer that could be 0, and bots written for
/// `twilight-gateway-queue` pass one. The protocol does not define 0, so it
/// counts as 1: the strictest limit, and the one of nearly every bot. In
/// `twilight-gateway-queue` 0 turns the queue off; use
/// [`UnlimitedQueue`](crate::UnlimitedQueue) for that.
///
/// # Examples
///
/// ```
/// use std::num::NonZeroU16;
///
/// use gloaming_queue::MaxConcurrency;
///
/// assert_eq!(MaxConcurrency::from(16).get().get(), 16);
/// assert_eq!(MaxConcurrency::from(0).get(), NonZeroU16::MIN);
/// assert_eq!(MaxConcurrency::from(NonZeroU16::MIN).get(), NonZeroU16::MIN);
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct MaxConcurrency(NonZeroU16);

impl MaxConcurrency {
    /// Returns the number.
    #[must_use]
    pub const fn get(self) -> NonZeroU16 {
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
