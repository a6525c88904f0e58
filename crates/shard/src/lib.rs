//! gloaming-shard
