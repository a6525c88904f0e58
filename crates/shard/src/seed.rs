//! Seeds for pseudorandom numbers.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
};

/// Returns a random seed, so that shards which start together do not heartbeat and reconnect together.
pub(crate) fn random_seed() -> u64 {
    RandomState::new().build_hasher().finish()
}
