//! What the keys of leases say, as changes. Without IO.

use crate::{
    bucket::Content,
    record::{LeaseKey, NodeTerm, ShardRecord},
};
use gloaming_coordinator::{FleetView, LeaseChange, NodeId, ShardLease};

/// The leases as the messages of a bucket have told them so far.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct LeaseReplica {
    view: FleetView,
}

/// A key or value that no node writes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Unreadable;

impl LeaseReplica {
    pub(crate) const fn view(&self) -> &FleetView {
        &self.view
    }

    /// Takes notice of a message, and returns the change of the leases, if it is one. A renewal alone is none.
    pub(crate) fn apply(
        &mut self,
        key: &str,
        content: &Content,
    ) -> Result<Option<LeaseChange>, Unreadable> {
        let change = match (LeaseKey::parse(key).ok_or(Unreadable)?, content) {
            (LeaseKey::Node(node), Content::Present { value, .. }) => {
                let term = NodeTerm::decode(&node, value).ok_or(Unreadable)?;
                self.node(term)
            }
            (LeaseKey::Node(node), Content::Absent) => self.node_ended(&node),
            (LeaseKey::Shard(number), Content::Present { value, .. }) => {
                match ShardRecord::decode(number, value).ok_or(Unreadable)? {
                    ShardRecord::Acquired(lease) => {
                        let is_news = self.shard(number) != Some(&lease);
                        is_news.then_some(LeaseChange::Acquired(lease))
                    }
                    ShardRecord::Released { .. } => self.released(number),
                }
            }
            // Somebody deleted the key.
            (LeaseKey::Shard(number), Content::Absent) => self.released(number),
        };
        if let Some(change) = &change {
            self.view.apply(change.clone());
        }
        Ok(change)
    }

    fn node(&self, term: NodeTerm) -> Option<LeaseChange> {
        let record = term.record;
        let is_news = self.view.node(&record.lease.node) != Some(&record);
        is_news.then_some(LeaseChange::Node(record))
    }

    fn node_ended(&self, node: &NodeId) -> Option<LeaseChange> {
        let record = self.view.node(node)?;
        Some(LeaseChange::NodeEnded(record.lease.clone()))
    }

    fn released(&self, number: u32) -> Option<LeaseChange> {
        self.shard(number).cloned().map(LeaseChange::Released)
    }

    fn shard(&self, number: u32) -> Option<&ShardLease> {
        use gloaming_coordinator::ShardHolder;
        match self.view.holder(number) {
            ShardHolder::Alive(lease) | ShardHolder::Ended(lease) => Some(lease),
            ShardHolder::Free => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_nats::HeaderMap;
    use gloaming_coordinator::{Fence, NodeLease, NodeRecord, NodeStatus};
    use gloaming_protocol::ShardId;
    use std::time::Duration;

    fn present(value: Vec<u8>) -> Content {
        Content::Present {
            headers: HeaderMap::new(),
            value: value.into(),
        }
    }

    fn node(fence: u64, status: NodeStatus) -> NodeRecord {
        NodeRecord {
            lease: NodeLease {
                node: NodeId::new("a").unwrap(),
                fence: Fence::new(fence),
            },
            status,
        }
    }

    fn term(record: &NodeRecord) -> Content {
        let term = NodeTerm {
            record: record.clone(),
            ttl: Duration::from_secs(9),
        };
        present(term.encode())
    }

    #[test]
    fn renewals_and_repeated_ends_are_no_changes() {
        let mut replica = LeaseReplica::default();
        let active = node(1, NodeStatus::Active);
        let draining = node(1, NodeStatus::Draining);
        let mut apply = |content: &Content| replica.apply("node.a", content).unwrap();
        assert_eq!(apply(&Content::Absent), None, "it never was");
        let joined = LeaseChange::Node(active.clone());
        assert_eq!(apply(&term(&active)), Some(joined));
        assert_eq!(apply(&term(&active)), None, "a renewal");
        let changed = LeaseChange::Node(draining.clone());
        assert_eq!(apply(&term(&draining)), Some(changed));
        let ended = LeaseChange::NodeEnded(draining.lease);
        assert_eq!(apply(&Content::Absent), Some(ended));
        // The marker of the server that follows a deletion.
        assert_eq!(apply(&Content::Absent), None);
    }

    #[test]
    fn shards_are_acquired_and_released() {
        let mut replica = LeaseReplica::default();
        let shard = ShardId::new(3, 16);
        let lease = |fence| ShardLease {
            shard,
            holder: node(1, NodeStatus::Active).lease,
            fence: Fence::new(fence),
        };
        let mut apply = |record: &ShardRecord| {
            let content = present(record.encode(shard));
            replica.apply("shard.3", &content).unwrap()
        };
        let released = ShardRecord::Released {
            fence: Fence::new(2),
        };
        assert_eq!(apply(&released), None, "it was free");
        let (first, second) = (lease(3), lease(4));
        let acquired = ShardRecord::Acquired(first.clone());
        assert_eq!(apply(&acquired), Some(LeaseChange::Acquired(first)));
        assert_eq!(apply(&acquired), None, "it is known");
        let acquired = ShardRecord::Acquired(second.clone());
        assert_eq!(
            apply(&acquired),
            Some(LeaseChange::Acquired(second.clone()))
        );
        assert_eq!(apply(&released), Some(LeaseChange::Released(second)));
    }

    #[test]
    fn what_no_node_writes_changes_nothing() {
        let mut replica = LeaseReplica::default();
        let junk = present(b"junk".to_vec());
        for key in ["node.a", "shard.3", "else"] {
            assert_eq!(replica.apply(key, &junk), Err(Unreadable), "{key}");
        }
        assert_eq!(replica, LeaseReplica::default());
    }
}
