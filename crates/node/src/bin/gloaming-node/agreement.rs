//! What all nodes of a fleet have to agree on.

use serde::{Deserialize, Serialize};
use std::num::{NonZeroU16, NonZeroU32};

/// The numbers from which each node computes which shards are its own. The node that starts first decides, and the others
/// follow: with `auto`, Discord's recommendation may be another one when the next node starts.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Agreement {
    pub(crate) shards: NonZeroU32,
    pub(crate) max_concurrency: NonZeroU16,
}

impl Agreement {
    /// Checks that a node is not configured with another number of shards. `place` is where the agreement is.
    pub(crate) fn check(&self, configured: Option<NonZeroU32>, place: &str) -> Result<(), String> {
        match configured {
            Some(shards) if shards != self.shards => Err(format!(
                "this node is configured with {shards} shards, and the fleet has {}: to change the number, stop all nodes, \
                 delete {place}, and start them anew; each shard identifies then",
                self.shards
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Agreement;
    use std::num::{NonZeroU16, NonZeroU32};

    #[test]
    fn another_number_of_shards_is_refused() {
        let shards = |number| NonZeroU32::new(number);
        let agreement = Agreement {
            shards: shards(16).unwrap(),
            max_concurrency: NonZeroU16::MIN,
        };
        assert_eq!(agreement.check(None, "x"), Ok(()));
        assert_eq!(agreement.check(shards(16), "x"), Ok(()));
        let error = agreement
            .check(shards(17), "/bot/agreement.json")
            .unwrap_err();
        assert!(error.contains("delete /bot/agreement.json"), "{error}");
    }
}
