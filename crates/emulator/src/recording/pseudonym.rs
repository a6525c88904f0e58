//! Pseudonyms of ids and secrets.

use std::fmt::Write as _;

use ring::{
    error::Unspecified,
    hmac,
    rand::{SecureRandom, SystemRandom},
};

/// The number of bits of an id below its time.
const COUNTER_BITS: u32 = 22;

/// Times are permuted within blocks of 2^20 milliseconds (17 minutes) per shard.
const MIXED_BITS: u32 = 20;

/// Half of the permuted bits.
const HALF_BITS: u32 = (COUNTER_BITS + MIXED_BITS) / 2;
const HALF_MASK: u64 = (1 << HALF_BITS) - 1;

/// The rounds of the balanced Feistel network over a pseudo-random function (Luby and Rackoff, 1988).
const ROUNDS: u8 = 4;

const HALF_TAG: u8 = 1;
const TEXT_TAG: u8 = 2;

/// Computes pseudonyms that can not be reversed without the key. The same input always has the same pseudonym.
#[derive(Clone)]
pub(super) struct Pseudonyms {
    key: hmac::Key,
    shards: u64,
}

impl Pseudonyms {
    /// Creates the pseudonyms of a bot with this shard count.
    pub(super) fn new(key: &[u8; 32], shards: u32) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key),
            shards: u64::from(shards.max(1)),
        }
    }

    /// The pseudonym of an id: unique, never 0, of the same shard, and about as old.
    pub(super) fn id(&self, id: u64) -> u64 {
        let mut pseudonym = self.permuted(id);
        // 0 is not an id. The id that maps to 0 gets the pseudonym of 0.
        if pseudonym == 0 {
            pseudonym = self.permuted(0);
        }
        pseudonym
    }

    /// The pseudonym of a text: 32 hexadecimal digits.
    pub(super) fn text(&self, text: &str) -> String {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(&[TEXT_TAG]);
        context.update(text.as_bytes());
        let mut digits = String::with_capacity(32);
        for byte in &context.sign().as_ref()[..16] {
            // Writing to a string can't fail.
            let _ = write!(digits, "{byte:02x}");
        }
        digits
    }

    /// A permutation of all ids. The time keeps its block and its remainder by the shard count, which selects the shard
    /// ([P35](gloaming_protocol::rules#p35)).
    fn permuted(&self, id: u64) -> u64 {
        let (time, counter) = (id >> COUNTER_BITS, id & ((1 << COUNTER_BITS) - 1));
        let (turn, rest) = (time / self.shards, time % self.shards);
        let (block, mixed) = (turn >> MIXED_BITS, turn & ((1 << MIXED_BITS) - 1));
        let is_whole = ((block + 1) << MIXED_BITS)
            .checked_mul(self.shards)
            .is_some_and(|end| end <= 1 << (64 - COUNTER_BITS));
        if !is_whole {
            // The last block, in the year 2154, is incomplete, so it is not permuted.
            return id;
        }
        let permuted = self.mix(mixed << COUNTER_BITS | counter, block, rest);
        let turn = block << MIXED_BITS | permuted >> COUNTER_BITS;
        (turn * self.shards + rest) << COUNTER_BITS | permuted & ((1 << COUNTER_BITS) - 1)
    }

    fn mix(&self, bits: u64, block: u64, rest: u64) -> u64 {
        let (mut left, mut right) = (bits >> HALF_BITS, bits & HALF_MASK);
        for round in 0..ROUNDS {
            (left, right) = (right, left ^ self.half(round, right, block, rest));
        }
        left << HALF_BITS | right
    }

    fn half(&self, round: u8, half: u64, block: u64, rest: u64) -> u64 {
        let mut message = [0; 26];
        message[0] = HALF_TAG;
        message[1] = round;
        message[2..10].copy_from_slice(&half.to_le_bytes());
        message[10..18].copy_from_slice(&block.to_le_bytes());
        message[18..].copy_from_slice(&rest.to_le_bytes());
        let tag = hmac::sign(&self.key, &message);
        let bytes = tag.as_ref().first_chunk().copied().unwrap_or_default();
        u64::from_le_bytes(bytes) & HALF_MASK
    }
}

/// A random key from the operating system.
pub(super) fn random_key() -> Result<[u8; 32], Unspecified> {
    let mut key = [0; 32];
    SystemRandom::new().fill(&mut key)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{rng::Rng, routing::shard_of};

    #[test]
    fn pseudonym_keeps_the_shard_and_about_the_age() {
        let mut rng = Rng::new(5);
        for shards in [1, 2, 3, 16, 1000] {
            let pseudonyms = Pseudonyms::new(&[7; 32], shards);
            for _ in 0..500 {
                let id = rng.below(1 << 62);
                let pseudonym = pseudonyms.id(id);
                assert_eq!(pseudonym, pseudonyms.id(id));
                assert_eq!(shard_of(pseudonym, shards), shard_of(id, shards));
                let distance = (pseudonym >> 22).abs_diff(id >> 22);
                assert!(distance < u64::from(shards) << MIXED_BITS, "{distance} ms");
            }
        }
    }

    #[test]
    fn pseudonyms_are_unique() {
        let pseudonyms = Pseudonyms::new(&[7; 32], 3);
        let all: BTreeSet<u64> = (0..3000)
            .map(|n| pseudonyms.id(41_771_983_423_143_937 + n * 1_000_003))
            .collect();
        assert_eq!(all.len(), 3000);
        let odd = [0, 1, u64::MAX, u64::MAX - 1, 1 << 63];
        let odd: BTreeSet<u64> = odd.iter().map(|id| pseudonyms.id(*id)).collect();
        assert_eq!(odd.len(), 5);
        assert!(!odd.contains(&0));
    }

    #[test]
    fn pseudonyms_depend_on_the_key() {
        let (one, other) = (Pseudonyms::new(&[1; 32], 1), Pseudonyms::new(&[2; 32], 1));
        let id = 80_351_110_224_678_912;
        assert_ne!(one.id(id), id);
        assert_ne!(one.id(id), other.id(id));
        assert_eq!(one.text("a").len(), 32);
        assert_ne!(one.text("a"), one.text("b"));
        assert_ne!(one.text("a"), other.text("a"));
    }
}
