use std::time::Duration;

/// The position of a waiting shard in a queue.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Position {
    /// The number of shards that this one waits for: those ahead of it in its
    /// own bucket, including one that holds a permit.
    pub ahead: u32,
    /// The expected time until the permit is granted, if every permit is spent
    /// immediately and no other shard joins ahead.
    ///
    /// A queue with a ledger that waits for the [daily limit](WaitReason::Budget)
    /// may grant it at any time before: as soon as one identify of the day no
    /// longer counts, or another process returns a permit.
    pub estimate: Duration,
    /// The limit that the shard waits for.
    pub reason: WaitReason,
}

/// The limit that a shard waits for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum WaitReason {
    /// The concurrency limit: one shard of a bucket identifies per
    /// [`IDENTIFY_SPACING`](crate::IDENTIFY_SPACING) ([P11](gloaming_protocol::rules#p11)).
    Concurrency,
    /// The daily limit: the budget is used up to its reserve ([P12](gloaming_protocol::rules#p12)).
    Budget,
}
