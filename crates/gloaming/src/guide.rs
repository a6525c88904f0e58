//! How to use this crate, topic by topic.
//!
//! | Page | Contents |
//! |---|---|
//! | [`getting_started`] | one shard: events, commands, the end |
//! | [`sharding`] | many shards, clusters, several processes |
//! | [`resuming`] | sessions that survive a restart of the program |
//! | [`limits`] | Discord's limits, and how they are kept |
//! | [`health`] | health, lifecycle, metrics and logs |
//! | [`testing`] | tests without Discord |
//! | [`proxies`] | network proxies, gateway proxies, connectors, TLS |
//! | [`from_twilight_gateway`] | moving from twilight-gateway |
//! | [`from_serenity`] | moving from serenity |
//!
//! The examples in the repository are complete programs that need no token.

#[doc = include_str!("../docs/guide/from_serenity.md")]
pub mod from_serenity {}

#[doc = include_str!("../docs/guide/from_twilight_gateway.md")]
pub mod from_twilight_gateway {}

#[doc = include_str!("../docs/guide/getting_started.md")]
pub mod getting_started {}

#[doc = include_str!("../docs/guide/health.md")]
pub mod health {}

#[doc = include_str!("../docs/guide/limits.md")]
pub mod limits {}

#[doc = include_str!("../docs/guide/proxies.md")]
pub mod proxies {}

#[doc = include_str!("../docs/guide/resuming.md")]
pub mod resuming {}

#[doc = include_str!("../docs/guide/sharding.md")]
pub mod sharding {}

#[doc = include_str!("../docs/guide/testing.md")]
pub mod testing {}
