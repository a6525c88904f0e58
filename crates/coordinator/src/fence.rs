use std::fmt::{self, Display, Formatter};

/// A number that orders the owners of a shard: each acquisition of a lease gives a higher one.
///
/// What an owner writes carries its fence, and a write with a fence lower than one that was seen before is refused. So a
/// process that was stopped for a minute, and does not know yet that another one owns its shard, changes nothing.
///
/// ```
/// use gloaming_coordinator::Fence;
///
/// let (old, new) = (Fence::new(41), Fence::new(42));
/// assert!(old < new && Fence::NONE < old);
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Fence(u64);

impl Fence {
    /// The fence before the first acquisition. No lease has it.
    pub const NONE: Self = Self(0);

    /// Makes a fence of the number that an engine gave to an acquisition, such as the sequence of a stream.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Returns the number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Returns the next higher fence.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl Display for Fence {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
