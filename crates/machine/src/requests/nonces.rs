//! Names for requests, so that their answers are known (P24).

use gloaming_protocol::limits::MAX_NONCE_BYTES;

/// A seed's nonces: no other shard and no earlier process makes the same ones.
#[derive(Debug)]
pub(super) struct Nonces {
    seed: u64,
    made: u64,
}

impl Nonces {
    pub(super) const fn new(seed: u64) -> Self {
        Self { seed, made: 0 }
    }

    pub(super) fn next(&mut self) -> String {
        self.made += 1;
        let nonce = format!("{:016x}{:x}", self.seed, self.made);
        debug_assert!(nonce.len() <= MAX_NONCE_BYTES, "two numbers of 64 bits");
        nonce
    }
}

#[cfg(test)]
mod tests {
    use super::Nonces;
    use gloaming_protocol::limits::MAX_NONCE_BYTES;

    #[test]
    fn each_is_another_and_fits() {
        let mut nonces = Nonces::new(u64::MAX);
        let first = nonces.next();
        assert_ne!(first, nonces.next());
        assert_ne!(first, Nonces::new(1).next());
        nonces.made = u64::MAX - 1;
        assert_eq!(nonces.next().len(), MAX_NONCE_BYTES);
    }
}
