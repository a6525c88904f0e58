//! The calls that processes append to the log, as bytes.

use super::encoding::{Reader, Writer};
use bytes::Bytes;
use gloaming_coordinator::{
    Fence, JoinRequest, LeaseTable, LeaseTableContent, NodeLease, NodeStatus, SessionTable,
    ShardCheckpoint, ShardLease, StoredNode,
};
use gloaming_protocol::ShardId;

const JOIN: u8 = 1;
const RENEW: u8 = 2;
const LEAVE: u8 = 3;
const ACQUIRE: u8 = 4;
const RELEASE: u8 = 5;
const LOAD: u8 = 6;
const STORE: u8 = 7;
const STATE: u8 = 8;

/// A call that changes the tables. Every process that applies the same operations has the same tables.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Operation {
    Join(JoinRequest),
    Renew {
        lease: NodeLease,
        status: NodeStatus,
    },
    Leave(NodeLease),
    Acquire {
        shard: ShardId,
        node: NodeLease,
        above: Fence,
    },
    Release(ShardLease),
    Load {
        shard: ShardId,
        fence: Fence,
    },
    Store(Vec<ShardCheckpoint>),
    /// All that the log before has come to. It is the first of a log.
    State(Box<Tables>),
}

/// What the log is about.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Tables {
    pub(super) leases: LeaseTable,
    pub(super) sessions: SessionTable,
}

impl Operation {
    pub(super) fn write(&self, to: &mut Writer) {
        match self {
            Self::Join(request) => {
                to.u8(JOIN);
                to.bytes(request.node.as_str().as_bytes());
                to.status(request.status);
                to.duration(request.ttl);
                to.fence(request.above);
            }
            Self::Renew { lease, status } => {
                to.u8(RENEW);
                to.node(lease);
                to.status(*status);
            }
            Self::Leave(lease) => {
                to.u8(LEAVE);
                to.node(lease);
            }
            Self::Acquire { shard, node, above } => {
                to.u8(ACQUIRE);
                to.shard(*shard);
                to.node(node);
                to.fence(*above);
            }
            Self::Release(lease) => {
                to.u8(RELEASE);
                to.shard_lease(lease);
            }
            Self::Load { shard, fence } => {
                to.u8(LOAD);
                to.shard(*shard);
                to.fence(*fence);
            }
            Self::Store(checkpoints) => {
                to.u8(STORE);
                to.u32(count(checkpoints));
                for checkpoint in checkpoints {
                    write_checkpoint(to, checkpoint);
                }
            }
            Self::State(tables) => {
                to.u8(STATE);
                tables.write(to);
            }
        }
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(match from.u8()? {
            JOIN => Self::Join(JoinRequest {
                node: {
                    let text = std::str::from_utf8(from.bytes()?).ok()?;
                    gloaming_coordinator::NodeId::new(text).ok()?
                },
                status: from.status()?,
                ttl: from.duration()?,
                above: from.fence()?,
            }),
            RENEW => Self::Renew {
                lease: from.node()?,
                status: from.status()?,
            },
            LEAVE => Self::Leave(from.node()?),
            ACQUIRE => Self::Acquire {
                shard: from.shard()?,
                node: from.node()?,
                above: from.fence()?,
            },
            RELEASE => Self::Release(from.shard_lease()?),
            LOAD => Self::Load {
                shard: from.shard()?,
                fence: from.fence()?,
            },
            STORE => Self::Store(from.list(read_checkpoint)?),
            STATE => Self::State(Box::new(Tables::read(from)?)),
            _ => return None,
        })
    }
}

impl Tables {
    fn write(&self, to: &mut Writer) {
        let content = self.leases.content();
        to.fence(content.last_fence);
        to.u32(count(&content.nodes));
        for node in &content.nodes {
            to.record(&node.record);
            to.duration(node.ttl);
            to.duration(node.ends_at);
        }
        to.u32(count(&content.shards));
        for shard in &content.shards {
            to.shard_lease(shard);
        }
        let sessions: Vec<_> = self.sessions.entries().collect();
        to.u32(count(&sessions));
        for (shard, fence, checkpoint) in sessions {
            to.shard(shard);
            to.fence(fence);
            to.u8(u8::from(checkpoint.is_some()));
            if let Some(checkpoint) = checkpoint {
                write_checkpoint(to, checkpoint);
            }
        }
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        let content = LeaseTableContent {
            last_fence: from.fence()?,
            nodes: from.list(|from| {
                Some(StoredNode {
                    record: from.record()?,
                    ttl: from.duration()?,
                    ends_at: from.duration()?,
                })
            })?,
            shards: from.list(Reader::shard_lease)?,
        };
        let mut sessions = SessionTable::default();
        let entries = from.list(|from| {
            let (shard, fence) = (from.shard()?, from.fence()?);
            let checkpoint = match from.u8()? {
                0 => None,
                1 => Some(read_checkpoint(from)?),
                _ => return None,
            };
            Some((shard, fence, checkpoint))
        })?;
        for (shard, fence, checkpoint) in entries {
            if let Some(checkpoint) = checkpoint {
                sessions.store(checkpoint);
            }
            sessions.load(shard, fence);
        }
        Some(Self {
            leases: LeaseTable::from_content(content),
            sessions,
        })
    }
}

fn write_checkpoint(to: &mut Writer, checkpoint: &ShardCheckpoint) {
    to.shard(checkpoint.shard);
    to.fence(checkpoint.fence);
    to.bytes(&checkpoint.body);
}

fn read_checkpoint(from: &mut Reader<'_>) -> Option<ShardCheckpoint> {
    Some(ShardCheckpoint {
        shard: from.shard()?,
        fence: from.fence()?,
        // A slice would keep the whole log in memory.
        body: Bytes::copy_from_slice(from.bytes()?),
    })
}

/// Bounds of the caller keep the number in 32 bits.
fn count<T>(items: &[T]) -> u32 {
    u32::try_from(items.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gloaming_coordinator::NodeId;
    use std::time::Duration;

    fn operations() -> Vec<Operation> {
        let node = NodeLease {
            node: NodeId::new("bot-0").unwrap(),
            fence: Fence::new(7),
        };
        let shard = ShardId::new(3, 16);
        let fence = Fence::new(9);
        let join = JoinRequest {
            node: node.node.clone(),
            status: NodeStatus::Draining,
            ttl: Duration::from_secs(9),
            above: fence,
        };
        let checkpoint = ShardCheckpoint {
            shard,
            fence,
            body: Bytes::from_static(b"body"),
        };
        let mut tables = Tables::default();
        let mut changes = Vec::new();
        let joined = tables
            .leases
            .join(Duration::ZERO, join.clone(), &mut changes);
        tables.leases.acquire(shard, joined, fence, &mut changes);
        tables.sessions.store(checkpoint.clone());
        tables.sessions.load(shard, Fence::new(12));
        tables.sessions.load(ShardId::new(4, 16), Fence::new(13));
        vec![
            Operation::Join(join),
            Operation::Renew {
                lease: node.clone(),
                status: NodeStatus::Active,
            },
            Operation::Leave(node.clone()),
            Operation::Acquire {
                shard,
                node: node.clone(),
                above: fence,
            },
            Operation::Release(ShardLease {
                shard,
                holder: node,
                fence,
            }),
            Operation::Load { shard, fence },
            Operation::Store(vec![checkpoint]),
            Operation::State(Box::new(tables)),
        ]
    }

    #[test]
    fn operation_is_read_as_it_was_written() {
        for operation in operations() {
            let mut writer = Writer::default();
            operation.write(&mut writer);
            let mut reader = Reader(&writer.0);
            assert_eq!(Operation::read(&mut reader), Some(operation));
            assert!(reader.0.is_empty());
        }
    }

    #[test]
    fn operation_that_is_cut_is_none() {
        for operation in operations() {
            let mut writer = Writer::default();
            operation.write(&mut writer);
            for length in 0..writer.0.len() {
                let read = Operation::read(&mut Reader(&writer.0[..length]));
                assert_eq!(read, None, "{operation:?}: {length}");
            }
        }
    }
}
