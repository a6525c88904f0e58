//! One Discord bot over many machines, on Redis or Valkey.
//!
//! [`RedisCoordinator`] is the engine that the nodes of a [fleet](crate::fleet) share. It needs Redis 6.2 or later, and keeps no
//! events; [the guide](crate::fleet::guide) compares it with the other engines.

pub use gloaming_redis::{RedisConfig, RedisCoordinator};
