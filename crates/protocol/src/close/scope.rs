/// Which of a bot's shards a close code is about.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum CloseScope {
    /// The shard whose connection was closed.
    Shard,
    /// Every shard that identifies with the same total number of shards.
    ShardCount,
    /// Every shard of the bot. Another shard that identifies with the same token and intents is refused, too.
    Bot,
}
