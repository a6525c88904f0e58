use std::time::Duration;

/// Where a shard stands in the queue.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Position {
    /// Shards that come before this one and hold it up: those ahead of it in
    /// its own bucket, one that holds a permit included.
    pub ahead: u32,
    /// How long until its permit, if every permit is spent at once and no
    /// other shard joins ahead of it.
    pub estimate: Duration,
    /// What it waits for.
    pub reason: WaitReason,
}

/// What a waiting shard waits for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum WaitReason {
    /// Its turn: one shard of a bucket identifies every
    /// [`IDENTIFY_SPACING`](crate::IDENTIFY_SPACING) (P11).
    Turn,
    /// New session starts: the daily budget is used up to its reserve (P12).
    Budget,
}
