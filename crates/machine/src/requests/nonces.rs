//! Nonces that match replies to requests ([P24](gloaming_protocol::rules#p24)).

use gloaming_protocol::limits::MAX_NONCE_BYTES;

/// Generates nonces from a seed, so that no other shard and no earlier process uses the same ones.
#[derive(Debug)]
pub(super) struct Nonces {
    seed: u64,
    count: u64,
}

impl Nonces {
    pub(super) const fn new(seed: u64) -> Self {
        Self { seed, count: 0 }
    }

    pub(super) fn next(&mut self) -> String {
        self.count += 1;
        let nonce = format!("{:016x}{:x}", self.seed, self.count);
        debug_assert!(nonce.len() <= MAX_NONCE_BYTES, "two numbers of 64 bits");
        nonce
    }
}

#[cfg(test)]
mod tests {
    use super::Nonces;
    use gloaming_protocol::limits::MAX_NONCE_BYTES;

    #[test]
    fn nonces_differ_and_fit_the_limit() {
        let mut nonces = Nonces::new(u64::MAX);
        let first = nonces.next();
        assert_ne!(first, nonces.next());
        assert_ne!(first, Nonces::new(1).next());
        nonces.count = u64::MAX - 1;
        assert_eq!(nonces.next().len(), MAX_NONCE_BYTES);
    }
}
