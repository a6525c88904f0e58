//! The random number generators, all derived from the seed.

use gloaming_test_support::Random;

/// The purpose of a stream of random numbers. Each purpose has a stream of its own, so that removing a fault
/// changes the rest of the run as little as possible.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stream {
    Plan = 1,
    Network = 2,
    Traffic = 3,
    Timers = 4,
    Machines = 5,
    Requests = 6,
    Ledger = 7,
    Delivery = 8,
    Reshard = 9,
    Fleet = 10,
}

impl Stream {
    pub(crate) const fn random(self, seed: u64) -> Random {
        let mut random = Random::new(seed ^ (self as u64).wrapping_mul(0xd134_2543_de82_ef95));
        random.next();
        random
    }
}
