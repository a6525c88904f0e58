/// Identifies one request in a [`Scheduler`](crate::Scheduler), from
/// [`enqueue`](crate::Scheduler::enqueue) until it is canceled, spent or
/// released.
///
/// Tickets are ordered by the time of their `enqueue`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Ticket(pub(crate) u64);
