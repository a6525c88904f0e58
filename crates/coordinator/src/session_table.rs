//! The checkpoints that an engine keeps, without IO.

use crate::{
    fence::Fence,
    sessions::{CheckpointOutcome, LoadOutcome, ShardCheckpoint},
};
use gloaming_protocol::ShardId;
use std::collections::BTreeMap;

/// The checkpoints of a bot, as [`Sessions`](crate::Sessions) describes them, for engines that keep them. Without IO.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SessionTable {
    /// By the number and total of the shard.
    entries: BTreeMap<(u32, u32), Entry>,
}

#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Entry {
    /// The highest fence that loaded or wrote.
    fence: Fence,
    checkpoint: Option<ShardCheckpoint>,
}

impl SessionTable {
    /// Does what [`Sessions::load`](crate::Sessions::load) does.
    pub fn load(&mut self, shard: ShardId, fence: Fence) -> LoadOutcome {
        let entry = self.entry(shard);
        if fence < entry.fence {
            return LoadOutcome::Fenced { by: entry.fence };
        }
        entry.fence = fence;
        let stored = entry.checkpoint.clone();
        stored.map_or(LoadOutcome::Nothing, LoadOutcome::Stored)
    }

    /// Stores one checkpoint, as [`Sessions::checkpoint`](crate::Sessions::checkpoint) does.
    pub fn store(&mut self, checkpoint: ShardCheckpoint) -> CheckpointOutcome {
        let entry = self.entry(checkpoint.shard);
        if checkpoint.fence < entry.fence {
            return CheckpointOutcome::Fenced { by: entry.fence };
        }
        entry.fence = checkpoint.fence;
        entry.checkpoint = Some(checkpoint);
        CheckpointOutcome::Stored
    }

    /// Returns the highest fence of each shard that loaded or wrote, with its checkpoint.
    pub fn entries(&self) -> impl Iterator<Item = (ShardId, Fence, Option<&ShardCheckpoint>)> {
        self.entries.iter().map(|((total, number), entry)| {
            let shard = ShardId::new(*number, *total);
            (shard, entry.fence, entry.checkpoint.as_ref())
        })
    }

    fn entry(&mut self, shard: ShardId) -> &mut Entry {
        self.entries
            .entry((shard.total(), shard.number()))
            .or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn checkpoint(fence: u64, body: &'static str) -> ShardCheckpoint {
        ShardCheckpoint {
            shard: ShardId::ONE,
            fence: Fence::new(fence),
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    #[test]
    fn load_refuses_what_the_owner_before_has_under_way() {
        let mut table = SessionTable::default();
        let by = Fence::new(5);
        assert_eq!(
            table.load(ShardId::ONE, Fence::new(1)),
            LoadOutcome::Nothing
        );
        assert_eq!(
            table.store(checkpoint(1, "first")),
            CheckpointOutcome::Stored
        );
        let loaded = table.load(ShardId::ONE, by);
        assert_eq!(loaded, LoadOutcome::Stored(checkpoint(1, "first")));

        assert_eq!(
            table.store(checkpoint(1, "late")),
            CheckpointOutcome::Fenced { by }
        );
        let old = table.load(ShardId::ONE, Fence::new(4));
        assert_eq!(old, LoadOutcome::Fenced { by });
        assert_eq!(
            table.store(checkpoint(5, "second")),
            CheckpointOutcome::Stored
        );
        let loaded = table.load(ShardId::ONE, by);
        assert_eq!(loaded, LoadOutcome::Stored(checkpoint(5, "second")));
    }

    #[test]
    fn shards_of_another_total_are_others() {
        let mut table = SessionTable::default();
        assert_eq!(table.store(checkpoint(1, "one")), CheckpointOutcome::Stored);
        let other = table.load(ShardId::new(0, 2), Fence::new(2));
        assert_eq!(other, LoadOutcome::Nothing);
    }
}
