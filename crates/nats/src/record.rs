//! What the keys of leases have, as JSON that people can read, too.

use gloaming_coordinator::{Fence, NodeId, NodeLease, NodeRecord, NodeStatus, ShardLease};
use gloaming_protocol::ShardId;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The format of the values. A later one has another number.
const FORMAT: u32 = 1;

/// The value of a node's key, which ends with the node's lease.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct StoredNode {
    format: u32,
    status: StoredStatus,
    fence: u64,
    ttl_seconds: u64,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum StoredStatus {
    Active,
    Draining,
}

/// The value of a shard's key, which does not end: the fence of the last acquisition has to be known.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct StoredShard {
    format: u32,
    total: u32,
    fence: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<StoredHolder>,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct StoredHolder {
    node: String,
    fence: u64,
}

/// The lease of a node, and how long it lasts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct NodeTerm {
    pub(crate) record: NodeRecord,
    pub(crate) ttl: Duration,
}

/// What is known of a shard.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum ShardRecord {
    /// The last acquisition. Whether its holder is alive, the key of the node says.
    Acquired(ShardLease),
    /// The last lease was released. It had this fence.
    Released { fence: Fence },
}

/// What a key of the bucket of leases is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum LeaseKey {
    Node(NodeId),
    Shard(u32),
}

impl LeaseKey {
    pub(crate) fn parse(key: &str) -> Option<Self> {
        let (kind, name) = key.split_once('.')?;
        match kind {
            "node" => NodeId::new(name).ok().map(Self::Node),
            "shard" => name.parse().ok().map(Self::Shard),
            _ => None,
        }
    }
}

pub(crate) fn node_key(node: &NodeId) -> String {
    format!("node.{node}")
}

pub(crate) fn shard_key(number: u32) -> String {
    format!("shard.{number}")
}

impl NodeTerm {
    pub(crate) fn encode(&self) -> Vec<u8> {
        to_json(&StoredNode {
            format: FORMAT,
            status: match self.record.status {
                NodeStatus::Draining => StoredStatus::Draining,
                _ => StoredStatus::Active,
            },
            fence: self.record.lease.fence.get(),
            ttl_seconds: self.ttl.as_secs(),
        })
    }

    pub(crate) fn decode(node: &NodeId, value: &[u8]) -> Option<Self> {
        let stored: StoredNode = serde_json::from_slice(value).ok()?;
        (stored.format == FORMAT).then(|| Self {
            record: NodeRecord {
                lease: NodeLease {
                    node: node.clone(),
                    fence: Fence::new(stored.fence),
                },
                status: match stored.status {
                    StoredStatus::Active => NodeStatus::Active,
                    StoredStatus::Draining => NodeStatus::Draining,
                },
            },
            ttl: Duration::from_secs(stored.ttl_seconds),
        })
    }
}

impl ShardRecord {
    pub(crate) const fn fence(&self) -> Fence {
        match self {
            Self::Acquired(lease) => lease.fence,
            Self::Released { fence } => *fence,
        }
    }

    pub(crate) fn encode(&self, shard: ShardId) -> Vec<u8> {
        let holder = match self {
            Self::Acquired(lease) => Some(StoredHolder {
                node: lease.holder.node.as_str().to_owned(),
                fence: lease.holder.fence.get(),
            }),
            Self::Released { .. } => None,
        };
        to_json(&StoredShard {
            format: FORMAT,
            total: shard.total(),
            fence: self.fence().get(),
            holder,
        })
    }

    pub(crate) fn decode(number: u32, value: &[u8]) -> Option<Self> {
        let stored: StoredShard = serde_json::from_slice(value).ok()?;
        if stored.format != FORMAT {
            return None;
        }
        let shard = ShardId::new_checked(number, stored.total)?;
        let fence = Fence::new(stored.fence);
        Some(match stored.holder {
            None => Self::Released { fence },
            Some(holder) => Self::Acquired(ShardLease {
                shard,
                holder: NodeLease {
                    node: NodeId::new(&holder.node).ok()?,
                    fence: Fence::new(holder.fence),
                },
                fence,
            }),
        })
    }
}

fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("numbers and texts are encodable")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease() -> NodeLease {
        NodeLease {
            node: NodeId::new("a-1").unwrap(),
            fence: Fence::new(7),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for status in [NodeStatus::Active, NodeStatus::Draining] {
            let lease = lease();
            let term = NodeTerm {
                record: NodeRecord { lease, status },
                ttl: Duration::from_secs(9),
            };
            let node = &term.record.lease.node;
            assert_eq!(NodeTerm::decode(node, &term.encode()), Some(term.clone()));
            assert_eq!(
                LeaseKey::parse(&node_key(node)),
                Some(LeaseKey::Node(node.clone()))
            );
        }
        let shard = ShardId::new(3, 16);
        let acquired = ShardRecord::Acquired(ShardLease {
            shard,
            holder: lease(),
            fence: Fence::new(u64::MAX),
        });
        let fence = Fence::new(9);
        for record in [acquired, ShardRecord::Released { fence }] {
            assert_eq!(
                ShardRecord::decode(3, &record.encode(shard)),
                Some(record.clone())
            );
        }
        assert_eq!(LeaseKey::parse(&shard_key(3)), Some(LeaseKey::Shard(3)));
    }

    #[test]
    fn format_is_the_one_of_other_versions() {
        let node = lease().node;
        let value = br#"{"format":1,"status":"draining","fence":7,"ttl_seconds":9}"#;
        let term = NodeTerm::decode(&node, value).unwrap();
        assert_eq!(term.record.lease, lease());
        let value = br#"{"format":1,"total":16,"fence":8,"holder":{"node":"a-1","fence":7}}"#;
        let record = ShardRecord::decode(3, value).unwrap();
        assert!(matches!(record, ShardRecord::Acquired(it) if it.holder == lease()));
    }

    #[test]
    fn other_values_and_keys_are_refused() {
        let node = lease().node;
        for value in [
            "",
            "{}",
            "[]",
            r#"{"format":2,"status":"active","fence":7,"ttl_seconds":9}"#,
        ] {
            assert_eq!(NodeTerm::decode(&node, value.as_bytes()), None, "{value}");
        }
        for value in [
            "",
            r#"{"format":2,"total":16,"fence":8}"#,
            r#"{"format":1,"total":3,"fence":8}"#,
            r#"{"format":1,"total":16,"fence":8,"holder":{"node":"a.b","fence":7}}"#,
        ] {
            assert_eq!(ShardRecord::decode(3, value.as_bytes()), None, "{value}");
        }
        for key in [
            "", "node", "node.", "node.a.b", "shard.x", "shard.-1", "other.1",
        ] {
            assert_eq!(LeaseKey::parse(key), None, "{key}");
        }
    }
}
