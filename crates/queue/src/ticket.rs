/// A shard's place in a [`Scheduler`](crate::Scheduler), from
/// [`enqueue`](crate::Scheduler::enqueue) until it is canceled, spent or
/// released.
///
/// Tickets are numbered in the order in which they were drawn.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Ticket(pub(crate) u64);
