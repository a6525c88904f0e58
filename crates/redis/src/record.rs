//! What is stored of leases, as texts that people can read, too. The scripts write them.

use gloaming_coordinator::{
    Fence, LeaseChange, NodeId, NodeLease, NodeRecord, NodeStatus, ShardLease,
};
use gloaming_protocol::ShardId;

/// The format of the values. A later one has another number.
const FORMAT: &str = "1";

const ACTIVE: &str = "active";
const DRAINING: &str = "draining";

/// What is known of a shard.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum ShardRecord {
    /// The last acquisition. Whether its holder is alive, the record of the node says.
    Acquired(ShardLease),
    Released,
}

pub(crate) const fn status_text(status: NodeStatus) -> &'static str {
    match status {
        NodeStatus::Draining => DRAINING,
        _ => ACTIVE,
    }
}

fn status(text: &str) -> Option<NodeStatus> {
    match text {
        ACTIVE => Some(NodeStatus::Active),
        DRAINING => Some(NodeStatus::Draining),
        _ => None,
    }
}

pub(crate) fn fence(text: &str) -> Option<Fence> {
    text.parse().ok().map(Fence::new)
}

pub(crate) fn node_lease(node: &str, node_fence: &str) -> Option<NodeLease> {
    Some(NodeLease {
        node: NodeId::new(node).ok()?,
        fence: fence(node_fence)?,
    })
}

/// Reads a lease of a shard from its parts.
pub(crate) fn shard_lease(number: &str, parts: [&str; 4]) -> Option<ShardLease> {
    let [total, shard_fence, node, node_fence] = parts;
    Some(ShardLease {
        shard: ShardId::new_checked(number.parse().ok()?, total.parse().ok()?)?,
        holder: node_lease(node, node_fence)?,
        fence: fence(shard_fence)?,
    })
}

/// Reads the value of a node: format, fence, status, and two times for the scripts.
pub(crate) fn node(id: &str, value: &str) -> Option<NodeRecord> {
    let parts: Vec<_> = value.split(' ').collect();
    let [FORMAT, node_fence, node_status, _, _] = parts[..] else {
        return None;
    };
    Some(NodeRecord {
        lease: node_lease(id, node_fence)?,
        status: status(node_status)?,
    })
}

/// Reads the value of a shard: format, total, fence, and the lease of the node that holds it, if any does.
pub(crate) fn shard(number: &str, value: &str) -> Option<ShardRecord> {
    let parts: Vec<_> = value.split(' ').collect();
    match parts[..] {
        [FORMAT, total, shard_fence, node, node_fence] => {
            let lease = shard_lease(number, [total, shard_fence, node, node_fence])?;
            Some(ShardRecord::Acquired(lease))
        }
        [FORMAT, total, shard_fence] => {
            ShardId::new_checked(number.parse().ok()?, total.parse().ok()?)?;
            fence(shard_fence)?;
            Some(ShardRecord::Released)
        }
        _ => None,
    }
}

/// Reads a change of the log.
pub(crate) fn change(text: &str) -> Option<LeaseChange> {
    let parts: Vec<_> = text.split(' ').collect();
    match parts[..] {
        ["node", id, node_fence, node_status] => Some(LeaseChange::Node(NodeRecord {
            lease: node_lease(id, node_fence)?,
            status: status(node_status)?,
        })),
        ["node-ended", id, node_fence] => Some(LeaseChange::NodeEnded(node_lease(id, node_fence)?)),
        [kind, number, total, shard_fence, node, node_fence] => {
            let lease = shard_lease(number, [total, shard_fence, node, node_fence])?;
            match kind {
                "acquired" => Some(LeaseChange::Acquired(lease)),
                "released" => Some(LeaseChange::Released(lease)),
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease() -> ShardLease {
        ShardLease {
            shard: ShardId::new(3, 16),
            holder: NodeLease {
                node: NodeId::new("a-1").unwrap(),
                fence: Fence::new(7),
            },
            fence: Fence::new(u64::MAX),
        }
    }

    #[test]
    fn format_is_the_one_of_other_versions() {
        let record = NodeRecord {
            lease: lease().holder,
            status: NodeStatus::Draining,
        };
        assert_eq!(
            node("a-1", "1 7 draining 9000 1796036069887"),
            Some(record.clone())
        );
        let held = shard("3", "1 16 18446744073709551615 a-1 7");
        assert_eq!(held, Some(ShardRecord::Acquired(lease())));
        assert_eq!(shard("3", "1 16 8"), Some(ShardRecord::Released));
        for (text, expected) in [
            ("node a-1 7 draining", LeaseChange::Node(record)),
            ("node-ended a-1 7", LeaseChange::NodeEnded(lease().holder)),
            (
                "acquired 3 16 18446744073709551615 a-1 7",
                LeaseChange::Acquired(lease()),
            ),
            (
                "released 3 16 18446744073709551615 a-1 7",
                LeaseChange::Released(lease()),
            ),
        ] {
            assert_eq!(change(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn status_is_read_as_it_is_written() {
        for written in [NodeStatus::Active, NodeStatus::Draining] {
            assert_eq!(status(status_text(written)), Some(written));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for value in [
            "",
            "2 7 active 9000 1",
            "1 7 active",
            "1 x active 9000 1",
            "1 7 idle 9000 1",
        ] {
            assert_eq!(node("a", value), None, "{value}");
        }
        assert_eq!(node("a.b", "1 7 active 9000 1"), None);
        for value in [
            "",
            "2 16 8",
            "1 3 8",
            "1 16 -8",
            "1 16 8 a",
            "1 16 8 a.b 7",
            "1 16 8 a 18446744073709551616",
        ] {
            assert_eq!(shard("3", value), None, "{value}");
        }
        assert_eq!(shard("x", "1 16 8"), None);
        for text in [
            "",
            "node a 7",
            "node a 7 idle",
            "taken 3 16 8 a 7",
            "acquired 3 3 8 a 7",
        ] {
            assert_eq!(change(text), None, "{text}");
        }
    }
}
