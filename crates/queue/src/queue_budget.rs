use std::time::Duration;

/// The number of identifies left of the daily limit ([P12](gloaming_protocol::rules#p12)), as a queue knows it.
///
/// ```
/// use gloaming_queue::{IdentifyQueue, InMemoryQueue};
/// use std::time::Duration;
///
/// let queue = InMemoryQueue::new(1, 874, Duration::from_secs(3600), 1000);
/// let budget = IdentifyQueue::budget(&queue).expect("this queue knows its budget");
/// assert_eq!((budget.remaining, budget.total, budget.reserve), (874, 1000, 10));
/// assert!(budget.resets_in <= Some(Duration::from_secs(3600)));
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct QueueBudget {
    /// The number of identifies left, including the [reserve](Self::reserve).
    pub remaining: u32,
    /// The number of identifies allowed per 24 h.
    pub total: u32,
    /// The number of identifies that the queue never grants.
    pub reserve: u32,
    /// The time until the number grows next: until the reset that Discord reported, or until the oldest of the identifies
    /// counted since is 24 h old. `None` if nothing is used, or if the queue does not know it.
    pub resets_in: Option<Duration>,
}
